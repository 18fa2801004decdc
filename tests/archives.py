"""Make a real archive for a test, by plain SQL, without crawler, pipelines or store.

    db_folder = make_archive(tmp_path, [{"headline": "Flood in Kabul", "body": "Rain …", "published": "2024-03-05"}])

Each article is an `ArchiveArticle` or a dict of its fields. Ids are 1, 2, 3 … in order; sources are made by name.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.fold import fold
from archive.schema import migrate
from archive.url_key import url_key

AT = "2024-06-01T12:00:00.000000Z"
"""When everything in such an archive was seen, fetched and extracted, unless a revision says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRevision:
    """An earlier text of an article; the article's own headline and body are its latest revision."""

    headline: str | None = None
    body: str = ""
    revision_at: str = AT


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveArticle:
    """What a test wants to find in an archive. `url` is made from the position where none is given."""

    headline: str | None = None
    body: str = ""
    url: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    language: str | None = None
    section: str | None = None
    keywords: tuple[str, ...] = ()
    canonical_url: str | None = None
    source: str | None = "paper"
    """None: fetched by hand."""
    marks: tuple[tuple[str, int, int, str | None], ...] = ()
    earlier: tuple[ArchiveRevision, ...] = ()
    """Revisions before the latest, oldest first."""
    revision_at: str = AT
    removals: tuple[tuple[str, str], ...] = ()
    """(reason, text) of what cleaning cut from the latest revision."""
    cluster: int | None = None
    """The cluster of near-duplicates: the smallest article id in it."""
    duplicate_of: int | None = None
    gone_at: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    """Further columns of `extractions`, as they stand there."""


def make_archive(
    folder: Path, articles: Iterable[ArchiveArticle | Mapping[str, Any]] = (), *, captures: bool = False
) -> Path:
    """Make `folder/archive.db` with these articles and return `folder`.

    Fills sources, articles, revisions, extractions, removals, near_duplicates and search_texts (through `fold`). With
    `captures`, each revision gets a minimal row in `captures`, whose WARC record does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    db = Database(folder / "archive.db")
    try:
        migrate(db)
        connection = db.conn
        assert connection is not None
        with connection:
            for number, article in enumerate(articles, 1):
                made = article if isinstance(article, ArchiveArticle) else ArchiveArticle(**article)
                _insert_article(connection, number, made, captures=captures)
    finally:
        db.close()
    return folder


def add_article(folder: Path, article: ArchiveArticle) -> None:
    """Add an article to an archive that is there, as any writer does: by rows, and triggers do the rest."""
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        _insert_article(db, 0, article, captures=False)


def _insert(db: sqlite3.Connection, table: str, **values: Any) -> int:
    marks = ", ".join("?" * len(values))
    cursor = db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _insert_article(db: sqlite3.Connection, number: int, article: ArchiveArticle, *, captures: bool) -> None:
    url = article.url or f"https://{article.source or 'hand'}.example/{number}"
    shared = _shared(article)
    article_id = _insert(
        db,
        "articles",
        url=url,
        url_key=url_key(url),
        source_id=_source_id(db, article.source),
        first_seen_at=article.earlier[0].revision_at if article.earlier else article.revision_at,
        checked_at=article.revision_at,
        gone_at=article.gone_at,
        duplicate_of=article.duplicate_of,
        n_revisions=len(article.earlier) + 1,
        published_day=day[0] if (day := re.match(r"\d{4}-\d{2}-\d{2}", article.published or "")) else None,
        **shared,
    )
    for n, earlier in enumerate(article.earlier, 1):
        texts = {**shared, "headline": earlier.headline, "body_sha256": _sha256(earlier.body)}
        _insert_revision(
            db, article_id, n, url, earlier.revision_at, {**texts, "body": earlier.body}, captures=captures
        )
    rest = {
        "body": article.body,
        "description": article.description,
        "modified": article.modified,
        "keywords": json.dumps(article.keywords, ensure_ascii=False),
        "canonical_url": article.canonical_url,
        "marks": json.dumps(article.marks, ensure_ascii=False),
        **article.extra,
    }
    latest = _insert_revision(
        db, article_id, len(article.earlier) + 1, url, article.revision_at, {**shared, **rest}, captures=captures
    )
    db.execute("UPDATE articles SET revision_id = ? WHERE id = ?", (latest, article_id))
    for position, (reason, text) in enumerate(article.removals):
        db.execute(
            "INSERT INTO removals (extraction_id, position, stage, reason, rule, text)"
            " SELECT extraction_id, ?, 'text', ?, 'test@1', ? FROM revisions WHERE id = ?",
            (position, reason, text, latest),
        )
    if article.cluster is not None:
        _insert(db, "near_duplicates", article_id=article_id, cluster_id=article.cluster, signature=bytes(512))
    _insert(
        db,
        "search_texts",
        article_id=article_id,
        headline=fold(article.headline or ""),
        description=fold(article.description or ""),
        body=fold(article.body),
        authors=fold(" ; ".join(article.authors)),
    )


def _shared(article: ArchiveArticle) -> dict[str, Any]:
    """Give the columns that an article and its current extraction have in common."""
    return {
        "headline": article.headline,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "published": article.published,
        "language": article.language,
        "section": article.section,
        "word_count": len(article.body.split()),
        "body_sha256": _sha256(article.body),
    }


def _sha256(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def _insert_revision(
    db: sqlite3.Connection, article_id: int, number: int, url: str, at: str, texts: dict[str, Any], *, captures: bool
) -> int:
    capture_id = _insert_capture(db, url, at) if captures else None
    revision_id = _insert(db, "revisions", article_id=article_id, number=number, capture_id=capture_id, revision_at=at)
    extractor = {"extractor": "test", "version": "1", "options": "", "rules": "1", "made_at": at}
    extraction_id = _insert(db, "extractions", revision_id=revision_id, **{**extractor, **texts})
    db.execute("UPDATE revisions SET extraction_id = ? WHERE id = ?", (extraction_id, revision_id))
    return revision_id


def _insert_capture(db: sqlite3.Connection, url: str, at: str) -> int:
    return _insert(
        db,
        "captures",
        url=url,
        fetched_at=at,
        http_status=200,
        content_type="text/html",
        payload_digest="sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        payload_length=0,
        record_type="response",
        record_id="<urn:uuid:00000000-0000-0000-0000-000000000000>",
        warc_file="warc/none.warc.gz",
        warc_offset=0,
        warc_length=0,
        purpose="page",
    )


def _source_id(db: sqlite3.Connection, name: str | None) -> int | None:
    if name is None:
        return None
    row = db.execute("SELECT id FROM sources WHERE name = ?", (name,)).fetchone()
    if row:
        return int(row[0])
    return _insert(db, "sources", name=name, url=f"https://{name}.example/", first_seen_at=AT)
