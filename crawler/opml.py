"""OPML 2.0, as feed readers exchange subscriptions: read into sources, and written from them.

Owns which outline becomes which source: the feeds of one site are one source; folders become tags.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from lxml import etree

from archive.url_key import host_of
from crawler.sources import Source, SourcesError, wrong_url

_MOST_DEPTH = 12


def looks_like_opml(body: bytes, suffix: str) -> bool:
    """Tell OPML by its name or its beginning."""
    return suffix.lower() == ".opml" or bool(re.search(rb"<opml[\s>]", body[:4_000]))


def read_opml(body: bytes, path: Path | str) -> tuple[Source, ...]:
    """Read subscriptions: a source for each site, with its feeds. Raises SourcesError."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourcesError(path, None, f"no OPML: {error}") from error
    if root is None or not isinstance(root.tag, str) or root.tag.lower() != "opml":
        raise SourcesError(path, None, "no OPML")
    found: dict[str, Source] = {}
    for outline, tags in _subscriptions(root):
        _add(found, outline, tags)
    return tuple(found.values())


def _subscriptions(root: "etree._Element") -> Iterable[tuple["etree._Element", tuple[str, ...]]]:
    for outline in root.iter("outline"):
        if outline.get("xmlUrl") is None:
            continue
        folders = [folder for folder in outline.iterancestors("outline") if folder.get("xmlUrl") is None][:_MOST_DEPTH]
        names = [(folder.get("text") or folder.get("title") or "").strip() for folder in folders]
        yield outline, tuple(dict.fromkeys(name for name in reversed(names) if name))


def _add(found: dict[str, Source], outline: "etree._Element", tags: tuple[str, ...]) -> None:
    feed = (outline.get("xmlUrl") or "").strip()
    if wrong_url(feed):
        return
    home = (outline.get("htmlUrl") or "").strip()
    if not home or wrong_url(home):
        parts = urlsplit(feed)
        home = f"{parts.scheme}://{parts.netloc}/"
    for name, source in found.items():
        if _host(source.url) == _host(home):
            feeds = tuple(dict.fromkeys((*source.feeds, feed)))
            merged_tags = tuple(dict.fromkeys((*source.tags, *tags)))
            found[name] = Source(name=name, url=source.url, feeds=feeds, tags=merged_tags)
            return
    name = " ".join((outline.get("text") or outline.get("title") or "").split())[:200] or _host(home)
    if not name.isprintable() or any(name.casefold() == other.casefold() for other in found):
        name = _host(home)
    found[name] = Source(name=name, url=home, feeds=(feed,), tags=tags)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return host_of(parts.hostname or "") + (f":{parts.port}" if parts.port not in {None, 80, 443} else "")


def write_opml(sources: Iterable[Source]) -> str:
    """Write the feeds of sources; a source without a declared feed stands there with its page alone."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += ["<head><title>presskeep sources</title></head>", "<body>"]
    for source in sources:
        tags = f" category={quoteattr(','.join(source.tags))}" if source.tags else ""
        names = f"text={quoteattr(source.name)} title={quoteattr(source.name)} htmlUrl={quoteattr(source.url)}{tags}"
        lines += [f'  <outline type="rss" {names} xmlUrl={quoteattr(feed)}/>' for feed in source.feeds]
        if not source.feeds:
            lines.append(f'  <outline type="link" {names} url={quoteattr(source.url)}/>')
    return "\n".join([*lines, "</body>", "</opml>", ""])
