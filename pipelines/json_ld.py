"""A page's JSON-LD: its objects, which of them describes the page, and what that one says, field by field.

Owns reading JSON as publishers write it. Refuses to judge: every value comes back, in page order.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml.html import HtmlElement

ARTICLE_TYPES = frozenset(
    {
        "Article",
        "NewsArticle",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "BackgroundNewsArticle",
        "AskPublicNewsArticle",
        "ReviewNewsArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "SocialMediaPosting",
        "Report",
        "TechArticle",
        "ScholarlyArticle",
        "MedicalScholarlyArticle",
        "AdvertiserContentArticle",
        "SatiricalArticle",
        "Review",
        "CriticReview",
        "Recipe",
        "DiscussionForumPosting",
    }
)
_LIVE = "LiveBlogPosting"
_MAX_NODES = 4000
_LD_FIELDS = {
    "headline": ("headline",),
    "name": ("name",),
    "description": ("description",),
    "published": ("datePublished",),
    "created": ("dateCreated", "uploadDate"),
    "modified": ("dateModified",),
    "section": ("articleSection",),
    "language": ("inLanguage",),
    "url": ("url", "mainEntityOfPage", "@id"),
}
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_WRAPPER = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?://\s*)?(?:-->|\]\]>)\s*$|;\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One declared value: `name` is the field, `origin` where it stands."""

    name: str
    value: str
    origin: str


def json_ld(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Walk the objects of all JSON-LD scripts, breadth first, to a limit."""
    queue: list[Any] = []
    for script in tree.iter("script"):
        kind = (script.get("type") or "").strip().lower()
        if kind.startswith("application/ld+json") and script.text:
            queue.append(_parsed(script.text))
    seen = 0
    while queue and seen < _MAX_NODES:
        node = queue.pop(0)
        seen += 1
        if isinstance(node, list):
            queue.extend(node)
        elif isinstance(node, dict):
            yield node
            queue.extend(value for key, value in node.items() if isinstance(value, dict | list) and key != "comment")


def _parsed(text: str) -> Any:
    """Parse JSON as publishers write it: raw line breaks, comment wrappers, trailing commas."""
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", _WRAPPER.sub("", _WRAPPER.sub("", text.strip())))):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def types_of(node: dict[str, Any]) -> list[str]:
    kinds = node.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rsplit("/", 1)[-1] for kind in named if isinstance(kind, str)]


def page_node(nodes: list[dict[str, Any]], url: str) -> dict[str, Any] | None:
    """Choose the node that describes this page: an article, named by this page's URL where one is, else the first."""
    articles = [node for node in nodes if any(kind in ARTICLE_TYPES for kind in types_of(node))]
    articles = [node for node in articles if node.get("headline") or node.get("datePublished") or node.get("name")]
    path = url.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rsplit("://", maxsplit=1)[-1].rstrip("/")
    for node in articles:
        if any(
            path in found.split("?")[0] for found in _strings(node.get("url")) + _strings(node.get("mainEntityOfPage"))
        ):
            return node
    if articles:
        return articles[0]
    return next((node for node in nodes if node.get("headline") and node.get("datePublished")), None)


def article_type_of(node: dict[str, Any], nodes: list[dict[str, Any]]) -> str | None:
    """Give the kind of article that a node says it is; a live blog is often declared a second time, as news."""
    kind = next((kind for kind in types_of(node) if kind in ARTICLE_TYPES), None)
    lives = [each for each in nodes if _LIVE in types_of(each) and each.get("headline") == node.get("headline")]
    return _LIVE if kind and lives else kind


def breadcrumbs(nodes: list[dict[str, Any]]) -> Iterator[Declaration]:
    """Give the names on the way from the home page to the article, but the first, where a page has one such list."""
    lists = [node for node in nodes if "BreadcrumbList" in types_of(node)]
    items = lists[0].get("itemListElement") if len(lists) == 1 else None
    for item in [each for each in items if isinstance(each, dict)][1:6] if isinstance(items, list) else []:
        inner = item.get("item")
        name = item.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
        if isinstance(name, str) and name.strip():
            yield Declaration(name="breadcrumb", value=unescape(name).strip(), origin="json-ld")


def _strings(value: Any, *, key: str = "@id") -> list[str]:
    """Flatten a JSON-LD value to its texts: a string, a list, an object's value, name or id."""
    if isinstance(value, str):
        return [unescape(value).strip()] if value.strip() else []
    if isinstance(value, bool | int | float):
        return [str(value)]
    if isinstance(value, list):
        return [text for item in value[:100] for text in _strings(item, key=key)]
    if isinstance(value, dict):
        for name in (key, "@value", "url", "name", "@id"):
            if isinstance(value.get(name), str):
                return _strings(value[name])
    return []


def values_of(node: dict[str, Any], nodes: list[dict[str, Any]]) -> Iterator[Declaration]:
    for name, keys in _LD_FIELDS.items():
        for key in keys:
            wanted = "name" if name in {"section", "headline"} else "@id"
            for text in _strings(node.get(key), key=wanted):
                yield Declaration(name=name, value=text, origin="json-ld")
    by_id = {each["@id"]: each for each in nodes if isinstance(each.get("@id"), str) and each.get("name")}
    for key in ("author", "creator"):
        for author in _people(node.get(key), by_id):
            yield Declaration(name="author" if key == "author" else "creator", value=author, origin="json-ld")
    for text in _images(node.get("image"), nodes)[:1]:
        yield Declaration(name="image", value=text, origin="json-ld")
    keywords = node.get("keywords")
    for text in _strings(keywords, key="name"):
        yield Declaration(name="keyword" if isinstance(keywords, list) else "keywords", value=text, origin="json-ld")
    for publisher in _strings(node.get("publisher"), key="name")[:1]:
        yield Declaration(name="site", value=publisher, origin="json-ld")


def _images(value: Any, nodes: list[dict[str, Any]]) -> list[str]:
    """Give the addresses of images; one that is named by its id alone is looked up among the page's nodes."""
    named = {
        each["@id"]: each for each in nodes if isinstance(each.get("@id"), str) and "ImageObject" in types_of(each)
    }
    found = []
    for image in value if isinstance(value, list) else [value]:
        node = image if isinstance(image, dict) else {}
        known = named.get(node.get("@id", ""), node) if not node.get("url") else node
        stated = known.get("contentUrl") or known.get("url") if node else image
        found += [text for text in _strings(stated, key="url") if "#" not in text.rsplit("/", 1)[-1]]
    return found


def _people(value: Any, by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Give the names of authors; an organisation's name is marked, so that it can be judged later."""
    for author in value if isinstance(value, list) else [value]:
        node = (
            by_id.get(author["@id"], author)
            if isinstance(author, dict) and isinstance(author.get("@id"), str)
            else author
        )
        if isinstance(node, str):
            yield unescape(node)
        elif isinstance(node, dict):
            for name in _strings(node.get("name"), key="@value"):
                yield ("org:" if "Organization" in " ".join(types_of(node)) else "") + name
