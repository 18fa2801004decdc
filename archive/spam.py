"""The hacked-source report: which hosts were injected into which sources and articles, since when, and how.

Owns what counts as injected among the removals: what cleaning called spam or found hidden. Plain sqlite3.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from archive.errors import NotFoundError
from archive.injection_ways import way_of
from archive.kept import storable
from archive.times import iso
from archive.url_key import host_of

MAX_ARTICLES = 50
"""Article ids listed of one host in one source; all are counted."""

_INJECTED = """
SELECT r.article_id, s.name AS source, a.url, a.headline, r.revision_at, x.id, x.reason, x.stage, x.rule, x.text, x.urls,
  c.record_id, CASE WHEN r.id = a.revision_id AND a.gone_at IS NULL THEN a.checked_at ELSE r.revision_at END AS seen_at
FROM removals x
JOIN revisions r ON r.extraction_id = x.extraction_id
JOIN extractions e ON e.id = x.extraction_id
JOIN articles a ON a.id = r.article_id
LEFT JOIN sources s ON s.id = a.source_id
LEFT JOIN captures c ON c.id = coalesce(e.capture_id, r.capture_id)
WHERE (x.reason LIKE '%spam%' OR x.reason LIKE '%hidden%' OR x.reason LIKE '%inject%' OR x.reason LIKE '%cloak%')
  AND (:source IS NULL OR s.name = :source) AND r.revision_at >= :since
ORDER BY r.article_id, r.number, x.position
"""


@dataclass(slots=True, kw_only=True)
class _Gathered:
    since: str
    until: str
    articles: dict[int, None] = field(default_factory=dict)
    n_removals: int = 0
    ways: dict[str, None] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """A host injected into a source's pages; `host` is None for injected text without a link."""

    source: str | None
    host: str | None
    n_articles: int
    n_blocks: int
    since: str
    """The earliest capture that shows it."""
    until: str
    """The latest."""
    how: tuple[str, ...]
    """How it was hidden, or where readers see it."""
    rules: tuple[str, ...]
    articles: tuple[int, ...]
    example: str


def injected_blocks(
    db: sqlite3.Connection, *, source: str | None = None, since: datetime | None = None
) -> list[sqlite3.Row]:
    """Give the removals that were injected, by article; raises NotFoundError for a source that is not there."""
    if source is not None:
        source = storable(source)
        if db.execute("SELECT 1 FROM sources WHERE name = ?", (source,)).fetchone() is None:
            raise NotFoundError("source", source)
    return db.execute(_INJECTED, {"source": source, "since": iso(since) if since else ""}).fetchall()


def injections(db: sqlite3.Connection, *, source: str | None = None, since: datetime | None = None) -> list[Injection]:
    """Give what was injected, most affected first; raises NotFoundError for a source that is not there."""
    gathered: dict[tuple[str | None, str | None], _Gathered] = {}
    for row in injected_blocks(db, source=source, since=since):
        hosts: set[str | None] = set(foreign_hosts(row["url"], json.loads(row["urls"])))
        for host in hosts or {None}:
            seen = gathered.setdefault(
                (row["source"], host),
                _Gathered(since=row["revision_at"], until=row["revision_at"], example=row["text"]),
            )
            seen.since, seen.until = min(seen.since, row["revision_at"]), max(seen.until, row["revision_at"])
            seen.articles[row["article_id"]] = None
            seen.ways[way_of(row["rule"], row["reason"])] = None
            seen.rules[row["rule"]] = None
            seen.n_removals += 1
    found = [_injection(name, host, seen) for (name, host), seen in gathered.items()]
    return sorted(found, key=lambda one: (-one.n_articles, one.source or "", one.host or ""))


def _injection(source: str | None, host: str | None, seen: _Gathered) -> Injection:
    return Injection(
        source=source,
        host=host,
        n_articles=len(seen.articles),
        n_blocks=seen.n_removals,
        since=seen.since,
        until=seen.until,
        how=tuple(sorted(seen.ways)),
        rules=tuple(sorted(seen.rules)),
        articles=tuple(seen.articles)[:MAX_ARTICLES],
        example=seen.example[:200],
    )


def foreign_hosts(page_url: str, urls: list[str]) -> Iterator[str]:
    """Give the hosts of links that are not the page's own."""
    own = _host(page_url)
    for url in urls:
        host = _host(url)
        if host and host != own:
            yield host


def _host(url: str) -> str | None:
    try:
        return host_of(urlsplit(url if "//" in url else "//" + url).hostname or "") or None
    except ValueError:
        return None
