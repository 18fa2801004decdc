"""What a page declares of itself in JSON-LD, OpenGraph, meta tags and microdata, field by field.

Owns reading the declarations; refuses to judge them: every value comes back with its origin, in page order.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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
_META_FIELDS = {
    "og:title": ("headline", "opengraph"),
    "twitter:title": ("headline", "twitter"),
    "dc.title": ("headline", "meta"),
    "dcterms.title": ("headline", "meta"),
    "citation_title": ("headline", "meta"),
    "sailthru.title": ("headline", "meta"),
    "parsely-title": ("headline", "meta"),
    "og:description": ("description", "opengraph"),
    "description": ("description", "meta"),
    "twitter:description": ("description", "twitter"),
    "dc.description": ("description", "meta"),
    "author": ("author", "meta"),
    "authors": ("author", "meta"),
    "byl": ("author", "meta"),
    "article:author": ("author", "opengraph"),
    "article:author_name": ("author", "opengraph"),
    "og:article:author": ("author", "opengraph"),
    "parsely-author": ("author", "meta"),
    "sailthru.author": ("author", "meta"),
    "dc.creator": ("author", "meta"),
    "dcterms.creator": ("author", "meta"),
    "citation_author": ("author", "meta"),
    "article:published_time": ("published", "opengraph"),
    "og:article:published_time": ("published", "opengraph"),
    "og:published_time": ("published", "opengraph"),
    "article:published": ("published", "opengraph"),
    "article.published": ("published", "meta"),
    "datepublished": ("published", "meta"),
    "publish_date": ("published", "meta"),
    "publishdate": ("published", "meta"),
    "publish-date": ("published", "meta"),
    "pubdate": ("published", "meta"),
    "publication_date": ("published", "meta"),
    "parsely-pub-date": ("published", "meta"),
    "sailthru.date": ("published", "meta"),
    "dc.date.issued": ("published", "meta"),
    "dcterms.issued": ("published", "meta"),
    "dcterms.created": ("published", "meta"),
    "dc.date": ("published", "meta"),
    "dcterms.date": ("published", "meta"),
    "citation_publication_date": ("published", "meta"),
    "citation_date": ("published", "meta"),
    "cxenseparse:recs:publishtime": ("published", "meta"),
    "date": ("published", "meta"),
    "article:modified_time": ("modified", "opengraph"),
    "og:updated_time": ("modified", "opengraph"),
    "article:modified": ("modified", "opengraph"),
    "datemodified": ("modified", "meta"),
    "dcterms.modified": ("modified", "meta"),
    "last-modified": ("modified", "meta"),
    "lastmod": ("modified", "meta"),
    "article:section": ("section", "opengraph"),
    "parsely-section": ("section", "meta"),
    "cxenseparse:recs:category": ("section", "meta"),
    "article:tag": ("keyword", "opengraph"),
    "news_keywords": ("keywords", "meta"),
    "keywords": ("keywords", "meta"),
    "parsely-tags": ("keywords", "meta"),
    "sailthru.tags": ("keywords", "meta"),
    "og:image": ("image", "opengraph"),
    "og:image:url": ("image", "opengraph"),
    "og:image:secure_url": ("image", "opengraph"),
    "twitter:image": ("image", "twitter"),
    "twitter:image:src": ("image", "twitter"),
    "og:url": ("url", "opengraph"),
    "og:type": ("type", "opengraph"),
    "og:site_name": ("site", "opengraph"),
    "application-name": ("site", "meta"),
    "og:locale": ("language", "opengraph"),
    "content-language": ("language", "meta"),
    "article:content_tier": ("tier", "opengraph"),
}
_PUBLISHED_NAME = re.compile(r"(?:^|[-_.:])(?:first[-_]?)?publish(?:ed|ing)?(?:[-_]?(?:date|time|at|on))?$")
_AUTHOR_NAME = re.compile(r"(?<!smartbanner)(?:^|[-_.:])authors?(?:[-_.]?names?)?$")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_WRAPPER = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?://\s*)?(?:-->|\]\]>)\s*$|;\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One declared value: `name` is the field, `origin` where it stands."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """All that a page declares, in page order."""

    values: tuple[Declaration, ...]
    article_type: str | None = None
    """schema.org's type of the node that describes this page, where it is a kind of article."""
    types: frozenset[str] = frozenset()
    """Every schema.org type on the page."""
    paywall: bool | None = None
    graph_authors: bool = field(default=False)

    def of(self, name: str, *origins: str) -> list[Declaration]:
        """Give the values of a field, those of the named origins only where any is named."""
        return [value for value in self.values if value.name == name and (not origins or value.origin in origins)]


