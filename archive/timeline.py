"""An article's revisions in the order of their captures: which one stands before a moment, which behind it, and one put between.

Owns the numbers of revisions, which follow the order of capture however late a capture comes in. Refuses to decide what is an
edit: pipelines/verdict.py says.
"""

from datetime import datetime

from archive.articles import Previous, add_extraction, previous_where
from archive.records import Article
from archive.store import Store
from archive.times import iso


def article_of_key(store: Store, url_key: str) -> int | None:
    """Give the id of the article with this key, or None."""
    row = store.one("SELECT id FROM articles WHERE url_key = ?", (url_key,))
    return None if row is None else int(row["id"])


def revision_before(store: Store, article_id: int, moment: datetime) -> Previous | None:
    """Give the revision that an article had at a moment; None where none had been captured."""
    return previous_where(
        store, "a.id = ? AND r.revision_at <= ? ORDER BY r.number DESC LIMIT 1", (article_id, iso(moment))
    )


def revision_after(store: Store, article_id: int, moment: datetime) -> Previous | None:
    """Give the first revision that was captured after a moment, or None."""
    return previous_where(store, "a.id = ? AND r.revision_at > ? ORDER BY r.number LIMIT 1", (article_id, iso(moment)))


def insert_revision(
    store: Store,
    article_id: int,
    article: Article,
    *,
    number: int,
    capture_id: int | None,
    signature: bytes | None,
    captured_at: datetime,
    now: datetime,
) -> int:
    """Put a revision between others, as number `number`; those from there on move up. Give its id."""
    moved = store.db.execute(
        "SELECT id, number FROM revisions WHERE article_id = ? AND number >= ? ORDER BY number DESC",
        (article_id, number),
    ).fetchall()
    for row in moved:  # the last first: no two may have one number
        store.update("revisions", row["id"], {"number": row["number"] + 1})
    revision_id = store.insert(
        "revisions",
        {"article_id": article_id, "number": number, "capture_id": capture_id, "revision_at": iso(captured_at)},
    )
    store.db.execute("UPDATE articles SET n_revisions = n_revisions + 1 WHERE id = ?", (article_id,))
    if not moved:
        store.update("articles", article_id, {"revision_id": revision_id})
    _saw_earlier(store, article_id, captured_at)
    add_extraction(store, article_id, revision_id, article, capture_id=capture_id, signature=signature, now=now)
    return revision_id


def begin_earlier(store: Store, revision: Previous, *, capture_id: int | None, captured_at: datetime) -> None:
    """Note that a revision was there earlier than it was known to be: an older capture shows the same text."""
    store.update("revisions", revision.revision_id, {"capture_id": capture_id, "revision_at": iso(captured_at)})
    _saw_earlier(store, revision.article_id, captured_at)


def _saw_earlier(store: Store, article_id: int, captured_at: datetime) -> None:
    store.db.execute(
        "UPDATE articles SET first_seen_at = min(first_seen_at, ?1) WHERE id = ?2", (iso(captured_at), article_id)
    )


def saw(store: Store, article_id: int, moment: datetime) -> None:
    """Note that the publisher had an article at a moment, which may be long past; a later word of its end stands."""
    store.db.execute(
        "UPDATE articles SET checked_at = ?1, gone_at = NULL WHERE id = ?2 AND checked_at < ?1",
        (iso(moment), article_id),
    )


def missed(store: Store, article_id: int, moment: datetime) -> None:
    """Note that an article was gone at a moment, unless it was seen later."""
    store.db.execute(
        "UPDATE articles SET gone_at = coalesce(gone_at, ?1), checked_at = ?1 WHERE id = ?2 AND checked_at < ?1",
        (iso(moment), article_id),
    )
