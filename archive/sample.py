"""Draw a sample of articles that anyone can draw again: the same seed and the same texts give the same sample.

Owns the draw. It depends on nothing but the seed and the articles' url_keys: not on ids, the order of rows, the machine or
a random generator's version. Memory grows with the sample, not with what it is drawn from.
"""

import hashlib
import heapq
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archive.errors import UsageError
from archive.selection import Selection

_DIGIT = "[0-9]"
_STRATA = {
    "source": "coalesce(s.name, '')",
    "lang": "coalesce(a.language, '')",
    # as `stats` counts: 2024-03 is a month, though no day
    "year": f"CASE WHEN a.published GLOB '{_DIGIT * 4}*' THEN substr(a.published, 1, 4) ELSE '' END",
    "month": f"CASE WHEN a.published GLOB '{_DIGIT * 4}-{_DIGIT * 2}*' THEN substr(a.published, 1, 7) ELSE '' END",
    "day": "coalesce(a.published_day, '')",
}
STRATA = tuple(_STRATA)
"""What --stratify takes; articles of which it is not known are a stratum of their own."""

Stratum = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What to draw: `size` articles, each stratum in proportion to its share."""

    size: int
    seed: str
    stratify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The sample: ids in order of date and url_key, and from how many articles and strata it was drawn."""

    ids: tuple[int, ...]
    n_articles: int
    n_strata: int


def read_strata(text: str | None) -> tuple[str, ...]:
    """Read --stratify: names separated by commas; raises UsageError."""
    names = tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))
    if unknown := [name for name in names if name not in _STRATA]:
        raise UsageError(f"cannot stratify by {', '.join(unknown)}: there are {', '.join(STRATA)}")
    return names


def draw(db: sqlite3.Connection, chosen: Selection, sample: Sample) -> Drawn:
    """Draw a sample of what was chosen."""
    sizes: Counter[Stratum] = Counter()
    for stratum, _, _, _ in _articles(db, chosen, sample):
        sizes[stratum] += 1
    places = allotted(sizes, sample.size)
    drawn: dict[Stratum, list[tuple[int, str, str, int]]] = {stratum: [] for stratum, n in places.items() if n}
    for stratum, day, url_key, article_id in _articles(db, chosen, sample):
        if stratum in drawn:
            # a heap whose first is the worst kept: the smallest lots win
            entry = (-lot(sample.seed, url_key), day, url_key, article_id)
            if len(drawn[stratum]) < places[stratum]:
                heapq.heappush(drawn[stratum], entry)
            else:
                heapq.heappushpop(drawn[stratum], entry)
    found = sorted((day or "~", url_key, article_id) for heap in drawn.values() for _, day, url_key, article_id in heap)
    return Drawn(ids=tuple(row[2] for row in found), n_articles=sizes.total(), n_strata=len(sizes))


def _articles(db: sqlite3.Connection, chosen: Selection, sample: Sample) -> Iterator[tuple[Stratum, str, str, int]]:
    strata = "".join(f", {_STRATA[name]}" for name in sample.stratify)
    sql = (
        f"SELECT coalesce(a.published_day, ''), a.url_key, a.id{strata} FROM articles a"
        f" LEFT JOIN sources s ON s.id = a.source_id WHERE a.id IN ({chosen.sql})"
    )
    for day, url_key, article_id, *stratum in db.execute(sql, chosen.parameters):
        yield tuple(stratum), day, url_key, article_id


def lot(seed: str, url_key: str) -> int:
    """Give an article's lot: 128 bits of a hash over seed and url_key; the smallest lots are drawn."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{url_key}".encode("utf-8", "replace")).digest()[:16], "big")


def allotted(sizes: dict[Stratum, int], n: int) -> dict[Stratum, int]:
    """Share `n` places among strata in proportion to their sizes, by largest remainder (Hamilton), ties by name."""
    total = sum(sizes.values())
    if n >= total:
        return dict(sizes)
    # in whole numbers: no machine's rounding decides
    places = {stratum: size * n // total for stratum, size in sizes.items()}
    remainder: Callable[[Stratum], tuple[int, Stratum]] = lambda stratum: (-(sizes[stratum] * n % total), stratum)  # noqa: E731
    for stratum in sorted(sizes, key=remainder)[: n - sum(places.values())]:
        places[stratum] += 1
    return places
