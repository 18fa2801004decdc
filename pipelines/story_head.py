"""What a page shows around its headline: short texts in reading order, each with the names that its elements bear.

Owns how far around the headline one looks: to the story's first paragraphs, and hardly above it, where pages show today's
date. Judges nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

_SKIPPED = frozenset(
    {"script", "style", "noscript", "template", "svg", "select", "nav", "footer", "form", "iframe", "figure"}
)
_MOST_AFTER = 60
_MOST_BEFORE = 8
_LONG = 160
_MOST_LONG = 2
_LEVELS_UP = 8
_ALIKE = 0.6
_TITLE = 25
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of text by the headline."""

    text: str
    label: str
    """The class, id, itemprop and rel of its element and that one's parent."""
    time: str | None = None
    """The datetime of the time element that it stands in."""
    linked: bool = False


def story_head(tree: HtmlElement, titles: Sequence[str]) -> list[Snippet]:
    """Give the snippets below the headline and then those just above it; `titles`: what the headline may read."""
    heading = _heading(tree, {_folded(title) for title in titles if title})
    if heading is None:
        return []
    below: list[Snippet] = []
    n_long = 0
    for snippet in islice(_after(heading), _MOST_AFTER):
        n_long += len(snippet.text) > _LONG
        if n_long > _MOST_LONG:
            break
        below.append(snippet)
    return below + list(islice(_before(heading), _MOST_BEFORE))


def _heading(tree: HtmlElement, titles: set[str]) -> HtmlElement | None:
    """Find the headline's element: the h1, h2 … that reads as a title or nearly so, else the first h1."""
    found = [(element, _folded(element.text_content())) for element in islice(tree.iter("h1", "h2", "h3"), 40)]
    exact = [element for element, text in found if text in titles]
    if exact:
        return min(exact, key=lambda element: element.tag)  # a masthead may repeat the headline in an h3
    words = [set(_WORD.findall(title)) for title in titles]
    first = max((each for each in found if each[0].tag == "h1"), key=lambda each: _alike(each[1], words), default=None)
    if first is not None:
        return first[0]
    named = next(
        (each for each in tree.iter("div", "span", "p", "a", "td", "strong", "legend", "h4", "h5")
         if each.text and (text := _folded(each.text)) and (text in titles or _begins(text, titles))),
        None,
    )  # fmt: skip
    if named is not None:
        return named
    alike = max(found, key=lambda each: _alike(each[1], words), default=None)
    return alike[0] if alike is not None and _alike(alike[1], words) >= _ALIKE else None


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _alike(text: str, titles: Sequence[set[str]]) -> float:
    """Give the share of words that a heading has in common with the title that is most like it."""
    words = set(_WORD.findall(text))
    return max((len(words & title) / len(words | title) for title in titles if words and title), default=0.0)


def _begins(text: str, titles: set[str]) -> bool:
    """Say whether a text is a title without what stands behind its last separator."""
    return len(text) >= _TITLE and any(title.startswith(f"{text} ") for title in titles)


def _after(heading: HtmlElement) -> Iterator[Snippet]:
    at: HtmlElement | None = heading
    for _ in range(_LEVELS_UP):
        if at is None or at.tag == "body":
            return
        parent = at.getparent()
        yield from _snippet(at.tail, parent)
        for sibling in at.itersiblings():
            yield from _texts(sibling)
            yield from _snippet(sibling.tail, parent)
        at = parent


def _before(heading: HtmlElement) -> Iterator[Snippet]:
    at: HtmlElement | None = heading
    for _ in range(2):
        if at is None or at.tag == "body":
            return
        for sibling in islice(at.itersiblings(preceding=True), 3):
            yield from reversed(list(islice(_texts(sibling), 6)))
        at = at.getparent()


def _texts(element: HtmlElement) -> Iterator[Snippet]:
    if not isinstance(element.tag, str) or element.tag in _SKIPPED:
        return
    if element.tag == "time" and element.get("datetime") and not (element.text_content() or "").strip():
        yield Snippet(text="", label=_label(element), time=element.get("datetime"))
    yield from _snippet(element.text, element)
    for child in element:
        yield from _texts(child)
        yield from _snippet(child.tail, element)


def _snippet(text: str | None, element: HtmlElement | None) -> Iterator[Snippet]:
    folded = " ".join((text or "").split())
    if folded and element is not None:
        around = [element, *islice(element.iterancestors(), 2)]
        yield Snippet(
            text=folded,
            label=_label(element),
            time=next((each.get("datetime") for each in around if each.tag == "time"), None),
            linked=any(each.tag == "a" for each in around),
        )


def _label(element: HtmlElement) -> str:
    parent = element.getparent()
    return " ".join(
        value
        for each in (element, parent)
        if each is not None
        for name in ("class", "id", "itemprop", "rel")
        if (value := each.get(name))
    )
