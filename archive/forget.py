"""Take pages down for good: rows, search text and WARC bytes go, a tombstone stays against fetching them again.

Owns the table tombstones and what belongs to a page that must go. The rows and the orders for the bytes are one transaction;
how bytes go is archive/erasure.py. Captures of feeds and section pages that named the page stay.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive import erasure
from archive.cascade import delete_rows
from archive.clusters import drop_signature
from archive.erasure import Erased
from archive.errors import NotFoundError, UsageError
from archive.kept import find_article
from archive.parts import parts_behind
from archive.site_blocks import forget_lines
from archive.store import Store
from archive.text import storable
from archive.times import iso
from archive.url_key import url_key
from archive.warc import recover


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that is to be forgotten, with all that the archive has of it."""

    asked: str
    """As the user named it."""
    url: str
    headline: str | None
    article_id: int | None
    url_keys: tuple[str, ...]
    link_ids: tuple[int, ...]
    captures: tuple[tuple[int, str, int], ...]
    """(id, file, offset)"""
    forgotten_at: str | None
    """Where there is a tombstone already."""
    elsewhere: tuple[int, ...]
    """Articles under other URLs that hold exactly the same text: another publisher's, and not taken down with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What a takedown did."""

    pages: tuple[Page, ...]
    erased: Erased


def look_up(store: Store, asked: Sequence[str]) -> tuple[Page, ...]:
    """Find what the archive has of these ids and URLs. A URL that it does not know can be forgotten, an id cannot."""
    return tuple(_look_up(store, key.strip()) for key in dict.fromkeys(asked))


def _look_up(store: Store, key: str) -> Page:
    try:
        article_id: int | None = find_article(store.db.conn, key)
    except NotFoundError:
        if key.isascii() and key.isdigit():
            raise
        article_id = None
    if article_id is None and "://" not in key:
        raise UsageError(f"{key!r} is neither an article's id nor a URL")
    row = store.one("SELECT url, url_key, headline, body_sha256 FROM articles WHERE id = ?", (article_id or 0,))
    url = row["url"] if row else key
    keys = {url_key(url), *([row["url_key"]] if row else [])}
    marks = ", ".join("?" * len(keys))
    links = store.db.execute(
        f"SELECT id, url, url_key, final_url FROM links WHERE article_id = ? OR url_key IN ({marks})",
        (article_id, *keys),
    ).fetchall()
    urls = {url, *(link["url"] for link in links)}
    tomb = store.one(f"SELECT forgotten_at FROM tombstones WHERE url_key IN ({marks})", tuple(keys))
    same = store.db.execute(
        "SELECT id FROM articles WHERE body_sha256 = ? AND id != ? ORDER BY id", (row["body_sha256"], article_id)
    ) if row else ()  # fmt: skip
    return Page(
        asked=key,
        url=url,
        headline=row["headline"] if row else None,
        article_id=article_id,
        url_keys=tuple(sorted({*keys, *(link["url_key"] for link in links)})),
        link_ids=tuple(link["id"] for link in links),
        captures=tuple(captures_of(store.db.conn, urls, article_id)),
        forgotten_at=tomb["forgotten_at"] if tomb else None,
        elsewhere=tuple(other[0] for other in same),
    )


def captures_of(
    db: sqlite3.Connection, urls: Collection[str], article_id: int | None
) -> Iterator[tuple[int, str, int]]:
    """Give the captures of a page: those of its URLs, those its texts were read from, and those that repeat their bytes."""
    ids = {
        row[0]
        for url in urls
        for row in db.execute("SELECT id FROM captures WHERE url = ? AND purpose != 'robots'", (storable(url),))
    }
    texts = _texts(db, article_id)
    ids |= texts
    for capture_id in list(ids):
        repeats = {row[0] for row in db.execute("SELECT id FROM captures WHERE revisit_of = ?", (capture_id,))}
        if capture_id in texts:
            ids |= repeats
        elif repeats - ids:
            ids.discard(capture_id)  # an error page or a consent form: other URLs' captures stand on its bytes
    for capture_id in sorted(ids):
        row = db.execute("SELECT id, warc_file, warc_offset FROM captures WHERE id = ?", (capture_id,)).fetchone()
        if row is not None:
            yield row["id"], row["warc_file"], row["warc_offset"]


