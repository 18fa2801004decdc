"""Run a crawl in this process, and say how it ended.

Owns the exit code: Scrapy ends with 0 even when every request failed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.disk import FullDiskError, short_of_room
from archive.due import Span
from archive.lock import hold
from archive.store import open_store
from archive.text import one_line
from crawler import browser
from crawler.config import Config
from crawler.exit_codes import exit_code
from crawler.memory import give_back_large_blocks, leave_alone_what_is_there
from crawler.ping import Monitor
from crawler.process import LEAST_DELAY, prepared, run_settings, write_fault
from crawler.run_log import kept_log
from crawler.spiders.news import NewsSpider
from crawler.stopping import OrderlyStop
from crawler.summary import CrawlOptions, RunSummary, SourceSummary, as_text
from crawler.turns import Wish
from pipelines.archive_session import ArchiveSession
from pipelines.stages import session_of
from pipelines.tally import Tally, status_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.sources import Source

logger = logging.getLogger(__name__)


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
        process, crawler = prepared(settings, NewsSpider)
        wish = Wish(span=Span(since=options.since, until=options.until), backfill=options.backfill)
        process.crawl(crawler, sources=tuple(sources), limit=options.limit, wish=wish)
        leave_alone_what_is_there()
        stop = OrderlyStop(process, crawler)
        stop.run()
        summary = _summary(folder, crawler, stopped=stop.stopped)
        logger.info("run ended run=%s exit_code=%s %s", summary.run_id, summary.exit_code, one_line(as_text(summary)))
        monitor.end(summary.exit_code, as_text(summary))
        return summary


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
        raise write_fault(session.fault) from session.fault
    assert isinstance(session, ArchiveSession)
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
        if why := store.fold_log():
            logger.warning("%s", why)
    finally:
        store.close()
    return RunSummary(
        run_id=session.run_id, exit_code=code, finish_reason=reason, total=session.total or Tally(), sources=found
    )
