"""Cut a part out of an archive: some sources, with all that a crawl of them asks the archive. What comes of it is merged back.

Owns what a part holds. It is an archive of this schema with the ids of the whole one, but without what a crawl never asks for:
search texts, clusters, removals, WARC files, and the texts of articles that are not due again. Merged back, they are known by
their hashes.
"""

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.reader import DATABASE
from archive.store import open_store

RUNS = 200
"""Runs that come along: a source's health is judged by them (archive/health.py)."""
_PARTS = (
    ("sources", "id IN chosen"),
    (
        "runs",
        "id IN (SELECT run_id FROM whole.run_sources WHERE source_id IN chosen ORDER BY run_id DESC LIMIT {runs})",
    ),
    ("run_sources", "source_id IN chosen AND run_id IN (SELECT id FROM main.runs)"),
    ("feeds", "source_id IN chosen"),
    ("health", "source_id IN chosen"),
    ("site_blocks", "source_id IN chosen"),
    ("tombstones", "1"),
    ("links", "source_id IN chosen OR (source_id IS NULL AND is_near(url))"),
    ("articles", "source_id IN chosen OR id IN (SELECT article_id FROM main.links)"),
    ("restored_blocks", "article_id IN (SELECT id FROM main.articles)"),
    ("revisions", "article_id IN (SELECT id FROM main.articles)"),
    ("folded_revisions", "revision_id IN (SELECT id FROM main.revisions)"),
    ("extractions", "revision_id IN (SELECT id FROM main.revisions)"),
    (
        "captures",
        "url IN (SELECT url FROM main.links UNION SELECT url FROM main.feeds) OR id IN (SELECT capture_id FROM main.revisions"
        " UNION SELECT capture_id FROM main.extractions UNION SELECT capture_id FROM main.folded_revisions"
        " UNION SELECT capture_id FROM main.links)",
    ),
)
"""In an order in which each can ask the tables before it."""
_OPEN_ENDS = """
UPDATE articles SET duplicate_of = NULL WHERE duplicate_of NOT IN (SELECT id FROM articles);
UPDATE articles SET source_id = NULL WHERE source_id NOT IN (SELECT id FROM sources);
UPDATE restored_blocks SET source_id = NULL WHERE source_id NOT IN (SELECT id FROM sources);
UPDATE links SET run_id = NULL WHERE run_id NOT IN (SELECT id FROM runs);
UPDATE links SET article_id = NULL WHERE article_id NOT IN (SELECT id FROM articles);
UPDATE captures SET run_id = NULL WHERE run_id NOT IN (SELECT id FROM runs);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was in a part when it was cut: the largest ids. What a crawl adds has larger ones."""

    runs: int
    captures: int
    extractions: int


def cut(folder: Path, target: Path, names: Collection[str], *, is_near: Callable[[str], bool]) -> Part:
    """Make in `target` an archive of the sources with these names, and give what is in it.

    `is_near` tells the URLs of their hosts: of pages that were fetched by hand, those come along, too. The caller holds the
    lock of `folder`.
    """
    open_store(target).close()
    with closing(sqlite3.connect(target / DATABASE)) as db:
        db.create_function("is_near", 1, lambda url: int(is_near(url)), deterministic=True)
        db.execute("ATTACH ? AS whole", (str(folder / DATABASE),))
        with db:
            db.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY)")
            db.executemany(
                "INSERT INTO chosen SELECT id FROM whole.sources WHERE name = ?", [(name,) for name in names]
            )
            for table, condition in _PARTS:
                columns = ", ".join(_columns(db, table))
                db.execute(
                    f"INSERT INTO main.{table} SELECT {columns} FROM whole.{table} WHERE {condition.format(runs=RUNS)}"
                )
            for more in ("SELECT part_id FROM whole.parts WHERE capture_id IN (SELECT id FROM main.captures)",
                         "SELECT revisit_of FROM main.captures"):  # fmt: skip
                db.execute(
                    f"INSERT INTO main.captures SELECT * FROM whole.captures WHERE id IN ({more})"
                    " AND id NOT IN (SELECT id FROM main.captures)"
                )
            db.execute(
                "INSERT INTO main.parts SELECT * FROM whole.parts WHERE capture_id IN (SELECT id FROM main.captures)"
                " AND part_id IN (SELECT id FROM main.captures)"
            )
        db.executescript(_OPEN_ENDS)
        return Part(
            **{
                table: db.execute(f"SELECT coalesce(max(id), 0) FROM main.{table}").fetchone()[0]
                for table in Part.__slots__
            }
        )


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    names = [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]
    if table != "extractions":
        return names
    # its text is asked for only where its page is
    due = (
        "revision_id IN (SELECT revision_id FROM main.articles WHERE id IN"
        " (SELECT article_id FROM main.links WHERE next_due_at IS NOT NULL))"
    )
    empty = {"body": "''", "marks": "'[]'"}
    return [f"iif({due}, {name}, {empty[name]})" if name in empty else name for name in names]
