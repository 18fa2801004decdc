"""Read a JSON Lines export into an archive: articles as another archive had them, without their captures.

Owns how a line becomes rows, and what is left alone: an article that the archive has is never overwritten. Pointers into
WARC files are kept as provenance (table `imported`), not as captures. Idempotent; a run that is killed is run again.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from archive.articles import add_article, body_sha256
from archive.entries import BadLineError, Entry, Fields, read_entry
from archive.errors import UsageError
from archive.fingerprint import signature
from archive.store import Store
from archive.text import storable
from archive.times import from_iso, iso

BATCH = 100
"""Articles a transaction."""
_LISTED = 20


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import did."""

    n_new: int = 0
    n_known: int = 0
    """The archive has this article with this text."""
    n_different: int = 0
    """The archive has this article with another text, which stays."""
    n_bad: int = 0
    bad: list[str] = field(default_factory=list)
    """Lines that are no article, each with why; at most 20."""


def import_jsonl(
    store: Store, paths: list[Path], *, clock: Callable[[], datetime], on_line: Callable[[], None] = lambda: None
) -> Imported:
    """Read files (`-` is standard input, `.gz` is unpacked) into an archive; raises UsageError where one cannot be read.

    The caller holds the archive's lock.
    """
    options = {"jsonl": [str(path) for path in paths]}
    return import_texts(store, _lines(paths), read=read_entry, options=options, clock=clock, on_line=on_line)


def _lines(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                yield f"{path}, line {number}", line


def import_texts(
    store: Store,
    texts: Iterable[tuple[str, str]],
    *,
    read: Callable[[str], Entry],
    options: Mapping[str, object],
    clock: Callable[[], datetime],
    on_line: Callable[[], None] = lambda: None,
) -> Imported:
    """Take an article from each text, which comes with its place; `read` raises BadLineError for what is none."""
    found, now = Imported(), clock()
    with store.transaction():
        run_id = store.start_run(command="import", options=options, now=now)
    rest = iter(texts)
    while batch := list(islice(rest, BATCH)):
        with store.transaction():
            for place, text in batch:
                if text.strip():
                    _take(store, text, place, found, run_id, now, read)
                on_line()
    with store.transaction():
        reasons = Counter(new=found.n_new, unchanged=found.n_known, different=found.n_different, bad_line=found.n_bad)
        store.update(
            "runs",
            run_id,
            {
                "finished_at": iso(clock()),
                "finish_reason": "finished",
                "exit_code": 3 if found.n_bad else 0,
                "n_new": found.n_new,
                "n_unchanged": found.n_known,
                "n_rejected": found.n_different + found.n_bad,
                "reasons": json.dumps({word: n for word, n in reasons.items() if n}),
            },
        )
    return found


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    if str(path) == "-":
        yield sys.stdin
        return
    try:
        # utf-8-sig: editors on Windows put a mark before the first line
        packed = path.suffix.lower() == ".gz"
        file = gzip.open(path, "rt", encoding="utf-8-sig") if packed else path.open(encoding="utf-8-sig")  # noqa: SIM115
        with file:
            yield file
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _take(store: Store, line: str, place: str, found: Imported, run_id: int, now: datetime,
          read: Callable[[str], Entry]) -> None:  # fmt: skip
    try:
        entry = read(line)
    except BadLineError as error:
        found.n_bad += 1
        if len(found.bad) < _LISTED:
            found.bad.append(f"{place}: {error}")
        return
    known = store.one("SELECT id, headline FROM articles WHERE url_key = ?", (storable(entry.url_key),))
    if known is None:
        keep(store, entry, run_id=run_id, now=now)
        found.n_new += 1
    elif _has_text(store, known["id"], entry):
        found.n_known += 1
    else:
        found.n_different += 1


def _has_text(store: Store, article_id: int, entry: Entry) -> bool:
    sql = (
        "SELECT 1 FROM revisions r JOIN extractions e ON e.revision_id = r.id"
        " WHERE r.article_id = ? AND e.body_sha256 = ? AND e.headline IS ?"
    )
    headline = entry.article.headline
    return store.one(sql, (article_id, body_sha256(entry.article.body), headline and storable(headline))) is not None


def keep(store: Store, entry: Entry, *, run_id: int, now: datetime) -> int:
    """Write an article that the archive has not, and give its id."""
    article_id = add_article(
        store,
        entry.article,
        url_key=storable(entry.url_key),
        source_id=_source_id(store, entry, now),
        capture_id=None,
        signature=signature(entry.article.body),
        duplicate_of=None,
        captured_at=from_iso(entry.revision_at),
        now=now,
    )
    row = store.one("SELECT revision_id FROM articles WHERE id = ?", (article_id,))
    assert row is not None
    revision_id = row["revision_id"]
    store.update("revisions", revision_id, {"number": entry.revision})
    extraction = store.one("SELECT extraction_id FROM revisions WHERE id = ?", (revision_id,))
    assert extraction is not None
    words = {"word_count": entry.word_count} if entry.word_count else {}
    store.update("extractions", extraction["extraction_id"], {"capture_id": None, **words})
    store.update(
        "articles",
        article_id,
        {
            "n_revisions": entry.n_revisions,
            "first_seen_at": entry.first_seen_at,
            "checked_at": entry.gone_at or entry.fetched_at or entry.revision_at,
            "gone_at": entry.gone_at,
            **words,
        },
    )
    warc = Fields(entry.warc)
    store.insert(
        "imported",
        {
            "extraction_id": extraction["extraction_id"],
            "run_id": run_id,
            "fetched_at": entry.fetched_at,
            "article_id": entry.foreign_id,
            "warc_file": warc.text("file"),
            "warc_offset": warc.number("offset"),
            "warc_length": warc.number("length"),
            "record_id": warc.text("record_id"),
        },
    )
    return article_id


def _source_id(store: Store, entry: Entry, now: datetime) -> int | None:
    if entry.source is None:
        return None
    row = store.one("SELECT id FROM sources WHERE name = ?", (storable(entry.source),))
    if row is not None:
        return int(row["id"])
    parts = urlsplit(entry.article.url)
    # it is known, and not crawled: the sources file is the truth about that
    return store.save_source(
        name=storable(entry.source),
        url=f"{parts.scheme}://{parts.netloc}/",
        language=None,
        tags=(),
        enabled=False,
        now=now,
    )
