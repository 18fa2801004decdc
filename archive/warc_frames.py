"""Find the records of any WARC file, plain, gzip or zstd, from any offset on, and step over what is broken.

Owns where a record begins and ends in the file, and its bytes, of which no more than a bound is held. ISO 28500:2017 and its
annex on compression; zstd as in IIPC's "WARC zstd" 1.0, dictionaries included. What a record says is archive/warc_read.py.
"""

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_START = b"WARC/"
_LENGTH = re.compile(rb"(?im)^Content-Length:[ \t]*(\d{1,18})[ \t]*\r?$")
_CHUNK = 1 << 16
MOST_HEAD = 1 << 16
"""Bytes of a record's WARC headers."""
MOST_HELD = 12 * 1024 * 1024
"""Bytes of a record that are held; what is larger is no page."""


class Form(StrEnum):
    """How the records of a file are packed."""

    PLAIN = "plain"
    GZIP = "gzip"
    ZSTD = "zstd"


class NoWarcError(ValueError):
    """The file is no WARC file, or one whose records cannot be reached one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One record, where it lies."""

    start: int
    end: int
    data: bytes
    """Headers and block, as far as they are held."""
    size: int
    """Bytes of the whole record, unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenFrame:
    """A place where there should be a record, and none can be read."""

    start: int
    end: int
    """Where the next record begins, or the file ends."""
    why: str


class FrameReader:
    """Reads the records of one open file."""

    def __init__(self, file: BinaryIO, *, offset: int = 0, most: int = MOST_HELD) -> None:
        """Look at how the file is packed at `offset`; raises NoWarcError. Of each record at most `most` bytes are held."""
        self._file = file
        self._most = most
        file.seek(offset)
        first = file.read(_CHUNK)
        self._dictionary: Any = None
        if first.startswith(GZIP):
            self.form = Form.GZIP
        elif first.startswith(ZSTD) or _SKIPPABLE.match(first):
            self.form = Form.ZSTD
            self._dictionary = self._load_dictionary()
        elif first.lstrip(b"\r\n").startswith(_START):
            self.form = Form.PLAIN
        else:
            raise NoWarcError("it is empty" if not first else "it is no WARC file")

    def frames(self, start: int, end: int) -> Iterator[Frame | BrokenFrame]:
        """Give the records that begin at or behind `start` and before `end`; the first one may begin later than `start`.

        Raises NoWarcError where the file is compressed as a whole.
        """
        at = start
        if start and not self._begins(start):
            at = self._next_start(start, end)
        while at < end:
            found = self._frame(at)
            if found is None or found.start >= end:  # behind a dictionary, say
                return
            yield found
            at = found.end

    def head_at(self, offset: int) -> bytes:
        """Give the beginning of what lies at `offset`, unpacked: enough for a record's own headers. Raises OSError."""
        self._file.seek(offset)
        start = self._file.read(_CHUNK)
        if self.form is Form.PLAIN:
            return start
        try:
            return self._unpacker().decompress(start, MOST_HEAD)
        except (zlib.error, zstd.ZstdError, EOFError) as error:
            raise OSError(str(error)) from error

    def packed(self, frame: Frame) -> bytes:
        """Give a record as a gzip member: as it is where it is one."""
        if self.form is not Form.GZIP:
            return gzip.compress(frame.data, 6)
        self._file.seek(frame.start)
        return self._file.read(frame.end - frame.start)

    def frame_at(self, offset: int) -> Frame | None:
        """Give the record that begins at exactly this offset, or None."""
        found = self._frame(offset)
        return found if isinstance(found, Frame) else None

    def _frame(self, at: int) -> Frame | BrokenFrame | None:
        """Read what lies at `at`; None at the file's end."""
        self._file.seek(at)
        first = self._file.read(_CHUNK)
        if not first.strip(b"\r\n\x00"):
            return None
        if self.form is Form.PLAIN:
            skipped = len(first) - len(first.lstrip(b"\r\n"))
            return self._plain(at + skipped, first[skipped:])
        if self.form is Form.ZSTD and (skippable := _SKIPPABLE.match(first)):
            assert skippable
            return self._frame(at + 8 + int.from_bytes(first[4:8], "little"))
        return self._packed(at, first)

    def _packed(self, at: int, first: bytes) -> Frame | BrokenFrame:
        held, size, why = bytearray(), 0, ""
        try:
            unpacker = self._unpacker()
            n_read, pending = len(first), first
            while True:
                piece = unpacker.decompress(pending)
                size += len(piece)
                if len(held) < self._most:
                    held += piece[: self._most - len(held)]
                if size and not held.startswith(_START[: len(held)]):
                    why = "no WARC record"
                    break
                if unpacker.eof:
                    end = at + n_read - len(unpacker.unused_data)
                    self._refuse_whole(held, size, at)
                    return Frame(start=at, end=end, data=bytes(held), size=size)
                pending = self._file.read(_CHUNK) if unpacker.hungry else b""
                n_read += len(pending)
                if unpacker.hungry and not pending:
                    why = "the file ends in the middle of a record"
                    break
        except (zlib.error, zstd.ZstdError, EOFError) as error:
            why = str(error)
        return BrokenFrame(start=at, end=self._next_start(at + 1, None), why=why)

    def _unpacker(self) -> "_Unpacker":
        if self.form is Form.GZIP:
            return _Unpacker(zlib.decompressobj(zlib.MAX_WBITS | 16))
        return _Unpacker(zstd.ZstdDecompressor(zstd_dict=self._dictionary))

    def _refuse_whole(self, held: bytearray, size: int, at: int) -> None:
        """Refuse a file whose first member holds more than its first record."""
        length = block_length(held)
        if at == 0 and length is not None and size > length + 4:
            following = bytes(held[length : length + 64]).lstrip(b"\r\n")
            if following.startswith(_START):
                raise NoWarcError(
                    "it is compressed as a whole, so that its records cannot be reached one by one"
                    " (ISO 28500 wants each compressed by itself: `warcio recompress` does that)"
                )

    def _plain(self, at: int, first: bytes) -> Frame | BrokenFrame:
        whole = block_length(first) if first.startswith(_START) else None
        if whole is None:
            why = "no WARC record" if not first.startswith(_START) else "a record without a length"
            return BrokenFrame(start=at, end=self._next_start(at + 1, None), why=why)
        self._file.seek(at)
        data = self._file.read(min(whole, self._most))
        end = at + whole
        self._file.seek(end)
        tail = self._file.read(4)
        if len(data) < min(whole, self._most) or not tail.startswith((b"\r\n", b"\n")):
            why = "its length is wrong, or the file ends in the middle of it"
            return BrokenFrame(start=at, end=self._next_start(at + 1, None), why=why)
        end += 4 if tail == b"\r\n\r\n" else len(tail) - len(tail.lstrip(b"\r\n"))
        return Frame(start=at, end=end, data=data, size=whole)

    def _begins(self, at: int) -> bool:
        """Tell whether a record begins here."""
        self._file.seek(at)
        start = self._file.read(_CHUNK)
        if self.form is Form.PLAIN:
            return start.startswith(_START)
        try:
            return self._unpacker().decompress(start, 64).startswith(_START)
        except (zlib.error, zstd.ZstdError, EOFError):
            return False

    def _next_start(self, at: int, end: int | None) -> int:
        """Give where the next record begins, at `at` or behind it; `end`, or the file's, where there is none before."""
        magic = {Form.GZIP: GZIP, Form.ZSTD: ZSTD, Form.PLAIN: b"\nWARC/1."}[self.form]
        lead = 1 if self.form is Form.PLAIN else 0
        place = max(0, at - lead)
        while end is None or place < end:
            self._file.seek(place)
            piece = self._file.read(16 * _CHUNK)
            if not piece:
                break
            found = piece.find(magic)
            while found >= 0:
                candidate = place + found + lead
                if end is not None and candidate >= end:
                    return end
                if self._begins(candidate):
                    return candidate
                found = piece.find(magic, found + 1)
            if len(piece) < len(magic):
                place += len(piece)
                break
            place += len(piece) - len(magic) + 1
        if end is not None:
            return end
        return self._file.seek(0, 2)

    def _load_dictionary(self) -> Any:
        """Load what the file's first frame may hold: the dictionary of all others."""
        self._file.seek(0)
        first = self._file.read(8)
        if not _SKIPPABLE.match(first) or first[0] != 0x5D:
            return None
        data = self._file.read(int.from_bytes(first[4:8], "little"))
        if data.startswith(ZSTD):
            data = zstd.decompress(data)
        return zstd.ZstdDict(data)


