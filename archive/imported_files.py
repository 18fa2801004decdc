"""How far each WARC file from elsewhere has been imported, and which of its records are broken.

Owns the tables imported_files and broken_records. A file that has grown or changed since is read again; records that the archive
has are known by their place, or by their own id.
"""

from dataclasses import dataclass
from datetime import datetime

from archive.places import Place
from archive.store import Store
from archive.times import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where to go on with a file."""

    row_id: int
    done_to: int
    is_finished: bool


def begin_file(store: Store, place: Place, filters: str, *, run_id: int) -> Progress:
    """Give how far an import with these filters came with a file; the caller holds the transaction."""
    row = store.one("SELECT * FROM imported_files WHERE name = ? AND filters = ?", (place.name, filters))
    if row is None:
        row_id = store.insert(
            "imported_files",
            {
                "name": place.name,
                "filters": filters,
                "size": place.size,
                "mark": place.mark,
                "done_to": 0,
                "run_id": run_id,
            },
        )
        return Progress(row_id=row_id, done_to=0, is_finished=False)
    if (row["size"], row["mark"]) != (place.size, place.mark):
        changed = {"size": place.size, "mark": place.mark, "done_to": 0, "finished_at": None, "run_id": run_id}
        store.update("imported_files", row["id"], changed)
        return Progress(row_id=row["id"], done_to=0, is_finished=False)
    return Progress(row_id=row["id"], done_to=row["done_to"], is_finished=row["finished_at"] is not None)


def save_progress(store: Store, row_id: int, done_to: int, *, run_id: int, finished_at: datetime | None) -> None:
    """Note in the caller's transaction how far a file's records have their rows."""
    values = {"done_to": done_to, "run_id": run_id, "finished_at": iso(finished_at) if finished_at else None}
    store.update("imported_files", row_id, values)


def note_broken(store: Store, name: str, offset: int, why: str, *, run_id: int) -> bool:
    """Keep a row for a place where no record can be read; True where it was not known to be broken."""
    cursor = store.db.execute(
        "INSERT INTO broken_records (warc_file, warc_offset, why, run_id) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (warc_file, warc_offset) DO NOTHING",
        (name, offset, why[:500], run_id),
    )
    return cursor.rowcount > 0


def known_offsets(store: Store, name: str, start: int, end: int) -> frozenset[int]:
    """Give where in a stretch of a file the records lie that the archive refers to."""
    rows = store.db.execute(
        "SELECT warc_offset FROM captures WHERE warc_file = ? AND warc_offset >= ? AND warc_offset < ?",
        (name, start, end),
    )
    return frozenset(row[0] for row in rows)


def move_captures(store: Store, lay: tuple[str, int], lies: tuple[str, int, int]) -> None:
    """Let the captures of a record (file, offset) refer to where it was copied to (file, offset, length)."""
    store.db.execute(
        "UPDATE captures SET warc_file = ?, warc_offset = ?, warc_length = ? WHERE warc_file = ? AND warc_offset = ?",
        (*lies, *lay),
    )


def has_record(store: Store, record_id: str, url: str, fetched_at: datetime) -> bool:
    """Tell whether the archive has a record, in whatever file it lies."""
    return bool(record_id) and (
        store.one(
            "SELECT 1 FROM captures WHERE record_id = ? AND url = ? AND fetched_at = ?",
            (record_id, url, iso(fetched_at)),
        )
        is not None
    )
