"""Facets: how the articles that a query and its filters choose lie over sources, languages and time.

Owns those counts for the web archive; the queries are archive/counting.py's. Each facet is counted as if it were not filtered
by itself, so that what could be chosen instead stands beside what is chosen. Plain sqlite3.
"""

import sqlite3
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from archive.counting import count_days, count_places
from archive.filters import Filters
from archive.reader import tuples
from archive.selection import NARROW, Selection, match_at_most, select
from archive.stats import By, timeline

COUNTED = 80_000
"""Of more hits than these, the ones kept last are counted: a word that is everywhere tells nothing that they do not."""
Hit = tuple[int | None, str | None, str | None]
"""A source's id, a language and a day."""
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
    note: str | None = None
    """Where not all hits were counted."""


def facets(db: sqlite3.Connection, query: str | None, *, filters: Filters, raw: bool = False) -> Facets:
    """Count what matches by source, language and time. Raises UsageError for a bad raw query."""
    by_time = replace(filters, since=None, until=None, undated=False)
    by_source, by_language = replace(filters, sources=()), replace(filters, languages=())
    chosen = select(db, query, filters=replace(by_time, sources=(), languages=()), raw=raw)
    names = {int(row[0]): str(row[1]) for row in db.execute("SELECT id, name FROM sources")}
    if chosen.reading.match is not None and not filters.by_the_hour:
        # each hit is read once, for all three
        held = _hits(db, chosen)
        times = _among(held, names, by_time)
        places: tuple[Counter[Hit], Counter[Hit]] = _among(held, names, by_source), _among(held, names, by_language)
        is_part = chosen.many and not match_at_most(db, chosen.parameters[0], COUNTED)
    else:
        chosen_by = [select(db, query, filters=one, raw=raw) for one in (by_time, by_source, by_language)]
        times = Counter({(None, None, day): n for day, n in count_days(db, chosen_by[0]).items()})
        first, second = (count_places(db, one) for one in chosen_by[1:])
        places = (
            Counter({(*one, None): n for one, n in first.items()}),
            Counter({(*one, None): n for one, n in second.items()}),
        )
        is_part = False
    days = Counter[date | None]()
    for day, n in _summed(times, 2).items():
        days[_day(day)] += n
    undated = days.pop(None, 0)
    known = {day: n for day, n in days.items() if day is not None}
    return Facets(
        sources=_largest(_named(_summed(places[0], 0), names.get)),
        languages=_largest(_named(_summed(places[1], 1), _primary)),
        months=_spans(By.MONTH, known, gaps=False),
        timeline=_timeline(known, filters),
        undated=undated,
        note=f"the counts are of the {COUNTED:,} hits kept last" if is_part else None,
    )


def whole_timeline(db: sqlite3.Connection) -> tuple[Span, ...]:
    """Give the timeline of all dated articles."""
    days = {_day(day): n for day, n in count_days(db, select(db, None)).items()}
    return _timeline({day: n for day, n in days.items() if day is not None}, Filters())


def _hits(db: sqlite3.Connection, chosen: Selection) -> Counter[Hit]:
    """Count the articles that have the words by source, language and day; of too many those kept last."""
    latest = f" ORDER BY rowid DESC LIMIT {COUNTED}" if chosen.many else ""
    sql = f"SELECT a.source_id, a.language, a.published_day FROM ({chosen.sql}{latest}) h CROSS JOIN {NARROW} ON a.id = h.id"
    return Counter(tuples(db, sql, chosen.parameters))


def _among(held: Counter[Hit], names: Mapping[int, str], filters: Filters) -> Counter[Hit]:
    """Leave what the filters let through, which mean here what they mean in SQL (archive/filters.py)."""
    if not (filters.sources or filters.languages or filters.dated or filters.undated):
        return held
    wanted = {name.lower() for name in filters.sources}
    sources = {source_id for source_id, name in names.items() if name.lower() in wanted} if wanted else None
    languages = tuple(language.lower().replace("_", "-") for language in filters.languages)
    first, last = (bound.isoformat() if bound else None for bound in (filters.since, filters.until))
    found: Counter[Hit] = Counter()
    for (source_id, language, day), n in held.items():
        dated = day is not None and (first is None or day >= first) and (last is None or day <= last)
        if (
            (sources is None or source_id in sources)
            and (not languages or _is_of(language, languages))
            and (dated or not filters.dated)
            and (day is None or not filters.undated)
        ):
            found[source_id, language, day] = n
    return found


def _is_of(language: str | None, wanted: tuple[str, ...]) -> bool:
    """Tell whether a language is one of these: `en` finds en-GB, too."""
    code = (language or "").lower()
    return any(code == one or code.startswith(f"{one}-") for one in wanted)


def _summed(counts: Mapping[Hit, int], column: int) -> Counter[Any]:
    """Sum by a source's id (0), a language (1) or a day (2): there may be as many different hits as articles."""
    found: Counter[Any] = Counter()
    for hit, n in counts.items():
        found[hit[column]] += n
    return found


def _named(counts: Mapping[Any, int], name: Callable[[Any], str | None]) -> Counter[str | None]:
    found: Counter[str | None] = Counter()
    for key, n in counts.items():
        found[name(key)] += n
    return found


def _primary(language: str | None) -> str | None:
    return language.partition("-")[0].lower() if language else None


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
        return first.replace(day=monthrange(first.year, first.month)[1])
    return first
