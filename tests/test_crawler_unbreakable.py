"""What a crawl survives: kills at any moment, full disks, other writers, readers, signals, a clock that is set back.

The ids (U01 …) are those of the list of hostile cases.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import newsroom_faults as faults
import pytest
from commands import environment, presskeep, rows, sources_file
from newsroom import Newsroom

from archive.warc import members
from archive.warc_read import read_record

ROUNDS = 12
"""Kills of each kind in a long test."""


def command(archive: Path, newsroom: Newsroom, *more: str) -> list[str]:
    sources = sources_file(archive.parent, {"Daily": newsroom.url})
    base = [sys.executable, "-m", "crawler.start", "--archive", str(archive)]
    return [*base, "crawl", "--sources", str(sources), *more]


@contextmanager
def crawling(archive: Path, newsroom: Newsroom, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """A crawl in a process group of its own, which is gone at the end whatever happens."""
    running = subprocess.Popen(
        command(archive, newsroom, *more), env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=30)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something, a minute at most."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def asked(newsroom: Newsroom) -> int:
    return sum(path.startswith("/news/report") for _, path, _ in newsroom.requests)


def is_whole(archive: Path) -> None:
    """The archive opens, all checks pass, every row has its record and every WARC file reads to its end."""
    if not (archive / "archive.db").exists():
        return
    assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
    assert rows(archive, "PRAGMA foreign_key_check") == []
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'captures'").fetchone() is None:
            return
        db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
        db.rollback()
    for file, offset, url in rows(archive, "SELECT warc_file, warc_offset, url FROM captures"):
        assert read_record(archive, file, offset).url == url
    for path in (archive / "warc").rglob("*.warc.gz"):
        with path.open("rb") as file:
            ends = [end for _, end in members(file)]
        assert ends[-1] == path.stat().st_size, path


def kept(archive: Path) -> int:
    ((n,),) = rows(archive, "SELECT count(*) FROM articles WHERE url LIKE '%/news/report-%'")
    return int(n)


def goes_on_with_the_rest(archive: Path, newsroom: Newsroom, n_pages: int) -> None:
    """The next run fetches exactly what was missing, and closes what was left open."""
    before = kept(archive) if (archive / "archive.db").exists() else 0
    newsroom.forget_requests()
    done = subprocess.run(command(archive, newsroom), env=environment(), capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (kept(archive), asked(newsroom)) == (n_pages, n_pages - before)
    assert list((archive / "warc").rglob("*.open")) == []
    is_whole(archive)


def kill_group(running: "subprocess.Popen[str]") -> None:
    os.killpg(running.pid, signal.SIGKILL)
    running.wait(timeout=30)


def kill_crawler(running: "subprocess.Popen[str]") -> None:
    running.kill()
    running.wait(timeout=30)


@pytest.mark.parametrize("kill", [kill_group, kill_crawler])
def test_u01_u02_u03_a_crawl_that_is_killed_again_and_again_loses_nothing(
    tmp_path: Path, kill: Callable[["subprocess.Popen[str]"], None]
) -> None:
    archive, chance, n_pages = tmp_path / "archive", random.Random(kill.__name__), 50
    with Newsroom() as newsroom:
        newsroom.publish_many(n_pages)
        for _ in range(2):
            with crawling(archive, newsroom) as running:
                goal = asked(newsroom) + chance.randint(3, 25)
                until(lambda goal=goal, running=running: asked(newsroom) >= goal or running.poll() is not None)  # type: ignore[misc]
                time.sleep(chance.random() * 0.3)
                kill(running)
            is_whole(archive)
        goes_on_with_the_rest(archive, newsroom, n_pages)


@pytest.mark.long
@pytest.mark.parametrize("kill", [kill_group, kill_crawler])
def test_u01_u03_three_hundred_pages_survive_dozens_of_kills_at_any_moment(
    tmp_path: Path, kill: Callable[["subprocess.Popen[str]"], None]
) -> None:
    archive, chance, n_pages = tmp_path / "archive", random.Random(f"long {kill.__name__}"), 300
    with Newsroom() as newsroom:
        newsroom.publish_many(n_pages)
        for n in range(ROUNDS):
            with crawling(archive, newsroom) as running:
                if n % 3:  # in the middle of its pages; else at its start, where it opens and mends
                    goal = asked(newsroom) + chance.randint(1, 15)
                    until(lambda goal=goal, running=running: asked(newsroom) >= goal or running.poll() is not None)  # type: ignore[misc]
                time.sleep(chance.random() * (0.5 if n % 3 else 3))
                kill(running)
            is_whole(archive)
        goes_on_with_the_rest(archive, newsroom, n_pages)


@pytest.mark.long
def test_u01_three_hundred_pages_survive_dozens_of_killed_workers(tmp_path: Path) -> None:
    archive, chance, n_pages = tmp_path / "archive", random.Random("workers"), 300
    with Newsroom() as newsroom:
        newsroom.publish_many(n_pages)
        with crawling(archive, newsroom) as running:
            for _ in range(ROUNDS):
                goal = asked(newsroom) + chance.randint(1, 15)
                until(lambda goal=goal: asked(newsroom) >= goal or running.poll() is not None)  # type: ignore[misc]
                for child in workers_of(running.pid):
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
            assert running.wait(timeout=300) == 0
        is_whole(archive)
        with closing(sqlite3.connect(archive / "archive.db")) as db, db:
            db.execute("UPDATE links SET next_due_at = '2020-01-01T00:00:00.000000Z' WHERE outcome = 'worker_died'")
        goes_on_with_the_rest(archive, newsroom, n_pages)


def test_a_worker_that_is_killed_costs_at_most_its_page(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(40)
        with crawling(archive, newsroom) as running:
            until(lambda: asked(newsroom) >= 5)
            for child in workers_of(running.pid):
                os.kill(child, signal.SIGKILL)
            assert running.wait(timeout=120) == 0
    died = rows(archive, "SELECT count(*) FROM links WHERE outcome = 'worker_died'")[0][0]
    assert kept(archive) + died == 40
    assert died <= 2 * len(os.sched_getaffinity(0))
    is_whole(archive)


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("finds a process's children in /proc")
    found = [
        int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()
    ]
    living = []
    for child in found:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just gone
            if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes():
                living.append(child)
    return living


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own, so small that it fills up."""
    place = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True, check=False
    )
    try:
        if mounted.returncode:
            pytest.skip("only root can mount a small file system")
        yield place
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()


