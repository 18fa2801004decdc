"""Open an archive for writing: sources, runs and captures; one short transaction at a time.

Owns the write connection (sqlite-utils), its pragmas and the migration on opening. Articles are in archive/articles.py,
links and feeds in archive/links.py. One thread uses a store.
"""

import contextlib
import errno
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from archive import __version__
from archive.database import Database
from archive.disk import large_log
from archive.errors import ArchiveError, NewerSchemaError, NoArchiveError, NotADatabaseError, OlderSchemaError
from archive.reader import DATABASE, check_schema
from archive.records import Capture
from archive.schema import MIGRATIONS, migrate
from archive.text import storable
from archive.times import iso
from archive.warc import Original

BUSY_TIMEOUT = 90
"""Seconds to wait for another writer: one that holds the database for a minute costs nothing."""
HURRIED = 2
"""Seconds of that for who must end soon."""
BUSY_STEP = 500
"""Milliseconds between two looks at whether there is a hurry."""


class Store:
    """An archive open for writing."""

    def __init__(self, folder: Path, db: Database) -> None:
        """Wrap an open database; use `open_store`."""
        self.folder = folder
        self.db = db
        self._patience = BUSY_TIMEOUT

    def hurry(self) -> None:
        """Wait no longer for another writer than a stop may; may be called from any thread."""
        self._patience = HURRIED

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a write transaction: all of it or nothing. Immediate, because a deferred one fails beside a writer."""
        self._begin()
        try:
            yield
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise

    def _begin(self) -> None:
        """Wait for another writer in short steps: who hurries meanwhile is heard."""
        began = time.monotonic()
        while True:
            try:
                self.db.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() - began >= self._patience:
                    raise

    def wait_for(self, sql: str, *, seconds: int = BUSY_TIMEOUT) -> sqlite3.Row | None:
        """Run a statement that stands in no transaction, waiting so long for who else holds the database; give its first row."""
        self.db.execute(f"PRAGMA busy_timeout = {1000 * seconds}")
        try:
            return self.one(sql)
        finally:
            self.db.execute(f"PRAGMA busy_timeout = {BUSY_STEP}")

    def close(self) -> None:
        """Close the database; SQLite folds the write-ahead log in where nobody reads."""
        self.db.close()

    def fold_log(self) -> str | None:
        """Empty a write-ahead log that has become large; say so where a reader does not let it."""
        if (why := large_log(self.folder)) is None:
            return None
        row = self.wait_for("PRAGMA wal_checkpoint(TRUNCATE)", seconds=0)  # a reader may stay for days
        return why if row is not None and row[0] else None

    def one(self, sql: str, parameters: tuple[Any, ...] = ()) -> sqlite3.Row | None:
        """Give the first row of a query, or None."""
        row: sqlite3.Row | None = self.db.execute(sql, parameters).fetchone()
        return row

    def insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Insert one row and give its id. Table and column names are ours, never input."""
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = self.db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", _storable(values))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def update(self, table: str, row_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of one row."""
        assignments = ", ".join(f"{column} = ?" for column in values)
        self.db.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", (*_storable(values), row_id))

    def save_source(
        self, *, name: str, url: str, language: str | None, tags: tuple[str, ...], enabled: bool, now: datetime
    ) -> int:
        """Mirror one source of sources.toml and give its id; nothing is written where nothing changed."""
        values = {"url": url, "language": language, "tags": json.dumps(list(tags)), "enabled": int(enabled)}
        row = self.one("SELECT id, url, language, tags, enabled FROM sources WHERE name = ?", (name,))
        if row is None:
            return self.insert("sources", {"name": name, **values, "first_seen_at": iso(now)})
        if tuple(row)[1:] != tuple(values.values()):
            self.update("sources", row["id"], values)
        return int(row["id"])

    def start_run(self, *, command: str, options: Mapping[str, Any], now: datetime) -> int:
        """Open a run's row, so that even a killed run has one."""
        return self.insert(
            "runs",
            {
                "command": command,
                "options": json.dumps(options, sort_keys=True),
                "version": __version__,
                "started_at": iso(now),
            },
        )

    def save_capture(self, capture: Capture, *, run_id: int | None) -> int:
        """Insert a capture and give its id."""
        return self.insert(
            "captures",
            {
                "url": capture.url,
                "fetched_at": iso(capture.fetched_at),
                "run_id": run_id,
                "http_status": capture.http_status,
                "content_type": capture.content_type,
                "payload_digest": capture.payload_digest,
                "payload_length": capture.payload_length,
                "record_type": capture.record_type,
                "record_id": capture.record_id,
                "warc_file": capture.warc_file,
                "warc_offset": capture.warc_offset,
                "warc_length": capture.warc_length,
                "revisit_of": capture.revisit_of,
                "ip_address": capture.ip_address,
                "purpose": capture.purpose,
                "robots": capture.robots,
                "opt_out": capture.opt_out,
            },
        )

    def original(self, payload_digest: str) -> tuple[int, Original] | None:
        """Find the capture that already holds a payload."""
        row = self.one(
            "SELECT id, record_id, url, fetched_at FROM captures"
            " WHERE payload_digest = ? AND record_type = 'response' LIMIT 1",
            (payload_digest,),
        )
        if row is None:
            return None
        return row["id"], Original(record_id=row["record_id"], url=row["url"], fetched_at=row["fetched_at"])


