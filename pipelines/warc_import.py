"""Import WARC files: what their slices bring is judged and kept as a live crawl's pages are, in the order of the files.

Owns the coordinator: the only writer, one transaction a batch, in which the file's progress stands beside its rows; so a
killed import goes on where it was, and a second one has nothing to do. What is read where: pipelines/warc_slices.py.
"""

import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from archive.disk import short_of_room
from archive.erasure import erase
from archive.forget import forgotten_keys
from archive.imported_files import begin_file, has_record, known_offsets, move_captures, note_broken, save_progress
from archive.links import find_link
from archive.places import Place, PlaceError, files_in, look_at, opened
from archive.records import Article
from archive.restored import restored_blocks
from archive.source_hosts import SourceHosts
from archive.store import Store
from archive.times import iso
from archive.url_key import url_key
from archive.warc import WarcWriter, recover
from archive.warc_frames import NoWarcError, slice_starts
from pipelines.engine import Engine, in_order
from pipelines.items import Failure, PageItem
from pipelines.keeping import Keeper, Rhythm
from pipelines.kept_lists import note_word_lists
from pipelines.memory import peak_mb
from pipelines.past_items import PastItems
from pipelines.run_rows import counts_of
from pipelines.tally import Tally
from pipelines.templates import learn_templates
from pipelines.warc_pages import FoundPage
from pipelines.warc_slices import SLICE, BrokenRecord, SliceRead, Wanted, WarcSlice, slices

logger = logging.getLogger(__name__)

ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".warc.zstd")
"""Of the files that are taken from a folder."""
LISTED = 20
"""Broken records that are named; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is, for whoever watches."""

    n_bytes: int
    of_bytes: int
    n_pages: int


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import did."""

    run_id: int
    n_files: int = 0
    n_done_before: int = 0
    """Of these, files that had been imported whole."""
    n_records: int = 0
    n_other: int = 0
    """Records that are no answers of a web server."""
    n_filtered: int = 0
    n_known: int = 0
    """Records that the archive has."""
    n_taken_along: int = 0
    """Of these, ones that it referred to where they lay, and has in its own files now."""
    n_forgotten: int = 0
    """Pages that were taken down, and must not come back."""
    n_broken: int = 0
    broken: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Files that could not be read, or not to their end, each with the reason."""
    outcomes: Counter[str] = field(default_factory=Counter)
    finish_reason: str = "finished"

    @property
    def exit_code(self) -> int:
        """0, 3 where some records or files could not be read, 1 where no file could."""
        if self.finish_reason == "shutdown":
            return 130
        if self.finish_reason != "finished" or (self.faults and len(self.faults) == self.n_files):
            return 1
        return 3 if self.faults or self.n_broken else 0


