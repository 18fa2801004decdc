"""Examine an archive: SQLite, search index, WARC pointers, lock, disk, schema; and mend what can be mended without loss.

Owns the checks. Reads only, but for the index's own integrity check, which SQLite counts as a write and which is rolled
back. Mending is archive/mending.py.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from archive.disk import large_log
from archive.errors import ArchiveError, NoArchiveError
from archive.lock import holder
from archive.migrations import LATER
from archive.reader import DATABASE, check_schema
from archive.schema import MIGRATIONS
from archive.warc import FOLDER
from archive.warc_check import bad_pointers, foreign_files, stale_files, unclosable
from archive.warc_rewrite import DRAFT

LITTLE_ROOM = 1 << 30
"""Bytes of free disk below which the doctor warns."""
LISTED = 10
"""Findings of one kind that are listed; the others are counted."""
INDEX_TRIGGERS = ("search_texts_insert", "search_texts_delete", "search_texts_update")
TRIGGERS = (*INDEX_TRIGGERS, "articles_added", "articles_removed")


class Health(StrEnum):
    """How a check came out. A note is no damage; what is mendable, `doctor --fix` mends."""

    OK = "ok"
    NOTE = "note"
    MENDABLE = "mendable"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    health: Health
    detail: str

    @property
    def bad(self) -> bool:
        """Tell whether something is wrong."""
        return self.health in (Health.MENDABLE, Health.DAMAGED)


def examine(folder: Path, *, holding: bool = False) -> Iterator[Finding]:
    """Run all checks, in order; `holding`: the caller has the lock. Raises NoArchiveError where there is nothing."""
    path = folder / DATABASE
    if not path.is_file():
        raise NoArchiveError(folder)
    busy = None if holding else holder(folder)
    yield Finding(check="lock", health=Health.NOTE if busy else Health.OK, detail=f"held by {busy}" if busy else "free")
    yield _disk(folder)
    quoted = str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    with closing(sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, timeout=30)) as db:
        db.row_factory = sqlite3.Row
        readable = True
        for check, steps in _checks(folder, path, db, busy=busy is not None):
            try:
                for finding in steps():
                    yield finding
                    readable = readable and not (check == "schema" and finding.health is Health.DAMAGED)
            except sqlite3.DatabaseError as error:
                yield Finding(check=check, health=Health.DAMAGED, detail=f"cannot be read: {error}")
                readable = readable and check != "schema"
            if not readable:
                return


def _checks(
    folder: Path, path: Path, db: sqlite3.Connection, *, busy: bool
) -> list[tuple[str, Callable[[], Iterator[Finding]]]]:
    return [
        ("schema", lambda: _schema(db, path)),
        ("database", lambda: _integrity(db)),
        ("references", lambda: _references(db)),
        ("triggers", lambda: _triggers(db)),
        ("index", lambda: _index(db, path, busy=busy)),
        ("search texts", lambda: _search_texts(db)),
        ("totals", lambda: _totals(db)),
        ("forgotten", lambda: _forgotten(db)),
        ("runs", lambda: _runs(db, busy=busy)),
        ("warc files", lambda: _warc_files(folder, db)),
        ("warc records", lambda: _warc_records(folder, db)),
    ]


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    odd = [said for said in ("that is little" if free < LITTLE_ROOM else None, large_log(folder)) if said]
    return Finding(
        check="disk",
        health=Health.NOTE if odd else Health.OK,
        detail=": ".join([f"{size / 1e6:,.0f} MB used, {free / 1e6:,.0f} MB free", *odd]),
    )


def _schema(db: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    try:
        check_schema(db, path)
    except ArchiveError as error:
        yield Finding(check="schema", health=Health.DAMAGED, detail=str(error))
    else:
        yield Finding(check="schema", health=Health.OK, detail=MIGRATIONS[-1])


def _integrity(db: sqlite3.Connection) -> Iterator[Finding]:
    for (line,) in db.execute("PRAGMA integrity_check(10)"):
        if line == "ok":
            yield Finding(check="database", health=Health.OK, detail="SQLite's integrity check passes")
        else:
            yield Finding(check="database", health=Health.DAMAGED, detail=str(line))


def _references(db: sqlite3.Connection) -> Iterator[Finding]:
    rows = db.execute("PRAGMA foreign_key_check").fetchmany(LISTED)
    for row in rows:
        detail = f"row {row[1]} of {row[0]} points to a row of {row[2]} that is not there"
        yield Finding(check="references", health=Health.DAMAGED, detail=detail)
    if not rows:
        yield Finding(check="references", health=Health.OK, detail="every row points to rows that are there")


def _triggers(db: sqlite3.Connection) -> Iterator[Finding]:
    present = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    missing = [name for name in TRIGGERS if name not in present]
    if missing:
        detail = f"{', '.join(missing)} missing: what was kept since then may not be found or counted"
        yield Finding(check="triggers", health=Health.MENDABLE, detail=detail)
    else:
        yield Finding(check="triggers", health=Health.OK, detail=f"all {len(TRIGGERS)} stand")


def _index(db: sqlite3.Connection, path: Path, *, busy: bool) -> Iterator[Finding]:
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'articles_fts'").fetchone() is None:
        yield Finding(check="index", health=Health.MENDABLE, detail="articles_fts is missing")
        return
    if busy:
        yield Finding(check="index", health=Health.NOTE, detail="not examined: that would hold up the run that writes")
        return
    try:
        with closing(sqlite3.connect(path, timeout=30)) as writer:
            writer.isolation_level = None
            writer.execute("BEGIN IMMEDIATE")
            try:
                # rank 1: the index is also compared with the texts (https://sqlite.org/fts5.html#the_integrity_check_command)
                writer.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
            finally:
                writer.rollback()
    except sqlite3.DatabaseError as error:
        if "readonly" in str(error) or "locked" in str(error) or "unable to open" in str(error):
            yield Finding(check="index", health=Health.NOTE, detail=f"not examined: {error}")
        else:
            yield Finding(check="index", health=Health.MENDABLE, detail=f"the search index is damaged: {error}")
    else:
        yield Finding(check="index", health=Health.OK, detail="the search index agrees with the texts")


def _search_texts(db: sqlite3.Connection) -> Iterator[Finding]:
    n_missing, n_orphans, n_articles = db.execute(
        "SELECT (SELECT count(*) FROM articles WHERE id NOT IN (SELECT article_id FROM search_texts)),"
        " (SELECT count(*) FROM search_texts WHERE article_id NOT IN (SELECT id FROM articles)),"
        " (SELECT count(*) FROM articles)"
    ).fetchone()
    if n_missing or n_orphans:
        detail = f"{n_missing} articles are not indexed, {n_orphans} indexed texts have no article"
        yield Finding(check="search texts", health=Health.MENDABLE, detail=detail)
    else:
        yield Finding(check="search texts", health=Health.OK, detail=f"{n_articles} articles, each indexed")


def _totals(db: sqlite3.Connection) -> Iterator[Finding]:
    kept, counted = db.execute(
        "SELECT (SELECT n FROM totals WHERE what = 'articles'), (SELECT count(*) FROM articles)"
    ).fetchone()
    if kept != counted:
        detail = f"there are {counted} articles, and {kept} are said to be"
        yield Finding(check="totals", health=Health.MENDABLE, detail=detail)
    else:
        yield Finding(check="totals", health=Health.OK, detail=f"{kept} articles")


def _forgotten(db: sqlite3.Connection) -> Iterator[Finding]:
    """Compare what was taken down with what is there: a restored backup or a merge may have brought it back."""
    n_tombstones, n_waiting = db.execute(
        "SELECT (SELECT count(*) FROM tombstones), (SELECT count(*) FROM erasures)"
    ).fetchone()
    back = db.execute("SELECT a.id FROM articles a JOIN tombstones t ON t.url_key = a.url_key ORDER BY a.id").fetchmany(
        LISTED
    )
    for (article_id,) in back:
        detail = f"article {article_id} was taken down and is here again: `presskeep forget {article_id} --reason …`"
        yield Finding(check="forgotten", health=Health.DAMAGED, detail=detail)
    if n_waiting:
        detail = f"{n_waiting} things of what was taken down are still on the disk: a takedown was interrupted"
        yield Finding(check="forgotten", health=Health.MENDABLE, detail=detail)
    if not back and not n_waiting:
        yield Finding(check="forgotten", health=Health.OK, detail=f"{n_tombstones} tombstones, nothing behind them")


def _runs(db: sqlite3.Connection, *, busy: bool) -> Iterator[Finding]:
    (killed,) = db.execute("SELECT count(*) FROM runs WHERE finished_at IS NULL").fetchone()
    killed -= busy
    detail = f"{killed} did not finish (killed); what they had committed is kept" if killed > 0 else "all finished"
    yield Finding(check="runs", health=Health.NOTE if killed > 0 else Health.OK, detail=detail)


def _warc_files(folder: Path, db: sqlite3.Connection) -> Iterator[Finding]:
    found = [
        Finding(
            check="warc files",
            health=Health.DAMAGED,
            detail=f"{path.relative_to(folder)} is none of ours: take it away",
        )
        for path in foreign_files(folder)
    ]
    for path in sorted((folder / FOLDER).rglob(f"*.warc.gz{DRAFT}")):
        detail = f"{path.relative_to(folder)} is a draft that a killed forget or prune left"
        found.append(Finding(check="warc files", health=Health.MENDABLE, detail=detail))
    for path in stale_files(folder):
        name = path.relative_to(folder)
        if reason := unclosable(folder, path, db):
            found.append(
                Finding(check="warc files", health=Health.DAMAGED, detail=f"{name} was left open, and {reason}")
            )
        else:
            detail = f"{name} was left open by a killed run"
            found.append(Finding(check="warc files", health=Health.MENDABLE, detail=detail))
    yield from found[:LISTED]
    if len(found) > LISTED:
        detail = f"and {len(found) - LISTED} files more"
        yield Finding(
            check="warc files", health=max(found, key=lambda one: one.health is Health.DAMAGED).health, detail=detail
        )
    if not found:
        yield Finding(check="warc files", health=Health.OK, detail="none left open, none foreign")


def _warc_records(folder: Path, db: sqlite3.Connection) -> Iterator[Finding]:
    n_bad = 0
    for n_bad, (capture_id, why) in enumerate(bad_pointers(folder, db), 1):
        if n_bad <= LISTED:
            yield Finding(check="warc records", health=Health.DAMAGED, detail=f"capture {capture_id}: {why}")
    (total,) = db.execute("SELECT count(*) FROM captures").fetchone()
    if n_bad > LISTED:
        yield Finding(
            check="warc records", health=Health.DAMAGED, detail=f"{n_bad} of {total} captures have no whole record"
        )
    if not n_bad:
        yield Finding(check="warc records", health=Health.OK, detail=f"{total} captures, each with its record")


def statements(migration: str) -> list[str]:
    """Give the statements of a migration, to make again what is missing."""
    (step,) = (step for step in LATER if step.name == migration)
    found, statement = [], ""
    for line in step.sql.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            found.append(statement.strip())
            statement = ""
    return found