def _storable(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(storable(value) if isinstance(value, str) else value for value in values.values())


def open_store(folder: Path, *, create: bool = True) -> Store:
    """Open the archive in `folder` for writing, made where it does not exist, brought to this schema where it is older.

    Raises NoArchiveError (with `create=False`), NotADatabaseError, NewerSchemaError or ArchiveError.
    """
    path = folder / DATABASE
    if not create and not path.is_file():
        raise NoArchiveError(folder)
    store = _connect(folder, path)
    try:
        _bring_to_schema(store, path)
    except BaseException:
        store.close()
        raise
    return store


def migrate_archive(folder: Path) -> list[str]:
    """Bring an existing archive to this schema and give the names of the migrations applied."""
    path = folder / DATABASE
    if not path.is_file():
        raise NoArchiveError(folder)
    store = _connect(folder, path)
    try:
        return _bring_to_schema(store, path)
    finally:
        store.close()


def _connect(folder: Path, path: Path) -> Store:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in (folder, path):
            if why := _unwritable(each):
                raise ArchiveError(f"the archive cannot be written: {each}: {why}")
        # stages hand the store to one writing thread of theirs
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ArchiveError(f"cannot use {folder} as an archive: {why}") from error
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # a row that says "done" must survive a power cut: one fsync per batch
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        # a batch touches thousands of pages: near-duplicate bands lie anywhere. Each is written back once in some batches
        connection.execute("PRAGMA wal_autocheckpoint = 8000")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_STEP}")
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise ArchiveError(f"cannot write {path}: {error}") from error
        raise NotADatabaseError(path, str(error)) from error
    return Store(folder, Database(connection, recursive_triggers=True))


def _unwritable(path: Path) -> str | None:
    """Say why what is there may not be changed: SQLite would open it all the same, and fail at the first change."""
    if not path.exists() or os.access(path, os.W_OK):
        return None
    is_read_only = os.statvfs(path).f_flag & os.ST_RDONLY
    return os.strerror(errno.EROFS if is_read_only else errno.EACCES)


def _bring_to_schema(store: Store, path: Path) -> list[str]:
    empty = store.one("SELECT 1 FROM sqlite_master LIMIT 1") is None
    if not empty:
        try:
            check_schema(store.db.conn, path)
        except OlderSchemaError:
            pass
        else:
            return []
    with store.transaction():
        before = _applied(store)
        migrate(store.db)
        return [name for name in MIGRATIONS if name not in before]


def _applied(store: Store) -> set[str]:
    if store.one("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'") is None:
        return set()
    return {row[0] for row in store.db.execute("SELECT name FROM _sqlite_migrations")}


__all__ = ["NewerSchemaError", "Store", "migrate_archive", "open_store"]
