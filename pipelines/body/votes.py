"""Which share of each block an extractor keeps: told by marks that the text itself carries through the extractor.

Each text node begins with one character that names its block, of a plane of rare ideographs: printable, since extractors drop
what is not. So a vote is exact whatever an extractor joins, splits, repeats or drops, and no text has to be found again. Owns
those marks; they never leave pipelines/body/.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.source_blocks import SourceBlock

_FIRST, _LAST = 0x20000, 0x2A6DF  # CJK extension B
_SIGNS = f"{chr(_FIRST)}-{chr(_LAST)}"
_SIGN = re.compile(f"[{_SIGNS}]")
_MARKED = re.compile(f"([{_SIGNS}])([^{_SIGNS}]*)")


def mark(blocks: Sequence[SourceBlock]) -> list[list[str]]:
    """Put each block's mark before each of its text nodes; gives the texts as they were.

    A page's own characters of that kind are not in the marked text.
    """
    texts = []
    for number, block in enumerate(blocks[: _LAST - _FIRST + 1]):
        sign = chr(_FIRST + number)
        before = [getattr(element, attribute) for element, attribute in block.nodes]
        has_signs = not block.text.isascii() and _SIGN.search(block.text)
        for (element, attribute), text in zip(block.nodes, before, strict=True):
            setattr(element, attribute, _before_word(sign, _SIGN.sub("", text) if has_signs else text))
        texts.append(before)
    return texts


def _before_word(sign: str, text: str) -> str:
    """Put the sign before the first character that is no white space, which extractors trim."""
    stripped = text.lstrip()
    return text[: len(text) - len(stripped)] + sign + stripped


def unmark(blocks: Sequence[SourceBlock], texts: Sequence[Sequence[str]], keep: Iterable[bool]) -> None:
    """Put the texts back that `mark` gave, and take away those of all blocks that are not to be kept."""
    for block, before, kept in zip(blocks, texts, keep, strict=False):
        for (element, attribute), text in zip(block.nodes, before, strict=True):
            setattr(element, attribute, text if kept else " ")


def vote(text: str, sizes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the share (0 to 1) of each block that stands in an extractor's text; `sizes`: each block's characters."""
    kept = np.zeros(len(sizes), np.float32)
    for found in _MARKED.finditer(text):
        number = ord(found[1]) - _FIRST
        if number < len(kept):
            kept[number] += sum(map(len, found[2].split()))
    return np.minimum(1.0, kept / np.maximum(1.0, sizes))


def sizes_of(blocks: Sequence[SourceBlock]) -> NDArray[np.float32]:
    """Give the characters of each block, white space left out."""
    return np.array([len(block.text) - block.text.count(" ") for block in blocks], np.float32)
