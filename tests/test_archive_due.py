"""What is due: newest first, in turn with the past, and without sorting all that waits."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from migrating import archive_before

from archive.due import _AGAIN, _FRESH, LOOK_AT, Span, any_due, count_due, due_rows
from archive.links import add_feed, add_link, due_feeds
from archive.records import FeedKind, FoundFeed, FoundIn, FoundLink, Hints
from archive.store import Store, open_store
from archive.times import iso
from crawler.turns import Wish, next_links

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        opened.save_source(name="P", url="http://p.example/", language=None, tags=(), enabled=True, now=NOW)
        yield opened


def found(number: int, *, days_ago: float | None, modified: str | None = None) -> FoundLink:
    at = NOW - timedelta(days=days_ago) if days_ago is not None else None
    return FoundLink(
        url=f"http://p.example/{number}", found_in=FoundIn.SITEMAP, newest_at=at, hints=Hints(modified=modified)
    )


def put(store: Store, *links: FoundLink) -> None:
    with store.transaction():
        for link in links:
            add_link(store, link, source_id=1, found_at_url=None, now=NOW)


def answered(store: Store, number: int, *, at: datetime, due_at: datetime | None) -> None:
    with store.transaction():
        store.db.execute(
            "UPDATE links SET outcome = 'new', outcome_at = ?, next_due_at = ? WHERE url = ?",
            (iso(at), iso(due_at) if due_at else None, f"http://p.example/{number}"),
        )


def numbers(rows: list[sqlite3.Row]) -> list[int]:
    return [int(row["url"].rsplit("/", 1)[1]) for row in rows]


def test_the_newest_come_first_whether_they_were_asked_before_or_not(store: Store) -> None:
    put(store, *(found(n, days_ago=n) for n in range(6)))
    for number in (1, 3, 4):
        answered(store, number, at=NOW - timedelta(days=9), due_at=NOW - timedelta(hours=number))
    answered(store, 4, at=NOW, due_at=NOW + timedelta(days=1))
    assert numbers(due_rows(store.db.conn, 1, now=NOW, limit=9)) == [0, 1, 2, 3, 5]
    assert numbers(due_rows(store.db.conn, 1, now=NOW, limit=2, besides=[1])) == [1, 2]
    assert count_due(store.db.conn, 1, NOW) == 5


def test_more_in_flight_than_sqlite_has_parameters_for_is_no_problem(store: Store) -> None:
    put(store, found(1, days_ago=1))
    assert due_rows(store.db.conn, 1, now=NOW, limit=1, besides=range(2, 50_000))


def test_a_span_restricts_and_a_link_without_a_date_counts_from_when_it_was_found(store: Store) -> None:
    put(store, found(1, days_ago=1), found(30, days_ago=30), found(400, days_ago=400), found(0, days_ago=None))
    span = Span(since=NOW - timedelta(days=100), until=NOW - timedelta(days=2))
    assert numbers(due_rows(store.db.conn, 1, now=NOW, limit=9, span=span)) == [30]
    assert numbers(due_rows(store.db.conn, 1, now=NOW, limit=9, span=Span(since=NOW))) == [0]


def test_neither_query_sorts_all_that_waits(store: Store) -> None:
    values = {"source": 1, "now": iso(NOW), "limit": 8, "besides": "[]", "since": "", "until": "~", "look_at": LOOK_AT}
    fresh = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {_FRESH}", values)]
    assert "SEARCH links USING INDEX links_fresh (source_id=? AND newest_at>? AND newest_at<?)" in fresh
    assert not any("TEMP B-TREE" in step for step in fresh)
    again = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {_AGAIN}", values)]
    assert again.count("USE TEMP B-TREE FOR ORDER BY") == 1, "of at most LOOK_AT rows"


def test_something_is_due_or_not(store: Store) -> None:
    assert not any_due(store.db.conn, 1, NOW)
    put(store, found(1, days_ago=1))
    assert any_due(store.db.conn, 1, NOW)
    answered(store, 1, at=NOW, due_at=NOW + timedelta(days=1))
    assert not any_due(store.db.conn, 1, NOW)
    assert any_due(store.db.conn, 1, NOW + timedelta(days=1))
    answered(store, 1, at=NOW, due_at=None)
    add_feed(
        store,
        FoundFeed(url="http://p.example/archive", kind=FeedKind.SECTION, found_in="archive"),
        source_id=1,
        now=NOW,
    )
    assert not any_due(store.db.conn, 1, NOW + timedelta(days=1)), "older pages wait for a backfill"
    add_feed(
        store, FoundFeed(url="http://p.example/feed", kind=FeedKind.FEED, found_in="declared"), source_id=1, now=NOW
    )
    assert any_due(store.db.conn, 1, NOW)


def turns(store: Store, wish: Wish, limit: int = 6) -> list[int]:
    links = next_links(store, 1, now=NOW, limit=limit, besides=(), wish=wish)
    return [int(link.url.rsplit("/", 1)[1]) for link in links]


def test_a_backfill_has_every_second_turn_and_works_back(store: Store) -> None:
    put(store, *(found(n, days_ago=n) for n in (0, 1, 2, 100, 200, 300)))
    assert turns(store, Wish(backfill=True)) == [0, 100, 1, 200, 2, 300]
    span = Span(until=NOW - timedelta(days=150))
    assert turns(store, Wish(span=span, backfill=True), limit=4) == [0, 200, 1, 300]
    assert turns(store, Wish(span=span)) == [200, 300]


def test_who_has_nothing_left_gives_the_other_all_turns(store: Store) -> None:
    put(store, *(found(n, days_ago=n) for n in (100, 200, 300)))
    assert turns(store, Wish(backfill=True)) == [100, 200, 300]
    put(store, *(found(n, days_ago=0) for n in (1, 2, 3)))
    past = Span(until=NOW - timedelta(days=1000))
    assert turns(store, Wish(backfill=True, span=past), limit=3) == [1, 2, 3]


@pytest.mark.parametrize(
    ("modified_at", "text", "due"),
    [
        (NOW + timedelta(hours=1), "2026-06-01T13:00:00Z", True),
        (NOW - timedelta(hours=1), "2026-06-01T11:00:00Z", False),
        (NOW.replace(hour=0), "2026-06-01", True),
        (NOW - timedelta(days=1, hours=12), "2026-05-31", False),
    ],
)
def test_a_stated_change_after_the_last_answer_makes_a_page_due(
    store: Store, modified_at: datetime, text: str, due: bool
) -> None:
    put(store, found(1, days_ago=30))
    answered(store, 1, at=NOW, due_at=NOW + timedelta(days=90))
    later = FoundLink(
        url="http://p.example/1", found_in=FoundIn.SITEMAP, newest_at=modified_at, hints=Hints(modified=text)
    )
    for _ in range(2):
        put(store, later)
    assert bool(due_rows(store.db.conn, 1, now=NOW, limit=1)) is due
    answered(store, 1, at=NOW + timedelta(minutes=1), due_at=NOW + timedelta(days=90))
    put(store, later)
    assert count_due(store.db.conn, 1, NOW + timedelta(days=1)) == 0, "a change is said once"


def test_an_index_that_states_a_change_makes_its_sitemap_due(store: Store) -> None:
    sitemap = FoundFeed(url="http://p.example/s.xml", kind=FeedKind.SITEMAP, found_in="sitemap_index")
    assert add_feed(store, sitemap, source_id=1, now=NOW)
    with store.transaction():
        store.db.execute("UPDATE feeds SET outcome_at = ?, next_due_at = ?", (iso(NOW), iso(NOW + timedelta(days=7))))
    for hours, due in ((-1, 0), (1, 1)):
        at = NOW + timedelta(hours=hours)
        changed = FoundFeed(url=sitemap.url, kind=FeedKind.SITEMAP, found_in="sitemap_index", modified_at=at)
        assert not add_feed(store, changed, source_id=1, now=NOW + timedelta(hours=2))
        assert len(due_feeds(store, 1, now=NOW + timedelta(hours=2))) == due


def test_an_archive_of_the_schema_before_keeps_its_schedule(tmp_path: Path) -> None:
    folder = archive_before("m006_frontier", tmp_path / "old")
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        db.execute("UPDATE links SET next_due_at = '2020-01-01' WHERE id % 2")
        db.commit()
        (n,) = db.execute("SELECT count(*) FROM links WHERE source_id = 1 AND next_due_at <= '2021'").fetchone()
    with closing(open_store(folder)) as opened:
        assert len(due_rows(opened.db.conn, 1, now=datetime(2021, 1, 1, tzinfo=UTC), limit=99)) == n > 0
