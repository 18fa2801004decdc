"""A stop that does not wait: what comes in after the run's rows are closed is due in the next run, and nobody's fault."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.crawler import Crawler

from archive.records import FoundIn, Link
from crawler.config import Config
from crawler.process import run_settings
from crawler.sources import Source
from crawler.spiders.news import NewsSpider
from pipelines.items import Failure, PageItem
from pipelines.stages import KeepStage, session_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[Crawler]:
    """A crawl whose run has just been closed, as the second signal does it."""
    crawler = Crawler(NewsSpider, run_settings(Config(workers=1), tmp_path))
    session = session_of(crawler)
    session.finish(reason="shutdown", n_requests=0, n_bytes=0)
    yield crawler
    session.close()


def test_a_page_that_comes_after_the_end_is_no_fault_of_the_archive(ended: Crawler) -> None:
    link = Link(
        id=1,
        url="http://a.example/1",
        url_key="a.example/1",
        source_id=None,
        found_in=FoundIn.HAND,
        discovered_at=NOW,
    )
    page = PageItem(link=link, asked_at=NOW, failure=Failure(reason="timeout"))

    async def late() -> None:
        stage = KeepStage(ended)
        await stage.process_item(page)
        await stage.flush()

    asyncio.run(late())
    assert session_of(ended).fault is None


def test_a_spider_that_still_looks_for_work_after_the_end_is_no_fault_of_the_archive(ended: Crawler) -> None:
    async def late() -> None:
        spider = NewsSpider.from_crawler(ended, sources=(Source(name="A", url="http://a.example/"),))
        with pytest.raises(RuntimeError):
            await anext(spider.start())

    asyncio.run(late())
    assert session_of(ended).fault is None
