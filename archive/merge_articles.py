"""Merge the articles of another archive: each with the revisions and readings of both, in the order of capture.

Owns what becomes of an article's rows. What is an edit is archive/revision_order.py's to say. An article that is only there comes
as it is; one that both have alike is not written at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection, Row
from typing import Any

from archive.articles import body_sha256, day_of, index_text
from archive.cascade import delete_rows
from archive.clusters import SCHEME, drop_signature, save_signature
from archive.fingerprint import signature
from archive.kept import kept_article
from archive.other import Other, article_id, capture_id, columns
from archive.revision_order import Reading, Sighting, bridged, current, grouped, united
from archive.sightings import IMPORTED, REMOVAL, foreign, outline, revisions_of
from archive.store import Store

BATCH = 100
"""Articles a transaction."""
SHOWN = ("headline", "authors", "published", "language", "section", "word_count", "body_sha256")
"""What an article repeats of the extraction that it shows."""


@dataclass(slots=True, kw_only=True)
class Merged:
    """What became of the articles."""

    n_new: int = 0
    n_changed: int = 0
    """Known ones that got revisions or readings."""
    n_same: int = 0
    n_left_out: int = 0
    """Forgotten here, or there."""


def merge_articles(other: Other, *, on_step: Callable[[str, int, int], None]) -> Merged:
    """Merge all articles, in batches: a kill costs the batch that was being written."""
    merged, ids = Merged(), other.article_ids()
    for start in range(0, len(ids), BATCH):
        on_step("articles", start, len(ids))
        with other.store.transaction():
            other.store.db.execute("PRAGMA defer_foreign_keys = ON")
            for its_id in ids[start : start + BATCH]:
                _merge(other, its_id, merged)
    return merged


def _merge(other: Other, its_id: int, merged: Merged) -> None:
    row = other.db.execute("SELECT * FROM articles WHERE id = ?", (its_id,)).fetchone()
    if row["url_key"] in other.forgotten:
        merged.n_left_out += 1
        return
    ours_id = article_id(other.store, row["url_key"])
    if ours_id is None:
        _add(other, row)
        merged.n_new += 1
        return
    if outline(other.db, its_id) == outline(other.store.db.conn, ours_id) or not _unite(other, ours_id, its_id):
        merged.n_same += 1
    else:
        merged.n_changed += 1
    _merge_columns(other, ours_id, row)


def _unite(other: Other, ours_id: int, its_id: int) -> bool:
    """Put the revisions of an article of both in one row; False where ours has all of theirs."""
    ours = bridged(revisions_of(other.store.db.conn, ours_id))
    theirs = bridged(revisions_of(other.db, its_id, run=other.run))
    both = united(ours, [foreign(one, has=other.has) for one in theirs])
    if both == ours:
        return False
    _write(other.store, ours_id, both)
    _show(other.store, ours_id, _signature(other.db, its_id))
    return True


def _add(other: Other, row: Row) -> None:
    """Bring an article that is not here, with its revisions as they are numbered there."""
    store = other.store
    values = {
        name: row[name]
        for name in columns(other.db, "articles", without=("id", "source_id", "revision_id", "duplicate_of"))
    }
    ours_id = store.insert("articles", {**values, "source_id": other.source(row["source_id"])})
    latest = None
    for group in revisions_of(other.db, row["id"], run=other.run):
        shown, number = other.db.execute(
            "SELECT extraction_id, number FROM revisions WHERE id = ?", (group[0].revision_id,)
        ).fetchone()
        new = _insert_revision(store, ours_id, number, group, shown=shown)
        latest = new if group[0].revision_id == row["revision_id"] else latest
    store.update("articles", ours_id, {"revision_id": latest})
    _show(store, ours_id, _signature(other.db, row["id"]), new=True)


def _insert_revision(
    store: Store, article: int, number: int, sightings: Sequence[Sighting], *, shown: int | None
) -> int:
    """Insert a revision with the sightings that it stands for; `shown`: the id, there, of its current reading."""
    head = sightings[0]
    revision_id = store.insert(
        "revisions",
        {"article_id": article, "number": number, "capture_id": _capture(store, head), "revision_at": head.at},
    )
    for sighting in sightings:
        folded_id = None if sighting is head else _insert_folded(store, revision_id, sighting)
        for reading in sighting.readings:
            new = _insert_reading(store, reading, revision_id, folded_id)
            if reading.id == shown:
                store.update("revisions", revision_id, {"extraction_id": new})
    return revision_id


def _write(store: Store, article: int, sightings: Sequence[Sighting]) -> None:
    """Write an article's revisions anew; rows that stand for the same keep their ids."""
    store.db.execute("UPDATE revisions SET number = -id WHERE article_id = ?", (article,))
    n_before = {row[0] for row in store.db.execute("SELECT id FROM revisions WHERE article_id = ?", (article,))}
    kept: set[int] = set()
    latest, groups = None, grouped(sightings)
    for number, group in enumerate(groups, 1):
        latest = _write_revision(store, article, number, group)
        kept.add(latest)
    store.update("articles", article, {"revision_id": latest, "n_revisions": len(groups)})
    stale = [row[0] for row in store.db.execute(
        "SELECT f.id FROM folded_revisions f JOIN revisions r ON r.id = f.revision_id WHERE r.article_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM extractions e WHERE e.folded_id = f.id)", (article,)
    )]  # fmt: skip
    delete_rows(store, "folded_revisions", stale)
    delete_rows(store, "revisions", n_before - kept)


