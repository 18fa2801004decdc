"""Run a crawl or a fetch in this process, and say how it ended.

Owns the exit code: Scrapy ends with 0 even when every request failed. One run a process, because Twisted's
reactor starts only once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import scrapy.core.downloader.contextfactory  # noqa: F401 (first: its deprecated classes read the whole stack, dear where it is deep)
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from archive.disk import FullDiskError, is_full_disk, short_of_room
from archive.due import Span
from archive.errors import ArchiveError
from archive.lock import hold
from archive.records import Article
from archive.store import open_store
from archive.text import one_line
from crawler import browser
from crawler.config import Config, address_policy, user_agent
from crawler.exit_codes import INTERRUPTED, NOTHING, OK, PARTIAL, exit_code
from crawler.memory import give_back_large_blocks, leave_alone_what_is_there
from crawler.ping import Monitor
from crawler.run_log import kept_log
from crawler.spiders.fetch import FetchSpider
from crawler.spiders.look import Follow, LookSpider
from crawler.spiders.news import NewsSpider
from crawler.stopping import OrderlyStop
from crawler.summary import CrawlOptions, RunSummary, SourceSummary, as_text
from crawler.turns import Wish
from pipelines.items import NoArticle, PageItem
from pipelines.session import Kept
from pipelines.stages import pages_kept, session_of
from pipelines.tally import Tally, status_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.sources import Source

logger = logging.getLogger(__name__)

LEAST_DELAY = 0.001
"""Seconds. Without any delay Scrapy 2.19 sends all that waits for a host at once, whatever the slot's concurrency: it
counts a transfer only when its coroutine begins to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """What came of one URL that was fetched by hand: an article, or the outcome word and what is known of it."""

    url: str
    word: str
    detail: str | None = None
    article: Article | None = None
    article_id: int | None = None


def crawl(
    folder: Path, sources: Sequence[Source], *, config: Config, options: CrawlOptions, monitor: Monitor, part: str = ""
) -> RunSummary:
    """Crawl `sources` into the archive in `folder` and give the run's summary.

    `part` names the part of another archive that this one is (archive/shard.py). Raises BusyError where another run holds the
    archive, ArchiveError where it cannot be written.
    """
    give_back_large_blocks()
    browser.check(sources)
    if why := short_of_room(folder, options.min_free):
        raise FullDiskError(why)
    with hold(folder, wait=options.wait), kept_log(folder), monitor.watch():
        open_store(folder).close()
        if not config.contact:
            logger.info("no contact is set: publishers cannot reach you")
        settings = run_settings(config, folder)
        settings.setdict(
            {
                "PRESSKEEP_OPTIONS": options.as_json() | ({"shard": part} if part else {}),
                "PRESSKEEP_PART": part,
                "PRESSKEEP_PROFILE": "fast" if options.fast else "full",
                "CLOSESPIDER_TIMEOUT": options.max_time or 0,
                "PRESSKEEP_MIN_FREE": options.min_free,
                "DOWNLOAD_SLOTS": _slots(sources),
                **(browser.settings(config.timeout) if any(source.render for source in sources) else {}),
            }
        )
        process = AsyncCrawlerProcess(settings)
        crawler = process.create_crawler(NewsSpider)
        wish = Wish(span=Span(since=options.since, until=options.until), backfill=options.backfill)
        process.crawl(crawler, sources=tuple(sources), limit=options.limit, wish=wish)
        leave_alone_what_is_there()
        stop = OrderlyStop(process, crawler)
        stop.run()
        summary = _summary(folder, crawler, stopped=stop.stopped)
        logger.info("run ended run=%s exit_code=%s %s", summary.run_id, summary.exit_code, one_line(as_text(summary)))
        monitor.end(summary.exit_code, as_text(summary))
        return summary


