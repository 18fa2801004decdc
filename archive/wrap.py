"""Fold paragraphs to a number of terminal cells, in any script.

Owns line breaking: at spaces; between CJK characters, which have none; inside a word only where it fits no line. Lines are
in logical order, as terminals want right-to-left text.
"""

import re
from collections.abc import Iterator

from archive.text import cells

_CJK = (
    "\u1100-\u11ff\u2e80-\u303f\u3040-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uf900-\ufaff"
    "\uff00-\uffef\U00020000-\U0003ffff"
)
_NOT_FIRST = "、。，．！？；：）］｝」』】〉》〕’”…‥ー々ゝゞァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ)]}!?,.;:%％"
_PIECE = re.compile(rf"\s+|[{_CJK}][{re.escape(_NOT_FIRST)}]*|[^\s{_CJK}]+[{re.escape(_NOT_FIRST)}]*")


def wrap(text: str, width: int, *, first: str = "", indent: str = "") -> Iterator[str]:
    """Give the lines of a paragraph, at most `width` cells each, the first after `first`, the others after `indent`.

    A URL is never broken: a line that holds one may be longer.
    """
    line, room = first, width - cells(first)
    empty = True
    for piece in _pieces(text, max(width - cells(indent), 2)):
        size = cells(piece)
        if size > room and not empty:
            yield line.rstrip()
            line, room, empty = indent, width - cells(indent), True
        if empty and piece.isspace():
            continue
        line += piece
        room -= size
        empty = False
    yield line.rstrip()


def _pieces(text: str, width: int) -> Iterator[str]:
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece.isspace():
            yield " "
        elif cells(piece) <= width or "://" in piece:
            yield piece
        else:
            yield from _broken(piece, width)


def _broken(word: str, width: int) -> Iterator[str]:
    part, size = "", 0
    for character in word:
        step = cells(character)
        if part and step and size + step > width:
            yield part
            part, size = "", 0
        part += character
        size += step
    yield part
