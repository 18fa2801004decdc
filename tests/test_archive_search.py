"""Search over a real FTS5 table: what is found, in which order, and that nothing typed is an error."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from archives import make_archive
from hypothesis import given
from hypothesis import strategies as st
from search_sentences import LANGUAGES, Language, measure, table

from archive.errors import UsageError
from archive.filters import NO_FILTERS, Filters
from archive.reader import open_reader
from archive.search import _in_order, matching_ids, search
from archive.selection import select

ARTICLES: list[dict[str, Any]] = [
    {"headline": "Flood in Kabul", "body": "Rain fell.", "published": "2024-03-05T23:30:00-05:00", "language": "en"},
    {"headline": "Budget", "body": "No flood in Kabul.", "published": "2024-03-07", "language": "en-GB", "cluster": 2},
    {
        "headline": "Hochwasser",
        "body": "Präsident Müller",
        "published": "2024-04",
        "language": "de",
        "source": "Zeitung",
    },
    {"headline": "Undated flood", "body": "Kabul", "source": None, "authors": ("Jane Doe", "Ali Öz"), "cluster": 2},
    {"headline": "AT&T covid-19", "body": "C++ in 50% of o’neil's code", "url": "https://paper.example/att?id=1"},
]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    connection = open_reader(make_archive(tmp_path_factory.mktemp("archive"), ARTICLES))
    yield connection
    connection.close()


def found(db: sqlite3.Connection, query: str, filters: Filters = NO_FILTERS) -> list[int]:
    return [hit.article_id for hit in search(db, query, filters=filters).hits]


def test_a_word_in_the_headline_counts_more_than_in_the_body(db: sqlite3.Connection) -> None:
    assert found(db, "flood")[-1] == 2
    assert sorted(found(db, "flood")) == [1, 2, 4]


def test_newest_first_puts_the_undated_last(db: sqlite3.Connection) -> None:
    assert [hit.article_id for hit in search(db, "flood", sort="date").hits] == [2, 1, 4]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("kabul -rain", [2, 4]),
        ("-kabul", [3, 5]),
        ("hochwasser OR budget", [2, 3]),
        ("headline:kabul", [1]),
        ("author:ali", [4]),
        ('"flood in kabul"', [1, 2]),
        ("PRASIDENT", [3]),
        ("Mueller", [3]),
        ("hoch*", [3]),
        ("at&t", [5]),
        ("COVID-19", [5]),
        ("O'Neil", [5]),
        ("50%", [5]),
        ("", [1, 2, 3, 4, 5]),
        ("😀", []),
        ("https://www.paper.example/att?id=1&utm_source=x#top", [5]),
        ("paper.example/att?id=1", [5]),
        ("https://elsewhere.example/kabul", []),
    ],
)
def test_a_query_finds(db: sqlite3.Connection, query: str, ids: list[int]) -> None:
    assert sorted(found(db, query)) == ids


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(since=date(2024, 3, 6)), [2]),
        (Filters(until=date(2024, 3, 5)), [1]),
        (Filters(since=date(2024, 3, 5), until=date(2024, 3, 7)), [1, 2]),
        (Filters(since=datetime(2024, 3, 6, 4, 0, tzinfo=UTC)), [1, 2]),
        (Filters(since=datetime(2024, 3, 6, 5, 0, tzinfo=UTC)), [2]),
        (Filters(until=datetime(2024, 3, 6, 4, 0, tzinfo=UTC)), []),
        (Filters(sources=("PAPER",)), [1, 2]),
        (Filters(sources=("Zeitung", "paper")), [1, 2]),
        (Filters(languages=("EN",)), [1, 2]),
        (Filters(languages=("de",)), []),
        (Filters(authors=("oz ali",)), []),
        (Filters(authors=("ali oz",)), [4]),
        (Filters(authors=("??",)), []),
        (Filters(field="headline"), [1, 4]),
        (Filters(field="body"), [2]),
        (Filters(sources=("\udcff",), languages=("\udcff",), authors=("\udcff",)), []),
    ],
)
def test_filters_narrow_a_query(db: sqlite3.Connection, filters: Filters, ids: list[int]) -> None:
    assert sorted(found(db, "flood", filters)) == ids


def test_what_a_date_filter_leaves_out_is_counted(db: sqlite3.Connection) -> None:
    result = search(db, "flood", filters=Filters(since=date(2024, 1, 1)))
    assert result.note == "1 without a date is left out"
    assert (result.n_hits, result.n_articles) == (2, 5)


def test_an_unknown_source_is_said_with_its_neighbours(db: sqlite3.Connection) -> None:
    assert search(db, "x", filters=Filters(sources=("Zeitungen",))).note == (
        "no source “Zeitungen” in this archive (there is Zeitung)"
    )


def test_the_number_of_hits_goes_beyond_the_limit(db: sqlite3.Connection) -> None:
    result = search(db, "flood", limit=1)
    assert (len(result.hits), result.n_hits) == (1, 3)


def test_a_hit_knows_its_source_and_near_duplicates(db: sqlite3.Connection) -> None:
    (hit,) = search(db, "budget").hits
    assert (hit.source, hit.cluster_size, hit.language, hit.published) == ("paper", 2, "en-GB", "2024-03-07")
    assert [hit.headline[start:end] for start, end in hit.headline_marks if hit.headline] == ["Budget"]


def test_matching_ids_come_in_order_of_date(db: sqlite3.Connection) -> None:
    assert list(matching_ids(db, None)) == [1, 2, 3, 4, 5]
    assert list(matching_ids(db, "flood", newest_first=True)) == [2, 1, 4]


def test_raw_is_the_syntax_of_fts5(db: sqlite3.Connection) -> None:
    assert [hit.article_id for hit in search(db, "NEAR(flood kabul, 3) NOT rain", raw=True).hits] == [2]


@pytest.mark.parametrize("query", ["AND", '"open', "nothere : x", "covid-19", "a*b(", "\udcff"])
def test_an_error_of_raw_syntax_is_one_line(db: sqlite3.Connection, query: str) -> None:
    with pytest.raises(UsageError, match="FTS5 cannot read") as caught:
        search(db, query, raw=True)
    assert "\n" not in str(caught.value)


FILTERED = [
    Filters(since=date(2024, 1, 1), sources=("paper",)),
    Filters(until=date(2024, 3, 1)),
    Filters(languages=("en", "fa")),
    Filters(authors=("jane doe",)),
    Filters(undated=True),
]


@pytest.mark.parametrize("filters", FILTERED)
@pytest.mark.parametrize("query", ["flood", "flood OR rain OR the", "a*", "-flood", ""])
def test_few_and_many_hits_are_found_alike(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, query: str, filters: Filters
) -> None:
    def found() -> list[object]:
        result = search(db, query, filters=filters, limit=None)
        by_date = search(db, query, filters=filters, sort="date", limit=None)
        ids = [[hit.article_id for hit in each.hits] for each in (result, by_date)]
        ranks = sorted(round(hit.rank or 0, 6) for hit in result.hits)
        return [
            sorted(ids[0]),
            ids[1],
            ranks,
            result.n_hits,
            result.note,
            list(matching_ids(db, query, filters=filters)),
        ]

    few = found()
    monkeypatch.setattr("archive.selection.FEW", 0)
    chosen = select(db, "flood", filters=filters)
    assert chosen.many
    # filters are worked out first: a join with them would rank each hit before
    assert "AND +rowid IN (SELECT" in _in_order(db, chosen, "rank", 20).sql
    assert found() == few


@pytest.mark.parametrize("filters", [NO_FILTERS, Filters(sources=("paper",)), Filters(since=date(2000, 1, 1))])
def test_of_a_common_word_the_latest_are_ranked_and_that_is_said(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, filters: Filters
) -> None:
    every = sorted(hit.article_id for hit in search(db, "flood", filters=filters, limit=None).hits)
    assert len(every) > 1
    monkeypatch.setattr("archive.selection.FEW", 0)
    monkeypatch.setattr("archive.search.RANKED", 1)
    result = search(db, "flood", filters=filters)
    assert sorted(hit.article_id for hit in result.hits) == every[-1:]
    assert result.n_hits == len(every)
    assert result.note is not None
    assert "the 1 hits kept last are ranked; --sort date gives all, a rarer word fewer" in result.note
    assert len(search(db, "flood", filters=filters, sort="date").hits) == len(every)


def test_the_newest_articles_are_read_in_order(db: sqlite3.Connection) -> None:
    order = _in_order(db, select(db, ""), "date", 20)
    plan = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {order.sql} LIMIT 20", order.parameters)]
    assert plan == ["SCAN a USING INDEX articles_newest"]


def test_of_a_common_word_no_more_are_ranked_than_lie_among_so_many_hits(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = Filters(sources=("paper",))
    every = sorted(hit.article_id for hit in search(db, "flood", filters=filters, limit=None).hits)
    monkeypatch.setattr("archive.selection.FEW", 0)
    monkeypatch.setattr("archive.search.PASSED", 1)
    result = search(db, "flood", filters=filters)
    assert [hit.article_id for hit in result.hits] == every[-1:]
    assert result.n_hits == len(every) > 1
    assert result.note is not None
    assert "the 1 hits kept last are ranked" in result.note


@pytest.mark.parametrize(
    "filters",
    [
        NO_FILTERS,
        Filters(languages=("en",)),
        Filters(since=date(2024, 3, 6)),
        Filters(until=date(2024, 3, 6)),
        Filters(since=datetime(2024, 3, 6, 7, tzinfo=UTC), until=datetime(2024, 3, 9, tzinfo=UTC)),
    ],
)
def test_the_newest_of_many_hits_are_the_same_found_either_way(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, filters: Filters
) -> None:
    sorted_hits = search(db, "flood", filters=filters, sort="date", limit=2)
    monkeypatch.setattr("archive.selection.FEW", 0)
    monkeypatch.setattr("archive.search.COMMON", 0)
    monkeypatch.setattr("archive.search.PROBE", 0)
    order = _in_order(db, select(db, "flood", filters=filters), "date", 2)
    plan = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {order.sql} LIMIT 2", order.parameters)]
    passed_over = "SEARCH" if filters.dated else "SCAN"
    assert plan[0].startswith(f"{passed_over} a USING INDEX articles_newest")
    assert not any("TEMP B-TREE" in line for line in plan)
    assert search(db, "flood", filters=filters, sort="date", limit=2) == sorted_hits


@pytest.mark.parametrize("sort", ["rank", "date"])
@pytest.mark.parametrize("filters", [NO_FILTERS, Filters(languages=("en",)), Filters(since=date(2000, 1, 1))])
@pytest.mark.parametrize("query", ['"flood in Kabul"', '"flood in Kabul" -storm'])
def test_a_dear_phrase_is_looked_for_once(db: sqlite3.Connection, query: str, sort: str, filters: Filters) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    found = search(db, query, filters=filters, sort=sort)
    db.set_trace_callback(None)
    assert found.hits
    assert [hit.rank is not None for hit in found.hits] == [sort == "rank"] * len(found.hits)
    matches = [sql for sql in asked if "MATCH" in sql and not sql.startswith("--")]
    # beside other words, a look at a sixteenth of the archive: a phrase that is everywhere is not ranked in vain
    assert len([sql for sql in matches if "rowid <=" not in sql]) == 1


@pytest.mark.parametrize("query", ["flood", '"flood in Kabul"', "flood OR storm", "headline:flood"])
@pytest.mark.parametrize(
    "filters",
    [
        Filters(sources=("paper",)),
        Filters(sources=("nobody",)),
        Filters(since=date(2024, 3, 6), until=date(2024, 3, 7)),
        Filters(undated=True),
        Filters(languages=("en",), since=date(2000, 1, 1)),
        Filters(since=datetime(2024, 3, 6, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("sort", ["rank", "date"])
def test_filters_mean_the_same_held_against_few_and_gone_through_for_many(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, query: str, filters: Filters, sort: str
) -> None:
    def found() -> tuple[list[tuple[int, float | None]], int, str | None]:
        result = search(db, query, filters=filters, sort=sort)
        ranks = [(hit.article_id, None if hit.rank is None else round(hit.rank, 6)) for hit in result.hits]
        return ranks, result.n_hits, result.note

    listed = found()
    monkeypatch.setattr("archive.selection.LISTED", 0)
    looked_up = found()
    monkeypatch.setattr("archive.selection.FEW", 0)
    monkeypatch.setattr("archive.search.COMMON", 0)
    assert found() == looked_up == listed


AWKWARD = ["", '"', "()", "a AND", "NOT", "-", "-a", "*", "a*", "^a", "{a}:b", "headline:", "a:b:c", "NEAR(a b)", "+",
           "AT&T", "C++", "o'neil", "a OR OR b", "(" * 500, '"a" "', "\0", "a\0b", "\ud800", "中*", "x" * 10_000,
           "a " * 5000, "中" * 10_000, "https://a.example/?x=%00", "https://[", "http://a/\ud800",
           "😀", "%", "ﷺ", "\u0301", "\ue000"]  # fmt: skip


@pytest.mark.parametrize("query", AWKWARD)
def test_whatever_is_typed_gives_hits_or_a_note(db: sqlite3.Connection, query: str) -> None:
    result = search(db, query)
    assert result.hits or result.note or result.n_hits == 0


@given(
    st.text(alphabet=st.sampled_from("ab*\"()-:^{}+,&|%'ORNTAD\0中éя😀\u0301 "), max_size=60)
    | st.text()
    | st.lists(
        st.sampled_from([*(query for query in AWKWARD if len(query) < 40), "flood", "OR", "AND", "author:"]), max_size=8
    ).map(" ".join)
)
def test_no_text_is_an_error(db: sqlite3.Connection, query: str) -> None:
    search(db, query)
    list(matching_ids(db, query, filters=Filters(since=date(2024, 1, 1), field="headline", authors=(query,))))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
@pytest.mark.parametrize("typed", [False, True], ids=["as written", "as typed"])
def test_words_are_found_in(language: Language, typed: bool) -> None:
    quality = measure(language, typed=typed)
    assert quality.recall >= 0.98
    assert quality.precision >= 0.9


def test_the_table_in_the_docs_is_the_measured_one() -> None:
    text = (Path(__file__).parent.parent / "docs" / "search.md").read_text(encoding="utf-8")
    shown = re.search(r"\[\[\[cog.*?-->\n(.*?)<!-- \[\[\[end\]\]\]", text, re.DOTALL)
    assert shown is not None
    assert shown[1] == table(), "run: cog -I . -r docs/search.md"