def fetch(
    urls: Sequence[str],
    *,
    config: Config,
    folder: Path | None = None,
    ignore_robots: bool = False,
    fast: bool = False,
    tell: Callable[[FetchResult], None],
) -> int:
    """Fetch exactly these URLs, hand each result to `tell` in the order given, and give the exit code.

    With a `folder` the pages go into the archive there, which need not be free: this waits for the database only.
    """
    urls = list(dict.fromkeys(urls))
    if folder is not None:
        open_store(folder).close()
    settings = run_settings(config, folder)
    settings.setdict(
        {
            "PRESSKEEP_COMMAND": "fetch",
            "PRESSKEEP_OPTIONS": {"urls": len(urls)},
            "PRESSKEEP_PROFILE": "fast" if fast else "full",
            "PRESSKEEP_RHYTHM": None,
            "PRESSKEEP_WORKERS": min(len(urls), config.workers or 2),
        }
    )
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(FetchSpider)
    results = InOrder(urls=urls, tell=tell, kept=folder is not None)
    crawler.signals.connect(results.scraped, signal=signals.item_scraped)
    crawler.signals.connect(results.committed, signal=pages_kept)
    process.crawl(crawler, urls=tuple(urls), ignore_robots=ignore_robots)
    OrderlyStop(process, crawler).run()
    session = session_of(crawler)
    if session.fault is not None:
        raise _fault(session.fault) from session.fault
    if results.fault is not None:
        raise results.fault
    code = results.exit_code()
    if folder is not None and session.run_id is not None:
        _save_exit_code(folder, session.run_id, code)
    return code


def look(urls: Sequence[str], *, config: Config, follow: Follow) -> None:
    """Ask for `urls` politely and for what `follow` makes of each answer; nothing is kept."""
    settings = run_settings(config, None)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(LookSpider)
    process.crawl(crawler, urls=urls, follow=follow)
    OrderlyStop(process, crawler).run()


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class InOrder:
    """Hands results on in the order of the URLs, each as soon as those before it are there."""

    urls: list[str]
    tell: Callable[[FetchResult], None]
    kept: bool
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
        if not self.n_failed:
            return OK
        return NOTHING if self.n_failed == len(self.urls) else PARTIAL


def run_settings(config: Config, folder: Path | None) -> Settings:
    """Lay what a run knows over crawler/settings.py."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    policy = address_policy(config)
    settings.setdict(
        {
            "PRESSKEEP_ARCHIVE": str(folder) if folder else "",
            "PRESSKEEP_ADDRESSES": policy,
            "PRESSKEEP_WORKERS": config.workers or 0,
            "PRESSKEEP_RECHECKS": config.recheck,
            "USER_AGENT": user_agent(config),
            "DOWNLOAD_DELAY": max(config.delay, LEAST_DELAY),
            "AUTOTHROTTLE_START_DELAY": config.delay,
            "CONCURRENT_REQUESTS": config.concurrency,
            "DOWNLOAD_TIMEOUT": config.timeout,
        },
        priority="cmdline",
    )
    return settings


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


def _slots(sources: Sequence[Source]) -> dict[str, dict[str, float]]:
    slots: dict[str, dict[str, float]] = {}
    for source in sources:
        if source.delay is not None and (host := urlsplit(source.url).hostname):
            slots[host] = {
                "delay": max(source.delay, LEAST_DELAY),
                "concurrency": 1,
                "jitter": 0.25 if source.delay else 0,
            }
    return slots


def _summary(folder: Path, crawler: Crawler, *, stopped: bool) -> RunSummary:
    session = session_of(crawler)
    if session.fault is not None:
        raise _fault(session.fault) from session.fault
    assert session.keeper is not None
    assert session.run_id is not None
    store = open_store(folder)
    try:
        names = {row["id"]: row["name"] for row in store.db.execute("SELECT id, name FROM sources")}
        found = tuple(
            SourceSummary(
                name=names[source_id],
                status=status_of(tally),
                detail=tally.detail,
                tally=tally,
                health=tuple(map(str, session.complaints.get(source_id, ()))),
            )
            for source_id, tally in session.keeper.tallies.items()
            if source_id is not None
        )
        stats = crawler.stats
        reason = str(stats.get_value("finish_reason", "finished")) if stats is not None else "finished"
        reason = "shutdown" if stopped else reason
        code = exit_code(found, reason)
        with store.transaction():
            store.update("runs", session.run_id, {"exit_code": code})
    finally:
        store.close()
    return RunSummary(
        run_id=session.run_id, exit_code=code, finish_reason=reason, total=session.total or Tally(), sources=found
    )


def _fault(fault: Exception) -> ArchiveError:
    """Say why a run could not go on writing."""
    kind = FullDiskError if is_full_disk(fault) else ArchiveError
    return kind(f"the archive could not be written: {fault}")


def _save_exit_code(folder: Path, run_id: int, code: int) -> None:
    store = open_store(folder)
    try:
        with store.transaction():
            store.update("runs", run_id, {"exit_code": code})
    finally:
        store.close()