def _texts(db: sqlite3.Connection, article_id: int | None) -> set[int]:
    """Give the captures that the texts of an article were read from, and those that hold the bytes for them."""
    rows = db.execute(
        "SELECT c.id, c.revisit_of FROM revisions r LEFT JOIN extractions e ON e.revision_id = r.id"
        " JOIN captures c ON c.id IN (r.capture_id, e.capture_id) WHERE r.article_id = ?",
        (article_id,),
    )
    ids = {capture_id for row in rows for capture_id in row if capture_id is not None}
    return ids | parts_behind(db, ids)


def forget(folder: Path, store: Store, pages: Sequence[Page], *, reason: str, now: datetime) -> Forgotten:
    """Forget pages for good; the caller holds the archive's lock."""
    recover(folder)
    store.db.execute("PRAGMA secure_delete = ON")
    with store.transaction():
        for page in pages:
            _bury(store, page, reason=reason, now=now)
    return Forgotten(pages=tuple(pages), erased=erasure.erase(folder, store, now))


def _bury(store: Store, page: Page, *, reason: str, now: datetime) -> None:
    for key in page.url_keys:
        store.db.execute(
            "INSERT INTO tombstones (url_key, url, reason, forgotten_at, article_id) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (url_key) DO NOTHING",
            (storable(key), storable(page.url), storable(reason), iso(now), page.article_id),
        )
    _remove(store, page.article_id, page.link_ids, page.captures)


def _remove(
    store: Store, article_id: int | None, link_ids: Collection[int], captures: Collection[tuple[int, str, int]]
) -> None:
    if article_id is not None:
        _hand_on(store, article_id)
        drop_signature(store, article_id)
        forget_lines(store, article_id)
        delete_rows(store, "articles", [article_id])
    delete_rows(store, "links", link_ids)
    delete_rows(store, "captures", [capture_id for capture_id, _, _ in captures])
    erasure.order(store, [(file, offset) for _, file, offset in captures])


def remove_forgotten(store: Store, keys: frozenset[str]) -> int:
    """Remove what the archive has under url_keys that another archive has forgotten; give the number of articles.

    The caller holds the transaction and has written the tombstones. What other keys hold, be it the same text, stays: who took
    the page down has not decided about that.
    """
    store.db.execute("PRAGMA secure_delete = ON")
    captures = list(captures_behind(store.db.conn, keys))
    articles = []
    for key in keys:
        links = [row[0] for row in store.db.execute("SELECT id FROM links WHERE url_key = ?", (key,))]
        row = store.one("SELECT id FROM articles WHERE url_key = ?", (key,))
        if row is not None:
            articles.append(row["id"])
        if row is not None or links:
            _remove(store, row["id"] if row else None, links, ())
    if captures:
        _remove(store, None, (), captures)
    return len(articles)


def captures_behind(db: sqlite3.Connection, keys: frozenset[str]) -> Iterator[tuple[int, str, int]]:
    """Give the captures of the pages with these url_keys, whatever names them: articles, links, or the captures' own URLs."""
    urls: dict[str, set[str]] = defaultdict(set)
    for (url,) in db.execute("SELECT DISTINCT url FROM captures WHERE purpose != 'robots'"):
        if (key := url_key(url)) in keys:
            urls[key].add(url)
    for url, key in db.execute("SELECT url, url_key FROM links"):
        if key in keys:
            urls[key].add(url)
    articles = {key: article_id for article_id, key in db.execute("SELECT id, url_key FROM articles") if key in keys}
    yield from {capture for key in {*urls, *articles} for capture in captures_of(db, urls[key], articles.get(key))}


def _hand_on(store: Store, article_id: int) -> None:
    """Make the earliest of its exact duplicates the one that the others are duplicates of."""
    row = store.one("SELECT min(id) FROM articles WHERE duplicate_of = ?", (article_id,))
    heir = row[0] if row else None
    if heir is not None:
        store.db.execute("UPDATE articles SET duplicate_of = NULL WHERE id = ?", (heir,))
        store.db.execute("UPDATE articles SET duplicate_of = ? WHERE duplicate_of = ?", (heir, article_id))


def is_forgotten(store: Store, key: str) -> bool:
    """Tell whether a page with this url_key must not be kept."""
    return store.one("SELECT 1 FROM tombstones WHERE url_key = ?", (storable(key),)) is not None


def forgotten_keys(store: Store) -> frozenset[str]:
    """Give the keys that must not be asked for."""
    return frozenset(row[0] for row in store.db.execute("SELECT url_key FROM tombstones"))
