import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, make_archive

from archive.cli.reports import runs


def with_runs(folder: Path) -> Path:
    make_archive(folder, [ArchiveArticle(source="A", body="x"), ArchiveArticle(source="B\x1b[2J", body="x")])
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        insert(db, "runs", command="crawl", version="0.1", started_at="2024-01-01T00:00:00.000000Z", n_requests=3,
               finished_at="2024-01-01T00:00:12.500000Z", finish_reason="finished", exit_code=0, n_bytes=1_500_000,
               reasons='{"new": 2, "http_404": 1}', n_new=2, n_failed=1, peak_rss_mb=120.4)  # fmt: skip
        insert(db, "runs", command="crawl", version="0.1", started_at="2024-02-01T00:00:00.000000Z")
        insert(db, "run_sources", run_id=1, source_id=1, status="ok", n_new=2, reasons='{"new": 2}')
        insert(db, "run_sources", run_id=1, source_id=2, status="failed", detail="timeout", n_failed=1)
    return folder


def insert(db: sqlite3.Connection, table: str, **values: Any) -> None:
    db.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    result = run(with_runs(tmp_path), runs, "list")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [(row["id"], row["seconds"], row["exit_code"]) for row in rows] == [(2, None, None), (1, 12.5, 0)]
    assert rows[1]["reasons"] == {"new": 2, "http_404": 1}
    assert len(run(tmp_path, runs, "list", "--limit", "1").output.splitlines()) == 1
    assert len(run(tmp_path, runs, "list", "--since", "2024-02").output.splitlines()) == 1
    assert len(run(tmp_path, runs, "list", "--until", "2024-01-01").output.splitlines()) == 1


def test_a_run_is_shown_with_its_sources_the_failed_first(tmp_path: Path) -> None:
    result = run(with_runs(tmp_path), runs, "show", "1")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[:4] == [
        "Run 1: crawl",
        "2024-01-01T00:00:00Z, 12.5 s: finished, exit code 0",
        "3 requests, 1.5 MB, 0 captures, 0 new links, at most 120 MB of memory",
        "pages: 2 new, 1 http_404",
    ]
    assert lines[6].startswith("B\\x1b[2J  failed")
    assert lines[6].endswith("timeout")
    assert lines[7].startswith("A")


def test_the_last_run_may_be_one_that_was_killed(tmp_path: Path) -> None:
    assert "not finished (running or killed)" in run(with_runs(tmp_path), runs, "last").output


def test_a_run_as_json_has_its_sources(tmp_path: Path) -> None:
    values = json.loads(run(with_runs(tmp_path), runs, "show", "1", "--json").output)
    assert [source["status"] for source in values["sources"]] == ["failed", "ok"]
    assert values["n_new"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [(["show", "9"], 1, "no run 9 in this archive"), (["list", "--since", "soon"], 2, "“soon” is no moment")],
)
def test_a_run_that_is_not_there_is_one_line(tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    result = run(with_runs(tmp_path), runs, *arguments)
    assert result.exit_code == code
    assert said(result).startswith(message)


def test_an_archive_without_runs_says_so(tmp_path: Path) -> None:
    assert said(run(make_archive(tmp_path), runs, "last")) == "no run at all in this archive"
    assert run(tmp_path, runs, "list").output == ""
