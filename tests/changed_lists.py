"""Shipped word lists that change under a test, and archives that are read again by them."""

import importlib.resources
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from articles import URL
from inline_engine import InlineEngine

from archive.records import Article
from archive.store import open_store
from pipelines import calendars, paywall
from pipelines.body import wording
from pipelines.clean import lexicon, phrases
from pipelines.extract import current_extractor, extract
from pipelines.items import Page
from pipelines.replay import Replay, reextract
from pipelines.word_lists import WORD_LISTS
from pipelines.word_lists import shipped as list_text

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LISTS = {name: list_text(name) for name in WORD_LISTS}
CACHED: tuple[Any, ...] = (
    current_extractor, lexicon._lexicon, lexicon._trade_of_shape, lexicon._term_in_label, lexicon._trades_of_labels,
    phrases._groups, phrases.phrases, wording._short, paywall._phrases, calendars._month_names,
)  # fmt: skip


class Shipped:
    """The files that presskeep ships, others in the place of some."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def use(self, others: Mapping[str, str] | None = None) -> None:
        """Ship these lists, by their names, and all others as they are."""
        for name, text in {**LISTS, **(others or {})}.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        for function in CACHED:
            function.cache_clear()


@contextmanager
def other_lists(folder: Path) -> Iterator[Shipped]:
    """Let presskeep read what it ships from a folder."""
    shutil.copytree(
        Path(str(importlib.resources.files("presskeep_data"))), folder, ignore=shutil.ignore_patterns("demo")
    )
    files = importlib.resources.files
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(importlib.resources, "files", lambda name: folder if name == "presskeep_data" else files(name))
        yield Shipped(folder)
    for function in CACHED:
        function.cache_clear()


def read(html: str, url: str = URL) -> Article | None:
    found = extract(Page(url=url, body=html.encode(), content_type="text/html"), profile="fast", now=NOW)
    return found if isinstance(found, Article) else None


def contents(archive: Path) -> list[list[Any]]:
    """What the archive shows: texts, fields, removals, revisions; which lists a text was read by apart."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        return [
            sorted(db.execute(sql).fetchall(), key=repr)
            for sql in (
                "SELECT a.url, r.number, r.revision_at, e.headline, e.description, e.authors, e.published, e.section,"
                " e.keywords, e.language, e.image, e.body, e.marks, e.signals, e.options, e.template"
                " FROM articles a JOIN revisions r ON r.article_id = a.id JOIN extractions e ON e.id = r.extraction_id",
                "SELECT a.url, x.stage, x.reason, x.rule, x.position, x.text, x.urls FROM articles a JOIN revisions r"
                " ON r.article_id = a.id JOIN removals x ON x.extraction_id = r.extraction_id",
                "SELECT a.url, s.headline, s.description, s.body, s.authors FROM search_texts s JOIN articles a"
                " ON a.id = s.article_id",
                "SELECT url, headline, word_count, body_sha256, duplicate_of FROM articles",
            )
        ]


def reread(archive: Path) -> Replay:
    with closing(open_store(archive)) as store:
        ids = [row[0] for row in store.db.execute("SELECT id FROM articles ORDER BY id")]
        return reextract(store, ids, engine=InlineEngine(), clock=lambda: NOW)


def without_traces(archive: Path, copy: Path) -> Path:
    """Copy an archive, of whose readings then nothing is known."""
    shutil.copytree(archive, copy)
    with closing(sqlite3.connect(copy / "archive.db")) as db:
        db.execute("DELETE FROM traces")
        db.commit()
    return copy


def read_twice(archive: Path) -> list[str]:
    """Which articles of an archive have more than one reading."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        again = db.execute(
            "SELECT a.url FROM articles a JOIN revisions r ON r.article_id = a.id JOIN extractions e ON e.revision_id = r.id"
            " GROUP BY a.id HAVING count(*) > 1 ORDER BY a.url"
        ).fetchall()
    return [url.rpartition("/")[2] for (url,) in again]
