"""Blocks that were put back in a source: cleaning leaves them, and gives them back where an extractor dropped them.

Owns how such a text is recognised on a page: by its letters and digits, whatever the markup around it.
"""

from collections.abc import Iterable, Sequence

from pipelines.bodytext import Line
from pipelines.clean.lines import Cut
from pipelines.source_blocks import Sources, key_of

LONGEST = 4000
"""Letters of a removal that are kept."""


class Restored:
    """The texts that were put back in a source."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Know each text as a whole, and each of its lines: one removal may have held several blocks."""
        self._keys = frozenset(
            key for text in texts for part in (text, *text.split("\n")) if (key := key_of(part[:LONGEST]))
        )

    def __bool__(self) -> bool:
        """Say whether anything was put back."""
        return bool(self._keys)

    def has(self, text: str) -> bool:
        """Say whether a text was put back, or all lines of it."""
        if not self._keys:
            return False
        return key_of(text[:LONGEST]) in self._keys or all(key_of(line) in self._keys for line in text.split("\n"))


NOTHING_RESTORED = Restored()


def put_back(
    lines: Sequence[Line], cuts: Sequence[Cut], sources: Sources, restored: Restored
) -> tuple[list[Line], list[Cut]]:
    """Give a body with its restored lines: those that were cut, and those that stand on the page and in no body."""
    if not restored:
        return list(lines), list(cuts)
    kept = iter(lines)
    by_position = {cut.position: cut for cut in cuts}
    body: list[Line] = []
    left: list[Cut] = []
    for position in range(len(lines) + len(cuts)):
        cut = by_position.get(position)
        if cut is None:
            body.extend(line for line in (next(kept, None),) if line is not None)
        elif restored.has(cut.line.text):
            body.append(cut.line)
        else:
            left.append(cut)
    return _with_dropped([*body, *kept], sources, restored), left


def _with_dropped(lines: list[Line], sources: Sources, restored: Restored) -> list[Line]:
    order = {id(block): at for at, block in enumerate(sources.blocks)}
    body = list(lines)
    known = {key_of(line.text) for line in body}
    whole = "".join(key_of(line.text) for line in body)
    for block in sources.blocks:
        if not restored.has(block.text) or block.key in known or block.key in whole:
            continue
        known.add(block.key)
        at = order[id(block)]
        places = [order[id(found)] if (found := sources.find(line.text)) else -1 for line in body]
        before = next((index for index, place in enumerate(places) if place > at), len(body))
        body.insert(before, Line(text=block.text))
    return body
