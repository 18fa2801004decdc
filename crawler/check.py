"""What a source offers and what extraction makes of it: robots.txt, feeds, and a few of its newest pages; `sources check`.

Owns the choice of what is looked at, and the verdict. crawler/looking.py asks; what answers hold is read in a worker process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from protego import Protego

from archive.records import Article, FeedKind, FoundLink
from crawler.frontier import believable_at
from crawler.moments import parse_moment
from crawler.opt_outs import from_page
from crawler.robots_text import MOST_BYTES, ai_rules, groups_for
from crawler.sources import Source, declared
from crawler.survey import Answer, Survey
from pipelines.items import NoArticle, Page

if TYPE_CHECKING:
    from pipelines.workers import Workers

AGENT = "presskeep"
MOST_PLACES = 8
"""Besides the page itself and robots.txt: it is to take seconds."""
MOST_PAGES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found; `verdict` is `ok`, `poor` (pages without texts or dates) or `failed` (nothing to crawl)."""

    source: str
    verdict: str
    robots: str
    """allowed, forbidden, none, or the outcome word of a robots.txt that failed."""
    crawl_delay: float | None
    places: int
    """Feeds, sitemaps and sections that were looked at, and those that list something."""
    useful: int
    links: int
    newest: str | None
    pages: int
    articles: int
    words: int | None
    """Of the article in the middle."""
    dated: int
    opt_outs: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Check:
    """The looks at one source: places first, then its newest pages."""

    source: Source
    survey: Survey = field(init=False)
    waiting: set[str] = field(default_factory=set)
    pages: dict[str, Article | NoArticle | str] = field(default_factory=dict)
    robots: str = "none"
    crawl_delay: float | None = None
    opt_outs: set[str] = field(default_factory=set)
    home: str | None = None
    """Why the home page gave nothing."""
    sampled: bool = False

    def first(self) -> list[str]:
        """Give the URLs to begin with: the page, robots.txt and what is declared."""
        self.survey = Survey(source=self.source, most_places=MOST_PLACES)
        self.survey.first()
        for found in declared(self.source):
            self.survey.places.setdefault(found.url, found)
        self.waiting = set(self.survey.places)
        return list(self.survey.places)

    async def follow(self, answer: Answer, workers: Workers) -> list[str]:
        """Take an answer of this source's, and give the URLs that it makes worth a look."""
        if answer.url in self.pages:
            await self._read_page(answer, workers)
            return []
        if answer.url not in self.waiting:
            return []
        if answer.url == urljoin(self.source.url, "/robots.txt"):
            self._read_robots(answer)
        elif answer.url == self.source.url:
            self.home = answer.failure
        new = await self.survey.follow(answer, workers)
        # not before: the pages are chosen when all places have been read
        self.waiting.discard(answer.url)
        self.waiting.update(new)
        if not self.waiting and not self.sampled:
            self.sampled = True
            new = [link.url for link in self._newest()]
            self.pages.update(dict.fromkeys(new, "no answer"))
        return new

    def _newest(self) -> list[FoundLink]:
        links = [link for link in self.survey.links.values() if self.source.allows(link.url)]
        now = self.survey.now
        dated = [(at, link) for link in links if (at := believable_at(link.hints, now)) is not None]
        dated.sort(key=lambda pair: pair[0], reverse=True)
        newest = [link for _, link in dated]
        return [*newest, *(link for link in links if link not in newest)][:MOST_PAGES]

    def _read_robots(self, answer: Answer) -> None:
        if answer.failure is not None:
            gone = answer.status is not None and 400 <= answer.status < 500 and answer.status != 429
            self.robots = "none" if gone else answer.failure
            return
        text = answer.body[:MOST_BYTES].decode("utf-8-sig", "replace")
        rules = Protego.parse(groups_for(AGENT, text))
        self.robots = "allowed" if rules.can_fetch(self.source.url, AGENT) else "forbidden"
        delay = rules.crawl_delay(AGENT)
        self.crawl_delay = float(delay) if delay else None
        self.opt_outs |= {agent for agent, each in ai_rules(text) if not each.can_fetch(self.source.url, agent)}

    async def _read_page(self, answer: Answer, workers: Workers) -> None:
        if answer.failure is not None:
            self.pages[answer.url] = answer.failure
            return
        stated = from_page(answer.body)
        self.opt_outs |= {"tdm-reservation"} if stated.get("tdm_reservation") else set()
        self.opt_outs |= set(stated.get("robots_tags", ()))
        page = Page(url=answer.final_url, body=answer.body, content_type=answer.content_type)
        self.pages[answer.url] = (await workers.read(page)).extraction

    def result(self) -> Checked:
        """Give the verdict."""
        offers = self.survey.offers
        useful = [offer for offer in offers if offer.n_links or offer.n_feeds]
        articles = [page for page in self.pages.values() if isinstance(page, Article)]
        dated = [article for article in articles if article.published]
        lengths = sorted(len(article.body.split()) for article in articles)
        newest = [(moment, offer.newest) for offer in offers if offer.newest and (moment := parse_moment(offer.newest))]
        verdict = "ok" if len(articles) * 2 > len(self.pages) and len(dated) * 2 >= len(articles) else "poor"
        return Checked(
            source=self.source.name,
            verdict="failed" if not self.pages else verdict,
            robots=self.robots,
            crawl_delay=self.crawl_delay,
            places=len(offers),
            useful=len(useful),
            links=len(self.survey.links),
            newest=max(newest)[1] if newest else None,
            pages=len(self.pages),
            articles=len(articles),
            words=lengths[len(lengths) // 2] if lengths else None,
            dated=len(dated),
            opt_outs=tuple(sorted(self.opt_outs)),
            problems=tuple(self._problems()),
        )

    def _problems(self) -> list[str]:
        found = []
        if self.home is not None:
            found.append(f"{self.source.url}: {self.home}")
        for offer in self.survey.offers:
            asked = {FeedKind.FEED.value, FeedKind.SITEMAP.value}
            if offer.outcome != "ok" and offer.url != self.source.url:
                found.append(f"{offer.url}: {offer.outcome}")
            elif offer.kind in asked and not (offer.n_links or offer.n_feeds):
                found.append(f"{offer.url}: lists nothing")
        for url, page in self.pages.items():
            if isinstance(page, NoArticle):
                found.append(f"{url}: {page.reason}")
            elif isinstance(page, str):
                found.append(f"{url}: {page}")
            elif not page.published:
                found.append(f"{url}: no date")
        return found
