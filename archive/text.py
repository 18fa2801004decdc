"""Text from the hostile web, made safe to show: control, escape and bidi characters become visible.

Owns display safety on a terminal and the width of text there. The stored text stays as it is.
"""

import re
import unicodedata

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_SPACE = re.compile(r"\s+")
NARROW = "\\u0020-\\u007e\\u00a0-\\u00ac\\u00ae-\\u02ff\\u0370-\\u0482\\u048a-\\u052f\\u2010-\\u2027\\u2030-\\u205e"
"""Characters that take one cell each, as ranges of a pattern: Latin, Greek and Cyrillic letters and their punctuation."""
_NARROW = re.compile(f"[{NARROW}]*")


def visible(text: str) -> str:
    """Replace what a terminal would obey (C0, C1, bidi controls, lone surrogates) by its escaped name."""
    return _UNSAFE.sub(
        lambda found: f"\\u{ord(found[0]):04x}" if ord(found[0]) > 255 else f"\\x{ord(found[0]):02x}", text
    )


def storable(text: str) -> str:
    """Replace lone surrogates, which neither SQLite nor a file can take."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """Fold white space, so that a value fits a table cell or a log line; and make it safe to show."""
    return visible(_SPACE.sub(" ", text).strip())


def cells(text: str) -> int:
    """Count the terminal cells that `text` takes: wide East Asian characters take two, combining marks none."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    from wcwidth import wcswidth

    width = wcswidth(text)
    return width if width >= 0 else len(text)


def shorten(text: str, width: int) -> str:
    """Cut `text` to at most `width` terminal cells, with an ellipsis where something was cut."""
    if cells(text) <= width:
        return text
    kept = ""
    for character in text:
        if cells(kept + character) > width - 1:
            break
        kept += character
    while kept and unicodedata.combining(kept[-1]):
        kept = kept[:-1]
    return kept.rstrip() + "…"
