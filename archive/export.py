"""Stream articles out of an archive: JSON Lines, CSV, or a folder of Markdown or text files, each with its manifest.

Owns the files and their names. Constant memory; one snapshot of the archive, even beside a running crawl; what is half
written never has the final name.
"""

import contextlib
import csv
import hashlib
import os
import re
import shutil
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.cli.output import plain_cell
from archive.errors import UsageError
from archive.kept import KeptArticle, as_json, json_text, kept_article
from archive.manifest import Cited, ManifestWriter
from archive.render import render

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

FIELDS = (
    "id", "url", "url_key", "canonical_url", "source", "headline", "description", "authors", "published", "modified",
    "language", "section", "keywords", "image", "body", "body_sha256", "word_count", "revision", "n_revisions",
    "first_seen_at", "fetched_at", "extractor", "removals", "warc", "cluster", "cluster_size", "signals", "paywall",
    "article_type", "revision_at", "gone_at",
)  # fmt: skip
"""The keys of an article's JSON."""

FILE_FORMATS = ("jsonl", "csv")
FOLDER_FORMATS = {"markdown": ".md", "text": ".txt"}
FORMATS = (*FILE_FORMATS, *FOLDER_FORMATS)
_CSV_FIELDS = tuple(name for name in FIELDS if name not in {"removals", "signals", "warc"})
_METADATA = ("file", *(name for name in _CSV_FIELDS if name != "body"))
_NAME_BYTES = 100
_NOT_IN_NAME = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to export and how; `query` and `filters` are what chose the ids, for the manifest."""

    form: str
    query: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] | None = None
    """Keys of the JSON or columns of the CSV; None for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    n_articles: int
    n_words: int
    manifest: Path | None
    """None for an export to a stream."""


def chosen_fields(text: str | None) -> tuple[str, ...] | None:
    """Read --fields: names of an article's JSON, separated by commas; raises UsageError."""
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := [name for name in names if name not in FIELDS]:
        raise UsageError(f"no field {', '.join(unknown)}: there are {', '.join(FIELDS)}")
    if not names:
        raise UsageError("--fields names no field")
    return names


def every_id(db: sqlite3.Connection) -> Iterator[int]:
    """Give the ids of all articles, in order, never more than a batch in memory."""
    last = 0
    while rows := db.execute("SELECT id FROM articles WHERE id > ? ORDER BY id LIMIT 1000", (last,)).fetchall():
        yield from (row[0] for row in rows)
        last = rows[-1][0]


