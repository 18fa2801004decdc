"""The captures of an article's pages, where it is spread over several: which one began, which followed, and where they lie.

Owns the table parts. A part belongs to the capture of the first page, so it goes wherever that goes: revisions, readings, other
archives.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.articles import Payload
from archive.store import Store
from archive.times import from_iso

_LYING = "coalesce(o.warc_file, c.warc_file) AS warc_file, coalesce(o.warc_offset, c.warc_offset) AS warc_offset"


def add_part(store: Store, capture_id: int, number: int, part_id: int) -> None:
    """Note that an article's page `number` (2, 3 …) was captured with its first one."""
    store.db.execute(
        "INSERT OR REPLACE INTO parts (capture_id, number, part_id) VALUES (?, ?, ?)", (capture_id, number, part_id)
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPart:
    """A page that an import has brought and that may go on with another one's article."""

    link_id: int
    url: str
    earlier_url: str
    source_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCapture:
    """A capture of a page, and where it lies."""

    id: int
    fetched_at: datetime
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjoined:
    """A revision behind whose reading stands one capture."""

    revision_id: int
    source_id: int | None
    profile: str
    first: PageCapture


def waiting_parts(store: Store) -> list[WaitingPart]:
    """Give the pages that imports have brought as parts, and that belong to no article yet."""
    rows = store.db.execute(
        "SELECT l.id, l.url, l.detail, l.source_id FROM runs r JOIN links l ON l.run_id = r.id"
        " WHERE r.command = 'import' AND l.outcome = 'part' AND l.article_id IS NULL AND l.detail IS NOT NULL ORDER BY l.url"
    )
    return [
        WaitingPart(link_id=row["id"], url=row["url"], earlier_url=row["detail"], source_id=row["source_id"])
        for row in rows
    ]


def parts_of(store: Store, article_id: int) -> list[str]:
    """Give the URLs of an article's further pages."""
    rows = store.db.execute("SELECT url FROM links WHERE article_id = ? AND outcome = 'part'", (article_id,))
    return [row["url"] for row in rows]


def has_parts(store: Store, capture_id: int | None) -> bool:
    """Say whether an article's first capture has further pages."""
    return store.one("SELECT 1 FROM parts WHERE capture_id = ?", (capture_id,)) is not None


def captures_of(store: Store, urls: Iterable[str]) -> list[PageCapture]:
    """Give the captures of pages that answered well, in order of time."""
    rows = [
        row
        for url in urls
        for row in store.db.execute(
            f"SELECT c.id, c.fetched_at, c.url, c.content_type, {_LYING} FROM captures c"
            " LEFT JOIN captures o ON o.id = c.revisit_of"
            " WHERE c.url = ? AND c.purpose = 'page' AND c.http_status BETWEEN 200 AND 299",
            (url,),
        )
    ]
    return sorted(map(_capture, rows), key=lambda each: (each.fetched_at, each.id))


def unjoined_revisions(store: Store, article_id: int) -> list[Unjoined]:
    """Give an article's revisions whose first page is kept and has no further ones, in order."""
    rows = store.db.execute(
        f"SELECT r.id AS revision_id, a.source_id, e.options, c.id, c.fetched_at, c.url, c.content_type, {_LYING}"
        " FROM articles a JOIN revisions r ON r.article_id = a.id JOIN extractions e ON e.id = r.extraction_id"
        " JOIN captures c ON c.id = e.capture_id LEFT JOIN captures o ON o.id = c.revisit_of"
        " WHERE a.id = ? AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.capture_id = c.id) ORDER BY r.number",
        (article_id,),
    )
    return [
        Unjoined(
            revision_id=row["revision_id"],
            source_id=row["source_id"],
            profile="fast" if row["options"] == "fast" else "full",
            first=_capture(row),
        )
        for row in rows
    ]


def _capture(row: Any) -> PageCapture:
    return PageCapture(id=row["id"], fetched_at=from_iso(row["fetched_at"]), payload=_payload(row))


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
