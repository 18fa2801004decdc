"""A plain Scrapy spider that fetches URLs and keeps nothing: what the getting alone costs.

`python -m benchmarks.fetch_only URLS RESULT`: URLS holds one a line; RESULT becomes JSON, the URLs that answered 200.
"""

import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

SETTINGS = {
    "LOG_LEVEL": "WARNING",
    "CONCURRENT_REQUESTS": 32,  # as our crawl
    "DOWNLOAD_DELAY": 0,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
}
"""Scrapy's own otherwise: robots.txt is not asked for, eight connections a host."""


class FetchOnly(Spider):
    """Fetches exactly these URLs."""

    name = "fetch-only"

    def __init__(self, urls: Sequence[str], result: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = urls
        self.result = result
        self.pages: list[str] = []

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url, cb_kwargs={"url": url})

    def parse(self, _response: Response, url: str) -> dict[str, Any] | None:
        self.pages.append(url)
        return None

    def closed(self, _reason: str) -> None:
        self.result.write_text(json.dumps(self.pages), encoding="utf-8")


def run(spider: type[FetchOnly], arguments: Sequence[str], **settings: Any) -> None:
    """Run a spider on the files that the command line names."""
    urls, result = map(Path, arguments)
    process = AsyncCrawlerProcess({**SETTINGS, **settings})
    process.crawl(spider, urls=urls.read_text(encoding="utf-8").splitlines(), result=result)
    process.start()


if __name__ == "__main__":
    run(FetchOnly, sys.argv[1:])
