"""The frontier's rows: links and feeds, when each is due, and what came of the last request.

Owns the tables links and feeds. Refuses to decide when something is due again: crawler/frontier.py says.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from archive.due import ALWAYS, Span, due_rows, was_ahead
from archive.forget import is_forgotten
from archive.records import Feed, FeedKind, FoundFeed, FoundIn, FoundLink, Hints, Link
from archive.store import Store
from archive.times import from_iso, iso
from archive.url_key import url_key

_HINT_NAMES = tuple(field.name for field in fields(Hints))


KEPT = frozenset({"new", "revised", "unchanged", "duplicate"})
"""The outcomes of an answer that brought an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a request for a link."""

    word: str
    at: datetime
    http_status: int | None = None
    detail: str | None = None
    final_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    article_id: int | None = None
    capture_id: int | None = None
    run_id: int | None = None
    n_tries: int = 0
    n_unchanged: int = 0
    next_due_at: datetime | None = None
    keeps_schedule: bool = False
    """The link stays due when it was: it was asked by hand."""


def write_hints(hints: Hints) -> str:
    """Write hints as JSON, without what is unknown."""
    return json.dumps({name: value for name in _HINT_NAMES if (value := getattr(hints, name))}, ensure_ascii=False)


def read_hints(text: str) -> Hints:
    """Read hints back; names that this version does not know are passed over."""
    values: dict[str, Any] = {}
    for name, value in json.loads(text).items():
        if name in _HINT_NAMES:
            values[name] = tuple(value) if isinstance(value, list) else value
    return Hints(**values)


def add_link(store: Store, found: FoundLink, *, source_id: int | None, found_at_url: str | None, now: datetime) -> bool:
    """Put a found link into the frontier, due at once; True where its article was unknown.

    A known one is due again only where its hints speak of a change after the last answer.
    """
    key = url_key(found.url)
    newest_at = found.newest_at or now
    row = store.one(
        "SELECT id, source_id, article_id, hints, newest_at, outcome_at FROM links WHERE url_key = ? ORDER BY id LIMIT 1",
        (key,),
    )
    hints = write_hints(found.hints)
    if row is None and is_forgotten(store, key):
        return False
    if row is None:
        store.insert(
            "links",
            {
                "url": found.url,
                "url_key": key,
                "source_id": source_id,
                "found_in": found.found_in.value,
                "found_at_url": found_at_url,
                "discovered_at": iso(now),
                "hints": hints,
                "newest_at": iso(newest_at),
                "next_due_at": iso(now),
            },
        )
        return True
    changes: dict[str, Any] = {}
    if row["source_id"] is None and source_id is not None:
        # asked by hand before any source listed it
        changes["source_id"] = source_id
        if row["article_id"] is None:
            changes["next_due_at"] = iso(now)
    merged = json.dumps({**json.loads(row["hints"]), **json.loads(hints)}, ensure_ascii=False)
    if merged != row["hints"]:
        changes["hints"] = merged
    if found.newest_at is not None and (iso(found.newest_at) > row["newest_at"] or _is_undated(row)):
        changes["newest_at"] = iso(found.newest_at)
    if row["outcome_at"] is not None and _says_changed(found, row):
        changes["next_due_at"] = iso(now)
    if changes:
        store.update("links", row["id"], changes)
    return False


def _is_undated(row: Any) -> bool:
    """Tell a link that stands where it was found, because nothing that listed it stated a date; it was never asked."""
    if row["outcome_at"] is not None:
        return False
    hints = read_hints(row["hints"])
    return not (hints.published or hints.modified)


def _says_changed(found: FoundLink, row: Any) -> bool:
    """Tell whether what lists a link states a change after the last answer for it, and did not state that before."""
    if found.newest_at is None:
        return False
    if iso(found.newest_at) > row["newest_at"]:
        # a date without an hour may be any moment of its day
        moment = iso(found.newest_at)
        return moment > row["outcome_at"] or (_only_a_day(found.hints) and moment[:10] == row["outcome_at"][:10])
    return False


def _only_a_day(hints: Hints) -> bool:
    return len((hints.modified or hints.published or "").strip()) == 10


def add_refused(
    store: Store, url: str, reason: str, *, source_id: int | None, found_in: FoundIn, found_at_url: str, now: datetime
) -> None:
    """Keep a row for a link that is not followed, with the reason; a known URL keeps the row it has."""
    store.db.execute(
        "INSERT INTO links (url, url_key, source_id, found_in, found_at_url, discovered_at, newest_at, outcome, outcome_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO NOTHING",
        (url, url_key(url), source_id, found_in.value, found_at_url, iso(now), iso(now), reason, iso(now)),
    )


def ensure_link(
    store: Store,
    url: str,
    *,
    source_id: int | None,
    found_in: FoundIn,
    now: datetime,
    found_at_url: str | None = None,
    hints: Hints | None = None,
) -> int:
    """Give the id of the row of exactly this URL, made where there is none; not due by itself."""
    row = store.one("SELECT id FROM links WHERE url = ?", (url,))
    if row is not None:
        return int(row["id"])
    return store.insert(
        "links",
        {
            "url": url,
            "url_key": url_key(url),
            "source_id": source_id,
            "found_in": found_in.value,
            "found_at_url": found_at_url,
            "discovered_at": iso(now),
            "hints": write_hints(hints or Hints()),
            "newest_at": iso(now),
        },
    )


def save_hop(store: Store, url: str, outcome: Outcome, *, source_id: int | None, found_at_url: str) -> None:
    """Write what came of a URL that a redirect led to; one that the frontier knows by itself keeps what it has."""
    row = store.one("SELECT id, outcome, next_due_at FROM links WHERE url = ?", (url,))
    if row is None:
        link_id = ensure_link(
            store, url, source_id=source_id, found_in=FoundIn.REDIRECT, found_at_url=found_at_url, now=outcome.at
        )
    elif row["outcome"] is None and row["next_due_at"] is None:
        link_id = row["id"]
    else:
        return
    save_outcome(store, link_id, replace(outcome, next_due_at=None, keeps_schedule=False))


def save_outcome(store: Store, link_id: int, outcome: Outcome) -> None:
    """Write what came of a request. What a failed answer does not know (article, capture, validators) stays."""
    values: dict[str, Any] = {
        "outcome": outcome.word,
        "outcome_at": iso(outcome.at),
        "http_status": outcome.http_status,
        "detail": outcome.detail,
        "n_tries": outcome.n_tries,
        "n_unchanged": outcome.n_unchanged,
        "run_id": outcome.run_id,
    }
    if not outcome.keeps_schedule:
        values["next_due_at"] = iso(outcome.next_due_at) if outcome.next_due_at else None
    if outcome.word in KEPT:
        # validators belong to the answer that brought the article, and to no other
        values |= {"etag": outcome.etag, "last_modified": outcome.last_modified}
    for name in ("final_url", "article_id", "capture_id"):
        if (value := getattr(outcome, name)) is not None:
            values[name] = value
    store.update("links", link_id, values)


def is_known_later(store: Store, link_id: int, moment: datetime) -> bool:
    """Tell whether a link has an outcome of this moment or a later one: what comes in of its past changes nothing about it."""
    row = store.one("SELECT outcome_at FROM links WHERE id = ?", (link_id,))
    return row is not None and row["outcome_at"] is not None and row["outcome_at"] >= iso(moment)


def join_article(store: Store, link_id: int, article_id: int | None) -> None:
    """Note which article stands behind a link that had none; its outcome stays."""
    store.db.execute("UPDATE links SET article_id = ? WHERE id = ? AND article_id IS NULL", (article_id, link_id))


def due_links(
    store: Store,
    source_id: int,
    *,
    now: datetime,
    limit: int,
    besides: Collection[int] = (),
    span: Span = ALWAYS,
    fresh_only: bool = False,
) -> list[Link]:
    """Give the links of a source that are due (archive/due.py)."""
    rows = due_rows(store.db.conn, source_id, now=now, limit=limit, besides=besides, span=span, fresh_only=fresh_only)
    return [_link(row) for row in rows]


def find_link(store: Store, url: str) -> Link | None:
    """Give the row of a URL, or None."""
    row = store.one("SELECT * FROM links WHERE url = ?", (url,))
    return _link(row) if row else None


def find_answer(store: Store, url: str, *, since: datetime, until: datetime) -> tuple[str, int] | None:
    """Give where the record lies that a URL was well answered with between two moments, or None."""
    row = store.one(
        "SELECT coalesce(o.warc_file, c.warc_file) AS warc_file, coalesce(o.warc_offset, c.warc_offset) AS warc_offset"
        " FROM links l JOIN captures c ON c.id = l.capture_id LEFT JOIN captures o ON o.id = c.revisit_of"
        " WHERE l.url = ? AND l.outcome = 'ok' AND l.outcome_at BETWEEN ? AND ?",
        (url, iso(since), iso(until)),
    )
    return (row["warc_file"], row["warc_offset"]) if row is not None else None


def _link(row: Any) -> Link:
    return Link(
        id=row["id"],
        url=row["url"],
        url_key=row["url_key"],
        source_id=row["source_id"],
        found_in=FoundIn(row["found_in"]),
        found_at_url=row["found_at_url"],
        discovered_at=from_iso(row["discovered_at"]),
        hints=read_hints(row["hints"]),
        etag=row["etag"],
        last_modified=row["last_modified"],
        article_id=row["article_id"],
        n_tries=row["n_tries"],
        n_unchanged=row["n_unchanged"],
    )


def add_feed(store: Store, found: FoundFeed, *, source_id: int, now: datetime, depth: int = 0) -> bool:
    """Put a feed, sitemap or section into the registry, due at once; True where it was unknown.

    A known one whose index states a change after its last answer is due at once, too.
    """
    cursor = store.db.execute(
        "INSERT INTO feeds (source_id, url, kind, found_in, first_seen_at, next_due_at, depth)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, url) DO NOTHING",
        (source_id, found.url, found.kind.value, found.found_in, iso(now), iso(now), depth),
    )
    if cursor.rowcount > 0:
        return True
    if found.modified_at is not None and found.modified_at <= now:
        store.db.execute(
            "UPDATE feeds SET next_due_at = ? WHERE source_id = ? AND url = ? AND outcome_at < ? AND next_due_at > ?",
            (iso(now), source_id, found.url, iso(found.modified_at), iso(now)),
        )
    return False


def mend_future(store: Store, *, now: datetime) -> bool:
    """Make due what a clock that was ahead has put off; True where one was. Runs in the caller's transaction."""
    if not was_ahead(store.db.conn, now):
        return False
    for table in ("feeds", "links"):
        store.db.execute(
            f"UPDATE {table} SET outcome_at = :now, next_due_at = iif(next_due_at > :now, :now, next_due_at)"
            " WHERE outcome_at > :now",
            {"now": iso(now)},
        )
    return True


