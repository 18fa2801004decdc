"""A slice of a WARC file as a task: its records read, filtered and extracted in a worker, for the coordinator to keep.

Owns what of a WARC file is a page of ours and what each other answer is called. Reads no archive and writes nothing: everything
that an import knows beforehand lies in `Wanted`. The engine's contract is pipelines/engine.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from archive.places import PlaceError, opened
from archive.records import Article, Capture
from archive.warc import digest_of
from archive.warc_frames import BrokenFrame, Frame, FrameReader, NoWarcError
from archive.warc_read import BadRecordError, KeptResponse, Record, decoded_payload, parse_record
from pipelines.deadline import OverdueError, within
from pipelines.items import Failure, NoArticle, Page
from pipelines.workers import Reading, read_page

SLICE = 2 * 1024 * 1024
"""Bytes of a file that are one task: some 70 pages of a compressed file."""
AT_MOST = 200
"""Pages a batch."""
MOST_WEIGHT = 32 * 1024 * 1024
"""Bytes of texts, and of records that are taken along, after which a batch is not added to."""
PAGE_SECONDS = 20.0


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
class FoundPage:
    """An answer that a WARC file holds, with what was made of it; `PageItem` without what only the archive knows."""

    url: str
    captured_at: datetime
    capture: Capture | None
    """None: no page at all (an image, a style sheet), of which only the outcome is kept."""
    failure: Failure | None = None
    extraction: Article | NoArticle | None = None
    signature: bytes | None = None
    ends_early: bool = False
    etag: str | None = None
    last_modified: str | None = None
    refers_to: str | None = None
    """A revisit: the id of the record that holds the payload, as far as it is stated."""
    raw: bytes = b""
    """The record, and its request where that follows it, each as a gzip member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRecord:
    """A place in a file where a record should be."""

    offset: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRead:
    """What a slice brought."""

    name: str
    pages: tuple[FoundPage, ...]
    broken: tuple[BrokenRecord, ...] = ()
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
    n_records: int = 0
    n_other: int = 0
    n_filtered: int = 0
    n_known: int = 0
    n_pages: int = 0
    weight: int = 0
    last_id: str | None = None
    """Of the record that was taken along last: its request may follow."""

    @property
    def full(self) -> bool:
        return self.n_pages >= self.slice.at_most or self.weight >= MOST_WEIGHT

    def result(self, *, rest_at: int | None = None, fault: str | None = None) -> SliceRead:
        rest = None
        if rest_at is not None and fault is None:
            more = min(AT_MOST, 2 * self.slice.at_most)
            rest = replace(self.slice, start=rest_at, at_most=more, passed_over=None)
        return SliceRead(
            name=self.slice.name, pages=tuple(self.pages), broken=tuple(self.broken), start=self.slice.start,
            done_to=self.slice.end if rest_at is None else rest_at, n_records=self.n_records, n_other=self.n_other,
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
            host = _page_host(record)
            if host is None:
                self.n_other += 1
                return
            captured_at = record.captured_at
        except BadRecordError as error:
            self.broken.append(BrokenRecord(offset=frame.start, why=str(error)))
            return
        if frame.start in self.slice.known:
            self.n_known += 1
        elif not self.slice.wanted.takes(record, host, captured_at):
            self.n_filtered += 1
        else:
            self._take_page(record, host, captured_at, frame, reader)

    def _take_page(self, record: Record, host: str, captured_at: datetime, frame: Frame, reader: FrameReader) -> None:
        self.n_pages += 1
        page = _read_page(record, host, captured_at, frame, self.slice)
        if not self.slice.wanted.speaks(page.extraction) and record.kind != "revisit":
            self.n_filtered += 1
            return
        if self.slice.wanted.copy and page.capture is not None:
            page = replace(page, raw=reader.packed(frame))
            self.last_id = record.record_id
        self.weight += len(page.raw) + (len(page.extraction.body) if isinstance(page.extraction, Article) else 0)
        self.pages.append(page)

    def _take_request(self, record: Record, frame: Frame, reader: FrameReader) -> None:
        self.n_other += 1
        if self.last_id and record.concurrent_to == self.last_id and record.is_whole:
            last = self.pages[-1]
            self.pages[-1] = replace(last, raw=last.raw + reader.packed(frame))
        self.last_id = None


def _page_host(record: Record) -> str | None:
    """Give the host of a record that is a web server's answer; None for all others."""
    if record.kind not in {"response", "revisit", "resource"}:
        return None
    try:
        parts = urlsplit(record.url)
        host = parts.hostname
    except ValueError as error:
        raise BadRecordError(f"its URL is {record.url[:100]!r}") from error
    if parts.scheme not in {"http", "https"} or not host:
        return None
    if record.answer is None and record.kind != "revisit":
        return None
    return host.lower().rstrip(".").removeprefix("www.")


def _read_page(record: Record, host: str, captured_at: datetime, frame: Frame, task: WarcSlice) -> FoundPage:
    """Name what a record holds, and read the page where it is one."""
    answer = record.answer
    capture = _capture(record, captured_at, frame, task.name)
    found = FoundPage(
        url=record.url,
        captured_at=captured_at,
        capture=capture,
        etag=answer.header("etag") if answer else None,
        last_modified=answer.header("last-modified") if answer else None,
        refers_to=record.refers_to,
    )
    if record.kind == "revisit":
        return found
    assert answer is not None
    if failure := _failure(record, answer):
        return replace(found, failure=failure, capture=replace(capture, purpose="redirect") if failure.reason == "redirect"
                       else capture)  # fmt: skip
    if task.passed_over is not None:
        return replace(found, extraction=NoArticle(reason=task.passed_over[0], detail=task.passed_over[1]))
    try:
        body = decoded_payload(answer)
    except ValueError as error:
        return replace(
            found, failure=Failure(reason="bad_encoding", detail=str(error)[:200], http_status=answer.status)
        )
    texts = tuple(text for where, text in task.wanted.restored if _below(host, (where,)))
    page = Page(url=record.url, body=body, content_type=answer.header("content-type"), restored=texts)
    reading = read_within(page, task.wanted.profile)
    extraction = reading.extraction
    is_asset = isinstance(extraction, NoArticle) and extraction.reason == "not_html"
    from pipelines.decode import ends_early

    return replace(
        found,
        capture=None if is_asset else capture,
        extraction=extraction,
        signature=reading.signature,
        ends_early=not is_asset and (record.truncated is not None or ends_early(body)),
    )


def read_within(page: Page, profile: str, seconds: float = PAGE_SECONDS) -> Reading:
    """Read a page in this process, within a limit of processor time and whatever memory the process may have."""
    try:
        with within(seconds):
            return read_page(page, profile=profile)
    except OverdueError:
        return Reading(
            extraction=NoArticle(reason="too_complex", detail=f"extraction took over {seconds:g} s of processor time")
        )
    except MemoryError:
        return Reading(extraction=NoArticle(reason="too_complex", detail="extraction took more memory than a page may"))


def _failure(record: Record, answer: KeptResponse) -> Failure | None:
    status = answer.status or 0
    if 300 <= status < 400:
        return Failure(reason="redirect", detail=f"to {(answer.header('location') or '')[:500]}", http_status=status)
    if not 200 <= status < 300:
        return Failure(reason=f"http_{status}", http_status=status)
    if not record.is_whole:
        return Failure(reason="too_large", http_status=status)
    return None


def _capture(record: Record, captured_at: datetime, frame: Frame, name: str) -> Capture:
    answer = record.answer
    payload = answer.payload if answer is not None and record.kind != "revisit" else b""
    return Capture(
        url=record.url,
        fetched_at=captured_at,
        http_status=answer.status or 0 if answer is not None else 0,
        content_type=answer.header("content-type") if answer is not None else None,
        payload_digest=record.payload_digest or digest_of(payload),
        payload_length=len(payload),
        record_type="revisit" if record.kind == "revisit" else "response",
        record_id=record.record_id,
        warc_file=name,
        warc_offset=frame.start,
        warc_length=frame.end - frame.start,
        ip_address=record.ip_address,
    )


def slices(name: str, starts: Iterator[int], end: int, wanted: Wanted) -> Iterator[WarcSlice]:
    """Cut a file into tasks at these offsets."""
    start = next(starts, None)
    while start is not None:
        following = next(starts, None)
        yield WarcSlice(name=name, start=start, end=end if following is None else following, wanted=wanted)
        start = following
