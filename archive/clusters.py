"""Clusters of near-duplicates: which kept articles share a text, by bands of their signatures in SQLite.

Owns the tables near_duplicates and near_duplicate_bands. Memory does not grow with the archive: candidates come from
an index. What a signature is made of is pipelines/dedupe.py.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.store import Store

N_VALUES = 128
N_BANDS = 32
SIMILAR = 0.5
"""Least estimated Jaccard similarity of 3-word shingles: edited copies lie above it."""
MAX_CANDIDATES = 500


def save_signature(store: Store, article_id: int, signature: bytes) -> int:
    """Keep an article's signature (128 little-endian 32-bit values) and give its cluster: the smallest article id in it.

    An edited article leaves its cluster for the one where its new text belongs.
    """
    bands = _bands(signature)
    drop_signature(store, article_id)
    marks = ", ".join("?" * len(bands))
    rows = store.db.execute(
        "SELECT article_id, cluster_id, signature FROM near_duplicates WHERE article_id IN"
        f" (SELECT DISTINCT article_id FROM near_duplicate_bands WHERE band IN ({marks}) LIMIT {MAX_CANDIDATES})",
        tuple(bands),
    ).fetchall()
    clusters: set[int] = {row["cluster_id"] for row in rows if similarity(signature, row["signature"]) >= SIMILAR}
    cluster = min({article_id, *clusters})
    for merged in clusters - {cluster}:
        store.db.execute("UPDATE near_duplicates SET cluster_id = ? WHERE cluster_id = ?", (cluster, merged))
    store.db.execute(
        "INSERT INTO near_duplicates (article_id, cluster_id, signature) VALUES (?, ?, ?)",
        (article_id, cluster, signature),
    )
    store.db.conn.executemany(
        "INSERT INTO near_duplicate_bands (band, article_id) VALUES (?, ?)", [(band, article_id) for band in bands]
    )
    return cluster


def drop_signature(store: Store, article_id: int) -> None:
    """Take an article out of its cluster; where it gave the cluster its id, the next smallest does."""
    store.db.execute("DELETE FROM near_duplicate_bands WHERE article_id = ?", (article_id,))
    store.db.execute("DELETE FROM near_duplicates WHERE article_id = ?", (article_id,))
    store.db.execute(
        "UPDATE near_duplicates SET cluster_id = (SELECT min(article_id) FROM near_duplicates WHERE cluster_id = ?)"
        " WHERE cluster_id = ?",
        (article_id, article_id),
    )


def similarity(left: bytes, right: bytes) -> float:
    """Estimate the Jaccard similarity of two texts from their signatures: the share of equal values."""
    ours, theirs = memoryview(left).cast("I"), memoryview(right).cast("I")
    return sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(ours)


def _bands(signature: bytes) -> list[int]:
    width = len(signature) // N_BANDS
    digests = (
        hashlib.blake2b(signature[i * width : (i + 1) * width], digest_size=8, salt=struct.pack("<I", i)).digest()
        for i in range(N_BANDS)
    )
    return sorted({int.from_bytes(digest, "big", signed=True) for digest in digests})
