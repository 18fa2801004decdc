"""A body as lines: what is left of a page's tree, line by line, and the plain text with its marks put together again.

Owns the Line, the unit that cleaning judges. White space inside a line is folded, except in code.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from archive.records import Mark
from pipelines.source_blocks import BLOCK_TAGS, SILENT_TAGS, SourceBlock, holders_of

_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6"}
_INLINE = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
_LONG_CELL = 400  # a cell longer than this is layout, not data
_CAPTIONS = frozenset({"figcaption", "caption"})
_CAPTION_CLASS = re.compile(
    r"(?i)(?:^|[\s_-])(?:caption|bildunterschrift|bildtext|billedtekst|bijschrift|l[eé]gend[ae]|didascalia|kuvateksti)(?:$|[\s_-])"
)
_LONG_CAPTION = 600  # a longer text is more than what stands below a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a body; lines of one group follow each other without an empty line between them."""

    text: str
    kind: str = "p"
    """p, h2 … h6, li, oli, code, row or caption."""
    group: int = 0
    """Of a list, a table or a paragraph with line breaks; 0 stands alone."""
    quoted: bool = False
    spans: tuple[Mark, ...] = ()
    """Inline marks within `text`."""


class _Reader:
    """Walks a page's tree along the elements that hold kept text, and gathers its lines."""

    def __init__(self, needed: frozenset[HtmlElement]) -> None:
        self.lines: list[Line] = []
        self._needed = needed
        self._text = ""
        self._spans: list[Mark] = []
        self._kind = "p"
        self._quoted = False
        self._group = 0
        self._last_group = 0
        self._breaks = 0

    def read(self, body: HtmlElement) -> list[Line]:
        self._visit(body)
        self._flush()
        return self.lines

    def _new_group(self) -> int:
        self._last_group += 1
        return self._last_group

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if self._kind == "code":
            self._text += text
            return
        text = _visible(text)
        if text[0].isspace() and self._text and not self._text.endswith(" "):
            self._text += " "
        if words := text.split():
            self._text += " ".join(words) + (" " if text[-1].isspace() else "")

    def _flush(self) -> None:
        if self._text.strip():
            text = self._text.rstrip() if self._kind != "code" else self._text.strip("\n")
            spans = tuple(
                replace(span, end=min(span.end, len(text)))
                for span in self._spans
                if span.start < min(span.end, len(text))
            )
            self.lines.append(
                Line(
                    text=text,
                    kind=self._kind,
                    group=self._group,
                    quoted=self._quoted,
                    spans=spans if self._kind != "code" else (),
                )
            )
            self._breaks = 0
        self._text, self._spans = "", []

    def _break(self) -> None:
        """A line break: one joins the lines to a group, two or more begin a new paragraph."""
        if self._kind == "code":
            self._text += "\n"
            return
        if self._kind != "p":
            self._add(" ")
            return
        self._flush()
        self._breaks += 1
        if self._breaks > 1:
            self._group = self._new_group()

    def _visit(self, element: HtmlElement) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "br":
            self._break()
        elif element not in self._needed:
            if tag in BLOCK_TAGS:
                self._flush()
            elif tag not in SILENT_TAGS:
                self._children(element)
        elif tag == "table":
            self._table(element)
        elif tag in BLOCK_TAGS:
            self._block(element, tag)
        elif tag not in SILENT_TAGS:
            self._inline(element, tag)

    def _inline(self, element: HtmlElement, tag: str) -> None:
        start, n_spans = len(self._text), len(self._spans)
        self._children(element)
        if len(self._text) <= start or len(self._spans) < n_spans:
            return
        start += self._text[start] == " "
        if mark := _INLINE.get(tag):
            self._spans.append(Mark(kind=mark, start=start, end=len(self._text)))
        elif tag == "a" and (target := element.get("href")):
            self._spans.append(Mark(kind="link", start=start, end=len(self._text.rstrip()), target=target))

    def _children(self, element: HtmlElement) -> None:
        self._add(element.text)
        for child in element:
            self._visit(child)
            self._add(child.tail)

    def _block(self, element: HtmlElement, tag: str) -> None:
        self._flush()
        kept = self._kind, self._quoted, self._group
        if tag in _HEADINGS:
            self._kind, self._group = _HEADINGS[tag], 0
        elif tag in {"ul", "ol"}:
            self._group = self._group if self._kind in {"li", "oli"} else self._new_group()
            self._kind = "oli" if tag == "ol" else "li"
        elif tag == "li" and self._kind not in {"li", "oli"}:
            self._kind = "li"
        elif tag == "blockquote":
            self._quoted = True
        elif tag == "pre":
            self._kind, self._group = "code", 0
        elif is_caption(element):
            self._kind, self._group = "caption", 0
        elif tag == "p" and self._kind == "p":
            self._group, self._breaks = self._new_group(), 0
        self._children(element)
        self._flush()
        self._kind, self._quoted, self._group = kept
        if self._kind == "p":
            self._group = self._new_group()

    def _table(self, element: HtmlElement) -> None:
        rows = data_rows(element)
        if rows is None:
            self._block(element, "div")
            return
        self._flush()
        for caption in element.iterchildren("caption"):
            self._block(caption, "caption")
        group = self._new_group()
        for row in rows:
            if any(row):
                while row and not row[-1]:
                    row.pop()
                self.lines.append(Line(text=" | ".join(row), kind="row", group=group, quoted=self._quoted))


