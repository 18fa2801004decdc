"""An article's text as HTML for reading: blocks, links, the words of a search marked, and what was removed in its place.

Pure. Owns where a removed block is shown: where it stood on the page that was captured, as far as that can be told.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from markupsafe import Markup

from archive.blocks import LISTS, Block, blocks, inline, row_cells, safe_target
from archive.records import Article, Mark, Removal
from archive.render_markup import HTML_GROUPS, flow
from archive.snippets import Span
from archive.web.shown import marked, shown

_KEY = re.compile(r"[\W_]+")
_KEY_LENGTH = 60
"""So many letters and digits of a block are enough to find it on its page."""
_DEEPEST_HEADING = 6
_GROUPS = {**HTML_GROUPS, "row": ('<div class="table" tabindex="0"><table>', "</table></div>")}
"""A wide table scrolls by itself, for the keyboard, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of the body as HTML, then what was removed behind it."""

    html: Markup
    removed: "tuple[Cut, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Neighbours that were removed for one reason, by one rule."""

    reason: str
    rule: str
    removals: tuple[Removal, ...]

    @property
    def injected(self) -> bool:
        """Whether somebody else put it there."""
        return "spam" in self.reason or "hidden" in self.reason


def cuts(removals: Iterable[Removal]) -> tuple[Cut, ...]:
    """Gather neighbours that were removed for the same reason."""
    return tuple(
        Cut(reason=reason, rule=rule, removals=tuple(group))
        for (reason, rule), group in groupby(removals, key=lambda one: (one.reason, one.rule))
    )


def parts(
    article: Article, *, marks: Sequence[Span] = (), removals: Mapping[int, Sequence[Removal]] | None = None
) -> list[Part]:
    """Give the body in parts, cut where `removals` stand: each by the number of blocks before it."""
    found = _levelled(blocks(article.body, article.marks))
    places = removals or {}
    edges = sorted({0, len(found), *places})
    writer = _Writer(marks)
    made = [Part(html=Markup(""), removed=cuts(places[0]))] if places.get(0) else []
    for start, end in pairwise(edges):
        # every block is escaped where it is written
        html = Markup("\n").join(map(Markup, flow(found[start:end], writer.block, "blockquote", _GROUPS)))
        made.append(Part(html=html, removed=cuts(places.get(end, ()))))
    return made


def _levelled(found: Sequence[Block]) -> list[Block]:
    """Let no heading skip a level: the page's own headline is the first."""
    made: list[Block] = []
    deepest = 1
    for block in found:
        if re.fullmatch(r"h[1-6]", block.kind):
            deepest = max(2, min(int(block.kind[1]), deepest + 1, _DEEPEST_HEADING))
            made.append(replace(block, kind=f"h{deepest}"))
        else:
            made.append(block)
    return made


class _Writer:
    """Writes blocks, with the spans of the body that are to be marked."""

    def __init__(self, marks: Sequence[Span]) -> None:
        self.marks = marks

    def block(self, block: Block) -> str:
        if block.kind == "row":
            return "<tr>" + "".join(f'<td dir="auto">{shown(cell)}</td>' for cell in row_cells(block.text)) + "</tr>"
        inner = self._inline(block)
        if block.kind == "code":
            return f'<pre dir="auto" tabindex="0"><code>{inner}</code></pre>'
        if block.kind in LISTS:
            return f'<li dir="auto">{inner}</li>'
        if block.kind == "caption":
            return f'<p class="caption" dir="auto">{inner}</p>'
        name = block.kind if block.kind in {"h2", "h3", "h4", "h5", "h6"} else "p"
        return f'<{name} dir="auto">{inner}</{name}>'

    def _inline(self, block: Block) -> str:
        at = block.start

        def text(piece: str) -> str:
            nonlocal at
            start, at = at, at + len(piece)
            inside = [
                (max(first, start) - start, min(last, at) - start)
                for first, last in self.marks
                if last > start and first < at
            ]
            html = str(marked(piece, inside))
            return html if block.kind == "code" else html.replace("\n", "<br>\n")

        return inline(block.runs, _tags, text)


def _tags(mark: Mark) -> tuple[str, str]:
    if mark.kind != "link":
        return f"<{mark.kind}>", f"</{mark.kind}>"
    target = safe_target(mark)
    if target is None:
        return "", ""
    return str(Markup('<a rel="noopener noreferrer nofollow" href="{}">').format(target)), "</a>"


def places(article: Article, page_text: str | None) -> tuple[dict[int, list[Removal]], list[Removal]]:
    """Say behind how many blocks of the body each removal stood, and which have no place that is known.

    `page_text` is the text of the captured page in order, hidden parts included; without it, only what was cut from the
    extractor's own lines can be placed.
    """
    found = blocks(article.body, article.marks)
    page = _key(page_text) if page_text else ""
    starts = list(_positions(found, page)) if page else []
    placed: dict[int, list[Removal]] = {}
    lost: list[Removal] = []
    # lines that were cut count where the extractor had them: those before it that were kept are blocks
    n_cut = 0
    for removal in article.removals:
        at = _on_page(removal, page, starts)
        if at is None and removal.stage == "text":
            at = min(max(removal.position - n_cut, 0), len(found))
        if removal.stage == "text":
            n_cut += 1
        if at is None:
            lost.append(removal)
        else:
            placed.setdefault(at, []).append(removal)
    return placed, lost


def _key(text: str) -> str:
    return _KEY.sub("", text).casefold()


def _positions(found: Sequence[Block], page: str) -> Iterator[int | None]:
    """Give where each block stands on the page; each is looked for behind the one before it."""
    at = 0
    for block in found:
        key = _key(block.text)[:_KEY_LENGTH]
        place = page.find(key, at) if key else -1
        yield place if place >= 0 else None
        at = place + len(key) if place >= 0 else at


def _on_page(removal: Removal, page: str, starts: Sequence[int | None]) -> int | None:
    key = _key(removal.text)[:_KEY_LENGTH]
    place = page.find(key) if key and page else -1
    if place < 0:
        return None
    return max((n for n, start in enumerate(starts, 1) if start is not None and start < place), default=0)
