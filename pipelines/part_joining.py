"""Put articles together whose pages an import brought by themselves, in whatever order: what it does at its end.

Owns which captures belong to a revision: from its first page on, each page's own link to the next, and of that the nearest
capture in time that goes on. Only adds: a reading of a revision that imports alone have read, and alone. What does not go on is
judged as any page. A capture that cannot be read settles nothing: it waits (archive/waiting_parts.py) for the next import.
"""

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive.articles import add_extraction, body_sha256
from archive.links import become_parts
from archive.parts import FirstPage, PageCapture, add_part, first_page, nearest_captures
from archive.records import Article
from archive.url_key import url_key
from archive.waiting_parts import WaitingPart, article_before, wait_no_longer, waiting_parts
from pipelines.capture_batches import CaptureToRead, read_all
from pipelines.engine import Engine
from pipelines.items import PageItem
from pipelines.keeping import Keeper
from pipelines.part_reading import PART, joined
from pipelines.parts import MOST_PARTS, goes_on, stand_apart
from pipelines.past_items import PastItems
from pipelines.workers import Reading

logger = logging.getLogger(__name__)

AT_ONCE = 100
"""Pages that wait, looked at together: the texts of so many articles are held."""
MOST_CAPTURES = 5
"""Of one page, which are tried."""
_FAULTS = (ValueError, TypeError, AssertionError, sqlite3.InterfaceError, sqlite3.IntegrityError)
"""Of one article: others are joined all the same."""


@dataclass(slots=True, kw_only=True)
class _Whole:
    """A revision as it is being read, page by page."""

    page: FirstPage
    to_try: list[PageCapture]
    """Captures of the page that is read next, the nearest first."""
    captures: list[PageCapture] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    is_settled: bool = True
    """False where a capture could not be read, and no other one of that page goes on."""

    @property
    def parts(self) -> list[PageCapture]:
        return self.captures[1:]

    def take(self, reading: Reading | None) -> str | None:
        """Take a reading of what is tried next, where it goes on with the article; give the page that it links as the next."""
        capture = self.to_try.pop(0)
        if reading is None:
            self.is_settled = False
            return None
        if not self._goes_on(reading):
            return None
        self.captures.append(capture)
        self.readings.append(reading)
        self.to_try, self.is_settled = [], True
        keys = {url_key(each.payload.url) for each in self.captures}
        is_end = reading.next_url is None or len(self.captures) == MOST_PARTS or url_key(reading.next_url) in keys
        return None if is_end else reading.next_url

    def _goes_on(self, reading: Reading) -> bool:
        if not isinstance(reading.extraction, Article):
            return False
        texts = [each.extraction for each in self.readings if isinstance(each.extraction, Article)]
        if not texts:  # what is kept of it is what is read of it
            return body_sha256(reading.extraction.body) == self.page.body_sha256
        return (
            not reading.ends_early
            and not stand_apart(texts[0], reading.extraction)
            and goes_on(texts[0], texts, reading.extraction)
        )