def data_rows(table: HtmlElement) -> list[list[str]] | None:
    """Give the cells of a table's rows; None where the table lays out a page, or is a list."""
    rows = [
        [_folded("".join(cell.itertext())) for cell in row if isinstance(cell.tag, str)] for row in table.iter("tr")
    ]
    widest = max((len([cell for cell in row if cell]) for row in rows), default=0)
    is_data = widest > 1 and all(len(cell) <= _LONG_CELL for row in rows for cell in row) and not _is_layout(table)
    return rows if is_data else None


def _is_layout(table: HtmlElement) -> bool:
    """Say whether a table's cells hold paragraphs under a heading: then it parts the page, and is no data."""
    return any(
        next(cell.iter("h1", "h2"), None) is not None and next(cell.iter("p"), None) is not None
        for cell in table.iter("td")
    )


def is_caption(element: HtmlElement) -> bool:
    """Say whether an element is a caption, or is named for one and holds no more than one."""
    if element.tag in _CAPTIONS:
        return True
    name = element.get("class")
    return (
        bool(name and _CAPTION_CLASS.search(name))
        and sum(map(len, element.itertext())) <= _LONG_CAPTION
        and next(element.iter("table", "blockquote", "ul", "ol"), None) is None
    )


def _visible(text: str) -> str:
    """Give a text with spaces for the spaces that have no width."""
    return text.replace("\u200b", " ").replace("\ufeff", " ")


def _folded(text: str) -> str:
    return " ".join(_visible(text).split())


def lines_of(tree: HtmlElement, blocks: Iterable[SourceBlock]) -> list[Line]:
    """Read the kept blocks of a tree as lines; the text of all other blocks has been taken out of it."""
    return _Reader(frozenset(holders_of(blocks))).read(tree)


def text_of(lines: Iterable[Line]) -> str:
    """Give the plain text of some lines, as `compose` has it."""
    return compose(list(lines))[0]


def compose(lines: Sequence[Line]) -> tuple[str, tuple[Mark, ...]]:
    """Put lines together: the body (blocks apart by an empty line, lines of a group by a line break) and its marks."""
    parts: list[str] = []
    marks: list[Mark] = []
    position = 0
    quote_start: int | None = None
    previous: Line | None = None
    for line in lines:
        if previous is not None:
            separator = "\n" if line.group and line.group == previous.group else "\n\n"
            if quote_start is not None and not line.quoted:
                marks.append(Mark(kind="quote", start=quote_start, end=position))
                quote_start = None
            parts.append(separator)
            position += len(separator)
        if line.quoted and quote_start is None:
            quote_start = position
        parts.append(line.text)
        if line.kind != "p":
            marks.append(Mark(kind=line.kind, start=position, end=position + len(line.text)))
        marks += [replace(span, start=span.start + position, end=span.end + position) for span in line.spans]
        position += len(line.text)
        previous = line
    if quote_start is not None:
        marks.append(Mark(kind="quote", start=quote_start, end=position))
    return "".join(parts), tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end, mark.kind)))
