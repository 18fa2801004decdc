"""The news spider: sources, their feeds, sitemaps and sections, and from these the pages that are due.

Owns the order of asking and how much is in flight. What is due is in the archive (the table `links` is the frontier),
so nothing is lost with the process; what a page means is the pipelines' to say.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure as TwistedFailure

from archive.due import is_paused
from archive.links import add_feed, due_feeds
from archive.records import Feed, FeedKind, FoundFeed, FoundLink, Link
from crawler.discovery import Discovery, read_answer
from crawler.frontier import ARCHIVE, believable_at, trap
from crawler.middlewares.robots import RobotsRules
from crawler.outcomes import status_failure
from crawler.progress import Progress
from crawler.sources import Source, declared, load_sources
from crawler.spiders.pages import PageSpider, header
from crawler.turns import EVERYTHING, MOST_ASIDE, Turns, Wish, next_turns
from pipelines.archive_session import ArchiveSession
from pipelines.items import Failure, FeedItem, PageItem
from pipelines.keeping import ANSWERED_BADLY
from pipelines.session import Kept
from pipelines.stages import pages_kept, session_of

logger = logging.getLogger(__name__)

IN_FLIGHT = 256
"""Pages on their way at once, over all sources."""
IN_FLIGHT_PER_SOURCE = 8
"""No source may fill the queue; the others would wait behind its delay."""
FEEDS_IN_FLIGHT = 64
"""Feeds on their way at once: pages of the first sources need not wait for the discovery of the last."""
GZIP = b"\x1f\x8b"
READ_AT_ONCE = 64 * 1024
"""Bytes. Less is read in under 20 ms; more could hold up the reactor."""
READERS = 2
"""Large feeds and sitemaps that are read at once: each may bring fifty thousand links."""
IDLE_WAIT = 0.5
ROOM_OF_BACKFILL = 5_000
"""Feeds, sitemaps and sections of one source that a backfill works back through."""
ARCHIVES_A_RUN = 50
"""Older pages of lists that one run asks of a source: the articles on them need the time."""


class NewsSpider(PageSpider):
    """Crawls sources; `scrapy crawl news -a sources=FILE` works, too."""

    name = "news"

    def __init__(
        self,
        sources: str | Sequence[Source] = "",
        limit: int | str | None = None,
        wish: Wish = EVERYTHING,
        **kwargs: Any,
    ) -> None:
        """Crawl `sources`, or those of the file of that name, at most `limit` pages of those that `wish` wants."""
        super().__init__(**kwargs)
        self._wish = wish
        self._sources = sources
        self._left = int(limit) if limit else None
        self._progress: dict[int, Progress] = {}
        self._news = asyncio.Event()
        self._readers = asyncio.Semaphore(READERS)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Hear of every commit."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.kept, signal=pages_kept)
        crawler.signals.connect(spider.lost, signal=signals.item_error)
        crawler.signals.connect(spider.broken, signal=signals.spider_error)
        return spider

    @property
    def session(self) -> ArchiveSession:
        """The crawl's session; a crawl without an archive would have nothing to ask for."""
        session = session_of(self.crawler)
        assert isinstance(session, ArchiveSession)
        return session

    async def start(self) -> AsyncIterator[Request | PageItem]:
        """Ask for what is due until nothing is due and nothing is on its way; give the items of what need not be asked."""
        sources = load_sources(Path(self._sources)) if isinstance(self._sources, str) else self._sources
        try:
            await self._begin([source for source in sources if source.enabled])
            async for wanted in self._requests():
                yield wanted
        except Exception as error:
            # Scrapy would log it and end well
            self.session.fail(error)
            raise

    async def _requests(self) -> AsyncIterator[Request | PageItem]:
        while True:
            self._news.clear()
            for wanted in await self._due():
                yield wanted
            if not self._busy() and not any(p.dirty and not p.paused for p in self._progress.values()):
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), IDLE_WAIT)

    def _busy(self) -> bool:
        return any(progress.is_busy for progress in self._progress.values())

    async def _begin(self, sources: Sequence[Source]) -> None:
        for source in sources:
            for url in (source.url, *source.feeds, *source.sitemaps, *source.sections):
                self.settings["PRESSKEEP_ADDRESSES"].list_url(url, verified=not source.rules.get("insecure_tls"))
        ids = await self.session.call(self._save_sources, sources)
        self._progress = {
            source_id: Progress(source, source_id, paused=paused)
            for source, (source_id, paused) in zip(sources, ids, strict=True)
        }

    def _save_sources(self, sources: Sequence[Source]) -> list[tuple[int, bool]]:
        store, now, ids = self.session.store, self.session.clock(), []
        with store.transaction():
            for source in sources:
                source_id = store.save_source(
                    name=source.name, url=source.url, language=source.language, tags=source.tags, enabled=True, now=now
                )
                for found in declared(source):
                    add_feed(store, found, source_id=source_id, now=now)
                ids.append((source_id, is_paused(store.db.conn, source_id, now)))
        return ids

    async def _due(self) -> list[Request | PageItem]:
        """Give the requests that there is room for now, the sources in turn, and what need not be asked."""
        progresses = [p for p in self._progress.values() if p.dirty and not p.paused]
        if not progresses:
            return []
        room = IN_FLIGHT - sum(len(progress.links) for progress in self._progress.values())
        found = await self.session.call(self._look, progresses, room)
        requests: list[Request | PageItem] = []
        for progress, feeds, turns in found:
            requests += [self._feed_request(progress, feed) for feed in feeds]
            requests += [self._set_aside(progress, link, failure) for link, failure in turns.aside]
            for link in turns.links:
                if self._left is not None:
                    if self._left <= 0:
                        break
                    self._left -= 1
                assert link.id is not None
                progress.links.add(link.id)
                requests.append(self._page_request(progress, link))
        return requests

    def _look(self, progresses: Sequence[Progress], room: int) -> list[tuple[Progress, list[Feed], Turns]]:
        store, now = self.session.store, self.session.clock()
        found = []
        feed_room = max(FEEDS_IN_FLIGHT - sum(len(p.listing) for p in self._progress.values()), 0)
        for progress in progresses:
            if feed_room <= 0 and (progress.linkless or room <= 0):
                continue  # with a thousand sources, looking in vain is dearer than all that is asked
            waiting = self._due_places(progress, due_feeds(store, progress.id, now=now, besides=progress.feeds))
            feeds, n_left = waiting[:feed_room], len(waiting) - min(len(waiting), feed_room)
            feed_room -= len(feeds)
            limit = min(IN_FLIGHT_PER_SOURCE - len(progress.links), MOST_ASIDE - len(progress.aside), room)
            if self._left is not None and (self._left <= 0 or feeds or n_left or progress.listing):
                limit = 0  # the newest first: what the feeds list now may be newer than all that waits
            besides = progress.links | progress.done | progress.aside
            known = partial(self._known, progress)
            turns = next_turns(store, progress.id, now=now, limit=limit, besides=besides, wish=self._wish, known=known)
            room -= len(turns.links)
            progress.linkless = limit > 0 and turns.is_all
            progress.dirty = bool(n_left) or (not progress.linkless and self._left != 0)
            found.append((progress, feeds, turns))
        return found

    def _known(self, progress: Progress, url: str) -> Failure | None:
        """Say what comes of a URL where that is known before it is asked."""
        if progress.is_spent(url):
            return Failure(reason="barren_pattern", detail="its like brought nothing")
        middleware = self.crawler.get_downloader_middleware(RobotsRules)
        if middleware is None or progress.source.rules.get("ignore_robots"):
            return None
        rules = middleware.known(url)
        return rules.closing(url) if rules is not None else None

    def _set_aside(self, progress: Progress, link: Link, failure: Failure) -> PageItem:
        assert link.id is not None
        progress.aside.add(link.id)
        return PageItem(link=link, asked_at=self.session.clock(), failure=failure)

    def _due_places(self, progress: Progress, due: list[Feed]) -> list[Feed]:
        """Leave archives to backfills, which ask a share of them in each run."""
        share = ARCHIVES_A_RUN - progress.n_archives if self._wish.backfill else 0
        archives = [feed for feed in due if feed.found_in == ARCHIVE][: max(share, 0)]
        return [feed for feed in due if feed.found_in != ARCHIVE] + archives

    def _page_request(self, progress: Progress, link: Link) -> Request:
        rechecks = self.settings["PRESSKEEP_RECHECKS"] if progress.source.recheck is None else progress.source.recheck
        self.session.workers.warm_up()
        meta = politeness(progress.source)
        if progress.source.render:
            meta["render"] = progress.source
        return self.page_request(link, source_id=progress.id, rechecks=rechecks, **meta)

    def _feed_request(self, progress: Progress, feed: Feed) -> Request:
        progress.feeds.add(feed.id)
        progress.listing.add(feed.id)
        progress.n_archives += feed.found_in == ARCHIVE
        meta = {"source_id": progress.id, "purpose": "feed", **politeness(progress.source)}
        headers = {}
        if progress.source.render and feed.kind is FeedKind.SECTION:
            meta["render"] = progress.source
        else:
            if feed.etag:
                headers["If-None-Match"] = feed.etag
            if feed.last_modified:
                headers["If-Modified-Since"] = feed.last_modified
        return Request(
            feed.url,
            headers=headers,
            callback=self.feed,
            errback=self.feed_failed,
            cb_kwargs={"feed": feed},
            meta=meta,
            priority=10,
            dont_filter=True,
        )

    async def feed(self, response: Response, feed: Feed) -> FeedItem:
        """Read what a feed, sitemap or section lists."""
        assert response.request is not None
        item = self._feed_item(response.request, feed)
        item.http_status = response.status
        item.not_modified = response.status == 304
        if not item.not_modified:
            item.failure = status_failure(response)
        if item.failure is None and not item.not_modified:
            item.etag, item.last_modified = header(response, "ETag"), header(response, "Last-Modified")
            if item.capture is not None and item.capture.record_type != "revisit":
                self.session.workers.warm_up()  # there may be news; most runs bring none, and need no worker
            await self._read(item, response, self._progress[feed.source_id].source)
        self._add_robots_sitemaps(item)
        return item

    def feed_failed(self, failure: TwistedFailure) -> FeedItem:
        """Give the item of a feed that did not answer."""
        request: Request = failure.request  # type: ignore[attr-defined]
        item = self._feed_item(request, request.cb_kwargs["feed"])
        item.failure = self.name_error(failure, request)
        self._add_robots_sitemaps(item)
        return item

    def _feed_item(self, request: Request, feed: Feed) -> FeedItem:
        asked = [*request.meta.get("redirect_urls", []), request.url]
        if (shell := request.meta.pop("shell", None)) is not None:
            self.session.let_go(shell, feed.source_id)
        return FeedItem(
            feed=feed,
            hops=tuple(url for url in dict.fromkeys(asked) if url != feed.url),
            asked_at=request.meta.get("asked_at") or self.session.clock(),
            capture=request.meta.pop("capture", None),
            every=self._progress[feed.source_id].source.every,
        )

    async def _read(self, item: FeedItem, response: Response, source: Source) -> None:
        """Read an answer, a large one in a worker process: a hostile sitemap must neither hold up the crawl nor end it."""
        answer = (response.body, response.url, header(response, "Content-Type"), item.feed.kind, source)
        try:
            if len(response.body) <= READ_AT_ONCE and not response.body.startswith(GZIP):
                found = read_answer(*answer)
            else:
                async with self._readers:
                    found = await self.session.workers.call(read_answer, *answer)
        except Exception as error:
            logger.warning("cannot read a feed url=%s error=%r", response.url, error)
            logger.debug("where", exc_info=error)
            item.failure = Failure(reason="too_complex", detail=f"{type(error).__name__}: {error}"[:300])
        else:
            self._fill(item, found, source)

    def _fill(self, item: FeedItem, found: Discovery, source: Source) -> None:
        # a link to another site or to a picture is no news; one that tries to lead us astray is worth a row
        refused = [(url, reason) for url, reason in found.refused if reason not in {"offsite", "media"}]
        links: list[FoundLink] = []
        for link in found.links:
            if reason := trap(link.url):
                refused.append((link.url, reason))
            elif source.allows(link.url):
                links.append(replace(link, newest_at=believable_at(link.hints, item.asked_at)))
        item.links, item.refused = tuple(links), tuple(refused)
        announced = (*found.feeds, *(found.older if self._wish.backfill else ()))
        item.feeds = tuple(feed for feed in announced if feed.url != item.feed.url and not trap(feed.url))
        item.room = ROOM_OF_BACKFILL if self._wish.backfill else None
        item.problems = found.problems

    def _add_robots_sitemaps(self, item: FeedItem) -> None:
        """Hand on the sitemaps that robots.txt names; it has been read before the first request to its host."""
        middleware = self.crawler.get_downloader_middleware(RobotsRules)
        if middleware is not None and item.feed.found_in == "home":
            found = tuple(
                FoundFeed(url=url, kind=FeedKind.SITEMAP, found_in="robots")
                for url in middleware.sitemaps_of(item.feed.url)
            )
            item.feeds = (*item.feeds, *found)

    def kept(self, kept: list[Kept], feeds: list[FeedItem]) -> None:
        """Hear what has been committed: there may be room, and there may be new links."""
        for page in kept:
            link = page.item.link
            progress = self._progress.get(link.source_id) if link.source_id is not None else None
            if progress is not None and link.id is not None:
                progress.dirty, progress.linkless = True, False
                progress.count(link.url, page.word)
                progress.end(link.id, again=page.item.failure is not None or page.word in ANSWERED_BADLY)
                # what is left of a source that asked for a pause waits for a later run
                progress.paused = progress.paused or page.word == "paused"
        for item in feeds:
            self._listed(item.feed)
        self._news.set()

    def lost(self, item: Any, failure: TwistedFailure) -> None:
        """Go on after a fault of ours in a stage: the link is due again in the next run."""
        logger.error("an item was lost in the pipelines item=%s", type(item).__name__, exc_info=failure.value)
        if isinstance(item, PageItem):
            self._give_up(item.link)
        elif isinstance(item, FeedItem):
            self._listed(item.feed)
        self._news.set()

    def broken(self, failure: TwistedFailure, response: Any) -> None:
        """Go on after a fault of ours in a callback; Scrapy has logged it."""
        request = getattr(failure, "request", None) or getattr(response, "request", None)
        asked = request.cb_kwargs if request is not None else {}
        if "link" in asked:
            self._give_up(asked["link"])
        elif "feed" in asked:
            self._listed(asked["feed"])
        self._news.set()

    def _listed(self, feed: Feed) -> None:
        progress = self._progress[feed.source_id]
        progress.listing.discard(feed.id)
        progress.dirty, progress.linkless = True, False

    def _give_up(self, link: Link) -> None:
        if link.source_id in self._progress and link.id is not None:
            progress = self._progress[link.source_id]
            progress.done.add(link.id)  # still due, set aside or not
            progress.end(link.id, again=False)


def politeness(source: Source) -> dict[str, Any]:
    """Give the request meta that a source's declaration asks for: its own delay is not adjusted, robots.txt obeyed."""
    meta: dict[str, Any] = {"autothrottle_dont_adjust_delay": source.delay is not None}
    if source.rules.get("ignore_robots"):
        meta["ignore_robots"] = True
    return meta
