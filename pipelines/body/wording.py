"""What each block of a page says: measures of its text, the page's own headline or author in it, the set phrases.

Owns the dearest columns of the matrix, by text and not by place. No word is known but the set phrases of
data/boilerplate.toml and each language's commonest words.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log1p
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from pipelines.body.running import common_share
from pipelines.clean.phrases import lower, phrases
from pipelines.clean.trace import listener
from pipelines.source_blocks import OFTEN, SourceBlock

Matrix = NDArray[np.float32]

_PHRASES = (
    "advert", "button", "related_prefix", "related_whole", "related_heading", "promo", "legal", "credit_tail", "dateline",
    "byline", "caption", "breadcrumb", "about_author", "comments_heading",
)  # fmt: skip
_RELATED = _PHRASES.index("related_heading")
_PHRASE_LENGTH = 420
_HEADING_LENGTH = 90

_SENTENCE_END = re.compile(r"[.!?…。！？।؟۔][\"'”’»)\]]*\s*$")
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"https?://|www\.|\.com\b")
_PAUSES = ",;、，،:"
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[:.]\d\d|\d{1,2}[./-]\d{1,2}[./-]")
_FIRST = itemgetter(0)
_QUOTES = "\"'“«„‘「"
_OF_TEXT = (
    "size", "words", "word_length", "ends_in_colon", "ends_sentence", "digits", "address", "at_sign", "copyright", "pauses",
    "capitals", "begins_upper", "begins_lower", "date", "ellipsis", "bar", "all_upper", "question", "begins_quote", "quote",
    "full_stops", "common_words",
)  # fmt: skip
_OF_BLOCK = ("links", "anchors", "emphasised", "nodes")
COLUMN = {name: number for number, name in enumerate((*_OF_TEXT, *_OF_BLOCK))}
"""Where the measures of a text and of its block stand in a row of `wording`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the page says of itself, as keys (`key_of`)."""

    titles: frozenset[str]
    authors: frozenset[str]
    descriptions: tuple[str, ...]


def wording(blocks: Sequence[SourceBlock], known: Known) -> Matrix:
    """Give a row for each block: its text, its links, its likeness to what the page says of itself, the set phrases."""
    if (asked := listener()) is not None:  # texts that come again are answered from a cache
        asked.texts.update(lower(block.text) for block in blocks if len(block.text) < _PHRASE_LENGTH)
    said = [_short(block.text) if len(block.text) < OFTEN else _of_text(block.text) for block in blocks]
    text = np.array([each for each, _ in said], np.float32).reshape(len(blocks), len(_OF_TEXT))
    phrase = np.array([each for _, each in said], np.int64)
    bits = ((phrase[:, None] >> np.arange(len(_PHRASES))) & 1).astype(np.float32)
    return np.concatenate([text, _of_block(blocks), _of_page(blocks, known), _since(bits[:, _RELATED]), bits], 1)


def _of_text(text: str) -> tuple[tuple[float, ...], int]:
    """Give a text's measures (`_OF_TEXT`), and a bit for each group of phrases that it begins with."""
    size = len(text)
    lowered = lower(text)
    words = text.split()
    n_words = len(words)
    n_digits = len(_DIGIT.findall(text))
    return (
        log1p(size),
        log1p(n_words),
        size / max(1, n_words),
        text.endswith((":", "：")),
        _SENTENCE_END.search(text[-8:]) is not None,
        n_digits / size,
        _ADDRESS.search(lowered) is not None,
        "@" in text,
        "©" in text,
        100 * sum(map(text.count, _PAUSES)) / size,
        sum(map(str.isupper, map(_FIRST, words))) / max(1, n_words),
        text[:1].isupper(),
        text[:1].islower(),
        n_digits > 0 and _DATE.search(text) is not None,
        text.endswith(("...", "…")),
        "|" in text,
        text.isupper(),
        "?" in text,
        text[:1] in _QUOTES,
        "“" in text or "”" in text or "«" in text or '"' in text,
        text.count(". "),
        common_share(text),
    ), _phrases_in(lowered) if size < _PHRASE_LENGTH else 0


_short = lru_cache(maxsize=20_000)(_of_text)


def _phrases_in(lowered: str) -> int:
    found = 0
    for number, group in enumerate(_PHRASES):
        if phrases(group).match(lowered) and (number != _RELATED or len(lowered) < _HEADING_LENGTH):
            found |= 1 << number
    return found


def _of_block(blocks: Sequence[SourceBlock]) -> Matrix:
    rows = [(min(1.0, block.link_share), len(block.anchors), block.emphasised, len(block.nodes)) for block in blocks]
    return np.array(rows, np.float32).reshape(len(blocks), len(_OF_BLOCK))


def _of_page(blocks: Sequence[SourceBlock], known: Known) -> Matrix:
    """Say how like a block is to the page's headline, author or description, and whether it comes again."""
    times = Counter(block.key for block in blocks)
    long_titles = [title for title in known.titles if len(title) > 12]
    authors, descriptions = known.authors, known.descriptions
    rows = np.zeros((len(blocks), 6), np.float32)
    for at, block in enumerate(blocks):
        key, size = block.key, len(block.text)
        row = rows[at]
        row[0] = key in known.titles
        row[1] = size < 300 and any(author in key for author in authors)
        row[2] = key in descriptions
        row[3] = len(key) > 30 and any(description.startswith(key[:60]) for description in descriptions)
        row[4] = times[key] > 1
        row[5] = len(key) > 12 and any(key in title or title in key for title in long_titles)
    return rows


def _since(heads: Matrix) -> Matrix:
    """Give how many blocks stand between a block and the last heading of teasers before it, at most 99."""
    at = np.arange(len(heads))
    last = np.maximum.accumulate(np.where(heads > 0, at, -100))
    return np.minimum(99, at - last).astype(np.float32)[:, None]
