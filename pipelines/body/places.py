"""Where each block of a page lies: the elements that hold it, their tags, and what their classes hint at.

Owns the walk up from a block, done once for each element; what follows is arithmetic over arrays. Holds no element, so that a
page's places outlive its tree. No hint names a site.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.source_blocks import SourceBlock

HINTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"article|body|content|entry|story|post|text|main|paragraph|prose",
        r"comment|disqus|respond|reply",
        r"relat|recommend|more-|also|teaser|promo|trending|popular|most-|read-?next|up-?next|suggest|outbrain|taboola",
        r"share|social|follow|tool|button|print|icon",
        r"newsletter|subscri|sign-?up|paywall|regist|donat|cta|call-to",
        r"sidebar|aside|widget|rail|secondary|module|block-list|panel",
        r"foot|copyright|legal|disclaim|terms",
        r"nav|menu|breadcrumb|header|masthead|topbar|toolbar|pagination|pager",
        r"caption|credit|figure|gallery|image|photo|media|video|slide|carousel",
        r"author|byline|bio|contributor|writer|profile|avatar",
        r"date|time|meta|info|published|tag|categor|label|topic|keyword|kicker|eyebrow",
        r"(?:^|[^a-z])ads?(?:[^a-z]|$)|advert|sponsor|banner|dfp|gpt",
        r"cookie|consent|popup|modal|overlay|login|hidden|sr-only|screen-reader|visually",
        r"summary|standfirst|lead|deck|dek|intro|excerpt|abstract|subtitle|subhead|description|chapo|sapo",
        r"quote|pull|highlight|fact|box|infobox|note|embed|tweet",
        r"table|list|toc|index",
        r"articlebody",
    )
)
TAGS = (
    "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "div", "td", "th", "blockquote", "figcaption", "span", "pre", "dd",
    "dt", "section", "article", "label", "time", "option", "button", "body", "main", "aside", "footer", "header", "nav",
    "form", "figure", "table", "ul", "details", "dl",
)  # fmt: skip
_NUMBER = {tag: number for number, tag in enumerate(TAGS)}
_LONGEST = 120  # characters of an attribute
DEEPEST = 12
"""So many elements above a block are looked at, its own included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The blocks' holders: shape (blocks, DEEPEST), the block's own element first, -1 above the root."""

    holders: NDArray[np.int32]
    """Numbers of elements."""
    tag: NDArray[np.int32]
    """By element: its place in TAGS, or their number."""
    hints: NDArray[np.int64]
    """By element: a bit for each hint that its class, id, itemprop or role holds."""
    look: NDArray[np.int32]
    """By block: which blocks have the same tag and class."""

    def tags(self) -> NDArray[np.int32]:
        """Give the holders' tags, -1 above the root."""
        return np.where(self.holders >= 0, self.tag[self.holders], -1)


def places_of(blocks: Sequence[SourceBlock]) -> Places:
    """Say where blocks lie."""
    chains: dict[HtmlElement, tuple[int, ...]] = {}
    tags: list[int] = []
    hints: list[int] = []
    looks: dict[tuple[object, str | None], int] = {}
    holders = np.full((len(blocks), DEEPEST), -1, np.int32)
    look = np.zeros(len(blocks), np.int32)

    def chain_of(element: HtmlElement) -> tuple[int, ...]:
        new = []
        above: HtmlElement | None = element
        while above is not None and above not in chains:
            new.append(above)
            above = above.getparent()
        chain = chains[above] if above is not None else ()
        for each in reversed(new):
            chain = (len(tags), *chain[: DEEPEST - 1])
            tags.append(_NUMBER.get(str(each.tag), len(TAGS)))
            hints.append(_hints_of(each))
            chains[each] = chain
        return chain

    for at, block in enumerate(blocks):
        chain = chains.get(block.element) or chain_of(block.element)
        holders[at, : len(chain)] = chain
        look[at] = looks.setdefault((block.element.tag, block.element.get("class")), len(looks))
    return Places(holders=holders, tag=np.array(tags, np.int32), hints=np.array(hints, np.int64), look=look)


def _hints_of(element: HtmlElement) -> int:
    """Give what an element's names hint at; names come again on other pages and sites, rows of them hardly do."""
    found = 0
    for attribute in ("class", "id", "itemprop", "role"):
        if names := element.get(attribute):
            for name in names[:_LONGEST].split():
                found |= _hints(name)
    return found


@lru_cache(maxsize=20_000)
def _hints(name: str) -> int:
    return sum(1 << at for at, pattern in enumerate(HINTS) if pattern.search(name))
