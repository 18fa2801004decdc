"""The whole way of a URL: found where, asked when, kept or not and why, revised, trimmed, clustered.

Owns gathering it from the tables and telling it as a story, one fact a line. Plain sqlite3.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from archive.errors import NotFoundError
from archive.history import Change, history
from archive.kept import KeptArticle, find_article, kept_article, storable
from archive.page import moment
from archive.text import one_line
from archive.url_key import url_key

MEANINGS = {
    "new": "kept as a new article",
    "revised": "the publisher had edited it: kept as a new revision",
    "unchanged": "the page had not changed",
    "not_modified": "the server answered that nothing had changed (304)",
    "duplicate": "the same publisher's same text is already kept under another URL",
    "gone_home": "it now leads to the home page: the publisher took the article away",
    "http_404": "the page is not there (404)",
    "http_410": "the page is gone for good (410)",
    "robots": "robots.txt forbids it",
    "timeout": "no answer in time",
    "dns": "the host name could not be resolved",
    "refused": "the connection was refused",
    "refused_address": "the address is none that may be asked",
    "too_large": "the answer was larger than allowed",
    "forgotten": "it was taken down, and its tombstone forbids asking for it",
    "paused": "the host asked for a pause",
}
"""What outcome words mean, where the word alone does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLink:
    """A row of the frontier, with what came of it."""

    url: str
    source: str | None
    found_in: str
    found_at_url: str | None
    discovered_at: str
    hints: dict[str, Any]
    outcome: str | None
    outcome_at: str | None
    http_status: int | None
    detail: str | None
    final_url: str | None
    n_tries: int
    next_due_at: str | None
    run_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeed:
    """A feed, sitemap or section of this URL, with what came of it last."""

    url: str
    source: str
    kind: str
    found_in: str
    outcome: str | None
    outcome_at: str | None
    http_status: int | None
    detail: str | None
    n_links: int
    changed_at: str | None
    next_due_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCapture:
    """A kept exchange of this URL."""

    url: str
    fetched_at: str
    purpose: str
    http_status: int
    content_type: str | None
    record_type: str
    payload_length: int
    robots: str | None
    opt_out: str | None
    warc_file: str
    warc_offset: int
    run_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMember:
    """An article with nearly the same text, or exactly the same."""

    id: int
    source: str | None
    url: str
    published: str | None
    first_seen_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stays of a page that was forgotten."""

    reason: str
    forgotten_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """All that the archive knows of a URL."""

    url: str
    url_key: str
    links: tuple[KnownLink, ...]
    feeds: tuple[KnownFeed, ...]
    tombstone: Tombstone | None
    captures: tuple[KnownCapture, ...]
    article: KeptArticle | None
    revisions: tuple[Change, ...]
    cluster: tuple[ClusterMember, ...]


def explain(db: sqlite3.Connection, url: str) -> Way:
    """Gather the way of a URL (or of an article's id); raises NotFoundError where nothing is known of it."""
    try:
        article_id: int | None = find_article(db, url)
    except NotFoundError:
        article_id = None
    kept = kept_article(db, article_id) if article_id is not None else None
    asked = kept.article.url if kept and url.strip().isdigit() else url.strip()
    key = url_key(asked)
    links = _links(db, asked, key)
    feeds = _feeds(db, asked)
    tombstone = _tombstone(db, key)
    if kept is None and not links and not feeds and not tombstone:
        raise NotFoundError("URL", url)
    return Way(
        url=asked,
        url_key=key,
        links=links,
        feeds=feeds,
        tombstone=tombstone,
        captures=_captures(db, {link.url for link in links} | {asked}),
        article=kept,
        revisions=tuple(history(db, kept.id)) if kept else (),
        cluster=_cluster(db, kept) if kept else (),
    )


def _tombstone(db: sqlite3.Connection, key: str) -> Tombstone | None:
    row = db.execute("SELECT reason, forgotten_at FROM tombstones WHERE url_key = ?", (storable(key),)).fetchone()
    return Tombstone(**dict(row)) if row else None


def _links(db: sqlite3.Connection, url: str, key: str) -> tuple[KnownLink, ...]:
    """Give the rows of the URL, of other spellings of it, and of the hops that led where it led."""
    rows = db.execute(
        "SELECT l.url, s.name AS source, l.found_in, l.found_at_url, l.discovered_at, l.hints, l.outcome, l.outcome_at,"
        " l.http_status, l.detail, l.final_url, l.n_tries, l.next_due_at, l.run_id"
        " FROM links l LEFT JOIN sources s ON s.id = l.source_id"
        " WHERE l.url_key = :key OR l.url = :url"
        " OR l.url IN (SELECT final_url FROM links WHERE url_key = :key AND final_url IS NOT NULL)"
        " ORDER BY l.discovered_at, l.id LIMIT 50",
        {"key": storable(key), "url": storable(url)},
    )
    return tuple(KnownLink(**{**dict(row), "hints": json.loads(row["hints"])}) for row in rows)


def _feeds(db: sqlite3.Connection, url: str) -> tuple[KnownFeed, ...]:
    rows = db.execute(
        "SELECT f.url, s.name AS source, f.kind, f.found_in, f.outcome, f.outcome_at, f.http_status, f.detail, f.n_links,"
        " f.changed_at, f.next_due_at FROM feeds f JOIN sources s ON s.id = f.source_id WHERE f.url = ? ORDER BY f.id",
        (storable(url),),
    )
    return tuple(KnownFeed(**dict(row)) for row in rows)


def _captures(db: sqlite3.Connection, urls: set[str]) -> tuple[KnownCapture, ...]:
    marks = ", ".join("?" * len(urls))
    rows = db.execute(
        "SELECT url, fetched_at, purpose, http_status, content_type, record_type, payload_length, robots, opt_out,"
        f" warc_file, warc_offset, run_id FROM captures WHERE url IN ({marks}) ORDER BY fetched_at DESC, id DESC LIMIT 50",
        [storable(url) for url in urls],
    )
    return tuple(KnownCapture(**dict(row)) for row in reversed(rows.fetchall()))


def _cluster(db: sqlite3.Connection, kept: KeptArticle) -> tuple[ClusterMember, ...]:
    with closing(
        db.execute(
            "SELECT a.id, s.name AS source, a.url, a.published, a.first_seen_at FROM near_duplicates n"
            " JOIN articles a ON a.id = n.article_id LEFT JOIN sources s ON s.id = a.source_id"
            " WHERE n.cluster_id = ? ORDER BY coalesce(a.published, a.first_seen_at), a.id LIMIT 50",
            (kept.cluster,),
        )
    ) as rows:
        return tuple(ClusterMember(**dict(row)) for row in rows)


def story(way: Way) -> Iterator[str]:
    """Tell the way of a URL, one fact a line, safe to show."""
    yield one_line(way.url)
    for link in way.links:
        yield from _link_facts(link, way.url)
    for feed in way.feeds:
        yield from _feed_facts(feed)
    if way.tombstone is not None:
        when = moment(way.tombstone.forgotten_at)
        yield f"forgotten on {when}: {one_line(way.tombstone.reason)}; it is not asked for again"
        return
    if not way.links and not way.feeds:
        yield "no link of this archive led to it: it was read by hand or under another URL"
    for capture in way.captures:
        yield _capture_fact(capture)
    if way.article is None:
        if not way.feeds:
            yield "no article is kept of it"
        return
    yield from _article_facts(way.article, way)


def _feed_facts(feed: KnownFeed) -> Iterator[str]:
    yield f"a {feed.kind} of {one_line(feed.source)}, found in {one_line(feed.found_in)}"
    if feed.outcome is None or feed.outcome_at is None:
        yield "  never asked yet"
    else:
        status = f", HTTP {feed.http_status}" if feed.http_status else ""
        detail = f" ({one_line(feed.detail)})" if feed.detail else ""
        yield f"  asked on {moment(feed.outcome_at)}{status}: {one_line(feed.outcome)}{detail}"
        yield f"  {_count(feed.n_links, 'link')} listed by its last whole answer"
    if feed.changed_at:
        yield f"  last brought something new on {moment(feed.changed_at)}"
    yield f"  due again on {moment(feed.next_due_at)}" if feed.next_due_at else "  not to be asked again"


def _link_facts(link: KnownLink, asked: str) -> Iterator[str]:
    name = "" if link.url == asked else f"{one_line(link.url)}: "
    source = f", source {one_line(link.source)}" if link.source else ""
    if link.found_in == "hand":
        yield f"{name}given by hand on {moment(link.discovered_at)}{source}"
    else:
        place = f" at {one_line(link.found_at_url)}" if link.found_at_url else ""
        yield f"{name}found in {link.found_in.replace('_', ' ')}{place} on {moment(link.discovered_at)}{source}"
    said = [
        f"{field} “{one_line(str(link.hints[field]))}”" for field in ("headline", "published") if link.hints.get(field)
    ]
    if said:
        yield f"  announced there with {', '.join(said)}"
    if link.outcome is None or link.outcome_at is None:
        yield "  never asked yet"
    else:
        status = f", HTTP {link.http_status}" if link.http_status else ""
        meaning = MEANINGS.get(link.outcome)
        detail = f" ({one_line(link.detail)})" if link.detail else ""
        run = f", run {link.run_id}" if link.run_id else ""
        yield (
            f"  asked on {moment(link.outcome_at)}{run}{status}: {one_line(link.outcome)}"
            + (f", {meaning}" if meaning else "")
            + detail
        )
        if link.final_url and link.final_url != link.url:
            yield f"  redirected to {one_line(link.final_url)}"
        if link.n_tries:
            yield f"  failed {_count(link.n_tries, 'time')} in a row"
    yield f"  due again on {moment(link.next_due_at)}" if link.next_due_at else "  not to be asked again"


def _capture_fact(capture: KnownCapture) -> str:
    kind = (
        "the same bytes as before (revisit)" if capture.record_type == "revisit" else f"{capture.payload_length} bytes"
    )
    robots = f", robots.txt {one_line(capture.robots)}" if capture.robots else ""
    if capture.opt_out:
        robots += f", mining declared {capture.opt_out}"
    return one_line(
        f"captured on {moment(capture.fetched_at)}: HTTP {capture.http_status} {capture.content_type or ''}, {kind}{robots},"
        f" {capture.warc_file} at {capture.warc_offset}"
    )


def _article_facts(kept: KeptArticle, way: Way) -> Iterator[str]:
    article = kept.article
    headline = one_line(article.headline or "no headline")
    yield f"kept as article {kept.id}: “{headline}”, {kept.word_count} words, key {one_line(kept.url_key)}"
    if kept.url_key != way.url_key:
        yield f"  the same article as {one_line(article.url)}"
    for change in way.revisions:
        edit, counts = "as first seen", ""
        if change.changed != "first":
            edit = f"{change.changed} changed"
            counts = f", {change.words_added} words added, {change.words_removed} removed"
        yield f"  revision {change.revision} on {moment(change.revision_at)}: {edit}{counts}"
    rules = Counter((part.reason, part.stage, part.rule) for part in article.removals)
    for (reason, stage, rule), count in rules.most_common():
        done = "flagged and left in the text" if stage == "flag" else "removed"
        yield (
            f"  {done}: {one_line(reason)}, {_count(count, 'block')} ({one_line(stage)}, rule {one_line(rule)});"
            " `show --removals` has them"
        )
    if kept.duplicate_of:
        yield f"  its text is exactly that of article {kept.duplicate_of}"
    others = [member for member in way.cluster if member.id != kept.id]
    if others:
        yield f"  nearly the same text in {_count(len(others), 'other article')}:"
        for member in others[:10]:
            fact = f"{member.id} {member.source or 'by hand'}, {member.published or 'undated'}, {member.url}"
            yield f"    {one_line(fact)}"
    if kept.gone_at:
        yield f"  the publisher took it away, noticed on {moment(kept.gone_at)}; our copy stays"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
