"""RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed: entries become links with their hints.

Owns what each element of a feed means. Our own readers, since finding is what this project is for: they stream, take
one broken entry for one, and know JSON Feed. Full texts in feeds are left alone: the page is what is archived.
"""

import html
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from archive.records import FoundIn, FoundLink, Hints
from crawler.found_urls import Refusal, clean_url, feed_link
from crawler.moments import stated_date
from crawler.sources import Source
from crawler.tally import Found
from crawler.xml_blocks import Document, Node

MOST_LINKS = 5_000
"""Of one feed; real ones list 10 to 500."""
_RAW = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RSS_AUTHOR = re.compile(r"^\S+@\S+\s+\((.+)\)$")
_PICTURE = re.compile(r"(?i)\.(?:jpe?g|png|webp|gif|avif)\b")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")


def plain(text: str | None, limit: int = 1_000) -> str | None:
    """Give the words of a text that may hold markup and entities, escaped once or twice; None where there are none."""
    if not text:
        return None
    text = text[:20_000]
    for _ in range(2):
        if "<" in text:
            text = _without_tags(text)
        if "&" not in text:
            break
        text = html.unescape(text)
    words = " ".join(_CONTROL.sub("", text).split())
    return words[:limit].strip() or None


def _without_tags(text: str) -> str:
    """Cut tags, comments, scripts and styles; in linear time, whatever the text."""
    parts, at, lower = [], 0, text.lower()
    while (start := text.find("<", at)) >= 0:
        following = lower[start + 1 : start + 2]
        if not (following.isalpha() or following in {"/", "!", "?"}):
            parts.append(text[at : start + 1])
            at = start + 1
            continue
        parts.append(text[at:start])
        stop = next((stop for start_tag, stop in _RAW if lower.startswith(start_tag, start)), ">")
        end = lower.find(stop, start + 1)
        if end < 0:
            # cut off in the middle of a tag, or never one
            return "".join(parts)
        at = lower.find(">", end) + 1 or len(text)
        parts.append(" ")
    return "".join([*parts, text[at:]])


def language_of(text: str | None) -> str | None:
    """Give a language tag where the text is one."""
    text = (text or "").strip()
    return text.replace("_", "-") if len(text) <= 35 and _LANGUAGE.match(text) else None


def read_xml_feed(document: Document, *, url: str, source: Source) -> Found:
    """Read the entries of an RSS or Atom feed."""
    channel = next(document.head.all("channel"), document.head)
    base = _base(document.base, url)
    home = clean_url(channel.first("link"), base)
    if document.base is None and isinstance(home, str) and source.owns(home) and not source.owns(url):
        # a feed that another host serves for the source: its relative links are the source's
        base = home
    found = Found(
        title=plain(channel.first("title", "atom:title")),
        language=language_of(channel.first("language", "dc:language") or document.language),
    )
    for entry in islice(document.entries, MOST_LINKS):
        _add(
            found,
            _entry_url(entry, _base(entry.attributes.get("xml:base"), base), source, url),
            _hints(entry, found, base),
        )
    if next(document.entries, None) is not None:
        found.problems.append(f"more than {MOST_LINKS} entries: the first are used")
    return found


def _base(text: str | None, base: str) -> str:
    url = clean_url(text, base)
    return url if isinstance(url, str) else base


def _add(found: Found, url: str | Refusal | None, hints: Hints) -> None:
    if isinstance(url, str):
        found.add(FoundLink(url=url, found_in=FoundIn.FEED, hints=hints))
    else:
        found.refuse(url)


def _entry_url(entry: Node, base: str, source: Source, feed_url: str) -> str | Refusal | None:
    refused: Refusal | None = None
    for text in _candidates(entry):
        url = feed_link(text, base, source, feed_url)
        if isinstance(url, str):
            return url
        refused = refused or url
    return refused


def _candidates(entry: Node) -> Iterator[str | None]:
    """Give what may be the entry's URL, the best first."""
    yield entry.first("feedburner:origLink", "origLink")
    links = [*entry.all("link", "atom:link")]
    for wanted in ("text/html", ""):
        for link in links:
            is_alternate = link.attributes.get("rel", "alternate") == "alternate"
            if is_alternate and link.attributes.get("type", "text/html").startswith(wanted):
                yield link.attributes.get("href") or link.text.strip()
    for guid in entry.all("guid"):
        # absent means true, but most such guids are no URL at all
        if guid.attributes.get("isPermaLink", "true").lower() != "false" and guid.text.strip().startswith("http"):
            yield guid.text
    for name in ("id", "atom:id"):
        if (text := entry.first(name)) and text.startswith("http"):
            yield text
    yield entry.attributes.get("rdf:about")
    # tags that were never closed take the link into themselves
    yield from (node.text.strip() for node in entry.below("link"))


