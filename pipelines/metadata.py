"""Choose each field of an article from the signals that a page and its feed give.

Owns the order of trust per field and the confidence that goes with a choice. A field without good evidence is None.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from archive.records import Hints
from pipelines.field_values import CONFIDENCE, Fields
from pipelines.headlines import Sites, best_heading, first_headings, page_title, plain, without_site
from pipelines.people import names, signed
from pipelines.published import put_dates
from pipelines.story_head import Snippet, story_head
from pipelines.structured import Declared

_NEWS_TYPE = re.compile("News|Report|LiveBlog")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")


def choose(tree: HtmlElement, declared: Declared, *, url: str, hints: Hints, now: datetime) -> Fields:
    """Choose every field but the language, which needs the body."""
    fields = Fields()
    _headline(fields, tree, declared, hints, url)
    _description(fields, declared, hints)
    titles = [fields.values.get("headline", ""), *(each.value for each in declared.of("headline"))]
    head = story_head(tree, titles)
    _authors(fields, tree, declared, hints, head, url)
    stated = language_tag(declared, hints, whole=True)
    put_dates(fields, tree, declared, hints, head, url=url, now=now, language=stated[0] if stated else None)
    _section_and_keywords(fields, declared, hints)
    for image in declared.of("image"):
        fields.put("image", absolute(url, image.value), image.origin)
    fields.put("image", hints.image and absolute(url, hints.image), "feed")
    for canonical in declared.of("canonical") + declared.of("url", "opengraph"):
        fields.put("canonical_url", absolute(url, canonical.value), canonical.origin)
    return fields


def absolute(base: str, target: str) -> str | None:
    """Give an absolute web address, or None."""
    try:
        joined = urljoin(base, target.strip())
        return joined if urlsplit(joined).scheme in {"http", "https"} and urlsplit(joined).hostname else None
    except ValueError:
        return None


def _headline(fields: Fields, tree: HtmlElement, declared: Declared, hints: Hints, url: str) -> None:
    headings, title = first_headings(tree), page_title(tree)
    sites = Sites.of(url, (site.value for site in declared.of("site")))
    declarations = declared.of("headline")
    stated = [plain(each.value) for each in declarations] + [title]
    heading = best_heading(headings, stated, sites)
    by_origin = {origin: [each.value for each in declarations if each.origin == origin] for origin in CONFIDENCE}
    order = ["h1", "json-ld", "microdata", "opengraph", "twitter", "meta"]
    if declared.article_type and _NEWS_TYPE.search(declared.article_type):
        order[:2] = ["json-ld", "h1"]
    for origin in order:
        value = heading if origin == "h1" else next(iter(by_origin[origin]), None)
        if value and not sites.named(value):
            fields.put("headline", without_site(plain(value), sites, [*headings, *stated]), origin)
    fields.put("headline", hints.headline and plain(hints.headline), "feed")
    fields.put("headline", without_site(plain(title), sites, headings, guess=True), "title")
    fields.put("headline", next(iter(headings), None), "h1", 0.4)


def _description(fields: Fields, declared: Declared, hints: Hints) -> None:
    for each in declared.of("description", "opengraph", "meta", "json-ld", "twitter"):
        if len(plain(each.value)) > 20:
            fields.put("description", plain(each.value), each.origin)
    fields.put("description", hints.description and plain(hints.description), "feed")
    for each in declared.of("description"):
        fields.put("description", plain(each.value), each.origin)


def _authors(
    fields: Fields, tree: HtmlElement, declared: Declared, hints: Hints, head: Sequence[Snippet], url: str
) -> None:
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
    fields.put_all("authors", found, "json-ld", 0.5)


_BYLINE_CLASS = re.compile(r"(?i)(?:^|[-_ ])(?:by-?line|author|contributor)s?(?:$|[-_ ]|name|link)|^vcard$")
_NOT_BYLINE = re.compile(
    r"(?i)bio|comment|box|related|avatar|image|photo|about|description|social|job|title|date|meta-sep|footer|more"
)


def byline(tree: HtmlElement) -> list[str]:
    """Give the text of the page's byline: a link of rel=author, else the first element whose class says so."""
    linked = [
        " ".join(each.text_content().split()) for each in tree.iter("a") if "author" in (each.get("rel") or "").split()
    ]
    if linked := [text for text in dict.fromkeys(linked) if 3 < len(text) < 60 and " " in text]:
        return linked[:1]
    for element in tree.iter("a", "span", "p", "div", "address", "cite", "li"):
        label = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
        if label and _BYLINE_CLASS.search(label) and not _NOT_BYLINE.search(label):
            inner = [" ".join(each.text_content().split()) for each in element.iter("a")]
            inner = [text for text in dict.fromkeys(inner) if 4 < len(text) < 50 and " " in text]
            pieces = [folded for piece in element.itertext() if (folded := " ".join(piece.split()))]
            if 1 <= len(inner) <= 4 and sum(map(len, pieces)) < 200:
                return inner
            text = next((piece for piece in pieces if names([piece])), "")  # the first that is no label
            if sum(map(len, pieces)) < 80 and len(text) > 4 and " " in text and not any(map(str.isdigit, text)):
                return [text]
    return []


def _section_and_keywords(fields: Fields, declared: Declared, hints: Hints) -> None:
    for each in declared.of("section"):
        value = plain(each.value)
        if value and len(value) < 80:
            fields.put("section", value, each.origin)
    fields.put("section", hints.section, "feed")
    for name, origins in (("keyword", ("json-ld", "opengraph")), ("keywords", ("json-ld", "meta"))):
        for origin in origins:
            stated = [plain(each.value) for each in declared.of(name, origin)]
            pieces = [
                piece.strip()
                for text in stated
                for piece in ([text] if name == "keyword" else re.split("[,;、，]", text))
            ]
            fields.put_all("keywords", [piece for piece in pieces if piece and len(piece) < 80][:50], origin)
    fields.put_all("keywords", hints.keywords, "feed")


def language_tag(declared: Declared, hints: Hints, *, whole: bool = False) -> tuple[str, str] | None:
    """Give the language that the page or its feed states, with the origin: what most statements agree on.

    `whole`: the first tag as it is, with its region.
    """
    if whole and (tags := [each for each in declared.of("language") if _LANGUAGE.match(each.value.strip())]):
        return max((each.value.strip() for each in tags[:2]), key=len), tags[0].origin
    stated: list[tuple[str, str]] = []
    for each in declared.of("language"):
        if found := _LANGUAGE.match(each.value.strip()):
            stated.append((found[0].lower(), each.origin))
    if hints.language and (found := _LANGUAGE.match(hints.language.strip())):
        stated.append((found[0].lower(), "feed"))
    if not stated:
        return None
    counts = [code for code, _ in stated]
    return max(stated, key=lambda each: (counts.count(each[0]), -stated.index(each)))
