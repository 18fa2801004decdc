"""Turn what a WARC file holds into page items of the past, with all that their judgement needs.

Owns their links and sources, the template that is cut, the neighbouring revisions that must be read again, and what a revisit
record repeats. Reads the archive, writes nothing.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from archive.articles import Payload
from archive.links import find_link
from archive.records import Article, FoundIn, Link
from archive.source_hosts import SourceHosts
from archive.store import Store
from archive.url_key import url_key
from pipelines.capture_batches import CaptureBatch, CaptureToRead
from pipelines.clean.template import Template, clean_template, cut_alike
from pipelines.engine import Engine, in_order
from pipelines.items import NoArticle, PageItem
from pipelines.keeping import Keeper
from pipelines.keeping_past import neighbours
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
        link = find_link(self._keeper.store, page.url) or Link(
            id=None, url=page.url, url_key=url_key(page.url), source_id=None, found_in=FoundIn.IMPORT,
            discovered_at=self._clock(),
        )  # fmt: skip
        item = PageItem(
            link=link, asked_at=page.captured_at, capture=page.capture, etag=page.etag, last_modified=page.last_modified,
            failure=page.failure, ends_early=page.ends_early, extraction=page.extraction, signature=page.signature,
            is_past=True,
        )  # fmt: skip
        return item, page.raw

    def _prepare(self, item: PageItem) -> None:
        """Give a page its source, and cut that source's template from its text."""
        if item.link.source_id is None and (source_id := self._hosts.find(item.link.url)) is not None:
            item.link = replace(item.link, source_id=source_id)
        if not isinstance(item.extraction, Article):
            return
        template = self._template(item.link.source_id)
        if template.version:
            reading = signed(clean_template(item.extraction, template))
            item.extraction, item.signature = reading.extraction, reading.signature

    def _template(self, source_id: int | None) -> Template:
        if source_id not in self._templates:
            self._templates[source_id] = load_template(self._keeper.store, source_id)
        return self._templates[source_id]

    def _reread(self, items: list[PageItem]) -> None:
        """Read the neighbouring revisions again that others than today's extractor have read: no upgrade is an edit."""
        asked: list[tuple[PageItem, str, CaptureToRead]] = []
        for item in items:
            if not isinstance(item.extraction, Article):
                continue
            around = neighbours(self._keeper, item.extraction, item.link.article_id, item.asked_at)
            for slot, previous in zip(("previous", "following"), around, strict=True):
                article = item.extraction
                assert isinstance(article, Article)
                kept = stale_reading(self._keeper.store, previous, article.extractor) if previous is not None else None
                template = self._template(item.link.source_id)
                if isinstance(kept, Article):
                    setattr(item, slot, clean_template(kept, template))
                    reading = signed(cut_alike(article, kept))
                    item.extraction, item.signature = reading.extraction, reading.signature
                elif kept is not None:  # an import knows single pages: it compares the first
                    asked.append(
                        (item, slot, CaptureToRead(payload=kept[0], profile=self._wanted.profile, template=template))
                    )
        for (item, slot, _), found in zip(asked, self._read([each for _, _, each in asked]), strict=True):
            if found is not None and isinstance(found.extraction, Article):
                setattr(item, slot, found.extraction)

    def _read(self, captures: list[CaptureToRead]) -> list[Reading | None]:
        if not captures:
            return []
        task = CaptureBatch(folder=self._keeper.store.folder.absolute(), captures=tuple(captures))
        return [reading for batch in in_order(self._engine, [task]) for reading in batch.readings]

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
            asked.append((item, CaptureToRead(payload=payload, profile=self._wanted.profile)))
        for (item, _), reading in zip(asked, self._read([each for _, each in asked]), strict=True):
            if reading is None:
                item.extraction = NoArticle(reason="no_payload")
            else:
                item.extraction, item.signature = reading.extraction, reading.signature
        return self._ready([(item, raw) for item, raw in items if self._wanted.speaks(item.extraction)])

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
