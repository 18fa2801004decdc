"""What an archive holds, without its ids: two archives that hold the same give equal dumps.

Every table that the schema has is in it, with its references as names, so a table that is added later is compared, too.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from archive.warc_read import read_record

PLACES = {"warc_file", "warc_offset"}
"""Where a record lies is an archive's own business, as long as it can be read."""
OWN = {("tombstones", "article_id"), ("near_duplicates", "cluster_id")}
"""Ids that no foreign key tells."""
NAMES = {
    "sources": "SELECT name FROM sources WHERE id = ?",
    "runs": "SELECT command, options, started_at FROM runs WHERE id = ?",
    "captures": "SELECT record_id FROM captures WHERE id = ?",
    "articles": "SELECT url_key FROM articles WHERE id = ?",
    "feeds": "SELECT url FROM feeds WHERE id = ?",
    "revisions": "SELECT a.url_key, r.revision_at FROM revisions r JOIN articles a ON a.id = r.article_id WHERE r.id = ?",
    "folded_revisions": "SELECT a.url_key, f.revision_at FROM folded_revisions f JOIN revisions r ON r.id = f.revision_id"
    " JOIN articles a ON a.id = r.article_id WHERE f.id = ?",
    "extractions": "SELECT a.url_key, r.revision_at, e.made_at, e.extractor, e.version, e.rules, e.template, e.body_sha256"
    " FROM extractions e JOIN revisions r ON r.id = e.revision_id JOIN articles a ON a.id = r.article_id WHERE e.id = ?",
}
"""How the rows are called that others refer to."""


def held(folder: Path, *, without: frozenset[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Give all rows by table, in an order that ids have no part in; `without` some tables or `table.column`s."""
    with closing(sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        tables = [
            row[0]
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not row[0].startswith(("articles_fts", "sqlite_", "_sqlite"))
        ]
        found = {table: _rows(db, table, without) for table in tables if table not in without | {"erasures"}}
        # which of them still wait to be taken along is a matter of ids
        found["near_duplicate_bands"] = sorted(
            found["near_duplicate_bands"] + found.pop("near_duplicate_recent"), key=repr
        )
        clusters: dict[int, list[str]] = {}
        for cluster, key in db.execute(
            "SELECT n.cluster_id, a.url_key FROM near_duplicates n JOIN articles a ON a.id = n.article_id ORDER BY a.url_key"
        ):
            clusters.setdefault(cluster, []).append(key)
        found["clusters"] = sorted(tuple(each) for each in clusters.values())
        if "captures" not in without:
            found["payloads"] = sorted(_payload(folder, row) for row in db.execute("SELECT * FROM captures"))
        return found


def _rows(db: sqlite3.Connection, table: str, without: frozenset[str]) -> list[tuple[Any, ...]]:
    targets = {row["from"]: row["table"] for row in db.execute(f"PRAGMA foreign_key_list({table})")}
    own = set(PLACES) if table == "captures" else set()
    if "id" not in targets:
        own.add("id")
    names = [
        row["name"]
        for row in db.execute(f"PRAGMA table_info({table})")
        if row["name"] not in own and (table, row["name"]) not in OWN and f"{table}.{row['name']}" not in without
    ]
    shown: dict[str, Callable[[Any], Any]] = {name: _naming(db, targets[name]) for name in names if name in targets}
    rows = [
        tuple(shown[name](row[name]) if name in shown else row[name] for name in names)
        for row in db.execute(f"SELECT * FROM {table}").fetchall()
    ]
    return sorted(rows, key=repr)


def _naming(db: sqlite3.Connection, table: str) -> Callable[[Any], Any]:
    return lambda row_id: None if row_id is None else tuple(db.execute(NAMES[table], (row_id,)).fetchone())


def _payload(folder: Path, row: sqlite3.Row) -> tuple[str, str, int | None, bytes]:
    record = read_record(folder, row["warc_file"], row["warc_offset"])
    return row["record_id"], record.url, record.status, record.payload


def differences(one: dict[str, list[Any]], two: dict[str, list[Any]]) -> dict[str, tuple[list[Any], list[Any]]]:
    """Give what only one of two dumps has, by table: what a failed test shows."""
    found = {}
    for table in {*one, *two}:
        left, right = one.get(table, []), two.get(table, [])
        if left != right:
            found[table] = [row for row in left if row not in right], [row for row in right if row not in left]
    return found
