"""The afternoon version with news-please's extractor in the place of trafilatura's: what its own crawler does with a page.

`python -m benchmarks.news_please URLS RESULT`, as benchmarks/afternoon.py. Its crawler writes a file an article; here each is a
row, as there, so that the extractors alone differ.
"""

import importlib
import sys
from typing import Any

from scrapy.http import Response, TextResponse

from benchmarks.afternoon import Afternoon, Upserts
from benchmarks.fetch_only import run


class NewsPlease(Afternoon):
    """Extracts in the reactor's own thread, as its pipeline does."""

    name = "news-please"

    def parse(self, response: Response, url: str) -> dict[str, Any]:
        assert isinstance(response, TextResponse)
        library = importlib.import_module("newsplease").NewsPlease
        try:
            article = library.from_html(response.text, url=response.url, fetch_images=False).get_serializable_dict()
        except Exception:  # noqa: BLE001 (what it cannot read is no text)
            article = {}
        names = ("title", "authors", "date_publish", "description", "source_domain", "language")
        return {"url": url, "text": article.get("maintext") or "", **{name: article.get(name) for name in names}}


if __name__ == "__main__":
    run(NewsPlease, sys.argv[1:], ITEM_PIPELINES={Upserts: 100})
