"""What a reading asked the spam lexicon, kept with it: so a changed lexicon need not read pages again that it cannot touch.

Extraction depends on the lexicon by the answers of pipelines/clean/lexicon.py alone. Where a changed lexicon answers all that was
asked as before, every later step, and so every later question, is as before: the reading would come out the same. Owns what is
noted of the questions, and its form. Words are kept as a Bloom filter (one in fifty that were not asked seems to have been,
never the other way round), labels of hosts and words with digits, which patterns are matched against, as they are.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BITS = (
    8  # for each item: of the single words that were not asked 2 % seem to have been, of the pairs one in two thousand
)
_HASHES = 5
_LENGTHS = struct.Struct("<II")


@dataclass(slots=True)
class Asked:
    """What has been asked so far."""

    items: set[str] = field(default_factory=set)
    """Words; pairs of characters where words have no spaces; `trade NUL word` for words that were weighed as fillers."""
    names: set[str] = field(default_factory=set)
    """Labels of hosts."""
    shaped: set[str] = field(default_factory=set)
    """Words of letters and digits."""


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def listening() -> Iterator[Asked]:
    """Note what the lexicon is asked within."""
    asked = Asked()
    token = _asked.set(asked)
    try:
        yield asked
    finally:
        _asked.reset(token)


def listener() -> Asked | None:
    """Give what takes the notes now; None: nobody listens."""
    return _asked.get()


def packed(asked: Asked) -> bytes:
    """Write a trace down. Traces of several pages, one behind the other, are the trace of all of them."""
    import numpy as np  # the crawling process imports this module, and has no use for it

    names = zlib.compress(
        json.dumps([sorted(asked.names), sorted(asked.shaped)], separators=(",", ":")).encode("ascii")
    )
    size = max(1, ceil(_BITS * len(asked.items) / 8))
    bits = np.zeros(8 * size, np.uint8)
    if asked.items:
        bits[_places(asked.items, 8 * size)] = 1
    words = np.packbits(bits).tobytes()
    return _LENGTHS.pack(len(names), len(words)) + names + words


def _places(items: Iterable[str], n_bits: int) -> "NDArray[np.int64]":
    import numpy as np

    hashes = np.fromiter((zlib.crc32(item.encode("utf-8", "replace")) for item in items), np.uint32)
    first, second = (hashes & 0xFFFF).astype(np.int64), (hashes >> 16).astype(np.int64) | 1
    places: NDArray[np.int64] = (first[:, None] + second[:, None] * np.arange(_HASHES)) % n_bits
    return places


@dataclass(frozen=True, slots=True)
class Trace:
    """What was asked about one page, as far as it is kept."""

    names: frozenset[str]
    shaped: frozenset[str]
    words: bytes

    def may_hold(self, items: Iterable[str]) -> bool:
        """Say whether all of these may have been asked; False is certain."""
        import numpy as np

        places = _places(items, 8 * len(self.words))
        bits = np.unpackbits(np.frombuffer(self.words, np.uint8))
        return bool(bits[places].all())


def unpacked(trace: bytes) -> Iterator[Trace]:
    """Read the traces of the pages that a reading is made of."""
    at = 0
    while at < len(trace):
        n_names, n_words = _LENGTHS.unpack_from(trace, at)
        at += _LENGTHS.size
        names, shaped = json.loads(zlib.decompress(trace[at : at + n_names]))
        at += n_names
        yield Trace(frozenset(names), frozenset(shaped), trace[at : at + n_words])
        at += n_words
