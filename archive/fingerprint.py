"""The near-duplicate signature of a text: MinHash over shingles of three words.

Pure. Owns what a text's shingles are; which articles share a cluster is archive/clusters.py's. Broder 1997.
"""

import struct

from archive.fold import fold

N_VALUES = 128
SHINGLE = 3
LEAST_SHINGLES = 20
"""Shorter texts (flashes, stubs of paywalls) are alike by accident: they get no signature."""
SEED = 1
"""Stored signatures depend on these four and on rensa's hash: another value of any of them asks for another SCHEME in
archive/clusters.py. A test holds a signature."""


def signature(body: str) -> bytes | None:
    """Give 128 little-endian 32-bit MinHash values of a body, or None where it is too short to compare.

    Words are those of the search index, so scripts without spaces count by character.
    """
    from rensa import RMinHash

    words = fold(body).split()
    shingles = set(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    if len(shingles) < LEAST_SHINGLES:
        return None
    minhash = RMinHash(num_perm=N_VALUES, seed=SEED)
    minhash.update(list(shingles))
    return struct.pack(f"<{N_VALUES}I", *minhash.digest())
