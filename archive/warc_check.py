"""Compare the WARC files of an archive with the rows that point into them.

Owns what makes a pointer good: its file is there, long enough, and a WARC record with that id begins at the offset. Records
are not read whole: a bit that turned inside one is found when it is read (its gzip checksum).
"""

import fcntl
import re
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.warc import FOLDER, OPEN, existing, members

_OURS = re.compile(r".*\.warc(\.gz)?(\.open|\.part)?$")
_HEAD = 2048
"""Compressed bytes that surely hold a record's WARC headers."""


def foreign_files(folder: Path) -> Iterator[Path]:
    """Give the files below warc/ that are no WARC files."""
    for path in sorted((folder / FOLDER).rglob("*")):
        if path.is_file() and not _OURS.match(path.name):
            yield path


def stale_files(folder: Path) -> Iterator[Path]:
    """Give the `.open` files that no living process writes."""
    for path in sorted((folder / FOLDER).rglob(f"*{OPEN}")):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, FileNotFoundError):
            continue
        yield path


def unclosable(folder: Path, path: Path, db: sqlite3.Connection) -> str | None:
    """Say why cutting a stale file back to its last whole record would lose something; None where it would not."""
    end = 0
    with path.open("rb") as file:
        for _, end in members(file):
            pass
    name = str(path.relative_to(folder)).removesuffix(OPEN)
    (lost,) = db.execute(
        "SELECT count(*) FROM captures WHERE warc_file = ? AND warc_offset + warc_length > ?", (name, end)
    ).fetchone()
    return f"{lost} captures point behind its last whole record, at {end}" if lost else None


def bad_pointers(folder: Path, db: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Give each capture whose record is not there, with the reason, ordered by file: each is opened once."""
    file: BinaryIO | None = None
    name, size, missing = "", 0, ""
    try:
        for row in db.execute(
            "SELECT id, warc_file, warc_offset, warc_length, record_id FROM captures ORDER BY warc_file, warc_offset"
        ):
            if row["warc_file"] != name:
                name, missing = row["warc_file"], ""
                if file is not None:
                    file.close()
                    file = None
                try:
                    path = existing(folder, name)
                    file, size = path.open("rb"), path.stat().st_size
                except OSError as error:
                    missing = f"{name}: {error.strerror}"
            reason = missing or (file and _bad_record(file, name, size, row))
            if reason:
                yield row["id"], reason
    finally:
        if file is not None:
            file.close()


def _bad_record(file: BinaryIO, name: str, size: int, row: sqlite3.Row) -> str | None:
    offset = row["warc_offset"]
    if offset + row["warc_length"] > size:
        return f"{name} ends at {size}, its record lies at {offset} and is {row['warc_length']} bytes long"
    file.seek(offset)
    try:
        head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(file.read(_HEAD), 8192)
    except zlib.error as error:
        return f"{name} holds no record at {offset}: {error}"
    if not head.startswith(b"WARC/1.") or row["record_id"].encode() not in head:
        return f"{name} holds another record at {offset} than {row['record_id']}"
    return None
