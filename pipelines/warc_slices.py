"""A slice of a WARC file as a task: its records read, filtered and extracted in a worker, for the coordinator to keep.

Owns which records are taken, and how much of them at once; what a record is as a page is warc_pages.py's. Reads no archive and
writes nothing: everything that an import knows beforehand lies in `Wanted`. The engine's contract is pipelines/engine.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from archive.places import PlaceError, opened
from archive.records import Article
from archive.warc_frames import BrokenFrame, Frame, FrameReader, NoWarcError
from archive.warc_read import BadRecordError, Record, parse_record
from pipelines.items import NoArticle
from pipelines.warc_pages import FoundPage, HowToRead, page_host, read_found

SLICE = 2 * 1024 * 1024
"""Bytes of a file that are one task: some 70 pages of a compressed file."""
AT_MOST = 200
"""Pages a batch."""
MOST_WEIGHT = 32 * 1024 * 1024
"""Bytes of texts, and of records that are taken along, after which a batch is not added to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records an import takes, and how pages are read. Empty filters take everything."""

    hosts: tuple[str, ...] = ()
    """These hosts and those below them."""
    source_hosts: tuple[str, ...] = ()
    """The hosts of the chosen sources; what is taken must be of both."""
    since: datetime | None = None
    until: datetime | None = None
    """By the moment of capture."""
    languages: tuple[str, ...] = ()
    """Of the articles' texts; pages that are no articles have none, and are not taken."""
    statuses: tuple[str, ...] = ()
    """HTTP status codes, `2xx` for all of a hundred."""
    profile: str = "full"
    restored: tuple[tuple[str, str], ...] = ()
    """(host, text): what `unremove` put back there."""
    copy: bool = False
    """Give the records' bytes, too."""

    def takes(self, record: Record, host: str, captured_at: datetime) -> bool:
        """Say whether a record passes the filters that need no reading of the page."""
        answer = record.answer
        status = str(answer.status) if answer is not None else ""
        return (
            (not self.hosts or _below(host, self.hosts))
            and (not self.source_hosts or _below(host, self.source_hosts))
            and (self.since is None or captured_at >= self.since)
            and (self.until is None or captured_at <= self.until)
            and (not self.statuses or any(status == one or f"{status[:1]}xx" == one for one in self.statuses))
        )

    def speaks(self, extraction: Article | NoArticle | None) -> bool:
        """Say whether what a page holds is in a language that is wanted."""
        if not self.languages:
            return True
        return isinstance(extraction, Article) and (extraction.language or "") in self.languages


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRecord:
    """A place in a file where a record should be."""

    offset: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRecord:
    """A record that the archive refers to where it lies, to be taken along."""

    offset: int
    raw: bytes
    """It, and its request where that follows it, each as a gzip member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRead:
    """What a slice brought."""

    name: str
    pages: tuple[FoundPage, ...]
    broken: tuple[BrokenRecord, ...] = ()
    known: tuple[KnownRecord, ...] = ()
    """Only where records are taken along."""
    start: int = 0
    done_to: int = 0
    """Everything before this offset has been given."""
    n_records: int = 0
    n_other: int = 0
    """Records that are no answers of a web server: requests, metadata …"""
    n_filtered: int = 0
    n_known: int = 0
    fault: str | None = None
    """Why the file cannot be read on."""
    rest: "WarcSlice | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcSlice:
    """The records that begin in a stretch of a file."""

    name: str
    """An absolute path, or a URL."""
    start: int
    end: int
    wanted: Wanted
    known: frozenset[int] = frozenset()
    """Offsets of records that the archive has."""
    at_most: int = AT_MOST
    passed_over: tuple[str, str] | None = None
    """Why its first page is not read."""

    @property
    def seconds(self) -> float:
        """How long it may take."""
        return 60.0 if self.at_most == 1 else 300.0

    def alone(self) -> "WarcSlice | None":
        """Give its first page as a task of its own."""
        return None if self.at_most == 1 else replace(self, at_most=1)

    def blamed(self, reason: str, detail: str) -> "WarcSlice":
        """Give a task that does not read its first page."""
        return replace(self, at_most=1, passed_over=(reason, detail))

    def run(self) -> SliceRead:
        """Read it."""
        found = _Found(self)
        try:
            with opened(self.name) as file:
                reader = FrameReader(file)
                for frame in reader.frames(self.start, self.end):
                    if found.full:
                        return found.result(rest_at=frame.start)
                    found.take(frame, reader)
        except NoWarcError as error:
            return found.result(fault=str(error))
        except (OSError, PlaceError) as error:
            return found.result(fault=getattr(error, "strerror", None) or str(error))
        return found.result()


def _below(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)


@dataclass(slots=True)
class _Found:
    """What a slice has brought so far."""

    slice: WarcSlice
    pages: list[FoundPage] = field(default_factory=list)
    broken: list[BrokenRecord] = field(default_factory=list)
    known: list[KnownRecord] = field(default_factory=list)
    n_records: int = 0
    n_other: int = 0
    n_filtered: int = 0
    n_known: int = 0
    n_pages: int = 0
    weight: int = 0
    last_id: str | None = None
    """Of the record that was taken along last, a page or a known one: its request may follow."""
    last_is_known: bool = False

    @property
    def full(self) -> bool:
        return self.n_pages >= self.slice.at_most or self.weight >= MOST_WEIGHT

    def result(self, *, rest_at: int | None = None, fault: str | None = None) -> SliceRead:
        rest = None
        if rest_at is not None and fault is None:
            more = min(AT_MOST, 2 * self.slice.at_most)
            rest = replace(self.slice, start=rest_at, at_most=more, passed_over=None)
        return SliceRead(
            name=self.slice.name, pages=tuple(self.pages), broken=tuple(self.broken), known=tuple(self.known),
            start=self.slice.start, done_to=self.slice.end if rest_at is None else rest_at, n_records=self.n_records,
            n_other=self.n_other,
            n_filtered=self.n_filtered, n_known=self.n_known, fault=fault, rest=rest,
        )  # fmt: skip

    def take(self, frame: Frame | BrokenFrame, reader: FrameReader) -> None:
        self.n_records += 1
        if isinstance(frame, BrokenFrame):
            self.broken.append(BrokenRecord(offset=frame.start, why=frame.why))
            return
        try:
            record = parse_record(frame.data, size=frame.size)
            if record.kind == "request":
                self._take_request(record, frame, reader)
                return
            host = page_host(record)
            if host is None:
                self.n_other += 1
                return
            captured_at = record.captured_at
        except BadRecordError as error:
            self.broken.append(BrokenRecord(offset=frame.start, why=str(error)))
            return
        if frame.start in self.slice.known:
            self.n_known += 1
            if self.slice.wanted.copy:
                self._take_known(record, frame, reader)
        elif not self.slice.wanted.takes(record, host, captured_at):
            self.n_filtered += 1
        else:
            self._take_page(record, host, captured_at, frame, reader)

    def _take_page(self, record: Record, host: str, captured_at: datetime, frame: Frame, reader: FrameReader) -> None:
        self.n_pages += 1
        task = self.slice
        texts = tuple(text for where, text in task.wanted.restored if _below(host, (where,)))
        how = HowToRead(profile=task.wanted.profile, restored=texts, passed_over=task.passed_over)
        page = read_found(record, captured_at, frame, task.name, how)
        if not self.slice.wanted.speaks(page.extraction) and record.kind != "revisit":
            self.n_filtered += 1
            return
        if self.slice.wanted.copy and page.capture is not None:
            page = replace(page, raw=reader.packed(frame))
            self.last_id, self.last_is_known = record.record_id, False
        self.weight += len(page.raw) + (len(page.extraction.body) if isinstance(page.extraction, Article) else 0)
        self.pages.append(page)

    def _take_known(self, record: Record, frame: Frame, reader: FrameReader) -> None:
        raw = reader.packed(frame)
        self.known.append(KnownRecord(offset=frame.start, raw=raw))
        self.last_id, self.last_is_known = record.record_id, True
        self.weight += len(raw)

    def _take_request(self, record: Record, frame: Frame, reader: FrameReader) -> None:
        self.n_other += 1
        if self.last_id and record.concurrent_to == self.last_id and record.is_whole:
            raw = reader.packed(frame)
            if self.last_is_known:
                self.known[-1] = replace(self.known[-1], raw=self.known[-1].raw + raw)
            else:
                self.pages[-1] = replace(self.pages[-1], raw=self.pages[-1].raw + raw)
        self.last_id = None


def slices(name: str, starts: Iterator[int], end: int, wanted: Wanted) -> Iterator[WarcSlice]:
    """Cut a file into tasks at these offsets."""
    start = next(starts, None)
    while start is not None:
        following = next(starts, None)
        yield WarcSlice(name=name, start=start, end=end if following is None else following, wanted=wanted)
        start = following
