"""Write HTTP exchanges as WARC 1.1 records; archive/warc_read.py reads them back by (file, offset).

Owns the files below `warc/`: `YYYY/MM/NAME.warc.gz`, opened at a run's first record, rolled at 1 GiB, `.open` until
they are closed. Every record is a gzip member of its own. Bodies are kept as sent (still compressed); only chunked transfer
coding is gone, because the HTTP client removes it before anyone can see it. ISO 28500:2017.
"""

import base64
import contextlib
import fcntl
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

from archive import __version__
from archive.errors import ArchiveError

FOLDER = "warc"
OPEN = ".open"
ROLL_AT = 1 << 30
LEVEL = 5
"""Of gzip: two thirds of the time of 6, its default, for half a percent of the room."""
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


class DamagedWarcError(ArchiveError):
    """A record that a row points to is not there."""

    def __init__(self, path: Path | str, offset: int, why: str) -> None:
        super().__init__(f"{path} holds no whole record at {offset}: {why}")
        self.path = path
        self.offset = offset


def digest_of(payload: bytes) -> str:
    """Give `sha1:` and base32, the form of WARC-Payload-Digest."""
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode("ascii")


@dataclass(frozen=True, kw_only=True)  # no slots: its digest is reckoned once, and kept
class Exchange:
    """One HTTP request and its response, as they went over the wire (less chunked transfer coding)."""

    url: str
    fetched_at: datetime
    request_head: bytes
    response_head: bytes
    payload: bytes
    ip_address: str | None = None
    truncated: str | None = None
    """Why the payload is not whole: length, time, disconnect (WARC-Truncated)."""

    @cached_property
    def payload_digest(self) -> str:
        """`sha1:` and base32, the form that the WARC world looks up by."""
        return digest_of(self.payload)


@dataclass(frozen=True, kw_only=True)  # no slots: its digest is reckoned once, and kept
class Rendered:
    """What a browser made of a response: the page as readers see it, as HTML in UTF-8."""

    url: str
    rendered_at: datetime
    payload: bytes
    response_id: str
    """WARC-Record-ID of the response that it was made of."""

    @cached_property
    def payload_digest(self) -> str:
        """In the form of an exchange's."""
        return digest_of(self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The response record that holds a known payload."""

    record_id: str
    url: str
    fetched_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a response, revisit or conversion record lies; `length` in bytes of the compressed file."""

    warc_file: str
    offset: int
    length: int
    record_id: str
    record_type: str


class WarcWriter:
    """Append exchanges to the run's WARC file. Not thread-safe: one thread writes."""

    def __init__(self, archive: Path, *, name: str, roll_at: int = ROLL_AT) -> None:
        """Write below `archive`/warc, into files that begin with `name`; nothing is made before the first record."""
        self._archive = archive
        self._name = name
        self._roll_at = roll_at
        self._file: BinaryIO | None = None
        self._packed = io.BytesIO()
        self._gzip = GzipWriter(self._packed, compression_level=LEVEL)
        self._path: Path | None = None
        self._unsynced = False
        self._n_files = 0

    def append(self, exchange: Exchange, *, original: Original | None = None) -> Written:
        """Write the response (a revisit where the payload is known) and its request."""
        record = _revisit(exchange, original) if original else _response(exchange)
        request = _request(exchange, str(record.record_id))
        return self._append(record, request, at=exchange.fetched_at, record_type="revisit" if original else "response")

    def append_rendered(self, rendered: Rendered) -> Written:
        """Write a rendered page as a conversion record, which refers to the response that it was made of."""
        return self._append(_conversion(rendered), at=rendered.rendered_at, record_type="conversion")

    def _append(self, record: WarcRecord, *beside: WarcRecord, at: datetime, record_type: str) -> Written:
        """Write a record and those that belong to it, at once; give the place of the first."""
        self._make_ready(at)
        length = self._pack(record)
        for other in beside:
            self._pack(other)
        offset = self._write_packed()
        assert self._path is not None
        return Written(
            warc_file=str(self._path.relative_to(self._archive)),
            offset=offset,
            length=length,
            record_id=str(record.record_id),
            record_type=record_type,
        )

    def append_packed(self, members: bytes, *, now: datetime) -> tuple[str, int]:
        """Write gzip members as another file has them; give the file and the offset of the first."""
        self._make_ready(now)
        assert self._path is not None
        return str(self._path.relative_to(self._archive)), self._write(members)

    def sync(self) -> None:
        """Put on disk what was written: rows may point to it from here on."""
        if self._file is not None and self._unsynced:
            os.fsync(self._file.fileno())
            self._unsynced = False

    def close(self) -> None:
        """Finish the file and give it its final name."""
        if self._file is None or self._path is None:
            return
        self.sync()
        # renamed while it is still locked: nobody may take it for a killed run's
        _open_path(self._path).replace(self._path)
        self._file.close()
        sync_folder(self._path.parent)
        self._file = self._path = None

    def _make_ready(self, now: datetime) -> None:
        """Have a file that has room."""
        if self._file is not None and self._file.tell() >= self._roll_at:
            self.close()
        if self._file is None:
            self._open(now)

    def _open(self, now: datetime) -> None:
        folder = self._archive / FOLDER / now.strftime("%Y") / now.strftime("%m")
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{self._name}-{self._n_files:05d}.warc.gz"
        self._n_files += 1
        self._file = _open_path(self._path).open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        sync_folder(folder)
        info = WarcRecord()
        info.init_headers(WarcRecordType.warcinfo)
        info.headers["WARC-Date"] = warc_date(now)
        info.headers["WARC-Filename"] = self._path.name
        info.headers["Content-Type"] = "application/warc-fields"
        fields = f"software: presskeep/{__version__}\r\nformat: WARC File Format 1.1\r\n"
        info.set_bytes_content(
            (
                fields
                + "conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
            ).encode()
        )
        self._pack(info)
        self._write_packed()

    def _pack(self, record: WarcRecord) -> int:
        """Make a record a gzip member behind those that wait to be written; give its length."""
        start = self._packed.tell()
        record.write(self._gzip, checksum_data=True)
        self._gzip.finish()
        self._gzip.flush()
        return self._packed.tell() - start

    def _write_packed(self) -> int:
        """Write what waits, and give the offset of its first record."""
        members = self._packed.getvalue()
        self._packed.seek(0)
        self._packed.truncate()
        return self._write(members)

    def _write(self, members: bytes) -> int:
        """Write gzip members in one go, and give the offset of the first: each write has to wait for the other threads once."""
        assert self._file is not None
        start = self._file.tell()
        rest = memoryview(members)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            # taken back (a full disk), so that the file ends with a whole record
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), start)
                self._file.seek(start)
            raise
        self._unsynced = True
        return start


