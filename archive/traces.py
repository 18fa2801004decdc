"""The word lists that readings were made with, and what each current reading asked of its own.

Owns the tables lexicons and traces. What a trace says, and what changed lists can touch, is the pipelines' to say. A reading
without a trace is one of which nothing is known.
"""

import sqlite3

from archive.records import Article
from archive.store import Store


def keep_word_lists(store: Store, version: str, text: str) -> None:
    """Keep a version of the lists; the caller holds the transaction."""
    store.db.execute("INSERT OR IGNORE INTO lexicons (version, text) VALUES (?, ?)", (version, text))


def find_word_lists(store: Store, version: str) -> str | None:
    """Give a version of the lists, or None where this archive never read by it."""
    row = store.one("SELECT text FROM lexicons WHERE version = ?", (version,))
    return None if row is None else str(row["text"])


def keep_trace(store: Store, extraction_id: int, revision_id: int, article: Article, *, capture_id: int | None) -> None:
    """Keep the trace of a reading that becomes its revision's current one; the caller makes it that afterwards.

    One that was made of the kept reading, by cutting a template, asked nothing: it takes that one's trace over.
    """
    if article.trace:
        store.db.execute("INSERT INTO traces (extraction_id, trace) VALUES (?, ?)", (extraction_id, article.trace))
        return
    made_by = article.extractor
    store.db.execute(
        "UPDATE traces SET extraction_id = ? WHERE extraction_id = (SELECT e.id FROM revisions r JOIN extractions e"
        " ON e.id = r.extraction_id WHERE r.id = ? AND e.capture_id IS ? AND (e.extractor, e.version, e.options, e.rules)"
        " = (?, ?, ?, ?))",
        (extraction_id, revision_id, capture_id, made_by.name, made_by.version, made_by.options, made_by.rules),
    )


def find_trace(db: sqlite3.Connection, extraction_id: int) -> bytes:
    """Give the trace of a reading; empty where there is none."""
    row = db.execute("SELECT trace FROM traces WHERE extraction_id = ?", (extraction_id,)).fetchone()
    return b"" if row is None else bytes(row[0])