def _write_revision(store: Store, article: int, number: int, group: Sequence[Sighting]) -> int:
    head = group[0]
    values = {"number": number, "capture_id": _capture(store, head), "revision_at": head.at}
    revision_id = head.revision_id
    if revision_id is None:
        revision_id = store.insert("revisions", {"article_id": article, **values})
    else:
        store.update("revisions", revision_id, values)
    shown, ids = current(group), {}
    for sighting in group:
        folded_id = None if sighting is head else _write_folded(store, revision_id, sighting)
        for reading in sighting.readings:
            ids[reading.made_at, reading.key] = _write_reading(store, reading, revision_id, folded_id)
    store.update("revisions", revision_id, {"extraction_id": ids[shown.made_at, shown.key]})
    return revision_id


def _write_folded(store: Store, revision_id: int, sighting: Sighting) -> int:
    if sighting.folded_id is None:
        return _insert_folded(store, revision_id, sighting)
    store.update(
        "folded_revisions", sighting.folded_id, {"revision_id": revision_id, "capture_id": _capture(store, sighting)}
    )
    return sighting.folded_id


def _insert_folded(store: Store, revision_id: int, sighting: Sighting) -> int:
    values = {"revision_id": revision_id, "capture_id": _capture(store, sighting), "revision_at": sighting.at}
    return store.insert("folded_revisions", values)


def _write_reading(store: Store, reading: Reading, revision_id: int, folded_id: int | None) -> int:
    if reading.id is None:
        return _insert_reading(store, reading, revision_id, folded_id)
    places = {"revision_id": revision_id, "folded_id": folded_id, "capture_id": _capture(store, reading)}
    store.update("extractions", reading.id, places)
    if reading.imported is not None and not store.one("SELECT 1 FROM imported WHERE extraction_id = ?", (reading.id,)):
        _insert_imported(store, reading.id, reading.imported)
    _insert_trace(store, reading.id, reading)
    return reading.id


def _insert_reading(store: Store, reading: Reading, revision_id: int, folded_id: int | None) -> int:
    values = {
        "revision_id": revision_id,
        "folded_id": folded_id,
        "capture_id": _capture(store, reading),
        "made_at": reading.made_at,
        **reading.row,
    }
    new = store.insert("extractions", values)
    for removal in reading.removals:
        store.insert("removals", {"extraction_id": new, **dict(zip(REMOVAL, removal, strict=True))})
    if reading.imported is not None:
        _insert_imported(store, new, reading.imported)
    _insert_trace(store, new, reading)
    return new


def _insert_trace(store: Store, extraction_id: int, reading: Reading) -> None:
    if reading.trace is not None:
        store.db.execute(
            "INSERT OR IGNORE INTO traces (extraction_id, trace) VALUES (?, ?)", (extraction_id, reading.trace)
        )


