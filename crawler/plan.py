"""What a crawl would ask for now: the answer of `crawl --dry-run`. Reads the archive and asks nobody."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.due import count_due, due_rows
from archive.reader import DATABASE, open_reader
from archive.text import one_line
from archive.times import iso
from crawler.sources import Source

MOST_LINKS = 5


def plan(folder: Path, sources: Sequence[Source], now: datetime | None = None) -> str:
    """Say for each source what is due: its feeds, sitemaps and sections, and the newest pages."""
    moment = now or datetime.now(UTC)
    db = open_reader(folder) if (folder / DATABASE).exists() else None
    lines = []
    for source in sources:
        row = db.execute("SELECT id FROM sources WHERE name = ?", (source.name,)).fetchone() if db else None
        if db is None or row is None:
            lines.append(f"{one_line(source.name)}: never crawled; begins with {source.url}")
            continue
        lines += _due(db, source.name, row["id"], moment)
    if db is not None:
        db.close()
    return "\n".join(lines) + "\n"


def _due(db: sqlite3.Connection, name: str, source_id: int, moment: datetime) -> list[str]:
    (n_feeds,) = db.execute(
        "SELECT count(*) FROM feeds WHERE source_id = ? AND next_due_at <= ? AND found_in != 'archive'",
        (source_id, iso(moment)),
    ).fetchone()
    n_links = count_due(db, source_id, moment)
    lines = [f"{one_line(name)}: {n_feeds} feeds, sitemaps and sections due, {n_links} pages due"]
    newest = due_rows(db, source_id, now=moment, limit=MOST_LINKS)
    lines += [f"  {one_line(row['url'])}" for row in newest]
    return lines
