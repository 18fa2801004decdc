"""Which of a page's titles is the article's, and where in a title the paper's own name stands.

Owns reading headings and titles as plain text, and telling the paper's name from them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

_WORD = re.compile(r"\w+")
_TAG = re.compile(r"<[^<>]{1,200}>")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_TITLE_SEPARATOR = re.compile(r"\s+[|–—·•»«:-]{1,2}\s+|\s*[|｜：]\s*")
_BREAKS = frozenset({"br", "div", "p"})
_LONG_LABEL = 5
_SITE_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """What a paper is called: the names that it declares, and its host's."""

    names: frozenset[str]
    host: str
    labels: tuple[str, ...]

    @classmethod
    def of(cls, url: str, declared: Iterable[str]) -> "Sites":
        parts = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
        labels = tuple(bare(part) for part in parts[:-1] if len(part) > 2)
        host = bare("".join(parts))
        names = {*map(bare, declared), *labels, host} - {""}
        return cls(names=frozenset(names), host=host, labels=labels)

    def named(self, text: str) -> bool:
        """Say whether a text is the paper's name."""
        return bare(text) in self.names

    def ends(self, text: str) -> bool:
        """Say whether the end of a title is the paper's name, or one that its host's resembles."""
        name = bare(text)
        if name in self.names:
            return True
        alike = any(len(label) >= _LONG_LABEL and label in name for label in self.labels) or (
            len(name) >= 4 and name in self.host
        )
        return alike and len(text.split()) <= _SITE_WORDS


def folded(text: str | None) -> str:
    """Fold a text for comparison: NFKC, case, white space, typographic quotes."""
    plain = unicodedata.normalize("NFKC", text or "").replace("\u00ad", "").replace("\u200b", "")
    plain = plain.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    return " ".join(plain.split()).casefold()


def plain(text: str) -> str:
    """Give a declared text without markup, escapes and invisible characters, and with white space folded."""
    if "&" in text:
        text = unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(text.translate(_INVISIBLE).split())


def bare(name: str) -> str:
    """Give the letters and figures of a name alone, folded: what an author and a paper's name are compared by."""
    return "".join(filter(str.isalnum, folded(name)))


def first_headings(tree: HtmlElement) -> list[str]:
    """Give the texts of the page's h1 elements, in order."""
    texts = [" ".join(_spaced(heading).split()) for heading in tree.iter("h1")]
    return [text for text in texts if text][:8]


def _spaced(heading: HtmlElement) -> str:
    """Give a heading's text, with a space where a line or a block ends."""
    parts: list[str] = []
    for event, element in etree.iterwalk(heading, events=("start", "end")):
        if event == "start":
            parts.append(element.text or "")
        else:
            parts.append(" " if element.tag in _BREAKS else "")
            parts.append((element.tail or "") if element is not heading else "")
    return "".join(parts)


def page_title(tree: HtmlElement) -> str:
    """Give the title element's text."""
    title = next(tree.iter("title"), None)
    return " ".join(title.text_content().split()) if title is not None else ""


def best_heading(headings: Sequence[str], stated: Sequence[str], sites: Sites) -> str | None:
    """Choose the h1 that shares its words with what the page states; a section's or the site's name does not."""
    pool = [set(_WORD.findall(folded(text))) for text in stated if text]
    best, best_share = None, 0.0
    for heading in headings:
        words = set(_WORD.findall(folded(heading)))
        if not words or sites.ends(heading):
            continue
        share = max((_shared(words, other) for other in pool), default=0.0)
        if share > best_share:
            best, best_share = heading, share
    if best_share >= 0.4 or (best is not None and not pool):
        return best
    long = [heading for heading in headings if len(heading) > 25 and not sites.named(heading)]
    return long[0] if len(long) == 1 else None


def _shared(words: set[str], other: set[str]) -> float:
    """Give the share of a heading's words that a title has, too; a heading much shorter than the title counts less."""
    return len(words & other) / len(words) * min(1.0, 2 * len(words) / max(1, len(other)))


def without_site(text: str, sites: Sites, others: Sequence[str], *, guess: bool = False) -> str:
    """Cut the paper's name from the end or the start of a title: it is declared, or another title stands without it."""
    pieces = list(_TITLE_SEPARATOR.finditer(text))
    known = {folded(other) for other in others}
    for found in pieces:
        head, tail = text[: found.start()].strip(), text[found.end() :].strip()
        if head and tail:
            longer = len(head) > len(tail)
            if sites.named(tail) or (longer and (folded(head) in known or (found is pieces[-1] and sites.ends(tail)))):
                return head
            if sites.named(head) or (folded(tail) in known and not longer):
                return tail
    if guess and pieces:
        last = pieces[-1]
        head, tail = text[: last.start()].strip(), text[last.end() :].strip()
        if (
            len(head) > 20
            and len(tail) < len(head)
            and len(tail.split()) <= 4
            and text[last.start() : last.end()].strip() != ":"
        ):
            return head
    return text
