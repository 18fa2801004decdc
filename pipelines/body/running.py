"""Which blocks of a page are running text, by jusText's rule (Pomikálek 2011) over the page's own blocks.

A long block with many of a language's commonest words and few links is good; a short one is what its neighbours are. Owns that
rule, in one pass; the lists of words are justext's.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import resources
from itertools import accumulate
from typing import Literal

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.source_blocks import SourceBlock

# as trafilatura's own rescue has them: news paragraphs are shorter than justext's defaults expect
_SHORT, _LONG = 50, 150  # characters
_SOME, _MANY = 0.1, 0.2  # of the words
_MOST_LINKS = 0.25
_LANGUAGES = (
    "Arabic", "Bulgarian", "Croatian", "Czech", "Danish", "Dutch", "English", "Finnish", "French", "German", "Greek",
    "Hungarian", "Indonesian", "Italian", "Korean", "Norwegian_Nynorsk", "Persian", "Polish", "Portuguese", "Romanian",
    "Russian", "Slovak", "Slovenian", "Spanish", "Swedish", "Turkish", "Ukrainian", "Vietnamese",
)  # fmt: skip
_BESIDE = frozenset({"aside", "footer"})

Class = Literal["good", "near", "short", "bad", "beside"]


@cache
def common_words() -> frozenset[str]:
    """Give the commonest words of many languages, in lower case."""
    # justext's own reader makes a set of each list first
    lists = resources.files("justext").joinpath("stoplists")
    text = b"\n".join(lists.joinpath(f"{name}.txt").read_bytes() for name in _LANGUAGES).decode().lower()
    return frozenset(filter(None, text.split("\n")))


@lru_cache(maxsize=1000)
def common_share(text: str) -> float:
    """Give the share of a text's words that are among their language's commonest."""
    words = text.lower().split()
    return sum(map(common_words().__contains__, words)) / max(1, len(words))


def running(blocks: Sequence[SourceBlock]) -> NDArray[np.float32]:
    """Give 1 for each block of running text, 0 for the others."""
    beside = _beside(blocks)
    classes: list[Class] = [
        "beside" if is_beside else _alone(block) for block, is_beside in zip(blocks, beside, strict=True)
    ]
    seen = [at for at, each in enumerate(classes) if each != "beside"]
    votes = np.zeros(len(blocks), np.float32)
    for at, found in zip(seen, _among([classes[at] for at in seen]), strict=True):
        votes[at] = found == "good"
    return votes


def _alone(block: SourceBlock) -> Class:
    size = len(block.text)
    if block.n_link > _MOST_LINKS * size or "©" in block.text:
        return "bad"
    if size < _SHORT:
        return "bad" if block.n_link else "short"
    share = common_share(block.text)
    if share >= _MANY:
        return "good" if size > _LONG else "near"
    return "near" if share >= _SOME else "bad"


def _among(classes: Sequence[Class]) -> list[Class]:
    """Settle the short ones, then the nearly good ones, by the nearest that are settled on both sides."""
    settled = {"good", "bad"}
    before, after = _nearest(classes, settled), _nearest_after(classes, settled)
    before_near, after_near = _nearest(classes, {*settled, "near"}), _nearest_after(classes, {*settled, "near"})
    found = list(classes)
    for at, each in enumerate(classes):
        if each == "short":
            sides = {before[at], after[at]}
            is_near = (before[at] == "bad" and before_near[at] == "near") or (
                after[at] == "bad" and after_near[at] == "near"
            )
            found[at] = "good" if sides == {"good"} or (sides != {"bad"} and is_near) else "bad"
    before, after = _nearest(found, settled), _nearest_after(found, settled)
    return [
        each if each != "near" else "bad" if before[at] == after[at] == "bad" else "good"
        for at, each in enumerate(found)
    ]


def _nearest(classes: Iterable[Class], wanted: set[str]) -> list[Class]:
    """Give for each place the last wanted class before it; where there is none, bad."""
    last: list[Class] = list(accumulate(classes, lambda held, each: each if each in wanted else held, initial="bad"))
    return last[:-1]


def _nearest_after(classes: Sequence[Class], wanted: set[str]) -> list[Class]:
    return _nearest(reversed(classes), wanted)[::-1]


def _beside(blocks: Sequence[SourceBlock]) -> list[bool]:
    """Say which blocks lie in an aside or a footer."""
    known: dict[HtmlElement, bool] = {}
    found = []
    for block in blocks:
        chain: list[HtmlElement] = []
        element: HtmlElement | None = block.element
        while element is not None and element not in known:
            chain.append(element)
            element = element.getparent()
        is_beside = known[element] if element is not None else False
        for each in reversed(chain):
            is_beside = is_beside or each.tag in _BESIDE
            known[each] = is_beside
        found.append(is_beside)
    return found
