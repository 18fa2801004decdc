"""What is due in the frontier: of one source, newest first, at a cost that does not grow with what waits.

Owns the queries on the links' schedule, and so the two indexes that they need: links that were never asked lie in the order of
their date, and those that were asked in the order of their turn. Plain sqlite3; what a row means is archive/links.py.
"""

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from heapq import merge

from archive.times import iso

LOOK_AT = 500
"""Of links whose turn has come again, so many that have waited longest are put in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The dates of links that are wanted; links without a date count from when they were found."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def bounds(self) -> tuple[str, str]:
        """Give the first and the last moment in their stored form."""
        return (iso(self.since) if self.since else "", iso(self.until) if self.until else "~")


ALWAYS = Span()

_FRESH = """
SELECT * FROM links INDEXED BY links_fresh
WHERE source_id = :source AND outcome IS NULL AND next_due_at IS NOT NULL AND next_due_at <= :now
  AND newest_at BETWEEN :since AND :until AND id NOT IN (SELECT value FROM json_each(:besides))
ORDER BY newest_at DESC, id LIMIT :limit
"""
_AGAIN = """
SELECT * FROM (
  SELECT * FROM links INDEXED BY links_again
  WHERE source_id = :source AND outcome IS NOT NULL AND next_due_at <= :now
    AND newest_at BETWEEN :since AND :until AND id NOT IN (SELECT value FROM json_each(:besides))
  ORDER BY next_due_at LIMIT :look_at)
ORDER BY newest_at DESC, id LIMIT :limit
"""


def due_rows(
    db: sqlite3.Connection,
    source_id: int,
    *,
    now: datetime,
    limit: int,
    besides: Collection[int] = (),
    span: Span = ALWAYS,
    fresh_only: bool = False,
) -> list[sqlite3.Row]:
    """Give the rows of links that are due, newest first, at most `limit`, without those in flight.

    Where more than a few hundred links are due again, the newest of those that have waited longest come first.
    """
    since, until = span.bounds
    values = {
        "source": source_id,
        "now": iso(now),
        "limit": limit,
        "besides": json.dumps(list(besides)),
        "since": since,
        "until": until,
        "look_at": LOOK_AT,
    }
    fresh = db.execute(_FRESH, values).fetchall()
    again = [] if fresh_only else db.execute(_AGAIN, values).fetchall()
    # newest first, and of one moment the one that was found first
    both = merge(fresh, again, key=lambda row: (row["newest_at"], -row["id"]), reverse=True)
    return list(both)[:limit]


def is_paused(db: sqlite3.Connection, source_id: int, now: datetime) -> bool:
    """Tell whether the host of a source asked, in this run or an earlier one, to be left alone for now."""
    row = db.execute("SELECT paused_until FROM sources WHERE id = ?", (source_id,)).fetchone()
    return row is not None and row[0] is not None and row[0] > iso(now)


def any_due(db: sqlite3.Connection, source_id: int, now: datetime) -> bool:
    """Tell whether a feed, sitemap, section or link of a source is due; older pages of lists wait for a backfill, and
    everything while its host wants to be left alone.
    """
    return not is_paused(db, source_id, now) and any(
        db.execute(sql, (source_id, iso(now))).fetchone()
        for sql in (
            "SELECT 1 FROM feeds WHERE source_id = ? AND next_due_at <= ? AND found_in != 'archive' LIMIT 1",
            "SELECT 1 FROM links INDEXED BY links_fresh WHERE source_id = ? AND outcome IS NULL"
            " AND next_due_at IS NOT NULL AND next_due_at <= ? LIMIT 1",
            "SELECT 1 FROM links INDEXED BY links_again WHERE source_id = ? AND outcome IS NOT NULL"
            " AND next_due_at <= ? LIMIT 1",
        )
    )


def count_due(db: sqlite3.Connection, source_id: int, now: datetime, span: Span = ALWAYS) -> int:
    """Count the links of a source that are due."""
    (n,) = db.execute(
        "SELECT count(*) FROM links WHERE source_id = ? AND next_due_at <= ? AND newest_at BETWEEN ? AND ?",
        (source_id, iso(now), *span.bounds),
    ).fetchone()
    return int(n)


def was_ahead(db: sqlite3.Connection, now: datetime) -> bool:
    """Tell whether one of the last runs was made by a clock that was ahead of ours."""
    (latest,) = db.execute(
        "SELECT max(max(started_at, coalesce(finished_at, ''))) FROM (SELECT * FROM runs ORDER BY id DESC LIMIT 20)"
    ).fetchone()
    return latest is not None and latest > iso(now)
