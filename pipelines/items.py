"""The page item: the one mutable envelope of a page on its way; each stage fills its own slot.

Owns the outcome words that the pipelines give. Dataclasses only; no Scrapy.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.records import Article, Capture, Feed, FoundFeed, FoundLink, Hints, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What extraction reads: a page's bytes after content decoding, and what came with them."""

    url: str
    """The final URL."""
    body: bytes
    content_type: str | None
    """The Content-Type header as sent, with its charset."""
    hints: Hints = field(default_factory=Hints)
    restored: tuple[str, ...] = ()
    """Texts that cleaning must leave in: they were put back in this source (`unremove`)."""
    part: int = 1
    """Which page of its article it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoArticle:
    """Extraction's answer for a page that is no article; `reason` is the outcome word."""

    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A request that brought no page: `reason` is the outcome word (dns, timeout, http_404, robots, too_large …)."""

    reason: str
    detail: str | None = None
    http_status: int | None = None
    retry_at: datetime | None = None
    """When the publisher said to come again (Retry-After)."""


@dataclass(slots=True, kw_only=True)
class Part:
    """A further page of an article, or one that might have been: asked for, and what came of it."""

    url: str
    asked_at: datetime
    final_url: str | None = None
    hops: tuple[str, ...] = ()
    capture: Capture | None = None
    page: Page | None = None
    failure: Failure | None = None
    http_status: int | None = None
    extraction: Article | NoArticle | None = None


@dataclass(slots=True, kw_only=True)
class PageItem:
    """A link on its way to an outcome."""

    link: Link
    asked_at: datetime
    final_url: str | None = None
    hops: tuple[str, ...] = ()
    """The URLs between the requested and the final one that were asked, too."""
    rechecks: tuple[timedelta, ...] | None = None
    """The ages at which its source wants an article looked at again; None: as usual."""
    capture: Capture | None = None
    shell: Capture | None = None
    """Where `capture` is of a rendered page: the response that it was made of."""
    etag: str | None = None
    last_modified: str | None = None
    page: Page | None = None
    failure: Failure | None = None
    not_modified: bool = False
    ends_early: bool = False
    """The page has no end: it may have been cut off on its way."""
    unframed: bool = False
    """The end of the connection was the page's only end: no length, no chunks."""
    extraction: Article | NoArticle | None = None
    signature: bytes | None = None
    reread_failed: bool = False
    """The kept page could not be read again this time: nothing is claimed, and the next run tries again."""
    ask: Callable[[str], Awaitable[Part]] | None = None
    """Asks for another page of its article, as politely as for the first."""
    parts: list[Part] = field(default_factory=list)
    """The further pages of its article, in order."""
    previous: Article | None = None
    """The previous revision as the current extractor sees it, where the kept one is another extractor's."""
    following: Article | None = None
    """Of a capture of the past, the same for the revision behind it."""
    is_past: bool = False
    """It was captured at some time in the past and comes in now (an import): later knowledge stands."""


@dataclass(slots=True, kw_only=True)
class FeedItem:
    """A feed, sitemap, section or robots.txt that answered or failed, and what it lists."""

    feed: Feed
    asked_at: datetime
    hops: tuple[str, ...] = ()
    """The URLs that redirects led to, the final one included."""
    capture: Capture | None = None
    every: timedelta | None = None
    """The interval that the source declares."""
    etag: str | None = None
    last_modified: str | None = None
    http_status: int | None = None
    failure: Failure | None = None
    not_modified: bool = False
    links: tuple[FoundLink, ...] = ()
    feeds: tuple[FoundFeed, ...] = ()
    room: int | None = None
    """How many feeds, sitemaps and sections its source may have; None: as usual."""
    refused: tuple[tuple[str, str], ...] = ()
    """Links that are not followed, each with its reason word: they get a row all the same."""
    problems: tuple[str, ...] = ()
