"""Search: the articles that a query and its filters choose, in order, with a snippet each.

Owns the order of hits and what is told of each. Which articles they are is archive/selection.py, what a snippet shows
archive/snippets.py. Reads only; plain sqlite3, so that it starts at once.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from archive.filters import NO_FILTERS, Filters, notes
from archive.query import Reading
from archive.selection import (
    Many,
    Selection,
    count,
    count_articles,
    go_through,
    match_at_most,
    say_undated,
    select,
    undated_note,
)
from archive.snippets import Span, make_snippet, mark

_BATCH = 100
RANKED = 50_000
"""Of more hits than these, the ones kept last are ranked: bm25 of a word that is everywhere takes seconds and says little."""
PASSED = 100_000
"""So many hits are looked at to rank those among them that filters let pass."""
COMMON = 20_000
"""Of more hits than these, the newest may be found sooner by going through the articles than by sorting the hits."""
PROBE = 60
"""Asking whether one article has the words takes as long as sorting so many hits."""
_WITH_WORDS = "FROM articles_fts WHERE articles_fts MATCH ?"
_RANK = f"SELECT rowid AS id, rank {_WITH_WORDS}"
_BY_RANK = "ORDER BY +rank, rowid"
"""The plus leaves sorting to SQLite: FTS5's own ranks each hit in a second search, which takes nearly twice as long."""
_DAY = "coalesce(a.published_day, a.published)"
_DATED_NEWEST = f"{_DAY} DESC, a.published DESC, a.id DESC"
_BY_DATE = {
    "newest": f"{_DAY} IS NULL, {_DATED_NEWEST}",
    "oldest": f"{_DAY} IS NULL, {_DAY}, a.published, a.id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that a query found."""

    article_id: int
    url: str
    headline: str | None
    source: str | None
    published: str | None
    language: str | None
    rank: float | None
    """FTS5's bm25: the lower, the better; None where there was nothing to rank by."""
    snippet: str
    marks: tuple[Span, ...]
    """Spans of the snippet that match: `snippet[start:end]`."""
    headline_marks: tuple[Span, ...]
    """Spans of the headline on one line (runs of white space folded)."""
    cluster_size: int
    """How many near-duplicates there are, this one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The hits asked for, and what stands beside them."""

    hits: tuple[Hit, ...]
    n_hits: int
    """All hits, beyond the limit, too."""
    n_articles: int
    """Articles in the archive."""
    note: str | None
    """How a doubtful query was read, what was left out."""


def search(
    db: sqlite3.Connection,
    query: str,
    *,
    filters: Filters = NO_FILTERS,
    sort: str = "rank",
    limit: int | None = 20,
    offset: int = 0,
    raw: bool = False,
) -> SearchResult:
    """Find articles, the best (`sort="rank"`) or the newest (`sort="date"`) first; a blank query means all.

    `offset` passes over so many hits.

    Never fails on what is typed, but for `raw`, FTS5's own syntax: UsageError with FTS5's words.
    """
    chosen = select(db, query, filters=filters, raw=raw, ranked=sort == "rank")
    order = _in_order(db, chosen, sort, None if limit is None else offset + limit)
    hits = tuple(_hits(db, order.pairs(db, limit, offset), chosen.reading))
    n_hits = order.n_hits
    if n_hits is None:
        whole = not offset and (limit is None or len(hits) < limit)
        n_hits = len(hits) if whole else count(db, chosen)
    undated = say_undated(order.many.n_undated) if order.many else undated_note(db, chosen)
    return SearchResult(
        hits=hits,
        n_hits=n_hits,
        n_articles=count_articles(db),
        note=notes(chosen.note, undated, order.note),
    )


def ids_in_order(db: sqlite3.Connection, chosen: Selection, *, sort: str, limit: int, offset: int) -> list[int]:
    """Give the ids of some hits in the order of `search`, without reading their texts."""
    return [one for one, _ in _in_order(db, chosen, sort, offset + limit).pairs(db, limit, offset)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What was chosen, in order: as SQL that gives `id` and `rank`, or as these pairs themselves."""

    sql: str = ""
    parameters: tuple[str | int, ...] = ()
    ranked: Sequence[tuple[int, float]] | None = None
    n_hits: int | None = None
    """How many were chosen, where that had to be counted."""
    many: Many | None = None
    """What was found out on the way where many have the words."""
    note: str | None = None

    def pairs(self, db: sqlite3.Connection, limit: int | None, offset: int) -> Iterator[tuple[int, float | None]]:
        """Give the ids and ranks of some."""
        if self.ranked is not None:
            return iter(self.ranked[offset : None if limit is None else offset + limit])
        found = db.execute(f"{self.sql} LIMIT ? OFFSET ?", (*self.parameters, -1 if limit is None else limit, offset))
        return ((row[0], row[1]) for row in found)


def _in_order(db: sqlite3.Connection, chosen: Selection, sort: str, reach: int | None) -> _Order:
    """Lay out what was chosen in order; of the order the first `reach` are wanted, or all."""
    if sort == "rank" and chosen.reading.match is not None:
        return _by_rank(db, chosen)
    if chosen.everything:
        return _Order(sql=f"SELECT a.id AS id, NULL AS rank FROM articles a ORDER BY {_BY_DATE['newest']}")
    n_hits, many = None, None
    sql, parameters = chosen.sql, chosen.parameters
    if chosen.many and reach is not None and not match_at_most(db, chosen.parameters[0], COMMON):
        many = go_through(db, chosen) if chosen.where else None
        n_hits = len(many.ids) if many else count(db, chosen)
        if n_hits and reach * count_articles(db) / n_hits * PROBE < n_hits:
            return _newest_first(chosen, n_hits, many)
        if many:
            sql, parameters = "SELECT value AS id FROM json_each(?)", (json.dumps(many.ids.tolist()),)
    # the outer join keeps SQLite from reading all articles in order for a few hits
    return _Order(
        sql=f"SELECT a.id AS id, NULL AS rank FROM ({sql}) h CROSS JOIN articles a ON a.id = h.id"
        f" ORDER BY {_BY_DATE['newest']}",
        parameters=parameters,
        n_hits=n_hits,
        many=many,
    )


def _by_rank(db: sqlite3.Connection, chosen: Selection) -> _Order:
    match = chosen.reading.match or ""
    if chosen.ids is not None:
        return _few_by_rank(match, chosen, chosen.ids)
    if not chosen.where:
        if match_at_most(db, match, RANKED):
            return _Order(sql=f"{_RANK} {_BY_RANK}", parameters=(match,))
        sql = f"SELECT rowid {_WITH_WORDS} ORDER BY rowid DESC LIMIT 1 OFFSET ?"
        (bound,) = db.execute(sql, (match, RANKED - 1)).fetchone()
        n_hits = count(db, chosen)
        return _Order(
            sql=f"{_RANK} AND rowid >= ? {_BY_RANK}",
            parameters=(match, bound),
            n_hits=n_hits,
            note=_of_part(n_hits, RANKED),
        )
    many = go_through(db, chosen)
    last = many.ids[-1] if many.ids else 0
    # FTS5 ranks all that lie between the bounds, those that the filters leave out, too
    sql = f"SELECT rowid {_WITH_WORDS} AND rowid <= ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
    (bound,) = db.execute(sql, (match, last, PASSED - 1)).fetchone() or (0,)
    latest = many.ids[max(bisect_left(many.ids, bound), len(many.ids) - RANKED) :].tolist()
    return _Order(
        sql=f"{_RANK} AND rowid BETWEEN ? AND ? AND +rowid IN (SELECT value FROM json_each(?)) {_BY_RANK}",
        parameters=(match, min(latest, default=0), last, json.dumps(latest)),
        n_hits=len(many.ids),
        many=many,
        note=_of_part(len(many.ids), len(latest)),
    )


def _of_part(n_hits: int, n_ranked: int) -> str | None:
    if n_hits <= n_ranked:
        return None
    return f"the {n_ranked:,} hits kept last are ranked; --sort date gives all, a rarer word fewer"


def _few_by_rank(match: str, chosen: Selection, ids: Sequence[int]) -> _Order:
    if chosen.ranks is not None:
        ranked = sorted(((one, chosen.ranks[one]) for one in ids), key=itemgetter(1, 0))
        return _Order(ranked=ranked, n_hits=len(ids))
    if not chosen.where:
        return _Order(sql=f"{_RANK} {_BY_RANK}", parameters=(match,), n_hits=len(ids))
    sql = f"{_RANK} AND +rowid IN (SELECT value FROM json_each(?)) {_BY_RANK}"
    return _Order(sql=sql, parameters=(match, *chosen.parameters), n_hits=len(ids))


def _newest_first(chosen: Selection, n_hits: int, many: Many | None) -> _Order:
    """Go through all articles, the newest first, and ask of each whether it has the words: soon done where many have."""
    match, *rest = chosen.parameters
    has = "EXISTS (SELECT 1 FROM articles_fts f WHERE f.articles_fts MATCH ? AND f.rowid = a.id)"
    where, order = f"{chosen.where} AND {has}" if chosen.where else has, _BY_DATE["newest"]
    if chosen.filters.dated:  # the span in the index's own terms: newer articles need not be passed over
        where, order = f"({_DAY} IS NULL) = 0 AND {_DAY} BETWEEN ? AND ? AND {where}", _DATED_NEWEST
        rest = [*chosen.filters.days, *rest]
    return _Order(
        sql=f"SELECT a.id AS id, NULL AS rank FROM articles a INDEXED BY articles_newest WHERE {where}"
        f" ORDER BY {order}",
        parameters=(*rest, match),
        n_hits=n_hits,
        many=many,
    )


def matching_ids(
    db: sqlite3.Connection,
    query: str | None,
    *,
    filters: Filters = NO_FILTERS,
    raw: bool = False,
    newest_first: bool = False,
) -> Iterator[int]:
    """Give the ids of all articles that match, in order of date, those without one last. No query means all."""
    chosen = select(db, query, filters=filters, raw=raw)
    order = _BY_DATE["newest" if newest_first else "oldest"]
    hits = "" if chosen.everything else f"({chosen.sql}) h CROSS JOIN "
    sql = f"SELECT a.id FROM {hits}articles a{'' if chosen.everything else ' ON a.id = h.id'} ORDER BY {order}"
    return (int(row[0]) for row in db.execute(sql, chosen.parameters))


def _hits(db: sqlite3.Connection, found: Iterator[tuple[int, float | None]], reading: Reading) -> Iterator[Hit]:
    while batch := dict(islice(found, _BATCH)):
        marks = ", ".join("?" * len(batch))
        rows = db.execute(
            "SELECT a.id, a.url, a.headline, s.name, a.published, a.language, e.body, e.description,"
            " (SELECT count(*) FROM near_duplicates o WHERE o.cluster_id = n.cluster_id) FROM articles a"
            " JOIN revisions r ON r.id = a.revision_id JOIN extractions e ON e.id = r.extraction_id"
            " LEFT JOIN sources s ON s.id = a.source_id LEFT JOIN near_duplicates n ON n.article_id = a.id"
            f" WHERE a.id IN ({marks})",
            tuple(batch),
        )
        by_id = {row[0]: tuple(row) for row in rows}
        for article_id, rank in batch.items():
            if article_id not in by_id:
                continue
            _, url, headline, source, published, language, body, description, n_cluster = by_id[article_id]
            snippet = make_snippet(body, description or "", reading.terms)
            yield Hit(
                article_id=article_id,
                url=url,
                headline=headline,
                source=source,
                published=published,
                language=language,
                rank=rank,
                snippet=snippet.text,
                marks=snippet.marks,
                headline_marks=mark(headline or "", reading.terms, column="headline").marks,
                cluster_size=max(n_cluster, 1),
            )
