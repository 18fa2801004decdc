"""The fetch spider: exactly these URLs, each with one item. `scrapy crawl fetch -a url=URL` works, too."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from scrapy.http import Request

from archive.records import FoundIn, Link
from archive.url_key import url_key
from crawler.spiders.pages import PageSpider
from pipelines.stages import session_of


class FetchSpider(PageSpider):
    """Asks for URLs by hand; with an archive, conditionally where it knows them."""

    name = "fetch"

    def __init__(
        self, url: str | None = None, urls: tuple[str, ...] = (), *, ignore_robots: bool = False, **kwargs: Any
    ) -> None:
        """Fetch `url` or `urls`, each once."""
        super().__init__(**kwargs)
        self._urls = tuple(dict.fromkeys((*((url,) if url else ()), *urls)))
        self._ignore_robots = ignore_robots

    async def start(self) -> AsyncIterator[Request]:
        """Ask for each URL."""
        session = session_of(self.crawler)
        session.workers.warm_up()
        for url in self._urls:
            self.settings["PRESSKEEP_ADDRESSES"].list_url(url)
            known = await session.known_link(url)
            link = known or Link(
                id=None,
                url=url,
                url_key=url_key(url),
                source_id=None,
                found_in=FoundIn.HAND,
                discovered_at=session.clock(),
            )
            # unconditional: whoever fetches by hand wants the document, changed or not
            link = replace(link, etag=None, last_modified=None)
            yield self.page_request(link, source_id=link.source_id, ignore_robots=self._ignore_robots)
