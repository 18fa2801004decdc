"""What a changed spam lexicon can touch: readings that asked about something on which the two lexicons differ.

Pure. Owns the comparison of two lexicons as they are matched (lexicon.py), never as they are written: an entry that moved, or that
another one hides, is no change. It errs to one side: what is said to be untouched comes out the same.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from pipelines.clean.lexicon import Lexicon, filler_item, joined_pairs
from pipelines.clean.trace import SetsOfItems, Trace

K = TypeVar("K")


class LexiconChange:
    """The difference between two lexicons."""

    def __init__(self, before: Lexicon, after: Lexicon) -> None:
        self._before, self._after = before, after
        phrases = _differing(_phrases(before), _phrases(after))
        joined = _differing(before.written[1], after.written[1])
        fillers = _fillers(before) ^ _fillers(after)
        self._items = SetsOfItems([*phrases, *map(joined_pairs, joined), *([item] for item in fillers)])
        self._answers_alike = lru_cache(maxsize=100_000)(self._compare_label)
        self._has_other_labels = (before.hosts, before.squeezed) != (after.hosts, after.squeezed)
        self._has_other_shapes = before.shapes != after.shapes

    def touches(self, page: Trace) -> bool:
        """Say whether a page with this trace could be read otherwise."""
        return (
            self._items.any_in(page)
            or (self._has_other_labels and not all(map(self._answers_alike, page.names)))
            or (self._has_other_shapes and any(map(self._is_shaped_otherwise, page.shaped)))
        )

    def _compare_label(self, label: str) -> bool:
        before, after = self._before, self._after
        return before.told_by(label) == after.told_by(label) and before.spelled_in(label) == after.spelled_in(label)

    def _is_shaped_otherwise(self, word: str) -> bool:
        return self._before.trade_of_shape(word) != self._after.trade_of_shape(word)


def _phrases(lexicon: Lexicon) -> dict[tuple[str, ...], tuple[str, bool]]:
    return {(first, *rest): entry for first, found in lexicon.written[0].items() for rest, entry in found.items()}


def _fillers(lexicon: Lexicon) -> set[str]:
    return {filler_item(trade, word) for trade, words in lexicon.fillers.items() for word in words}


def _differing(before: Mapping[K, object], after: Mapping[K, object]) -> list[K]:
    return [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