def warc_date(moment: datetime) -> str:
    """Write a moment as WARC-Date: UTC with microseconds (WARC 1.1 allows them)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _record(kind: WarcRecordType, exchange: Exchange, msgtype: str, block: bytes) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(kind)
    record.headers["WARC-Date"] = warc_date(exchange.fetched_at)
    record.headers["WARC-Target-URI"] = exchange.url
    record.headers["Content-Type"] = f"application/http; msgtype={msgtype}"
    record.set_bytes_content(block)
    return record


def _response(exchange: Exchange) -> WarcRecord:
    record = _record(WarcRecordType.response, exchange, "response", exchange.response_head + exchange.payload)
    record.headers["WARC-Payload-Digest"] = exchange.payload_digest
    if exchange.ip_address:
        record.headers["WARC-IP-Address"] = exchange.ip_address
    if exchange.truncated:
        record.headers["WARC-Truncated"] = exchange.truncated
    return record


def _revisit(exchange: Exchange, original: Original) -> WarcRecord:
    record = _record(WarcRecordType.revisit, exchange, "response", exchange.response_head)
    record.headers["WARC-Profile"] = REVISIT_PROFILE
    record.headers["WARC-Payload-Digest"] = exchange.payload_digest
    record.headers["WARC-Refers-To"] = original.record_id
    record.headers["WARC-Refers-To-Target-URI"] = original.url
    record.headers["WARC-Refers-To-Date"] = original.fetched_at
    if exchange.ip_address:
        record.headers["WARC-IP-Address"] = exchange.ip_address
    return record


def _conversion(rendered: Rendered) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.conversion)
    record.headers["WARC-Date"] = warc_date(rendered.rendered_at)
    record.headers["WARC-Target-URI"] = rendered.url
    record.headers["WARC-Refers-To"] = rendered.response_id
    record.headers["WARC-Payload-Digest"] = rendered.payload_digest
    record.headers["Content-Type"] = "text/html; charset=utf-8"
    record.set_bytes_content(rendered.payload)
    return record


def _request(exchange: Exchange, response_id: str) -> WarcRecord:
    record = _record(WarcRecordType.request, exchange, "request", exchange.request_head)
    record.headers["WARC-Concurrent-To"] = response_id
    return record


def existing(archive: Path, warc_file: str) -> Path:
    """Give the path of a WARC file, whether it is closed or still being written; its own name where it is neither."""
    path = archive / warc_file
    if path.exists():
        return path
    opened = _open_path(path)
    return opened if opened.exists() else path  # it may have been closed just now


def recover(archive: Path) -> list[Path]:
    """Close what a killed run left open: cut each stale `.open` file back to its last whole record and rename it.

    A file that a living process still writes is left alone.
    """
    recovered = []
    for path in sorted((archive / FOLDER).rglob(f"*.warc.gz{OPEN}")):
        try:
            stale = path.open("r+b")
        except FileNotFoundError:
            continue  # its own run has just closed it
        with stale as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            end = 0
            for _, end in members(file):
                pass
            file.truncate(end)
            os.fsync(file.fileno())
        final = path.with_name(path.name.removesuffix(OPEN))
        if end:
            path.replace(final)
        else:
            path.unlink()
        recovered.append(final)
    return recovered


def members(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Give the (start, end) of each whole gzip member, up to the first that is broken."""
    start = 0
    file.seek(0)
    pending = file.read(1 << 20)
    while pending:
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        n_read = 0
        try:
            while True:
                decoder.decompress(pending)
                n_read += len(pending)
                if decoder.eof:
                    break
                if not (pending := file.read(1 << 20)):
                    return
        except zlib.error:
            return
        end = start + n_read - len(decoder.unused_data)
        yield start, end
        start = end
        pending = decoder.unused_data or file.read(1 << 20)


def _open_path(path: Path) -> Path:
    return path.with_name(path.name + OPEN)


def sync_folder(folder: Path) -> None:
    """Put a folder's names on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
