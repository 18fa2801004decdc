"""Back an archive up into a folder of its own: the database as of one moment, and every WARC file that it points to.

Owns `presskeep-MOMENT` folders below a destination: made as a draft beside, given their name when they are whole. Closed WARC
files never change in place, so they are hard links where the file system allows it. A backup is an archive: to restore, copy it.
"""

import contextlib
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from archive import __version__
from archive.errors import ArchiveError, UsageError
from archive.places import is_outside
from archive.reader import DATABASE, open_reader
from archive.schema import MIGRATIONS
from archive.times import iso
from archive.warc import FOLDER, existing, sync_folder
from archive.warc_rewrite import hold_files

PREFIX = "presskeep-"
ABOUT = "backup.json"
DRAFT = ".part"
SETTINGS = ("sources.toml", "presskeep.toml")
_NAME = re.compile(rf"{PREFIX}\d{{8}}T\d{{6}}Z(-\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds; written into it as backup.json."""

    path: Path
    made_at: str
    version: str
    schema: str
    n_articles: int
    n_captures: int
    n_warc_files: int
    n_elsewhere: int
    """WARC files outside the archive that captures point to: they are not taken along."""
    n_linked: int
    """WARC files that are hard links, to the archive's or to an earlier backup's."""
    n_bytes: int
    removed: tuple[str, ...] = ()
    """Earlier backups that `keep` took away."""
    holding_forgotten: tuple[str, ...] = ()
    """Earlier backups that were made before the last takedown, and still hold what was forgotten."""


def back_up(folder: Path, destination: Path, *, keep: int | None, now: datetime) -> Backup:
    """Make a backup of the archive in `folder` below `destination`, then leave only the latest `keep` there.

    A crawl may go on meanwhile. Raises NoArchiveError, UsageError for a destination that cannot be written, and ArchiveError
    where a file that the database points to is not there; then nothing is left behind.
    """
    if (folder / FOLDER).resolve() in (destination / "x").resolve().parents:
        raise UsageError(f"{destination} lies among the archive's own WARC files")
    open_reader(folder).close()
    try:
        destination.mkdir(parents=True, exist_ok=True)
        for stale in destination.glob(f"{PREFIX}*{DRAFT}"):
            shutil.rmtree(stale)
        target = _free_name(destination, now)
        draft = target.with_name(target.name + DRAFT)
        draft.mkdir()
        try:
            made = _fill(folder, draft, target, _backups(destination), now)
            draft.replace(target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync_folder(destination)
    except OSError as error:
        raise UsageError(f"cannot back up to {destination}: {error.strerror or error}") from error
    removed = _remove_old(destination, keep)
    return _about(made, destination, removed)


def _free_name(destination: Path, now: datetime) -> Path:
    name = f"{PREFIX}{now:%Y%m%dT%H%M%SZ}"
    number = 1
    target = destination / name
    while target.exists():
        number += 1
        target = destination / f"{name}-{number}"
    return target


def _backups(destination: Path) -> list[Path]:
    """Give the whole backups, latest first."""
    found = [path for path in destination.iterdir() if _NAME.match(path.name) and (path / DATABASE).is_file()]
    return sorted(found, key=lambda path: (path / DATABASE).stat().st_mtime_ns, reverse=True)


def _fill(folder: Path, draft: Path, target: Path, earlier: list[Path], now: datetime) -> Backup:
    with hold_files(folder, alone=False):
        # the database first: every record that it points to is on disk by then
        with closing(sqlite3.connect(folder / DATABASE, timeout=60)) as db:
            db.execute("VACUUM INTO ?", (str(draft / DATABASE),))
        _sync_file(draft / DATABASE)
        with closing(open_reader(draft)) as db:
            files = db.execute(
                "SELECT warc_file, max(warc_offset + warc_length) AS end FROM captures GROUP BY warc_file"
            ).fetchall()
            (n_articles,) = db.execute("SELECT count(*) FROM articles").fetchone()
            (n_captures,) = db.execute("SELECT count(*) FROM captures").fetchone()
        own = [row for row in files if not is_outside(row["warc_file"])]
        n_linked = sum(_take(folder, draft, row["warc_file"], row["end"], earlier) for row in own)
    for name in SETTINGS:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(folder / name, draft / name)
    made = Backup(
        path=target,
        made_at=iso(now),
        version=__version__,
        schema=MIGRATIONS[-1],
        n_articles=n_articles,
        n_captures=n_captures,
        n_warc_files=len(own),
        n_elsewhere=len(files) - len(own),
        n_linked=n_linked,
        n_bytes=sum(path.stat().st_size for path in draft.rglob("*") if path.is_file()),
    )
    kept = {name: value for name, value in asdict(made).items() if name not in {"path", "removed", "holding_forgotten"}}
    (draft / ABOUT).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    for place in {path.parent for path in draft.rglob("*")}:
        sync_folder(place)
    return made


def _take(folder: Path, draft: Path, name: str, end: int, earlier: list[Path]) -> bool:
    """Put a WARC file into the backup; True where it is a hard link. One that is still written is copied up to `end`."""
    target = draft / name
    target.parent.mkdir(parents=True, exist_ok=True)
    closed = folder / name
    try:
        if closed.is_file():
            if closed.stat().st_size < end:
                raise ArchiveError(f"{name} is shorter than its records say: `presskeep doctor` says more")
            for source in (closed, *(backup / name for backup in earlier[:1] if _same(closed, backup / name))):
                with contextlib.suppress(OSError):
                    os.link(source, target)
                    return True
            shutil.copy2(closed, target)
        else:
            _copy_start(existing(folder, name), target, end)
    except FileNotFoundError as error:
        raise ArchiveError(f"{name} is not there: `presskeep doctor` says more") from error
    _sync_file(target)
    return False


def _same(left: Path, right: Path) -> bool:
    """Tell whether an earlier backup's file is still the archive's: rewriting gives a file another time."""
    try:
        ours, theirs = left.stat(), right.stat()
    except FileNotFoundError:
        return False
    return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)


def _copy_start(source: Path, target: Path, length: int) -> None:
    """Copy a file that is being written, as far as the database knows it."""
    with source.open("rb") as file, target.open("wb") as copy:
        while length:
            chunk = file.read(min(length, 1 << 20))
            if not chunk:
                raise ArchiveError(f"{source.name} is shorter than its records say: `presskeep doctor` says more")
            copy.write(chunk)
            length -= len(chunk)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove_old(destination: Path, keep: int | None) -> tuple[str, ...]:
    if keep is None:
        return ()
    removed = []
    for path in _backups(destination)[keep:]:
        # out of sight first: a backup that is half removed must not be taken for one
        doomed = path.with_name(path.name + DRAFT)
        path.replace(doomed)
        shutil.rmtree(doomed)
        removed.append(path.name)
    return tuple(removed)


def _about(made: Backup, destination: Path, removed: tuple[str, ...]) -> Backup:
    with closing(open_reader(made.path)) as db:
        (last,) = db.execute("SELECT max(forgotten_at) FROM tombstones").fetchone()
    holding = []
    for path in _backups(destination) if last else []:
        with contextlib.suppress(OSError, ValueError, KeyError):
            if json.loads((path / ABOUT).read_text(encoding="utf-8"))["made_at"] < last:
                holding.append(path.name)
    values = {name: getattr(made, name) for name in made.__slots__}
    return Backup(**{**values, "removed": removed, "holding_forgotten": tuple(holding)})