def _insert_imported(store: Store, extraction_id: int, imported: tuple[Any, ...]) -> None:
    store.insert("imported", {"extraction_id": extraction_id, **dict(zip(IMPORTED, imported, strict=True))})


def _capture(store: Store, what: Sighting | Reading) -> int | None:
    return capture_id(store, what.capture) if what.capture is not None else None


def _show(store: Store, article: int, theirs: tuple[str, bytes | None], *, new: bool = False) -> None:
    """Let an article show its latest revision: columns for lists, search text, cluster.

    `theirs`: the other archive's text of it, as a hash, with its signature.
    """
    (before,) = store.db.execute("SELECT body_sha256 FROM articles WHERE id = ?", (article,)).fetchone()
    kept = kept_article(store.db.conn, article)
    store.db.execute(
        f"UPDATE articles SET ({', '.join(SHOWN)}) = (SELECT {', '.join(SHOWN)} FROM extractions e"
        " JOIN revisions r ON r.extraction_id = e.id WHERE r.id = articles.revision_id), published_day = ? WHERE id = ?",
        (day_of(kept.article.published), article),
    )
    (shown,) = store.db.execute(
        "SELECT r.extraction_id FROM articles a JOIN revisions r ON r.id = a.revision_id WHERE a.id = ?", (article,)
    ).fetchone()
    index_text(store, article, kept.article, extraction_id=shown)
    if before == kept.body_sha256 and not new:
        return
    found = theirs[1] if theirs[0] == kept.body_sha256 else signature(kept.article.body)
    if found is None:
        drop_signature(store, article)
    else:
        save_signature(store, article, found)


def _signature(db: Connection, article: int) -> tuple[str, bytes | None]:
    row = db.execute(
        "SELECT a.body_sha256, n.signature, n.scheme, e.body FROM articles a JOIN revisions r ON r.id = a.revision_id"
        " JOIN extractions e ON e.id = r.extraction_id LEFT JOIN near_duplicates n ON n.article_id = a.id WHERE a.id = ?",
        (article,),
    ).fetchone()
    # of another scheme: it says nothing about ours
    return row["body_sha256"], row["signature"] if row["scheme"] in {None, SCHEME} else signature(row["body"])


def _merge_columns(other: Other, ours_id: int, theirs: Row) -> None:
    """Merge what is known of an article besides its texts: the earliest sight of it, the latest look at it."""
    ours = other.store.one("SELECT * FROM articles WHERE id = ?", (ours_id,))
    assert ours is not None
    first_seen_at, url = min((row["first_seen_at"], row["url"]) for row in (ours, theirs))
    checked_at, gone_at = max((row["checked_at"], row["gone_at"] or "") for row in (ours, theirs))
    values = {
        "first_seen_at": first_seen_at,
        "url": url,
        "checked_at": checked_at,
        "gone_at": gone_at or None,
        "source_id": other.first_source(ours["source_id"], theirs["source_id"]),
    }
    if any(ours[name] != value for name, value in values.items()):
        other.store.update("articles", ours_id, values)


def name_first_holders(store: Store) -> None:
    """Let all articles with one text name the one that had it first, and that one none."""
    with store.transaction():
        store.db.execute(
            "WITH ranked AS (SELECT a.id, first_value(a.id) OVER (PARTITION BY a.body_sha256 ORDER BY r.revision_at,"
            " a.url_key) AS first FROM articles a JOIN revisions r ON r.id = a.revision_id WHERE a.body_sha256 IN"
            " (SELECT body_sha256 FROM articles WHERE body_sha256 != ? GROUP BY body_sha256 HAVING count(*) > 1))"
            " UPDATE articles SET duplicate_of = nullif(ranked.first, articles.id) FROM ranked"
            " WHERE ranked.id = articles.id AND articles.duplicate_of IS NOT nullif(ranked.first, articles.id)",
            (body_sha256(""),),
        )
        store.db.execute(
            "UPDATE articles SET duplicate_of = NULL WHERE duplicate_of IS NOT NULL AND body_sha256 !="
            " (SELECT o.body_sha256 FROM articles o WHERE o.id = articles.duplicate_of)"
        )
