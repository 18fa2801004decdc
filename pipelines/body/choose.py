"""Which blocks of a page are its story.

Owns the order: marks, votes, evidence, judgement. Gives the tree back without marks, and with the text of the chosen blocks alone.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.body.features import evidence_of, matrix
from pipelines.body.judge import Forest, cut_at, forest
from pipelines.body.readers import READERS, readings, strip_textless
from pipelines.body.running import running
from pipelines.body.tables import keep_tables
from pipelines.body.votes import mark, sizes_of, unmark, vote
from pipelines.body.wording import Known, Matrix
from pipelines.clean.phrases import says
from pipelines.source_blocks import SourceBlock

VOTERS = {
    "full": ("trafilatura", "readability", "resiliparse", "running"),
    "fast": ("trafilatura", "resiliparse", "running"),
}
_MOST_ELEMENTS = 5_000  # beyond it readability takes minutes: its cost grows with the square
_NEAR = 3
"""So many blocks around one that got a vote are judged, too."""
_SIGNPOSTS = ("related_heading", "comments_heading", "about_author")
_SIGNPOST = 60
_LEAST = 0.25
"""Of what the voters keep together; a judgement that leaves less than this is not believed."""


def keep_story(
    tree: HtmlElement, blocks: Sequence[SourceBlock], known: Known, url: str, profile: str
) -> list[SourceBlock]:
    """Give the blocks of a page's story in order, and take the text of all others out of the tree."""
    if profile != "fast" and sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        profile = "fast"
    sizes = sizes_of(blocks)
    votes, texts = ballots(tree, blocks, sizes, url, VOTERS[profile])
    keep = _judged(blocks, sizes, votes, known, forest(profile))
    unmark(blocks, texts, keep)
    return [block for block, kept in zip(blocks, keep, strict=True) if kept]


def ballots(
    tree: HtmlElement, blocks: Sequence[SourceBlock], sizes: Matrix, url: str, voters: Sequence[str]
) -> tuple[dict[str, Matrix], list[list[str]]]:
    """Let the voters vote on a page's blocks; the marks stay in the tree. Votes by voter, and the texts before marking."""
    strip_textless(tree, blocks)
    votes = {"running": running(blocks)}
    texts = mark(blocks)
    for name, text in readings(tree, url, (name for name in voters if name in READERS)):
        votes[name] = vote(text, sizes)
    return votes, texts


def worth_judging(votes: Mapping[str, Matrix]) -> NDArray[np.int64]:
    """Give the numbers of the blocks that got a vote, and of the few around each."""
    voted = np.max(np.stack(list(votes.values())), 0) > 0
    around = np.convolve(voted, np.ones(2 * _NEAR + 1), "full")[_NEAR : _NEAR + len(voted)]
    return np.flatnonzero(around > 0)


def _judged(
    blocks: Sequence[SourceBlock], sizes: Matrix, votes: Mapping[str, Matrix], known: Known, judge: Forest
) -> list[bool]:
    keep = np.zeros(len(blocks), bool)
    at = worth_judging(votes) if blocks else np.zeros(0, np.int64)
    if len(at):
        seen = {name: votes[name][at] for name in judge.voters}
        evidence = evidence_of([blocks[each] for each in at], sizes[at], known)
        probability = judge.probability(matrix(evidence, seen, judge.voters))
        keep[at] = probability >= cut_at(probability, sizes[at])
        agreed = _agreed(seen)
        if sizes[keep].sum() <= _LEAST * sizes[at][agreed].sum():
            keep[at] = agreed
        keep_tables(blocks, keep)
        _keep_signposts(blocks, keep)
    return [bool(each) for each in keep]


def _keep_signposts(blocks: Sequence[SourceBlock], keep: NDArray[np.bool_]) -> None:
    """Keep the headings of teasers, comments and author boxes among the story: the line cleaner cuts from them on."""
    kept = np.flatnonzero(keep)
    if not len(kept):
        return
    for at in range(int(kept[0]), int(kept[-1])):
        text = blocks[at].text
        if not keep[at] and len(text) < _SIGNPOST and says(text, *_SIGNPOSTS):
            keep[at] = True


def _agreed(votes: Mapping[str, Matrix]) -> NDArray[np.bool_]:
    """Give the blocks that at least half of the voters keep; where there are none, those of the first that keeps any."""
    half = np.stack(list(votes.values())).sum(0) >= len(votes) / 2
    return half if half.any() else next((each > 0.5 for each in votes.values() if (each > 0.5).any()), half)
