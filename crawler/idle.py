"""A run with nothing to do: found out, and written down, before anything that costs is imported.

Owns the short way of `crawl` for cron: every few minutes, mostly for nothing. Asks nobody.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from archive.due import any_due, was_ahead
from archive.errors import ArchiveError
from archive.lock import hold
from archive.reader import DATABASE, open_reader
from archive.times import iso
from crawler.ping import Monitor
from crawler.sources import Source, declared
from crawler.summary import CrawlOptions, RunSummary, as_text
from pipelines.tally import Tally


def idle_run(
    folder: Path,
    sources: Sequence[Source],
    *,
    options: CrawlOptions,
    monitor: Monitor,
    clock: Callable[[], datetime],
) -> RunSummary | None:
    """Write the row of a run with nothing to do and give its summary, or None where there is something to do.

    Raises BusyError where another run holds the archive.
    """
    if not (folder / DATABASE).exists():
        return None
    with hold(folder, wait=options.wait), monitor.watch():
        now = clock()
        try:
            db = open_reader(folder)
        except ArchiveError:
            return None  # the long way says what is wrong, or mends it
        try:
            if was_ahead(db, now) or not all(_nothing_due(db, source, now) for source in sources):
                return None
        finally:
            db.close()
        summary = RunSummary(
            run_id=_write_row(folder, options, began_at=iso(now), ended_at=iso(clock())),
            exit_code=0,
            finish_reason="finished",
            total=Tally(),
            sources=(),
        )
        monitor.end(summary.exit_code, as_text(summary))
        return summary


def _nothing_due(db: sqlite3.Connection, source: Source, now: datetime) -> bool:
    row = db.execute(
        "SELECT id, url, enabled FROM sources WHERE name = ?",
        (source.name,),
    ).fetchone()
    if row is None or (row["url"], row["enabled"]) != (source.url, 1):
        return False
    known = {url for (url,) in db.execute("SELECT url FROM feeds WHERE source_id = ?", (row["id"],))}
    if not known.issuperset(found.url for found in declared(source)):
        return False
    return not any_due(db, row["id"], now)


def _write_row(folder: Path, options: CrawlOptions, *, began_at: str, ended_at: str) -> int:
    # plain sqlite3: sqlite-utils alone would cost half of the time that this way takes
    import json

    from archive import __version__

    db = sqlite3.connect(folder / DATABASE, timeout=60)
    try:
        with db:
            cursor = db.execute(
                "INSERT INTO runs (command, options, version, started_at, finished_at, finish_reason, exit_code)"
                " VALUES ('crawl', ?, ?, ?, ?, 'finished', 0)",
                (json.dumps(options.as_json(), sort_keys=True), __version__, began_at, ended_at),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid
    finally:
        db.close()
