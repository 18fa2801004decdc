"""How the sources are: what each brought and when, what its last run said, which of its feeds fail.

Owns the word for a source's condition; what breaks quietly is found by archive/health.py. Plain sqlite3.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from archive.errors import NotFoundError
from archive.explain import KnownFeed
from archive.health import complaints
from archive.kept import MAX_ID
from archive.reader import tuples
from archive.runs import Counts, Run, find_run
from archive.times import iso

N_BINS = 36
"""Parts into which a volume is cut."""


class State(StrEnum):
    """A source's condition in a word; the first that fits."""

    DISABLED = "disabled"
    PAUSED = "paused"
    FAILING = "failing"
    ODD = "needs a look"
    PARTLY = "some feeds fail"
    NEVER = "not asked yet"
    FINE = "fine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A source, what the archive holds of it, and how it is."""

    id: int
    name: str
    url: str
    language: str | None
    state: State
    detail: str | None
    """Why, where the state alone does not say it."""
    wrong: tuple[str, ...]
    """What archive/health.py says of it."""
    n_articles: int
    first_day: str | None
    last_day: str | None
    """The first and last day that its articles state."""
    newest_at: str | None
    """When its newest article was first seen."""
    n_feeds: int
    n_failing: int
    last_run: int | None
    last_run_at: str | None
    volume: tuple[int, ...]
    """Articles by the day they state, in equal parts of the whole archive's time: comparable between sources."""

    @property
    def troubled(self) -> bool:
        """Whether somebody should look at it."""
        return self.state not in (State.FINE, State.NEVER, State.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    n_articles: int
    first_day: str | None
    last_day: str | None
    newest_at: str
    volume: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """All sources, those in trouble first, then by name; and the time that the volumes span."""

    sources: tuple[Condition, ...]
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOfSource:
    """What one run did to a source."""

    run: Run
    status: str
    detail: str | None
    counts: Counts


def conditions(db: sqlite3.Connection, *, now: datetime) -> Conditions:
    """Give all sources with their condition."""
    held, first, last = _held(db)
    latest = {
        row["source_id"]: row
        for row in db.execute(
            "SELECT rs.source_id, rs.status, rs.detail, rs.run_id, r.started_at FROM run_sources rs"
            " JOIN runs r ON r.id = rs.run_id WHERE (rs.source_id, rs.run_id) IN"
            " (SELECT source_id, max(run_id) FROM run_sources GROUP BY source_id)"
        )
    }
    feeds = {
        row["source_id"]: row
        for row in db.execute(
            "SELECT source_id, count(*) AS n, sum(n_failures > 0) AS n_failing FROM feeds GROUP BY source_id"
        )
    }
    wrong: dict[str, list[str]] = {}
    for complaint in complaints(db):
        wrong.setdefault(complaint.source, []).append(str(complaint))
    found = [
        _condition(
            row, latest.get(row["id"]), held.get(row["id"]), feeds.get(row["id"]), wrong.get(row["name"], ()), now
        )
        for row in db.execute("SELECT * FROM sources ORDER BY name COLLATE NOCASE")
    ]
    return Conditions(sources=tuple(sorted(found, key=lambda one: not one.troubled)), first=first, last=last)


def _condition(
    source: sqlite3.Row,
    run: sqlite3.Row | None,
    held: _Held | None,
    feeds: sqlite3.Row | None,
    wrong: Sequence[str],
    now: datetime,
) -> Condition:
    n_failing = int(feeds["n_failing"] or 0) if feeds else 0
    state, detail = _state(source, run, n_failing, wrong, now)
    return Condition(
        id=source["id"],
        name=source["name"],
        url=source["url"],
        language=source["language"],
        state=state,
        detail=detail,
        wrong=tuple(wrong),
        n_articles=held.n_articles if held else 0,
        first_day=held.first_day if held else None,
        last_day=held.last_day if held else None,
        newest_at=held.newest_at if held else None,
        n_feeds=feeds["n"] if feeds else 0,
        n_failing=n_failing,
        last_run=run["run_id"] if run else None,
        last_run_at=run["started_at"] if run else None,
        volume=held.volume if held else (),
    )


def _state(
    source: sqlite3.Row, run: sqlite3.Row | None, n_failing: int, wrong: Sequence[str], now: datetime
) -> tuple[State, str | None]:
    if not source["enabled"]:
        return State.DISABLED, None
    if source["paused_until"] and source["paused_until"] > iso(now):
        return State.PAUSED, f"until {source['paused_until'][:16].replace('T', ' ')} UTC, as its host asked"
    if run is None:
        return State.NEVER, None
    if run["status"] != "ok":
        return State.PAUSED if run["status"] == "paused" else State.FAILING, run["detail"]
    if wrong:
        return State.ODD, wrong[0]
    return (State.PARTLY, None) if n_failing else (State.FINE, None)


def _held(db: sqlite3.Connection) -> tuple[dict[int, _Held], date | None, date | None]:
    """Say what is held of each source, from the index of sources and days alone, and the time that the volumes span."""
    sql = (
        "SELECT source_id, published_day, count(*), max(id) FROM articles WHERE source_id IS NOT NULL"
        " GROUP BY source_id, published_day"
    )
    grouped: dict[int, list[tuple[str | None, int, int]]] = {}
    stated: Counter[str] = Counter()
    for source_id, text, n, newest in tuples(db, sql, ()):  # a hundred thousand, of some thousand days
        grouped.setdefault(source_id, []).append((text, n, newest))
        if text:
            stated[text] += n
    days = {text: day for text in stated if (day := _day(text))}
    first, last = _span([(day, stated[text]) for text, day in days.items()]) if days else (None, None)
    n_days = (last - first).days + 1 if first and last else 0
    n_bins = min(N_BINS, n_days)
    bins = {
        text: (day - first).days * n_bins // n_days
        for text, day in days.items()
        if first and last and first <= day <= last
    }
    found = {}
    for source_id, own in grouped.items():
        volume = [0] * n_bins
        for text, n, _ in own:
            if text in bins:
                volume[bins[text]] += n
        sql, newest = "SELECT first_seen_at FROM articles WHERE id = ?", max(newest for _, _, newest in own)
        (newest_at,) = db.execute(sql, (newest,)).fetchone()
        found[source_id] = _Held(
            n_articles=sum(n for _, n, _ in own),
            first_day=min((text for text, _, _ in own if text), default=None),
            last_day=max((text for text, _, _ in own if text), default=None),
            newest_at=newest_at,
            volume=tuple(volume) if any(volume) else (),
        )
    return found, first, last


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:  # a day that no calendar knows
        return None


def _span(days: Sequence[tuple[date, int]]) -> tuple[date, date]:
    """Give the time that nearly all articles span: one that is dated 1900 must not squeeze the others."""
    total = sum(n for _, n in days)
    ordered = sorted(days)
    before, first = 0, ordered[0][0]
    for day, n in ordered:
        before += n
        if before > total * 0.03:
            first = day
            break
    last = ordered[-1][0]
    return first, max(last, first + timedelta(days=1))


def source_named(db: sqlite3.Connection, source_id: int, *, now: datetime) -> Condition:
    """Give one source; raises NotFoundError."""
    for one in conditions(db, now=now).sources:
        if one.id == source_id:
            return one
    raise NotFoundError("source", str(source_id))


def feeds_of(db: sqlite3.Connection, source_id: int) -> tuple[KnownFeed, ...]:
    """Give a source's feeds, sitemaps and sections, those that fail first."""
    rows = db.execute(
        "SELECT f.url, s.name AS source, f.kind, f.found_in, f.outcome, f.outcome_at, f.http_status, f.detail, f.n_links,"
        " f.changed_at, f.next_due_at FROM feeds f JOIN sources s ON s.id = f.source_id WHERE f.source_id = ?"
        " ORDER BY f.n_failures = 0, f.kind, f.url LIMIT 200",
        (min(source_id, MAX_ID),),
    )
    return tuple(KnownFeed(**dict(row)) for row in rows)


def runs_of(db: sqlite3.Connection, source_id: int, *, limit: int) -> list[RunOfSource]:
    """Give what the latest runs did to a source, newest first."""
    found = []
    for row in db.execute(
        "SELECT rs.run_id, s.name FROM run_sources rs JOIN sources s ON s.id = rs.source_id"
        " WHERE rs.source_id = ? ORDER BY rs.run_id DESC LIMIT ?",
        (min(source_id, MAX_ID), limit),
    ):
        run = find_run(db, row["run_id"])
        for one in run.sources:
            if one.source == row["name"]:
                found.append(RunOfSource(run=run, status=one.status, detail=one.detail, counts=one.counts))
    return found
