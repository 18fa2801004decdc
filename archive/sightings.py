"""Read the revisions of an article as sightings, for archive/revision_order.py: no ids but those of rows that may be kept.

Owns which columns make a reading. Plain sqlite3, so that it reads the archive that is merged like the one it goes into.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archive.kept import extractor_of
from archive.revision_order import CaptureKey, Reading, Sighting, key_of
from archive.traces import find_trace

REMOVAL = ("position", "stage", "reason", "rule", "text", "urls")
IMPORTED = ("run_id", "fetched_at", "article_id", "warc_file", "warc_offset", "warc_length", "record_id")
_IDS = frozenset({"id", "revision_id", "capture_id", "folded_id", "made_at"})
_CAPTURE = "c.fetched_at AS capture_at, c.record_id AS capture_record, c.url AS capture_url"


def revisions_of(
    db: sqlite3.Connection, article_id: int, *, run: Callable[[int | None], int | None] = lambda own: own
) -> list[list[Sighting]]:
    """Give the revisions of an article in their order, each with the sightings that it stands for; `run` translates runs' ids."""
    found = []
    for row in db.execute(
        f"SELECT r.id, r.revision_at, {_CAPTURE} FROM revisions r LEFT JOIN captures c ON c.id = r.capture_id"
        " WHERE r.article_id = ? ORDER BY r.number",
        (article_id,),
    ).fetchall():
        readings = _readings(db, row["id"], run)
        sightings = [
            Sighting(
                at=row["revision_at"],
                capture=_capture(row),
                readings=readings.pop(None, ()),
                revision_id=row["id"],
            )
        ]
        for folded in db.execute(
            f"SELECT f.id, f.revision_at, {_CAPTURE} FROM folded_revisions f LEFT JOIN captures c ON c.id = f.capture_id"
            " WHERE f.revision_id = ? ORDER BY f.revision_at",
            (row["id"],),
        ):
            repeated = readings.pop(folded["id"], ())
            sightings.append(
                Sighting(at=folded["revision_at"], capture=_capture(folded), readings=repeated, folded_id=folded["id"])
            )
        found.append(sightings)
    return found


def outline(db: sqlite3.Connection, article_id: int) -> list[tuple[Any, ...]]:
    """Give what tells whether two archives hold an article alike, without its texts."""
    return [
        tuple(row)
        for row in db.execute(
            "SELECT r.revision_at, f.revision_at, e.made_at, e.extractor, e.version, e.options, e.rules, e.template,"
            " e.headline, e.body_sha256, c.record_id, k.record_id, i.extraction_id IS NULL FROM revisions r"
            " JOIN extractions e ON e.revision_id = r.id LEFT JOIN folded_revisions f ON f.id = e.folded_id"
            " LEFT JOIN captures c ON c.id = coalesce(f.capture_id, r.capture_id)"
            " LEFT JOIN captures k ON k.id = e.capture_id LEFT JOIN imported i ON i.extraction_id = e.id"
            " WHERE r.article_id = ? ORDER BY e.made_at, e.body_sha256, r.revision_at, f.revision_at",
            (article_id,),
        )
    ]


def foreign(sighting: Sighting, *, has: Callable[[CaptureKey], bool]) -> Sighting:
    """Give a sighting of another archive without its ids, which mean nothing here, and without captures that did not come."""
    readings = tuple(replace(one, id=None, capture=_if_here(one.capture, has)) for one in sighting.readings)
    return replace(
        sighting, readings=readings, capture=_if_here(sighting.capture, has), revision_id=None, folded_id=None
    )


def _if_here(capture: CaptureKey | None, has: Callable[[CaptureKey], bool]) -> CaptureKey | None:
    return capture if capture is not None and has(capture) else None


def _readings(
    db: sqlite3.Connection, revision_id: int, run: Callable[[int | None], int | None]
) -> dict[int | None, tuple[Reading, ...]]:
    """Give the readings of a revision by the folded one that they are of."""
    found: dict[int | None, list[Reading]] = {}
    for row in db.execute(
        f"SELECT e.*, {_CAPTURE} FROM extractions e LEFT JOIN captures c ON c.id = e.capture_id WHERE e.revision_id = ?",
        (revision_id,),
    ).fetchall():
        found.setdefault(row["folded_id"], []).append(_reading(db, row, run))
    return {folded: tuple(sorted(each, key=lambda one: one.rank)) for folded, each in found.items()}


def _reading(db: sqlite3.Connection, row: sqlite3.Row, run: Callable[[int | None], int | None]) -> Reading:
    names = [name for name in row.keys() if name not in _IDS and not name.startswith("capture_")]  # noqa: SIM118 (a Row's `in` asks its values)
    said = {name: row[name] for name in names}
    removals = db.execute(
        f"SELECT {', '.join(REMOVAL)} FROM removals WHERE extraction_id = ? ORDER BY position, id", (row["id"],)
    )
    imported = db.execute(
        f"SELECT {', '.join(IMPORTED)} FROM imported WHERE extraction_id = ?", (row["id"],)
    ).fetchone()
    origin = json.loads(row["signals"]).get("headline")
    return Reading(
        key=key_of(said),
        made_at=row["made_at"],
        extractor=extractor_of(row),
        headline=row["headline"],
        body_sha256=row["body_sha256"],
        by_hint=bool(origin) and origin[0] == "feed",
        row=said,
        capture=_capture(row),
        removals=tuple(map(tuple, removals)),
        imported=_imported(imported, run),
        trace=find_trace(db, row["id"]) or None,
        id=row["id"],
    )


def _imported(row: Any, run: Callable[[int | None], int | None]) -> tuple[Any, ...] | None:
    return None if row is None else (run(row[0]), *tuple(row)[1:])


def _capture(row: sqlite3.Row) -> CaptureKey | None:
    return (row["capture_at"], row["capture_record"], row["capture_url"]) if row["capture_at"] else None
