"""What a record of a WARC file is as a page: its outcome, its capture, and what extraction makes of it.

Owns what of a WARC file is a page of ours and what each other answer is called. Reads no archive and writes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from archive.records import Article, Capture
from archive.warc import digest_of
from archive.warc_frames import Frame
from archive.warc_read import BadRecordError, KeptResponse, Record, decoded_payload
from pipelines.deadline import OverdueError, within
from pipelines.items import Failure, NoArticle, Page
from pipelines.workers import Reading, read_page

PAGE_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToRead:
    """How a page is read."""

    profile: str
    restored: tuple[str, ...]
    """What `unremove` put back at its host."""
    passed_over: tuple[str, str] | None
    """Why it is not read."""


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


def page_host(record: Record) -> str | None:
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


def read_found(record: Record, captured_at: datetime, frame: Frame, name: str, how: HowToRead) -> FoundPage:
    """Name what a record holds, and read the page where it is one."""
    answer = record.answer
    capture = _capture(record, captured_at, frame, name)
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
    if how.passed_over is not None:
        return replace(found, extraction=NoArticle(reason=how.passed_over[0], detail=how.passed_over[1]))
    try:
        body = decoded_payload(answer)
    except ValueError as error:
        return replace(
            found, failure=Failure(reason="bad_encoding", detail=str(error)[:200], http_status=answer.status)
        )
    page = Page(url=record.url, body=body, content_type=answer.header("content-type"), restored=how.restored)
    reading = read_within(page, how.profile)
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
