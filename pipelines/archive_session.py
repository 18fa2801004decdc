"""One run's hold on its archive: the store and the WARC file behind one writing thread.

Owns the order "WARC record, fsync, row". Scrapy-free; the tap, the stages and the spiders share one session.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from archive.articles import Payload, Previous, body_sha256, find_previous
from archive.disk import short_of_room
from archive.erasure import erase, order
from archive.errors import ArchiveError
from archive.fingerprint import signature
from archive.forget import forgotten_keys
from archive.health import Complaint
from archive.links import find_answer, find_link, mend_future
from archive.records import Article, Capture, Extractor, Link
from archive.restored import RestoredBlock, host_in, restored_blocks
from archive.store import Store, open_store
from archive.url_twins import article_key
from archive.warc import Exchange, Rendered, WarcWriter, existing, recover
from archive.warc_read import KeptResponse, read_record
from pipelines.clean.template import Template, clean_template, cut_alike
from pipelines.items import Failure, FeedItem, Page, PageItem
from pipelines.keeping import Keeper, Rhythm
from pipelines.keeping_feeds import keep_feed
from pipelines.kept_lists import note_word_lists
from pipelines.kept_pages import read_back
from pipelines.part_reading import read_whole
from pipelines.run_rows import save_run
from pipelines.session import Kept, Session
from pipelines.stale import stale_reading
from pipelines.tally import Tally
from pipelines.templates import is_time_to_learn, learn_templates, load_template

logger = logging.getLogger(__name__)

T = TypeVar("T")
Item = TypeVar("Item", PageItem, FeedItem)

ROBOTS_KEPT = timedelta(hours=1)
"""So long is a robots.txt as good as asked for: RFC 9309 allows a day, and what a publisher forbids should count soon."""


class ArchiveWriteError(ArchiveError):
    """The archive cannot be written any more: a full disk, a damaged database. The run ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsAnswer:
    """What came of asking for a robots.txt: no item carries it, yet it is a URL that was asked."""

    url: str
    asked_at: datetime
    word: str
    capture: Capture | None
    source_id: int | None


