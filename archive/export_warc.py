"""The captures behind articles, copied record by record into one WARC file that replays by itself.

Owns which records belong to an article: the responses that showed its revisions, all pages of them, their requests, and the
responses that revisit records refer to. Records are copied byte for byte, so ids and digests stay what they were; plain and zstd
ones of other files are packed as gzip. ISO 28500:2017.
"""

import gzip
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive import __version__
from archive.places import PlaceError
from archive.warc import DamagedWarcError, warc_date
from archive.warc_frames import FrameReader, NoWarcError
from archive.warc_read import MOST_DECODED, named, opened_warc

_CAPTURES = """
SELECT DISTINCT c.id, c.warc_file, c.warc_offset, c.warc_length, c.record_id, c.revisit_of
FROM revisions r JOIN extractions e ON e.revision_id = r.id JOIN captures c ON c.id IN (r.capture_id, e.capture_id)
WHERE r.article_id = ?1
UNION
SELECT p.id, p.warc_file, p.warc_offset, p.warc_length, p.record_id, p.revisit_of
FROM revisions r JOIN extractions e ON e.revision_id = r.id JOIN parts ON parts.capture_id IN (r.capture_id, e.capture_id)
JOIN captures p ON p.id = parts.part_id WHERE r.article_id = ?1
ORDER BY 1
"""
_CAPTURE = "SELECT id, warc_file, warc_offset, warc_length, record_id, revisit_of FROM captures WHERE id = ?"


_HEAD = 1 << 16


@dataclass(slots=True, kw_only=True)
class Copied:
    """What a WARC export holds."""

    n_records: int = 0
    n_without: int = 0
    """Articles of which no capture is kept: pruned, or imported."""


class CaptureCopier:
    """Copies captures into one file, each once, in constant memory."""

    def __init__(
        self, archive: Path, db: sqlite3.Connection, file: BinaryIO, *, name: str, query: str | None, now: datetime
    ) -> None:
        """Begin the file with a warcinfo record."""
        self._archive = archive
        self._db = db
        self._file = file
        # what was copied, in a database of its own that SQLite spills to disk
        self._seen = sqlite3.connect("")
        self._seen.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY)")
        self.copied = Copied()
        said = {"software": f"presskeep/{__version__}", "format": "WARC File Format 1.1",
                  "description": "the captures behind the articles of an export, as they were received",
                  **({"isPartOf": " ".join(query.split())} if query else {})}  # fmt: skip
        file.write(_warcinfo(name, said, now))

    def close(self) -> None:
        """Forget what was copied."""
        self._seen.close()

    def add(self, article_id: int) -> None:
        """Copy the captures of an article's revisions; raises DamagedWarcError where a record is not there."""
        rows = self._db.execute(_CAPTURES, (article_id,)).fetchall()
        self.copied.n_without += not rows
        for row in rows:
            if row["revisit_of"] is not None:
                self._copy(self._db.execute(_CAPTURE, (row["revisit_of"],)).fetchone())
            self._copy(row)

    def _copy(self, row: sqlite3.Row | None) -> None:
        if row is None or not self._is_new(row["id"]):
            return
        for member in _members(self._archive, row):
            self._file.write(member)
            self.copied.n_records += 1

    def _is_new(self, capture_id: int) -> bool:
        with self._seen as seen:
            return seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (capture_id,)).rowcount == 1


def _warcinfo(name: str, said: dict[str, str], now: datetime) -> bytes:
    block = "".join(f"{field}: {value}\r\n" for field, value in said.items()).encode()
    head = (
        f"WARC/1.1\r\nWARC-Type: warcinfo\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\nWARC-Date: {warc_date(now)}\r\n"
        f"WARC-Filename: {name}\r\nContent-Type: application/warc-fields\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n")


def _members(archive: Path, row: sqlite3.Row) -> Iterator[bytes]:
    """Give a response or revisit as a gzip member, and its request where that follows it."""
    path, offset = named(archive, row["warc_file"]), row["warc_offset"]
    try:
        with opened_warc(archive, row["warc_file"]) as file:
            reader = FrameReader(file, offset=offset, most=MOST_DECODED)
            record = reader.frame_at(offset)
            if record is None or _fields(record.data).get("warc-record-id", "") != row["record_id"]:
                raise DamagedWarcError(path, offset, f"no record {row['record_id']}")
            yield reader.packed(record)
            # our writer and most others put the request behind its response, in the same file
            request = reader.frame_at(record.end)
            fields = _fields(request.data[:_HEAD]) if request is not None else {}
            is_own = fields.get("warc-concurrent-to") == row["record_id"]
            if request is not None and is_own and fields.get("warc-type") == "request":
                yield reader.packed(request)
    except (OSError, NoWarcError, PlaceError) as error:
        raise DamagedWarcError(path, offset, getattr(error, "strerror", None) or str(error)) from error


def _fields(head: bytes) -> dict[str, str]:
    lines = head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")[1:]
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
