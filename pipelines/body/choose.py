"""Which blocks of a page are its story.

Owns the order: marks, votes, features, judgement. Gives the tree back without marks, and with the text of the chosen blocks alone.
"""

from collections.abc import Sequence

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.body.features import Known, Matrix, matrix, window
from pipelines.body.judge import forest
from pipelines.body.readers import readings, strip_silent
from pipelines.body.votes import mark, sizes_of, unmark, vote
from pipelines.clean.phrases import phrases
from pipelines.source_blocks import SourceBlock

_SIGNPOSTS = ("related_heading", "comments_heading", "about_author")
_SIGNPOST = 60
_LEAST = 0.25
"""Of what the voters keep together; a judgement that leaves less than this is not believed."""


def keep_story(
    tree: HtmlElement, blocks: Sequence[SourceBlock], known: Known, url: str, profile: str
) -> list[SourceBlock]:
    """Give the blocks of a page's story in order, and take the text of all others out of the tree."""
    strip_silent(tree)
    votes, sizes = ballots(tree, blocks, url, profile)
    keep = _judged(blocks, sizes, votes, known)
    unmark(blocks, keep)
    return [block for block, kept in zip(blocks, keep, strict=True) if kept]


def ballots(
    tree: HtmlElement, blocks: Sequence[SourceBlock], url: str, profile: str
) -> tuple[dict[str, Matrix], Matrix]:
    """Let the extractors vote on a page's blocks; the marks stay in the tree. Votes by voter, and the blocks' sizes."""
    sizes = sizes_of(blocks)
    mark(blocks)
    return {name: vote(text, sizes) for name, text in readings(tree, url, profile)}, sizes


def _judged(blocks: Sequence[SourceBlock], sizes: Matrix, votes: dict[str, Matrix], known: Known) -> list[bool]:
    keep = np.zeros(len(blocks), bool)
    first, end = window(votes, len(blocks))
    if end > first:
        judge = forest("full" if len(votes) > 1 else "fast")
        inside = {name: each[first:end] for name, each in votes.items()}
        rows = matrix(blocks[first:end], sizes[first:end], inside, known, judge.voters)
        keep[first:end] = judge.probability(rows) >= judge.threshold
        agreed = _agreed(inside)
        if sizes[keep].sum() <= _LEAST * sizes[first:end][agreed].sum():
            keep[first:end] = agreed
        _keep_signposts(blocks, keep)
    return [bool(each) for each in keep]


def _keep_signposts(blocks: Sequence[SourceBlock], keep: NDArray[np.bool_]) -> None:
    """Keep the headings of teasers, comments and author boxes among the story: the line cleaner cuts from them on."""
    kept = np.flatnonzero(keep)
    if not len(kept):
        return
    for at in range(int(kept[0]), int(kept[-1])):
        text = blocks[at].text
        if not keep[at] and len(text) < _SIGNPOST and any(phrases(group).match(text) for group in _SIGNPOSTS):
            keep[at] = True


def _agreed(votes: dict[str, Matrix]) -> NDArray[np.bool_]:
    """Give the blocks that at least half of the voters keep; where there are none, those of the first that keeps any."""
    half = np.stack(list(votes.values())).sum(0) >= len(votes) / 2
    return half if half.any() else next((each > 0.5 for each in votes.values() if (each > 0.5).any()), half)