def knows_feed(store: Store, source_id: int, url: str) -> bool:
    """Tell whether a feed, sitemap or section is in the registry."""
    return store.one("SELECT 1 FROM feeds WHERE source_id = ? AND url = ?", (source_id, url)) is not None


def due_feeds(store: Store, source_id: int, *, now: datetime, besides: Collection[int] = ()) -> list[Feed]:
    """Give the feeds, sitemaps and sections of a source that are due."""
    marks = ", ".join("?" * len(besides))
    rows = store.db.execute(
        f"SELECT * FROM feeds WHERE source_id = ? AND next_due_at <= ? AND id NOT IN ({marks})"
        " ORDER BY CASE kind WHEN 'section' THEN 0 WHEN 'feed' THEN 1 ELSE 2 END, id",
        (source_id, iso(now), *besides),
    )
    return [
        Feed(
            id=row["id"],
            source_id=row["source_id"],
            url=row["url"],
            kind=FeedKind(row["kind"]),
            found_in=row["found_in"],
            etag=row["etag"],
            last_modified=row["last_modified"],
            payload_digest=row["payload_digest"],
            n_unchanged=row["n_unchanged"],
            n_failures=row["n_failures"],
            outcome=row["outcome"],
            depth=row["depth"],
        )
        for row in rows
    ]


def count_feeds(store: Store, source_id: int) -> int:
    """Count what a source lists its links in, to bound sitemap trees without end."""
    row = store.one("SELECT count(*) FROM feeds WHERE source_id = ?", (source_id,))
    assert row is not None
    return int(row[0])


def save_feed_state(store: Store, feed_id: int, values: dict[str, Any]) -> None:
    """Write the state of a feed after a request; column names are those of the table."""
    store.update("feeds", feed_id, values)
