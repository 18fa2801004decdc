"""Whole crawls of a news site on loopback, by the command itself."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newsroom_faults as faults
import pytest
from commands import environment, outcomes, presskeep, rows, sources_file
from newsroom import Newsroom

from archive.warc import members
from archive.warc_read import read_record
from crawler.demo.server import Answer, Raw


def crawl(archive: Path, newsroom: Newsroom, *more: str) -> subprocess.CompletedProcess[str]:
    sources = sources_file(archive.parent, {"Daily": newsroom.url})
    return presskeep("--archive", archive, "crawl", "--sources", sources, *more)


def make_due(archive: Path) -> None:
    """Let the frontier's intervals have passed."""
    import sqlite3

    db = sqlite3.connect(archive / "archive.db")
    past = "2020-01-01T00:00:00.000000Z"
    db.execute("UPDATE feeds SET next_due_at = ?", (past,))
    db.execute("UPDATE links SET next_due_at = ? WHERE article_id IS NOT NULL AND found_in != 'redirect'", (past,))
    db.commit()
    db.close()


def test_a_crawl_keeps_every_article_once_and_gives_every_request_an_outcome(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        urls = newsroom.publish_many(12)
        done = crawl(archive, newsroom)
        asked = {exchange.url for exchange in newsroom.exchanges}
        assert all(newsroom.n_requests(f"report-{n:04}") == 1 for n in range(12))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert {url for (url,) in rows(archive, "SELECT url FROM articles")} >= set(urls)
    known = set(outcomes(archive)) | {url for (url,) in rows(archive, "SELECT url FROM feeds WHERE outcome = 'ok'")}
    assert asked <= known
    (run,) = rows(archive, "SELECT exit_code, finish_reason, n_failed, n_new FROM runs")
    assert run[:3] == (0, "finished", 0)
    assert run[3] >= 12


def test_every_exchange_is_a_warc_record_that_its_row_finds(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        newsroom.redirect("/old.html", "/news/report-0001.html")
        done = crawl(archive, newsroom)
        assert done.returncode == 0, done.stderr
        assert presskeep("--archive", archive, "fetch", "--save", newsroom.url_of("/old.html")).returncode == 0
    captures = rows(
        archive, "SELECT url, http_status, payload_length, record_type, warc_file, warc_offset FROM captures"
    )
    for url, status, length, kind, file, offset in captures:
        record = read_record(archive, file, offset)
        assert (record.url, record.status) == (url, status)
        assert len(record.payload) == (length if kind == "response" else 0)
    assert {301, 200} <= {capture[1] for capture in captures}
    assert "revisit" in {capture[3] for capture in captures}, "the article behind the redirect is known"
    for path in (archive / "warc").rglob("*.warc.gz"):
        with path.open("rb") as file:
            assert list(members(file))[-1][1] == path.stat().st_size
        checked = subprocess.run(
            [sys.executable, "-c", "from warcio.cli import main; main()", "check", str(path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (checked.returncode, checked.stdout) == (0, "")
    assert not list((archive / "warc").rglob("*.open"))


def test_an_unchanged_second_run_asks_for_no_page_and_writes_no_text(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    counts = (
        "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM revisions), (SELECT count(*) FROM extractions)"
    )
    with Newsroom() as newsroom:
        newsroom.publish_many(4)
        assert crawl(archive, newsroom).returncode == 0
        before = rows(archive, counts)
        newsroom.forget_requests()
        assert crawl(archive, newsroom).returncode == 0
        assert newsroom.requests == [], "nothing is due yet"
        make_feeds_due = "UPDATE feeds SET next_due_at = '2020-01-01'"
        import sqlite3

        db = sqlite3.connect(archive / "archive.db")
        db.execute(make_feeds_due)
        db.commit()
        db.close()
        assert crawl(archive, newsroom).returncode == 0
        assert [path for _, path, _ in newsroom.requests if path.startswith("/news/report")] == []
        assert {exchange.status for exchange in newsroom.exchanges if "robots" not in exchange.url} == {304}
    assert rows(archive, counts) == before


def test_an_edited_article_becomes_a_revision_and_a_withdrawn_one_is_gone(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(4)
        assert crawl(archive, newsroom).returncode == 0
        newsroom.edit("report-0001", headline="Council takes it all back")
        newsroom.withdraw("report-0002", status=410, listed=True)
        newsroom.publish("late-report")
        make_due(archive)
        assert crawl(archive, newsroom).returncode == 0
    assert rows(archive, "SELECT headline, n_revisions FROM articles WHERE n_revisions > 1") == [
        ("Council takes it all back", 2)
    ]
    ((gone,),) = rows(archive, "SELECT url FROM articles WHERE gone_at IS NOT NULL")
    assert gone.endswith("report-0002.html")
    assert rows(archive, "SELECT count(*) FROM articles WHERE url LIKE '%late-report%'") == [(1,)]


def test_an_edit_is_seen_through_its_feed_alone(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(4)
        assert crawl(archive, newsroom).returncode == 0
        newsroom.edit(
            "report-0001", headline="Council takes it all back", modified=datetime.now(UTC) + timedelta(seconds=1)
        )
        import sqlite3

        time.sleep(1.2)
        db = sqlite3.connect(archive / "archive.db")
        db.execute("UPDATE feeds SET next_due_at = '2020-01-01'")
        db.commit()
        db.close()
        newsroom.forget_requests()
        assert crawl(archive, newsroom).returncode == 0
        pages = [path for _, path, _ in newsroom.requests if path.startswith("/news/report")]
    assert pages == ["/news/report-0001.html"]
    assert rows(archive, "SELECT n_revisions FROM articles WHERE n_revisions > 1") == [(2,)]


def test_what_is_wrong_with_one_page_is_an_outcome_and_the_crawl_goes_on(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "presskeep.toml").write_text("timeout = 2.0\n")
    story = (
        "<html><head><title>Story</title></head><body><article><h1>Story</h1>"
        + "<p>Der Bürgermeister grüßt die Gäste in Nürnberg. Alle klatschen lange und gehen heim.</p>" * 6
        + "</article></body></html>"
    )
    expected: dict[str, tuple[Answer | Raw, set[str]]] = {
        "gone": (faults.status(404), {"http_404"}),
        "error": (faults.status(500), {"http_500"}),
        "forbidden": (faults.status(403), {"http_403"}),
        "empty": (faults.empty(), {"empty"}),
        "report": (faults.pdf(), {"not_html"}),
        "picture": (faults.png(), {"not_html"}),
        "wall": (faults.bot_wall(), {"bot_wall"}),
        "bomb": (faults.gzip_bomb(100), {"too_large"}),
        "endless": (faults.endless(), {"too_large", "timeout"}),
        "huge": (faults.huge_length_then_stall(), {"too_large"}),
        "drip": (faults.drip(), {"timeout"}),
        "stall": (faults.stall(), {"timeout"}),
        "cut": (faults.cut_short(story), {"dataloss"}),
        "reset": (faults.reset(), {"connection_lost"}),
        "circle": (faults.redirect("/news/circle-report-of-the-day.html"), {"redirect_loop"}),
        "inside": (faults.redirect("http://127.0.0.1:9/secret"), {"refused_address"}),
        "by-name": (faults.redirect("http://localhost:9/secret"), {"refused_address"}),
        "by-number": (faults.redirect("http://2130706433/"), {"refused_address"}),
        "file": (faults.redirect("file:///etc/passwd"), {"bad_redirect", "refused_scheme"}),
        "elsewhere": (faults.redirect("http://nowhere.example/x"), {"dns"}),
        "broken": (
            faults.broken_html("The tide came in twice that day and nobody could say why it had done so. " * 8),
            {"new"},
        ),
        "charset": (faults.wrong_charset(story, declared="utf-8", sent="cp1252"), {"new"}),
    }
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        for slug, (fault, _) in expected.items():
            newsroom.publish(f"{slug}-report-of-the-day", fault=fault)
        done = crawl(archive, newsroom)
        found = outcomes(archive)
        for slug, (_, words) in expected.items():
            assert found[newsroom.url_of(f"{slug}-report-of-the-day")] in words, slug
        assert all(found[newsroom.url_of(f"report-{n:04}")] == "new" for n in range(3))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    ((body,),) = rows(archive, "SELECT body FROM current_articles WHERE url LIKE '%charset%'")
    assert "Bürgermeister grüßt" in body


def test_a_host_that_asks_for_a_pause_gets_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(5)
        for n in range(5):
            newsroom.edit(f"report-{n:04}", fault=faults.status(429, retry_after="3600"))
        done = crawl(archive, newsroom)
        asked = [path for _, path, _ in newsroom.requests if path.startswith("/news/report")]
    assert done.returncode == 3
    assert "paused: Daily" in done.stderr
    assert len(asked) == 1, "the others are not even asked"
    assert set(outcomes(archive).values()) <= {"ok", "paused", "http_404", "not_article", "no_text", "new"}
    ((due, at),) = rows(archive, "SELECT min(next_due_at), max(outcome_at) FROM links WHERE outcome = 'paused'")
    wait = datetime.fromisoformat(due) - datetime.fromisoformat(at)
    assert timedelta(minutes=59) < wait < timedelta(minutes=61)


def test_robots_txt_closes_what_it_says_and_a_broken_one_closes_the_host(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        newsroom.serve("/robots.txt", "User-agent: *\nDisallow: /news/report-0001\n", content_type="text/plain")
        assert crawl(archive, newsroom).returncode == 0
        assert newsroom.n_requests("report-0001") == 0
        assert outcomes(archive)[newsroom.url_of("report-0001")] == "robots"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        newsroom.answer("/robots.txt", faults.status(503))
        done = crawl(tmp_path / "closed", newsroom)
        assert {path for _, path, _ in newsroom.requests} == {"/robots.txt"}
    assert done.returncode == 4
    assert "failed: Daily" in done.stderr


def test_an_unknown_host_and_a_refused_connection_fail_and_the_others_go_on(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        places = {
            "Unknown": "http://no-such-host.example/",
            "Closed": f"http://127.0.0.1:{faults.closed_port()}/",
            "Daily": newsroom.url,
        }
        done = presskeep("--archive", archive, "crawl", "--sources", sources_file(tmp_path, places))
    assert done.returncode == 3
    assert "failed: Unknown" in done.stderr
    assert "dns" in done.stderr
    assert "failed: Closed" in done.stderr
    assert "refused" in done.stderr
    statuses = dict(rows(archive, "SELECT name, status FROM run_sources JOIN sources ON id = source_id"))
    assert statuses == {"Unknown": "failed", "Closed": "failed", "Daily": "ok"}


def test_a_public_name_that_leads_inside_is_refused_where_it_connects(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    hosts = tmp_path / "hosts"
    with Newsroom() as newsroom:
        newsroom.publish("secret")
        hosts.write_text("127.0.0.1 rebound.example\n")
        places = {"Rebound": "http://rebound.example/"}
        done = presskeep(
            "--archive", archive, "crawl", "--sources", sources_file(tmp_path, places), PRESSKEEP_HOSTS=str(hosts)
        )
        assert newsroom.requests == []
    assert done.returncode in {3, 4}
    (word,) = {word for (word,) in rows(archive, "SELECT outcome FROM feeds")}
    assert word == "refused_address"


def test_limit_asks_for_the_newest_pages_and_the_next_run_for_the_rest(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(8)
        assert crawl(archive, newsroom, "--limit", "3").returncode == 0
        first = [path for _, path, _ in newsroom.requests if path.startswith("/news/report")]
        assert len(first) <= 3
        assert crawl(archive, newsroom).returncode == 0
        assert all(newsroom.n_requests(f"report-{n:04}") == 1 for n in range(8))


def test_a_crawl_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(60)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        command = [sys.executable, "-m", "crawler.start", "--archive", str(archive), "crawl", "--sources", str(sources)]
        with subprocess.Popen(command, env=environment(), start_new_session=True) as running:
            deadline = time.monotonic() + 60
            while (
                time.monotonic() < deadline
                and newsroom.n_requests("report-0030") + newsroom.n_requests("report-0050") == 0
            ):
                time.sleep(0.01)
            os.killpg(running.pid, signal.SIGKILL)
        assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
        for file, offset in rows(archive, "SELECT warc_file, warc_offset FROM captures"):
            read_record(archive, file, offset)
        assert crawl(archive, newsroom).returncode == 0
    kept = {url for (url,) in rows(archive, "SELECT url FROM articles WHERE url LIKE '%report-%'")}
    assert len(kept) == 60
    for file, offset in rows(archive, "SELECT warc_file, warc_offset FROM captures"):
        read_record(archive, file, offset)
    assert rows(archive, "SELECT finished_at IS NULL FROM runs ORDER BY id") == [(1,), (0,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_crawl_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(6)
        for n in range(6):
            newsroom.edit(f"report-{n:04}", fault=faults.drip())
        newsroom.publish("quick")
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        command = [sys.executable, "-m", "crawler.start", "--archive", str(archive), "crawl", "--sources", str(sources)]
        with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as running:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not any("report-" in path for _, path, _ in newsroom.requests):
                time.sleep(0.05)
            started = time.monotonic()
            running.send_signal(number)
            assert running.wait(timeout=40) == 130
            took = time.monotonic() - started
    assert took < 20
    assert rows(archive, "SELECT exit_code, finish_reason FROM runs") == [(130, "shutdown")]


def test_a_second_run_is_told_who_holds_the_archive(tmp_path: Path) -> None:
    from archive.lock import hold

    archive = tmp_path / "archive"
    with Newsroom() as newsroom, hold(archive):
        done = crawl(archive, newsroom)
        assert newsroom.requests == []
    assert done.returncode == 75
    assert f"process {os.getpid()}" in done.stderr


@pytest.mark.long
def test_three_hundred_pages_survive_a_dozen_kills(tmp_path: Path) -> None:
    import random

    archive, moments = tmp_path / "archive", random.Random(2026)
    with Newsroom() as newsroom:
        newsroom.publish_many(300)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        command = [sys.executable, "-m", "crawler.start", "--archive", str(archive), "crawl", "--sources", str(sources)]
        for _ in range(12):
            with subprocess.Popen(command, env=environment(), start_new_session=True) as running:
                time.sleep(moments.uniform(1.0, 8.0))
                os.killpg(running.pid, signal.SIGKILL)
            if (archive / "archive.db").exists():
                assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
                for file, offset in rows(archive, "SELECT warc_file, warc_offset FROM captures"):
                    read_record(archive, file, offset)
        assert presskeep(*command[3:], timeout=300).returncode == 0
    assert rows(archive, "SELECT count(*) FROM articles WHERE url LIKE '%report-%'") == [(300,)]
    assert presskeep("--archive", archive, "doctor").returncode == 0
