"""What is new in an archive: how much it holds, the newest articles, the latest edits.

Owns those questions for the front page of the web archive. Plain sqlite3; each is answered from an index.
"""

import sqlite3
from dataclasses import dataclass

_SEARCHED = 10_000
"""The latest revisions, among which edits are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How much an archive holds."""

    n_articles: int
    n_sources: int
    n_edits: int
    """Revisions beyond the first."""
    first_day: str | None
    last_day: str | None
    last_run_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """An article as a line of a list."""

    id: int
    headline: str | None
    source: str | None
    published: str | None
    language: str | None
    revision: int
    revision_at: str


def holdings(db: sqlite3.Connection) -> Holdings:
    """Give the figures of an archive."""
    row = db.execute(
        "SELECT (SELECT n FROM totals WHERE what = 'articles') AS n_articles, (SELECT count(*) FROM sources) AS n_sources,"
        " (SELECT count(*) FROM revisions) AS n_revisions, (SELECT min(published_day) FROM articles) AS first_day,"
        " (SELECT max(published_day) FROM articles) AS last_day, (SELECT max(started_at) FROM runs) AS last_run_at"
    ).fetchone()
    return Holdings(
        n_articles=row["n_articles"],
        n_sources=row["n_sources"],
        n_edits=row["n_revisions"] - row["n_articles"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        last_run_at=row["last_run_at"],
    )


def newest(db: sqlite3.Connection, *, limit: int) -> list[Recent]:
    """Give the articles of the latest days."""
    rows = db.execute(
        "SELECT a.id, a.headline, s.name AS source, a.published, a.language, r.number AS revision, r.revision_at"
        " FROM articles a JOIN revisions r ON r.id = a.revision_id LEFT JOIN sources s ON s.id = a.source_id"
        " WHERE a.published_day IS NOT NULL ORDER BY a.published_day DESC, a.id DESC LIMIT ?",
        (limit,),
    )
    return [Recent(**dict(row)) for row in rows]


def latest_edits(db: sqlite3.Connection, *, limit: int) -> list[Recent]:
    """Give the latest edits that publishers made, newest first."""
    rows = db.execute(
        "SELECT a.id, e.headline, s.name AS source, a.published, a.language, r.number AS revision, r.revision_at"
        " FROM (SELECT * FROM revisions ORDER BY id DESC LIMIT ?) r JOIN articles a ON a.id = r.article_id"
        " JOIN extractions e ON e.id = r.extraction_id LEFT JOIN sources s ON s.id = a.source_id"
        " WHERE r.number > 1 ORDER BY r.id DESC LIMIT ?",
        (_SEARCHED, limit),
    )
    return [Recent(**dict(row)) for row in rows]
