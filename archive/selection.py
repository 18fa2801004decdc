"""A selection: the articles that a query and its filters choose, as SQL for others to build on.

Owns the SQL over articles_fts and how it is laid out, so that rare and common words are both found quickly. How a query is
read is archive/query.py, in which order hits come archive/search.py. Reads only; plain sqlite3.
"""

import json
import sqlite3
from dataclasses import dataclass, replace

from archive.errors import UsageError
from archive.filters import NO_FILTERS, Filters, conditions, notes, unknown_sources
from archive.query import Reading, read_query, read_raw

FEW = 20_000
"""Articles with the words, up to which each is held against the filters; beyond, the filters' articles are listed first."""
_EVERYTHING = "SELECT a.id AS id FROM articles a WHERE 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles chosen, as SQL: `SELECT … WHERE a.id IN (<sql>)`, with its parameters."""

    sql: str
    parameters: tuple[str | int, ...]
    reading: Reading
    ranked: str | None
    """The same with `rank`, ready for ORDER BY rank, with `ranked_parameters`; None where nothing ranks."""
    ranked_parameters: tuple[str | int, ...] = ()
    latest: str | None = None
    """The same for ids from a bound on, which follows the parameters (twice where filters narrow); None where few match."""
    where: str = ""
    """Conditions on `articles a`, whose parameters follow that of the words."""
    few: bool = False
    """The words stand in few articles, whose ids were asked for once: a phrase of common words is dear to find."""
    note: str | None

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it: all articles, which need no IN."""
        return self.sql == _EVERYTHING


def select(
    db: sqlite3.Connection,
    query: str | None,
    *,
    filters: Filters = NO_FILTERS,
    raw: bool = False,
) -> Selection:
    """Choose articles by a query and filters, as SQL for others to build on. Raises UsageError for a bad raw query."""
    reading = (read_raw if raw else read_query)(query or "", field=filters.field)
    if raw and reading.match is not None:
        _check_raw(db, query or "", reading.match)
    reading = _by_address(db, reading)
    where, parameters = conditions(filters)
    ranked, latest, few = None, None, False
    ranked_parameters: tuple[str | int, ...] = ()
    if reading.match is not None:
        ids = _first_ids(db, reading.match, FEW + 1)
        few = len(ids) <= FEW
        sql, ranked, latest = _few(" AND ".join(where)) if few else _many(" AND ".join(where))
        ranked_parameters = (reading.match, *parameters)
        parameters = [json.dumps(ids) if few else reading.match, *parameters]
    else:
        if reading.address is not None:
            where.append("(a.url_key = ? OR a.id IN (SELECT l.article_id FROM links l WHERE l.url_key = ?))")
            parameters += [reading.address, reading.address]
        elif reading.exclude is not None:
            where.append("a.id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)")
            parameters.append(reading.exclude)
        elif not reading.everything:
            where.append("0")
        sql = f"SELECT a.id AS id FROM articles a WHERE {' AND '.join(where)}" if where else _EVERYTHING
    note = notes(reading.note, unknown_sources(db, filters.sources))
    return Selection(
        sql=sql,
        parameters=tuple(parameters),
        reading=reading,
        ranked=ranked,
        ranked_parameters=ranked_parameters,
        latest=latest,
        where=" AND ".join(where),
        few=few,
        note=note,
    )


def _first_ids(db: sqlite3.Connection, match: str, n: int) -> list[int]:
    return [
        row[0] for row in db.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?", (match, n))
    ]


def _few(conditions: str) -> tuple[str, str, None]:
    """Give the SQL that holds each of the given ids against conditions: plain, and with the rank of the words."""
    # CROSS JOIN holds the order: first the words, then each article by its id
    kept = f"CROSS JOIN articles a ON a.id = h.id WHERE {conditions or 1}"
    words = "SELECT rowid AS id, rank FROM articles_fts WHERE articles_fts MATCH ?"
    return (
        f"SELECT a.id AS id FROM (SELECT value AS id FROM json_each(?)) h {kept}",
        f"SELECT a.id AS id, h.rank AS rank FROM ({words}) h {kept}" if conditions else words,
        None,
    )


def _many(conditions: str) -> tuple[str, str, str]:
    """Give the SQL that finds an FTS5 expression's articles under conditions: plain, with their rank, and the latest of them."""
    rest = "FROM articles_fts WHERE articles_fts MATCH ?"
    narrow = f" AND +rowid IN (SELECT a.id FROM articles a WHERE {conditions}{{}})" if conditions else "{}"
    latest = f"SELECT rowid AS id, rank {rest}{narrow.format(' AND a.id >= ?bound' if conditions else '')} AND rowid >= ?bound"
    return (
        f"SELECT rowid AS id {rest}{narrow.format('')}",
        f"SELECT rowid AS id, rank {rest}{narrow.format('')}",
        latest,
    )


def match_at_most(db: sqlite3.Connection, match: str | int, n: int) -> bool:
    """Tell whether an FTS5 expression has at most so many articles; looks no further."""
    sql = "SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT 1 OFFSET ?"
    return db.execute(sql, (match, n)).fetchone() is None


def count(db: sqlite3.Connection, chosen: Selection) -> int:
    """Count what was chosen."""
    return int(db.execute(f"SELECT count(*) FROM ({chosen.sql})", chosen.parameters).fetchone()[0])


def count_articles(db: sqlite3.Connection) -> int:
    """Count all articles: kept by triggers, because counting a million takes longer than most searches."""
    return int(db.execute("SELECT n FROM totals WHERE what = 'articles'").fetchone()[0])


def undated_note(db: sqlite3.Connection, query: str | None, *, filters: Filters, raw: bool = False) -> str | None:
    """Say how many articles a date filter leaves out because no day is known of them."""
    if not filters.dated:
        return None
    n = count(db, select(db, query, filters=replace(filters, since=None, until=None, undated=True), raw=raw))
    return f"{n:,} without a date {'is' if n == 1 else 'are'} left out" if n else None


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
