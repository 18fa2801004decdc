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

HINTS = (
    "article body content entry story post text main paragraph prose",
    "comment disqus respond reply",
    "relat recommend more- also teaser promo trending popular most- readnext read-next upnext up-next suggest outbrain taboola",
    "share social follow tool button print icon",
    "newsletter subscri signup sign-up paywall regist donat cta call-to",
    "sidebar aside widget rail secondary module block-list panel",
    "foot copyright legal disclaim terms",
    "nav menu breadcrumb header masthead topbar toolbar pagination pager",
    "caption credit figure gallery image photo media video slide carousel",
    "author byline bio contributor writer profile avatar",
    "date time meta info published tag categor label topic keyword kicker eyebrow",
    "advert sponsor banner dfp gpt",
    "cookie consent popup modal overlay login hidden sr-only screen-reader visually",
    "summary standfirst lead deck dek intro excerpt abstract subtitle subhead description chapo sapo",
    "quote pull highlight fact box infobox note embed tweet",
    "table list toc index",
    "articlebody",
)
"""Groups of words; a name that holds one of a group's gives its hint."""
_AD = re.compile(r"(?:^|[^a-z])ads?(?:[^a-z]|$)")
_AD_BIT = 1 << next(number for number, words in enumerate(HINTS) if "advert" in words)
_BITS = tuple((word, 1 << number) for number, words in enumerate(HINTS) for word in words.split())
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
    name = name.lower()
    found = _AD_BIT if "ad" in name and _AD.search(name) else 0
    for word, bit in _BITS:
        if word in name:
            found |= bit
    return found
