"""Another archive, open to be merged: read-only, as of one moment, its ids translated to those of the archive it goes into.

Owns the names under which two archives know the same row: a source's name, a run's command and start, a capture's
WARC-Record-ID, an article's url_key. Refuses to write.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive.errors import OlderSchemaError, UsageError
from archive.forget import captures_behind
from archive.reader import open_reader
from archive.revision_order import CaptureKey
from archive.shard import Part
from archive.store import Store

RUN_KEY = ("command", "options", "version", "started_at")


@dataclass(slots=True, kw_only=True)
class Other:
    """An archive that is merged, beside the one that it goes into."""

    folder: Path
    db: sqlite3.Connection
    store: Store
    sources: dict[int, int] = field(default_factory=dict)
    """Its ids -> ours."""
    runs: dict[int, int] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()
    """The url_keys that neither may keep."""
    part: Part | None = None
    """Set where it was cut out of ours: only what came since is looked at."""
    left_out: frozenset[int] = frozenset()
    """Its captures of what is forgotten."""

    def source(self, its_id: int | None) -> int | None:
        """Give our id of its source."""
        return None if its_id is None else self.sources[its_id]

    def run(self, its_id: int | None) -> int | None:
        """Give our id of its run."""
        return None if its_id is None else self.runs[its_id]

    def capture(self, its_id: int | None) -> int | None:
        """Give our id of its capture; None where it was left out."""
        if its_id is None:
            return None
        row = self.db.execute("SELECT fetched_at, record_id, url FROM captures WHERE id = ?", (its_id,)).fetchone()
        return capture_id(self.store, tuple(row))

    def has(self, key: CaptureKey) -> bool:
        """Tell whether a capture of its came along."""
        return capture_id(self.store, key) is not None

    def article(self, its_id: int | None) -> int | None:
        """Give our id of its article; None where it was left out."""
        if its_id is None:
            return None
        row = self.db.execute("SELECT url_key FROM articles WHERE id = ?", (its_id,)).fetchone()
        return article_id(self.store, row["url_key"])

    def first_source(self, ours: int | None, theirs: int | None) -> int | None:
        """Give the source that both archives agree on: any before none, the first by name of two (our ids but `theirs`)."""
        found = {one for one in (ours, self.source(theirs)) if one is not None}
        if len(found) < 2:
            return found.pop() if found else None
        row = self.store.one("SELECT id FROM sources WHERE id IN (?, ?) ORDER BY name LIMIT 1", tuple(found))
        return row["id"] if row else None

    def leave_out(self, forgotten: frozenset[str]) -> None:
        """Note what must not come along."""
        self.forgotten = forgotten
        self.left_out = (
            frozenset(found for found, _, _ in captures_behind(self.db, forgotten)) if forgotten else frozenset()
        )

    def article_ids(self) -> list[int]:
        """Give the ids of its articles; of a part, of those that its crawl asked for or read again."""
        if self.part is None:
            return [row[0] for row in self.db.execute("SELECT id FROM articles ORDER BY id")]
        rows = self.db.execute(
            "SELECT article_id FROM links WHERE run_id > ? AND article_id IS NOT NULL UNION SELECT r.article_id"
            " FROM extractions e JOIN revisions r ON r.id = e.revision_id WHERE e.id > ? ORDER BY 1",
            (self.part.runs, self.part.extractions),
        )
        return [row[0] for row in rows]

    def count(self, table: str) -> int:
        """Count the rows of one of its tables."""
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def check(folder: Path, ours: Path) -> None:
    """Raise what would keep an archive from being merged into `ours`, before anything is changed."""
    if folder.resolve() == ours.resolve():
        raise UsageError(f"{folder} is the archive itself: name another one")
    try:
        open_reader(folder).close()
    except OlderSchemaError as error:
        raise OlderSchemaError(error.path, command=f"presskeep --archive {folder} migrate") from error


@contextmanager
def opened(folder: Path, store: Store, *, part: Part | None = None) -> Iterator[Other]:
    """Open an archive to merge it into `store`'s; raises what `check` raises."""
    check(folder, store.folder)
    with closing(open_reader(folder)) as db:
        db.execute("BEGIN")
        yield Other(folder=folder, db=db, store=store, part=part)


def capture_id(store: Store, key: CaptureKey) -> int | None:
    """Give the id of the capture with this name."""
    row = store.one("SELECT id FROM captures WHERE record_id = ?2 AND fetched_at = ?1 AND url = ?3", key)
    return row["id"] if row else None


def article_id(store: Store, key: str) -> int | None:
    """Give the id of the article with this url_key."""
    row = store.one("SELECT id FROM articles WHERE url_key = ?", (key,))
    return row["id"] if row else None


def columns(db: sqlite3.Connection, table: str, *, without: Collection[str]) -> tuple[str, ...]:
    """Give the columns of a table but some: so a column that is added later comes along."""
    return tuple(row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] not in without)
