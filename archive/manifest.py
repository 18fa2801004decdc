"""The manifest of an export: which texts it holds, so that a corpus can be cited and checked.

Owns `manifest.json`: written one article a line and read back the same way, in constant memory. Articles are cited by
url_key and body_sha256; ids are this archive's own.
"""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from archive import __version__
from archive.articles import body_sha256
from archive.errors import UsageError
from archive.kept import json_text, storable
from archive.schema import MIGRATIONS
from archive.times import iso
from archive.url_key import URL_KEY_VERSION

_ARTICLES = '  "articles": [\n'
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """One article of a corpus."""

    id: int
    url_key: str
    revision: int
    body_sha256: str
    file: str | None = None
    """Its own file, relative to the manifest, in an export to a folder."""
    file_sha256: str | None = None


class ManifestWriter:
    """Collects what an export holds; `write` puts it on disk."""

    def __init__(self) -> None:
        """Begin an empty manifest."""
        # the header, with the counts, comes first in the file and is known last
        self._lines = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self.n_articles = 0
        self.n_words = 0

    def add(self, cited: Cited, *, n_words: int) -> None:
        """Add an article."""
        values = {name: value for name, value in asdict(cited).items() if value is not None}
        self._lines.write((",\n" if self.n_articles else "") + "    " + json_text(values))
        self.n_articles += 1
        self.n_words += n_words

    def write(self, path: Path, *, form: str, query: str | None, filters: Mapping[str, Any], fields: list[str] | None,
              sample: Mapping[str, Any] | None, files: Mapping[str, str], n_total: int, now: datetime) -> None:  # fmt: skip
        """Write the manifest; `files` maps names beside it to their SHA-256, `n_total` is all that the archive held."""
        header = {
            "tool": "presskeep",
            "version": __version__,
            "schema": MIGRATIONS[-1],
            "url_key_version": URL_KEY_VERSION,
            "made_at": iso(now),
            "format": form,
            "query": query,
            "filters": dict(filters),
            "fields": fields,
            "sample": dict(sample) if sample else None,
            "files": dict(files),
            "n_articles": self.n_articles,
            "n_words": self.n_words,
            "n_in_archive": n_total,
        }
        with path.open("w", encoding="utf-8") as file:
            file.write("{\n")
            for name, value in header.items():
                file.write(f"  {json.dumps(name)}: {json_text(value)},\n")
            file.write(_ARTICLES)
            self._lines.seek(0)
            shutil.copyfileobj(self._lines, file)
            file.write("\n  ]\n}\n")

    def close(self) -> None:
        """Free the spool."""
        self._lines.close()


@dataclass(slots=True, kw_only=True)
class Verification:
    """How an archive stands to a manifest; the lists hold url_keys or file names, at most 100 of each."""

    n_articles: int = 0
    n_held: int = 0
    """Texts that the archive holds exactly as cited."""
    n_missing: int = 0
    n_forgotten: int = 0
    n_changed: int = 0
    n_revised: int = 0
    n_bad_files: int = 0
    missing: list[str] = field(default_factory=list)
    """The archive has no such article."""
    forgotten: list[str] = field(default_factory=list)
    """Taken down since: the archive must not have it any more."""
    changed: list[str] = field(default_factory=list)
    """The article is there, the cited text is not."""
    revised: list[str] = field(default_factory=list)
    """The cited text is there, and the article has a later one."""
    bad_files: list[str] = field(default_factory=list)
    """Files of the export that are gone or altered."""

    @property
    def good(self) -> bool:
        """Tell whether the archive holds exactly that corpus, and the files are as they were written."""
        return self.n_held == self.n_articles and not self.n_bad_files


_LISTED = 100


def verify(db: sqlite3.Connection, manifest: Path) -> Verification:
    """Compare a manifest with the archive, and with the exported files where they lie beside it.

    Raises UsageError for a file that is no manifest.
    """
    found = Verification()
    header, articles = read_manifest(manifest)
    for name, digest in header["files"].items():
        _check_file(manifest.parent / Path(name).name, digest, found)
    for cited in articles:
        found.n_articles += 1
        _check_article(db, cited, found)
        if cited.file and cited.file_sha256:
            _check_file(manifest.parent / Path(cited.file).name, cited.file_sha256, found)
    if found.n_articles != header["n_articles"]:
        raise UsageError(f"{manifest} is damaged: it lists {found.n_articles} of {header['n_articles']} articles")
    return found


def _check_article(db: sqlite3.Connection, cited: Cited, found: Verification) -> None:
    url_key = storable(cited.url_key)
    row = db.execute("SELECT id, body_sha256 FROM articles WHERE url_key = ?", (url_key,)).fetchone()
    if row is None and db.execute("SELECT 1 FROM tombstones WHERE url_key = ?", (url_key,)).fetchone():
        found.n_forgotten += 1
        _note(found.forgotten, cited.url_key)
    elif row is None:
        found.n_missing += 1
        _note(found.missing, cited.url_key)
    elif not _is_held(db, row["id"], cited.body_sha256):
        found.n_changed += 1
        _note(found.changed, cited.url_key)
    else:
        found.n_held += 1
        if row["body_sha256"] != cited.body_sha256:
            found.n_revised += 1
            _note(found.revised, cited.url_key)


def _is_held(db: sqlite3.Connection, article_id: int, digest: str) -> bool:
    """Tell whether one of the article's texts has this hash: the text itself is hashed, its column is not believed."""
    texts = db.execute(
        "SELECT e.body FROM revisions r JOIN extractions e ON e.revision_id = r.id WHERE r.article_id = ? AND e.body_sha256 = ?",
        (article_id, storable(digest)),
    )
    return any(body_sha256(body) == digest for (body,) in texts)


def _check_file(path: Path, digest: str, found: Verification) -> None:
    if not path.is_file() or sha256_of(path) != digest:
        found.n_bad_files += 1
        _note(found.bad_files, path.name)


def _note(names: list[str], name: str) -> None:
    if len(names) < _LISTED:
        names.append(name)


def sha256_of(path: Path) -> str:
    """Hash a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(path: Path) -> tuple[dict[str, Any], Iterator[Cited]]:
    """Read a manifest's header and, as they are asked for, its articles; raises UsageError where it is none."""
    try:
        with path.open(encoding="utf-8") as file:
            top: list[str] = []
            while (line := file.readline(_CHUNK)) and line != _ARTICLES:
                top.append(line)
            if line:
                header = json.loads("".join(top) + '  "articles": []\n}')
                offset: int | None = file.tell()
            else:
                # somebody's tool has written it anew: the same JSON, other lines
                header, offset = json.loads("".join(top)), None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no manifest of an export: {error}") from error
    written = isinstance(header, dict) and header.get("tool") == "presskeep"
    if not written or not isinstance(header.get("files"), dict) or not isinstance(header.get("n_articles"), int):
        raise UsageError(f"{path} is no manifest of an export of presskeep's")
    return header, _articles(path, header, offset)


def _articles(path: Path, header: Mapping[str, Any], offset: int | None) -> Iterator[Cited]:
    try:
        if offset is None:
            yield from (Cited(**values) for values in header["articles"])
            return
        with path.open(encoding="utf-8") as file:
            file.seek(offset)
            for line in file:
                text = line.strip().rstrip(",")
                if text.startswith("{"):
                    yield Cited(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} is damaged: {error}") from error
