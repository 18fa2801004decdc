"""What one writes in an afternoon: Scrapy, trafilatura in the callback, and an upsert for each item.

`python -m benchmarks.afternoon URLS RESULT`: URLS holds one a line; RESULT becomes an SQLite database, table articles.
"""

import sys
from typing import Any, Self

import trafilatura
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from sqlite_utils import Database

from benchmarks.fetch_only import FetchOnly, run


class Afternoon(FetchOnly):
    """Extracts in the reactor's own thread, as tutorials do."""

    name = "afternoon"

    def parse(self, response: Response, url: str) -> dict[str, Any]:
        assert isinstance(response, TextResponse)
        document = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
        names = ("title", "author", "date", "description", "sitename", "categories", "tags", "language", "text")
        return {"url": url, **{name: getattr(document, name, None) for name in names}}

    def closed(self, _reason: str) -> None:
        """The pipeline has kept everything."""


class Upserts:
    """Item pipeline: one upsert an item, each a transaction."""

    def __init__(self, spider: Afternoon) -> None:
        self._table = Database(spider.result).table("articles", pk="url")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        assert isinstance(crawler.spider, Afternoon)
        return cls(crawler.spider)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        self._table.upsert(item)
        return item


if __name__ == "__main__":
    run(Afternoon, sys.argv[1:], ITEM_PIPELINES={Upserts: 100})
