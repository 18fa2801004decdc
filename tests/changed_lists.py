"""Shipped word lists that change under a test, and archives that are read again by them."""

import importlib.resources
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from articles import URL, paragraphs, wordpress_page
from inline_engine import InlineEngine
from test_pipelines_warc_import import answer, run, warc

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


STORIES = [
    "The harbour was closed for a week after the storm", "A library was opened in the old railway station",
    "The council spoke about the bridge until midnight", "Two theatres share a roof in the north of the town",
    "The museum shows maps that nobody had seen before", "The hospital asks for nurses, and offers them flats",
]  # fmt: skip


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


def story_page(at: int, *more: str, hidden: str = "") -> bytes:
    """The page of one of the stories, with more paragraphs, or with something hidden below."""
    said = paragraphs(
        *(f"{STORIES[at]}, said person {at}{part} of the town on day {at * part}." * 2 for part in range(1, 5)), *more
    )
    return wordpress_page(said + hidden, headline=STORIES[at]).encode()


def import_stories(folder: Path, pages: Iterable[bytes]) -> Path:
    """Make an archive of the stories' pages."""
    answers = [answer(f"http://courier.example/story-{at}", page) for at, page in enumerate(pages)]
    run(folder / "archive", warc(folder / "a.warc.gz", *answers))
    return folder / "archive"


def check_only_touched(shipped: Shipped, imported: Path, others: Mapping[str, str], touched: list[str]) -> None:
    """Only touched articles are read again, and reading all would give the same."""
    whole = without_traces(imported, imported.with_name("whole"))
    shipped.use(others)
    some, every = reread(imported), reread(whole)
    assert (every.n_read, every.n_untouched) == (len(STORIES), 0)
    assert (some.n_read, some.n_untouched) == (len(touched), len(STORIES) - len(touched))
    assert read_twice(imported) == touched
    assert contents(imported) == contents(whole)
    # and once more: there is nothing left to do, in the one as in the other
    assert (reread(imported).n_read, reread(whole).n_read) == (0, 0)


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
