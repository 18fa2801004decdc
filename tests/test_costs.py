"""What a page costs that does not depend on the machine: statements, rows and parses; requests are in test_crawler_incremental.

A figure that grows is a decision: it is changed here, with its reason. Times are in benchmarks/ and docs/performance.md.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import lxml.html
import pytest
from lxml import etree
from test_pipelines_keeping import BODY, URL, article, keep, keeper, store  # noqa: F401 (two are fixtures)

from archive.store import Store
from crawler.demo.content import load_newspapers
from crawler.demo.pages import article_page
from pipelines.extract import extract
from pipelines.items import Page
from pipelines.keeping import Keeper

NEW, AGAIN, EDITED = 34, 8, 32
"""SQL statements for a page: an article that is new, with one removal; the same again; with another text. One is of its trace."""
PARSES = {"fast": 3, "full": 4}


@contextmanager
def statements(db: sqlite3.Connection) -> Iterator[list[str]]:
    """Note the statements that are run; what triggers do is part of them, and rows of one executemany are one."""
    noted: list[str] = []

    def note(sql: str) -> None:
        if not sql.startswith("--") and not (noted and noted[-1][:40] == sql[:40]):
            noted.append(sql)

    db.set_trace_callback(note)
    yield noted
    db.set_trace_callback(None)


def test_statements_for_an_article(keeper: Keeper, store: Store) -> None:  # noqa: F811 (fixtures)
    assert store.db.conn is not None
    counted = []
    for found in (article(URL), article(URL), article(URL, body=BODY.replace("storm", "gale"), trace=b"asked")):
        with statements(store.db.conn) as noted:
            keep(keeper, URL, found)
        counted.append(len(noted))
    assert all(n <= limit for n, limit in zip(counted, (NEW, AGAIN, EDITED), strict=True)), counted


def test_rows_for_a_new_article(keeper: Keeper, store: Store) -> None:  # noqa: F811
    tables = [
        row[0]
        for row in store.db.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    ]
    before = {table: rows(store, table) for table in tables}
    keep(keeper, URL, article(URL, trace=b"asked"))
    assert {table: rows(store, table) - n for table, n in before.items() if rows(store, table) > n} == {
        "articles": 1, "revisions": 1, "extractions": 1, "removals": 1, "links": 1, "search_texts": 1, "near_duplicates": 1,
        "near_duplicate_recent": 28, "traces": 1,
    }  # fmt: skip


def rows(store: Store, table: str) -> int:  # noqa: F811
    row = store.one(f"SELECT count(*) FROM [{table}]")
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("profile", PARSES)
def test_parses_of_a_page(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = load_newspapers(edition=1, changed_at=None)[0]  # type: ignore[arg-type]
    html = article_page(paper, next(iter(paper.listed())))
    page = Page(url="http://courier.example/a/1", body=html.encode(), content_type="text/html; charset=utf-8")
    extract(page, profile=profile)  # what is imported on first use may parse something, too
    parsed: list[Any] = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(etree, name)

        def fromstring(self, *args: Any, **kwargs: Any) -> Any:
            parsed.append(args[0])
            return etree.fromstring(*args, **kwargs)

    monkeypatch.setattr(lxml.html, "etree", Counting())
    extract(replace(page, url="http://courier.example/a/2"), profile=profile)
    assert 1 <= len(parsed) <= PARSES[profile]
