"""Who wrote an article: the declared authors, the byline by the headline, and what else on the page names one.

Owns the order of trust, and where on a page an author's name stands. What is a name is for people.py. The paper's own name counts
where nobody else signs, and says so by its confidence.
"""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from archive.records import Hints
from pipelines.bylines import dated_names, signed, signed_text
from pipelines.field_values import Fields
from pipelines.headlines import Sites
from pipelines.people import names
from pipelines.story_head import Snippet
from pipelines.structured import Declared

_BYLINE_CLASS = re.compile(r"(?i)(?:^|[-_ ])(?:by-?line|author|contributor)s?(?:$|[-_ ]|name|link)|^vcard$")
_NOT_BYLINE = re.compile(
    r"(?i)bio|comment|box|related|avatar|image|photo|about|description|social|(?<![a-z])job(?![a-z])|title|date|meta-sep|footer|more"
)
_AUTHOR_PAGE = re.compile(
    r"(?i)/(?:authors?|autore?n?|auteurs?|autores|redaktion|contributors?|by)/[^/?#]+/?(?:[?#]|$)"
)
_NOT_OURS = re.compile(
    r"(?i)comment|related|teaser|recommend|trending|popular|latest|sidebar|widget|card|list|grid|nav"
)
_LEVELS = 6


def put_authors(
    fields: Fields, tree: HtmlElement, declared: Declared, hints: Hints, head: Sequence[Snippet], *, url: str
) -> None:
    """Choose the authors; `head` is what stands by the headline."""
    sites = Sites.of(url, (site.value for site in declared.of("site")))
    listed = [each.value for each in declared.of("author", "json-ld")]
    found = names((value.removeprefix("org:") for value in listed), whole=True)
    people = [name for name in names((each for each in listed if not each.startswith("org:")), whole=True)
              if not sites.named(name)]  # fmt: skip
    if people and fields.put_all("authors", found, "json-ld"):
        return
    for origin in ("meta", "opengraph", "text", "microdata"):
        stated = signed(head) if origin == "text" else [each.value for each in declared.of("author", origin)]
        people = [name for name in names(stated) if origin == "text" or not sites.named(name)]
        if fields.put_all("authors", people, origin, 0.7 if origin == "text" else None):
            return
    if any(not sites.named(name) for name in found):
        fields.put_all("authors", found, "json-ld")  # an agency, or another house
        return
    fields.put_all("authors", [name for name in names(byline(tree)) if not sites.named(name)], "text", 0.6)
    fields.put_all("authors", names(hints.authors, whole=True), "feed")
    fields.put_all("authors", names((each.value for each in declared.of("creator")), whole=True), "json-ld", 0.5)
    fields.put_all("authors", names(dated_names(head)), "text", 0.5)
    fields.put_all("authors", names(named_anywhere(tree)), "text", 0.5)
    fields.put_all("authors", found, "json-ld", 0.5)
    for origin in ("meta", "microdata"):
        fields.put_all("authors", names(each.value for each in declared.of("author", origin)), origin, 0.4)


def byline(tree: HtmlElement) -> list[str]:
    """Give the text of the page's byline: a link of rel=author, else the first element whose class says so."""
    linked = [
        " ".join(each.text_content().split()) for each in tree.iter("a") if "author" in (each.get("rel") or "").split()
    ]
    if linked := [text for text in dict.fromkeys(linked) if 3 < len(text) < 60 and " " in text]:
        return linked[:1]
    for element in tree.iter("a", "span", "p", "div", "address", "cite", "li", "aside"):
        label = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
        if label and _BYLINE_CLASS.search(label) and not _NOT_BYLINE.search(label):
            inner = [next(filter(None, map(_folded, each.itertext())), "") for each in element.iter("a")]
            inner = [text for text in dict.fromkeys(inner) if 4 < len(text) < 50 and " " in text]
            pieces = [folded for piece in element.itertext() if (folded := _folded(piece))]
            if 1 <= len(inner) <= 4 and sum(map(len, pieces)) < 200:
                return inner
            text = next((piece for piece in pieces if names([piece])), "")  # the first that is no label
            if sum(map(len, pieces)) < 80 and len(text) > 4 and " " in text and not any(map(str.isdigit, text)):
                return [text]
    return []


def named_anywhere(tree: HtmlElement) -> list[str]:
    """Give the one author whom the page names away from the headline: "Written by …", or a link to an author's page."""
    found: dict[str, None] = {}
    before = ""
    for element in tree.iter("a", "p", "span", "div", "h2", "h3", "h4", "h5", "h6", "strong", "em", "small", "b"):
        text = _folded(element.text or "")
        if not text:
            continue
        linked = _text(element) if element.tag == "a" and _AUTHOR_PAGE.search(element.get("href") or "") else None
        name = signed_text(before, linked or text, linked=linked is not None)
        before = text
        if name and not _NOT_OURS.search(" ".join(each.get("class") or "" for each in _around(element))):
            found.setdefault(name)
    return list(found) if len(found) == 1 else []


def _around(element: HtmlElement) -> list[HtmlElement]:
    boxes = [element]
    while len(boxes) <= _LEVELS and (parent := boxes[-1].getparent()) is not None and parent.tag != "body":
        boxes.append(parent)
    return boxes


def _text(element: HtmlElement) -> str:
    """Give an element's text with a space between its pieces."""
    return _folded(" ".join(element.itertext()))


def _folded(text: str) -> str:
    return " ".join(text.split())
