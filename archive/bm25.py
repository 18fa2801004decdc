"""The ranks of a phrase that few articles have, from the search that finds them: FTS5 looks for it again, to count it.

Owns FTS5's bm25 of one phrase (fts5Bm25Function in its fts5_aux.c), and what its own tables keep for that ("FTS5 Data
Structures" in its documentation). Reads only.
"""

import sqlite3
from collections.abc import Sequence
from math import log

from archive.reader import tuples

COUNTED = 200
"""In so many articles a phrase is marked in their texts to count it; in more, FTS5's second search is sooner done."""
SAMPLE = 16
"""Of all articles, a part as large as one in so many tells how common a phrase is."""
_COLUMNS = ("body", "headline", "description", "authors")
_TIMES = " + ".join(
    f"? * (length(highlight(articles_fts, {n}, '', '.')) - length({name}))" for n, name in enumerate(_COLUMNS)
)
"""How often an article has the phrase, by the weights of its columns: with a mark at each place a text is as much longer."""
_K1, _B, _LEAST_IDF = 1.2, 0.75, 1e-6


def ranks_of_few(db: sqlite3.Connection, words: Sequence[str], last: int) -> dict[int, float] | None:
    """Give the rank of each article with a phrase, by its id; None where they are more than COUNTED, or promise to be.

    `last` is the last article's id. None, too, for a phrase whose places can overlap ("on and on"): they are marked as one.
    """
    if any(words[n:] == words[:-n] for n in range(1, len(words))):
        return None
    search = tuples(
        db,
        f"SELECT articles_fts.rowid, d.sz, {_TIMES} FROM articles_fts CROSS JOIN articles_fts_docsize d"
        " ON d.id = articles_fts.rowid WHERE articles_fts MATCH ?",
        (*_weights(db), f'"{" ".join(words)}"'),
    )
    # while the search is open: of one state of the index
    (averages,) = db.execute("SELECT block FROM articles_fts_data WHERE id = 1").fetchone()
    found: list[tuple[int, int, float]] = []
    for article_id, sizes, times in search:
        found.append((article_id, sum(_integers(sizes)), times))
        if len(found) * last > COUNTED * max(article_id, last // SAMPLE):
            return None
    if not found:
        return {}
    n_articles, *n_words = _integers(averages)
    mean = sum(n_words) / n_articles
    idf = log((n_articles - len(found) + 0.5) / (len(found) + 0.5))
    idf = idf if idf > 0 else _LEAST_IDF
    return {
        article_id: -idf * (times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * length / mean)))
        for article_id, length, times in found
    }


def _weights(db: sqlite3.Connection) -> list[float]:
    (rank,) = db.execute("SELECT v FROM articles_fts_config WHERE k = 'rank'").fetchone()
    return [float(weight) for weight in rank.removeprefix("bm25(").removesuffix(")").split(",")]


def _integers(block: bytes) -> list[int]:
    """Unpack SQLite's integers of seven bits a byte: every byte but the last has its highest bit set."""
    integers, begun = [], 0
    for byte in block:
        begun = begun << 7 | byte & 0x7F
        if byte < 0x80:
            integers.append(begun)
            begun = 0
    return integers
