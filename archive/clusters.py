"""Clusters of near-duplicates: which kept articles share a text, by bands of their signatures in SQLite.

Owns the tables near_duplicates, near_duplicate_bands and near_duplicate_recent. Memory does not grow with the archive: candidates
come from an index. Its bands lie anywhere in it, so that each new one would touch a page of its own: they wait in a small index,
and a hand that goes over all bands, a little way with each article, takes them along in order. What a signature is made of
is archive/fingerprint.py.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from collections.abc import Sequence
from operator import eq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.store import Store

SCHEME = 3
"""Which signatures, bands and threshold these are: articles are compared with those of the same scheme alone.

1: bands of four values, 0.5. 2: bands of three, 0.4. 3: hashes of 32 bits instead of 64, which among a million articles
bring one false candidate in two look-ups. Migrations make bands anew from the stored signatures."""
BAND = 3
N_BANDS = 28
"""Of 42 that a signature has room for: of copies with a tenth of their words edited 28 find 99.6 % where 42 find 99.9 %."""
SIMILAR = 0.4
"""Least estimated Jaccard similarity of 3-word shingles. benchmarks/near_duplicates.py has the figures: copies with a tenth of
their words edited lie around 0.57, reports of one event with a shared quotation below 0.25."""
MAX_CANDIDATES = 500
HAND = 12_799
"""Articles in which the hand goes once over all bands: half as many wait in the small index, some megabytes. A prime, so that
articles without a signature, whose step is left out, never are the same ones in each round."""
TABLES = ("near_duplicate_recent", "near_duplicate_bands")
_CANDIDATES = f"""
SELECT article_id, cluster_id, signature FROM near_duplicates WHERE scheme = {SCHEME} AND article_id IN
({{of}} LIMIT {MAX_CANDIDATES})
"""
_BANDS = range(-(2**31), 2**31)


def save_signature(store: Store, article_id: int, signature: bytes) -> int:
    """Keep an article's signature (128 little-endian 32-bit values) and give its cluster: the smallest article id in it.

    An edited article leaves its cluster for the one where its new text belongs.
    """
    drop_signature(store, article_id)
    cluster = _join(store.db.conn, article_id, signature, TABLES)
    move_hand(store.db.conn, article_id)
    return cluster


def rebuild(db: sqlite3.Connection) -> None:
    """Make bands and clusters anew from the stored signatures, in the present scheme, an article at a time.

    Nothing is done where they are of the present scheme: an archive that is two schemes behind pays once. The schema may be one
    that has no index of recent bands yet.
    """
    if not db.execute("SELECT 1 FROM near_duplicates WHERE scheme != ? LIMIT 1", (SCHEME,)).fetchone():
        return
    db.execute("DELETE FROM near_duplicate_bands")
    db.execute("UPDATE near_duplicates SET scheme = 0")
    last = -1
    while row := db.execute(
        "SELECT article_id, signature FROM near_duplicates WHERE article_id > ? ORDER BY article_id LIMIT 1", (last,)
    ).fetchone():
        last, signature = row
        db.execute("DELETE FROM near_duplicates WHERE article_id = ?", (last,))
        _join(db, last, signature, TABLES[1:])


def renew_bands(db: sqlite3.Connection) -> None:
    """Make the large index anew from the stored signatures (migration m018_recent_bands): clusters stay what they are."""
    db.create_function("bands_of", 1, lambda signature: json.dumps(bands(signature)))
    db.execute("DELETE FROM near_duplicate_bands")
    db.execute(
        "INSERT INTO near_duplicate_bands (band, article_id) SELECT b.value, n.article_id FROM near_duplicates n,"
        " json_each(bands_of(n.signature)) b WHERE n.scheme = ? ORDER BY 1, 2",
        (SCHEME,),
    )
    db.create_function("bands_of", 1, None)


def _join(db: sqlite3.Connection, article_id: int, signature: bytes, tables: Sequence[str]) -> int:
    """Put an article into its cluster, found by the bands in `tables`, and its own bands into the first of these."""
    found = bands(signature)
    near = candidates(db, found, tables)
    clusters = {cluster for _, cluster, other in near if similarity(signature, other) >= SIMILAR}
    cluster = min({article_id, *clusters})
    for merged in clusters - {cluster}:
        db.execute("UPDATE near_duplicates SET cluster_id = ? WHERE cluster_id = ?", (cluster, merged))
    db.execute(
        "INSERT INTO near_duplicates (article_id, cluster_id, signature, scheme) VALUES (?, ?, ?, ?)",
        (article_id, cluster, signature, SCHEME),
    )
    db.executemany(f"INSERT INTO {tables[0]} (band, article_id) VALUES (?, ?)", [(band, article_id) for band in found])
    return cluster


def move_hand(db: sqlite3.Connection, article_id: int) -> None:
    """Take the bands that wait in the next part of their range along to the large index, where they lie side by side."""
    step = article_id % HAND
    part = _BANDS[len(_BANDS) * step // HAND], _BANDS[len(_BANDS) * (step + 1) // HAND - 1]
    waiting = "FROM near_duplicate_recent WHERE band BETWEEN ? AND ?"
    db.execute(
        f"INSERT INTO near_duplicate_bands (band, article_id) SELECT band, article_id {waiting} ORDER BY 1, 2", part
    )
    db.execute(f"DELETE {waiting}", part)


def candidates(
    db: sqlite3.Connection, found: Sequence[int], tables: Sequence[str] = TABLES
) -> list[tuple[int, int, bytes]]:
    """Give (article, cluster, signature) of the articles that share one of these bands."""
    marks = ", ".join(f"?{n}" for n in range(1, len(found) + 1))
    of = " UNION ".join(f"SELECT article_id FROM {table} WHERE band IN ({marks})" for table in tables)
    return [(row[0], row[1], row[2]) for row in db.execute(_CANDIDATES.format(of=of), found)]


def drop_signature(store: Store, article_id: int) -> None:
    """Take an article out of its cluster, and put together anew what is left of that: it may have held two apart together."""
    row = store.db.execute(
        "SELECT signature, cluster_id FROM near_duplicates WHERE article_id = ? AND scheme = ?", (article_id, SCHEME)
    ).fetchone()
    if row is None:
        return
    # by band: the tables have no index over articles, and need have none
    for table in TABLES:
        store.db.conn.executemany(
            f"DELETE FROM {table} WHERE band = ? AND article_id = ?", [(band, article_id) for band in bands(row[0])]
        )
    store.db.execute("DELETE FROM near_duplicates WHERE article_id = ?", (article_id,))
    _put_together(store.db.conn, row[1])


def _put_together(db: sqlite3.Connection, cluster_id: int) -> None:
    """Give the members of a cluster that has lost one the clusters that their own likeness makes.

    A very large cluster stays together: of so many, hardly ever one alone holds the others.
    """
    rows = db.execute(
        "SELECT article_id, signature FROM near_duplicates WHERE cluster_id = ? AND scheme = ? ORDER BY article_id",
        (cluster_id, SCHEME),
    ).fetchall()
    if len(rows) > MAX_CANDIDATES:
        db.execute("UPDATE near_duplicates SET cluster_id = ? WHERE cluster_id = ?", (rows[0][0], cluster_id))
        return
    left = {row[0]: (set(bands(row[1])), row[1]) for row in rows}
    while left:
        found = reached = [min(left)]
        members = {reached[0]: left.pop(reached[0])}
        while reached:
            near = [
                one
                for one, (theirs, other) in left.items()
                if any(
                    not theirs.isdisjoint(ours) and similarity(signature, other) >= SIMILAR
                    for ours, signature in map(members.__getitem__, reached)
                )
            ]
            members |= {one: left.pop(one) for one in near}
            found, reached = [*found, *near], near
        if (smallest := min(found)) != cluster_id:
            db.executemany(
                "UPDATE near_duplicates SET cluster_id = ? WHERE article_id = ?", [(smallest, one) for one in found]
            )


def similarity(left: bytes, right: bytes) -> float:
    """Estimate the Jaccard similarity of two texts from their signatures: the share of equal values."""
    ours, theirs = memoryview(left).cast("I"), memoryview(right).cast("I")
    return float(sum(map(eq, ours, theirs)) / len(ours))


def bands(signature: bytes) -> list[int]:
    """Give a signature's bands: hashes of three values each, with the band's number and the scheme."""
    width = BAND * 4
    digests = (
        hashlib.blake2b(
            signature[i * width : (i + 1) * width], digest_size=4, salt=struct.pack("<HH", SCHEME, i)
        ).digest()
        for i in range(N_BANDS)
    )
    return sorted({int.from_bytes(digest, "big", signed=True) for digest in digests})
