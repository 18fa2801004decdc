"""Prune captures older than a moment: their rows and their WARC bytes; articles, revisions and texts stay.

Owns which captures may go: the response that a later revisit record refers to stays. A file is written anew under another
name, then the rows point to that, then the old one goes: a kill leaves nothing that points nowhere.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive import erasure
from archive.cascade import delete_rows
from archive.places import is_outside
from archive.reader import open_reader
from archive.store import Store
from archive.times import iso
from archive.warc import FOLDER, recover, sync_folder
from archive.warc_rewrite import compact, hold_files

SUFFIX = ".warc.gz"
MARK = "-pruned"

_DOOMED = """
SELECT c.id, c.warc_file, c.warc_offset, c.warc_length FROM captures c
WHERE c.fetched_at < ?1 AND NOT EXISTS
  (SELECT 1 FROM captures r WHERE r.revisit_of = c.id AND r.fetched_at >= ?1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What goes, or went."""

    n_captures: int
    n_kept_for_revisits: int
    """Old ones that stay because a later capture refers to their bytes."""
    n_files_removed: int
    n_files_rewritten: int
    n_bytes: int
    """Of disk; before the act an estimate, without the request records."""


def plan(folder: Path, older_than: datetime) -> Pruned:
    """Say what `prune` would do; nothing is changed."""
    moment = iso(older_than)
    with closing(open_reader(folder)) as db:
        row = db.execute(
            f"SELECT count(*) AS n, coalesce(sum(warc_length), 0) AS size, count(DISTINCT warc_file) AS files FROM ({_DOOMED})",
            (moment,),
        ).fetchone()
        (n_old,) = db.execute("SELECT count(*) FROM captures WHERE fetched_at < ?", (moment,)).fetchone()
        (n_mixed,) = db.execute(
            f"SELECT count(DISTINCT warc_file) FROM ({_DOOMED}) d WHERE EXISTS"
            f" (SELECT 1 FROM captures k WHERE k.warc_file = d.warc_file AND k.id NOT IN (SELECT id FROM ({_DOOMED})))",
            (moment,),
        ).fetchone()
    return Pruned(
        n_captures=row["n"],
        n_kept_for_revisits=n_old - row["n"],
        n_files_removed=row["files"] - n_mixed,
        n_files_rewritten=n_mixed,
        n_bytes=row["size"],
    )


def prune(folder: Path, store: Store, older_than: datetime, now: datetime) -> Pruned:
    """Prune; the caller holds the archive's lock. What a killed prune left behind goes, too."""
    recover(folder)
    erasure.erase(folder, store, now)
    before = plan(folder, older_than)
    n_bytes = n_removed = n_rewritten = 0
    with hold_files(folder, alone=True):
        erasure.remove_drafts(folder)
        n_bytes += _remove_orphans(folder, store, older_than)
        moment = iso(older_than)
        files = [row[0] for row in store.db.execute(f"SELECT DISTINCT warc_file FROM ({_DOOMED})", (moment,))]
        for name in sorted(files):
            path = folder / name
            size = path.stat().st_size if path.exists() and not is_outside(name) else 0
            left = _prune_file(folder, store, name, moment)
            n_bytes += size - left
            n_rewritten += left > 0
            n_removed += left == 0 and not is_outside(name)
    return Pruned(
        n_captures=before.n_captures,
        n_kept_for_revisits=before.n_kept_for_revisits,
        n_files_removed=n_removed,
        n_files_rewritten=n_rewritten,
        n_bytes=n_bytes,
    )


def _prune_file(folder: Path, store: Store, name: str, moment: str) -> int:
    """Take the old captures out of one file; give the bytes of what is left of it."""
    doomed = {row["id"] for row in store.db.execute(f"SELECT id FROM ({_DOOMED}) WHERE warc_file = ?2", (moment, name))}
    rows = store.db.execute("SELECT id, warc_offset FROM captures WHERE warc_file = ?", (name,)).fetchall()
    kept = {row["id"]: row["warc_offset"] for row in rows if row["id"] not in doomed}
    path, left = folder / name, 0
    if is_outside(name):  # not ours to rewrite: our rows go
        with store.transaction():
            delete_rows(store, "captures", doomed)
        return 0
    moved: dict[int, int] = {}
    target = path
    if kept and path.exists():
        target = _free_name(path)
        moved = compact(path, target, set(kept.values()))
        left = target.stat().st_size
    with store.transaction():
        for capture_id, offset in kept.items():
            if offset in moved:
                values = {"warc_file": str(target.relative_to(folder)), "warc_offset": moved[offset]}
                store.update("captures", capture_id, values)
        delete_rows(store, "captures", doomed)
    if moved or not kept:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    return left


def _free_name(path: Path) -> Path:
    stem = path.name.removesuffix(SUFFIX)
    number = 1
    while (target := path.with_name(f"{stem}{MARK}{number}{SUFFIX}")).exists():
        number += 1
    return target


def _remove_orphans(folder: Path, store: Store, older_than: datetime) -> int:
    """Remove files that no row points to: what a killed prune left, and what is older in any case; give their bytes."""
    n_bytes = 0
    for path in _orphans(folder, store):
        status = path.stat()
        left_by_prune = MARK in path.name or any(path.parent.glob(f"{path.name.removesuffix(SUFFIX)}{MARK}*{SUFFIX}"))
        if left_by_prune or status.st_mtime < older_than.timestamp():
            path.unlink()
            n_bytes += status.st_size
    return n_bytes


def _orphans(folder: Path, store: Store) -> Iterator[Path]:
    known = {row[0] for row in store.db.execute("SELECT DISTINCT warc_file FROM captures")}
    for path in sorted((folder / FOLDER).rglob(f"*{SUFFIX}")):
        if str(path.relative_to(folder)) not in known:
            yield path