def import_warc(
    store: Store,
    names: Sequence[str],
    *,
    wanted: Wanted,
    engine: Engine,
    clock: Callable[[], datetime],
    min_free: int | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Imported:
    """Import files, folders and URLs; raises PlaceError where one of them is not there. The caller holds the lock."""
    places = [look_at(file) for name in names for file in files_in(name, ENDINGS)]
    importer = _Importer(store, wanted, engine, clock, min_free)
    try:
        importer.run(list(dict.fromkeys(places)), names, tell)
    except BaseException as error:
        importer.found.finish_reason = "shutdown" if isinstance(error, KeyboardInterrupt) else "failed"
        raise
    finally:
        importer.close()
    return importer.found


class _Importer:
    """One import on its way."""

    def __init__(
        self, store: Store, wanted: Wanted, engine: Engine, clock: Callable[[], datetime], min_free: int | None
    ) -> None:
        recover(store.folder)
        erase(store.folder, store, clock())
        self._store, self._engine, self._clock, self._min_free = store, engine, clock, min_free
        self._hosts = SourceHosts(store)
        self._wanted = replace(wanted, restored=_restored(store, self._hosts))
        self._filters = _described(wanted)
        self._forgotten = forgotten_keys(store)
        self._rows: dict[str, tuple[int, int]] = {}
        """Name of a file: the id of its row, and its size."""
        self._faulty: set[str] = set()
        """Files that could not be read on somewhere: they are not done, whatever else of them is kept."""
        self._warc: WarcWriter | None = None
        self._n_bytes = self._of_bytes = 0
        self._keeper = Keeper(store=store, run_id=None, rhythm=Rhythm())
        self._items = PastItems(self._keeper, engine, self._wanted, self._hosts, clock)
        self.found = Imported(run_id=0)

    def run(self, places: list[Place], names: Sequence[str], tell: Callable[[Progress], None]) -> None:
        with self._store.transaction():
            options = {"warc": list(names), **json.loads(self._filters)}
            note_word_lists(self._store)
            run_id = self._store.start_run(command="import", options=options, now=self._clock())
        self.found.run_id = self._keeper.run_id = run_id
        self.found.n_files = len(places)
        if self._wanted.copy:
            self._warc = WarcWriter(
                self._store.folder, name=f"presskeep-{self._clock():%Y%m%dT%H%M%SZ}-run{run_id:06d}"
            )
        self._of_bytes = sum(place.size for place in places)
        for batch in in_order(self._engine, self._tasks(places)):
            self._take(batch)
            self._n_bytes += batch.done_to - batch.start
            tell(Progress(n_bytes=self._n_bytes, of_bytes=self._of_bytes, n_pages=self.found.outcomes.total()))
            if (why := short_of_room(self._store.folder, self._min_free)) is not None:
                logger.warning("stopping: %s", why)
                self.found.finish_reason = "disk_full"
                return
        learned = [
            source_id
            for source_id, tally in self._keeper.tallies.items()
            if source_id is not None and tally.reasons["new"] + tally.reasons["revised"]
        ]
        learn_templates(self._store, learned, now=self._clock())

    def close(self) -> None:
        """Close the run's row and our own WARC file, whatever ended it."""
        if self._warc is not None:
            self._warc.close()
        if not self.found.run_id:
            return
        total = Tally()
        for tally in self._keeper.tallies.values():
            total.add(tally)
        total.n_failed += self.found.n_broken
        with self._store.transaction():
            values: dict[str, Any] = {
                "finished_at": iso(self._clock()), "finish_reason": self.found.finish_reason,
                "exit_code": self.found.exit_code, "n_bytes": self._n_bytes, "n_captures": total.n_captures,
                "peak_rss_mb": peak_mb(), **counts_of(total),
            }  # fmt: skip
            self._store.update("runs", self.found.run_id, values)

    def _tasks(self, places: list[Place]) -> Iterator[WarcSlice]:
        """Give the slices that are still to be read; called whenever the engine has room."""
        for place in places:
            with self._store.transaction():
                progress = begin_file(self._store, place, self._filters, run_id=self.found.run_id)
            self._rows[place.name] = (progress.row_id, place.size)
            if progress.is_finished:
                self.found.n_done_before += 1
                self._n_bytes += place.size
                continue
            for task in slices(place.name, _starts(place), max(place.size, 1), self._wanted):
                if task.end > progress.done_to:
                    start = max(task.start, progress.done_to)
                    known = known_offsets(self._store, place.name, start, task.end)
                    yield replace(task, start=start, known=known)

    def _take(self, batch: SliceRead) -> None:
        """Keep what a slice brought."""
        found = self.found
        found.n_records += batch.n_records
        found.n_other += batch.n_other
        found.n_filtered += batch.n_filtered
        found.n_known += batch.n_known
        if batch.fault is not None and batch.name not in self._faulty:
            self._faulty.add(batch.name)
            found.faults.append(f"{batch.name}: {batch.fault}")
        pages = [page for page in batch.pages if self._is_to_keep(page)]
        revisits = [page for page in pages if _is_revisit(page)]
        first = [page for page in pages if not _is_revisit(page)]
        self._keep(self._items.of_pages(first), batch, is_last=not revisits)
        if revisits:
            # what they repeat may have come in the same batch
            self._keep(self._items.of_revisits(revisits), replace(batch, broken=(), known=()), is_last=True)

    def _is_to_keep(self, page: FoundPage) -> bool:
        capture = page.capture
        if url_key(page.url) in self._forgotten:
            self.found.n_forgotten += 1
            return False
        if capture is not None and has_record(self._store, capture.record_id, page.url, page.captured_at):
            self.found.n_known += 1
            return False
        return True

    def _keep(self, items: list[tuple[PageItem, bytes]], batch: SliceRead, *, is_last: bool) -> None:
        copied = [self._copied(item, raw) for item, raw in items]
        moved = [(each.offset, self._taken_along(each.raw)) for each in batch.known]
        if self._warc is not None:
            self._warc.sync()
        now = self._clock()
        with self._store.transaction():
            for item in copied:
                self.found.outcomes[self._keep_item(item, now)] += 1
            for offset, place in moved:
                move_captures(self._store, (batch.name, offset), place)
            self.found.n_taken_along += len(moved)
            for broken in batch.broken:
                self._note_broken(batch.name, broken)
            if is_last and batch.name not in self._faulty:
                row_id, size = self._rows[batch.name]
                finished = now if batch.done_to >= size else None
                save_progress(self._store, row_id, batch.done_to, run_id=self.found.run_id, finished_at=finished)

    def _note_broken(self, name: str, broken: BrokenRecord) -> None:
        note_broken(self._store, name, broken.offset, broken.why, run_id=self.found.run_id)
        self.found.n_broken += 1
        if len(self.found.broken) < LISTED:
            self.found.broken.append(f"{name} at {broken.offset}: {broken.why}")

    def _keep_item(self, item: PageItem, now: datetime) -> str:
        """Write one page; what cannot be written is a failure of that page, and of no other."""
        if (link := find_link(self._store, item.link.url)) is not None:  # as the pages before it left it
            item.link = replace(link, source_id=link.source_id or item.link.source_id)
        if isinstance(item.extraction, Article) and item.link.source_id is None:
            item.link = replace(item.link, source_id=self._hosts.find_or_make(item.link.url, now=now))
        try:
            with self._store.db.atomic():
                return self._keeper.keep_page(item, now)[0]
        except (ValueError, TypeError, AssertionError, sqlite3.InterfaceError, sqlite3.IntegrityError) as error:
            logger.exception("an item cannot be kept url=%s", item.link.url)
            item.failure = Failure(reason="failed", detail=f"{type(error).__name__}: {error}"[:300])
            item.capture = None
            return self._keeper.keep_page(item, now)[0]

    def _copied(self, item: PageItem, raw: bytes) -> PageItem:
        """Take a page's record along, where that is wanted."""
        if self._warc is not None and raw and item.capture is not None:
            file, offset, length = self._taken_along(raw)
            item.capture = replace(item.capture, warc_file=file, warc_offset=offset, warc_length=length)
        return item

    def _taken_along(self, raw: bytes) -> tuple[str, int, int]:
        """Append records to our own file; give the first one's file, offset and length there."""
        assert self._warc is not None
        file, offset = self._warc.append_packed(raw, now=self._clock())
        return file, offset, _first_member(raw)


def _is_revisit(page: FoundPage) -> bool:
    return page.capture is not None and page.capture.record_type == "revisit"


def _restored(store: Store, hosts: SourceHosts) -> tuple[tuple[str, str], ...]:
    """Say at which hosts which texts were put back."""
    return tuple(
        (host, block.text)
        for block in restored_blocks(store)
        for host in (hosts.hosts_with(block.source_id) if block.source_id is not None else (block.host,))
    )


def _starts(place: Place) -> Iterator[int]:
    """Cut a file into slices; one that cannot be opened is one slice, whose reader says why."""
    try:
        with opened(place.name) as file:
            yield from slice_starts(file, place.size, SLICE)
    except (OSError, PlaceError, NoWarcError):
        yield 0


def _described(wanted: Wanted) -> str:
    """Write filters down: two imports with the same ones want the same of a file."""
    filters: dict[str, object] = {
        "host": list(wanted.hosts), "source_hosts": list(wanted.source_hosts), "language": list(wanted.languages),
        "status": list(wanted.statuses), "since": iso(wanted.since) if wanted.since else None,
        "until": iso(wanted.until) if wanted.until else None, "copy": wanted.copy,
    }  # fmt: skip
    return json.dumps({name: value for name, value in filters.items() if value}, sort_keys=True)


def _first_member(raw: bytes) -> int:
    import io

    from archive.warc_frames import Frame, FrameReader

    frame = FrameReader(io.BytesIO(raw)).frame_at(0)
    assert isinstance(frame, Frame)
    return frame.end
