"""Load an article as the archive keeps it: its text at one revision, and where each part of that came from.

Owns the JSON of an article (docs/cli.md). Plain sqlite3 on a read-only connection; writing is archive/articles.py.
"""

import json
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.errors import NotFoundError
from archive.records import Article, Extractor, Mark, Removal, Signal
from archive.url_key import url_key
from archive.url_twins import article_key

FIELDS = (
    "id", "url", "url_key", "canonical_url", "source", "headline", "description", "authors", "published", "modified",
    "language", "section", "keywords", "image", "body", "body_sha256", "word_count", "revision", "n_revisions",
    "first_seen_at", "fetched_at", "extractor", "removals", "warc", "cluster", "cluster_size", "signals", "paywall",
    "article_type", "revision_at", "gone_at", "marks",
)  # fmt: skip
"""The keys of an article's JSON."""
MAX_ID = 2**63 - 1
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")

_ARTICLE = """
SELECT
  a.id, a.url, a.url_key, a.n_revisions, a.first_seen_at, a.checked_at, a.gone_at, a.duplicate_of, s.name AS source,
  r.id AS revision_id, r.number AS revision, r.revision_at, e.id AS extraction_id, e.*,
  c.fetched_at, c.url AS capture_url, c.http_status, c.payload_digest, c.record_type, c.ip_address, c.robots,
  c.warc_file, c.warc_offset, c.warc_length, c.record_id,
  i.extraction_id AS was_imported, i.fetched_at AS imported_fetched_at, i.article_id AS imported_id,
  i.warc_file AS imported_warc_file, i.warc_offset AS imported_warc_offset, i.record_id AS imported_record_id,
  m.started_at AS imported_at,
  n.cluster_id, (SELECT count(*) FROM near_duplicates o WHERE o.cluster_id = n.cluster_id) AS cluster_size
FROM articles a
JOIN revisions r ON r.article_id = a.id
JOIN extractions e ON e.id = r.extraction_id
LEFT JOIN sources s ON s.id = a.source_id
LEFT JOIN captures c ON c.id = r.capture_id
LEFT JOIN near_duplicates n ON n.article_id = a.id
LEFT JOIN imported i ON i.extraction_id = e.id
LEFT JOIN runs m ON m.id = i.run_id
WHERE a.id = :id AND CASE WHEN :number IS NULL THEN r.id = a.revision_id ELSE r.number = :number END
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCapture:
    """The HTTP exchange that first showed a revision, and where its WARC record lies."""

    url: str
    fetched_at: str
    http_status: int
    payload_digest: str
    record_type: str
    ip_address: str | None
    robots: str | None
    warc_file: str
    warc_offset: int
    warc_length: int
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an imported reading came from: another archive's id, capture and WARC record, none of which is here."""

    imported_at: str
    article_id: int | None
    fetched_at: str | None
    warc_file: str | None
    warc_offset: int | None
    record_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptArticle:
    """An article of the archive at one revision. Moments are in their stored form (ISO 8601, UTC)."""

    id: int
    url_key: str
    source: str | None
    article: Article
    """The text and fields, as the revision's current extraction has them."""
    body_sha256: str
    word_count: int
    revision: int
    n_revisions: int
    revision_at: str
    first_seen_at: str
    checked_at: str
    gone_at: str | None
    duplicate_of: int | None
    capture: KeptCapture | None
    """None where it was pruned or never kept."""
    parts: tuple[KeptCapture, ...] = ()
    """The captures of its further pages, where it is spread over several."""
    origin: Origin | None = None
    """Set where the reading was imported."""
    cluster: int | None
    cluster_size: int | None


def find_article(db: sqlite3.Connection, key: str) -> int:
    """Give the id of the article that `key` names: an id, or a URL under which it was found, asked or served.

    Raises NotFoundError.
    """
    key = key.strip()
    if key.isascii() and key.isdigit():
        if int(key) <= MAX_ID and db.execute("SELECT 1 FROM articles WHERE id = ?", (int(key),)).fetchone():
            return int(key)
        raise NotFoundError("article", key)
    own = url_key(key)
    for sql, value in (
        ("SELECT id FROM articles WHERE url_key = ?", own),
        ("SELECT article_id FROM links WHERE url = ? AND article_id IS NOT NULL", key),
        ("SELECT article_id FROM links WHERE url_key = ? AND article_id IS NOT NULL", own),
    ):
        if row := db.execute(sql, (storable(value),)).fetchone():
            return int(row[0])
    raise NotFoundError("article", key)