def test_u08_a_full_disk_ends_the_run_in_one_line_and_the_next_goes_on(tmp_path: Path) -> None:
    with small_disk(3) as disk, Newsroom() as newsroom:
        archive = disk / "archive"
        for n in range(60):
            dense = random.Random(n).randbytes(10_000).hex()
            newsroom.publish(f"report-{n:04}", paragraphs=[dense, *(f"It was {n} and {m}." for m in range(200))])
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        words: list[str | Path] = ["--archive", archive, "crawl", "--sources", sources, "--min-free", "0"]
        done = presskeep(*words, timeout=120)
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert "full" in done.stderr.splitlines()[-1]
        is_whole(archive)
        subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
        again = presskeep(*words, timeout=120)
        assert again.returncode == 0, again.stderr
        assert kept(archive) == 60
        is_whole(archive)


def test_a_run_stops_before_the_disk_is_full(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish("report-one")
        done = subprocess.run(
            command(archive, newsroom, "--min-free", f"{free // 10**9 + 100}G"),
            env=environment(), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert newsroom.requests == []
    assert done.returncode == 1
    assert "MB are free at" in done.stderr.splitlines()[-1]
    assert "--min-free" in done.stderr


def test_a_disk_that_fills_while_a_run_goes_on_stops_it_with_all_that_was_fetched(tmp_path: Path) -> None:
    with small_disk(40) as disk, Newsroom() as newsroom:
        archive = disk / "archive"
        newsroom.publish_many(120)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        words = [sys.executable, "-m", "crawler.start", "--archive", str(archive), "crawl", "--sources", str(sources)]
        with subprocess.Popen(
            [*words, "--min-free", "10M"], env=environment(), stderr=subprocess.PIPE, text=True
        ) as running:
            until(lambda: asked(newsroom) >= 5)
            (disk / "filler").write_bytes(bytes(28_000_000))
            _, said = running.communicate(timeout=120)
        assert running.returncode == 1, said
        assert "disk_full" in said
        n_kept = kept(archive)
        assert 0 < n_kept < 120
        assert rows(archive, "SELECT finish_reason, exit_code FROM runs") == [("disk_full", 1)]
        is_whole(archive)
        (disk / "filler").unlink()
        assert presskeep(*words[3:], "--min-free", "1M", timeout=120).returncode == 0
        assert kept(archive) == 120


def test_u05_u07_another_writer_and_a_reader_that_hold_the_database_cost_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(20)
        newsroom.publish("early")
        assert presskeep(*command(archive, newsroom, "--limit", "1")[3:]).returncode == 0
        with (
            closing(sqlite3.connect(archive / "archive.db", check_same_thread=False)) as reader,
            crawling(archive, newsroom) as running,
        ):
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM articles").fetchone()
            until(lambda: asked(newsroom) >= 3)
            with closing(sqlite3.connect(archive / "archive.db", timeout=30)) as writer:
                writer.execute("BEGIN IMMEDIATE")
                time.sleep(6)
                writer.rollback()
            assert running.wait(timeout=120) == 0
            reader.rollback()
    assert kept(archive) == 20
    assert {word for (word,) in rows(archive, "SELECT outcome FROM links WHERE url LIKE '%/news/%'")} == {"new"}
    is_whole(archive)


def test_u07_a_run_says_that_a_reader_lets_the_write_ahead_log_grow(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    small = "import archive.disk as disk; disk.LARGE_LOG = 1; from crawler.cli import run_main; run_main()"
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        assert presskeep(*command(archive, newsroom, "--limit", "1")[3:]).returncode == 0
        words = [sys.executable, "-c", small, *command(archive, newsroom)[3:]]
        with closing(sqlite3.connect(archive / "archive.db")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM articles").fetchone()
            done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0
    assert "a reader holds the database" in done.stderr
    assert kept(archive) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_u10_the_second_signal_ends_at_once_and_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(10)
        newsroom.publish("drip", fault=faults.drip())
        with crawling(archive, newsroom) as running:
            until(lambda: newsroom.n_requests("drip") > 0)
            running.send_signal(number)
            time.sleep(0.3)
            running.send_signal(number)
            sent = time.monotonic()
            assert running.wait(timeout=60) == 130
            took = time.monotonic() - sent
        assert took < 2 * 5, "at once, and not after the grace of the first"
        assert rows(archive, "SELECT finish_reason, exit_code FROM runs") == [("shutdown", 130)]
        is_whole(archive)
        newsroom.edit("drip")
        assert presskeep(*command(archive, newsroom)[3:]).returncode == 0
    assert kept(archive) == 10
    assert rows(archive, "SELECT outcome FROM links WHERE url LIKE '%drip%'") == [("new",)]


def test_u10_a_signal_ends_a_run_that_waits_for_another_writer(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(10)
        newsroom.publish("report-drip", fault=faults.drip())
        with crawling(archive, newsroom) as running:
            until(lambda: newsroom.n_requests("report-drip") > 0)
            with closing(sqlite3.connect(archive / "archive.db", isolation_level=None)) as writer:
                writer.execute("BEGIN IMMEDIATE")
                time.sleep(2)  # the crawl has something to write by now
                running.send_signal(signal.SIGTERM)
                sent = time.monotonic()
                assert running.wait(timeout=60) in {5, 130}
                took = time.monotonic() - sent
                writer.execute("ROLLBACK")
        assert took < 20, "the writer would have held it up for a minute and a half"
        is_whole(archive)
        newsroom.edit("report-drip")
        assert presskeep(*command(archive, newsroom)[3:]).returncode == 0
    assert kept(archive) == 11


def test_the_second_run_is_told_within_a_second_and_may_wait(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish("report-drip", fault=faults.drip())
        with crawling(archive, newsroom) as running:
            until(lambda: newsroom.n_requests("report-drip") > 0)
            with subprocess.Popen(
                command(archive, newsroom), env=environment(), stderr=subprocess.PIPE, text=True
            ) as second:
                _, status, usage = os.wait4(second.pid, 0)
                said = second.stderr.read() if second.stderr else ""
            assert os.waitstatus_to_exitcode(status) == 75
            assert f"process {running.pid}, since " in said
            # not by the clock, which is others' too: it neither waits nor imports what a crawl needs
            assert usage.ru_utime + usage.ru_stime < 1
            waiting = threading.Timer(1.0, lambda: os.killpg(running.pid, signal.SIGKILL))
            waiting.start()
            newsroom.edit("report-drip")
            assert presskeep(*command(archive, newsroom, "--wait", "60")[3:]).returncode == 0
            waiting.join()
    assert kept(archive) == 1


def test_a_clock_that_is_set_back_stalls_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    future = "2031-01-01T00:00:00.000000Z"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        assert presskeep(*command(archive, newsroom)[3:]).returncode == 0
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            # as a run leaves it whose clock was five years ahead
            db.execute("UPDATE feeds SET next_due_at = ?, outcome_at = ?", (future, future))
            db.execute("UPDATE links SET next_due_at = ?, outcome_at = ?, newest_at = ?", (future, future, future))
            db.execute("UPDATE runs SET started_at = ?, finished_at = ?", (future, future))
            db.commit()
        newsroom.publish("report-late")
        newsroom.forget_requests()
        assert presskeep(*command(archive, newsroom)[3:]).returncode == 0
        assert newsroom.n_requests("report-late") == 1
    assert kept(archive) == 4
