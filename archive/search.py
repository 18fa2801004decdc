"""Search: which articles a query and its filters choose, in which order, with a snippet each.

Owns the SQL over articles_fts and the filters. How a query is read is archive/query.py, what a snippet shows
archive/snippets.py. Reads only; plain sqlite3, so that it starts at once.
"""

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from archive.errors import UsageError
from archive.query import Reading, phrase, read_query, read_raw
from archive.snippets import Span, make_snippet, mark

_BATCH = 100
FEW = 20_000
"""Articles with the words, up to which each is held against the filters; beyond, the filters' articles are listed first."""
RANKED = 50_000
"""Of more hits than these, the ones kept last are ranked: bm25 of a word that is everywhere takes seconds and says little."""
_EVERYTHING = "SELECT a.id AS id FROM articles a WHERE 1"
_DAY = "coalesce(a.published_day, a.published)"
_BY_DATE = {
    "newest": f"{_DAY} IS NULL, {_DAY} DESC, a.published DESC, a.id DESC",
    "oldest": f"{_DAY} IS NULL, {_DAY}, a.published, a.id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a query. Several sources, languages or authors mean any of them."""

    since: date | datetime | None = None
    until: date | datetime | None = None
    """A day belongs to the span; an aware moment is compared to the second."""
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    field: str | None = None
    """headline or body: where words are searched that name no field."""
    undated: bool = False
    """Only those of which no day is known."""

    @property
    def dated(self) -> bool:
        """Whether articles without a date are left out."""
        return self.since is not None or self.until is not None


NO_FILTERS = Filters()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles chosen, as SQL: `SELECT … WHERE a.id IN (<sql>)`, with its parameters."""

    sql: str
    parameters: tuple[str | int, ...]
    reading: Reading
    ranked: str | None
    """The same with `rank`, ready for ORDER BY rank; None where nothing ranks."""
    latest: str | None = None
    """The same for ids from a bound on, which follows the parameters (twice where filters narrow); None where few match."""
    few: bool = False
    """The words stand in few articles, and each was looked at; else the filters were worked out first."""
    note: str | None

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it: all articles, which need no IN."""
        return self.sql == _EVERYTHING


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
    chosen = select(db, query, filters=filters, raw=raw)
    sql, parameters, some = _in_order(db, chosen, sort)
    found = db.execute(f"{sql} LIMIT ? OFFSET ?", (*parameters, -1 if limit is None else limit, offset))
    hits = tuple(_hits(db, ((row[0], row[1]) for row in found), chosen.reading))
    whole = not offset and (limit is None or len(hits) < limit)
    return SearchResult(
        hits=hits,
        n_hits=some[0] if some else len(hits) if whole else count(db, chosen),
        n_articles=int(db.execute("SELECT count(*) FROM articles").fetchone()[0]),
        note=_notes(chosen.note, undated_note(db, query, filters=filters, raw=raw), some and some[1]),
    )


def ids_in_order(db: sqlite3.Connection, chosen: Selection, *, sort: str, limit: int, offset: int) -> list[int]:
    """Give the ids of some hits in the order of `search`, without reading their texts."""
    sql, parameters, _ = _in_order(db, chosen, sort)
    return [int(row[0]) for row in db.execute(f"{sql} LIMIT ? OFFSET ?", (*parameters, limit, offset))]


def _in_order(
    db: sqlite3.Connection, chosen: Selection, sort: str
) -> tuple[str, tuple[str | int, ...], tuple[int, str] | None]:
    """Give what was chosen as SQL in order, and its parameters; where not all are ranked, how many match and a word of it."""
    if sort == "rank" and chosen.ranked:
        if chosen.latest is None or _match_at_most(db, chosen.parameters[0], RANKED):
            return f"{chosen.ranked} ORDER BY rank", chosen.parameters, None
        ids = array("q", (row[0] for row in db.execute(chosen.sql, chosen.parameters)))
        if len(ids) <= RANKED:
            return f"{chosen.ranked} ORDER BY rank", chosen.parameters, None
        # FTS5 gives them in order of their ids
        bound = (ids[-RANKED],) * chosen.latest.count(">= ?bound")
        said = f"the {RANKED:,} hits kept last are ranked; --sort date gives all, a rarer word fewer"
        sql = f"{chosen.latest.replace('?bound', '?')} ORDER BY rank"
        return sql, (*chosen.parameters, *bound), (len(ids), said)
    # the outer join keeps SQLite from reading all articles in order for a few hits
    hits = "" if chosen.everything else f"({chosen.sql}) h CROSS JOIN"
    return (
        f"SELECT a.id AS id, NULL AS rank FROM {hits} articles a{'' if chosen.everything else ' ON a.id = h.id'}"
        f" ORDER BY {_BY_DATE['newest']}",
        chosen.parameters,
        None,
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
    where, parameters = _conditions(filters)
    ranked, latest, few = None, None, False
    if reading.match is not None:
        few = bool(where) and _match_at_most(db, reading.match, FEW)
        sql, ranked, latest = _matching(" AND ".join(where), few=few)
        parameters = [reading.match, *parameters]
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
    note = _notes(reading.note, _unknown_sources(db, filters.sources))
    return Selection(
        sql=sql, parameters=tuple(parameters), reading=reading, ranked=ranked, latest=latest, few=few, note=note
    )


def _matching(conditions: str, *, few: bool) -> tuple[str, str, str | None]:
    """Give the SQL that finds an FTS5 expression's articles under conditions: plain, with their rank, and the latest of them."""
    if few:
        # CROSS JOIN holds the order: first the words, then each article by its id
        words = "SELECT rowid AS id{} FROM articles_fts WHERE articles_fts MATCH ?"
        found = f"FROM ({words}) h CROSS JOIN articles a ON a.id = h.id WHERE {conditions}"
        return (
            f"SELECT a.id AS id {found.format('')}",
            f"SELECT a.id AS id, h.rank AS rank {found.format(', rank')}",
            None,
        )
    rest = "FROM articles_fts WHERE articles_fts MATCH ?"
    narrow = f" AND +rowid IN (SELECT a.id FROM articles a WHERE {conditions}{{}})" if conditions else "{}"
    latest = f"SELECT rowid AS id, rank {rest}{narrow.format(' AND a.id >= ?bound' if conditions else '')} AND rowid >= ?bound"
    return (
        f"SELECT rowid AS id {rest}{narrow.format('')}",
        f"SELECT rowid AS id, rank {rest}{narrow.format('')}",
        latest,
    )


def _match_at_most(db: sqlite3.Connection, match: str | int, n: int) -> bool:
    sql = "SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT 1 OFFSET ?"
    return db.execute(sql, (match, n)).fetchone() is None


def count(db: sqlite3.Connection, chosen: Selection) -> int:
    """Count what was chosen."""
    return int(db.execute(f"SELECT count(*) FROM ({chosen.sql})", chosen.parameters).fetchone()[0])


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
            reading, address=None, note=_notes("no article has this URL: its words were searched", reading.note)
        )
    return Reading(match=None, address=key, note="read as a URL: the article there")


def _conditions(filters: Filters) -> tuple[list[str], list[str | int]]:
    where: list[str] = []
    parameters: list[str | int] = []
    sources = [name.encode("utf-8", "replace").decode() for name in filters.sources]
    for bound, sign in ((filters.since, ">="), (filters.until, "<=")):
        if isinstance(bound, datetime):
            _add_moment(bound, sign, where, parameters)
        elif bound is not None:
            where.append(f"a.published_day {sign} ?")
            parameters.append(bound.isoformat())
    if filters.undated:
        where.append("a.published_day IS NULL")
    if filters.sources:
        marks = ", ".join("?" * len(sources))
        where.append(f"a.source_id IN (SELECT id FROM sources WHERE name COLLATE NOCASE IN ({marks}))")
        parameters += sources
    if filters.languages:
        # `en` finds en-GB, too
        where.append(
            "(" + " OR ".join(["lower(a.language) = ? OR lower(a.language) GLOB ?"] * len(filters.languages)) + ")"
        )
        for language in filters.languages:
            plain = language.lower().replace("_", "-").encode("utf-8", "replace").decode()
            parameters += [plain, "".join(c for c in plain if c not in "*?[]") + "-*"]
    if filters.authors:
        named = " OR ".join(found for author in filters.authors if (found := phrase(author)))
        where.append("a.id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)" if named else "0")
        parameters += [f"authors : ({named})"] if named else []
    return where, parameters


def _add_moment(bound: datetime, sign: str, where: list[str], parameters: list[str | int]) -> None:
    """Compare to the second where the page states the hour, else by day; the index on days narrows it first."""
    moment = bound.astimezone(UTC)
    margin = timedelta(days=-1 if sign == ">=" else 1)  # the page's day is local to it
    where.append(
        f"a.published_day {sign} ? AND CASE WHEN length(a.published) > 10 AND julianday(a.published) NOT NULL"
        f" THEN julianday(a.published) {sign} julianday(?) ELSE a.published_day {sign} ? END"
    )
    parameters += [
        (moment.date() + margin).isoformat(),
        moment.strftime("%Y-%m-%dT%H:%M:%S"),
        moment.date().isoformat(),
    ]


def _unknown_sources(db: sqlite3.Connection, wanted: Sequence[str]) -> str | None:
    if not wanted:
        return None
    from difflib import get_close_matches

    names = {str(row[0]).lower(): str(row[0]) for row in db.execute("SELECT name FROM sources")}
    notes = []
    for name in wanted:
        if name.lower() not in names:
            near = [names[close] for close in get_close_matches(name.lower(), list(names), n=3)]
            notes.append(f"no source “{name}” in this archive" + (f" (there is {', '.join(near)})" if near else ""))
    return _notes(*notes)


def _notes(*notes: str | None) -> str | None:
    return "; ".join(note for note in notes if note) or None


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
