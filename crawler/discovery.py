"""Discovery: the bytes of a feed, sitemap, robots.txt or page become links with their hints.

Owns what an answer really is, whatever it was asked as. Pure: bytes in, values out; never raises on any bytes, and
costs a bounded time. Refuses to fetch: what is found may be asked by crawler/spiders/.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.records import FeedKind, FoundFeed, FoundLink
from crawler.feeds import read_json_feed, read_xml_feed
from crawler.found_urls import clean_url, is_article_link
from crawler.pages import MOST_BYTES as MOST_PAGE_BYTES
from crawler.pages import read_page
from crawler.robots_text import MOST_BYTES as MOST_ROBOTS_BYTES
from crawler.robots_text import is_page, sitemaps_in
from crawler.sitemaps import looks_like_list, read_index, read_list, read_sitemap
from crawler.sources import Source
from crawler.tally import Found
from crawler.xml_blocks import Document, open_document, text_chunks

__all__ = ["Discovery", "guesses", "is_article_link", "read", "read_robots"]

MOST_JSON_BYTES = 10 * 1024 * 1024
_MARKUP = re.compile(r"(?i)<(?:!doctype\s+html|html|head|body|a\s|div|p[\s>]|title|table|ul|meta)")
_GUESSES = (
    (FeedKind.SITEMAP, ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml", "/sitemap-news.xml")),
    (FeedKind.FEED, ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What an answer is and lists."""

    kind: str | None
    """feed, sitemap or section; None where it cannot be read."""
    links: tuple[FoundLink, ...] = ()
    feeds: tuple[FoundFeed, ...] = ()
    older: tuple[FoundFeed, ...] = ()
    """The older pages of a list, and archives: for a backfill alone."""
    problems: tuple[str, ...] = ()
    title: str | None = None
    language: str | None = None
    n_refused: int = 0
    """Entries that gave no link: another host's, files, navigation."""
    refused: tuple[tuple[str, str], ...] = ()
    """The first of them that may deserve a row, each with its reason word: scheme, bad_url, credentials, offsite, media."""


def read(body: bytes, *, url: str, content_type: str | None, expected: FeedKind, source: Source) -> Discovery:
    """Read an answer for what it really is: a feed, a sitemap or a page. `url` is the final one."""
    if not body.strip():
        return Discovery(kind=None, problems=("empty",))
    chunks = text_chunks(body, content_type)
    document = open_document(chunks)
    if isinstance(document, Document):
        return _read_document(document, url=url, expected=expected, source=source)
    return _read_text(document, chunks, url=url, expected=expected, source=source)


def _read_document(document: Document, *, url: str, expected: FeedKind, source: Source) -> Discovery:
    if document.root == "sitemapindex":
        return _discovery(FeedKind.SITEMAP, read_index(document, url=url), expected)
    if document.root == "urlset":
        return _discovery(FeedKind.SITEMAP, read_sitemap(document, url=url, source=source), expected)
    return _discovery(FeedKind.FEED, read_xml_feed(document, url=url, source=source), expected)


def _read_text(start: str, chunks: Iterator[str], *, url: str, expected: FeedKind, source: Source) -> Discovery:
    begins = start.lstrip("\ufeff \t\r\n")
    if begins.startswith("{"):
        found = read_json_feed(_all(begins, chunks, MOST_JSON_BYTES), url=url, source=source)
        return (
            _discovery(FeedKind.FEED, found, expected)
            if found
            else Discovery(kind=None, problems=("JSON, but no feed",))
        )
    if looks_like_list(begins):
        whole = _all(begins, chunks, MOST_PAGE_BYTES)
        return _discovery(FeedKind.SITEMAP, read_list(whole, url=url, source=source), expected)
    if _MARKUP.search(begins) and begins.count("\ufffd", 0, 4_000) < 400:
        whole = _all(begins, chunks, MOST_PAGE_BYTES + 1)
        return _discovery(FeedKind.SECTION, read_page(whole, url=url, source=source), expected)
    return Discovery(kind=None, problems=(f"no {expected.value} that can be read",))


def _all(start: str, chunks: Iterator[str], limit: int) -> str:
    parts, length = [start], len(start)
    while length < limit and (chunk := next(chunks, None)) is not None:
        parts.append(chunk)
        length += len(chunk)
    return "".join(parts)[:limit]


def _discovery(kind: FeedKind, found: Found, expected: FeedKind) -> Discovery:
    unexpected = [] if kind is expected else [f"a {kind.value} where a {expected.value} was expected"]
    return Discovery(
        kind=kind.value,
        links=tuple(found.links.values()),
        feeds=tuple(found.feeds.values()),
        older=tuple(FoundFeed(url=url, kind=FeedKind.SECTION, found_in="archive") for url in found.older),
        problems=(*unexpected, *found.problems),
        title=found.title,
        language=found.language,
        n_refused=found.n_refused,
        refused=tuple(found.refused.items()),
    )


def read_robots(body: bytes, *, url: str) -> Discovery:
    """Read the Sitemap lines of a robots.txt, in its first 500 KiB; an HTML page in its place says nothing."""
    text = body[:MOST_ROBOTS_BYTES].decode("utf-8-sig", "replace")
    if is_page(text):
        return Discovery(kind=None, problems=("HTML where robots.txt was expected",))
    sitemaps = sitemaps_in(text, url=url)
    feeds = tuple(FoundFeed(url=sitemap, kind=FeedKind.SITEMAP, found_in="robots") for sitemap in sitemaps)
    return Discovery(kind="robots", feeds=feeds)


def guesses(url: str) -> tuple[FoundFeed, ...]:
    """Give the usual places of feeds and sitemaps, for a source that announces none."""
    found = [(kind, clean_url(path, url)) for kind, paths in _GUESSES for path in paths]
    return tuple(
        FoundFeed(url=place_, kind=kind, found_in="guessed") for kind, place_ in found if isinstance(place_, str)
    )


def read_answer(body: bytes, url: str, content_type: str | None, expected: FeedKind, source: Source) -> Discovery:
    """Read what a feed, sitemap or section lists; a plain function, so that a worker process can be told to."""
    return read(body, url=url, content_type=content_type, expected=expected, source=source)
