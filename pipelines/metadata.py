"""Choose each field of an article from the signals that a page and its feed give.

Owns the order of trust per field and the confidence that goes with a choice. A field without good evidence is None.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from archive.records import Hints
from pipelines.authors import put_authors
from pipelines.field_values import CONFIDENCE, Fields
from pipelines.headlines import Sites, best_heading, first_headings, folded, page_title, plain, without_site
from pipelines.images import stands_in
from pipelines.published import put_dates
from pipelines.story_head import story_head
from pipelines.structured import Declared

_NEWS_TYPE = re.compile("News|Report|LiveBlog")
_AND = re.compile(r"(?i)&|\b(?:and|und|et|y|e|en|och|og)\b")
_NO_SECTION = re.compile(
    r"(?i)^(?:home|blogs?|articles?|posts?|uncategori[sz]ed|allgemein(?:es)?|general|slider|featured?|top|all|template.*|startseite|accueil|inicio|início"
    r"|non\s+class[ée]|sin\s+categor[ií]a|sem\s+categoria|senza\s+categoria|geen\s+categorie|bez\s+kategorii|без\s+(?:рубрики|категории)|без\s+категорії"
    r"|genel|tak\s+berkategori|chưa\s+(?:được\s+)?phân\s+loại|غير\s+مصنف|دسته‌بندی\s+نشده|未分类|未分類|미분류|カテゴリー?なし)$"
)
_LIST = re.compile("[,;、，،؛]")
_MACHINE = re.compile(
    r"^(?:[a-z]+[A-Z]\w*|locale|id|sku)\s*:|^[0-9a-f]{8}-[0-9a-f]{4}-|^\d+$"
)  # shortTitle: …, contentId: …
_CODE = re.compile(r"^(?:[A-Z]{1,3}\||(?i:category|tags?|topics?|section)\s*:\s*)")
_INTERNAL = re.compile(  # NLP Category: General, WC: 1000-1999, INSURANCE_HEALTH, valley-times.com, rtd-feed
    r"^(?:(?:NLP|WC|Day|Time|Page\s+Type|Article\s+Type|Language|Partner|Source)\b[^:]{0,20}:|[A-Z\d]+(?:_[A-Z\d]+)+$|(?:[a-z\d-]+\.)+(?:com|org)$|\S+-feed$)"
)
_TITLE = 20
_LONGEST_KEYWORD = 80
_LONGEST_SECTION = 40
_MOST_KEYWORDS = 50
MOST_URL = 4_000
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")


def choose(tree: HtmlElement, declared: Declared, *, url: str, hints: Hints, now: datetime) -> Fields:
    """Choose every field but the language, which needs the body."""
    fields = Fields()
    _headline(fields, tree, declared, hints, url)
    _description(fields, declared, hints)
    titles = [fields.values.get("headline", ""), *(each.value for each in declared.of("headline"))]
    head = story_head(tree, titles)
    put_authors(fields, tree, declared, hints, head, url=url)
    stated = language_tag(declared, hints, whole=True)
    put_dates(fields, tree, declared, hints, head, url=url, now=now, language=stated[0] if stated else None)
    _section_and_keywords(fields, declared, hints)
    for image in declared.of("image"):
        address = absolute(url, image.value)
        if address and not stands_in(address):
            fields.put("image", address, image.origin)
    fields.put("image", hints.image and absolute(url, hints.image), "feed")
    for canonical in declared.of("canonical") + declared.of("url", "opengraph"):
        fields.put("canonical_url", absolute(url, canonical.value), canonical.origin)
    return fields


def absolute(base: str, target: str) -> str | None:
    """Give an absolute web address, or None where there is none, or an absurdly long one."""
    if len(target) > MOST_URL:
        return None
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


def _section_and_keywords(fields: Fields, declared: Declared, hints: Hints) -> None:
    for each in declared.of("section"):
        value = _section(plain(each.value))
        if value and len(value) < 80 and folded(value) != folded(fields.values.get("headline")):
            fields.put("section", value, each.origin)
    fields.put("section", hints.section, "feed")
    for each in declared.of("breadcrumb")[:1]:
        value = _section(plain(each.value))
        if value and len(value) < _LONGEST_SECTION and folded(value) != folded(fields.values.get("headline")):
            fields.put("section", value, each.origin, 0.6)
    for name, origins in (("keyword", ("json-ld", "opengraph")), ("keywords", ("json-ld", "meta"))):
        for origin in origins:
            stated = [plain(each.value) for each in declared.of(name, origin)]
            # of several each is one, with its own comma ("Trump, Donald J"); one that stands alone is a list
            is_list = name == "keywords" or len(set(stated)) == 1
            pieces = [piece for text in stated for piece in (_LIST.split(text) if is_list else [text])]
            fields.put_all("keywords", _keywords(pieces, fields.values.get("headline", "")), origin)
    fields.put_all("keywords", hints.keywords, "feed")


def _section(stated: str) -> str | None:
    """Give a section's name; of categories in one string the first that says something."""
    if "://" in stated:
        return None
    pieces = [piece.strip() for piece in stated.split(",")]
    # "Arts, Culture & Books" and "Behavioral, Social and Health Sciences" are names
    if len(pieces) < 3 or _AND.search(pieces[-1]) or not all(pieces):
        return None if _NO_SECTION.match(stated) else stated
    return next((piece for piece in pieces if not _NO_SECTION.match(piece)), None)


def _keywords(pieces: Iterable[str], headline: str) -> list[str]:
    """Give the keywords among some texts: none that a content system numbers things with, and not the headline again."""
    head = folded(headline)
    found = []
    for piece in pieces:
        text = _CODE.sub("", piece).strip(" -–•#|")
        is_title = (
            len(text) > _TITLE and bool(head) and (head.startswith(folded(text)) or folded(text).startswith(head))
        )
        if (
            text
            and len(text) < _LONGEST_KEYWORD
            and not is_title
            and not _MACHINE.match(text)
            and not _INTERNAL.match(text)
        ):
            found.append(text)
    return found[:_MOST_KEYWORDS]


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
