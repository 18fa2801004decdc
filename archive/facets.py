"""Facets: how the articles that a query and its filters choose lie over sources, languages and time.

Owns those counts for the web archive. Each facet is counted as if it were not filtered by itself, so that what could be
chosen instead stands beside what is chosen. What is chosen is archive/search.py's. Plain sqlite3.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from archive.search import Filters, Selection, select
from archive.stats import By, timeline

_DAYS, _MONTHS, _YEARS = 62, 125, 100
"""The longest span that is shown by day, by month and by year without gaps, so that a bar can be pointed at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time and how many articles are of it; `first` and `last` are its days."""

    label: str
    """2024, 2024-03 or 2024-03-05."""
    first: date
    last: date
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts by name, the largest first; those whose source or language is not known are under None, last."""

    sources: tuple[tuple[str | None, int], ...]
    languages: tuple[tuple[str | None, int], ...]
    """By primary subtag: `en` counts en-GB, too, as the filter does."""
    months: tuple[Span, ...]
    """Only those with articles, in order, whatever days are asked for."""
    timeline: tuple[Span, ...]
    """The days that are asked for (else all), by day, month or year, without gaps."""
    undated: int


def facets(db: sqlite3.Connection, query: str | None, *, filters: Filters, raw: bool = False) -> Facets:
    """Count what matches by source, language and time. Raises UsageError for a bad raw query."""
    by_source = replace(filters, sources=())
    by_language = replace(filters, languages=())
    days = _days(db, query, replace(filters, since=None, until=None, undated=False), raw=raw)
    if by_source == by_language:
        sources, languages = _names(db, query, filters, raw=raw)
    else:
        sources, _ = _names(db, query, by_source, raw=raw)
        _, languages = _names(db, query, by_language, raw=raw)
    undated = days.pop(None, 0)
    known = {day: n for day, n in days.items() if day is not None}
    return Facets(
        sources=_largest(sources),
        languages=_largest(languages),
        months=_spans(By.MONTH, known, gaps=False),
        timeline=_timeline(known, filters),
        undated=undated,
    )


def whole_timeline(db: sqlite3.Connection) -> tuple[Span, ...]:
    """Give the timeline of all dated articles."""
    return _timeline({day: n for day, n in _days(db, None, Filters(), raw=False).items() if day}, Filters())


def _names(
    db: sqlite3.Connection, query: str | None, filters: Filters, *, raw: bool
) -> tuple[Counter[str | None], Counter[str | None]]:
    """Count by source and by language in one pass; in Python, since SQLite would sort all rows to group them."""
    chosen = select(db, query, filters=filters, raw=raw)
    rows = db.execute(f"SELECT a.source_id, a.language FROM articles a {_where(chosen)}", chosen.parameters)
    names = dict(db.execute("SELECT id, name FROM sources").fetchall())
    sources: Counter[str | None] = Counter()
    languages: Counter[str | None] = Counter()
    for (source_id, language), n in Counter(map(tuple, rows)).items():
        sources[names.get(source_id)] += n
        languages[language.partition("-")[0].lower() if language else None] += n
    return sources, languages


def _where(chosen: Selection) -> str:
    return "" if chosen.everything else f"WHERE a.id IN ({chosen.sql})"


def _days(db: sqlite3.Connection, query: str | None, filters: Filters, *, raw: bool) -> Counter[date | None]:
    """Count by day; a day that no calendar knows is none."""
    chosen = select(db, query, filters=filters, raw=raw)
    found: Counter[date | None] = Counter()
    for day, n in db.execute(
        f"SELECT a.published_day, count(*) FROM articles a {_where(chosen)} GROUP BY a.published_day", chosen.parameters
    ):
        found[_day(day)] += n
    return found


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _largest(counts: Mapping[str | None, int]) -> tuple[tuple[str | None, int], ...]:
    return tuple(sorted(counts.items(), key=lambda one: (one[0] is None, -one[1], one[0] or "")))


def _timeline(days: Mapping[date, int], filters: Filters) -> tuple[Span, ...]:
    first, last = filters.since, filters.until
    inside = {
        day: n
        for day, n in days.items()
        if (first is None or day >= _calendar(first)) and (last is None or day <= _calendar(last))
    }
    if not inside:
        return ()
    begin = _calendar(first) if first else min(inside)
    end = _calendar(last) if last else max(inside)
    n_days = (end - begin).days
    if n_days > _MONTHS * 30:
        # years without an end before and after are no news; one article dated 1900 must not make the rest a hairline
        begin, end = min(inside), max(inside)
        return _spans(By.YEAR, inside, gaps=end.year - begin.year <= _YEARS, begin=begin, end=end)
    return _spans(By.DAY if n_days <= _DAYS else By.MONTH, inside, gaps=True, begin=begin, end=end)


def _calendar(moment: date) -> date:
    return date(moment.year, moment.month, moment.day)


def _spans(
    by: By, days: Mapping[date, int], *, gaps: bool, begin: date | None = None, end: date | None = None
) -> tuple[Span, ...]:
    """Sum days into longer spans; with `gaps`, the empty ones between `begin` and `end`, too."""
    length = {By.DAY: 10, By.MONTH: 7, By.YEAR: 4}[by]
    sums: Counter[str] = Counter()
    for day, n in days.items():
        sums[day.isoformat()[:length]] += n
    labels = sorted(sums)
    if gaps and begin and end:
        labels = list(timeline(by, begin.isoformat()[:length], end.isoformat()[:length]))
    return tuple(Span(label=label, first=_first(label), last=_last(label), articles=sums[label]) for label in labels)


def _first(label: str) -> date:
    return date.fromisoformat((label + "-01-01")[:10])


def _last(label: str) -> date:
    first = _first(label)
    if len(label) == 4:
        return first.replace(month=12, day=31)
    if len(label) == 7:
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first
