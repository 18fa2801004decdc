"""Merge what stands beside the articles: tombstones, sources, runs, the frontier, and what was learned of sources.

Owns which of two rows about the same thing holds: the earliest find, the latest answer. Each rule is a choice by an order
over the rows' own values, so that it does not matter which archive came first.
"""

from collections.abc import Callable, Mapping
from sqlite3 import Row
from typing import Any

from archive.forget import forgotten_keys, remove_forgotten
from archive.other import RUN_KEY, Other, columns
from archive.store import Store
from archive.traces import keep_word_lists

BATCH = 1000
ASKED = (
    "outcome_at", "outcome", "http_status", "detail", "final_url", "etag", "last_modified", "n_tries", "n_unchanged",
    "next_due_at",
)  # fmt: skip
"""What the last answer for a link says; ids besides."""
FOUND = ("discovered_at", "found_in", "found_at_url")


def order(*values: Any) -> tuple[tuple[bool, Any], ...]:
    """Give a key by which rows are ordered: NULL before anything; values of a column have one type."""
    return tuple((value is not None, value if value is not None else 0) for value in values)


def merge_tombstones(other: Other) -> int:
    """Forget what the other archive has forgotten; give the number of articles that went. Orders the bytes' erasure."""
    store, new = other.store, set[str]()
    with store.transaction():
        for row in other.db.execute("SELECT url_key, url, reason, forgotten_at FROM tombstones"):
            known = store.one(
                "SELECT id, forgotten_at, reason, url FROM tombstones WHERE url_key = ?", (row["url_key"],)
            )
            theirs = {name: row[name] for name in ("forgotten_at", "reason", "url")}
            if known is None:
                store.insert("tombstones", {"url_key": row["url_key"], **theirs})
                new.add(row["url_key"])
            elif tuple(theirs.values()) < tuple(known)[1:]:
                store.update("tombstones", known["id"], theirs)
        new |= _bury_aliases(other, frozenset(new))
        n_gone = remove_forgotten(store, frozenset(new)) if new else 0
    other.leave_out(forgotten_keys(store))
    return n_gone


def _bury_aliases(other: Other, new: frozenset[str]) -> set[str]:
    """Bury the other keys under which either archive found a forgotten article, as `forget` does; give them.

    `new`: what ours has not forgotten before; of the rest it holds nothing.
    """
    store, found = other.store, set[str]()
    looked = {store.db.conn: new, other.db: forgotten_keys(store)}
    while any(looked.values()):
        buried = {
            (alias, key)
            for db, keys in looked.items()
            for key in keys
            for (alias,) in db.execute(
                "SELECT DISTINCT l.url_key FROM articles a JOIN links l ON l.article_id = a.id WHERE a.url_key = ?",
                (key,),
            )
        }
        fresh = set()
        for alias, key in sorted(buried):
            cursor = store.db.execute(
                "INSERT INTO tombstones (url_key, url, reason, forgotten_at) SELECT ?, url, reason, forgotten_at"
                " FROM tombstones WHERE url_key = ? ON CONFLICT DO NOTHING",
                (alias, key),
            )
            if cursor.rowcount > 0:
                fresh.add(alias)
        found |= fresh
        looked = {store.db.conn: frozenset(fresh), other.db: frozenset(fresh)}
    return found


def merge_sources(other: Other) -> int:
    """Merge the sources, and note their ids; give the number of new ones."""
    store, n_new = other.store, 0
    told = ("url", "language", "tags", "enabled")
    with store.transaction():
        for row in other.db.execute("SELECT * FROM sources ORDER BY id"):
            ours = store.one("SELECT * FROM sources WHERE name = ?", (row["name"],))
            if ours is None:
                values = {name: row[name] for name in columns(other.db, "sources", without=("id",))}
                other.sources[row["id"]] = store.insert("sources", values)
                n_new += 1
                continue
            other.sources[row["id"]] = ours["id"]
            first = min((ours, row), key=lambda one: order(one["first_seen_at"], *(one[name] for name in told)))
            values = {name: first[name] for name in ("first_seen_at", *told)}
            for name in ("discovered_at", "paused_until"):
                values[name] = max(ours[name] or "", row[name] or "") or None
            _change(store, "sources", ours, values)
    return n_new


