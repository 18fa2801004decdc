import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from archive.reader import open_reader
from benchmarks.invented_archive import write_articles
from benchmarks.million import COMMON, RARE, Promise, Timed, main, phrases, size_table, words_of
from benchmarks.reactor import Watch

N = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_articles(tmp_path_factory.mktemp("invented") / "archive", N)


def test_what_takes_how_much_adds_up_to_the_file(folder: Path) -> None:
    with closing(open_reader(folder)) as db:
        table = size_table(db, N)
        (size,) = db.execute("SELECT sum(pgsize) FROM dbstat").fetchone()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    each = {row[0]: int(row[1].replace(",", "")) for row in rows[2:]}
    assert abs(sum(each.values()) - size / N) < len(each)
    assert f"{size / N:,.0f} bytes an article" in table
    assert {"extractions", "articles_fts_data", "the rest"} < set(each)


def test_words_and_phrases_stand_in_as_many_articles_as_is_said(folder: Path) -> None:
    with closing(open_reader(folder)) as db:
        for shares in (RARE, COMMON):
            for word in words_of(db, N, shares, 5):
                (n,) = db.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", (word,)).fetchone()
                assert shares[0] * N < n <= shares[1] * N
        for phrase in phrases(db, N, 5):
            (n,) = db.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", (phrase,)).fetchone()
            assert 1 <= n <= RARE[1] * N


def test_the_whole_table_is_printed_and_the_archive_grows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(folder), "--articles", str(N + 100)])
    said = capsys.readouterr().out
    assert f"{N + 100:,} articles" in said
    for what in (
        "search: a phrase, both, by date",
        "web: timeline of the front page",
        "stats by author",
        "near-duplicates",
    ):
        assert what in said


def test_a_promise_is_of_the_median_and_of_those_that_are_late() -> None:
    times = (1.0,) * 19 + (90.0,)
    assert Timed(what="", times=times, cpu=times, promise=Promise(median_ms=2)).holds
    assert not Timed(what="", times=times, cpu=times, promise=Promise(median_ms=2, late_ms=80)).holds


def test_the_watch_keeps_the_longest_callbacks_and_the_command_its_exit_code(tmp_path: Path) -> None:
    watch = Watch()
    for number in range(100):
        watch.note(number / 1000, f"callback {number}")
    assert [found["ms"] for found in json.loads(watch.as_json())["longest"]][:2] == [99.0, 98.0]
    result = tmp_path / "reactor.json"
    command = [sys.executable, "-m", "benchmarks.reactor", str(result), "--archive", str(tmp_path / "none"), "stats"]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert done.returncode == 5
    assert json.loads(result.read_text(encoding="utf-8"))["callbacks"] == 0
