"""What repeats across a source's pages: the lines of its template, when they were seen, and when they were forgotten.

Owns the table site_blocks, and the look at a source's newest articles that its template is learned from. Refuses to
judge: what is template is pipelines/clean/template.py's to say.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.kept import KeptArticle, kept_article
from archive.records import SiteBlock
from archive.store import Store
from archive.times import iso

MOST_ROWS = 1000
"""Rows of one source; beyond, what was forgotten longest ago goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentReading:
    """An article's current reading, with what writing another one of the same revision needs."""

    kept: KeptArticle
    revision_id: int
    capture_id: int | None


def site_blocks(store: Store, source_id: int, *, at: datetime | None = None) -> list[SiteBlock]:
    """Give the lines of a source's template as it stands, or as it stood `at` a moment."""
    rows = store.db.execute(
        "SELECT key, place, rule, text, n_articles FROM site_blocks"
        " WHERE source_id = ? AND (forgotten_at IS NULL OR forgotten_at > ?) ORDER BY key",
        (source_id, iso(at) if at else "9"),
    )
    return [SiteBlock(key=key, place=place, rule=rule, text=text, n_articles=n) for key, place, rule, text, n in rows]


def save_site_blocks(store: Store, source_id: int, blocks: Iterable[SiteBlock], *, now: datetime) -> None:
    """Write a source's template: what is not among `blocks` any more is forgotten from now on."""
    found = list(blocks)
    moment = iso(now)
    for block in found:
        store.db.execute(
            "INSERT INTO site_blocks (source_id, key, place, rule, text, n_articles, learned_at, last_seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, key) DO UPDATE SET place = excluded.place,"
            " text = CASE text WHEN '' THEN excluded.text ELSE text END,"
            " n_articles = excluded.n_articles, last_seen_at = excluded.last_seen_at, forgotten_at = NULL",
            (source_id, block.key, block.place, block.rule, block.text, block.n_articles, moment, moment),
        )
    present = {block.key for block in found}
    for row in store.db.execute(
        "SELECT key FROM site_blocks WHERE source_id = ? AND forgotten_at IS NULL", (source_id,)
    ).fetchall():
        if row["key"] not in present:
            store.db.execute(
                "UPDATE site_blocks SET forgotten_at = ?, n_articles = 0 WHERE source_id = ? AND key = ?",
                (moment, source_id, row["key"]),
            )
    store.db.execute(
        "DELETE FROM site_blocks WHERE source_id = :source AND key IN (SELECT key FROM site_blocks"
        " WHERE source_id = :source ORDER BY forgotten_at IS NOT NULL, forgotten_at DESC, key LIMIT -1 OFFSET :most)",
        {"source": source_id, "most": MOST_ROWS},
    )


def forget_lines(store: Store, article_id: int) -> None:
    """Blank the lines that are written down as this article has them, and as no other of its source has; before it is deleted.

    Their keys stay, so that they are cut as before; the next article that they are learned from gives them a text again. The
    caller holds the transaction.
    """
    learned = store.db.execute(
        "SELECT source_id, key, text FROM site_blocks WHERE text != ''"
        " AND source_id = (SELECT source_id FROM articles WHERE id = ?)",
        (article_id,),
    ).fetchall()
    for source_id, key, text in learned:
        if _holds(store, text, "a.id = ?", article_id) and not _holds(
            store, text, "a.source_id = ? AND a.id != ?", source_id, article_id
        ):
            store.db.execute("UPDATE site_blocks SET text = '' WHERE source_id = ? AND key = ?", (source_id, key))


def _holds(store: Store, text: str, condition: str, *values: int) -> bool:
    """Tell whether a text stands in what was cut from some articles, or in a body of theirs."""
    readings = "articles a JOIN revisions r ON r.article_id = a.id JOIN extractions e ON e.revision_id = r.id"
    return any(
        store.one(f"SELECT 1 FROM {readings} {part} WHERE {condition} AND {match} LIMIT 1", (*values, text)) is not None
        for part, match in (("JOIN removals m ON m.extraction_id = e.id", "m.text = ?"), ("", "instr(e.body, ?)"))
    )


def newest_readings(store: Store, source_id: int, *, size: int) -> Iterator[list[CurrentReading]]:
    """Give a source's articles, newest by their own date first, in lists of `size`.

    Within a day their addresses decide, so that the order of arrival does not; it does among those that give no date.
    """
    offset = 0
    while True:
        rows = store.db.execute(
            "SELECT a.id, r.id AS revision_id, e.capture_id FROM articles a JOIN revisions r ON r.id = a.revision_id"
            " JOIN extractions e ON e.id = r.extraction_id WHERE a.source_id = ?"
            " ORDER BY a.published_day DESC, iif(a.published_day IS NULL, a.id, 0) DESC, a.url_key LIMIT ? OFFSET ?",
            (source_id, size, offset),
        ).fetchall()
        if rows:
            yield [_reading(store.db.conn, row) for row in rows]
        if len(rows) < size:
            return
        offset += size


def _reading(db: sqlite3.Connection | None, row: sqlite3.Row) -> CurrentReading:
    assert db is not None
    return CurrentReading(
        kept=kept_article(db, row["id"]), revision_id=row["revision_id"], capture_id=row["capture_id"]
    )
