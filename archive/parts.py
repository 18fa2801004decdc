"""The captures of an article's pages, where it is spread over several: which one began, which followed, and where they lie.

Owns the table parts. A part belongs to the capture of the first page, so it goes wherever that goes: revisions, readings, other
archives.
"""

import sqlite3
from typing import Any

from archive.articles import Payload
from archive.store import Store

_LYING = "coalesce(o.warc_file, c.warc_file) AS warc_file, coalesce(o.warc_offset, c.warc_offset) AS warc_offset"


def add_part(store: Store, capture_id: int, number: int, part_id: int) -> None:
    """Note that an article's page `number` (2, 3 …) was captured with its first one."""
    store.db.execute(
        "INSERT OR REPLACE INTO parts (capture_id, number, part_id) VALUES (?, ?, ?)", (capture_id, number, part_id)
    )


def is_part(store: Store, url: str, article_id: int) -> bool:
    """Tell whether a URL, or where it led, is known as a further page of an article."""
    row = store.one(
        "SELECT 1 FROM links l JOIN captures c ON c.url IN (l.url, l.final_url) JOIN parts p ON p.part_id = c.id"
        " JOIN extractions e ON e.capture_id = p.capture_id JOIN revisions r ON r.id = e.revision_id"
        " WHERE l.url = ? AND r.article_id = ? LIMIT 1",
        (url, article_id),
    )
    return row is not None


def find_payloads(store: Store, revision_id: int) -> tuple[Payload, ...]:
    """Give the captures behind a revision, the first page's first; none where that was pruned or never kept."""
    row = store.one(
        f"SELECT c.id, c.url, c.content_type, {_LYING}"
        " FROM revisions r JOIN extractions e ON e.id = r.extraction_id JOIN captures c ON c.id = e.capture_id "
        " LEFT JOIN captures o ON o.id = c.revisit_of WHERE r.id = ?",
        (revision_id,),
    )
    if row is None:
        return ()
    parts = store.db.execute(
        f"SELECT c.url, c.content_type, {_LYING} FROM parts p JOIN captures c ON c.id = p.part_id"
        " LEFT JOIN captures o ON o.id = c.revisit_of WHERE p.capture_id = ? ORDER BY p.number",
        (row["id"],),
    ).fetchall()
    return tuple(_payload(each) for each in (row, *parts))


def _payload(row: Any) -> Payload:
    return Payload(
        url=row["url"], content_type=row["content_type"], warc_file=row["warc_file"], warc_offset=row["warc_offset"]
    )


def parts_behind(db: sqlite3.Connection, capture_ids: set[int]) -> set[int]:
    """Give the captures of the further pages of these captures' articles, and those that hold their bytes."""
    rows = (
        row
        for capture_id in capture_ids
        for row in db.execute(
            "SELECT c.id, c.revisit_of FROM parts p JOIN captures c ON c.id = p.part_id WHERE p.capture_id = ?",
            (capture_id,),
        )
    )
    return {each for row in rows for each in row if each is not None}
