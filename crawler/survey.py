"""What a source offers: its feeds, sitemaps and pages with what each lists; the answer of `sources discover`.

Owns what is to be looked at next, and the offers. crawler/looking.py asks; answers are read in a worker process, within its limits.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from archive.records import FeedKind, FoundFeed, FoundLink
from crawler.discovery import Discovery, guesses, read_answer, read_robots
from crawler.moments import parse_moment
from crawler.sources import Source

if TYPE_CHECKING:
    from pipelines.workers import Workers

logger = logging.getLogger(__name__)

MOST_PLACES = 24
"""Besides the page itself and robots.txt: a look, no crawl."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a look at a URL; `failure` is the outcome word where there is no body to read."""

    url: str
    final_url: str
    status: int | None
    content_type: str | None
    body: bytes
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed, sitemap or page with what it gives."""

    url: str
    kind: str
    """What it really is, or what it was announced as where it cannot be read."""
    found_in: str
    outcome: str
    """ok, or the outcome word of a failure, or `unreadable`."""
    title: str | None = None
    language: str | None = None
    n_links: int = 0
    n_feeds: int = 0
    """Sitemaps of an index, feeds of a page."""
    newest: str | None = None
    """The latest date that its entries state."""
    detail: str | None = None


@dataclass(slots=True, kw_only=True)
class Survey:
    """The looks at one source."""

    source: Source
    places: dict[str, FoundFeed] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    links: dict[str, FoundLink] = field(default_factory=dict)
    """What the places list, the first mention of each."""
    most_places: int = MOST_PLACES
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    n_first: int = 0

    def first(self) -> list[str]:
        """Give the URLs to begin with: the page and robots.txt."""
        robots = urljoin(self.source.url, "/robots.txt")
        self.places[self.source.url] = FoundFeed(url=self.source.url, kind=FeedKind.SECTION, found_in="home")
        self.places[robots] = FoundFeed(url=robots, kind=FeedKind.SITEMAP, found_in="robots.txt")
        return list(self.places)

    async def follow(self, answer: Answer, workers: Workers) -> list[str]:
        """Take an answer, read it in a worker, and give the URLs that it makes worth a look."""
        place = self.places.get(answer.url)
        if place is None:
            return []
        found = await self._read(place, answer, workers)
        is_first = place.found_in in {"home", "robots.txt"}
        self.n_first += is_first
        announced = list(found.feeds) if found and is_first else []
        if self.n_first == 2 and is_first and not announced and len(self.places) == 2:
            announced = list(guesses(answer.final_url))
        new = [feed for feed in announced if feed.url not in self.places][
            : max(self.most_places + 2 - len(self.places), 0)
        ]
        self.places.update({feed.url: feed for feed in new})
        return [feed.url for feed in new]

    async def _read(self, place: FoundFeed, answer: Answer, workers: Workers) -> Discovery | None:
        if answer.failure is not None:
            if place.found_in not in {"robots.txt", "guessed"}:
                self.offers.append(
                    Offer(url=place.url, kind=place.kind.value, found_in=place.found_in, outcome=answer.failure)
                )
            return None
        if place.found_in == "robots.txt":
            return read_robots(answer.body, url=answer.final_url)
        try:
            found = await workers.call(
                read_answer, answer.body, answer.final_url, answer.content_type, place.kind, self.source
            )
        except Exception as error:  # noqa: BLE001 (what a hostile answer costs is its own finding)
            logger.info("cannot read a place url=%s error=%r", answer.url, error)
            found = Discovery(kind=None, problems=("it costs too much to read, or cannot be read",))
        for link in found.links:
            self.links.setdefault(link.url, link)
        if place.found_in != "guessed" or found.kind == place.kind.value:
            self.offers.append(_offer(place, found))
        return found

    def useful(self, kind: FeedKind) -> list[str]:
        """Give the feeds or sitemaps that list something."""
        return [
            offer.url
            for offer in self.offers
            if offer.kind == kind.value and offer.found_in != "home" and (offer.n_links or offer.n_feeds)
        ]


def _offer(place: FoundFeed, found: Discovery) -> Offer:
    return Offer(
        url=place.url,
        kind=found.kind or place.kind.value,
        found_in=place.found_in,
        outcome="ok" if found.kind else "unreadable",
        title=found.title,
        language=found.language,
        n_links=len(found.links),
        n_feeds=len(found.feeds),
        newest=_newest(found.links),
        detail="; ".join(found.problems) or None,
    )


def _newest(links: tuple[FoundLink, ...]) -> str | None:
    dates = (link.hints.published or link.hints.modified for link in links[:1_000])
    moments = [(moment, text) for text in dates if text and (moment := parse_moment(text))]
    return max(moments)[1] if moments else None
