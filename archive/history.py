"""The revisions of an article: each as the publisher had it, and what it changed against the one before.

Owns reading the table revisions for people. Plain sqlite3.
"""

import sqlite3
from dataclasses import dataclass

from archive.diff import Text, compare
from archive.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A revision and what it changed."""

    revision: int
    revision_at: str
    headline: str | None
    words: int
    changed: str
    """first, headline, body …"""
    words_added: int
    words_removed: int


def history(db: sqlite3.Connection, article_id: int) -> list[Change]:
    """Give an article's revisions, oldest first; raises NotFoundError."""
    found: list[Change] = []
    previous: Text | None = None
    for row in db.execute(
        "SELECT r.number, r.revision_at, e.headline, e.body, e.word_count FROM revisions r"
        " JOIN extractions e ON e.id = r.extraction_id WHERE r.article_id = ? ORDER BY r.number",
        (article_id,),
    ):
        text = Text(headline=row["headline"], body=row["body"])
        difference = compare(previous, text) if previous else None
        found.append(
            Change(
                revision=row["number"],
                revision_at=row["revision_at"],
                headline=row["headline"],
                words=row["word_count"],
                changed=difference.what if difference else "first",
                words_added=difference.n_words_added if difference else 0,
                words_removed=difference.n_words_removed if difference else 0,
            )
        )
        previous = text
    if not found:
        raise NotFoundError("article", str(article_id))
    return found