class _Unpacker:
    """One compressed member or frame, piece by piece: zlib and zstd name what is left over differently."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._is_zlib = hasattr(decoder, "unconsumed_tail")
        self.hungry = True
        """It has given all that it can from what it got."""

    def decompress(self, data: bytes, most: int = 4 * _CHUNK) -> bytes:
        if self._is_zlib:
            data = self._decoder.unconsumed_tail + data
        piece: bytes = self._decoder.decompress(data, most)
        if self._is_zlib:
            self.hungry = not self._decoder.unconsumed_tail and len(piece) < most
        else:
            self.hungry = bool(self._decoder.needs_input)
        return piece

    @property
    def eof(self) -> bool:
        return bool(self._decoder.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._decoder.unused_data)


def block_length(data: bytes | bytearray) -> int | None:
    """Give the length of a record, headers and block, from its headers; None where they say none."""
    separator, at = b"\r\n\r\n", data.find(b"\r\n\r\n", 0, MOST_HEAD)
    if at < 0:
        separator, at = b"\n\n", data.find(b"\n\n", 0, MOST_HEAD)  # some tools of old
    if at < 0:
        return None
    found = _LENGTH.search(bytes(data[: at + 2]))
    return at + len(separator) + int(found[1]) if found else None


def slice_starts(file: BinaryIO, size: int, step: int) -> Iterator[int]:
    """Give offsets, about `step` bytes apart, from which a file can be read on.

    In a compressed file any will do, since a reader finds the next record; of a plain one the records are stepped over,
    for a record in it may hold another WARC file.
    """
    reader = FrameReader(file)
    if reader.form is not Form.PLAIN:
        yield from range(0, max(size, 1), step)
        return
    yield 0
    last = at = 0
    while at < size:
        file.seek(at)
        head = file.read(_CHUNK)
        skipped = len(head) - len(head.lstrip(b"\r\n"))
        length = block_length(head[skipped:]) if head[skipped:].startswith(_START) else None
        if length is None:
            return  # broken from here: whoever reads it says so
        if at + skipped - last >= step:
            last = at + skipped
            yield last
        at += skipped + length
