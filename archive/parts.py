"""The captures of an article's pages, where it is spread over several: which one began, which followed, and where they lie.

Owns the table parts. A part belongs to the capture of the first page, so it goes wherever that goes: revisions, readings, other
archives.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.articles import Payload
from archive.store import Store
from archive.times import from_iso, iso

_LYING = "coalesce(o.warc_file, c.warc_file) AS warc_file, coalesce(o.warc_offset, c.warc_offset) AS warc_offset"


def add_part(store: Store, capture_id: int, number: int, part_id: int) -> None:
    """Note that an article's page `number` (2, 3 …) was captured with its first one."""
    store.db.execute(
        "INSERT OR REPLACE INTO parts (capture_id, number, part_id) VALUES (?, ?, ?)", (capture_id, number, part_id)
    )


def is_part(store: Store, url: str, article_id: int) -> bool:
    """Tell whether a URL is known as a further page of an article."""
    row = store.one(
        "SELECT 1 FROM captures c JOIN parts p ON p.part_id = c.id JOIN extractions e ON e.capture_id = p.capture_id"
        " JOIN revisions r ON r.id = e.revision_id WHERE c.url = ? AND r.article_id = ? LIMIT 1",
        (url, article_id),
    )
    return row is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCapture:
    """A capture of a page, and where it lies."""

    id: int
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """A revision that imports alone have read, from a first page alone, and a capture that shows it."""

    article_id: int
    revision_id: int
    source_id: int | None
    profile: str
    body_sha256: str
    fetched_at: datetime
    capture: PageCapture


_BY_IMPORTS_ALONE = """
  (SELECT command FROM captures s JOIN runs ON runs.id = s.run_id WHERE s.id = r.capture_id) IS 'import'
  AND NOT EXISTS (
    SELECT 1 FROM extractions x LEFT JOIN captures s ON s.id = x.capture_id LEFT JOIN runs ON runs.id = s.run_id
    WHERE x.revision_id = r.id AND (runs.command IS NOT 'import' OR EXISTS (SELECT 1 FROM imported WHERE extraction_id = x.id)
      OR EXISTS (SELECT 1 FROM parts WHERE capture_id = x.capture_id)))"""


def first_page(store: Store, article_id: int, moment: datetime, *, capture_id: int | None = None) -> FirstPage | None:
    """Give the revision that an article had at a moment (else the first one after it), where imports alone read it.

    None where others did, or where further pages are noted. `capture_id`: a capture that shows it; else its reading's.
    """
    row = store.one(
        f"SELECT r.id AS revision_id, a.source_id, e.options, e.body_sha256, c.id, c.fetched_at, c.url, c.content_type, {_LYING}"
        " FROM revisions r JOIN articles a ON a.id = r.article_id JOIN extractions e ON e.id = r.extraction_id"
        " JOIN captures c ON c.id = coalesce(?3, e.capture_id) LEFT JOIN captures o ON o.id = c.revisit_of"
        " WHERE r.id = (SELECT id FROM revisions WHERE article_id = ?1"
        "  ORDER BY revision_at > ?2, iif(revision_at > ?2, number, -number) LIMIT 1)"
        f" AND {_BY_IMPORTS_ALONE} AND NOT EXISTS (SELECT 1 FROM parts WHERE capture_id = c.id)",
        (article_id, iso(moment), capture_id),
    )
    if row is None:
        return None
    return FirstPage(
        article_id=article_id,
        revision_id=row["revision_id"],
        source_id=row["source_id"],
        profile=row["options"] if row["options"] in {"full", "fast"} else "full",
        body_sha256=row["body_sha256"],
        fetched_at=from_iso(row["fetched_at"]),
        capture=PageCapture(id=row["id"], payload=_payload(row)),
    )


def nearest_captures(store: Store, url_key: str, moment: datetime, *, at_most: int) -> list[PageCapture]:
    """Give the captures of a page that answered well and were made nearest to a moment, the nearest first."""
    rows = store.db.execute(
        f"SELECT c.id, c.url, c.content_type, {_LYING} FROM links l"
        " JOIN captures c ON c.url = l.url AND c.purpose = 'page' AND c.http_status BETWEEN 200 AND 299"
        " LEFT JOIN captures o ON o.id = c.revisit_of WHERE l.url_key = ?1"
        " ORDER BY abs(julianday(c.fetched_at) - julianday(?2)), c.fetched_at, c.id LIMIT ?3",
        (url_key, iso(moment), at_most),
    )
    return [PageCapture(id=row["id"], payload=_payload(row)) for row in rows.fetchall()]


def whole_of_part(store: Store, url_key: str) -> int | None:
    """Give the id of the article that a page is a further one of, as it was read before, or None."""
    row = store.one(
        "SELECT article_id FROM links WHERE url_key = ?1 AND outcome = 'part' AND article_id IS NOT NULL"
        " UNION ALL SELECT r.article_id FROM links l JOIN captures c ON c.url = l.url JOIN parts p ON p.part_id = c.id"
        " JOIN extractions e ON e.capture_id = p.capture_id JOIN revisions r ON r.id = e.revision_id WHERE l.url_key = ?1"
        " LIMIT 1",
        (url_key,),
    )
    return row["article_id"] if row is not None else None


def has_parts(store: Store, capture_id: int | None) -> bool:
    """Say whether a capture is the first page of an article that has further ones."""
    return store.one("SELECT 1 FROM parts WHERE capture_id = ?", (capture_id,)) is not None


def find_payload(store: Store, capture_id: int) -> Payload:
    """Give where the page of a capture lies; of a revisit, what it repeats."""
    row = store.one(
        f"SELECT c.url, c.content_type, {_LYING} FROM captures c LEFT JOIN captures o ON o.id = c.revisit_of WHERE c.id = ?",
        (capture_id,),
    )
    assert row is not None
    return _payload(row)


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
