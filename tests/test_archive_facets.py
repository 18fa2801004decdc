import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from archives import ArchiveArticle, make_archive

from archive.counting import count_days, count_places
from archive.facets import facets, whole_timeline
from archive.filters import Filters
from archive.reader import open_reader
from archive.selection import select

ARTICLES = [
    ArchiveArticle(headline="Flood", body="rain", source="A", language="en", published="2024-01-05"),
    ArchiveArticle(headline="Flood", body="rain", source="A", language="en-GB", published="2024-01-05T10:00:00Z"),
    ArchiveArticle(headline="Flood", body="sun", source="B", language="fa", published="2024-03-01"),
    ArchiveArticle(headline="Flood", body="rain", source=None, language=None, published=None),
    ArchiveArticle(headline="Flood", body="rain", source="B", language="de", published="2024-03"),
    ArchiveArticle(headline="Drought", body="sun", source="C", language="de", published="2024-02-10"),
]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_reader(make_archive(tmp_path, ARTICLES))) as connection:
        yield connection


def test_what_matches_is_counted_by_source_language_and_month(db: sqlite3.Connection) -> None:
    found = facets(db, "flood", filters=Filters())
    assert found.sources == (("A", 2), ("B", 2), (None, 1))
    assert found.languages == (("en", 2), ("de", 1), ("fa", 1), (None, 1))
    assert [(span.label, span.articles) for span in found.months] == [("2024-01", 2), ("2024-03", 1)]
    assert found.undated == 2


def test_a_facet_is_not_narrowed_by_itself_but_by_the_others(db: sqlite3.Connection) -> None:
    found = facets(db, "flood", filters=Filters(sources=("A",)))
    assert found.sources == (("A", 2), ("B", 2), (None, 1))
    assert found.languages == (("en", 2),)
    found = facets(db, "", filters=Filters(since=date(2024, 2, 1), until=date(2024, 2, 29)))
    assert found.sources == (("C", 1),)
    assert [span.label for span in found.months] == ["2024-01", "2024-02", "2024-03"]


def test_months_count_as_many_as_their_days_then_find(db: sqlite3.Connection) -> None:
    for span in facets(db, "flood", filters=Filters()).months:
        inside = facets(db, "flood", filters=Filters(since=span.first, until=span.last))
        assert sum(one.articles for one in inside.timeline) == span.articles
        assert sum(n for _, n in inside.sources) == span.articles


def test_the_timeline_has_no_gaps_and_the_asked_span(db: sqlite3.Connection) -> None:
    found = facets(db, "flood", filters=Filters()).timeline
    assert len(found) == (date(2024, 3, 1) - date(2024, 1, 5)).days + 1
    assert sum(span.articles for span in found) == 3
    asked = facets(db, "flood", filters=Filters(since=date(2024, 1, 1), until=date(2024, 1, 31))).timeline
    assert (asked[0].label, asked[-1].label, len(asked)) == ("2024-01-01", "2024-01-31", 31)


@pytest.mark.parametrize(
    ("days", "first_labels"),
    [
        (("2024-01-05", "2024-06-05"), ["2024-01", "2024-02"]),
        (("2001-05-05", "2024-06-05"), ["2001", "2002"]),
        (("0999-05-05", "2024-06-05"), ["0999", "2024"]),
    ],
)
def test_the_unit_follows_from_the_span(tmp_path: Path, days: tuple[str, str], first_labels: list[str]) -> None:
    folder = make_archive(tmp_path, [ArchiveArticle(published=day) for day in days])
    with closing(open_reader(folder)) as db:
        found = whole_timeline(db)
    assert [span.label for span in found][:2] == first_labels
    assert [found[0].articles, found[-1].articles] == [1, 1]
    assert found[-1].first <= date.fromisoformat(days[1]) <= found[-1].last


def test_only_the_undated_are_found_where_they_are_asked_for(db: sqlite3.Connection) -> None:
    found = facets(db, "flood", filters=Filters(undated=True))
    assert found.sources == (("B", 1), (None, 1))
    assert found.undated == 2
    assert [span.label for span in found.months] == ["2024-01", "2024-03"]


def test_a_day_that_no_calendar_knows_is_undated_time(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, [ArchiveArticle(published="2024-02-31"), ArchiveArticle(published="2024-02-01")])
    with closing(open_reader(folder)) as db:
        assert [span.label for span in facets(db, "", filters=Filters()).timeline] == ["2024-02-01"]


NARROWED = [
    Filters(), Filters(sources=("a", "B")), Filters(languages=("en",)), Filters(languages=("EN_gb", "de"), sources=("b",)),
    Filters(since=date(2024, 1, 5)), Filters(until=date(2024, 1, 5), languages=("en",)), Filters(undated=True),
    Filters(since=date(2024, 2, 1), until=date(2024, 3, 1), sources=("B",)), Filters(sources=("nobody",)),
]  # fmt: skip


@pytest.mark.parametrize("query", ["flood", "rain OR sun", "nothing"])
@pytest.mark.parametrize("filters", NARROWED)
def test_counting_each_hit_once_gives_what_a_query_a_facet_gives(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, filters: Filters, query: str
) -> None:
    found = facets(db, query, filters=filters)
    monkeypatch.setattr(Filters, "by_the_hour", True)
    assert facets(db, query, filters=filters) == found


def test_the_last_month_that_a_calendar_knows_has_its_end(tmp_path: Path) -> None:
    with closing(open_reader(make_archive(tmp_path, [ArchiveArticle(published="9999-12-31")]))) as db:
        assert [span.last for span in facets(db, None, filters=Filters()).months] == [date(9999, 12, 31)]


def test_of_a_word_that_is_everywhere_the_hits_kept_last_are_counted_and_that_is_said(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert facets(db, "flood", filters=Filters()).note is None
    monkeypatch.setattr("archive.selection.FEW", 0)
    monkeypatch.setattr("archive.facets.COUNTED", 2)
    found = facets(db, "flood", filters=Filters())
    assert found.note == "the counts are of the 2 hits kept last"
    assert found.sources == (("B", 1), (None, 1))


PLANS = [(Filters(), "articles_day", "articles_language"), (Filters(sources=("A",)), "articles_source", "articles_language"),
         (Filters(since=date(2024, 1, 1)), "articles_day", "articles_day")]  # fmt: skip


@pytest.mark.parametrize(("filters", "days", "places"), PLANS)
def test_all_articles_are_counted_along_an_index_without_reading_them(
    db: sqlite3.Connection, filters: Filters, days: str, places: str
) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    chosen = select(db, None, filters=filters)
    count_days(db, chosen)
    count_places(db, chosen)
    db.set_trace_callback(None)
    for sql, index in zip([sql for sql in asked if "GROUP BY" in sql], (days, places), strict=True):
        plan = " ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert f"a USING COVERING INDEX {index}" in plan
        assert filters.sources or "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    "filters", [Filters(sources=("A",), languages=("en",)), Filters(languages=("en",), since=date(2024, 1, 1))]
)
def test_hits_are_counted_and_filtered_without_reading_their_articles(db: sqlite3.Connection, filters: Filters) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    chosen = select(db, "flood", filters=filters)
    facets(db, "flood", filters=filters)
    count_days(db, chosen)
    count_places(db, chosen)
    db.set_trace_callback(None)
    looked_up = [sql for sql in asked if "CROSS JOIN articles a" in sql]
    assert len(looked_up) >= 4
    for sql in looked_up:
        plan = " ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert "a USING COVERING INDEX articles_narrow (id=?" in plan
