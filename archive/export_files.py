"""The formats of an export that are one file: JSON Lines, CSV, vertical, BibTeX, RIS, CSL-JSON; Parquet and WARC.

Owns how a file begins, goes on and ends. What one article looks like is archive/kept.py, vertical.py and citations.py.
"""

import contextlib
import csv
import gzip
import io
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from archive.cli.output import plain_cell
from archive.kept import FIELDS, KeptArticle, as_json, json_text

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from archive.export import Request

TEXT_FORMATS = ("jsonl", "csv", "vert", "bibtex", "ris", "csl")
"""Those that can go to a stream."""
BINARY_FORMATS = ("parquet", "warc")
GZIP = ".gz"
"""What compresses a text format at the end of a file's name."""
CSV_FIELDS = tuple(name for name in FIELDS if name not in {"removals", "signals", "warc", "marks"})


class FileWriter(Protocol):
    """A file that takes articles one by one."""

    note: str | None
    """After closing: what the format could not take along."""

    def add(self, kept: KeptArticle) -> None:
        """Write an article."""

    def close(self) -> None:
        """Write what a file ends with."""


class TextWriter:
    """A text format on an open stream, which stays open."""

    def __init__(self, file: "SupportsWrite[str]", *, form: str, fields: tuple[str, ...] | None) -> None:
        """Begin a file in one of TEXT_FORMATS."""
        self.note: str | None = None
        self._file = file
        self._fields = fields
        self._form = form
        self._n = 0
        if form == "csv":
            self._columns = fields or CSV_FIELDS
            self._rows = csv.writer(file, lineterminator="\n")
            self._rows.writerow(self._columns)
        elif form == "csl":
            file.write("[")

    def add(self, kept: KeptArticle) -> None:
        """Write an article."""
        self._n += 1
        if self._form == "csv":
            values = as_json(kept)
            self._rows.writerow([plain_cell(values[name]) for name in self._columns])
        elif self._form == "csl":
            from archive.citations import csl

            self._file.write(("\n  " if self._n == 1 else ",\n  ") + json_text(csl(kept)))
        else:
            self._file.write(self._entry()(kept))

    def _entry(self) -> Callable[[KeptArticle], str]:
        if self._form == "jsonl":
            return self._json_line
        if self._form == "vert":
            from archive.vertical import vertical

            return vertical
        from archive import citations

        return citations.ris if self._form == "ris" else citations.bibtex

    def _json_line(self, kept: KeptArticle) -> str:
        values = as_json(kept)
        chosen = {name: values[name] for name in self._fields} if self._fields else values
        return json_text(chosen) + "\n"

    def close(self) -> None:
        """End a list."""
        if self._form == "csl":
            self._file.write("\n]\n" if self._n else "]\n")


class _OwnText(TextWriter):
    """A text format in a file of its own; compressed, the same text is the same bytes."""

    def __init__(self, path: Path, *, form: str, fields: tuple[str, ...] | None, compressed: bool) -> None:
        self._own = contextlib.ExitStack()
        file: BinaryIO = self._own.enter_context(path.open("wb"))
        if compressed:
            packed = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0)
            file = cast(BinaryIO, self._own.enter_context(packed))
        text = self._own.enter_context(io.TextIOWrapper(file, encoding="utf-8", newline=""))
        super().__init__(text, form=form, fields=fields)

    def close(self) -> None:
        with self._own:
            super().close()


class _Parquet:
    def __init__(self, path: Path, fields: tuple[str, ...] | None) -> None:
        from archive.export_parquet import ParquetFile

        self.note: str | None = None
        self._file = ParquetFile(path, fields)

    def add(self, kept: KeptArticle) -> None:
        self._file.add(as_json(kept))

    def close(self) -> None:
        self._file.close()


class _Warc:
    def __init__(self, db: sqlite3.Connection, path: Path, query: str | None, *, name: str, now: datetime) -> None:
        from archive.export_warc import CaptureCopier
        from archive.reader import folder_of

        self.note: str | None = None
        self._file = path.open("wb")
        self._copier = CaptureCopier(folder_of(db), db, self._file, name=name, query=query, now=now)

    def add(self, kept: KeptArticle) -> None:
        self._copier.add(kept.id)

    def close(self) -> None:
        n = self._copier.copied.n_without
        self.note = f"no capture is kept of {n:,} of them" if n else None
        self._copier.close()
        self._file.close()


def opened(db: sqlite3.Connection, path: Path, request: "Request", *, name: str, now: datetime) -> FileWriter:
    """Begin a file in the format that is asked for; `name` is what it will be called, and a text that ends in .gz is compressed."""
    writers: dict[str, Callable[[], Any]] = {
        "parquet": lambda: _Parquet(path, request.fields),
        "warc": lambda: _Warc(db, path, request.query, name=name, now=now),
    }
    if request.form in writers:
        writer: FileWriter = writers[request.form]()
        return writer
    return _OwnText(path, form=request.form, fields=request.fields, compressed=name.lower().endswith(GZIP))
