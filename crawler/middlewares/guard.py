"""Refuse a request before anything is sent: other schemes, other ports, literal addresses that are nobody's business.

Stands before robots.txt, and sees every hop of a redirect, since each is a request of its own.
"""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request

from crawler.addresses import AddressPolicy
from crawler.outcomes import Refused

SHELL_SPIDER = "default"
"""Scrapy's own name for the spider behind `scrapy shell URL`: there every URL has been typed."""


class AddressGuard:
    """Downloader middleware: judges the URL; crawler/resolver.py judges the address connected to."""

    def __init__(self, crawler: Crawler) -> None:
        """Guard with the policy of the crawl."""
        self._crawler = crawler
        self._policy: AddressPolicy = crawler.settings["PRESSKEEP_ADDRESSES"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the policy from the settings."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise Refused for a URL that may not be asked."""
        if getattr(self._crawler.spider, "name", "") == SHELL_SPIDER and "redirect_urls" not in request.meta:
            self._policy.list_url(request.url)
        if reason := self._policy.judge_url(request.url):
            raise Refused(reason, request.url)
