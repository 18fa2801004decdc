"""Write articles, revisions, extractions, their removals and search text; look up what a verdict needs.

Owns those tables' rows. Refuses to decide: what is new, revised or the same is pipelines/verdict.py's to say.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime

from archive.clusters import drop_signature, save_signature
from archive.fold import fold
from archive.kept import extractor_of
from archive.records import Article, Extractor, Signal
from archive.search_index import copy_of
from archive.store import Store
from archive.text import storable
from archive.times import iso
from archive.traces import keep_trace

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """An article's latest revision, as its current extraction has it."""

    article_id: int
    revision_id: int
    number: int
    capture_id: int | None
    source_id: int | None
    headline: str | None
    body_sha256: str
    extractor: Extractor
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Where a page behind a revision is kept."""

    url: str
    content_type: str | None
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An article with the same body under another url_key."""

    article_id: int
    source_id: int | None
    headline: str | None


def body_sha256(body: str) -> str:
    """Hash a body as it is cited: SHA-256 over its UTF-8 bytes, in hex."""
    return hashlib.sha256(storable(body).encode("utf-8")).hexdigest()


def day_of(published: str | None) -> str | None:
    """Give the day of a date, where it is precise enough and a calendar knows it."""
    if not published or not _DAY.match(published):
        return None
    try:
        return date.fromisoformat(published[:10]).isoformat()
    except ValueError:
        return None


def count_words(body: str) -> int:
    """Count the words of a body, as the search index counts them: CJK by character."""
    copy = copy_of(body)
    return len(_WORD.findall(body if copy is None else copy))


def find_previous(store: Store, url_key: str) -> Previous | None:
    """Give the latest revision of the article with this key, or None."""
    return previous_where(store, "r.id = a.revision_id AND a.url_key = ?", (url_key,))


def find_previous_of(store: Store, article_id: int) -> Previous | None:
    """Give the latest revision of an article, or None."""
    return previous_where(store, "r.id = a.revision_id AND a.id = ?", (article_id,))


def previous_where(store: Store, condition: str, values: tuple[str | int, ...]) -> Previous | None:
    """Give a revision `r` of an article `a` with its current reading, by a condition of ours over both."""
    row = store.one(
        "SELECT a.id, r.id AS revision_id, r.number, e.capture_id, a.source_id, e.headline, e.body_sha256, a.gone_at,"
        " e.extractor, e.version, e.options, e.rules, e.template"
        " FROM articles a JOIN revisions r ON r.article_id = a.id JOIN extractions e ON e.id = r.extraction_id"
        f" WHERE {condition}",
        values,
    )
    if row is None:
        return None
    return Previous(
        article_id=row["id"],
        revision_id=row["revision_id"],
        number=row["number"],
        capture_id=row["capture_id"],
        source_id=row["source_id"],
        headline=row["headline"],
        body_sha256=row["body_sha256"],
        extractor=extractor_of(row),
        gone=row["gone_at"] is not None,
    )


def find_twin(store: Store, body: str, source_id: int | None) -> Twin | None:
    """Give the earliest article with exactly this body, one of the same source before all others."""
    if not body:
        return None
    row = store.one(
        "SELECT id, source_id, headline FROM articles WHERE body_sha256 = ? ORDER BY source_id IS NOT ?, id LIMIT 1",
        (body_sha256(body), source_id),
    )
    return Twin(article_id=row["id"], source_id=row["source_id"], headline=row["headline"]) if row else None


def add_article(
    store: Store,
    article: Article,
    *,
    url_key: str,
    source_id: int | None,
    capture_id: int | None,
    signature: bytes | None,
    duplicate_of: int | None,
    captured_at: datetime,
    now: datetime,
) -> int:
    """Insert an article with its first revision and give its id."""
    article_id = store.insert(
        "articles",
        {
            "url_key": url_key,
            "url": article.url,
            "source_id": source_id,
            "first_seen_at": iso(captured_at),
            "checked_at": iso(captured_at),
            "n_revisions": 0,
            "duplicate_of": duplicate_of,
            "word_count": 0,
            "body_sha256": "",
        },
    )
    add_revision(
        store,
        article_id,
        article,
        number=1,
        capture_id=capture_id,
        signature=signature,
        captured_at=captured_at,
        now=now,
    )
    return article_id


def add_revision(
    store: Store,
    article_id: int,
    article: Article,
    *,
    number: int,
    capture_id: int | None,
    signature: bytes | None,
    captured_at: datetime,
    now: datetime,
) -> int:
    """Add the publisher's next edit of an article and give the revision's id."""
    revision_id = store.insert(
        "revisions",
        {"article_id": article_id, "number": number, "capture_id": capture_id, "revision_at": iso(captured_at)},
    )
    store.update("articles", article_id, {"n_revisions": number, "revision_id": revision_id})
    add_extraction(store, article_id, revision_id, article, capture_id=capture_id, signature=signature, now=now)
    return revision_id