def _hints(entry: Node, found: Found, base: str) -> Hints:
    return Hints(
        headline=plain(entry.first("title", "atom:title", "media:title", "dc:title")),
        description=plain(
            entry.first("description", "summary", "atom:summary", "dc:description", "media:description"), 2_000
        ),
        authors=tuple(_authors(entry)),
        published=_date(
            entry, "pubDate", "published", "issued", "dc:date", "dcterms:issued", "dcterms:created", "date", "pubdate"
        ),
        modified=_date(entry, "updated", "atom:updated", "modified", "dcterms:modified"),
        language=language_of(entry.first("dc:language") or entry.attributes.get("xml:lang")) or found.language,
        keywords=tuple(_keywords(entry)),
        image=_image(entry, base),
    )


def _date(entry: Node, *names: str) -> str | None:
    texts = (child.text for name in names for child in entry.all(name, f"atom:{name}"))
    return next((date for text in texts if (date := stated_date(text))), None)


def _authors(entry: Node) -> list[str]:
    names = []
    for node in entry.all("dc:creator", "author", "atom:author", "itunes:author"):
        text = plain(node.first("name", "atom:name") or ("" if node.children else node.text), 200)
        if text and (with_address := _RSS_AUTHOR.match(text)):
            text = with_address[1]
        if text and "@" not in text and not text.startswith("http"):
            names.append(text)
    return list(dict.fromkeys(names))[:20]


def _keywords(entry: Node) -> list[str]:
    words: list[str] = []
    for node in entry.all("category", "atom:category", "dc:subject", "media:keywords"):
        text = node.attributes.get("label") or node.text or node.attributes.get("term")
        parts = text.split(",") if text and node.name == "media:keywords" else [text]
        words += [word for part in parts if (word := plain(part, 100))]
    return list(dict.fromkeys(words))[:40]


def _image(entry: Node, base: str) -> str | None:
    for node in _pictures(entry):
        kind = node.attributes.get("type") or node.attributes.get("medium")
        address = node.attributes.get("url") or node.attributes.get("href") or ""
        by_name = node.name in {"media:thumbnail", "itunes:image"} or bool(not kind and _PICTURE.search(address))
        if by_name or (kind or "").startswith("image"):
            url = clean_url(address, base)
            if isinstance(url, str):
                return url
    return None


def _pictures(entry: Node) -> Iterator[Node]:
    yield from entry.all("media:content")
    for group in entry.all("media:group"):
        yield from group.all("media:content", "media:thumbnail")
    yield from entry.all("media:thumbnail", "enclosure", "itunes:image")
    yield from (link for link in entry.all("link") if link.attributes.get("rel") == "enclosure")


def read_json_feed(text: str, *, url: str, source: Source) -> Found | None:
    """Read JSON Feed 1.x (jsonfeed.org/version/1.1); None for JSON that is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    found = Found(title=plain(_text(document, "title")), language=language_of(_text(document, "language")))
    items = [item for item in document["items"] if isinstance(item, dict)]
    for item in items[:MOST_LINKS]:
        address = _text(item, "url") or _text(item, "external_url") or _text(item, "id")
        _add(found, feed_link(address, url, source, url), _json_hints(item, document, found, url))
    if len(items) > MOST_LINKS:
        found.problems.append(f"more than {MOST_LINKS} entries: the first are used")
    return found


def _text(item: dict[str, Any], name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) else None


def _json_hints(item: dict[str, Any], document: dict[str, Any], found: Found, url: str) -> Hints:
    stated = (item.get("authors"), [item.get("author")] if item.get("author") else None, document.get("authors"))
    authors = next((them for them in stated if isinstance(them, list)), [])
    names = [plain(_text(author, "name"), 200) for author in authors if isinstance(author, dict)]
    tags = item.get("tags")
    words = [plain(tag, 100) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    image = clean_url(_text(item, "image") or _text(item, "banner_image"), url)
    return Hints(
        headline=plain(_text(item, "title")),
        description=plain(_text(item, "summary"), 2_000),
        authors=tuple(name for name in names[:20] if name),
        published=stated_date(_text(item, "date_published")),
        modified=stated_date(_text(item, "date_modified")),
        language=language_of(_text(item, "language")) or found.language,
        keywords=tuple(word for word in words[:40] if word),
        image=image if isinstance(image, str) else None,
    )