def merge_runs(other: Other) -> int:
    """Merge the runs with what each did to its sources; give the number of new ones. A finished one says more than a killed one."""
    store, n_new = other.store, 0
    names = columns(other.db, "runs", without=("id",))
    where = " AND ".join(f"{name} = ?" for name in RUN_KEY)
    with store.transaction():
        for row in other.db.execute("SELECT * FROM runs ORDER BY id"):
            ours = store.one(f"SELECT * FROM runs WHERE {where}", tuple(row[name] for name in RUN_KEY))
            if ours is None:
                run_id = store.insert("runs", {name: row[name] for name in names})
                n_new += 1
            else:
                run_id = ours["id"]
                if order(row["finished_at"]) > order(ours["finished_at"]):
                    _change(store, "runs", ours, {name: row[name] for name in names})
            other.runs[row["id"]] = run_id
            _merge_run_sources(other, row["id"], run_id)
    return n_new


def _merge_run_sources(other: Other, its_id: int, run_id: int) -> None:
    names = columns(other.db, "run_sources", without=("run_id", "source_id"))
    for row in other.db.execute("SELECT * FROM run_sources WHERE run_id = ?", (its_id,)):
        values = {"run_id": run_id, "source_id": other.source(row["source_id"])}
        other.store.db.execute(
            f"INSERT INTO run_sources ({', '.join((*values, *names))}) VALUES ({', '.join('?' * (2 + len(names)))})"
            " ON CONFLICT DO NOTHING",
            (*values.values(), *(row[name] for name in names)),
        )


def merge_links(other: Other, *, on_step: Callable[[str, int, int], None]) -> int:
    """Merge the frontier, in batches; give the number of new links."""
    total, n_new = other.count("links"), 0
    ids = [row[0] for row in other.db.execute("SELECT id FROM links ORDER BY id")]
    for start in range(0, total, BATCH):
        on_step("links", start, total)
        with other.store.transaction():
            for its_id in ids[start : start + BATCH]:
                row = other.db.execute("SELECT * FROM links WHERE id = ?", (its_id,)).fetchone()
                if row["url_key"] not in other.forgotten:
                    n_new += _merge_link(other, row)
    return n_new


def _merge_link(other: Other, row: Row) -> bool:
    store = other.store
    theirs: dict[str, Any] = {
        **{name: row[name] for name in columns(other.db, "links", without=("id",))},
        "source_id": other.source(row["source_id"]),
        "article_id": other.article(row["article_id"]),
        "capture_id": other.capture(row["capture_id"]),
        "run_id": other.run(row["run_id"]),
    }
    ours = store.one("SELECT * FROM links WHERE url = ?", (row["url"],))
    if ours is None:
        store.insert("links", theirs)
        return True
    rows: tuple[Any, Any] = (ours, theirs)
    asked = max(rows, key=lambda one: order(*(one[name] for name in ASKED), one["article_id"] is not None))
    first = min(rows, key=lambda one: order(*(one[name] for name in FOUND)))
    told = max(rows, key=lambda one: (one["newest_at"], len(one["hints"]), one["hints"]))
    values = {
        **{name: asked[name] for name in (*ASKED, "article_id", "capture_id", "run_id")},
        **{name: first[name] for name in FOUND},
        **{name: told[name] for name in ("newest_at", "hints")},
        "source_id": other.first_source(ours["source_id"], row["source_id"]),
    }
    if asked["article_id"] is None and (ours["article_id"] or theirs["article_id"]):
        own = store.one("SELECT id FROM articles WHERE url_key = ?", (row["url_key"],))
        values["article_id"] = own["id"] if own else None
    if ours["outcome_at"] is None and theirs["outcome_at"] is None:
        values["next_due_at"] = min(filter(None, (ours["next_due_at"], theirs["next_due_at"])), default=None)
    _change(store, "links", ours, values)
    return False


def merge_feeds(other: Other) -> int:
    """Merge the places that list links; give the number of new ones."""
    store, n_new = other.store, 0
    found = ("first_seen_at", "kind", "found_in", "depth")
    names = columns(other.db, "feeds", without=("id", "source_id", "url"))
    state = ("outcome_at", *(name for name in names if name not in {*found, "outcome_at"}))
    with store.transaction():
        for row in other.db.execute("SELECT * FROM feeds ORDER BY id"):
            source_id = other.source(row["source_id"])
            ours = store.one("SELECT * FROM feeds WHERE source_id = ? AND url = ?", (source_id, row["url"]))
            if ours is None:
                place = {"source_id": source_id, "url": row["url"]}
                store.insert("feeds", {**place, **{name: row[name] for name in names}})
                n_new += 1
                continue
            first = min((ours, row), key=lambda one: order(*(one[name] for name in found)))
            last = max((ours, row), key=lambda one: order(*(one[name] for name in state)))
            _change(store, "feeds", ours, {name: (first if name in found else last)[name] for name in names})
    return n_new


