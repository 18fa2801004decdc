"""Keyness: which words, or runs of two or three words, set some articles apart from others.

Owns counting and the two measures: log-likelihood (G2; Dunning 1993, Rayson and Garside 2000) says how sure it is that a term
is more frequent here, log ratio (Hardie 2014) how much more. Reads only. Memory grows with the target's terms alone.
"""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from archive.errors import UsageError
from archive.filters import NO_FILTERS, Filters
from archive.fold import fold
from archive.sample import Sample, draw
from archive.selection import Selection, count, count_articles, select, undated_note
from archive.vertical import tokens

SAMPLE = 20_000
"""Articles a side that are counted, unless told: drawn by lot where there are more."""
_MOST_TERMS = 3_000_000
"""Different terms held; beyond, those seen once so far are dropped."""
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term of the target that is more frequent there than in the reference."""

    term: str
    count: int
    articles: int
    """Of the target, in how many it stands."""
    per_million: float
    reference_count: int
    reference_per_million: float
    log_likelihood: float
    log_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two corpora that are compared."""

    what: str
    n_articles: int
    n_counted: int
    """Fewer than all where a sample was drawn."""
    n_words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyness:
    """The terms, and what they were counted in."""

    terms: tuple[Term, ...]
    target: Side
    reference: Side
    n_total: int
    """Articles in the archive."""
    note: str | None


def keyness(
    db: sqlite3.Connection,
    query: str,
    *,
    against: str | None = None,
    filters: Filters = NO_FILTERS,
    raw: bool = False,
    n: int = 1,
    least: int = 3,
    sample: int = SAMPLE,
    sort: str = "log_likelihood",
    limit: int | None = 50,
) -> Keyness:
    """Give the terms of `n` words that mark the articles found, the most telling first.

    The reference is what `against` finds with the same filters; else the other articles that pass them; without a query the
    articles that do not. Articles of the target never count as reference. `least` is the smallest count; a term must
    stand in two articles where the target has more than one. Raises UsageError where there is nothing to compare.
    """
    target = select(db, query, filters=filters, raw=raw)
    reference, what = _reference(db, target, against, filters, raw=raw)
    here, there = _ids(db, target, sample), _ids(db, reference, sample)
    counted = _Counted()
    for texts in _texts(db, here):
        counted.add(texts, n)
    articles, n_words = counted.articles, counted.n_words
    found = {term: k for term, k in counted.counts.items() if k >= least and (articles[term] > 1 or len(here) == 1)}
    reference_counts, n_reference_words = _count_these(db, there, n, found)
    if not n_words or not n_reference_words:
        raise UsageError(f"there is nothing to compare: {len(here):,} articles against {len(there):,} ({what})")
    made = (
        _term(term, k, articles[term], reference_counts[term], n_words, n_reference_words) for term, k in found.items()
    )
    chosen = sorted((term for term in made if term.log_ratio > 0), key=lambda term: (-getattr(term, sort), term.term))
    return Keyness(
        terms=tuple(replace(term, term=counted.shown.get(term.term, term.term)) for term in chosen[:limit]),
        target=Side(what=query.strip() or "the filters", n_articles=count(db, target), n_counted=len(here), n_words=n_words),
        reference=Side(what=what, n_articles=count(db, reference), n_counted=len(there), n_words=n_reference_words),
        n_total=count_articles(db),
        note="; ".join(
            said for said in (target.note, reference.note, undated_note(db, target)) if said
        ) or None,
    )  # fmt: skip


def _reference(
    db: sqlite3.Connection, target: Selection, against: str | None, filters: Filters, *, raw: bool
) -> tuple[Selection, str]:
    if against is not None:
        base, what = select(db, against, filters=filters, raw=raw), against.strip() or "all that pass the filters"
    elif target.reading.everything:
        if filters == NO_FILTERS:
            raise UsageError("terms of what? Give a query or a filter; the reference is the rest of the archive")
        base, what = select(db, None), "the rest of the archive"
    else:
        base = select(db, None, filters=filters)
        what = "the rest of the archive" if filters == NO_FILTERS else "the other articles that pass the filters"
    sql = f"SELECT a.id FROM articles a WHERE a.id IN ({base.sql}) AND a.id NOT IN ({target.sql})"
    # the target's own notes are said once
    note = base.note if against is not None and base.note != target.note else None
    return replace(base, sql=sql, parameters=(*base.parameters, *target.parameters), ids=None, note=note), what


