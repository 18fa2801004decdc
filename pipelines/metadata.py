"""Choose each field of an article from the signals that a page and its feed give.

Owns the order of trust per field and the confidence that goes with a choice. A field without good evidence is None.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from archive.records import Hints, Signal
from pipelines.dates import iso_date
from pipelines.headlines import Sites, best_heading, first_headings, page_title, plain, without_site
from pipelines.page_dates import days_before, labelled_date, named_date, shown_dates, time_elements, url_date
from pipelines.people import names, signed
from pipelines.story_head import Snippet, story_head
from pipelines.structured import Declared

_NEWS_TYPE = re.compile("News|Report|LiveBlog")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")
_CONFIDENCE = {
    "json-ld": 0.9,
    "h1": 0.85,
    "opengraph": 0.8,
    "microdata": 0.8,
    "twitter": 0.7,
    "meta": 0.7,
    "feed": 0.7,
    "title": 0.5,
}


@dataclass(slots=True, kw_only=True)
class Fields:
    """The fields chosen so far, with their signals."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    signals: dict[str, Signal] = field(default_factory=dict)

    def put(self, name: str, value: str | None, origin: str, confidence: float | None = None) -> bool:
        """Set a field that has no value yet; say whether it took."""
        if not value or name in self.values:
            return False
        self.values[name] = value
        self.signals[name] = Signal(
            origin=origin, confidence=_CONFIDENCE.get(origin, 0.5) if confidence is None else confidence
        )
        return True

    def put_all(self, name: str, values: Iterable[str], origin: str, confidence: float | None = None) -> bool:
        """Set a list field that has no value yet."""
        found = tuple(dict.fromkeys(value for value in values if value))
        if not found or name in self.lists:
            return False
        self.lists[name] = found
        self.signals[name] = Signal(
            origin=origin, confidence=_CONFIDENCE.get(origin, 0.5) if confidence is None else confidence
        )
        return True


def choose(tree: HtmlElement, declared: Declared, *, url: str, hints: Hints, now: datetime) -> Fields:
    """Choose every field but the language, which needs the body."""
    fields = Fields()
    _headline(fields, tree, declared, hints, url)
    _description(fields, declared, hints)
    titles = [fields.values.get("headline", ""), *(each.value for each in declared.of("headline"))]
    head = story_head(tree, titles)
    _authors(fields, tree, declared, hints, head, url)
    _dates(fields, tree, declared, hints, head, url, now)
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
    by_origin = {origin: [each.value for each in declarations if each.origin == origin] for origin in _CONFIDENCE}
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


def _dates(
    fields: Fields,
    tree: HtmlElement,
    declared: Declared,
    hints: Hints,
    head: Sequence[Snippet],
    url: str,
    now: datetime,
) -> None:
    stated_language = language_tag(declared, hints, whole=True)
    language = stated_language[0] if stated_language else None
    for name in ("published", "modified"):
        stated: list[tuple[str, str]] = []
        for origin in ("json-ld", "opengraph", "microdata", "meta"):
            for each in declared.of(name, origin):
                if date := iso_date(each.value, now=now, language=language):
                    stated.append((date, origin))
                    break
        if stated:
            date, origin = _most_precise(stated)
            agreed = sum(other[:10] == date[:10] for other, _ in stated)
            fields.put(name, date, origin, 0.95 if agreed > 1 else 0.85)
        hint = hints.published if name == "published" else hints.modified
        fields.put(name, hint and iso_date(hint, now=now), "feed")
    shown, updated = shown_dates(head, now, language)
    fields.put("modified", updated, "text", 0.6)
    if shown and _later_than(shown, fields, declared):
        fields.values["published"], fields.signals["published"] = shown, Signal(origin="text", confidence=0.7)
    if "published" in fields.values:
        return
    fields.put("published", url_date(url, now), "url", 0.8)
    fields.put("published", shown, "text", 0.7)
    if "published" not in fields.values:
        for date in time_elements(tree, now):
            fields.put("published", date, "time", 0.6)
    if "published" not in fields.values:
        fields.put("published", named_date(tree, now, language), "text", 0.6)
    if "published" not in fields.values:
        fields.put("published", labelled_date(tree, now, language), "text", 0.5)
    for each in declared.of("created"):
        fields.put("published", iso_date(each.value, now=now), each.origin, 0.6)
    fields.put("published", updated, "updated", 0.3)  # nothing else is shown: it is of that day or before


def _later_than(shown: str, fields: Fields, declared: Declared) -> bool:
    """Say whether a declared date is doubtful and later than the one that the page shows.

    A system that articles were moved to declares the day of the move. A day's difference may be the zone.
    """
    signal = fields.signals.get("published")
    if (
        signal is None
        or signal.origin == "feed"
        or signal.confidence > 0.9
        or _NEWS_TYPE.search(declared.article_type or "")
    ):
        return False
    return days_before(shown, fields.values["published"]) > 1


def _most_precise(stated: list[tuple[str, str]]) -> tuple[str, str]:
    """Take the first statement, or one of the same day that says more of the time."""
    first = stated[0]
    same = [each for each in stated if each[0][:10] == first[0][:10]]
    return first if len(first[0]) > 10 else max(same, key=lambda each: (len(each[0]) > 10, each is first))


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
