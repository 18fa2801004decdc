"""What cleaning had removed and somebody put back: rules of a source, by which the same block is never removed again.

Owns the table restored_blocks and the look-up of removals by id. How a rule acts on a page is pipelines/clean/restore.py.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.errors import NotFoundError, UsageError
from archive.store import Store
from archive.text import storable
from archive.times import iso
from archive.url_key import url_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A removal in the archive, with where it happened."""

    id: int
    article_id: int
    source_id: int | None
    source: str | None
    host: str
    stage: str
    reason: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredBlock:
    """A block that is to stay in the texts of a source; `source_id` is None for pages fetched by hand: then its host counts."""

    source_id: int | None
    host: str
    text: str

    def covers(self, source_id: int | None, host: str) -> bool:
        """Say whether it holds for a page of a source and host."""
        return self.source_id == source_id if self.source_id is not None else source_id is None and self.host == host


def host_in(url: str) -> str:
    """Give the host of a URL as its url_key has it."""
    return re.split(r"[/?]", url_key(url), maxsplit=1)[0]


def find_removals(store: Store, ids: Sequence[int]) -> list[Removed]:
    """Give removals by id; raises NotFoundError for one that is not there, UsageError for one that took nothing out."""
    found = []
    for removal_id in dict.fromkeys(ids):
        row = store.one(
            "SELECT x.id, a.id AS article_id, a.source_id, s.name AS source, a.url, x.stage, x.reason, x.rule, x.text"
            " FROM removals x JOIN extractions e ON e.id = x.extraction_id JOIN revisions r ON r.id = e.revision_id"
            " JOIN articles a ON a.id = r.article_id LEFT JOIN sources s ON s.id = a.source_id WHERE x.id = ?",
            (min(removal_id, 2**63 - 1),),
        )
        if row is None:
            raise NotFoundError("removal", str(removal_id))
        if row["stage"] == "flag":
            raise UsageError(f"removal {removal_id} is a flag: its text was never taken out")
        columns = {name: row[name] for name in row.keys() if name != "url"}  # noqa: SIM118 (a Row's `in` asks its values)
        found.append(Removed(**columns, host=host_in(row["url"])))
    return found


def add_restored(store: Store, removed: Removed, now: datetime) -> bool:
    """Keep a removal's text as a rule of its source; False where there is that rule. The caller holds the transaction."""
    known = store.one(
        "SELECT 1 FROM restored_blocks WHERE source_id IS ? AND host = ? AND text = ?",
        (removed.source_id, removed.host, storable(removed.text)),
    )
    if known is None:
        store.insert(
            "restored_blocks",
            {
                "article_id": removed.article_id,
                "source_id": removed.source_id,
                "host": removed.host,
                "reason": removed.reason,
                "rule": removed.rule,
                "text": storable(removed.text),
                "restored_at": iso(now),
            },
        )
    return known is None


def restored_blocks(store: Store) -> tuple[RestoredBlock, ...]:
    """Give all rules of all sources: they are as few as people's patience."""
    rows = store.db.execute("SELECT source_id, host, text FROM restored_blocks ORDER BY id")
    return tuple(RestoredBlock(source_id=row[0], host=row[1], text=row[2]) for row in rows)


def revisions_with(store: Store, removed: Removed) -> Iterator[tuple[int, int]]:
    """Give the articles and revisions of a source whose current reading lacks this text, too."""
    rows = store.db.execute(
        "SELECT DISTINCT a.id, r.id, a.url FROM removals x JOIN revisions r ON r.extraction_id = x.extraction_id"
        " JOIN articles a ON a.id = r.article_id WHERE a.source_id IS ? AND x.text = ? AND x.stage != 'flag'"
        " ORDER BY a.id, r.number",
        (removed.source_id, removed.text),
    ).fetchall()
    for article_id, revision_id, url in rows:
        if removed.source_id is not None or host_in(url) == removed.host:
            yield article_id, revision_id
