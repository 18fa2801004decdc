"""The search index's own copy of a text, and which texts need none.

Owns the table search_texts: what is indexed of each article. Where the index's tokenizer folds a body just as archive/fold.py
does, the index reads the body where it lies, in `extractions`; else a folded copy is kept. What is searched is the same.
"""

import re
import sqlite3
from functools import cache, lru_cache

from archive.fold import fold

_AT_ONCE = 500
_ALIKE = (  # ASCII; Latin, Greek and Cyrillic letters that the tokenizer takes apart as `fold` does; punctuation
    "\x01-\x7f\u0080-\u00a9\u00ab-\u00ac\u00ae-\u00b1\u00b4-\u00b8\u00bb\u00bf-\u00c5\u00c7-\u00cf\u00d1-\u00d7\u00d9-\u00dd"
    "\u00e0-\u00e5\u00e7-\u00ef\u00f1-\u00f7\u00f9-\u00fd\u00ff-\u010f\u0112-\u0125\u0128-\u0130\u0134-\u013e\u0143-\u0148"
    "\u014c-\u0151\u0154-\u0165\u0168-\u017e\u0218-\u021b\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9\u0402-\u0450\u0452-\u045f"
    "\u2000-\u200a\u2010-\u2029\u202f-\u203b\u20a0-\u20a7\u20a9-\u20bf"
)


@cache
def _unlike() -> re.Pattern[str]:
    return re.compile(f"[^{_ALIKE}]")


def is_folded_alike(text: str) -> bool:
    """Tell whether the index's tokenizer finds the same words in a text as in its folded form."""
    return _unlike().search(text) is None


@lru_cache(maxsize=1)
def copy_of(body: str) -> str | None:
    """Give the folded copy that the index keeps of a body; None where it reads the body itself, which has the same words.

    The last one is kept: who writes an article counts its words and indexes it.
    """
    return None if is_folded_alike(body) else fold(body)


def share_texts(db: sqlite3.Connection) -> None:
    """Let go of the copies of bodies that are indexed as they are (migration m011_shared_texts); there is no index yet."""
    last = -1
    while rows := db.execute(
        "SELECT t.article_id, t.body, e.id, e.body FROM search_texts t JOIN articles a ON a.id = t.article_id"
        " JOIN revisions r ON r.id = a.revision_id JOIN extractions e ON e.id = r.extraction_id"
        " WHERE t.article_id > ? ORDER BY t.article_id LIMIT ?",
        (last, _AT_ONCE),
    ).fetchall():
        last = rows[-1][0]
        db.executemany(
            "UPDATE search_texts SET body = '', extraction_id = ? WHERE article_id = ?",
            [
                (extraction, article)
                for article, copy, extraction, body in rows
                if is_folded_alike(body) and fold(body) == copy
            ],
        )