def add_extraction(
    store: Store,
    article_id: int,
    revision_id: int,
    article: Article,
    *,
    capture_id: int | None,
    signature: bytes | None,
    now: datetime,
) -> int:
    """Add our reading of a revision, make it the current one and index it; earlier readings stay."""
    body = storable(article.body)
    digest, n_words = body_sha256(body), count_words(body)
    shared = {
        "headline": article.headline,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "published": article.published,
        "language": article.language,
        "section": article.section,
        "word_count": n_words,
        "body_sha256": digest,
    }
    extraction_id = store.insert(
        "extractions",
        {
            "revision_id": revision_id,
            "capture_id": capture_id,
            "extractor": article.extractor.name,
            "version": article.extractor.version,
            "options": article.extractor.options,
            "rules": article.extractor.rules,
            "template": article.extractor.template,
            "made_at": iso(now),
            "description": article.description,
            "modified": article.modified,
            "keywords": json.dumps(article.keywords, ensure_ascii=False),
            "image": article.image,
            "canonical_url": article.canonical_url,
            "article_type": article.article_type,
            "paywall": None if article.paywall is None else int(article.paywall),
            "body": body,
            "marks": json.dumps([[m.kind, m.start, m.end, m.target] for m in article.marks], ensure_ascii=False),
            "signals": json.dumps({name: _signal(signal) for name, signal in article.signals.items()}),
            **shared,
        },
    )
    for removal in article.removals:
        store.insert(
            "removals",
            {
                "extraction_id": extraction_id,
                "position": removal.position,
                "stage": removal.stage,
                "reason": removal.reason,
                "rule": removal.rule,
                "text": removal.text,
                "urls": json.dumps(removal.urls, ensure_ascii=False),
            },
        )
    keep_trace(store, extraction_id, revision_id, article, capture_id=capture_id)
    store.update("revisions", revision_id, {"extraction_id": extraction_id})
    if store.one("SELECT 1 FROM articles WHERE id = ? AND revision_id = ?", (article_id, revision_id)):
        _name_first_holder(store, article_id, digest if body else None)
        store.update("articles", article_id, {**shared, "published_day": day_of(article.published)})
        index_text(store, article_id, article, extraction_id=extraction_id)
        if signature is not None:
            save_signature(store, article_id, signature)
        else:
            drop_signature(store, article_id)
    return extraction_id


def _name_first_holder(store: Store, article_id: int, digest: str | None) -> None:
    """Note which other article already holds the text that an article gets now; who named this one for its old text moves on.

    Among the articles with one text the first that had it is no duplicate, and all others name it.
    """
    row = store.one("SELECT body_sha256, duplicate_of FROM articles WHERE id = ?", (article_id,))
    if row is None or row["body_sha256"] == digest:
        return
    heirs = store.db.execute("SELECT id FROM articles WHERE duplicate_of = ? ORDER BY id", (article_id,)).fetchall()
    if heirs:
        first = heirs[0]["id"]
        store.db.execute("UPDATE articles SET duplicate_of = ? WHERE duplicate_of = ?", (first, article_id))
        store.db.execute("UPDATE articles SET duplicate_of = NULL WHERE id = ?", (first,))
    holder = store.one(
        "SELECT id FROM articles WHERE body_sha256 = ? AND id != ? ORDER BY duplicate_of IS NOT NULL, id LIMIT 1",
        (digest, article_id),
    )
    if (first := holder["id"] if holder else None) != row["duplicate_of"]:
        store.update("articles", article_id, {"duplicate_of": first})


def _signal(signal: Signal) -> list[str | float]:
    return [signal.origin, signal.confidence]


def index_text(store: Store, article_id: int, article: Article, *, extraction_id: int) -> None:
    """Make the search text of an article from its current reading, the row `extraction_id`."""
    copy = copy_of(storable(article.body))
    texts = (article.headline or "", article.description or "", " ; ".join(article.authors))
    store.db.execute(
        "INSERT INTO search_texts (article_id, headline, description, authors, body, extraction_id)"
        " VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (article_id) DO UPDATE SET headline = excluded.headline, description = excluded.description,"
        " authors = excluded.authors, body = excluded.body, extraction_id = excluded.extraction_id",
        (
            article_id,
            *(fold(storable(text)) for text in texts),
            copy or "",
            extraction_id if copy is None else None,
        ),
    )


def mark_checked(store: Store, article_id: int, now: datetime) -> None:
    """Note that the publisher still has an article."""
    store.update("articles", article_id, {"checked_at": iso(now), "gone_at": None})


def is_own_key(store: Store, article_id: int, url_key: str) -> bool:
    """Tell whether an article has this key: a twin's or a duplicate's URL says nothing about the article itself."""
    return store.one("SELECT 1 FROM articles WHERE id = ? AND url_key = ?", (article_id, url_key)) is not None


def mark_gone(store: Store, article_id: int, now: datetime) -> None:
    """Note that the publisher took an article away; our copy stays."""
    store.db.execute(
        "UPDATE articles SET gone_at = coalesce(gone_at, ?), checked_at = ? WHERE id = ?",
        (iso(now), iso(now), article_id),
    )
