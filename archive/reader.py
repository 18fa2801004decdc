"""Open an archive for reading: read-only, never creating a file, with a clear error for each thing that can be wrong.

Owns the read connection. Uses plain sqlite3, so that `search` and `show` start at once; writing is archive/store.py.
"""

import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from archive.errors import NewerSchemaError, NoArchiveError, NotADatabaseError, OlderSchemaError
from archive.schema import MIGRATIONS

logger = logging.getLogger(__name__)

DATABASE = "archive.db"


def open_reader(folder: Path) -> sqlite3.Connection:
    """Open the archive in `folder` read-only; rows are `sqlite3.Row`.

    Raises NoArchiveError, NotADatabaseError, OlderSchemaError or NewerSchemaError. In an unwritable folder without a
    write-ahead log SQLite cannot make its own -shm file: there the database is opened as immutable, and said so.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise NoArchiveError(folder)
    immutable = not os.access(folder, os.W_OK) and not path.with_name(DATABASE + "-wal").exists()
    if immutable:
        logger.warning("archive folder is not writable: reading %s as it stands", path)
    mode = "mode=ro&immutable=1" if immutable else "mode=ro"
    quoted = str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        db = sqlite3.connect(f"file:{quoted}?{mode}", uri=True, timeout=30)
    except sqlite3.OperationalError as error:
        raise NotADatabaseError(path, str(error)) from error
    db.row_factory = sqlite3.Row
    try:
        db.execute("PRAGMA query_only = ON")
        db.execute("PRAGMA cache_size = -32768")  # the inner pages of a large archive's indexes; taken as they are read
        check_schema(db, path)
    except sqlite3.DatabaseError as error:
        db.close()
        raise NotADatabaseError(path, str(error)) from error
    except Exception:
        db.close()
        raise
    return db


def tuples(db: sqlite3.Connection, sql: str, parameters: Sequence[str | int | float]) -> sqlite3.Cursor:
    """Ask for rows as plain tuples: of a million rows each microsecond counts."""
    cursor = db.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, parameters)


def folder_of(db: sqlite3.Connection) -> Path:
    """Give the folder of an open archive."""
    return Path(db.execute("PRAGMA database_list").fetchone()[2]).parent


def check_schema(db: sqlite3.Connection, path: Path) -> None:
    """Compare the migrations that the archive has seen with ours.

    Raises OlderSchemaError, NewerSchemaError, or NotADatabaseError for a database that is not an archive.
    """
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "_sqlite_migrations" not in tables:
        raise NotADatabaseError(path, "an SQLite database, but not one of presskeep's")
    applied = [
        row[0]
        for row in db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'presskeep' ORDER BY id")
    ]
    if not applied:
        raise NotADatabaseError(path, "an SQLite database, but not one of presskeep's")
    if unknown := [name for name in applied if name not in MIGRATIONS]:
        raise NewerSchemaError(path, unknown)
    if len(applied) < len(MIGRATIONS):
        raise OlderSchemaError(path)
