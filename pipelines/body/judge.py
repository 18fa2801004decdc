"""Whether a block is part of the story: a small trained forest over the block's features.

Owns the model in data/body_judge.json (made by benchmarks/train_body.py) and its arithmetic. Without a library for it: some
hundred small trees are a few array operations.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.body.wording import Matrix

MODEL = "body_judge.json"
_CUTS = (0.25, 0.4)  # the line cleaner follows, and can cut but not add


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Decision trees side by side: arrays of shape (trees, nodes).

    `left` and `right` number the nodes of all trees; a leaf leads to itself.
    """

    voters: tuple[str, ...]
    depth: int
    feature: NDArray[np.int32]
    split: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]

    def probability(self, rows: Matrix) -> NDArray[np.float64]:
        """Give the probability (0 to 1) of each row, shape (blocks,)."""
        n_trees, n_nodes = self.feature.shape
        feature, split, left, right = (each.ravel() for each in (self.feature, self.split, self.left, self.right))
        n_columns = rows.shape[1]
        cells = rows.ravel()
        begin = (np.arange(len(rows)) * n_columns)[:, None]
        node = np.tile(np.arange(n_trees) * n_nodes, (len(rows), 1))
        for _ in range(self.depth):
            goes_left = cells.take(begin + feature.take(node)) <= split.take(node)
            node = np.where(goes_left, left.take(node), right.take(node))
        score: NDArray[np.float64] = self.value.ravel().take(node).sum(1)
        return 1.0 / (1.0 + np.exp(-score))


def cut_at(probability: NDArray[np.float64], sizes: Matrix) -> float:
    """Give the probability from which on blocks are kept, so that the text has the highest F1 that is to be expected.

    Where a page leaves the judge in doubt, more is kept than half of the doubtful (Lewis 1995: half of the F1 to be had).
    """
    order = np.argsort(-probability, kind="stable")
    expected = np.cumsum((probability * sizes)[order])
    f1 = 2 * expected / np.maximum(1.0, np.cumsum(sizes[order]) + expected[-1])
    return float(np.clip(probability[order[int(f1.argmax())]], *_CUTS))


@cache
def forest(profile: str) -> Forest:
    """Give the trained forest of a profile: `full` or `fast`."""
    text = resources.files("presskeep_data").joinpath(MODEL).read_text("utf-8")
    return of_json(json.loads(text)[profile])


def of_json(model: dict[str, Any]) -> Forest:
    """Read a forest as the training wrote it: for each tree its nodes as lists, leaves with `left` of -1."""
    trees = model["trees"]
    most = max(len(tree["feature"]) for tree in trees)
    shape = (len(trees), most)
    feature, left, right = (np.zeros(shape, np.int32) for _ in range(3))
    split, value = np.zeros(shape, np.float64), np.zeros(shape, np.float64)
    for at, tree in enumerate(trees):
        n = len(tree["feature"])
        itself = np.arange(n)
        begin = at * most
        leaf = np.array(tree["left"]) < 0
        feature[at, :n] = tree["feature"]
        split[at, :n] = tree["split"]
        left[at, :n] = begin + np.where(leaf, itself, tree["left"])
        right[at, :n] = begin + np.where(leaf, itself, tree["right"])
        value[at, :n] = tree["value"]
    return Forest(
        voters=tuple(model["voters"]),
        depth=model["depth"],
        feature=feature,
        split=split,
        left=left,
        right=right,
        value=value,
    )
