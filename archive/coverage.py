"""Coverage: what feeds, sitemaps and sections announced against what is kept, per source and day.

Owns the counting over the table links. A link counts for the day that was stated for it, else for the day when it was found.
Plain sqlite3.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.times import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One day of one source."""

    source: str
    day: str
    announced: int
    """URLs that were listed; several of one article count each."""
    kept: int
    """Behind which an article stands."""
    waiting: int
    """Not asked yet, or asked in vain and due again."""
    missed: int
    """Asked, and no article, for good."""
    reasons: dict[str, int]
    """Why not, the most frequent first."""

    @property
    def share(self) -> float:
        """Kept of announced, 0 to 1."""
        return self.kept / self.announced if self.announced else 1.0


_SQL = """
SELECT s.name AS source, substr(l.newest_at, 1, 10) AS day, coalesce(l.outcome, 'not asked') AS outcome,
       l.article_id IS NOT NULL AS kept, l.next_due_at IS NOT NULL AS waits, count(*) AS n
FROM links l JOIN sources s ON s.id = l.source_id
WHERE l.found_in IN ('feed', 'sitemap', 'news_sitemap', 'section')
  AND l.newest_at BETWEEN ? AND ? AND (? OR s.name IN (SELECT value FROM json_each(?)))
GROUP BY source, day, outcome, kept, waits
ORDER BY source, day DESC, n DESC
"""


def coverage(
    db: sqlite3.Connection, *, names: Sequence[str] = (), since: datetime | None = None, until: datetime | None = None
) -> Iterator[Covered]:
    """Give each day of each source on which something was announced, the latest first."""
    import json
    from itertools import groupby

    span = (iso(since) if since else "", iso(until) if until else "~")
    rows = db.execute(_SQL, (*span, not names, json.dumps(list(names))))
    for (source, day), group in groupby(rows, key=lambda row: (row["source"], row["day"])):
        announced = kept = waiting = 0
        reasons: dict[str, int] = {}
        for row in group:
            announced += row["n"]
            if row["kept"]:
                kept += row["n"]
                continue
            waiting += row["n"] if row["waits"] else 0
            reasons[row["outcome"]] = reasons.get(row["outcome"], 0) + row["n"]
        yield Covered(
            source=source,
            day=day,
            announced=announced,
            kept=kept,
            waiting=waiting,
            missed=announced - kept - waiting,
            reasons=reasons,
        )
