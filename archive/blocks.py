"""The blocks of a body: paragraphs, headings, list items and the like, with the inline structure inside each.

Owns how `body` and `marks` are read together. Pure, and forgiving: a mark that fits no text is passed over.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote, urlsplit

from archive.records import Mark

INLINE = frozenset({"link", "em", "strong"})
LISTS = frozenset({"li", "oli", "row"})
DEEPEST = 12
"""Inline marks in one another: what is deeper is no text of people."""
SAFE_SCHEMES = frozenset({"http", "https", "mailto"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of text under the same inline marks, outermost first."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block: `kind` is p, a heading (h2 … h6), li, oli, code, row or caption; `quoted` inside a quotation."""

    kind: str
    start: int
    quoted: bool
    first: bool
    """It begins a list or table (always true of other kinds)."""
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The block's plain text."""
        return "".join(run.text for run in self.runs)


def blocks(body: str, marks: Sequence[Mark]) -> list[Block]:
    """Read a body as blocks, in order; together they hold all its text but the line breaks between them."""
    valid = sorted(
        (mark for mark in marks if 0 <= mark.start < mark.end <= len(body)), key=lambda mark: (mark.start, -mark.end)
    )
    inline = [mark for mark in valid if mark.kind in INLINE]
    quotes = _merged([mark for mark in valid if mark.kind == "quote"])
    structure = [mark for mark in valid if mark.kind not in INLINE and mark.kind != "quote"]
    found: list[Block] = []
    previous_end = 0
    reaching: list[Mark] = []
    n_seen = 0
    for kind, start, end in _spans(body, structure, [edge for span in quotes for edge in span]):
        reaching = [mark for mark in reaching if mark.end > start]
        while n_seen < len(inline) and inline[n_seen].start < end:
            reaching.append(inline[n_seen])
            n_seen += 1
        # more quotations have begun than ended
        quoted = bool(
            bisect_right(quotes, start, key=lambda span: span[0])
            > bisect_right(quotes, start, key=lambda span: span[1])
        )
        follows = bool(found) and kind in LISTS and found[-1].kind == kind and "\n\n" not in body[previous_end:start]
        runs = tuple(_runs(body, start, end, reaching))
        found.append(Block(kind=kind, start=start, quoted=quoted, first=not follows, runs=runs))
        previous_end = end
    return found


def _merged(quotes: Sequence[Mark]) -> list[tuple[int, int]]:
    """Give the spans that quotations cover; one inside another is one."""
    spans: list[tuple[int, int]] = []
    for mark in quotes:
        if spans and mark.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], mark.end))
        else:
            spans.append((mark.start, mark.end))
    return spans


def _spans(body: str, structure: Sequence[Mark], edges: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Cut the body into (kind, start, end): what no structural mark covers is paragraphs, cut at empty lines and `edges`."""
    position = 0
    for mark in structure:
        if mark.start < position:
            continue
        yield from _paragraphs(body, position, mark.start, edges)
        start, end = _trimmed(body, mark.start, mark.end)
        if start < end:
            yield mark.kind, start, end
        position = mark.end
    yield from _paragraphs(body, position, len(body), edges)


def _paragraphs(body: str, start: int, end: int, edges: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    while start < end:
        cut = body.find("\n\n", start, end)
        next_edge = bisect_right(edges, start)
        stop = min(cut if cut >= 0 else end, edges[next_edge] if next_edge < len(edges) else end, end)
        first, last = _trimmed(body, start, stop)
        if first < last:
            yield "p", first, last
        start = max(stop, start + 1)
        while start < end and body[start] == "\n":
            start += 1


def _trimmed(body: str, start: int, end: int) -> tuple[int, int]:
    while start < end and body[start] == "\n":
        start += 1
    while end > start and body[end - 1] == "\n":
        end -= 1
    return start, end


def _runs(body: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[Run]:
    """Cut one block's text where inline marks begin and end."""
    inside: list[tuple[int, int, Mark]] = []
    for mark in marks:
        first, last = max(mark.start, start), min(mark.end, end)
        # emphasis that begins or ends in a space is none in Markdown, and looks wrong underlined
        while first < last and body[first].isspace():
            first += 1
        while last > first and body[last - 1].isspace():
            last -= 1
        if first < last:
            inside.append((first, last, mark))
    inside.sort(key=lambda one: (one[0], -one[1]))
    active: list[tuple[int, Mark]] = []
    n_begun = 0
    for left, right in pairwise(sorted({start, end, *(edge for first, last, _ in inside for edge in (first, last))})):
        active = [(last, mark) for last, mark in active if last > left]
        while n_begun < len(inside) and inside[n_begun][0] <= left:
            if len(active) < DEEPEST:
                active.append((inside[n_begun][1], inside[n_begun][2]))
            n_begun += 1
        yield Run(text=body[left:right], marks=tuple(mark for _, mark in active))


def inline(runs: Sequence[Run], tags: Callable[[Mark], tuple[str, str]], text: Callable[[str], str]) -> str:
    """Write runs with their marks opened and closed in order, each by its pair of `tags`, the text as `text` gives it."""
    out: list[str] = []
    opened: list[Mark] = []
    for run in (*runs, Run(text="")):
        keep = 0
        while keep < len(opened) and opened[keep : keep + 1] == list(run.marks[keep : keep + 1]):
            keep += 1
        out.extend(tags(mark)[1] for mark in reversed(opened[keep:]))
        out.extend(tags(mark)[0] for mark in run.marks[keep:])
        opened = list(run.marks)
        out.append(text(run.text))
    return "".join(out)


def safe_target(mark: Mark) -> str | None:
    """Give a link's URL where following it can run nothing: http, https or mailto; else None."""
    target = (mark.target or "").strip()
    try:
        scheme = urlsplit(target).scheme.lower()
    except ValueError:
        return None
    # control characters inside a scheme are dropped by browsers: quoting shows them
    return quote(target, safe="%/:=&?~#+!$,;'@()*[]") if scheme in SAFE_SCHEMES else None


def row_cells(text: str) -> list[str]:
    """Give the cells of a table row."""
    return [cell.strip() for cell in re.split(r"\t| \| ", text)]
