"""Take records out of closed WARC files: overwrite them (forget), or write the file without them (prune).

Owns how bytes go. A file is written anew beside itself and takes the old one's place at once, so that a kill leaves the old or
the new one, and a hard link in a backup keeps what it had. Rows are the caller's.
"""

import contextlib
import fcntl
import os
import shutil
import struct
import uuid
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.warc import FOLDER, members, sync_folder, warc_date

DRAFT = ".part"
_HEAD = 4096
"""Compressed bytes that surely hold a record's WARC headers."""
_FCOMMENT = 0x10


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One record of a file: where it lies, and its WARC headers by lower-case name."""

    start: int
    end: int
    headers: dict[str, str]

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.headers.get("warc-type", "")


@contextlib.contextmanager
def hold_files(folder: Path, *, alone: bool) -> Iterator[None]:
    """Keep backups and rewriting out of each other's way: many may read the set of files, one alone may change it.

    A crawl's own file is its own to append to; it asks for neither.
    """
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def member_at(file: BinaryIO, offset: int) -> Member | None:
    """Read the member that begins at `offset` to its end; None where there is no whole record."""
    file.seek(offset)
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    head, n_read = b"", 0
    try:
        while not decoder.eof:
            chunk = file.read(1 << 16)
            if not chunk:
                return None
            n_read += len(chunk)
            data = decoder.decompress(chunk)
            if len(head) < _HEAD:
                head += data[:_HEAD]
    except zlib.error:
        return None
    return Member(start=offset, end=offset + n_read - len(decoder.unused_data), headers=_headers(head))


def _headers(head: bytes) -> dict[str, str]:
    if not head.startswith(b"WARC/1."):
        return {}
    lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    pairs = (line.decode("utf-8", "replace").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def exchange_at(file: BinaryIO, offset: int) -> list[Member]:
    """Give the response or revisit record at `offset` and the request record that belongs to it."""
    first = member_at(file, offset)
    if first is None:
        return []
    following = member_at(file, first.end)
    if following and following.headers.get("warc-concurrent-to") == first.headers.get("warc-record-id"):
        return [first, following]
    return [first]


def blank(path: Path, offsets: Collection[int], now: datetime) -> int:
    """Overwrite the exchanges that begin at `offsets` with records of the same length that say so; give their number.

    Every other record stays where it lies. What is overwritten already is overwritten again, so a killed attempt can be
    repeated.
    """
    draft = path.with_name(path.name + DRAFT)
    shutil.copyfile(path, draft)
    n_blanked = 0
    with draft.open("r+b") as file:
        for offset in offsets:
            for member in exchange_at(file, offset):
                file.seek(member.start)
                file.write(_padding(member.end - member.start, now))
                n_blanked += 1
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)
    return n_blanked


def _padding(length: int, now: datetime) -> bytes:
    """Make a gzip member of exactly `length` bytes: a small metadata record, and spaces in gzip's comment (RFC 1952)."""
    block = b"what stood here was forgotten\r\n"
    head = (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\nWARC-Date: {warc_date(now)}\r\n"
        f"Content-Type: application/warc-fields\r\nContent-Length: {len(block)}\r\n\r\n"
    ).encode("ascii")
    record = head + block + b"\r\n\r\n"
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflate.compress(record) + deflate.flush()
    tail = data + struct.pack("<II", zlib.crc32(record), len(record))
    room = length - 11 - len(tail)
    if room < 0:
        raise ValueError(f"a record of {length} bytes is too small to be overwritten")
    return b"\x1f\x8b\x08" + bytes([_FCOMMENT]) + b"\0\0\0\0\x02\xff" + b" " * room + b"\0" + tail


def compact(path: Path, target: Path, keep: Collection[int]) -> dict[int, int]:
    """Write the records of `path` whose exchanges begin at `keep` to `target`, and give old offset -> new offset.

    The warcinfo record stays; what belongs to no kept exchange goes.
    """
    moved: dict[int, int] = {}
    draft = target.with_name(target.name + DRAFT)
    with path.open("rb") as source, draft.open("wb") as file:
        for member in _kept(list(_all(source)), keep):
            if member.start in keep:
                moved[member.start] = file.tell()
            source.seek(member.start)
            _copy(source, file, member.end - member.start)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    sync_folder(target.parent)
    return moved


def _all(file: BinaryIO) -> Iterator[Member]:
    for start, end in list(members(file)):
        file.seek(start)
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(file.read(min(end - start, _HEAD)), _HEAD)
        except zlib.error:
            head = b""
        yield Member(start=start, end=end, headers=_headers(head))


def _kept(found: Sequence[Member], keep: Collection[int]) -> Iterator[Member]:
    wanted = False
    for member in found:
        if member.kind in {"response", "revisit", "resource", "conversion"}:
            wanted = member.start in keep
        if wanted or member.kind == "warcinfo":
            yield member


def _copy(source: BinaryIO, target: BinaryIO, length: int) -> None:
    while length:
        chunk = source.read(min(length, 1 << 20))
        if not chunk:
            raise EOFError("the file has become shorter")
        target.write(chunk)
        length -= len(chunk)
