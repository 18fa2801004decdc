"""Compare the WARC files of an archive with the rows that point into them.

Owns what makes a pointer good: its file is there, long enough, and a WARC record with that id begins at the offset. Records
are not read whole: a bit that turned inside one is found when it is read (its gzip checksum).
"""

import fcntl
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.places import PlaceError, is_url, look_at
from archive.warc import FOLDER, OPEN, members
from archive.warc_frames import FrameReader, NoWarcError
from archive.warc_read import named, opened_warc

_OURS = re.compile(r".*\.warc(\.gz)?(\.open|\.part)?$")


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
    """Give each capture whose record is not there, with the reason, ordered by file: each is opened once.

    Of a file behind a URL only its length is asked.
    """
    files = db.execute("SELECT DISTINCT warc_file FROM captures ORDER BY warc_file").fetchall()
    for (name,) in files:
        rows = db.execute(
            "SELECT id, warc_offset, warc_length, record_id FROM captures WHERE warc_file = ? ORDER BY warc_offset",
            (name,),
        )
        try:
            size = look_at(str(named(folder, name))).size
            if is_url(name):
                yield from ((row["id"], why) for row in rows if (why := _too_short(name, size, row)))
                continue
            with opened_warc(folder, name) as file:
                yield from ((row["id"], why) for row in rows if (why := _bad_record(file, name, size, row)))
        except (OSError, PlaceError) as error:
            why = getattr(error, "strerror", None) or str(error)
            yield from ((row["id"], f"{name}: {why}") for row in rows)


def _too_short(name: str, size: int, row: sqlite3.Row) -> str | None:
    offset = row["warc_offset"]
    if offset + row["warc_length"] > size:
        return f"{name} ends at {size}, its record lies at {offset} and is {row['warc_length']} bytes long"
    return None


def _bad_record(file: BinaryIO, name: str, size: int, row: sqlite3.Row) -> str | None:
    offset = row["warc_offset"]
    if why := _too_short(name, size, row):
        return why
    try:
        head = FrameReader(file, offset=offset).head_at(offset)
    except (OSError, NoWarcError) as error:
        return f"{name} holds no record at {offset}: {error}"
    if not head.startswith(b"WARC/1.") or row["record_id"].encode() not in head:
        return f"{name} holds another record at {offset} than {row['record_id']}"
    return None
