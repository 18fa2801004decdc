"""Which share of each block an extractor keeps: told by marks that the text itself carries through the extractor.

Each text node begins with one private-use character that names its block. So a vote is exact whatever an extractor
joins, splits, repeats or drops, and no text has to be found again. Owns those marks; they never leave pipelines/body/.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.source_blocks import SourceBlock

_FIRST = 0x100000  # plane 16: private use, and hardly any font uses it
_MOST = 0xFFFD
_MARKED = re.compile("([\U00100000-\U0010fffd])([^\U00100000-\U0010fffd]*)")
_SPACES = re.compile(r"\s+")


def mark(blocks: Sequence[SourceBlock]) -> None:
    """Put each block's mark before each of its text nodes; a page's own characters of that plane go."""
    for number, block in enumerate(blocks[:_MOST]):
        sign = chr(_FIRST + number)
        for element, attribute in block.nodes:
            text = _MARKED.sub(r"\2", getattr(element, attribute))
            setattr(element, attribute, _before_word(sign, text))


def _before_word(sign: str, text: str) -> str:
    """Put the sign before the first character that is no white space, which extractors trim."""
    stripped = text.lstrip()
    return text[: len(text) - len(stripped)] + sign + stripped


def unmark(blocks: Sequence[SourceBlock], keep: Iterable[bool]) -> None:
    """Take the marks away, and with them the text of all blocks that are not to be kept."""
    for block, kept in zip(blocks, keep, strict=False):
        for element, attribute in block.nodes:
            setattr(element, attribute, _MARKED.sub(r"\2", getattr(element, attribute)) if kept else " ")


def vote(text: str, sizes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the share (0 to 1) of each block that stands in an extractor's text; `sizes`: each block's characters."""
    kept = np.zeros(len(sizes), np.float32)
    for found in _MARKED.finditer(text):
        number = ord(found[1]) - _FIRST
        if number < len(kept):
            kept[number] += len(_SPACES.sub("", found[2]))
    return np.minimum(1.0, kept / np.maximum(1.0, sizes))


def sizes_of(blocks: Sequence[SourceBlock]) -> NDArray[np.float32]:
    """Give the characters of each block, white space left out."""
    return np.array([len(_SPACES.sub("", block.text)) for block in blocks], np.float32)
