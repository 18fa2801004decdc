"""Take captures of another archive along: WARC files first, then their rows.

Owns what becomes of the files: a whole file is linked where both lie on one file system, else copied; one of which only
a part may come (the rest is forgotten, or here already) is written anew without the rest. A kill leaves files that no row
knows, never a row without its record.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from sqlite3 import Row

from archive.errors import ArchiveError
from archive.other import Other, capture_id, columns
from archive.parts import add_part
from archive.places import is_outside
from archive.store import Store
from archive.warc import FOLDER, OPEN, existing, sync_folder
from archive.warc_rewrite import DRAFT, compact, hold_files

SUFFIX = ".warc.gz"
MARK = "-merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came along."""

    n_captures: int
    n_files: int
    n_bytes: int


def merge_captures(other: Other, *, reference: bool, on_step: Callable[[str, int, int], None]) -> Taken:
    """Take all captures along that are not here yet and that nobody has forgotten; `reference`: their files stay there."""
    n_captures = n_files = n_bytes = 0
    before = other.part.captures if other.part else 0
    files = [row[0] for row in other.db.execute(
        "SELECT DISTINCT warc_file FROM captures WHERE id > ? ORDER BY warc_file", (before,)
    )]  # fmt: skip
    with _held(other.folder):
        for done, name in enumerate(files):
            on_step("WARC files", done, len(files))
            rows = other.db.execute(
                "SELECT * FROM captures WHERE warc_file = ? AND id > ? ORDER BY id", (name, before)
            ).fetchall()
            wanted = [row for row in rows if row["id"] not in other.left_out and not _is_here(other, row)]
            if not wanted:
                continue
            try:
                if is_outside(name):  # it is not the other's own either
                    place = _Place(name=name, size=0)
                elif reference:
                    place = _Place(name=str(existing(other.folder.resolve(), name)), size=0)
                else:
                    place = _take_file(other, name, wanted, whole=len(wanted) == len(rows))
            except OSError as error:
                raise ArchiveError(f"cannot take {other.folder / name} along: {error.strerror or error}") from error
            with other.store.transaction():
                _insert(other, wanted, place)
            n_captures, n_files, n_bytes = n_captures + len(wanted), n_files + 1, n_bytes + place.size
    _point_to_originals(other)
    _take_parts(other)
    return Taken(n_captures=n_captures, n_files=n_files, n_bytes=n_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where records lie now."""

    name: str
    size: int
    moved: dict[int, int] | None = None
    """Old offset -> new offset; None: as they were."""


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep `forget` and `prune` there from rewriting files while they are read; a folder that cannot be held needs no hold."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            stack.enter_context(hold_files(folder, alone=False))
        yield


def _take_parts(other: Other) -> None:
    """Note which of the captures that came along are further pages of an article that another one begins."""
    rows = other.db.execute(
        "SELECT p.number, f.fetched_at, f.record_id, f.url, c.fetched_at, c.record_id, c.url"
        " FROM parts p JOIN captures f ON f.id = p.capture_id JOIN captures c ON c.id = p.part_id"
    )
    with other.store.transaction():
        for number, *keys in rows:
            first, part = (capture_id(other.store, tuple(key)) for key in (keys[:3], keys[3:]))
            if first is not None and part is not None:
                add_part(other.store, first, number, part)


def _is_here(other: Other, row: Row) -> bool:
    return capture_id(other.store, (row["fetched_at"], row["record_id"], row["url"])) is not None


def _take_file(other: Other, name: str, wanted: Sequence[Row], *, whole: bool) -> _Place:
    if PurePosixPath(name).parts[:1] != (FOLDER,) or ".." in PurePosixPath(name).parts:
        raise ArchiveError(
            f"{other.folder} has captures in {name}, outside its folder {FOLDER}/: they cannot come along"
        )
    source = existing(other.folder, name)
    if source.stat().st_size < max(row["warc_offset"] + row["warc_length"] for row in wanted):
        raise ArchiveError(f"{source} is shorter than its rows say: `presskeep doctor` says more")
    doomed = other.db.execute("SELECT 1 FROM erasures WHERE warc_file = ?", (name,)).fetchone()
    moved = None
    if whole and doomed is None and source.suffix != OPEN:
        target = _target(other.store, name, source)
        if not target.exists():
            _link_or_copy(source, target)
    else:
        target = _target(other.store, name, None)
        target.parent.mkdir(parents=True, exist_ok=True)
        offsets = {row["warc_offset"] for row in wanted}
        moved = compact(source, target, offsets)
        if offsets - set(moved):
            target.unlink()
            raise ArchiveError(f"{source} lacks records that its rows point to: `presskeep doctor` says more")
    return _Place(name=str(target.relative_to(other.store.folder)), size=target.stat().st_size, moved=moved)


def _target(store: Store, name: str, source: Path | None) -> Path:
    """Give a path that is free, or that holds `source` already. What a killed merge left without rows gives way.

    Only a whole file keeps its name: a part of one must never be taken for it.
    """
    closed = store.folder / name
    for number in count(0 if source is not None else 1):
        marked = f"{closed.name.removesuffix(SUFFIX)}{MARK}{number}{SUFFIX}"
        path = closed.with_name(marked) if number else closed
        if source is not None and path.exists() and _same(source, path):
            return path
        relative = str(path.relative_to(store.folder))
        if store.one("SELECT 1 FROM captures WHERE warc_file = ?", (relative,)):
            continue
        if not existing(store.folder, relative).exists():
            return path
        if number and path.exists():
            path.unlink()
            return path
    raise AssertionError


def _same(left: Path, right: Path) -> bool:
    if left.samefile(right):
        return True
    if left.stat().st_size != right.stat().st_size:
        return False
    with left.open("rb") as one, right.open("rb") as two:
        while chunk := one.read(1 << 20):
            if chunk != two.read(1 << 20):
                return False
    return True


def _link_or_copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        draft = target.with_name(target.name + DRAFT)
        shutil.copy2(source, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    sync_folder(target.parent)


def _insert(other: Other, rows: Sequence[Row], place: _Place) -> None:
    names = columns(other.db, "captures", without=("id", "run_id", "warc_file", "warc_offset", "revisit_of"))
    for row in rows:
        offset = row["warc_offset"]
        other.store.insert(
            "captures",
            {
                **{name: row[name] for name in names},
                "run_id": other.run(row["run_id"]),
                "warc_file": place.name,
                "warc_offset": offset if place.moved is None else place.moved[offset],
            },
        )


def _point_to_originals(other: Other) -> None:
    """Let each revisit record point to the capture that holds its bytes, which may lie in a file that came later."""
    with other.store.transaction():
        for row in other.db.execute(
            "SELECT id, revisit_of, fetched_at, record_id, url FROM captures WHERE revisit_of IS NOT NULL AND id > ?",
            (other.part.captures if other.part else 0,),
        ):
            ours = capture_id(other.store, (row["fetched_at"], row["record_id"], row["url"]))
            if row["id"] in other.left_out or ours is None:
                continue
            other.store.db.execute(
                "UPDATE captures SET revisit_of = ? WHERE id = ? AND revisit_of IS NULL",
                (other.capture(row["revisit_of"]), ours),
            )
