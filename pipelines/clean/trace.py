"""What a reading asked the word lists, kept with it: so changed ones need not read pages again that they cannot touch.

Extraction depends on the lists by the answers of the modules that match them alone. Where changed lists answer all that was asked
as before, every later step, and so every later question, is as before: the reading would come out the same. Owns what is noted of
the questions, and its form. Items are kept as a Bloom filter (one in fifty that were not asked seems to have been, never the other
way round), labels of hosts and words with digits, which patterns are matched against, as they are.
"""

import json
import re
import struct
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
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
_SIZES = (2, 4, 8, 12)
"""Characters of a text's beginning."""
_APART = "\0"
_BEGINNING = re.compile(rf"\0[^\w\0]*(\w[^\0]{{0,{_SIZES[-1] - 1}}})")
_SHORT_TEXT = re.compile(rf"\0[^\w\0]*(\w[^\0]{{0,{_SIZES[-1] - 1}}}?)[^\w\0]*(?=\0|\Z)")
_WORD = re.compile(r"\w+")
_LENGTHS = struct.Struct("<II")
_UNKNOWN = b"?"
"""The trace of a reading of several pages, one of which has none."""


@dataclass(slots=True)
class Asked:
    """What has been asked so far."""

    items: set[str] = field(default_factory=set)
    """Words; pairs of characters where words have no spaces; beginnings of texts; `trade NUL word` for words that were weighed as
    fillers, `month NUL word` and `paywall NUL word` for what these lists were asked.
    """
    names: set[str] = field(default_factory=set)
    """Labels of hosts."""
    shaped: set[str] = field(default_factory=set)
    """Words of letters and digits."""
    texts: set[str] = field(default_factory=set)
    """Texts in lower case that were held against set phrases; of these their words are kept, and how each begins."""


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def listening() -> Iterator[Asked]:
    """Note what the lists are asked within."""
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
    """Write a trace down."""
    import numpy as np  # the crawling process imports this module, and has no use for it

    names = zlib.compress(
        json.dumps([sorted(asked.names), sorted(asked.shaped)], separators=(",", ":")).encode("ascii")
    )
    items = asked.items | _items_of(asked.texts)
    size = max(1, ceil(_BITS * len(items) / 8))
    bits = np.zeros(8 * size, np.uint8)
    bits[_places(*_hashes(items), 8 * size)] = 1
    words = np.packbits(bits).tobytes()
    return _LENGTHS.pack(len(names), len(words)) + names + words


def _items_of(texts: Iterable[str]) -> set[str]:
    joined = " ".join("".join(map(_APART.__add__, texts)).split())  # one pass over all: it is a page's dearest note
    return {*_WORD.findall(joined), *_named(_BEGINNING.findall(joined), _SHORT_TEXT.findall(joined))}


def beginning(text: str, *, is_all: bool) -> set[str]:
    """Name how a text in lower case begins: from its first letter or digit on, white space as one space, at several lengths.

    Where `is_all` of it is known a short one has a name as a whole, too. A text has all names of what it begins with.
    """
    joined = _APART + " ".join(text.split())
    return _named(_BEGINNING.findall(joined), _SHORT_TEXT.findall(joined) if is_all else ())


def _named(beginnings: Iterable[str], short_texts: Iterable[str]) -> set[str]:
    found = {f"^{text[:size]}" for text in beginnings for size in _SIZES if size <= len(text)}
    return found.union(f"^{text}$" for text in short_texts)


def _hashes(items: Iterable[str]) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    import numpy as np

    hashes = np.fromiter((zlib.crc32(item.encode("utf-8", "replace")) for item in items), np.uint32)
    return (hashes & 0xFFFF).astype(np.int64), (hashes >> 16).astype(np.int64) | 1


def _places(first: "NDArray[np.int64]", second: "NDArray[np.int64]", n_bits: int) -> "NDArray[np.int64]":
    import numpy as np

    places: NDArray[np.int64] = (first[:, None] + second[:, None] * np.arange(_HASHES)) % n_bits
    return places


@dataclass(frozen=True, slots=True)
class Trace:
    """What was asked about one page, as far as it is kept."""

    names: frozenset[str]
    shaped: frozenset[str]
    words: bytes


class SetsOfItems:
    """Sets of items, made ready to be looked for in many traces."""

    def __init__(self, sets: Iterable[Collection[str]]) -> None:
        import numpy as np

        distinct = {frozenset(each) for each in sets}
        items = {item: at for at, item in enumerate(sorted(set().union(*distinct)))}
        longest = max(map(len, distinct), default=0)
        self._first, self._second = _hashes(items)
        self._rows = np.array(
            [[*(items[each] for each in members), *[len(items)] * (longest - len(members))] for members in distinct],
            np.int64,
        ).reshape(len(distinct), longest)
        """By set: the numbers of its items, filled up with that of an item that every trace has."""

    def any_in(self, trace: Trace) -> bool:
        """Say whether all items of one of the sets may have been asked; False is certain."""
        import numpy as np

        bits = np.unpackbits(np.frombuffer(trace.words, np.uint8))
        has = np.append(bits[_places(self._first, self._second, len(bits))].all(1), True)
        return bool(has[self._rows].all(1).any())


def of_pages(traces: Sequence[bytes]) -> bytes:
    """Give the trace of a reading that hangs on all these pages."""
    return b"".join(traces) if all(map(is_known, traces)) else _UNKNOWN


def is_known(trace: bytes) -> bool:
    """Say whether a trace tells what was asked."""
    return trace not in {b"", _UNKNOWN}


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
