"""The text blocks of a page's own markup, in order: what stands in them, which links they hold, where they lie.

Owns the look-up from a line of a candidate body to the block it came from. Refuses to judge.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

BLOCK_TAGS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
    }
    | {
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
    }
    | {
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
    }
    | {"td", "tfoot", "th", "thead", "tr", "ul", "br"}
)
SILENT_TAGS = frozenset({"script", "style", "noscript", "template", "title", "svg", "iframe", "object", "textarea"})
_BOLD = frozenset({"b", "strong"})
OFTEN = 120
"""Characters: texts this short come again, on the page and on the source's other pages."""
_NOT_WORD = re.compile(r"[\W_]+")
_ASCII_NOT_WORD = bytes(code for code in range(128) if not chr(code).isalnum())


@dataclass(slots=True, kw_only=True)
class SourceBlock:
    """A run of text between two block boundaries."""

    element: HtmlElement
    """The block element that holds it."""
    text: str
    n_link: int
    """Characters of it that are links."""
    anchors: tuple[tuple[str, str], ...]
    """Its links: text and target."""
    emphasised: bool
    """All of it is bold."""
    nodes: tuple[tuple[HtmlElement, str], ...] = ()
    """Where its text lies in the tree: elements, each with `text` or `tail`."""
    key: str = field(default="")

    @property
    def link_share(self) -> float:
        """The share of its characters that are links."""
        return self.n_link / max(1, len(self.text))


def key_of(text: str) -> str:
    """Give a text's letters and digits alone, without case: what two renderings of one text share."""
    return _short_key(text) if len(text) < OFTEN else _key_of(text)


def _key_of(text: str) -> str:
    is_ascii = text.isascii()
    plain = text.lower() if is_ascii else unicodedata.normalize("NFKC", text).casefold()
    # of all characters that are no letters nearly all are ASCII
    key = plain.encode("utf-8", "surrogatepass").translate(None, _ASCII_NOT_WORD).decode("utf-8", "surrogatepass")
    return key if is_ascii or key.isalnum() else _NOT_WORD.sub("", key)


_short_key = lru_cache(maxsize=20_000)(_key_of)


def source_blocks(tree: HtmlElement) -> list[SourceBlock]:
    """List a page's text blocks in document order; what is never shown (scripts, styles) is left out."""
    return list(_Walk().blocks(tree))


def holders_of(blocks: Iterable[SourceBlock]) -> set[HtmlElement]:
    """Give the elements that hold some blocks' text, with all above them."""
    holders: set[HtmlElement] = set()
    for block in blocks:
        for node, attribute in block.nodes:
            add_with_ancestors(node.getparent() if attribute == "tail" else node, holders)
    return holders


def add_with_ancestors(element: HtmlElement | None, known: set[HtmlElement]) -> None:
    """Add an element and all above it."""
    while element is not None and element not in known:
        known.add(element)
        element = element.getparent()


class _Walk:
    """Walks the tree with a stack of its own, so that deep nesting cannot exhaust Python's."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._n_link = 0
        self._n_bold = 0
        self._anchors: list[tuple[str, str]] = []
        self._links: list[tuple[str, int]] = []
        self._bold = 0
        self._nodes: list[tuple[HtmlElement, str]] = []

    def _add(self, element: HtmlElement, attribute: str, text: str) -> None:
        if text.isspace():
            self._pieces.append(" ")
            return
        self._pieces.append(text)
        self._nodes.append((element, attribute))
        if self._links:
            self._n_link += len(text.strip())
        if self._bold:
            self._n_bold += len(text.strip())

    def _flush(self, element: HtmlElement) -> SourceBlock | None:
        block = None
        if self._nodes:
            text = " ".join("".join(self._pieces).split())
            block = SourceBlock(
                element=element,
                text=text,
                n_link=self._n_link,
                anchors=tuple(self._anchors),
                emphasised=self._n_bold > 0.9 * len(text),
                nodes=tuple(self._nodes),
                key=key_of(text),
            )
            self._nodes = []
            self._n_link = self._n_bold = 0
        self._pieces, self._anchors = [], []
        if self._links:
            self._links = [(target, 0) for target, _ in self._links]
        return block

    def blocks(self, tree: HtmlElement) -> Iterator[SourceBlock]:
        """Yield the blocks of a tree."""
        holders: list[HtmlElement] = [tree]
        walker = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walker:
            tag = element.tag
            is_start = event == "start"
            if tag in SILENT_TAGS:
                if is_start:
                    walker.skip_subtree()
                    continue
            elif tag in BLOCK_TAGS:
                # four of five times there is nothing between two boundaries
                if (self._pieces or self._anchors or self._links) and (block := self._flush(holders[-1])):
                    yield block
                if is_start:
                    holders.append(element)
                else:
                    holders.pop()
            elif tag == "a":
                self._link(element, is_start=is_start)
            elif tag in _BOLD:
                self._bold += 1 if is_start else -1
            attribute = "text" if is_start else "tail"
            if (text := getattr(element, attribute)) and (is_start or element is not tree):
                self._add(element, attribute, text)
        if block := self._flush(tree):
            yield block

    def _link(self, element: HtmlElement, *, is_start: bool) -> None:
        if is_start:
            self._links.append((element.get("href") or "", len(self._pieces)))
        elif self._links:
            target, start = self._links.pop()
            self._anchors.append((" ".join("".join(self._pieces[start:]).split()), target))


class Sources:
    """The blocks of a page, found by their text."""

    def __init__(self, blocks: list[SourceBlock]) -> None:
        self.blocks = blocks
        self._by_key: dict[str, SourceBlock] = {}
        for block in blocks:
            self._by_key.setdefault(block.key, block)

    def find(self, text: str) -> SourceBlock | None:
        """Give the first block that has exactly this text's letters and digits."""
        return self._by_key.get(key_of(text))