def merge_imported(other: Other) -> None:
    """Merge how far WARC files from elsewhere were imported, and where they are broken: who came further has the rows."""
    store = other.store
    names = columns(other.db, "imported_files", without=("id", "run_id"))
    far = ("finished_at", "done_to", "mark", "size")
    with store.transaction():
        for row in other.db.execute("SELECT * FROM imported_files ORDER BY id"):
            place = (row["name"], row["filters"])
            ours = store.one("SELECT * FROM imported_files WHERE name = ? AND filters = ?", place)
            values = {**{name: row[name] for name in names}, "run_id": other.run(row["run_id"])}
            if ours is None:
                store.insert("imported_files", values)
            elif order(*(row[name] for name in far)) > order(*(ours[name] for name in far)):
                _change(store, "imported_files", ours, values)
        for row in other.db.execute("SELECT * FROM broken_records ORDER BY id"):
            store.db.execute(
                "INSERT INTO broken_records (warc_file, warc_offset, why, run_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (row["warc_file"], row["warc_offset"], row["why"], other.run(row["run_id"])),
            )


def merge_learned(other: Other) -> None:
    """Merge what was learned of sources: templates, what was put back, what is odd; and the word lists that were read by."""
    with other.store.transaction():
        for row in other.db.execute("SELECT * FROM site_blocks"):
            _merge_block(other, row)
        for row in other.db.execute("SELECT * FROM restored_blocks ORDER BY id"):
            _merge_restored(other, row)
        for its_id, source_id in other.sources.items():
            _merge_health(other, its_id, source_id)
        for row in other.db.execute("SELECT version, text FROM lexicons"):
            keep_word_lists(other.store, row["version"], row["text"])


def _merge_block(other: Other, row: Row) -> None:
    names = columns(other.db, "site_blocks", without=("source_id", "key"))
    place = (other.source(row["source_id"]), row["key"])
    ours = other.store.one("SELECT * FROM site_blocks WHERE source_id = ? AND key = ?", place)
    values = {name: row[name] for name in names}
    if ours is not None:
        last = max((ours, row), key=lambda one: order(one["last_seen_at"], *(one[name] for name in names)))
        values = {name: last[name] for name in names} | {"learned_at": min(ours["learned_at"], row["learned_at"])}
        if not (ours["text"] and row["text"]):
            values["text"] = ""  # one has forgotten it; the next article that the line is learned from gives it a text
    other.store.db.execute(
        f"INSERT INTO site_blocks (source_id, key, {', '.join(names)}) VALUES (?, ?, {', '.join('?' * len(names))})"
        f" ON CONFLICT (source_id, key) DO UPDATE SET ({', '.join(names)}) = ({', '.join(f'excluded.{n}' for n in names)})",
        (*place, *(values[name] for name in names)),
    )


def _merge_restored(other: Other, row: Row) -> None:
    article_id, source_id = other.article(row["article_id"]), other.source(row["source_id"])
    if article_id is None:
        return  # the rule goes with its article
    ours = other.store.one(
        "SELECT * FROM restored_blocks WHERE source_id IS ? AND host = ? AND text = ?",
        (source_id, row["host"], row["text"]),
    )
    values = {name: row[name] for name in ("restored_at", "reason", "rule")}
    if ours is None:
        whole = {"article_id": article_id, "source_id": source_id, "host": row["host"], "text": row["text"], **values}
        other.store.insert("restored_blocks", whole)
    elif tuple(values.values()) < tuple(ours[name] for name in values):
        other.store.update("restored_blocks", ours["id"], {"article_id": article_id, **values})


def _merge_health(other: Other, its_id: int, source_id: int) -> None:
    """Take what is said of a source from the archive that has its latest run."""
    latest = (
        "SELECT max(r.started_at) FROM run_sources s JOIN runs r ON r.id = s.run_id"
        " WHERE s.source_id = ? AND r.finished_at IS NOT NULL"
    )
    (theirs,) = other.db.execute(latest, (its_id,)).fetchone()
    (known,) = other.store.db.execute(latest, (source_id,)).fetchone()  # theirs are among them by now
    if theirs is None or theirs != known:
        return
    names = columns(other.db, "health", without=("source_id",))
    rows = other.db.execute(f"SELECT {', '.join(names)} FROM health WHERE source_id = ?", (its_id,)).fetchall()
    other.store.db.execute("DELETE FROM health WHERE source_id = ?", (source_id,))
    other.store.db.conn.executemany(
        f"INSERT INTO health (source_id, {', '.join(names)}) VALUES (?, {', '.join('?' * len(names))})",
        [(source_id, *row) for row in rows],
    )


def _change(store: Store, table: str, ours: Row, values: Mapping[str, Any]) -> None:
    if any(ours[name] != value for name, value in values.items()):
        store.update(table, ours["id"], values)
