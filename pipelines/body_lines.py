"""The lines of a stored body: what `compose` put together, taken apart again.

Owns the way back from (body, marks) to lines, so that a kept reading can be cleaned without its page. Pure:
`compose(lines_from(body, marks))` gives body and marks again.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from archive.blocks import INLINE
from archive.records import Mark
from pipelines.bodytext import Line


def lines_from(body: str, marks: Sequence[Mark]) -> list[Line]:
    """Take a body apart; marks that lie outside it or across lines are passed over."""
    valid = [mark for mark in marks if 0 <= mark.start < mark.end <= len(body)]
    blocks = {mark.start: mark for mark in valid if mark.kind not in INLINE and mark.kind != "quote"}
    quotes = [mark for mark in valid if mark.kind == "quote"]
    spans = sorted((mark for mark in valid if mark.kind in INLINE), key=lambda mark: mark.start)
    starts = [mark.start for mark in spans]
    lines: list[Line] = []
    group = n_seen = 0
    for start, end, joined in _pieces(body, blocks):
        group = group if joined and lines else group + 1
        first, n_seen = n_seen, bisect_right(starts, end - 1)
        block = blocks.get(start)
        lines.append(
            Line(
                text=body[start:end],
                kind=block.kind if block is not None and block.end == end else "p",
                group=group,
                quoted=any(mark.start <= start < mark.end for mark in quotes),
                spans=tuple(
                    replace(mark, start=mark.start - start, end=mark.end - start)
                    for mark in spans[first:n_seen]
                    if start <= mark.start and mark.end <= end
                ),
            )
        )
    return lines


def _pieces(body: str, blocks: dict[int, Mark]) -> Iterator[tuple[int, int, bool]]:
    """Cut a body at its line breaks, but not inside code: (start, end, joined to the line before by one break)."""
    start = 0
    breaks = 2
    while start < len(body):
        if body[start] == "\n":
            breaks += 1
            start += 1
            continue
        block = blocks.get(start)
        stop = body.find("\n", block.end if block is not None and block.kind == "code" else start)
        end = len(body) if stop < 0 else stop
        yield start, end, breaks == 1
        start, breaks = end, 0
