"""Whole crawls, one after the other: what an unchanged source costs, how a backfill shares, when a request was sent."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from commands import presskeep, rows, sources_file
from newsroom import Newsroom

from crawler.demo.server import Answer

FROM_PAGES = (
    "articles", "revisions", "extractions", "removals", "search_texts", "near_duplicates", "near_duplicate_bands",
    "near_duplicate_recent", "links", "tombstones", "erasures", "health", "sources",
)  # fmt: skip


def watch_writes(archive: Path) -> None:
    """Count every row that is written from here on, by table: what sqlite3's total_changes does not tell apart."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute("CREATE TABLE writes (name TEXT)")
        for table in (*FROM_PAGES, "feeds", "captures", "runs", "run_sources"):
            for event in ("INSERT", "UPDATE", "DELETE"):
                note = f"BEGIN INSERT INTO writes VALUES ('{table}'); END"
                db.execute(f"CREATE TRIGGER watch_{table}_{event} AFTER {event} ON {table} {note}")
        db.commit()


def test_an_unchanged_second_run_asks_no_page_and_writes_its_own_rows_and_its_feeds_alone(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(6)
        sources = sources_file(tmp_path, {"Daily": newsroom.url}, every="'0s'")
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        before = {table: rows(archive, f"SELECT count(*) FROM {table}") for table in FROM_PAGES}
        watch_writes(archive)
        newsroom.forget_requests()
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        asked = [path for _, path, _ in newsroom.requests]
    assert asked, "the feeds are due"
    assert not [path for path in asked if path.startswith("/news/report")]
    assert {table: rows(archive, f"SELECT count(*) FROM {table}") for table in FROM_PAGES} == before
    written = {name for (name,) in rows(archive, "SELECT DISTINCT name FROM writes")}
    assert written <= {"runs", "run_sources", "feeds", "captures"}
    assert "/robots.txt" not in asked, "it was asked for less than an hour ago"


def test_robots_txt_is_asked_for_again_after_an_hour_and_obeyed_in_between(tmp_path: Path) -> None:
    archive = tmp_path / "archive"

    def crawled() -> list[str]:
        newsroom.forget_requests()
        with closing(sqlite3.connect(archive / "archive.db")) as db, db:
            db.execute("UPDATE links SET next_due_at = '2020-01-01T00:00:00.000000Z' WHERE article_id IS NOT NULL")
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        return [path for _, path, _ in newsroom.requests]

    def forbid(slug: str) -> None:
        text = f"User-agent: *\nDisallow: /news/{slug}"
        newsroom.answer("/robots.txt", Answer(content_type="text/plain", body=text.encode()))

    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        forbid("report-0001")
        sources = sources_file(tmp_path, {"Daily": newsroom.url}, every="'0s'")
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        forbid("report-0000")
        asked = crawled()
        assert "/robots.txt" not in asked
        assert not any("report-0001" in path for path in asked)
        assert any("report-0000" in path for path in asked)
        with closing(sqlite3.connect(archive / "archive.db")) as db, db:
            db.execute("UPDATE links SET outcome_at = '2020-01-01T00:00:00.000000Z' WHERE url LIKE '%robots.txt'")
        asked = crawled()
        assert "/robots.txt" in asked
        assert not any("report-0000" in path for path in asked)


def test_a_limited_run_waits_for_the_feeds_and_takes_the_newest(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(8)
        sources = sources_file(tmp_path, {"Daily": newsroom.url}, every="'0s'")
        assert presskeep("--archive", archive, "crawl", "--sources", sources, "--limit", "2").returncode == 0
        newsroom.publish("brand-new", published=datetime.now(UTC) - timedelta(minutes=5))
        newsroom.forget_requests()
        assert presskeep("--archive", archive, "crawl", "--sources", sources, "--limit", "1").returncode == 0
        asked = [path for _, path, _ in newsroom.requests if path.startswith("/news/")]
    assert asked == ["/news/brand-new.html"]


def test_a_backfill_shares_a_limited_run_with_the_news(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    now = datetime.now(UTC)
    with Newsroom() as newsroom:
        for n in range(6):
            newsroom.publish(f"old-{n}", published=datetime(2019, 5, 1 + n, tzinfo=UTC))
            newsroom.publish(f"new-{n}", published=now - timedelta(hours=1 + n))
        sources = sources_file(tmp_path, {"Daily": newsroom.url}, every="'0s'")
        arguments = ("--archive", archive, "crawl", "--sources", sources, "--limit", "4")
        span = ("--since", "2019-05-02", "--until", "2019-05-04")
        assert presskeep(*arguments, "--backfill", *span).returncode == 0
        first = {path for _, path, _ in newsroom.requests if path.startswith("/news/")}
        newsroom.forget_requests()
        assert presskeep(*arguments, *span).returncode == 0
        second = {path for _, path, _ in newsroom.requests if path.startswith("/news/")}
    assert first == {"/news/new-0.html", "/news/old-3.html", "/news/new-1.html", "/news/old-2.html"}
    assert second == {"/news/old-1.html"}
    wrong = presskeep(*arguments, "--since", "2020", "--until", "2019")
    assert (wrong.returncode, "later than" in wrong.stderr) == (2, True)


def test_a_backfill_works_back_through_a_span_run_by_run_while_the_news_goes_on(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    now = datetime.now(UTC)
    asked: list[list[str]] = []
    with Newsroom() as newsroom:
        for n in range(6):
            newsroom.publish(f"old-{n}", published=datetime(2019, 5, 1 + n, tzinfo=UTC))
        newsroom.publish("too-old", published=datetime(2019, 4, 1, tzinfo=UTC))
        sources = sources_file(tmp_path, {"Daily": newsroom.url}, every="'0s'")
        span = ("--backfill", "--since", "2019-05", "--until", "2019-05", "--limit", "4")
        for day in range(3):
            for n in range(3):
                newsroom.publish(f"new-{day}-{n}", published=now - timedelta(hours=9 - 3 * day - n))
            newsroom.forget_requests()
            assert presskeep("--archive", archive, "crawl", "--sources", sources, *span).returncode == 0
            asked.append([path[6:-5] for _, path, _ in newsroom.requests if path.startswith("/news/")])
    assert all(sum(slug.startswith("new") for slug in run) == 2 for run in asked), "half of each run is news"
    assert [slug for run in asked for slug in run if "old" in slug] == [f"old-{n}" for n in reversed(range(6))]
    assert [[slug for slug in run if slug.startswith("new")] for run in asked] == [
        [f"new-{day}-2", f"new-{day}-1"] for day in range(3)
    ]


def test_a_record_is_dated_when_its_request_was_sent(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        path = tmp_path / "slow.toml"
        path.write_text(f'[sources.Daily]\nurl = "{newsroom.url}"\ndelay = 0.4\n')
        assert presskeep("--archive", archive, "crawl", "--sources", path).returncode == 0
    moments = [
        datetime.fromisoformat(at)
        for (at,) in rows(archive, "SELECT fetched_at FROM captures WHERE purpose = 'page' ORDER BY fetched_at")
    ]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    # Scrapy keeps 0.4 s, give or take a quarter; handed to the downloader they were all at once
    assert min(gaps) > 0.2


def test_a_host_that_asks_for_a_pause_is_left_alone_by_later_runs_too(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(12)
        for n in range(12):
            busy = Answer(status=429, headers=(("Retry-After", "7200"),), body=b"slow down")
            newsroom.answer(f"/news/report-{n:04}.html", busy)
        sources = sources_file(tmp_path, {"Daily": newsroom.url}, every="'0s'")
        arguments = ("--archive", archive, "crawl", "--sources", sources)
        assert presskeep(*arguments).returncode == 3
        ((until,),) = rows(archive, "SELECT paused_until FROM sources")
        wait = datetime.fromisoformat(until) - datetime.now(UTC)
        assert timedelta(minutes=100) < wait < timedelta(minutes=121)
        assert len([path for _, path, _ in newsroom.requests if "report" in path]) == 1
        newsroom.forget_requests()
        assert presskeep(*arguments).returncode == 0
        assert newsroom.requests == []
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            db.execute("UPDATE sources SET paused_until = '2020-01-01'")
            db.commit()
        for n in range(12):
            newsroom.restore(f"/news/report-{n:04}.html")
        assert presskeep(*arguments).returncode == 0
    assert rows(archive, "SELECT count(*) > 0 FROM articles") == [(1,)]
