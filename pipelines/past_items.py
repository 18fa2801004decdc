"""Turn what a WARC file holds into page items of the past, with all that their judgement needs.

Owns their links and sources, the template that is cut, the neighbouring revisions that must be read again, and what a revisit
record repeats. Reads the archive, writes nothing.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from archive.articles import Payload
from archive.forget import is_forgotten
from archive.links import find_link
from archive.parts import find_payload, find_payloads, has_parts
from archive.records import Article, FoundIn, Link
from archive.restored import host_in
from archive.source_hosts import SourceHosts
from archive.store import Store
from archive.timeline import article_of_key
from archive.url_key import url_key
from archive.url_twins import article_key
from archive.waiting_parts import WaitingPart
from pipelines.capture_batches import CaptureToRead, read_all
from pipelines.clean.template import Template, clean_template, cut_alike
from pipelines.engine import Engine
from pipelines.items import NoArticle, PageItem, Waits
from pipelines.keeping import Keeper
from pipelines.keeping_past import neighbours
from pipelines.part_reading import PART
from pipelines.parts import numbered
from pipelines.stale import stale_reading
from pipelines.templates import load_template
from pipelines.warc_pages import FoundPage
from pipelines.warc_slices import Wanted
from pipelines.workers import Reading, signed


class PastItems:
    """Makes items of found pages."""

    def __init__(
        self, keeper: Keeper, engine: Engine, wanted: Wanted, hosts: SourceHosts, clock: Callable[[], datetime]
    ) -> None:
        """Read pages again, where it must be, with `engine`; templates are taken as the run finds them."""
        self._keeper, self._engine, self._wanted, self._hosts, self._clock = keeper, engine, wanted, hosts, clock
        self._templates: dict[int | None, Template] = {}

    def _item(self, page: FoundPage) -> tuple[PageItem, bytes]:
        """Give a page as a crawl would: with its link, its source's template cut."""
        item = PageItem(
            link=self._link(page.url), asked_at=page.captured_at, capture=page.capture, etag=page.etag,
            last_modified=page.last_modified, failure=page.failure, ends_early=page.ends_early, extraction=page.extraction,
            signature=page.signature, is_past=True,
        )  # fmt: skip
        self._mark(item, page.next_url, page.earlier_url)
        return item, page.raw

    def _link(self, url: str) -> Link:
        return find_link(self._keeper.store, url) or Link(
            id=None, url=url, url_key=url_key(url), source_id=None, found_in=FoundIn.IMPORT, discovered_at=self._clock()
        )

    def _mark(self, item: PageItem, next_url: str | None, earlier_url: str | None) -> None:
        """Let a page of what may be an article on several wait for the others; a later one is no article till then.

        One that is an article already stays one, and one that is forgotten by its own key is judged at once.
        """
        article, key = item.extraction, item.link.url_key
        if not isinstance(article, Article):
            return
        if earlier_url is None or url_key(earlier_url) == key:
            item.waits = Waits() if next_url is not None else None
        elif self._is_forgotten(article) or article_of_key(self._keeper.store, key) is not None:
            item.extraction = self._alone(article)
        else:
            item.waits = Waits(earlier_url=earlier_url)
            item.extraction, item.signature = NoArticle(reason=PART, detail=earlier_url), None
            item.ends_early = False  # judged where it turns out to stand alone

    def _alone(self, article: Article) -> Article:
        """Give a later page as an article of its own: it is no revision of the whole that a mobile form names as canonical."""
        key = article_key(article.url, article.canonical_url)
        if article.canonical_url is None or key == url_key(article.url) or self._is_forgotten(article):
            return article
        own, stated = numbered(article.url), numbered(article.canonical_url)
        same = own is not None and stated is not None and own.number == stated.number
        return article if same else replace(article, canonical_url=None)

    def _is_forgotten(self, article: Article) -> bool:
        return is_forgotten(self._keeper.store, article_key(article.url, article.canonical_url))

    def _prepare(self, item: PageItem) -> None:
        """Give a page its source, and cut that source's template from its text."""
        if item.link.source_id is None and (source_id := self._hosts.find(item.link.url)) is not None:
            item.link = replace(item.link, source_id=source_id)
        if not isinstance(item.extraction, Article):
            return
        template = self.template(item.link.source_id)
        if template.version:
            reading = signed(clean_template(item.extraction, template))
            item.extraction, item.signature = reading.extraction, reading.signature

    def template(self, source_id: int | None) -> Template:
        """Give the template of a source as the run found it."""
        if source_id not in self._templates:
            self._templates[source_id] = load_template(self._keeper.store, source_id)
        return self._templates[source_id]

    def _reread(self, items: list[PageItem]) -> None:
        """Read the neighbouring revisions again that others than today's extractor have read: no upgrade is an edit."""
        asked: list[tuple[Callable[[Article], None], CaptureToRead]] = []
        for item in items:
            if not isinstance(item.extraction, Article):
                continue
            around = neighbours(self._keeper, item.extraction, item.link, item.asked_at)
            for slot, previous in zip(("previous", "following"), around, strict=True):
                article = item.extraction
                if previous is None or not isinstance(article, Article):
                    continue
                template = self.template(item.link.source_id)
                take: Callable[[Article], None]
                if has_parts(self._keeper.store, previous.capture_id):
                    kept: tuple[Payload, ...] | Article | None = find_payloads(self._keeper.store, previous.revision_id)
                    take = partial(item.first_pages.__setitem__, previous.revision_id)
                else:
                    kept = stale_reading(self._keeper.store, previous, article.extractor)
                    take = partial(setattr, item, slot)
                if isinstance(kept, Article):
                    take(clean_template(kept, template))
                    reading = signed(cut_alike(article, kept))
                    item.extraction, item.signature = reading.extraction, reading.signature
                elif kept:  # an import knows single pages: it compares the first
                    asked.append((take, self.to_read(kept[0], template)))
        for (take, _), found in zip(asked, self._read([each for _, each in asked]), strict=True):
            if found is not None and isinstance(found.extraction, Article):
                take(found.extraction)

    def to_read(
        self, payload: Payload, template: Template, *, profile: str | None = None, part: int = 1
    ) -> CaptureToRead:
        """Read a kept page as an import reads those that it brings."""
        restored = self._wanted.restored_at(host_in(payload.url))
        how = profile or self._wanted.profile
        return CaptureToRead(payload=payload, part=part, profile=how, template=template, restored=restored)

    def _read(self, captures: list[CaptureToRead]) -> list[Reading | None]:
        return read_all(self._engine, self._keeper.store.folder, captures)

    def of_pages(self, pages: list[FoundPage]) -> list[tuple[PageItem, bytes]]:
        """Give pages as items, ready to be judged, each with the bytes of its record."""
        return self._ready([self._item(page) for page in pages])

    def of_revisits(self, pages: list[FoundPage]) -> list[tuple[PageItem, bytes]]:
        """Give revisits as items: what they repeat is read again, from the capture that holds it."""
        items = [self._item(page) for page in pages]
        asked: list[tuple[PageItem, CaptureToRead]] = []
        for (item, _), page in zip(items, pages, strict=True):
            assert item.capture is not None
            original = _original(self._keeper.store, page)
            if original is None:
                item.not_modified = item.capture.http_status == 304
                if not item.not_modified:
                    item.extraction = NoArticle(reason="no_payload", detail=page.refers_to)
                continue
            item.capture = replace(
                item.capture, revisit_of=original["id"], content_type=original["content_type"],
                http_status=item.capture.http_status or 200,
            )  # fmt: skip
            payload = Payload(url=page.url, content_type=original["content_type"], warc_file=original["warc_file"],
                              warc_offset=original["warc_offset"])  # fmt: skip
            asked.append((item, self.to_read(payload, Template())))
        readings = self._read([each for _, each in asked])
        for (item, _), reading in zip(asked, readings, strict=True):
            if reading is None:
                item.extraction = NoArticle(reason="no_payload")
            else:
                item.extraction, item.signature = reading.extraction, reading.signature
        taken = [(item, raw) for item, raw in items if self._wanted.speaks(item.extraction)]
        for (item, _), reading in zip(asked, readings, strict=True):
            if reading is not None:
                self._mark(item, reading.next_url, reading.earlier_url)
        return self._ready(taken)

    def of_waiting(self, parts: Sequence[WaitingPart]) -> list[PageItem | None]:
        """Give later pages that go on with nothing as any page: their captures are read again. None: it cannot be read."""
        store = self._keeper.store
        readings = self._read([self.to_read(find_payload(store, part.capture_id), Template()) for part in parts])
        items: list[PageItem | None] = []
        for part, reading in zip(parts, readings, strict=True):
            if reading is None:
                items.append(None)
                continue
            article = reading.extraction
            items.append(PageItem(
                link=self._link(part.url), asked_at=part.fetched_at, capture=store.capture(part.capture_id),
                ends_early=reading.ends_early, signature=reading.signature, is_past=True,
                extraction=self._alone(article) if isinstance(article, Article) else article,
            ))  # fmt: skip
        self._ready([(item, b"") for item in items if item is not None])
        return items

    def _ready(self, items: list[tuple[PageItem, bytes]]) -> list[tuple[PageItem, bytes]]:
        for item, _ in items:
            self._prepare(item)
        self._reread([item for item, _ in items])
        return items


def _original(store: Store, page: FoundPage) -> sqlite3.Row | None:
    """Find the capture that holds what a revisit repeats: by the record that it names, else by its payload."""
    capture = page.capture
    assert capture is not None
    columns = "SELECT id, content_type, warc_file, warc_offset FROM captures"
    row = None
    if page.refers_to:
        row = store.one(f"{columns} WHERE record_id = ? AND record_type = 'response'", (page.refers_to,))
    if row is None and capture.payload_digest:
        row = store.one(
            f"{columns} WHERE payload_digest = ? AND record_type = 'response' ORDER BY url != ?, id LIMIT 1",
            (capture.payload_digest, page.url),
        )
    return row