def _ids(db: sqlite3.Connection, chosen: Selection, sample: int) -> tuple[int, ...]:
    if sample:
        return draw(db, chosen, Sample(size=sample, seed="terms")).ids
    return tuple(row[0] for row in db.execute(chosen.sql, chosen.parameters))


@dataclass(slots=True, kw_only=True)
class _Counted:
    """The target's terms, by their folded form."""

    counts: Counter[str] = field(default_factory=Counter)
    articles: Counter[str] = field(default_factory=Counter)
    shown: dict[str, str] = field(default_factory=dict)
    """As they were first met, where folding changes them: müller for muller."""
    n_words: int = 0

    def add(self, texts: Iterable[str], n: int) -> None:
        """Count an article."""
        here: Counter[str] = Counter()
        for run in _runs(texts):
            self.n_words += len(run)
            for shown, term in _grams(run, n):
                here[term] += 1
                if shown != term:
                    self.shown.setdefault(term, shown)
        self.counts.update(here)
        self.articles.update(here.keys())
        if len(self.counts) > _MOST_TERMS:
            for term in [term for term, k in self.counts.items() if k == 1]:
                del self.counts[term], self.articles[term]
                self.shown.pop(term, None)


def _count_these(
    db: sqlite3.Connection, ids: Iterable[int], n: int, wanted: dict[str, int]
) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    n_words = 0
    for texts in _texts(db, ids):
        for run in _runs(texts):
            n_words += len(run)
            counts.update(term for _, term in _grams(run, n) if term in wanted)
    return counts, n_words


def _texts(db: sqlite3.Connection, ids: Iterable[int]) -> Iterator[tuple[str, str]]:
    waiting = list(ids)
    for at in range(0, len(waiting), _BATCH):
        batch = waiting[at : at + _BATCH]
        yield from db.execute(
            "SELECT coalesce(e.headline, ''), e.body FROM articles a JOIN revisions r ON r.id = a.revision_id"
            f" JOIN extractions e ON e.id = r.extraction_id WHERE a.id IN ({', '.join('?' * len(batch))}) ORDER BY a.id",
            batch,
        )


def _runs(texts: Iterable[str]) -> Iterator[list[tuple[str, str]]]:
    """Give runs of words (as written in small letters, folded) that no sign and no line break parts."""
    for text in texts:
        for line in text.split("\n"):
            run: list[tuple[str, str]] = []
            for start, end in tokens(line):
                word = line[start:end].lower()
                if folded := _folded(word):
                    run.append((word, folded))
                elif run:
                    yield run
                    run = []
            if run:
                yield run


@lru_cache(maxsize=200_000)
def _folded(word: str) -> str:
    """Fold a token; empty for a sign."""
    if not any(character.isalnum() for character in word):
        return ""
    # a word with a half space has its joined form in a second line
    return " ".join(fold(word).partition("\n")[0].split())


def _grams(run: list[tuple[str, str]], n: int) -> Iterator[tuple[str, str]]:
    if n == 1:
        yield from run
        return
    for at in range(len(run) - n + 1):
        part = run[at : at + n]
        yield " ".join(word for word, _ in part), " ".join(folded for _, folded in part)


def _term(term: str, here: int, articles: int, there: int, n_here: int, n_there: int) -> Term:
    return Term(
        term=term,
        count=here,
        articles=articles,
        per_million=round(here / n_here * 1e6, 2),
        reference_count=there,
        reference_per_million=round(there / n_there * 1e6, 2),
        log_likelihood=round(log_likelihood(here, there, n_here, n_there), 2),
        log_ratio=round(log_ratio(here, there, n_here, n_there), 2),
    )


def log_likelihood(here: int, there: int, n_here: int, n_there: int) -> float:
    """Give G2 of a term's counts in two corpora of so many words: 3.84 is p < 0.05, 6.63 p < 0.01, 15.13 p < 0.0001."""
    rate = (here + there) / (n_here + n_there)
    parts = ((here, n_here * rate), (there, n_there * rate))
    return max(2 * sum(k * math.log(k / expected) for k, expected in parts if k), 0.0)


def log_ratio(here: int, there: int, n_here: int, n_there: int) -> float:
    """Give the binary logarithm of the ratio of relative frequencies: 1 is twice as frequent; none counts as half a time."""
    return math.log2((here or 0.5) / n_here) - math.log2((there or 0.5) / n_there)
