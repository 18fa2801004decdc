"""Merge other archives into one: what any of them has, all have afterwards; what any has forgotten, none.

Owns the order of the steps. Each leaves the archive whole, so a merge that is killed is run again, and goes on. What a merge gives
depends on what the archives hold, not on their order, but for ids and the numbers of revisions.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive import erasure
from archive.errors import ArchiveError
from archive.merge_articles import merge_articles, name_first_holders
from archive.merge_captures import merge_captures
from archive.merge_rows import (
    merge_feeds,
    merge_imported,
    merge_learned,
    merge_links,
    merge_runs,
    merge_sources,
    merge_tombstones,
)
from archive.other import opened
from archive.shard import Part
from archive.store import Store

OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a merge did."""

    folder: str
    n_new: int
    """Articles that only the other archive had."""
    n_changed: int
    """Articles of both that got revisions or readings."""
    n_same: int
    n_forgotten: int
    """Articles of ours that went, because they are forgotten there."""
    n_left_out: int
    """Articles of theirs that were not taken, because they are forgotten here."""
    n_captures: int
    n_warc_files: int
    n_bytes: int
    """Of the WARC files that came along."""
    n_links: int
    n_feeds: int
    n_sources: int
    n_runs: int
    waiting: tuple[str, ...] = ()
    """Why bytes of what was forgotten are still on the disk."""

    @property
    def changed(self) -> bool:
        """Tell whether the archive has anything now that it had not."""
        return any(
            (self.n_new, self.n_changed, self.n_forgotten, self.n_captures, self.n_links, self.n_feeds, self.n_sources,
             self.n_runs)
        )  # fmt: skip


def merge(
    store: Store,
    folder: Path,
    *,
    now: datetime,
    reference: bool = False,
    part: Part | None = None,
    on_step: OnStep = lambda *_: None,
) -> Report:
    """Merge the archive in `folder` into `store`'s; the caller holds the lock of `store`'s.

    With `reference` its WARC files stay where they are; `part` says that it was cut out of ours. Raises what `check`
    (archive/other.py) raises, and ArchiveError where its WARC files are not there or ours cannot be written.
    """
    with opened(folder, store, part=part) as other:
        try:
            n_forgotten = merge_tombstones(other)
            erased = erasure.erase(store.folder, store, now)
            n_sources, n_runs = merge_sources(other), merge_runs(other)
            taken = merge_captures(other, reference=reference, on_step=on_step)
            articles = merge_articles(other, on_step=on_step)
            n_links, n_feeds = merge_links(other, on_step=on_step), merge_feeds(other)
            merge_learned(other)
            merge_imported(other)
            name_first_holders(store)
        except OSError as error:
            raise ArchiveError(f"cannot write {store.folder}: {error.strerror or error}") from error
        except sqlite3.OperationalError as error:
            raise ArchiveError(f"the merge of {folder} stopped: {error}; run it again") from error
    return Report(
        folder=str(folder),
        n_new=articles.n_new,
        n_changed=articles.n_changed,
        n_same=articles.n_same,
        n_forgotten=n_forgotten,
        n_left_out=articles.n_left_out,
        n_captures=taken.n_captures,
        n_warc_files=taken.n_files,
        n_bytes=taken.n_bytes,
        n_links=n_links,
        n_feeds=n_feeds,
        n_sources=n_sources,
        n_runs=n_runs,
        waiting=erased.waiting,
    )
