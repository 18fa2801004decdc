"""Articles as a vertical: one token a line, for Sketch Engine, NoSketch Engine and the CWB family.

Pure. Owns tokens and structures (doc, head, p, g). No lemmas and no parts of speech: those are a tagger's.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from archive.fold import words
from archive.kept import KeptArticle
from archive.text import one_line

ATTRIBUTES = (
    "id", "url", "url_key", "source", "published", "year", "month", "language", "authors", "section", "keywords", "revision",
    "body_sha256",
)  # fmt: skip
_JOINS = re.compile("['’‘\u02bc\u2010\u2011\u200c-]")
"""One sign that joins two words into a token: an apostrophe, a hyphen, a half space."""
_NOT_SPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9d]"
)
_SIGN = re.compile(r"\S")


def vertical(kept: KeptArticle) -> str:
    """Give an article as a `doc`, its headline in `head`, its paragraphs in `p`; `<g/>` where no space stood between."""
    lines = [f"<doc {' '.join(_attributes(kept))}>"]
    if kept.article.headline:
        lines += ["<head>", *_lines(kept.article.headline), "</head>"]
    for paragraph in re.split(r"\n+", kept.article.body):
        if paragraph.strip():
            lines += ["<p>", *_lines(paragraph), "</p>"]
    return "\n".join([*lines, "</doc>"]) + "\n"


def _attributes(kept: KeptArticle) -> Iterator[str]:
    article = kept.article
    published = article.published or ""
    values = {
        "id": str(kept.id),
        "url": article.url,
        "url_key": kept.url_key,
        "source": kept.source or "",
        "published": published,
        "year": published[:4] if re.match(r"\d{4}", published) else "",
        "month": published[:7] if re.match(r"\d{4}-\d\d", published) else "",
        "language": article.language or "",
        "authors": "|".join(author.replace("|", " ") for author in article.authors),  # "|" is a MULTISEP
        "section": article.section or "",
        "keywords": "|".join(keyword.replace("|", " ") for keyword in article.keywords),
        "revision": str(kept.revision),
        "body_sha256": kept.body_sha256,
    }
    for name in ATTRIBUTES:
        yield f'{name}="{_escaped(one_line(values[name]))}"'


def _lines(text: str) -> Iterator[str]:
    found = list(tokens(text))
    for (start, end), (following, _) in pairwise([*found, (len(text) + 1, 0)]):
        yield _escaped(one_line(text[start:end]))
        if following == end:
            yield "<g/>"


def tokens(text: str) -> Iterator[tuple[int, int]]:
    """Give the spans of tokens: words with their inner apostrophes and hyphens, numbers, signs.

    Chinese, Japanese, Korean, Thai and their like are given by character, as they are searched.
    """
    at = 0
    for start, end in _joined(text, _word_spans(text)):
        yield from ((sign.start(), sign.end()) for sign in _SIGN.finditer(text, at, start))
        yield start, end
        at = end
    yield from ((sign.start(), sign.end()) for sign in _SIGN.finditer(text, at))


def _word_spans(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    # the joined forms of words with a half space come last, and once more
    for _, first, last in words(text):
        if first >= end:
            yield first, last
            end = last


def _joined(text: str, spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = end = -1
    for first, last in spans:
        if start >= 0 and first == end + 1 and _belong(text, end, first):
            end = last
            continue
        if start >= 0:
            yield start, end
        start, end = first, last
    if start >= 0:
        yield start, end


def _belong(text: str, end: int, first: int) -> bool:
    """Tell whether the sign between two words makes them one token: don't, covid-19, 1,400."""
    if _NOT_SPACED.match(text[end - 1]) or _NOT_SPACED.match(text[first]):
        return False
    return bool(_JOINS.match(text[end])) or (text[end] in ".," and text[end - 1].isdigit() and text[first].isdigit())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
