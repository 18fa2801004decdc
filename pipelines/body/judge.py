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

from pipelines.body.features import Matrix

MODEL = "body_judge.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Decision trees side by side: arrays of shape (trees, nodes); a leaf leads to itself."""

    voters: tuple[str, ...]
    threshold: float
    """A block is kept from this probability on."""
    depth: int
    feature: NDArray[np.int32]
    split: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]

    def probability(self, rows: Matrix) -> NDArray[np.float64]:
        """Give the probability (0 to 1) of each row, shape (blocks,)."""
        n_trees = len(self.feature)
        trees = np.arange(n_trees)[None, :]
        node = np.zeros((len(rows), n_trees), np.int32)
        each = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[each, self.feature[trees, node]] <= self.split[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        score: NDArray[np.float64] = self.value[trees, node].sum(1)
        return 1.0 / (1.0 + np.exp(-score))


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
        leaf = np.array(tree["left"]) < 0
        feature[at, :n] = tree["feature"]
        split[at, :n] = tree["split"]
        left[at, :n] = np.where(leaf, itself, tree["left"])
        right[at, :n] = np.where(leaf, itself, tree["right"])
        value[at, :n] = tree["value"]
    return Forest(
        voters=tuple(model["voters"]),
        threshold=model["threshold"],
        depth=model["depth"],
        feature=feature,
        split=split,
        left=left,
        right=right,
        value=value,
    )
