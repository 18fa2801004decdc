"""Put articles together whose pages came in by themselves, in whatever order: what an import does at its end.

Owns which captures of further pages belong to which revision: those nearest in time, as far as the text goes on. A page that goes
on with nothing that is kept is an article of its own. What is not settled waits in the archive, for this run or the next one.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from archive.articles import add_extraction
from archive.links import find_link, settle
from archive.parts import (
    PageCapture,
    Unjoined,
    WaitingPart,
    add_part,
    captures_of,
    parts_of,
    unjoined_revisions,
    waiting_parts,
)
from archive.records import Article
from archive.timeline import article_of_key
from archive.url_key import url_key
from pipelines.capture_batches import CaptureBatch, CaptureToRead
from pipelines.clean.template import clean_template
from pipelines.engine import Engine, in_order
from pipelines.items import NoArticle
from pipelines.keeping import Keeper
from pipelines.keeping_past import keep_past
from pipelines.part_reading import PART, going_on
from pipelines.parts import MOST_PARTS, join, numbered
from pipelines.past_items import PastItems
from pipelines.templates import load_template
from pipelines.workers import Reading, signed


class PartJoiner:
    """Joins what an import has brought; the caller holds the archive's lock."""

    def __init__(self, keeper: Keeper, items: PastItems, engine: Engine, clock: Callable[[], datetime]) -> None:
        """Read pages with `engine`, and judge those that stand alone as `items` judges pages of the past."""
        self._keeper, self._store, self._items, self._engine, self._clock = keeper, keeper.store, items, engine, clock
        self._again: set[int] = set()
        self.settled: Counter[str] = Counter()
        """The words of further pages that are articles of their own."""

    def look_at(self, article_id: int | None) -> None:
        """Note that a capture of an article came in; where it is spread over pages, its revisions are looked at in the end."""
        if article_id is not None and parts_of(self._store, article_id):
            self._again.add(article_id)

    def run(self) -> None:
        """Join all that waits; each article is a transaction of its own."""
        waiting = waiting_parts(self._store)
        by_key = {url_key(part.url): part for part in waiting}
        groups: defaultdict[int, list[WaitingPart]] = defaultdict(list)
        alone: list[WaitingPart] = []
        for part in waiting:
            article_id = self._article_before(part, by_key)
            (alone if article_id is None else groups[article_id]).append(part)
        for article_id in sorted({*groups, *self._again}):
            alone += self._join(article_id, groups.get(article_id, []))
        for part in alone:
            self._keep_alone(part)

    def _article_before(self, part: WaitingPart, waiting: Mapping[str, WaitingPart]) -> int | None:
        """Find the article that a page says it goes on with, by way of the pages between."""
        for _ in range(MOST_PARTS):
            key = url_key(part.earlier_url)
            if (article_id := article_of_key(self._store, key)) is not None:
                return article_id
            if key not in waiting:
                link = find_link(self._store, part.earlier_url)
                return link.article_id if link is not None else None
            part = waiting[key]
        return None

    def _join(self, article_id: int, waiting: Sequence[WaitingPart]) -> list[WaitingPart]:
        """Join an article's revisions with the pages that go on with them; give the pages that do not."""
        urls: defaultdict[int, set[str]] = defaultdict(set)
        for url in [*parts_of(self._store, article_id), *(part.url for part in waiting)]:
            if (own := numbered(url)) is not None:
                urls[own.number].add(url)
        joined = set(parts_of(self._store, article_id))
        captures = {number: captures_of(self._store, urls[number]) for number in urls}
        for revision in unjoined_revisions(self._store, article_id):
            further = list(_nearest(revision, captures))
            n_joined = self._join_revision(article_id, revision, further)
            for number in range(2, 2 + n_joined):
                joined |= urls[number]
        with self._store.transaction():
            for part in waiting:
                if part.url in joined:
                    settle(self._store, part.link_id, PART, article_id)
        return [part for part in waiting if part.url not in joined]

    def _join_revision(self, article_id: int, revision: Unjoined, further: Sequence[PageCapture]) -> int:
        """Write the whole text as another reading of a revision; give how many further pages it has."""
        if not further:
            return 0
        readings = self._read([revision.first, *further], revision.profile)
        texts = going_on([reading.extraction if reading else NoArticle(reason="no_payload") for reading in readings])
        if len(texts) < 2:
            return 0
        template = load_template(self._store, revision.source_id)
        reading = signed(clean_template(join(texts), template) if template.version else join(texts))
        assert isinstance(reading.extraction, Article)
        with self._store.transaction():
            for number, part in enumerate(further[: len(texts) - 1], 2):
                add_part(self._store, revision.first.id, number, part.id)
            add_extraction(
                self._store, article_id, revision.revision_id, reading.extraction, capture_id=revision.first.id,
                signature=reading.signature, now=self._clock(),
            )  # fmt: skip
        return len(texts) - 1

    def _keep_alone(self, part: WaitingPart) -> None:
        """Keep a page that goes on with nothing as an article of its own, with all that was captured of it."""
        captures = captures_of(self._store, {part.url})
        link = find_link(self._store, part.url)
        assert link is not None
        readings = self._read(captures, "full")
        items = self._items.of_kept(link, captures, readings)
        word, article_id = "no_payload", None
        with self._store.transaction():
            for capture, item in zip(captures, items, strict=True):
                if isinstance(item.extraction, Article):
                    now = self._clock()
                    word, article_id = keep_past(self._keeper, item, item.extraction, capture.id, now)
                elif article_id is None and item.extraction is not None:
                    word = item.extraction.reason
            settle(self._store, part.link_id, word, article_id)
        tally = self._keeper.tally(part.source_id)
        tally.reasons = tally.reasons + Counter([word]) - Counter([PART])
        self.settled[word] += 1

    def _read(self, captures: Iterable[PageCapture], profile: str) -> list[Reading | None]:
        asked = tuple(CaptureToRead(payload=capture.payload, profile=profile) for capture in captures)
        if not asked:
            return []
        task = CaptureBatch(folder=self._store.folder.absolute(), captures=asked)
        return [reading for batch in in_order(self._engine, [task]) for reading in batch.readings]


def _nearest(revision: Unjoined, captures: dict[int, list[PageCapture]]) -> Iterable[PageCapture]:
    """Give the captures of pages 2, 3 … that were made nearest to the first one's, up to a page that is missing."""
    for number in range(2, MOST_PARTS + 1):
        if not captures.get(number):
            return
        yield min(captures[number], key=lambda each: abs(each.fetched_at - revision.first.fetched_at))