def declared(tree: HtmlElement, url: str) -> Declared:
    """Read a page's declarations; broken ones are passed over."""
    nodes = list(_json_ld(tree))
    node = _page_node(nodes, url)
    values = list(_ld_values(node, nodes)) if node else []
    values += _meta_values(tree)
    values += _link_values(tree)
    values += _microdata_values(tree)
    types = frozenset(kind for each in nodes for kind in _types(each))
    return Declared(
        values=tuple(values),
        article_type=next((kind for kind in _types(node) if kind in ARTICLE_TYPES), None) if node else _itemtype(tree),
        types=types,
        paywall=_paywall(node, values),
    )


def _json_ld(tree: HtmlElement) -> Iterator[dict[str, Any]]:
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


def _types(node: dict[str, Any]) -> list[str]:
    kinds = node.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rsplit("/", 1)[-1] for kind in named if isinstance(kind, str)]


def _page_node(nodes: list[dict[str, Any]], url: str) -> dict[str, Any] | None:
    """Choose the node that describes this page: an article, named by this page's URL where one is, else the first."""
    articles = [node for node in nodes if any(kind in ARTICLE_TYPES for kind in _types(node))]
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


def _bare(url: str) -> str:
    """Give a URL without scheme, www, query and fragment."""
    return re.sub(r"^(?:https?:)?//(?:www\.)?|[?#].*$", "", url).rstrip("/")


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


def _ld_values(node: dict[str, Any], nodes: list[dict[str, Any]]) -> Iterator[Declaration]:
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
    named = {each["@id"]: each for each in nodes if isinstance(each.get("@id"), str) and "ImageObject" in _types(each)}
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
                yield ("org:" if "Organization" in " ".join(_types(node)) else "") + name


def _meta_values(tree: HtmlElement) -> Iterator[Declaration]:
    for meta in tree.iter("meta"):
        content = (meta.get("content") or "").strip()
        if not content:
            continue
        for attribute in ("property", "name", "http-equiv"):
            name = (meta.get(attribute) or "").strip().lower()
            known = _META_FIELDS.get(name)
            if known is None and "publish" in name and _PUBLISHED_NAME.search(name):
                known = ("published", "meta")
            elif known is None and _AUTHOR_NAME.search(name):
                known = ("author", "meta")
            if known:
                yield Declaration(name=known[0], value=unescape(content), origin=known[1])
                break


def _link_values(tree: HtmlElement) -> Iterator[Declaration]:
    for link in tree.iter("link"):
        relation = (link.get("rel") or "").lower().split()
        target = (link.get("href") or "").strip()
        if target and "canonical" in relation:
            yield Declaration(name="canonical", value=target, origin="link")
    root = tree.getroottree().getroot()
    tag = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang")
    if tag:
        yield Declaration(name="language", value=tag, origin="tag")


def _microdata_values(tree: HtmlElement) -> Iterator[Declaration]:
    wanted = {
        "headline": "headline",
        "datepublished": "published",
        "datemodified": "modified",
        "articlesection": "section",
    }
    for element in tree.xpath("//*[@itemprop]"):
        for name in element.get("itemprop", "").lower().split():
            value = (
                element.get("content")
                or element.get("datetime")
                or (element.text_content() if name == "headline" else "")
                or (element.get("title") or element.text_content()[:100] if name.startswith("date") else "")
            )
            if name in wanted and value and value.strip():
                yield Declaration(name=wanted[name], value=" ".join(value.split()), origin="microdata")
            elif name == "author":
                text = element.get("content") or _named(element)
                if text:
                    yield Declaration(name="author", value=text, origin="microdata")


def _named(element: HtmlElement) -> str:
    inner = next(
        (each for each in element.iterdescendants() if "name" in (each.get("itemprop") or "").split()), element
    )
    return " ".join((inner.get("content") or inner.text_content() or "").split())[:200]


def _itemtype(tree: HtmlElement) -> str | None:
    for element in tree.iter("article", "div", "main", "section", "html", "body"):
        kind = (element.get("itemtype") or "").rstrip("/").rsplit("/", 1)[-1]
        if kind in ARTICLE_TYPES:
            return kind
    return None


def _paywall(node: dict[str, Any] | None, values: list[Declaration]) -> bool | None:
    free = node.get("isAccessibleForFree") if node else None
    if isinstance(free, str):
        free = {"true": True, "false": False}.get(free.rsplit("/", 1)[-1].lower())
    if isinstance(free, bool):
        return not free
    tier = next((value.value.lower() for value in values if value.name == "tier"), None)
    return {"free": False, "metered": True, "locked": True}.get(tier) if tier else None
