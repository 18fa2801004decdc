"""What each run did, in all and per source: the tables runs and run_sources, read for people and programs.

Owns their reading; the crawler writes them. Plain sqlite3.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.errors import NotFoundError
from archive.kept import MAX_ID
from archive.times import from_iso

_COUNTS = "n_requests, n_links, n_new, n_revised, n_unchanged, n_duplicates, n_rejected, n_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What came of the pages of a run, or of one source in it."""

    n_requests: int
    n_links: int
    """New links found."""
    n_new: int
    n_revised: int
    n_unchanged: int
    n_duplicates: int
    n_rejected: int
    n_failed: int
    reasons: dict[str, int]
    """Outcome word -> count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSource:
    """What one run did to one source."""

    source: str
    status: str
    detail: str | None
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One crawl, fetch --save or import."""

    id: int
    command: str
    options: dict[str, Any]
    version: str
    started_at: str
    finished_at: str | None
    finish_reason: str | None
    exit_code: int | None
    n_bytes: int
    n_captures: int
    peak_rss_mb: float | None
    counts: Counts
    sources: tuple[RunSource, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs, or where it was killed."""
        if self.finished_at is None:
            return None
        return (from_iso(self.finished_at) - from_iso(self.started_at)).total_seconds()

    @property
    def state(self) -> str:
        """How it ended, in a word or two."""
        return (self.finish_reason or "finished") if self.finished_at else "not finished (running or killed)"


def list_runs(
    db: sqlite3.Connection, *, limit: int | None = None, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Run]:
    """Give the runs, newest first, without their sources."""
    from archive.times import iso

    for row in db.execute(
        "SELECT * FROM runs WHERE started_at >= ? AND started_at <= ? ORDER BY id DESC LIMIT ?",
        (iso(since) if since else "", iso(until) if until else "~", -1 if limit is None else limit),
    ):
        yield _run(row)


def find_run(db: sqlite3.Connection, run_id: int) -> Run:
    """Give one run with its sources; raises NotFoundError."""
    row = db.execute("SELECT * FROM runs WHERE id = ?", (min(run_id, MAX_ID),)).fetchone()
    if row is None:
        raise NotFoundError("run", str(run_id))
    return _run(row, _sources(db, run_id))


def last_run(db: sqlite3.Connection) -> Run:
    """Give the latest run with its sources; raises NotFoundError where there was none."""
    row = db.execute("SELECT max(id) FROM runs").fetchone()
    if row[0] is None:
        raise NotFoundError("run", "at all")
    return find_run(db, row[0])


def _run(row: sqlite3.Row, sources: tuple[RunSource, ...] = ()) -> Run:
    return Run(
        id=row["id"],
        command=row["command"],
        options=json.loads(row["options"]),
        version=row["version"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        finish_reason=row["finish_reason"],
        exit_code=row["exit_code"],
        n_bytes=row["n_bytes"],
        n_captures=row["n_captures"],
        peak_rss_mb=row["peak_rss_mb"],
        counts=_counts(row),
        sources=sources,
    )


def _sources(db: sqlite3.Connection, run_id: int) -> tuple[RunSource, ...]:
    rows = db.execute(
        f"SELECT s.name, r.status, r.detail, {_COUNTS}, r.reasons FROM run_sources r JOIN sources s ON s.id = r.source_id"
        " WHERE r.run_id = ? ORDER BY r.status = 'ok', s.name",
        (run_id,),
    )
    return tuple(
        RunSource(source=row["name"], status=row["status"], detail=row["detail"], counts=_counts(row)) for row in rows
    )


def _counts(row: sqlite3.Row) -> Counts:
    numbers = {name: row[name] for name in _COUNTS.split(", ")}
    return Counts(**numbers, reasons=json.loads(row["reasons"]))
