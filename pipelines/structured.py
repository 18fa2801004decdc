"""What a page declares of itself in JSON-LD, OpenGraph, meta tags and microdata, field by field.

Owns reading the declarations; refuses to judge them: every value comes back with its origin, in page order.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from pipelines.json_ld import (
    ARTICLE_TYPES,
    Declaration,
    article_type_of,
    breadcrumbs,
    json_ld,
    page_node,
    types_of,
    values_of,
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """All that a page declares, in page order."""

    values: tuple[Declaration, ...]
    article_type: str | None = None
    """schema.org's type of the node that describes this page, where it is a kind of article."""
    article_type_origin: str = "json-ld"
    types: frozenset[str] = frozenset()
    """Every schema.org type on the page."""
    paywall: bool | None = None
    graph_authors: bool = field(default=False)

    def of(self, name: str, *origins: str) -> list[Declaration]:
        """Give the values of a field, those of the named origins only where any is named."""
        return [value for value in self.values if value.name == name and (not origins or value.origin in origins)]


def declared(tree: HtmlElement, url: str) -> Declared:
    """Read a page's declarations; broken ones are passed over."""
    nodes = list(json_ld(tree))
    node = page_node(nodes, url)
    values = list(values_of(node, nodes)) if node else []
    values += _meta_values(tree)
    values += _link_values(tree)
    values += _microdata_values(tree)
    values += breadcrumbs(nodes)
    types = frozenset(kind for each in nodes for kind in types_of(each))
    return Declared(
        values=tuple(values),
        article_type=article_type_of(node, nodes) if node else _itemtype(tree),
        article_type_origin="json-ld" if node else "microdata",
        types=types,
        paywall=_paywall(node, values),
    )


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
