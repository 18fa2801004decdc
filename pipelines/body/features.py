"""What is known of each block of a page when it is judged: the votes on it, its text, its place, its neighbours.

Owns the order and meaning of the matrix's columns; the trained model speaks of columns by number, so a change here asks for
training (benchmarks/train_body.py). Pure arithmetic over what places.py and wording.py have found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.body.places import DEEPEST, HINTS, TAGS, Places, places_of
from pipelines.body.wording import COLUMN, Known, Matrix, wording
from pipelines.source_blocks import SourceBlock

_ABOVE = (
    "article", "main", "aside", "footer", "header", "nav", "form", "figure", "table", "ul", "blockquote", "section", "li",
    "details", "dl",
)  # fmt: skip
_FAR = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of some blocks whatever the votes: rows in the order of the page."""

    sizes: Matrix
    """Characters, white space left out."""
    wording: Matrix
    places: Places


def evidence_of(blocks: Sequence[SourceBlock], sizes: Matrix, known: Known) -> Evidence:
    """Look at each block."""
    return Evidence(sizes=sizes, wording=wording(blocks, known), places=places_of(blocks))


def matrix(evidence: Evidence, votes: Mapping[str, Matrix], voters: Sequence[str]) -> Matrix:
    """Give a row for each block, in order; `votes` by voter, each a share (0 to 1) for each block."""
    sizes, words, places = evidence.sizes, evidence.wording, evidence.places
    n = len(sizes)
    ballots = np.stack([votes.get(name, np.zeros(n, np.float32)) for name in voters], 1)
    trust = _trust(ballots, sizes)
    weighted = ballots @ trust / max(1e-6, float(trust.sum()))
    links = words[:, COLUMN["links"]]
    columns = [
        ballots,
        ballots.sum(1, keepdims=True),
        weighted[:, None],
        words,
        _of_place(places),
        _of_holders(places, sizes, weighted, links),
        _of_order(sizes, weighted),
        _of_neighbours(weighted, ballots, sizes, links, words),
        np.tile(np.concatenate([trust, _of_page(sizes, weighted, ballots)])[None, :], (n, 1)),
    ]
    return np.concatenate(columns, 1).astype(np.float32)


def _trust(ballots: Matrix, sizes: Matrix) -> Matrix:
    """Give how well each voter's text agrees with the others' (mean F1 over characters)."""
    n_voters = ballots.shape[1]
    if n_voters == 1:
        return np.ones(1, np.float32)
    kept = ballots * sizes[:, None]
    totals = kept.sum(0)
    shared = np.minimum(kept[:, :, None], kept[:, None, :]).sum(0)
    f1 = 2 * shared / np.maximum(1.0, totals[:, None] + totals[None, :])
    agreement: Matrix = ((f1.sum(1) - np.diag(f1)) / (n_voters - 1)).astype(np.float32)
    return agreement


def _of_place(places: Places) -> Matrix:
    """Give where each block stands: its tag, how far above each telling tag is, and the hints near, further and far."""
    tags = places.tags()
    hints = np.where(places.holders >= 0, places.hints[places.holders], 0)
    levels = [np.bitwise_or.reduce(hints[:, reach], 1)[:, None] for reach in (slice(2), slice(2, 5), slice(5, DEEPEST))]
    bits = 1 << np.arange(len(HINTS), dtype=np.int64)
    near, middle, far = ((level & bits) > 0 for level in levels)
    above = []
    for tag in _ABOVE:
        is_it = tags == TAGS.index(tag)
        above.append(np.where(is_it.any(1), is_it.argmax(1), -1))
    return np.concatenate(
        [tags[:, :1], np.stack(above, 1), np.select([near, middle, far], [1.0, 0.5, 0.25], 0.0)], 1
    ).astype(np.float32)


def _of_holders(places: Places, sizes: Matrix, good: Matrix, links: Matrix) -> Matrix:
    """Give how much of the page's voted text the elements around a block hold, and how much in them is links."""
    holders, look = places.holders, places.look
    n_elements = len(places.tag)
    is_there = holders >= 0

    def held(amount: Matrix) -> NDArray[Any]:
        weights = np.broadcast_to(amount[:, None], holders.shape)[is_there]
        return np.bincount(holders[is_there], weights, minlength=n_elements)

    voted, total, linked = held(sizes * good), held(sizes), held(sizes * links)
    every = max(1.0, float((sizes * good).sum()))
    depth = is_there.sum(1)
    shares = np.where(is_there, voted[holders] / every, 0.0)
    rows = np.arange(len(sizes))
    parent, above = (holders[rows, np.minimum(up, depth - 1)] for up in (1, 2))
    by_parent = np.bincount(parent, sizes * good, minlength=n_elements)
    by_look = np.bincount(look, sizes * good)
    columns = [shares[rows, np.minimum(up, depth - 1)] for up in (1, 2, 3, 4)]
    for most in (0.5, 0.9):
        is_most = shares > most
        columns.append(np.where(is_most.any(1), is_most.argmax(1), DEEPEST))
    columns += [by_parent[parent] / every, by_look[look] / every, np.bincount(look)[look]]
    for element in (parent, above):
        whole = np.maximum(1.0, total[element])
        columns += [linked[element] / whole, np.log1p(total[element]), voted[element] / whole]
    return np.stack([*columns, depth], 1).astype(np.float32)


def _of_order(sizes: Matrix, good: Matrix) -> Matrix:
    """Give how far along the page and the voted text a block stands."""
    n = len(sizes)
    at = np.arange(n)
    core = np.flatnonzero((good > 0.55) & (sizes > 60))
    first, last = (int(core[0]), int(core[-1])) if len(core) else (0, n - 1)
    run = np.cumsum(sizes * good) / max(1.0, float((sizes * good).sum()))
    return np.stack(
        [
            at / max(1, n),
            (at - first) / max(1, last - first),
            np.clip(at - first, -_FAR, _FAR),
            np.clip(at - last, -_FAR, _FAR),
            run,
            1 - run,
        ],
        1,
    ).astype(np.float32)


def _of_neighbours(good: Matrix, ballots: Matrix, sizes: Matrix, links: Matrix, words: Matrix) -> Matrix:
    """Give the same of the three blocks before and behind, and how much around is voted for."""
    base = np.stack(
        [
            good,
            np.log1p(sizes),
            links,
            words[:, COLUMN["ends_sentence"]],
            ballots[:, 0],
            words[:, COLUMN["common_words"]],
        ],
        1,
    )
    n = len(base)
    columns = [_shifted(base, step) for step in (1, 2, 3, -1, -2, -3)]
    for reach in (3, 8):
        kernel = np.ones(2 * reach + 1)
        around = np.convolve(good * sizes, kernel, "full")[reach : reach + n]
        columns.append((around / np.maximum(1.0, np.convolve(sizes, kernel, "full")[reach : reach + n]))[:, None])
    return np.concatenate(columns, 1)


def _shifted(values: Matrix, step: int) -> Matrix:
    moved = np.full_like(values, -1.0)
    if step > 0:
        moved[step:] = values[:-step]
    else:
        moved[:step] = values[-step:]
    return moved


def _of_page(sizes: Matrix, good: Matrix, ballots: Matrix) -> Matrix:
    """Give what holds for all of a page's blocks: how much is voted for, and by how many."""
    voted = float((sizes * good).sum())
    first = float((sizes * ballots[:, 0]).sum())
    return np.array(
        [np.log1p(voted), first / max(1.0, voted), voted / max(1.0, float(sizes.sum())), np.log1p(len(sizes))],
        np.float32,
    )
