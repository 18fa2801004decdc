"""Let the bytes of what was forgotten go: out of the WARC files, out of the search index, out of SQLite's free pages.

Owns the table erasures: what a takedown has deleted from the tables and not yet from the disk. Each step can be repeated,
so after a kill the next writer goes on. The caller holds the archive's lock.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.places import is_outside
from archive.store import Store
from archive.warc import FOLDER, OPEN
from archive.warc_rewrite import DRAFT, blank, hold_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What has gone from the disk, and what could not go yet."""

    n_records: int = 0
    waiting: tuple[str, ...] = ()
    """Why something has to wait: a file that a fetch still writes, a reader that holds the database."""


def order(store: Store, records: Iterable[tuple[str, int]]) -> None:
    """Write down, in the caller's transaction, which records (file, offset) must go, and that the index must be cleaned.

    A WARC file outside the archive is somebody else's: nothing is written into it.
    """
    store.db.execute("INSERT INTO erasures (warc_file, warc_offset) VALUES (NULL, NULL)")
    ours = [record for record in records if not is_outside(record[0])]
    store.db.conn.executemany("INSERT INTO erasures (warc_file, warc_offset) VALUES (?, ?)", ours)


def pending(store: Store) -> int:
    """Count what still has to go."""
    row = store.one("SELECT count(*) FROM erasures")
    assert row is not None
    return int(row[0])


def erase(folder: Path, store: Store, now: datetime) -> Erased:
    """Do what has been ordered, file by file; what cannot be done now stays ordered."""
    if not pending(store):
        return Erased()
    by_file: dict[str, list[int]] = defaultdict(list)
    for row in store.db.execute("SELECT warc_file, warc_offset FROM erasures WHERE warc_file IS NOT NULL"):
        by_file[row["warc_file"]].append(row["warc_offset"])
    n_records, waiting = 0, []
    with hold_files(folder, alone=True):
        remove_drafts(folder)
        for name, offsets in sorted(by_file.items()):
            path = folder / name
            if not path.exists() and path.with_name(path.name + OPEN).exists():
                waiting.append(f"{name} is still being written")
                continue
            if path.exists():
                n_records += blank(path, offsets, now)
            with store.transaction():
                store.db.execute("DELETE FROM erasures WHERE warc_file = ?", (name,))
    if not _clean_index(store):
        waiting.append("a reader holds the database, so its write-ahead log cannot be emptied")
    return Erased(n_records=n_records, waiting=tuple(waiting))


def _clean_index(store: Store) -> bool:
    """Merge the search index, which else keeps the words of deleted texts, and empty the write-ahead log."""
    if store.one("SELECT 1 FROM erasures WHERE warc_file IS NULL") is None:
        return True
    store.db.execute("PRAGMA secure_delete = ON")
    with store.transaction():
        store.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
    if not _emptied(store):
        return False
    with store.transaction():
        store.db.execute("DELETE FROM erasures WHERE warc_file IS NULL")
    return True


def _emptied(store: Store) -> bool:
    row = store.wait_for("PRAGMA wal_checkpoint(TRUNCATE)")
    return row is not None and row[0] == 0


def remove_drafts(folder: Path) -> None:
    """Remove what a killed rewriting left beside a WARC file."""
    for draft in (folder / FOLDER).rglob(f"*.warc.gz{DRAFT}"):
        draft.unlink(missing_ok=True)
