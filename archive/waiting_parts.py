"""Imported pages of articles on several pages that wait to be joined: to the end of their import, or of the next one.

Owns the table waiting_parts. A row waits for one capture, whatever else is known of its URL. Who belongs to whom is
pipelines/part_joining.py's to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archive.store import Store
from archive.timeline import article_of_key
from archive.times import from_iso
from archive.url_key import url_key


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPart:
    """A capture that waits."""

    capture_id: int
    url: str
    fetched_at: datetime
    earlier_url: str | None
    """A page before it, as far as is known; None: it is a first page itself, which links on."""
    run_id: int | None
    """Of the run that brought it."""


def let_wait(store: Store, capture_id: int, *, earlier_url: str | None) -> None:
    """Let a capture wait, in the transaction that brings it."""
    store.db.execute(
        "INSERT OR IGNORE INTO waiting_parts (capture_id, earlier_url) VALUES (?, ?)", (capture_id, earlier_url)
    )


def waiting_parts(store: Store, *, later: bool, after: int, at_most: int) -> list[WaitingPart]:
    """Give the first or the later pages that wait, in order of the captures' ids, from the first behind `after` on."""
    rows = store.db.execute(
        "SELECT w.capture_id, c.url, c.fetched_at, w.earlier_url, c.run_id FROM waiting_parts w"
        " JOIN captures c ON c.id = w.capture_id WHERE w.capture_id > ? AND (w.earlier_url IS NOT NULL) = ?"
        " ORDER BY w.capture_id LIMIT ?",
        (after, int(later), at_most),
    )
    return [
        WaitingPart(
            capture_id=row["capture_id"],
            url=row["url"],
            fetched_at=from_iso(row["fetched_at"]),
            earlier_url=row["earlier_url"],
            run_id=row["run_id"],
        )
        for row in rows.fetchall()
    ]


def article_before(store: Store, part: WaitingPart) -> int | None:
    """Give the id of the article that a capture begins, or that the page before it belongs to; None where none is here."""
    key = url_key(part.earlier_url or part.url)
    if (article_id := article_of_key(store, key)) is not None:
        return article_id
    row = store.one("SELECT article_id FROM links WHERE url_key = ? AND article_id IS NOT NULL LIMIT 1", (key,))
    return row["article_id"] if row is not None else None


def wait_no_longer(store: Store, capture_ids: Iterable[int]) -> None:
    """Let captures wait no longer."""
    for capture_id in capture_ids:
        store.db.execute("DELETE FROM waiting_parts WHERE capture_id = ?", (capture_id,))
