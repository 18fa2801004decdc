"""The values that cross a module: links, captures, extracted articles and what the archive gives back.

Owns no behaviour beyond what follows from the fields. Moments end in `_at` and are aware UTC datetimes;
`published` and `modified` are ISO 8601 strings as precise as the page states them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FoundIn(StrEnum):
    """Where a link was found."""

    FEED = "feed"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news_sitemap"
    SECTION = "section"
    REDIRECT = "redirect"
    ROBOTS = "robots"
    HAND = "hand"
    IMPORT = "import"


class FeedKind(StrEnum):
    """What a place that lists links is. A home page is a section."""

    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the place that listed a link says of the article behind it; never trusted alone."""

    headline: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    """`<lastmod>`, `atom:updated`, `date_modified`."""
    language: str | None = None
    section: str | None = None
    keywords: tuple[str, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLink:
    """A URL that a feed, sitemap or section lists, with its hints."""

    url: str
    found_in: FoundIn
    hints: Hints = field(default_factory=Hints)
    newest_at: datetime | None = None
    """The latest believable moment that the hints give; None where they give none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed, sitemap or section that another place announces."""

    url: str
    kind: FeedKind
    found_in: str
    """declared, robots, autodiscovered, sitemap_index, guessed, home or archive."""
    modified_at: datetime | None = None
    """When it last changed, as the index that lists it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A row of the frontier: a URL to ask, with what is known of it."""

    id: int | None
    url: str
    url_key: str
    source_id: int | None
    found_in: FoundIn
    found_at_url: str | None = None
    discovered_at: datetime
    hints: Hints = field(default_factory=Hints)
    etag: str | None = None
    last_modified: str | None = None
    article_id: int | None = None
    n_tries: int = 0
    n_unchanged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A row of `feeds`: a place that lists links, with the state of its last answer."""

    id: int
    source_id: int
    url: str
    kind: FeedKind
    found_in: str
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    n_unchanged: int = 0
    n_failures: int = 0
    outcome: str | None = None
    depth: int = 0
    """How many sitemap indexes stand above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One HTTP exchange kept at one instant: where its WARC record lies."""

    url: str
    fetched_at: datetime
    http_status: int
    content_type: str | None
    payload_digest: str
    """`sha1:` and base32, as WARC-Payload-Digest has it."""
    payload_length: int
    record_type: str
    """`response`, or `revisit` where the payload is known."""
    record_id: str
    warc_file: str
    """Relative to the archive's folder; an absolute path or a URL where it is not the archive's own."""
    warc_offset: int
    warc_length: int
    """Of the response or revisit record, in the compressed file."""
    revisit_of: int | None = None
    """The id of the capture that holds the payload."""
    ip_address: str | None = None
    purpose: str = "page"
    robots: str | None = None
    opt_out: str | None = None
    """What the publisher declares against text and data mining, as JSON (crawler/opt_outs.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Where a field's value came from, and how far it can be trusted (0 to 1)."""

    origin: str
    """json-ld, opengraph, meta, h1, title, feed, trafilatura, url, time, text, tag …"""
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Structure over the plain body, as a span of it: `body[start:end]`.

    `kind` is a block (h2 … h6, li, oli, quote, code, row, caption), which covers whole lines, or inline (link, em,
    strong). `target` is a link's URL.
    """

    kind: str
    start: int
    end: int
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What cleaning took out, kept so that it can be judged and put back."""

    stage: str
    """dom (before extraction), text (after it), extractor (what the extractor itself dropped), template (what repeats
    across the source's articles), field (of a field), flag (nothing was taken out: it stands in the middle of the body)."""
    reason: str
    rule: str
    """The rule and its version, as `name@version`."""
    position: int
    """Order on the page, from 0."""
    text: str
    urls: tuple[str, ...] = ()
    id: int | None = None
    """In an archive: what `unremove` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteBlock:
    """A line of a source's template: what stands on many of its articles and is none of them."""

    key: str
    """A hash of the line's letters; any number in it is as good as another."""
    place: str
    """head, between or tail."""
    rule: str
    """The evidence that it was learned by."""
    text: str
    n_articles: int
    """Of the source's newest articles, so many have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor:
    """Who read a page, and by which rules; a difference here is never an edit by the publisher."""

    name: str
    version: str
    options: str
    rules: str
    template: str = ""
    """The version of the source's template that was cut; empty where nothing had been learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A page's article as one extractor reads it. What is unknown is None or empty, never an empty string."""

    url: str
    canonical_url: str | None
    """What the page claims; stored and never trusted alone."""
    headline: str | None
    description: str | None
    authors: tuple[str, ...]
    published: str | None
    modified: str | None
    section: str | None
    keywords: tuple[str, ...]
    language: str | None
    """ISO 639-1 where there is one."""
    image: str | None
    article_type: str | None
    """schema.org's type, such as NewsArticle."""
    paywall: bool | None
    body: str
    """Plain text: blocks are separated by an empty line, items of one list by a line break."""
    marks: tuple[Mark, ...]
    signals: dict[str, Signal]
    removals: tuple[Removal, ...]
    extractor: Extractor
    trace: bytes = field(default=b"", compare=False, repr=False)
    """What the word lists were asked about the page (pipelines/clean/trace.py); empty where that is not known."""
