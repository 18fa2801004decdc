"""Stream articles out of an archive, as one file or a folder of files, with the manifest that cites them.

Owns the files, their names and which format goes where. Constant memory; one snapshot of the archive, even beside a
running crawl; what is half written never has the final name. How an article is written is its format's own module's.
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
from archive.drafts import draft_name, drafted, is_stream
from archive.errors import UsageError
from archive.export_files import BINARY_FORMATS, CSV_FIELDS, GZIP, TEXT_FORMATS, TextWriter, opened
from archive.kept import FIELDS, KeptArticle, as_json, kept_article
from archive.manifest import Cited, ManifestWriter
from archive.render import render
from archive.selection import count_articles

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

FILE_FORMATS = (*TEXT_FORMATS, *BINARY_FORMATS)
FOLDER_FORMATS = {"markdown": ".md", "text": ".txt", "tei": ".xml"}
FORMATS = (*FILE_FORMATS, *FOLDER_FORMATS)
WITH_FIELDS = ("jsonl", "csv", "parquet")
SUFFIXES = {".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet", ".vert": "vert", ".bib": "bibtex", ".ris": "ris",
            ".csl.json": "csl", ".warc.gz": "warc"}  # fmt: skip
"""What a file's name says of its format."""
_METADATA = ("file", *(name for name in CSV_FIELDS if name != "body"))
_NAME_BYTES = 100
_NOT_IN_NAME = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to export and how; `query`, `filters` and `sample` are what chose the ids, for the manifest."""

    form: str
    query: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    sample: Mapping[str, Any] | None = None
    fields: tuple[str, ...] | None = None
    """Keys of the JSON or columns of the table; None for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    n_articles: int
    n_words: int
    manifest: Path | None
    """None for an export to a stream, whether it was given open or by its name."""
    note: str | None = None
    """What the format could not take along."""


def format_of(path: Path) -> str | None:
    """Tell a format from a file's name, compressed or not; None where it says none."""
    name = path.name.lower()
    names = (name, name.removesuffix(GZIP))
    return next((form for suffix, form in SUFFIXES.items() if any(each.endswith(suffix) for each in names)), None)


def check_name(path: Path, form: str) -> None:
    """Refuse a name that would compress what is no text in one file. Raises UsageError."""
    name = path.name.lower()
    is_own = form == "warc" and name.endswith(".warc.gz")
    if name.endswith(GZIP) and form not in TEXT_FORMATS and not is_own and not path.is_dir():
        texts = ", ".join(TEXT_FORMATS)
        raise UsageError(f"cannot write {path}: {GZIP} compresses {texts}, and not {form}")


def chosen_fields(text: str | None) -> tuple[str, ...] | None:
    """Read --fields: names of an article's JSON, separated by commas; raises UsageError."""
    if text is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
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

    A file format with a path that is a folder is written into that folder; a FIFO or a device takes one straight, without a
    manifest. Raises UsageError where it cannot be written, and for folder formats where the folder already holds something.
    """
    writes = _export_folder if request.form in FOLDER_FORMATS else _export_file
    total = count_articles(db)
    manifest = ManifestWriter()
    job = _Job(db=db, ids=ids, request=request, manifest=manifest, n_total=total, now=now, on_article=on_article)
    try:
        check_name(path, request.form)
        where, note = writes(job, path)
        return Exported(n_articles=manifest.n_articles, n_words=manifest.n_words, manifest=where, note=note)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        manifest.close()


def export_stream(db: sqlite3.Connection, ids: Iterable[int], file: "SupportsWrite[str]", request: Request) -> Exported:
    """Write these articles to an open text stream, in one of TEXT_FORMATS, without a manifest."""
    writer = TextWriter(file, form=request.form, fields=request.fields)
    n_articles = n_words = 0
    for article_id in ids:
        kept = kept_article(db, article_id)
        writer.add(kept)
        n_articles, n_words = n_articles + 1, n_words + kept.word_count
    writer.close()
    return Exported(n_articles=n_articles, n_words=n_words, manifest=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One export under way."""

    db: sqlite3.Connection
    ids: Iterable[int]
    request: Request
    manifest: ManifestWriter
    n_total: int
    now: datetime
    on_article: Callable[[], None]

    def articles(self) -> Iterator[KeptArticle]:
        """Give each article and, when the next is asked for, note that it is written."""
        for article_id in self.ids:
            yield kept_article(self.db, article_id)
            self.on_article()

    def cite(self, kept: KeptArticle, *, file: str | None = None, file_sha256: str | None = None) -> None:
        self.manifest.add(
            Cited(
                id=kept.id,
                url_key=kept.url_key,
                revision=kept.revision,
                body_sha256=kept.body_sha256,
                file=file,
                file_sha256=file_sha256,
            ),
            n_words=kept.word_count,
        )

    def write_manifest(self, path: Path, files: Mapping[str, str]) -> None:
        request = self.request
        self.manifest.write(
            path,
            form=request.form,
            query=request.query,
            filters=request.filters,
            fields=list(request.fields) if request.fields else None,
            sample=request.sample,
            files=files,
            n_total=self.n_total,
            now=self.now,
        )


