"""What a reader of feeds, sitemaps or sections gathers on its way.

Owns that a URL is listed once and that refusals are counted, and kept up to a limit.
"""

from dataclasses import dataclass, field

from archive.records import FoundFeed, FoundLink
from crawler.found_urls import Refusal

MOST_REFUSED = 200
"""Refusals that are kept by name; further ones are only counted."""


@dataclass(slots=True, kw_only=True)
class Found:
    """Links, feeds and refusals so far."""

    title: str | None = None
    language: str | None = None
    links: dict[str, FoundLink] = field(default_factory=dict)
    feeds: dict[str, FoundFeed] = field(default_factory=dict)
    older: list[str] = field(default_factory=list)
    """Older pages of a list, and archives: places for a backfill."""
    refused: dict[str, str] = field(default_factory=dict)
    """URL → reason word."""
    problems: list[str] = field(default_factory=list)
    n_refused: int = 0

    def add(self, link: FoundLink) -> None:
        """Take a link; the first mention of a URL counts."""
        self.links.setdefault(link.url, link)

    def add_feed(self, feed: FoundFeed) -> None:
        """Take a feed, sitemap or section that is announced."""
        self.feeds.setdefault(feed.url, feed)

    def refuse(self, refusal: Refusal | None) -> None:
        """Count an entry that gives no link; None where it names no URL at all."""
        self.n_refused += 1
        if refusal is not None and len(self.refused) < MOST_REFUSED:
            self.refused.setdefault(refusal.url[:2_000], refusal.reason)
