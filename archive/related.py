"""One report in several papers: a cluster of near-duplicates, who had it first and what each changed.

Owns the order of a cluster and the comparison with its first text. Which articles share a cluster is archive/clusters.py.
Reads only; plain sqlite3.
"""

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from archive.clusters import similarity
from archive.diff import Difference, Text, compare
from archive.errors import NotFoundError
from archive.times import from_iso, iso

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One article of a cluster, compared with the first."""

    article_id: int
    url: str
    source: str | None
    headline: str | None
    body: str
    published: str | None
    out_at: str
    """By then it was out for certain: the order of the cluster."""
    basis: str
    """What says so: `published` (to the minute), `day` (its end), or `seen` (our first capture)."""
    words: int
    similarity: float | None
    """Estimated share of runs of three words in common with the first; None for texts too short to compare."""
    changed: str
    """first, nothing, headline, body …"""
    words_added: int
    words_removed: int
    difference: Difference | None
    """None for the first."""


def related(db: sqlite3.Connection, article_id: int, *, limit: int | None = None) -> list[Copy]:
    """Give the cluster of an article, the earliest first; the article alone where nothing is like it.

    An article whose page states no hour counts from the end of its day, and none counts from later than our first capture
    of it: so that a paper that states less is never called the first for it. `limit` gives the first ones alone. Raises
    NotFoundError.
    """
    rows = db.execute(
        "SELECT a.id, a.url, s.name AS source, a.published, a.first_seen_at, e.headline, e.body, e.word_count, n.signature"
        " FROM articles a JOIN revisions r ON r.id = a.revision_id JOIN extractions e ON e.id = r.extraction_id"
        " LEFT JOIN sources s ON s.id = a.source_id LEFT JOIN near_duplicates n ON n.article_id = a.id"
        " WHERE a.id = ? OR a.id IN (SELECT o.article_id FROM near_duplicates m JOIN near_duplicates o"
        " ON o.cluster_id = m.cluster_id WHERE m.article_id = ?)",
        (article_id, article_id),
    ).fetchall()
    if not rows:
        raise NotFoundError("article", str(article_id))
    rows.sort(key=lambda row: (*_out(row["published"], row["first_seen_at"]), row["id"]))
    first = rows[0]
    return [_copy(row, first) for row in rows[:limit]]


def _copy(row: sqlite3.Row, first: sqlite3.Row) -> Copy:
    out_at, basis = _out(row["published"], row["first_seen_at"])
    difference = None if row is first else compare(_text(first), _text(row))
    alike = similarity(first["signature"], row["signature"]) if first["signature"] and row["signature"] else None
    return Copy(
        article_id=row["id"],
        url=row["url"],
        source=row["source"],
        headline=row["headline"],
        body=row["body"],
        published=row["published"],
        out_at=out_at,
        basis=basis,
        words=row["word_count"],
        similarity=None if alike is None else round(alike, 2),
        changed=difference.what if difference else "first",
        words_added=difference.n_words_added if difference else 0,
        words_removed=difference.n_words_removed if difference else 0,
        difference=difference,
    )


def _text(row: sqlite3.Row) -> Text:
    return Text(headline=row["headline"], body=row["body"])


def _out(published: str | None, first_seen_at: str) -> tuple[str, str]:
    """Give the earliest moment at which an article was out for certain, and what says so."""
    stated = _stated(published)
    if stated is None or stated[0] >= from_iso(first_seen_at):
        return first_seen_at, "seen"
    return iso(stated[0]), stated[1]


def _stated(published: str | None) -> tuple[datetime, str] | None:
    if not published or not _DAY.match(published):
        return None
    try:
        if len(published) == 10:
            return datetime.combine(date.fromisoformat(published), time.min, UTC) + timedelta(days=1), "day"
        moment = datetime.fromisoformat(published)
        # an hour without a zone may be anywhere on earth: take it as UTC, like search does
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), "published"
    except (ValueError, OverflowError):
        return None
