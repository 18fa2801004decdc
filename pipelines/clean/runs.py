"""A page's runs of text with the nodes that hold them, so that a part of one can be cut from the page itself.

Owns the walk and the cut. The runs are the blocks of source_blocks.py; that walk is every page's and holds no nodes.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from pipelines.source_blocks import BLOCK_TAGS, SILENT_TAGS, key_of

_MEDIA = frozenset(
    {"img", "picture", "video", "audio", "iframe", "svg", "object", "embed", "input", "button", "canvas"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A text node: the text of an element, or what follows it."""

    element: HtmlElement
    is_tail: bool
    text: str
    target: str | None
    """Of the link that it is in."""

    @property
    def holder(self) -> HtmlElement:
        """The element that it stands in."""
        if not self.is_tail:
            return self.element
        parent = self.element.getparent()
        return self.element if parent is None else parent


@dataclass(slots=True, kw_only=True)
class Run:
    """A run of text between two block boundaries."""

    holder: HtmlElement
    pieces: list[Piece] = field(default_factory=list)
    is_dumb: bool = False
    """It has no seller's word and no link to others: known, so that nobody looks again."""

    @property
    def raw(self) -> str:
        """Its text as it stands."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def text(self) -> str:
        """Its text with white space folded."""
        return " ".join(self.raw.split())

    @property
    def key(self) -> str:
        """Its letters and digits, as a line of a body has them."""
        return key_of(self.raw)

    def links(self) -> Iterator[tuple[int, int, str]]:
        """Give its links: where in `raw` they stand, and their targets."""
        at = 0
        start: int | None = None
        target: str | None = None
        for piece in self.pieces:
            if piece.target != target:
                if target is not None and start is not None:
                    yield start, at, target
                start, target = at, piece.target
            at += len(piece.text)
        if target is not None and start is not None:
            yield start, at, target

    def cut(self, start: int = 0) -> None:
        """Cut the run from its page, from a place in `raw` on; what is left empty goes, too."""
        at = 0
        emptied: list[HtmlElement] = []
        for piece in self.pieces:
            end = at + len(piece.text)
            if end > start:
                kept = piece.text[: max(0, start - at)]
                if piece.is_tail:
                    piece.element.tail = kept
                else:
                    piece.element.text = kept
                    emptied.append(piece.element)
            at = end
        if not start:
            emptied.append(self.holder)
        for element in emptied:
            _prune(element)


def runs_of(tree: HtmlElement, *, never_shown: bool = False) -> list[Run]:
    """List a page's runs of text in order; those of templates and noscript elements only where asked for."""
    silent = SILENT_TAGS - {"template", "noscript"} if never_shown else SILENT_TAGS
    return [run for run in _walk(tree, silent) if any(not piece.text.isspace() for piece in run.pieces)]


def _walk(tree: HtmlElement, silent: Collection[str]) -> Iterator[Run]:
    holders: list[HtmlElement] = [tree]
    links: list[str] = []
    run = Run(holder=tree)
    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        tag = str(element.tag)
        is_start = event == "start"
        if tag in silent:
            if is_start:
                walker.skip_subtree()
        elif tag in BLOCK_TAGS:
            yield run
            if is_start:
                holders.append(element)
            else:
                holders.pop()
            run = Run(holder=holders[-1])
        elif tag == "a":
            if is_start:
                links.append((element.get("href") or "").strip())
            elif links:
                links.pop()
        text = element.text if is_start and tag not in silent else element.tail if not is_start else None
        if text and (is_start or element is not tree):
            run.pieces.append(
                Piece(element=element, is_tail=not is_start, text=text, target=links[-1] if links else None)
            )
    yield run


def _prune(element: HtmlElement) -> None:
    """Take out an element that holds nothing any more, and what holds nothing but it."""
    while True:
        parent = element.getparent()
        if parent is None or element.tag in {"html", "body", "br"}:
            return
        if any(text.strip() for text in element.itertext()) or any(each.tag in _MEDIA for each in element.iter()):
            return
        tail = element.tail
        previous = element.getprevious()
        if tail and previous is not None:
            previous.tail = (previous.tail or "") + tail
        elif tail:
            parent.text = (parent.text or "") + tail
        parent.remove(element)
        element = parent