class PartJoiner:
    """Joins what waits; the caller holds the archive's lock. Each article, and each page that stands alone, is a transaction."""

    def __init__(
        self,
        keeper: Keeper,
        items: PastItems,
        engine: Engine,
        clock: Callable[[], datetime],
        keep: Callable[[PageItem, datetime, int], str],
    ) -> None:
        """Read pages with `engine`; `keep` judges and writes an item whose capture has its row, as for any page."""
        self._keeper, self._items, self._engine, self._clock, self._keep = keeper, items, engine, clock, keep
        self._store = keeper.store
        self._looked: set[int] = set()
        """Revisions that were read: once a run."""
        self._held: set[int] = set()
        """Captures of articles that could not be written: they wait on."""
        self.settled: Counter[str] = Counter()
        """What this run's outcome words have become: more of some, less of others."""

    def run(self) -> None:
        """Join all that waits, then judge what is left by itself."""
        for parts in self._waiting(later=False):
            self._join(parts)
        for parts in self._waiting(later=True):  # whose first pages came before
            self._join(parts)
        for parts in self._waiting(later=True):
            self._keep_alone([part for part in parts if part.capture_id not in self._held])

    def _waiting(self, *, later: bool) -> Iterator[list[WaitingPart]]:
        after = 0
        while parts := waiting_parts(self._store, later=later, after=after, at_most=AT_ONCE):
            yield parts
            after = parts[-1].capture_id

    def _join(self, parts: Sequence[WaitingPart]) -> None:
        """Join the articles that these pages begin or go on with; first pages have had their turn then."""
        wholes: list[_Whole] = []
        for part in parts:
            page = self._first_page(part)
            if page is not None and page.revision_id not in self._looked:
                self._looked.add(page.revision_id)
                wholes.append(_Whole(page=page, to_try=[page.capture]))
        self._read(wholes)
        for whole in wholes:
            self._write(whole)
        wait_on = {whole.page.capture.id for whole in wholes if not whole.is_settled}
        with self._store.transaction():
            firsts = {part.capture_id for part in parts if part.earlier_url is None}
            wait_no_longer(self._store, firsts - wait_on)

    def _first_page(self, part: WaitingPart) -> FirstPage | None:
        article_id = article_before(self._store, part)
        if article_id is None:
            return None
        capture_id = part.capture_id if part.earlier_url is None else None
        return first_page(self._store, article_id, part.fetched_at, capture_id=capture_id)

    def _read(self, wholes: Sequence[_Whole]) -> None:
        """Read first pages, then the second ones that they link, and so on."""
        open_ends = list(wholes)
        while open_ends:
            asked = [self._to_read(whole) for whole in open_ends]
            for whole, reading in zip(open_ends, read_all(self._engine, self._store.folder, asked), strict=True):
                try:
                    next_url = whole.take(reading)
                except _FAULTS:
                    self._fail(whole)
                    continue
                if next_url is not None:
                    moment = whole.page.fetched_at
                    whole.to_try = nearest_captures(self._store, url_key(next_url), moment, at_most=MOST_CAPTURES)
            open_ends = [whole for whole in open_ends if whole.to_try]

    def _to_read(self, whole: _Whole) -> CaptureToRead:
        template = self._items.template(whole.page.source_id)
        return self._items.to_read(
            whole.to_try[0].payload, template, profile=whole.page.profile, part=len(whole.captures) + 1
        )

    def _write(self, whole: _Whole) -> None:
        """Write the whole text as a reading of its revision; where that fails, its pages wait on."""
        page, parts = whole.page, whole.parts
        if not parts:
            return
        try:
            with self._store.transaction():
                reading = joined(whole.readings)
                assert isinstance(reading.extraction, Article)
                for number, part in enumerate(parts, 2):
                    add_part(self._store, page.capture.id, number, part.id)
                add_extraction(
                    self._store, page.article_id, page.revision_id, reading.extraction, capture_id=page.capture.id,
                    signature=reading.signature, now=self._clock(),
                )  # fmt: skip
                become_parts(self._store, [part.payload.url for part in parts], page.article_id)
                wait_no_longer(self._store, (part.id for part in parts))
        except _FAULTS:
            self._fail(whole)

    def _fail(self, whole: _Whole) -> None:
        """Count an article that cannot be joined; its pages wait on."""
        logger.exception("an article's pages cannot be joined url=%s", whole.page.capture.payload.url)
        self._keeper.tally(whole.page.source_id).n_failed += 1
        self.settled["failed"] += 1
        self._held.update(part.id for part in whole.parts)
        whole.is_settled, whole.to_try, whole.captures = False, [], []

    def _keep_alone(self, parts: Sequence[WaitingPart]) -> None:
        """Judge later pages that go on with nothing as any page."""
        for part, item in zip(parts, self._items.of_waiting(parts), strict=True):
            if item is None:
                continue
            with self._store.transaction():
                word = self._keep(item, self._clock(), part.capture_id)
                wait_no_longer(self._store, [part.capture_id])
            self.settled[word] += 1
            self.settled[PART] -= part.run_id == self._keeper.run_id
