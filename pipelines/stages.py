"""The Scrapy item pipelines: extract, then keep. The only module of pipelines/ that knows Scrapy.

Owns the batches (100 items or a fifth of a second) and the crawl's session. What each stage decides is in the pure modules.
"""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.misc import load_object

from archive.records import Article
from pipelines.items import FeedItem, Page, PageItem
from pipelines.part_reading import further_parts, part_of_another
from pipelines.session import Clock, Kept, Session, wall_clock
from pipelines.workers import Reading, Workers

if TYPE_CHECKING:
    from pipelines.clean.template import Template

logger = logging.getLogger(__name__)

BATCH = 100
MOST_WEIGHT = 4_000_000
"""Bytes of texts and links after which a batch is not added to."""
LINK_BYTES = 500
LONGEST_WAIT = 0.2
"""Seconds that a finished page may wait for its batch: of few sources all pages in flight may be waiting, and no other is asked."""

pages_kept = object()
"""Scrapy signal, sent after each commit with `kept: list[Kept]` and `feeds: list[FeedItem]`."""

_sessions: WeakKeyDictionary[Crawler, Session] = WeakKeyDictionary()


def session_of(crawler: Crawler, workers: Workers | None = None) -> Session:
    """Give the crawl's session, made from its settings on first use; with `workers` that have been started before, if any."""
    if (session := _sessions.get(crawler)) is None:
        settings = crawler.settings
        folder = settings.get("PRESSKEEP_ARCHIVE")
        clock = settings.get("PRESSKEEP_CLOCK") or wall_clock
        workers = workers or Workers(
            settings.getint("PRESSKEEP_WORKERS") or None, profile=settings.get("PRESSKEEP_PROFILE", "full")
        )
        session = (
            _archive_session(Path(folder), crawler, workers, clock) if folder else Session(workers=workers, clock=clock)
        )
        _sessions[crawler] = session
    return session


def _archive_session(folder: Path, crawler: Crawler, workers: Workers, clock: Clock) -> Session:
    from pipelines.archive_session import ArchiveSession

    settings = crawler.settings
    rhythm = settings.get("PRESSKEEP_RHYTHM")
    session = ArchiveSession(
        folder,
        command=settings.get("PRESSKEEP_COMMAND", "crawl"),
        options=settings.getdict("PRESSKEEP_OPTIONS"),
        min_free=settings.get("PRESSKEEP_MIN_FREE"),
        part=settings.get("PRESSKEEP_PART") or "",
        workers=workers,
        clock=clock,
        **({"rhythm": load_object(rhythm)} if rhythm else {}),
    )
    session.open()
    return session


class ExtractStage:
    """Hands each page to a worker process, and to another the kept page that it must be compared with."""

    def __init__(self, session: Session) -> None:
        """Extract with the session's workers."""
        self._session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Share the crawl's session."""
        return cls(session_of(crawler))

    async def process_item(self, item: Any) -> Any:
        """Fill a page's extraction and signature."""
        if not isinstance(item, PageItem) or item.page is None:
            return item
        template = await self._session.template_of(item.link.source_id)
        page = self._session.with_restored(item.page, item.link.source_id)
        reading = await self._session.workers.read(page, template)
        item.page = None
        item.extraction, item.signature = part_of_another(item, reading) or reading.extraction, reading.signature
        if isinstance(item.extraction, Article):
            await further_parts(item, item.extraction, reading.next_url, partial(self._read_part, item, template))
        if isinstance(item.extraction, Article) and item.failure is None:
            await self._session.reread(item, item.extraction, template)
        return item

    async def _read_part(self, item: PageItem, template: "Template | None", page: Page) -> Reading:
        return await self._session.workers.read(self._session.with_restored(page, item.link.source_id), template)


def weight(item: PageItem | FeedItem) -> int:
    """Give about how much memory an item holds, in bytes."""
    if isinstance(item, FeedItem):
        return LINK_BYTES * len(item.links)
    return sum(len(article.body) for article in (item.extraction, item.previous) if isinstance(article, Article))


class KeepStage:
    """Collects items and commits them in batches; tells the spider what has been committed."""

    def __init__(self, crawler: Crawler) -> None:
        """Keep through the crawl's session."""
        self._crawler = crawler
        self._session = session_of(crawler)
        self._waiting: list[PageItem | FeedItem] = []
        self._weight = 0
        self._flushing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Learn why the spider closes, for the run's row."""
        stage = cls(crawler)
        crawler.signals.connect(stage.spider_closed, signal=signals.spider_closed)
        return stage

    async def process_item(self, item: Any) -> Any:
        """Put an item into the next batch; wait for the disk only where it falls behind."""
        if not isinstance(item, PageItem | FeedItem):
            return item
        self._waiting.append(item)
        self._weight += weight(item)
        if len(self._waiting) >= BATCH or self._weight >= MOST_WEIGHT:
            await self.flush()
        elif self._timer is None:
            # a feed's links are what an idle crawl waits for
            wait = 0.05 if isinstance(item, FeedItem) else LONGEST_WAIT
            self._timer = asyncio.get_running_loop().call_later(wait, self._flush_soon)
        return item

    def _flush_soon(self) -> None:
        self._spawn(self.flush())

    async def flush(self) -> None:
        """Commit what waits. A store that cannot be written stops the run: nothing after it could be kept."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        async with self._flushing:
            if self._session.is_over:
                return
            items, self._waiting, self._weight = self._waiting, [], 0
            try:
                kept = await self._session.commit(items)
            except Exception as error:  # noqa: BLE001 (whatever it is, the run must end in good order)
                self._give_up(error)
                return
        self._count(kept)
        feeds = [item for item in items if isinstance(item, FeedItem)]
        self._crawler.signals.send_catch_log(pages_kept, kept=kept, feeds=feeds)
        if self._session.short is not None and not self._closing:
            logger.warning("stopping: %s", self._session.short)
            self._stop("disk_full")

    def _give_up(self, error: Exception) -> None:
        """Stop the run: nothing after this could be kept. What is in flight stays due."""
        if not self._closing:
            self._session.fail(error)
            logger.critical("cannot write the archive, stopping the run error=%s", self._session.fault)
            self._stop("archive_failed")

    def _stop(self, reason: str) -> None:
        self._closing = True
        assert self._crawler.engine is not None
        # not awaited: closing waits for items, and this may be one's last stage
        self._spawn(self._crawler.engine.close_spider_async(reason=reason))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _count(self, kept: list[Kept]) -> None:
        assert self._crawler.stats is not None
        for page in kept:
            self._crawler.stats.inc_value(f"outcome/{page.word}")

    async def close_spider(self) -> None:
        """Commit the last batch."""
        await self.flush()

    async def spider_closed(self, reason: str) -> None:
        """Learn templates; a stopped run leaves that to the next. Then close."""
        try:
            if reason != "shutdown":
                await self._session.learn_templates()
        except Exception as error:  # noqa: BLE001 (Scrapy only logs what a signal's receiver raises)
            self._session.fail(error)
        self.close(reason)

    def close(self, reason: str) -> None:
        """Close the run's rows and the WARC file, whatever ended it."""
        stats = self._crawler.stats
        assert stats is not None
        if self._session.total is not None:
            return  # a stop that did not wait has closed them
        try:
            self._session.total = self._session.finish(
                reason=reason,
                n_requests=stats.get_value("downloader/request_count", 0),
                n_bytes=stats.get_value("downloader/response_bytes", 0),
            )
        except Exception as error:  # noqa: BLE001 (Scrapy only logs what a signal's receiver raises)
            self._session.fault = self._session.fault or error
        finally:
            self._session.close()
