"""The ranks of a phrase's few hits are those that FTS5 gives, in every script and by any weights."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from archives import make_archive
from hypothesis import given
from hypothesis import strategies as st

from archive.bm25 import ranks_of_few
from archive.query import read_query
from archive.reader import open_reader
from archive.search import search
from archive.search_index import share_texts
from archive.selection import select

WORDS = "flood Kabul the Präsident o’neil straße 日本 تهران می\u200cرود ไทย हिंदी 50 E\u0301te".split()
GAPS = [" ", " ", " ", ", ", ". ", "_", " – ", "\n\n"]
N = 150
WEIGHTS = ["bm25(1, 10, 4, 4)", "bm25(1.5,0,3,0.25)"]


def text(drawn: random.Random, longest: int) -> str:
    return "".join(drawn.choice(WORDS) + drawn.choice(GAPS) for _ in range(drawn.randrange(longest)))


def articles() -> Iterator[dict[str, Any]]:
    drawn = random.Random(1)
    for number in range(N):
        yield {
            "headline": text(drawn, 5),
            "description": text(drawn, 12),
            "authors": tuple(text(drawn, 4) for _ in range(drawn.randrange(3))),
            "body": "flood in Kabul the " * drawn.randrange(3) + (text(drawn, 60) if number % 3 else "Kabul"),
            "published": f"2024-03-{drawn.randrange(1, 29):02}",
            "source": drawn.choice(["paper", "other"]),
        }


@pytest.fixture(scope="module", params=WEIGHTS)
def db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder = make_archive(tmp_path_factory.mktemp("archive"), articles())
    with closing(sqlite3.connect(folder / "archive.db")) as writing, writing:
        share_texts(writing)  # some bodies are indexed where they lie, of the others a folded copy is
        writing.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('rank', ?)", (request.param,))
    with closing(open_reader(folder)) as reading:
        yield reading


def by_fts5(db: sqlite3.Connection, match: str) -> dict[int, float]:
    return dict(map(tuple, db.execute("SELECT rowid, rank FROM articles_fts WHERE articles_fts MATCH ?", (match,))))


@given(st.lists(st.sampled_from([*WORDS, "in"]), min_size=2, max_size=4, unique=True).map(" ".join))
def test_ranks_of_a_phrase_are_those_of_fts5(db: sqlite3.Connection, phrase: str) -> None:
    [term] = read_query(f'"{phrase}"').terms
    for words in term.spellings:
        ranks, expected = ranks_of_few(db, words, N), by_fts5(db, f'"{" ".join(words)}"')
        assert ranks == pytest.approx(expected, rel=0, abs=1e-9)


def test_places_that_can_overlap_are_left_to_fts5(db: sqlite3.Connection) -> None:
    assert ranks_of_few(db, ("flood", "the", "flood"), N) is None
    assert ranks_of_few(db, ("flood", "flood"), N) is None


QUERIES = [
    '"flood in Kabul"', '"the flood"', '"日本"', '"flood flood"', '"in Kabul the flood in"', 'headline:"Kabul flood"',
    '"flood the*"', '"flood in" OR "the Kabul"',
    '"flood the" -straße', '"flood in Kabul" the', '"präsident flood"', '"nobody here"',
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("raw", [False, True])
def test_search_gives_the_order_of_fts5_for_phrases_of_every_kind(
    db: sqlite3.Connection, query: str, raw: bool
) -> None:
    query = query.replace(" -", " NOT ") if raw else query
    result = search(db, query, limit=None, raw=raw)
    expected = by_fts5(db, select(db, query, raw=raw).reading.match or "")
    ranks = {hit.article_id: hit.rank for hit in result.hits}
    assert ranks == pytest.approx(expected, rel=0, abs=1e-9)
    assert list(ranks) == sorted(expected, key=lambda one: (expected[one], one))
    assert result.n_hits == len(expected)


def test_a_phrase_that_promises_to_be_common_is_left_to_fts5(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    counted = search(db, '"flood in Kabul"')
    assert not any("SELECT rowid, rank" in sql for sql in asked)
    monkeypatch.setattr("archive.bm25.COUNTED", counted.n_hits - 1)
    assert search(db, '"flood in Kabul"') == counted
    assert any("SELECT rowid, rank" in sql for sql in asked)
    db.set_trace_callback(None)