def storable(text: str) -> str:
    """Replace what SQLite cannot bind: lone surrogates, as a shell hands them over for bytes that are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def kept_article(db: sqlite3.Connection, article_id: int, revision: int | None = None) -> KeptArticle:
    """Load an article at its latest or the given revision; raises NotFoundError."""
    number = None if revision is None else max(min(revision, MAX_ID), 0)
    row = db.execute(_ARTICLE, {"id": article_id, "number": number}).fetchone()
    if row is None:
        known = db.execute("SELECT n_revisions FROM articles WHERE id = ?", (article_id,)).fetchone()
        if known is None or revision is None:
            raise NotFoundError("article", str(article_id))
        raise NotFoundError("revision", f"{revision} of article {article_id} (it has {known[0]})")
    return KeptArticle(
        id=article_id,
        url_key=row["url_key"],
        source=row["source"],
        article=_article(row, _removals(db, row["extraction_id"])),
        body_sha256=row["body_sha256"],
        word_count=row["word_count"],
        revision=row["revision"],
        n_revisions=row["n_revisions"],
        revision_at=row["revision_at"],
        first_seen_at=row["first_seen_at"],
        checked_at=row["checked_at"],
        gone_at=row["gone_at"],
        duplicate_of=row["duplicate_of"],
        capture=_capture(row),
        parts=_parts(db, row["capture_id"]),
        origin=_origin(row),
        cluster=row["cluster_id"],
        cluster_size=row["cluster_size"] or None,
    )


def _article(row: sqlite3.Row, removals: tuple[Removal, ...]) -> Article:
    return Article(
        url=row["url"],
        canonical_url=row["canonical_url"],
        headline=row["headline"],
        description=row["description"],
        authors=tuple(json.loads(row["authors"])),
        published=row["published"],
        modified=row["modified"],
        section=row["section"],
        keywords=tuple(json.loads(row["keywords"])),
        language=row["language"],
        image=row["image"],
        article_type=row["article_type"],
        paywall=None if row["paywall"] is None else bool(row["paywall"]),
        body=row["body"],
        marks=tuple(Mark(kind=k, start=s, end=e, target=t) for k, s, e, t in json.loads(row["marks"])),
        signals={name: Signal(origin=o, confidence=c) for name, (o, c) in json.loads(row["signals"]).items()},
        removals=removals,
        extractor=extractor_of(row),
    )


def extractor_of(row: sqlite3.Row) -> Extractor:
    """Say who made a reading, from a row of `extractions`."""
    return Extractor(
        name=row["extractor"],
        version=row["version"],
        options=row["options"],
        rules=row["rules"],
        template=row["template"],
    )


def _removals(db: sqlite3.Connection, extraction_id: int) -> tuple[Removal, ...]:
    rows = db.execute(
        "SELECT stage, reason, rule, position, text, urls, id FROM removals WHERE extraction_id = ? ORDER BY position, id",
        (extraction_id,),
    )
    return tuple(
        Removal(
            stage=stage,
            reason=reason,
            rule=rule,
            position=position,
            text=text,
            urls=tuple(json.loads(urls)),
            id=removal_id,
        )
        for stage, reason, rule, position, text, urls, removal_id in rows
    )


def _origin(row: sqlite3.Row) -> Origin | None:
    if row["was_imported"] is None:
        return None
    return Origin(
        imported_at=row["imported_at"],
        article_id=row["imported_id"],
        fetched_at=row["imported_fetched_at"],
        warc_file=row["imported_warc_file"],
        warc_offset=row["imported_warc_offset"],
        record_id=row["imported_record_id"],
    )


def _capture(row: sqlite3.Row) -> KeptCapture | None:
    if row["warc_file"] is None:
        return None
    return KeptCapture(
        url=row["capture_url"],
        fetched_at=row["fetched_at"],
        http_status=row["http_status"],
        payload_digest=row["payload_digest"],
        record_type=row["record_type"],
        ip_address=row["ip_address"],
        robots=row["robots"],
        warc_file=row["warc_file"],
        warc_offset=row["warc_offset"],
        warc_length=row["warc_length"],
        record_id=row["record_id"],
    )


def _parts(db: sqlite3.Connection, capture_id: int | None) -> tuple[KeptCapture, ...]:
    if capture_id is None:
        return ()
    rows = db.execute(
        "SELECT c.*, c.url AS capture_url FROM parts p JOIN captures c ON c.id = p.part_id"
        " WHERE p.capture_id = ? ORDER BY p.number",
        (capture_id,),
    )
    return tuple(found for row in rows if (found := _capture(row)) is not None)


def as_json(document: KeptArticle | Article, *, fetched_at: datetime | None = None) -> dict[str, Any]:
    """Give the JSON of an article (docs/cli.md); unknown is null.

    An Article that is in no archive has the same keys; `fetched_at` says when its page was fetched.
    """
    kept = document if isinstance(document, KeptArticle) else None
    article = kept.article if kept else document
    assert isinstance(article, Article)
    capture = kept.capture if kept else None
    digest, n_words = (kept.body_sha256, kept.word_count) if kept else _measured(article.body)
    return {
        "id": kept.id if kept else None,
        "url": article.url,
        "url_key": kept.url_key if kept else article_key(article.url, article.canonical_url),
        "canonical_url": article.canonical_url,
        "source": kept.source if kept else None,
        "headline": article.headline,
        "description": article.description,
        "authors": list(article.authors),
        "published": article.published,
        "modified": article.modified,
        "language": article.language,
        "section": article.section,
        "keywords": list(article.keywords),
        "image": article.image,
        "body": article.body or None,
        "body_sha256": digest,
        "word_count": n_words,
        "revision": kept.revision if kept else None,
        "n_revisions": kept.n_revisions if kept else None,
        "first_seen_at": kept.first_seen_at if kept else None,
        "fetched_at": _fetched_at(kept) if kept else _stored(fetched_at),
        "extractor": described(article.extractor),
        "removals": [
            {
                "id": removal.id,
                "stage": removal.stage,
                "reason": removal.reason,
                "rule": removal.rule,
                "text": removal.text,
                "urls": list(removal.urls),
            }
            for removal in article.removals
        ],
        "warc": _record(capture) | ({"parts": [_record(part) for part in kept.parts]} if kept and kept.parts else {})
        if capture
        else None,
        "cluster": kept.cluster if kept else None,
        "cluster_size": kept.cluster_size if kept else None,
        "signals": {
            name: {"from": signal.origin, "confidence": signal.confidence} for name, signal in article.signals.items()
        },
        "paywall": article.paywall,
        "article_type": article.article_type,
        "revision_at": kept.revision_at if kept else None,
        "gone_at": kept.gone_at if kept else None,
        "marks": [
            {"kind": mark.kind, "start": mark.start, "end": mark.end}
            | ({"target": mark.target} if mark.target is not None else {})
            for mark in article.marks
        ],
    }


def _record(capture: KeptCapture) -> dict[str, Any]:
    return {
        "file": capture.warc_file,
        "offset": capture.warc_offset,
        "length": capture.warc_length,
        "record_id": capture.record_id,
    }


def _fetched_at(kept: KeptArticle) -> str | None:
    if kept.capture is not None:
        return kept.capture.fetched_at
    return kept.origin.fetched_at if kept.origin else None


def described(extractor: Extractor) -> str:
    """Name an extractor with all that makes its reading: `name version (options; rules)`."""
    template = f"; template {extractor.template}" if extractor.template else ""
    return f"{extractor.name} {extractor.version} ({extractor.options}; {extractor.rules}{template})"


def _measured(body: str) -> tuple[str, int]:
    # articles.py opens stores: what only reads an archive does not pay for that import
    from archive.articles import body_sha256, count_words

    return body_sha256(body), count_words(body)


def _stored(moment: datetime | None) -> str | None:
    from archive.times import iso

    return iso(moment) if moment else None


def json_text(value: object, *, indent: int | None = None) -> str:
    """Write JSON that a terminal cannot obey: readable in every script, with C1, bidi and the like as \\u escapes."""
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    # such a character can only stand inside a string, where its escape means the same
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