@contextlib.contextmanager
def snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """See one state of the archive all the while, whatever a crawl writes."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.rollback()


def export(
    db: sqlite3.Connection,
    ids: Iterable[int],
    path: Path,
    request: Request,
    *,
    now: datetime,
    on_article: Callable[[], None] = lambda: None,
) -> Exported:
    """Write these articles to `path`: a file (its manifest is PATH.manifest.json), or a folder with manifest.json in it.

    A file format with a path that is a folder is written into that folder. Raises UsageError where it cannot be written,
    and for folder formats where the folder already holds something.
    """
    manifest = ManifestWriter()
    try:
        if request.form in FOLDER_FORMATS:
            where = _export_folder(db, ids, path, request, manifest, now=now, on_article=on_article)
        else:
            where = _export_file(db, ids, path, request, manifest, now=now, on_article=on_article)
        return Exported(n_articles=manifest.n_articles, n_words=manifest.n_words, manifest=where)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        manifest.close()


def export_stream(db: sqlite3.Connection, ids: Iterable[int], file: "SupportsWrite[str]", request: Request) -> Exported:
    """Write these articles to an open text stream, in a file format, without a manifest."""
    manifest = ManifestWriter()
    try:
        _write_file(db, ids, file, request, manifest, lambda: None)
    finally:
        manifest.close()
    return Exported(n_articles=manifest.n_articles, n_words=manifest.n_words, manifest=None)


def _export_file(
    db: sqlite3.Connection,
    ids: Iterable[int],
    path: Path,
    request: Request,
    manifest: ManifestWriter,
    *,
    now: datetime,
    on_article: Callable[[], None],
) -> Path:
    beside = path.with_name(path.name + ".manifest.json")
    if path.is_dir():
        path, beside = path / f"articles.{request.form}", path / "manifest.json"
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            _write_file(db, ids, file, request, manifest, on_article)
        with part.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        new_manifest = beside.with_name(beside.name + ".part")
        _write_manifest(manifest, new_manifest, request, {path.name: digest}, now)
        part.replace(path)
        new_manifest.replace(beside)
    finally:
        part.unlink(missing_ok=True)
    return beside


def _write_manifest(
    manifest: ManifestWriter, path: Path, request: Request, files: Mapping[str, str], now: datetime
) -> None:
    manifest.write(
        path,
        form=request.form,
        query=request.query,
        filters=request.filters,
        fields=list(request.fields) if request.fields else None,
        files=files,
        now=now,
    )


def _write_file(
    db: sqlite3.Connection,
    ids: Iterable[int],
    file: "SupportsWrite[str]",
    request: Request,
    manifest: ManifestWriter,
    on_article: Callable[[], None],
) -> None:
    if request.form == "csv":
        columns = request.fields or _CSV_FIELDS
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
    for kept in _articles(db, ids):
        values = as_json(kept)
        if request.form == "csv":
            writer.writerow([plain_cell(values[name]) for name in columns])
        else:
            chosen = {name: values[name] for name in request.fields} if request.fields else values
            file.write(json_text(chosen) + "\n")
        manifest.add(_cited(kept), n_words=kept.word_count)
        on_article()


def _articles(db: sqlite3.Connection, ids: Iterable[int]) -> Iterator[KeptArticle]:
    for article_id in ids:
        yield kept_article(db, article_id)


def _cited(kept: KeptArticle, *, file: str | None = None, file_sha256: str | None = None) -> Cited:
    return Cited(
        id=kept.id,
        url_key=kept.url_key,
        revision=kept.revision,
        body_sha256=kept.body_sha256,
        file=file,
        file_sha256=file_sha256,
    )


def _export_folder(
    db: sqlite3.Connection,
    ids: Iterable[int],
    path: Path,
    request: Request,
    manifest: ManifestWriter,
    *,
    now: datetime,
    on_article: Callable[[], None],
) -> Path:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} already holds something: give a new or empty folder for {request.form} files")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:50]}.{os.getpid()}.part")
    part.mkdir()
    try:
        with (part / "metadata.csv").open("w", encoding="utf-8", newline="") as metadata:
            writer = csv.writer(metadata, lineterminator="\n")
            writer.writerow(_METADATA)
            for kept in _articles(db, ids):
                name = file_name(kept.id, kept.article.headline, FOLDER_FORMATS[request.form])
                content = render(kept, request.form).encode("utf-8")
                (part / name).write_bytes(content)
                writer.writerow(_metadata(kept, name))
                digest = hashlib.sha256(content).hexdigest()
                manifest.add(_cited(kept, file=name, file_sha256=digest), n_words=kept.word_count)
                on_article()
        with (part / "metadata.csv").open("rb") as written:
            files = {"metadata.csv": hashlib.file_digest(written, "sha256").hexdigest()}
        _write_manifest(manifest, part / "manifest.json", request, files, now)
        # an empty folder of this name gives way
        part.replace(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return path / "manifest.json"


def _metadata(kept: KeptArticle, name: str) -> Sequence[str]:
    values = {**as_json(kept), "file": name}
    return [plain_cell(values[column]) for column in _METADATA]


def file_name(article_id: int, headline: str | None, suffix: str) -> str:
    """Give an article's file name: its id, then what a headline has of letters and digits; at most 100 bytes."""
    words = _NOT_IN_NAME.sub("-", unicodedata.normalize("NFC", headline or "")).strip("-_").lower()
    room = _NAME_BYTES - len(suffix) - len(f"{article_id:06d}-")
    words = words.encode("utf-8", "ignore")[:room].decode("utf-8", "ignore").rstrip("-_")
    return f"{article_id:06d}-{words}{suffix}" if words else f"{article_id:06d}{suffix}"
