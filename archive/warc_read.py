"""Read a WARC record, whoever wrote it, and the HTTP answer in it: by (file, offset), or from bytes at hand.

Owns what other tools do differently: URIs in angle brackets, bodies that are still chunked, headers that state a coding which
the body has no longer, resources without HTTP headers. Never raises for what a page holds; DamagedWarcError is a pointer's.
"""

import contextlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from fastwarc.warc import WarcRecord

from archive.places import is_outside, opened
from archive.warc import DamagedWarcError, existing
from archive.warc_frames import FrameReader, NoWarcError

MOST_DECODED = 64 * 1024 * 1024
"""Bytes of a payload without its coding: a bomb that was captured must not go off when it is read."""
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z")
_SHORT_DATES = ("%Y-%m-%dT%H:%MZ", "%Y-%m-%d", "%Y%m%d%H%M%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResponse:
    """A response read back: the head as header pairs, the payload as sent, chunked transfer coding undone."""

    url: str
    record_type: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    payload: bytes

    def header(self, name: str) -> str | None:
        """Give the first header of this name."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class BadRecordError(ValueError):
    """Bytes that are no WARC record, or lack what one must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record's own headers, and the answer in it where it has one."""

    kind: str
    """WARC-Type: response, revisit, resource, request, metadata …"""
    url: str
    record_id: str
    date: str
    ip_address: str | None
    payload_digest: str | None
    truncated: str | None
    refers_to: str | None
    refers_to_url: str | None
    refers_to_date: str | None
    profile: str | None
    concurrent_to: str | None
    content_type: str
    is_whole: bool
    """False where it is larger than what was held."""
    answer: KeptResponse | None

    @property
    def captured_at(self) -> datetime:
        """WARC-Date as a moment; raises BadRecordError."""
        return moment_of(self.date)


_ANSWERING = frozenset({"response", "revisit", "resource", "conversion"})
"""Kinds of records that hold, or stand for, a page; a conversion is a page as a browser rendered it."""


def moment_of(text: str) -> datetime:
    """Read a WARC-Date (1.0: seconds, 1.1: up to nanoseconds, and what tools of old wrote); raises BadRecordError."""
    if found := _DATE.fullmatch(text.strip()):
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        return moment.replace(microsecond=int(((found[2] or ".0")[1:] + "000000")[:6]))
    for form in _SHORT_DATES:
        with contextlib.suppress(ValueError):
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
    raise BadRecordError(f"WARC-Date is {text[:40]!r}" if text else "no WARC-Date")


def parse_record(data: bytes, *, size: int | None = None) -> Record:
    """Read a record from its bytes; `size`: of the whole record, where `data` is its beginning. Raises BadRecordError."""
    try:
        record = WarcRecord.from_bytes(data)
        headers = record.headers
        kind = (headers.get("WARC-Type") or "").strip().lower()
        url = (headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")
        content_type = (headers.get("Content-Type") or "").strip()
        answer = _answer(record, kind, url, content_type) if kind in _ANSWERING else None
    except (OSError, ValueError, TypeError) as error:
        raise BadRecordError(str(error)[:200]) from error
    if not kind:
        raise BadRecordError("no WARC-Type")
    return Record(
        kind=kind,
        url=url,
        record_id=(headers.get("WARC-Record-ID") or "").strip(),
        date=headers.get("WARC-Date") or "",
        ip_address=headers.get("WARC-IP-Address"),
        payload_digest=headers.get("WARC-Payload-Digest"),
        truncated=headers.get("WARC-Truncated"),
        refers_to=headers.get("WARC-Refers-To"),
        refers_to_url=(headers.get("WARC-Refers-To-Target-URI") or "").strip("<> ") or None,
        refers_to_date=headers.get("WARC-Refers-To-Date"),
        profile=headers.get("WARC-Profile"),
        concurrent_to=headers.get("WARC-Concurrent-To"),
        content_type=content_type,
        is_whole=size is None or size <= len(data),
        answer=answer,
    )


def _answer(record: WarcRecord, kind: str, url: str, content_type: str) -> KeptResponse | None:
    if kind in {"resource", "conversion"}:
        # neither has HTTP headers: what it is, its own Content-Type says
        return KeptResponse(
            url=url,
            record_type=kind,
            status=200,
            headers=(("Content-Type", content_type),),
            payload=record.reader.read(),
        )
    if not content_type.lower().startswith("application/http"):
        return None
    record.parse_http()
    head = record.http_headers
    if kind == "revisit" and (head is None or head.status_code is None):
        return None  # a revisit need not repeat the answer's head
    if head is None or head.status_code is None:
        raise BadRecordError("no HTTP answer in it")
    from archive.codings import dechunked

    payload = record.reader.read()
    if any("chunked" in value.lower() for value in head.get_multiple("Transfer-Encoding")):
        payload = dechunked(payload)
    return KeptResponse(url=url, record_type=kind, status=head.status_code, headers=head.to_tuples(), payload=payload)


def decoded_payload(answer: KeptResponse, *, start: int | None = None) -> bytes:
    """Undo the content codings of a kept payload, as the crawl did when it came; raises ValueError where they cannot be.

    With `start` so many bytes of its beginning will do.
    """
    from archive.codings import codings, decoded

    values = [value for name, value in answer.headers if name.lower() == "content-encoding"]
    names = codings([value.encode("latin-1", "replace") for value in values])
    return decoded(answer.payload, names, limit=start or MOST_DECODED, cut=True, start=start is not None)


@contextlib.contextmanager
def opened_warc(archive: Path, warc_file: str) -> Iterator[BinaryIO]:
    """Open a WARC file of the archive, or one that lies elsewhere; raises OSError or PlaceError."""
    if is_outside(warc_file):
        with opened(warc_file) as file:
            yield file
    else:
        with existing(archive, warc_file).open("rb") as file:
            yield file


def named(archive: Path, warc_file: str) -> Path | str:
    """Name a WARC file in a message."""
    return warc_file if is_outside(warc_file) else existing(archive, warc_file)


def record_bytes(archive: Path, warc_file: str, offset: int) -> bytes:
    """Give the bytes of the record at `offset`, unpacked; raises DamagedWarcError where there is no whole one."""
    from archive.places import PlaceError

    path = named(archive, warc_file)
    try:
        with opened_warc(archive, warc_file) as file:
            frame = FrameReader(file, offset=offset, most=MOST_DECODED).frame_at(offset)
    except (OSError, PlaceError, NoWarcError, zlib.error) as error:
        raise DamagedWarcError(path, offset, getattr(error, "strerror", None) or str(error)) from error
    if frame is None:
        raise DamagedWarcError(path, offset, "the file ends in the middle of it, or something else lies there")
    return frame.data


def read_record(
    archive: Path, warc_file: str, offset: int, *, decode: bool = False, start: int | None = None
) -> KeptResponse:
    """Read the answer in the record that lies at `offset`; raises DamagedWarcError where there is none.

    With `decode` the payload is given without its content coding (archive/codings.py), all of it or its `start`.
    """
    data = record_bytes(archive, warc_file, offset)
    try:
        record = parse_record(data)
        if record.answer is None:
            raise BadRecordError(f"no answer in it, it is a {record.kind} record")
        if not decode:
            return record.answer
        answer = record.answer
        return KeptResponse(
            url=answer.url, record_type=answer.record_type, status=answer.status, headers=answer.headers,
            payload=decoded_payload(answer, start=start),
        )  # fmt: skip
    except ValueError as error:
        raise DamagedWarcError(named(archive, warc_file), offset, str(error)) from error
