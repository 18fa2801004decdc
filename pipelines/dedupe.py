"""The near-duplicate signature of a text: MinHash over shingles of three words.

Pure. Owns what a text's shingles are; which articles share a cluster is archive/clusters.py's. Broder 1997.
"""

import struct

from archive.clusters import N_VALUES
from archive.fold import fold

SHINGLE = 3
LEAST_SHINGLES = 20
"""Shorter texts (flashes, stubs of paywalls) are alike by accident: they get no signature."""
SEED = 1
"""Stored signatures depend on it."""


def signature(body: str) -> bytes | None:
    """Give 128 little-endian 32-bit MinHash values of a body, or None where it is too short to compare.

    Words are those of the search index, so scripts without spaces count by character.
    """
    from rensa import RMinHash

    words = fold(body).split()
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
    if len(shingles) < LEAST_SHINGLES:
        return None
    minhash = RMinHash(num_perm=N_VALUES, seed=SEED)
    minhash.update(sorted(shingles))
    return struct.pack(f"<{N_VALUES}I", *minhash.digest())
