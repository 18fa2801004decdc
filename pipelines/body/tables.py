"""Tables of data in the middle of a story: kept whole.

A judge of blocks knows a number alone in its cell for no story. Owns when a table is the story's: what stands before and behind
it is kept, it is no row of links, and either some of it was kept or it stands beside what was.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.bodytext import data_rows
from pipelines.source_blocks import SourceBlock

_MOST_LINKS = 0.3
_BESIDE = 3
"""So many elements above a table may be what it and the story share."""


def keep_tables(blocks: Sequence[SourceBlock], keep: NDArray[np.bool_]) -> None:
    """Keep all blocks of the story's tables."""
    kept = np.flatnonzero(keep)
    if not len(kept):
        return
    tables: dict[HtmlElement, list[int]] = defaultdict(list)
    for at in range(int(kept[0]), int(kept[-1]) + 1):
        element = blocks[at].element
        table = element if element.tag == "table" else next(element.iterancestors("table"), None)
        if table is not None:
            tables[table].append(at)
    for table, own in tables.items():
        before, behind = kept[kept < own[0]], kept[kept > own[-1]]
        if keep[own].all() or not len(before) or not len(behind) or data_rows(table) is None:
            continue
        size = sum(len(blocks[at].text) for at in own)
        linked = sum(min(blocks[at].n_link, len(blocks[at].text)) for at in own)
        if linked < _MOST_LINKS * size and (
            keep[own].any() or _shares(table, blocks[before[-1]]) or _shares(table, blocks[behind[0]])
        ):
            keep[own] = True


def _shares(table: HtmlElement, block: SourceBlock) -> bool:
    """Say whether a block stands beside a table, or beside what frames it."""
    around = set(islice(table.iterancestors(), _BESIDE))
    return not around.isdisjoint([block.element, *islice(block.element.iterancestors(), _BESIDE)])
