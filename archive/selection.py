"""A selection: the articles that a query and its filters choose, as SQL for others to build on.

Owns the SQL over articles_fts and how it is laid out, so that rare and common words are both found quickly. How a query is
read is archive/query.py, in which order hits come archive/search.py. Reads only; plain sqlite3.
"""

import json
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archive.bm25 import SAMPLE, ranks_of_few
from archive.errors import UsageError
from archive.filters import NO_FILTERS, Filters, conditions, notes, unknown_sources
from archive.query import Reading, read_query, read_raw
from archive.reader import tuples

FEW = 20_000
"""Articles with the words, up to which their ids are asked for once and held against the filters."""
LISTED = 5
"""Listing so many articles along an index takes as long as looking up one by its id."""
_EVERYTHING = "SELECT a.id AS id FROM articles a WHERE 1"
_GIVEN = "SELECT value AS id FROM json_each(?)"
_WITH_WORDS = "FROM articles_fts WHERE articles_fts MATCH ?"
NARROW = "articles a INDEXED BY articles_narrow"
"""Articles looked up by id, of which only source, day and language are wanted: an index a tenth as wide as the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles chosen, as SQL: `SELECT … WHERE a.id IN (<sql>)`, with its parameters."""

    sql: str
    parameters: tuple[str | int, ...]
    reading: Reading
    filters: Filters
    where: str = ""
    """The filters as conditions on `articles a`, whose parameters follow that of the words."""
    ids: tuple[int, ...] | None = None
    """What was chosen by words, where few articles have them: a phrase of common words is dear to find again."""
    n_undated: int = 0
    """Beside `ids`: how many a filter by date leaves out, because no day is known of them."""
    ranks: Mapping[int, float] | None = None
    """The ranks of those with the words, where they were wanted and a phrase would be dear to find again."""
    note: str | None

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it: all articles, which need no IN."""
        return self.sql == _EVERYTHING

    @property
    def many(self) -> bool:
        """Whether it has words that stand in many articles."""
        return self.reading.match is not None and self.ids is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What was chosen by words that stand in many articles."""

    ids: "array[int]"
    n_undated: int
    """Articles with the words that a filter by date leaves out, because no day is known of them."""


def select(
    db: sqlite3.Connection,
    query: str | None,
    *,
    filters: Filters = NO_FILTERS,
    raw: bool = False,
    ranked: bool = False,
) -> Selection:
    """Choose articles by a query and filters, as SQL for others to build on. Raises UsageError for a bad raw query.

    `ranked` says that their ranks will be wanted.
    """
    reading = (read_raw if raw else read_query)(query or "", field=filters.field)
    if raw and reading.match is not None:
        _check_raw(db, query or "", reading.match)
    reading = _by_address(db, reading)
    ids: tuple[int, ...] | None = None
    n_undated, ranks = 0, None
    if reading.match is not None:
        where, parameters = conditions(filters)
        found, ranks = _find(db, reading, ranked=ranked)
        narrow = f" AND +rowid IN (SELECT a.id FROM articles a WHERE {' AND '.join(where)})" if where else ""
        sql, parameters = f"SELECT rowid AS id {_WITH_WORDS}{narrow}", [reading.match, *parameters]
        if len(found) <= FEW:
            ids, n_undated = _passing(db, found, filters)
            sql, parameters = _GIVEN, [json.dumps(ids)]
    else:
        where, parameters = _without_words(reading, filters)
        sql = f"SELECT a.id AS id FROM articles a WHERE {' AND '.join(where)}" if where else _EVERYTHING
    note = notes(reading.note, unknown_sources(db, filters.sources))
    return Selection(
        sql=sql,
        parameters=tuple(parameters),
        reading=reading,
        filters=filters,
        where=" AND ".join(where),
        ids=ids,
        n_undated=n_undated,
        ranks=ranks,
        note=note,
    )