def _export_file(job: _Job, path: Path) -> tuple[Path | None, str | None]:
    form = job.request.form
    beside = path.with_name(path.name + ".manifest.json")
    if path.is_dir():
        suffix = next((suffix for suffix, named in SUFFIXES.items() if named == form), f".{form}")
        path, beside = path / f"articles{suffix}", path / "manifest.json"
    where, note = None if is_stream(path) else beside, None
    with drafted(where) if where else contextlib.nullcontext() as manifest, drafted(path) as part:
        note = _write_all(job, part, name=path.name)
        if manifest is not None:
            job.write_manifest(manifest, {path.name: _digest(part)})
    return where, note


def _write_all(job: _Job, path: Path, *, name: str) -> str | None:
    """Write the articles, and give what the format could not take along; `name` is what the file will be called."""
    with contextlib.closing(opened(job.db, path, job.request, name=name, now=job.now)) as writer:
        for kept in job.articles():
            writer.add(kept)
            job.cite(kept)
    return writer.note


def _digest(path: Path) -> str:
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def _export_folder(job: _Job, path: Path) -> tuple[Path, str | None]:
    form = job.request.form
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} already holds something: give a new or empty folder for {form} files")
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = draft_name(target)
    part.mkdir()
    try:
        with (part / "metadata.csv").open("w", encoding="utf-8", newline="") as metadata:
            writer = csv.writer(metadata, lineterminator="\n")
            writer.writerow(_METADATA)
            for kept in job.articles():
                name = file_name(kept.id, kept.article.headline, FOLDER_FORMATS[form])
                content = render(kept, form).encode("utf-8")
                (part / name).write_bytes(content)
                writer.writerow(_metadata(kept, name))
                job.cite(kept, file=name, file_sha256=hashlib.sha256(content).hexdigest())
        job.write_manifest(part / "manifest.json", {"metadata.csv": _digest(part / "metadata.csv")})
        # an empty folder of this name gives way
        part.replace(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return path / "manifest.json", None


def _metadata(kept: KeptArticle, name: str) -> Sequence[str]:
    values = {**as_json(kept), "file": name}
    return [plain_cell(values[column]) for column in _METADATA]


def file_name(article_id: int, headline: str | None, suffix: str) -> str:
    """Give an article's file name: its id, then what a headline has of letters and digits; at most 100 bytes."""
    words = _NOT_IN_NAME.sub("-", unicodedata.normalize("NFC", headline or "")).strip("-_").lower()
    room = _NAME_BYTES - len(suffix) - len(f"{article_id:06d}-")
    words = words.encode("utf-8", "ignore")[:room].decode("utf-8", "ignore").rstrip("-_")
    return f"{article_id:06d}-{words}{suffix}" if words else f"{article_id:06d}{suffix}"
