"""Counting: articles by day, week, month, year, source, language or author, and their share of all.

Owns the grouping and the sparkline. What is counted is chosen by archive/selection.py and counted by archive/counting.py; how it
is drawn is archive/plot.py.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from archive.counting import count_authors, count_days, count_places, count_undated
from archive.filters import NO_FILTERS, Filters
from archive.selection import Selection, count, count_articles, select, undated_note

_MAX_GROUPS = 5000
"""A longer timeline keeps its gaps: one article dated 1900 must not make 45,000 empty days."""


class By(StrEnum):
    """What articles are counted by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    SOURCE = "source"
    LANG = "lang"
    AUTHOR = "author"

    @property
    def timed(self) -> bool:
        """Whether the groups are spans of time."""
        return self in (By.DAY, By.WEEK, By.MONTH, By.YEAR)


class Count(NamedTuple):
    """One group: `2024-03-05`, `2024-W10`, `2024-03`, `2024`, a name; None for those of which it is not known.

    A tuple: there may be a million authors.
    """

    group: str | None
    articles: int
    total: int | None = None
    share: float | None = None
    """Of the group's total, 0 to 1; of the whole archive where there is no query; None where there is nothing to share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A table of counts. Time runs forward; other groups begin with the largest; the unknown is last."""

    by: By
    rows: tuple[Count, ...]
    shared: bool
    n_articles: int
    """That match. An article with two authors stands in two groups."""
    n_total: int
    """In the archive."""
    n_undated: int
    """Matching articles whose date does not say the group; 0 where it is no span of time."""
    has_gaps: bool
    """Spans of time without an article are left out, since there are too many."""
    note: str | None

    @property
    def known(self) -> tuple[Count, ...]:
        """The rows but the unknown."""
        return tuple(row for row in self.rows if row.group is not None)

    @property
    def values(self) -> tuple[float, ...]:
        """What a plot shows of the known rows: shares where they were asked for."""
        return tuple(self.value(row) for row in self.known)

    def value(self, row: Count) -> float:
        """Give what a plot shows of a row."""
        return (row.share or 0.0) if self.shared else float(row.articles)


_LENGTHS = {By.DAY: 10, By.WEEK: 10, By.MONTH: 7, By.YEAR: 4}
_PRECISE = {
    By.DAY: re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    By.WEEK: re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    By.MONTH: re.compile("[0-9]{4}-[0-9]{2}"),
    By.YEAR: re.compile("[0-9]{4}"),
}
"""How much a date must state to lie in such a span."""


def count_by(
    db: sqlite3.Connection,
    query: str | None,
    *,
    by: By,
    filters: Filters = NO_FILTERS,
    raw: bool = False,
    share: bool = False,
) -> Counts:
    """Count the articles that match, by group; without a query, all that pass the filters."""
    chosen = select(db, query, filters=filters, raw=raw)
    n_total = count_articles(db)
    found = _grouped(db, by, chosen)
    asked = not chosen.reading.everything
    totals = _grouped(db, by, select(db, None, filters=filters)) if share and asked else found
    groups = _in_order(by, found, totals if by.timed else found)
    rows = (_row(group, found.get(group, 0), (totals.get(group, 0) if asked else n_total) if share else None)
            for group in groups)  # fmt: skip
    has_gaps = _has_gaps(by, [group for group in groups if group is not None])
    gaps = f"{by.value}s without an article are left out: there are more than {_MAX_GROUPS:,} {by.value}s"
    notes = (chosen.note, undated_note(db, chosen), gaps if has_gaps else None)
    return Counts(
        by=by,
        rows=tuple(rows),
        shared=share,
        n_articles=count(db, chosen),
        n_total=n_total,
        n_undated=found.get(None, 0) if by.timed else 0,
        has_gaps=has_gaps,
        note="; ".join(note for note in notes if note) or None,
    )


def _row(group: str | None, articles: int, total: int | None) -> Count:
    return Count(group, articles, total, articles / total if total else None)


def _grouped(db: sqlite3.Connection, by: By, chosen: Selection) -> dict[str | None, int]:
    if by is By.AUTHOR:
        return count_authors(db, chosen)
    found: Counter[str | None] = Counter()
    if by.timed:
        days = count_days(db, chosen)
        undated = count_undated(db, chosen) if days.pop(None, 0) else Counter()
        for dated, n in (*days.items(), *undated.items()):
            found[_named(by, _span(by, dated))] += n
        return found
    names = dict(db.execute("SELECT id, name FROM sources").fetchall())
    for (source_id, language), n in count_places(db, chosen).items():
        found[names.get(source_id) if by is By.SOURCE else language] += n
    return found


def _span(by: By, stated: str | None) -> str | None:
    """Give the span of time in which a stated date lies, as far as it says that; of a week its Monday."""
    if stated is None or not _PRECISE[by].match(stated):
        return None
    if by is not By.WEEK:
        return stated[: _LENGTHS[by]]
    try:
        day = date.fromisoformat(stated[:10])
    except ValueError:
        return None
    return (day - timedelta(days=day.weekday())).isoformat()


def _named(by: By, group: str | None) -> str | None:
    """Name a group; a date that no calendar knows is none."""
    if group is None or not by.timed:
        return group
    try:
        first = _first_day(by, group)
    except ValueError:
        return None
    year, week, _ = first.isocalendar()
    return f"{year:04}-W{week:02}" if by is By.WEEK else group


def _first_day(by: By, group: str) -> date:
    if by is By.WEEK and "W" in group:
        return date.fromisocalendar(int(group[:4]), int(group[6:]), 1)
    return date.fromisoformat({By.YEAR: f"{group}-01-01", By.MONTH: f"{group}-01"}.get(by, group))


def _in_order(by: By, found: dict[str | None, int], span: dict[str | None, int]) -> list[str | None]:
    known = sorted(group for group in span if group is not None)
    named: list[str | None] = list(known)
    if not by.timed:
        named.sort(
            key=lambda group: found.get(group, 0), reverse=True
        )  # those of one size stay in the order of their names
    else:
        named = list(timeline(by, known[0], known[-1])) if known else []
        named = list(known) if len(named) > _MAX_GROUPS else named
    return [*named, None] if None in span else named


def _has_gaps(by: By, known: list[str]) -> bool:
    return by.timed and bool(known) and len(known) < sum(1 for _ in timeline(by, known[0], known[-1]))


def timeline(by: By, first: str, last: str) -> Iterator[str]:
    """Give every group from the first to the last; stops soon after there are too many."""
    day, end = _first_day(by, first), _first_day(by, last)
    for _ in range(_MAX_GROUPS + 1):
        yield _label(by, day)
        if day >= end:
            return
        day = _next(by, day)


def _label(by: By, day: date) -> str:
    year, week, _ = day.isocalendar()
    labels = {By.WEEK: f"{year:04}-W{week:02}", By.MONTH: day.isoformat()[:7], By.YEAR: day.isoformat()[:4]}
    return labels.get(by, day.isoformat())


def _next(by: By, day: date) -> date:
    if by is By.YEAR:
        return day.replace(year=day.year + 1)
    if by is By.MONTH:
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if by is By.WEEK else 1)


def sparkline(values: Sequence[float], *, width: int) -> str:
    """Draw values as a line of blocks, at most `width` of them: neighbours are summed where there are more."""
    if not values:
        return ""
    step = -(-len(values) // max(width, 1))
    sums = [sum(values[at : at + step]) for at in range(0, len(values), step)]
    top = max(sums) or 1
    return "".join("▁▂▃▄▅▆▇█"[min(int(value / top * 8), 7)] if value else " " for value in sums)