@dataclass(slots=True)
class ArchiveSession(Session):
    """A run that keeps. Calls that touch the disk run in one thread, in the order in which they were made."""

    folder: Path
    command: str = "crawl"
    options: Mapping[str, Any] = field(default_factory=dict)
    rhythm: Rhythm = field(default_factory=Rhythm)
    part: str = ""
    """The name of the part of another archive that this one is (archive/shard.py): earlier pages are not here, templates are
    learned there."""
    min_free: int | None = None
    """Bytes that must stay free on the archive's disk; None: as usual."""
    keeper: Keeper = field(init=False)
    warc: WarcWriter = field(init=False)
    loose: list[tuple[Capture, int | None]] = field(default_factory=list)
    """Captures that no item carries (redirects, retried answers, robots.txt), with their source's id."""
    robots: list[RobotsAnswer] = field(default_factory=list)
    complaints: dict[int, tuple[Complaint, ...]] = field(default_factory=dict)
    """By source: what its health rules say of the finished run."""
    restored: tuple[RestoredBlock, ...] = ()
    """What was put back in the sources' texts."""
    templates: dict[int | None, Template] = field(default_factory=dict)
    """The sources' templates as the run found them: what it learns acts from its end on, in whatever order pages came."""
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "archive"))

    def open(self) -> None:
        """Open the archive, mend what a killed run left, begin the run's row."""
        store = open_store(self.folder)
        if self.command != "fetch":  # a fetch does not hold the lock: a crawl may be closing its file right now
            for path in recover(self.folder):
                logger.warning("closed a WARC file that a killed run left open file=%s", path)
            erase(self.folder, store, self.clock())
        self.forgotten = forgotten_keys(store)
        self.restored = restored_blocks(store)
        with store.transaction():
            if self.command == "crawl" and mend_future(store, now=self.clock()):
                logger.warning("the last run's clock was ahead: what it put off is due now")
            note_word_lists(store)
            run_id = store.start_run(command=self.command, options=self.options, now=self.clock())
        self.run_id = run_id
        self.keeper = Keeper(store=store, run_id=run_id, rhythm=self.rhythm)
        part = f"-{self.part}" if self.part else ""
        self.warc = WarcWriter(self.folder, name=f"presskeep-{self.clock():%Y%m%dT%H%M%SZ}-run{run_id:06d}{part}")

    @property
    def store(self) -> Store:
        """The open store; only for calls that run in the writing thread."""
        return self.keeper.store

    def hurry(self) -> None:
        """Wait for another writer no longer than a stop may: what is not written is due in the next run."""
        self.store.hurry()

    async def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a function in the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(function, *args, **kwargs))

    async def known_link(self, url: str) -> Link | None:
        """Give the link that is kept under a URL."""
        return await self.call(find_link, self.store, url)

    def note_request(self, source_id: int | None) -> None:
        """Count a request for a source."""
        self.keeper.tally(source_id).n_requests += 1

    def let_go(self, capture: Capture, source_id: int | None) -> None:
        """Keep, with the next batch, a capture that no item carries: of a redirect, of an answer that was asked for again."""
        self.loose.append((capture, source_id))

    def with_restored(self, page: Page, source_id: int | None) -> Page:
        """Give a page with the texts that cleaning must leave in."""
        texts = tuple(block.text for block in self.restored if block.covers(source_id, host_in(page.url)))
        return replace(page, restored=texts) if texts else page

    async def record(self, exchange: Exchange, *, purpose: str, content_type: str | None, status: int,
                     robots: str | None) -> Capture | None:  # fmt: skip
        """Write an exchange to the WARC file, as a revisit where its payload is kept."""
        try:
            return await self.call(self._record, exchange, purpose, content_type, status, robots)
        except (OSError, sqlite3.Error) as error:
            self.fail(error)
            raise ArchiveWriteError(f"cannot write the archive: {error}") from error

    def _record(
        self, exchange: Exchange, purpose: str, content_type: str | None, status: int, robots: str | None
    ) -> Capture:
        digest = exchange.payload_digest
        known = self.store.original(digest) if exchange.payload else None
        written = self.warc.append(exchange, original=known[1] if known else None)
        return Capture(
            url=exchange.url,
            fetched_at=exchange.fetched_at,
            http_status=status,
            content_type=content_type,
            payload_digest=digest,
            payload_length=len(exchange.payload),
            record_type=written.record_type,
            record_id=written.record_id,
            warc_file=written.warc_file,
            warc_offset=written.offset,
            warc_length=written.length,
            revisit_of=known[0] if known else None,
            ip_address=exchange.ip_address,
            purpose=purpose,
            robots=robots,
        )

    async def kept_robots(self, url: str, most: int) -> KeptResponse | None:
        """Give a robots.txt that one of the last runs was answered with, at most so many bytes of it; None where it must be
        asked for.
        """
        return await self.call(self._kept_robots, url, most) if self.command == "crawl" else None

    def _kept_robots(self, url: str, most: int) -> KeptResponse | None:
        now = self.clock()
        place = find_answer(self.store, url, since=now - ROBOTS_KEPT, until=now)
        try:
            return read_record(self.folder, *place, decode=True, start=most) if place is not None else None
        except ArchiveError:
            return None  # asked again, then

    async def record_rendered(self, url: str, html: bytes, shell: Capture) -> Capture:
        """Write a rendered page to the WARC file; `shell` is the capture of the response that it was made of."""
        try:
            return await self.call(self._record_rendered, url, html, shell)
        except (OSError, sqlite3.Error) as error:
            self.fail(error)
            raise ArchiveWriteError(f"cannot write the archive: {error}") from error

    def _record_rendered(self, url: str, html: bytes, shell: Capture) -> Capture:
        rendered = Rendered(url=url, rendered_at=self.clock(), payload=html, response_id=shell.record_id)
        written = self.warc.append_rendered(rendered)
        return replace(
            shell,
            url=url,
            fetched_at=rendered.rendered_at,
            content_type="text/html; charset=utf-8",
            payload_digest=rendered.payload_digest,
            payload_length=len(html),
            record_type=written.record_type,
            record_id=written.record_id,
            warc_file=written.warc_file,
            warc_offset=written.offset,
            warc_length=written.length,
            revisit_of=None,
        )

    def note_robots(self, url: str, meta: dict[str, Any], word: str, source_id: int | None) -> None:
        """Remember what came of a robots.txt until the next batch; `meta` is its request's, as the tap left it."""
        asked_at = meta.get("asked_at") or self.clock()
        self.robots.append(
            RobotsAnswer(url=url, asked_at=asked_at, word=word, capture=meta.pop("capture", None), source_id=source_id)
        )

    async def commit(self, items: Sequence[PageItem | FeedItem]) -> list[Kept]:
        """Write a batch: the WARC on disk first, then all rows in one transaction."""
        loose, self.loose = self.loose, []
        robots, self.robots = self.robots, []
        if self.fault is not None:
            raise ArchiveWriteError(f"cannot write the archive: {self.fault}")
        if not (items or loose or robots):
            return []
        return await self.call(self._commit, items, loose, robots)

    def _commit(
        self,
        items: Sequence[PageItem | FeedItem],
        loose: Sequence[tuple[Capture, int | None]],
        robots: Sequence[RobotsAnswer],
    ) -> list[Kept]:
        self.warc.sync()
        now = self.clock()
        kept = []
        with self.store.transaction():
            for capture, source_id in loose:
                self.keeper.keep_capture(capture, source_id)
            for answer in robots:
                self.keeper.keep_robots(answer.url, answer.word, answer.capture, answer.source_id, answer.asked_at)
            for item in items:
                if isinstance(item, FeedItem):
                    self._keep(partial(keep_feed, self.keeper), item, now)
                else:
                    word, article_id = self._keep(self.keeper.keep_page, item, now)
                    self._keep_shell(item, word)
                    kept.append(Kept(item=item, word=word, article_id=article_id))
        if self.command == "crawl":
            self.short = short_of_room(self.folder, self.min_free)
        return kept

    def _keep_shell(self, item: PageItem, word: str) -> None:
        """Keep, or forget with it, the response that a rendered page was made of."""
        if item.shell is not None and word == "forgotten":
            order(self.store, [(item.shell.warc_file, item.shell.warc_offset)])
        elif item.shell is not None:
            self.keeper.keep_capture(item.shell, item.link.source_id)

    def _keep(self, keep: Callable[[Item, datetime], T], item: Item, now: datetime) -> T:
        """Write one item; what cannot be written becomes a failure of that item, and of no other."""
        try:
            with self.store.db.atomic():
                return keep(item, now)
        except (ValueError, TypeError, AssertionError, sqlite3.InterfaceError, sqlite3.IntegrityError) as error:
            logger.exception("an item cannot be kept")
            item.failure = Failure(reason="failed", detail=f"{type(error).__name__}: {error}"[:300])
            item.capture = None
            return keep(item, now)

    async def template_of(self, source_id: int | None) -> Template:
        """Give the template of a source, as the run found it."""
        if (template := self.templates.get(source_id)) is None:
            template = await self.call(load_template, self.store, source_id)
            self.templates[source_id] = template
        return template

    async def reread(self, item: PageItem, article: Article, template: Template | None) -> None:
        """Make the kept article of an item comparable with what was read now, where another extractor or other rules read it.

        Where only the template is another one, the kept reading itself will do: no page is needed to cut more from it.
        Nothing is done where the reading can be compared as it is, or its capture is no longer there.
        """
        key = article_key(article.url, article.canonical_url)
        kept = await self.call(self._stale_page, key, article.extractor)
        if isinstance(kept, Article):
            item.previous = clean_template(kept, template or Template())
            # what an older template cut from it and this one would not: cut from both, or it would look added
            item.extraction = cut_alike(article, kept)
            if item.extraction.body != article.body:
                item.signature = signature(item.extraction.body)
        elif kept is not None:
            pages = [self.with_restored(replace(page, hints=item.link.hints), item.link.source_id) for page in kept]
            reading = await read_whole(self.workers, pages, template)
            item.previous = reading.extraction if isinstance(reading.extraction, Article) else None
            item.reread_failed = item.previous is None

    def _stale_page(self, url_key: str, current: Extractor) -> tuple[Page, ...] | Article | None:
        previous = find_previous(self.store, url_key)
        found = stale_reading(self.store, previous, current) if previous is not None else None
        if self.part and previous is not None and not self._is_here(found, previous):
            return None
        return read_back(self.folder, found) if isinstance(found, tuple) else found

    def _is_here(self, found: tuple[Payload, ...] | Article | None, previous: Previous) -> bool:
        """Tell whether a part of an archive has what a reading must be compared by: no earlier pages, no texts that are not due."""
        if isinstance(found, tuple):
            return all(existing(self.folder, page.warc_file).exists() for page in found)
        return found is None or body_sha256(found.body) == previous.body_sha256

    async def learn_templates(self) -> None:
        """Learn the templates of the sources that brought enough new texts, one at a time in the writing thread."""
        if self.command != "crawl" or self.part:
            return
        for source_id in await self.call(self._sources_to_learn):
            if self.total is not None:  # a stop that did not wait has closed the run
                return
            await self.call(learn_templates, self.store, [source_id], now=self.clock())

    def _sources_to_learn(self) -> list[int]:
        return [
            source_id
            for source_id, tally in self.keeper.tallies.items()
            if source_id is not None and is_time_to_learn(self.store, source_id, n_new=tally.reasons["new"])
        ]

    def finish(self, *, reason: str, n_requests: int, n_bytes: int) -> Tally:
        """Close the run's rows and the WARC file, stop the workers, and give the run's counts."""
        # in a slotted dataclass, which is made anew, super() would look for the class that was
        total = Session.finish(self, reason=reason, n_requests=n_requests, n_bytes=n_bytes)
        self._thread.shutdown(wait=True)
        self.warc.close()
        for tally in self.keeper.tallies.values():
            total.add(tally)
        total.n_requests = n_requests
        if self.command != "fetch":  # what a page that was forgotten left behind under another URL
            erase(self.store.folder, self.store, self.clock())
        with self.store.transaction():
            now = self.clock()
            self.complaints = save_run(self.store, self.keeper, total, reason=reason, n_bytes=n_bytes, now=now)
        return total

    def close(self) -> None:
        """Close the store."""
        self.store.close()
