"""Fetch URLs by hand in this process, and give what came of each in the order in which they were asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scrapy import signals

from archive.records import Article
from crawler.config import Config
from crawler.exit_codes import INTERRUPTED, NOTHING, OK, PARTIAL
from crawler.process import prepared, run_settings, write_fault
from crawler.spiders.fetch import FetchSpider
from crawler.stopping import OrderlyStop
from pipelines.items import NoArticle, PageItem
from pipelines.session import Kept
from pipelines.stages import pages_kept, session_of
from pipelines.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """What came of one URL that was fetched by hand: an article, or the outcome word and what is known of it."""

    url: str
    word: str
    detail: str | None = None
    article: Article | None = None
    article_id: int | None = None


def fetch(
    urls: Sequence[str],
    *,
    n_bad: int = 0,
    config: Config,
    folder: Path | None = None,
    ignore_robots: bool = False,
    workers: Workers,
    tell: Callable[[FetchResult], None],
) -> int:
    """Fetch exactly these URLs, hand each result to `tell` in the order given, and give the exit code.

    `n_bad` is how many more were asked for that are no URLs. With a `folder` the pages go into the archive there, which need
    not be free: this waits for the database only. The `workers`, which extract, are closed at the end.
    """
    urls = list(dict.fromkeys(urls))
    settings = run_settings(config, folder)
    settings.setdict(
        {
            "PRESSKEEP_COMMAND": "fetch",
            "PRESSKEEP_OPTIONS": {"urls": len(urls)},
            "PRESSKEEP_RHYTHM": None,
        }
    )
    process, crawler = prepared(settings, FetchSpider)
    session = session_of(crawler, workers)
    results = InOrder(urls=urls, n_bad=n_bad, tell=tell, kept=folder is not None)
    crawler.signals.connect(results.scraped, signal=signals.item_scraped)
    crawler.signals.connect(results.committed, signal=pages_kept)
    process.crawl(crawler, urls=tuple(urls), ignore_robots=ignore_robots)
    OrderlyStop(process, crawler).run()
    if session.fault is not None:
        raise write_fault(session.fault) from session.fault
    if results.fault is not None:
        raise results.fault
    code = results.exit_code()
    if folder is not None and session.run_id is not None:
        _save_exit_code(folder, session.run_id, code)
    return code


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class InOrder:
    """Hands results on in the order of the URLs, each as soon as those before it are there."""

    urls: list[str]
    tell: Callable[[FetchResult], None]
    kept: bool
    n_bad: int = 0
    """What else was asked for, and failed before anything was fetched."""
    n_told: int = 0
    n_failed: int = 0
    waiting: dict[str, FetchResult] = field(default_factory=dict)
    fault: Exception | None = None
    """What the first failed attempt to hand on a result raised."""

    def scraped(self, item: PageItem) -> None:
        """Take a page that is not kept."""
        if not self.kept:
            self._take(item, outcome_word(item), None)

    def committed(self, kept: list[Kept]) -> None:
        """Take the pages of a batch."""
        for page in kept:
            self._take(page.item, page.word, page.article_id)

    def _take(self, item: PageItem, word: str, article_id: int | None) -> None:
        article = item.extraction if isinstance(item.extraction, Article) else None
        self.waiting[item.link.url] = FetchResult(
            url=item.link.url, word=word, detail=_detail(item), article=article, article_id=article_id
        )
        while self.n_told < len(self.urls) and self.urls[self.n_told] in self.waiting:
            result = self.waiting.pop(self.urls[self.n_told])
            self.n_told += 1
            self.n_failed += result.article is None and result.word != "not_modified"
            try:
                self.tell(result)
            except Exception as error:  # noqa: BLE001 (Scrapy would only log it; fetch raises it at the end)
                self.fault = self.fault or error

    def exit_code(self) -> int:
        """Give 0, 3 where any URL failed, 4 where all did, 130 where the run was stopped before the end."""
        if self.n_told < len(self.urls):
            return INTERRUPTED
        if not self.n_failed and not self.n_bad:
            return OK
        return NOTHING if self.n_failed == len(self.urls) else PARTIAL


def outcome_word(item: PageItem) -> str:
    """Name what came of a page that no archive judged."""
    if item.failure is not None:
        return item.failure.reason
    if isinstance(item.extraction, NoArticle):
        return item.extraction.reason
    return "not_modified" if item.not_modified else "ok"


def _detail(item: PageItem) -> str | None:
    if item.failure is not None:
        return item.failure.detail
    return item.extraction.detail if isinstance(item.extraction, NoArticle) else None


def _save_exit_code(folder: Path, run_id: int, code: int) -> None:
    from archive.store import open_store

    store = open_store(folder)
    try:
        with store.transaction():
            store.update("runs", run_id, {"exit_code": code})
    finally:
        store.close()