def _find(
    db: sqlite3.Connection, reading: Reading, *, ranked: bool
) -> tuple[tuple[int, ...], Mapping[int, float] | None]:
    """Give the ids of the first articles with the words, more than FEW where there are; for a rare phrase also its ranks."""
    match = reading.match or ""
    if ranked and any(len(way) > 1 for term in reading.terms for way in term.spellings):
        (last,) = db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()
        if (words := _only_phrase(reading)) and (few := ranks_of_few(db, words, last)) is not None:
            return tuple(few), few
        sample = f"SELECT 1 {_WITH_WORDS} AND rowid <= ? LIMIT 1 OFFSET ?"
        if db.execute(sample, (match, last // SAMPLE, FEW // SAMPLE)).fetchone() is None:
            found = dict(tuples(db, f"SELECT rowid, rank {_WITH_WORDS} LIMIT ?", (match, FEW + 1)))
            return tuple(found), found if len(found) <= FEW else None
    return tuple(row[0] for row in tuples(db, f"SELECT rowid {_WITH_WORDS} LIMIT ?", (match, FEW + 1))), None


def _only_phrase(reading: Reading) -> tuple[str, ...] | None:
    """Give the words of a query that is one phrase, in all columns and spelt in one way, and nothing besides."""
    ways = [way for term in reading.terms for way in term.spellings]
    return ways[0] if len(ways) == 1 and reading.match == f'"{" ".join(ways[0])}"' else None


def _passing(db: sqlite3.Connection, ids: tuple[int, ...], filters: Filters) -> tuple[tuple[int, ...], int]:
    """Leave those of a few articles that pass the filters, and count those that only want a date.

    They are held against a list of all that pass, where that is short, or each is looked up.
    """
    kinds = [(" AND ".join(where), parameters) for where, parameters in map(conditions, _and_undated(filters))]
    (condition, parameters), either = kinds[0], ") OR (".join(where for where, _ in kinds)
    if not condition:
        return ids, 0
    if filters.indexed and not any(_has_more(db, *kind, n=LISTED * len(ids)) for kind in kinds):
        passing, *undated = (
            {row[0] for row in tuples(db, f"SELECT a.id FROM articles a WHERE {where}", given)}
            for where, given in kinds
        )
        return tuple(one for one in ids if one in passing), sum(one in them for them in undated for one in ids)
    # CROSS JOIN holds the order: first the words, then each article by its id
    articles = "articles a" if filters.by_the_hour else NARROW
    sql = f"SELECT a.id, {condition} FROM json_each(?) h CROSS JOIN {articles} ON a.id = h.value WHERE ({either})"
    rows = list(tuples(db, sql, (*parameters, json.dumps(ids), *(each for _, given in kinds for each in given))))
    found = tuple(row[0] for row in rows if row[1])
    return found, len(rows) - len(found)


def _has_more(db: sqlite3.Connection, condition: str, parameters: Sequence[str | int], *, n: int) -> bool:
    sql = f"SELECT 1 FROM articles a WHERE {condition} LIMIT 1 OFFSET ?"
    return db.execute(sql, (*parameters, n)).fetchone() is not None


def go_through(db: sqlite3.Connection, chosen: Selection) -> Many:
    """Go once through the articles of common words, and hold each against the filters."""
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()
    passing = bytearray(last + 1)
    for mark, filters in enumerate(_and_undated(chosen.filters), 1):
        where, parameters = conditions(filters)
        for (article_id,) in tuples(db, f"SELECT a.id FROM articles a WHERE {' AND '.join(where) or 1}", parameters):
            passing[article_id] |= mark
    span = len(passing) - len(passing.lstrip(b"\0")), len(passing.rstrip(b"\0")) - 1
    n_undated, ids = 0, array("q")
    sql = f"SELECT rowid {_WITH_WORDS} AND rowid BETWEEN ? AND ?"
    for (article_id,) in tuples(db, sql, (chosen.reading.match or "", *span)):
        mark = passing[article_id] if article_id <= last else 0
        if mark & 1:
            ids.append(article_id)
        elif mark:
            n_undated += 1
    return Many(ids=ids, n_undated=n_undated)


def match_at_most(db: sqlite3.Connection, match: str | int, n: int) -> bool:
    """Tell whether an FTS5 expression has at most so many articles; looks no further."""
    sql = "SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT 1 OFFSET ?"
    return db.execute(sql, (match, n)).fetchone() is None


def count(db: sqlite3.Connection, chosen: Selection) -> int:
    """Count what was chosen."""
    if chosen.ids is not None:
        return len(chosen.ids)
    return _count(db, chosen.sql, chosen.parameters)


def _count(db: sqlite3.Connection, sql: str, parameters: Sequence[str | int]) -> int:
    return int(db.execute(f"SELECT count(*) FROM ({sql})", parameters).fetchone()[0])


def count_articles(db: sqlite3.Connection) -> int:
    """Count all articles: kept by triggers, because counting a million takes longer than most searches."""
    return int(db.execute("SELECT n FROM totals WHERE what = 'articles'").fetchone()[0])


def undated_note(db: sqlite3.Connection, chosen: Selection) -> str | None:
    """Say how many articles a date filter leaves out because no day is known of them."""
    if not chosen.filters.dated:
        return None
    if chosen.ids is not None:
        return say_undated(chosen.n_undated)
    if chosen.many:
        return say_undated(go_through(db, chosen).n_undated)
    where, parameters = _without_words(chosen.reading, _without_date(chosen.filters))
    return say_undated(_count(db, f"SELECT a.id FROM articles a WHERE {' AND '.join(where)}", parameters))


def say_undated(n: int) -> str | None:
    """Say that so many are left out."""
    return f"{n:,} without a date {'is' if n == 1 else 'are'} left out" if n else None


def _and_undated(filters: Filters) -> tuple[Filters, ...]:
    """Give filters and, where they ask for a date, what else passes but has none."""
    return (filters, _without_date(filters)) if filters.dated else (filters,)


def _without_date(filters: Filters) -> Filters:
    return replace(filters, since=None, until=None, undated=True)


def _without_words(reading: Reading, filters: Filters) -> tuple[list[str], list[str | int]]:
    """Give the conditions on `articles a` of a query that has no words to search, and of filters, with their parameters."""
    where, parameters = conditions(filters)
    if reading.address is not None:
        where.append("(a.url_key = ? OR a.id IN (SELECT l.article_id FROM links l WHERE l.url_key = ?))")
        parameters += [reading.address, reading.address]
    elif reading.exclude is not None:
        where.append("a.id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)")
        parameters.append(reading.exclude)
    elif not reading.everything:
        where.append("0")
    return where, parameters


def _check_raw(db: sqlite3.Connection, query: str, match: str) -> None:
    try:
        db.execute("SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT 1", (match,)).fetchone()
    except (sqlite3.OperationalError, UnicodeEncodeError) as error:
        raise UsageError(f"FTS5 cannot read “{query}”: {error}; without --raw any query can be read") from error


def _by_address(db: sqlite3.Connection, reading: Reading) -> Reading:
    """Take a URL as the article at that address where there is one, else as its words."""
    if reading.address is None:
        return reading
    from archive.url_key import url_key

    key = url_key(reading.address)
    sql = "SELECT 1 FROM articles WHERE url_key = ? UNION ALL SELECT 1 FROM links WHERE url_key = ? AND article_id NOT NULL"
    if db.execute(sql, (key, key)).fetchone() is None:
        return replace(
            reading, address=None, note=notes("no article has this URL: its words were searched", reading.note)
        )
    return Reading(match=None, address=key, note="read as a URL: the article there")
