"""Tidy an archive's database: merge the search index, give free pages back, empty the write-ahead log.

The caller holds the archive's lock: SQLite rewrites the whole file meanwhile. ANALYZE is not run: the queries that need a
certain plan say so themselves, and statistics of one day would change the others.
"""

from dataclasses import dataclass
from pathlib import Path

from archive.reader import DATABASE
from archive.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimized:
    """Bytes of the database with its log, before and after."""

    n_bytes_before: int
    n_bytes_after: int


def optimize(folder: Path, store: Store) -> Optimized:
    """Tidy the database; needs as much free disk as it has itself."""
    before = _size(folder)
    with store.transaction():
        store.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
    store.wait_for("VACUUM")
    store.wait_for("PRAGMA wal_checkpoint(TRUNCATE)")
    return Optimized(n_bytes_before=before, n_bytes_after=_size(folder))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / DATABASE, folder / f"{DATABASE}-wal") if path.exists())
