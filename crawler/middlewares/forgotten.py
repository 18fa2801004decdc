"""Refuse what was forgotten, before anything is sent: a tombstone holds against feeds, redirects and typed URLs alike."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request

from archive.url_key import url_key
from crawler.outcomes import Refused
from pipelines.stages import session_of


class Forgotten:
    """Downloader middleware: knows the tombstones as they were when the run began."""

    def __init__(self, keys: frozenset[str]) -> None:
        """Refuse the pages with these keys."""
        self._keys = keys

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the tombstones from the crawl's archive."""
        return cls(session_of(crawler).forgotten)

    def process_request(self, request: Request) -> None:
        """Raise Refused for a page that was forgotten."""
        if self._keys and url_key(request.url) in self._keys:
            raise Refused("forgotten", "taken down; its tombstone forbids asking for it")
