"""The log of an archive's crawls: what is kept in it, and that it rotates."""

import logging
from pathlib import Path

import pytest
from commands import presskeep, sources_file
from newsroom import Newsroom

from crawler import run_log
from crawler.run_log import kept_log, log_path


def test_a_failed_crawl_says_at_most_20_lines_and_where_the_log_is(tmp_path: Path) -> None:
    sources = sources_file(tmp_path, {f"Paper {n}": f"http://127.0.0.{n + 1}:9/" for n in range(30)})
    done = presskeep("--archive", tmp_path / "a", "crawl", "--sources", sources)
    assert done.returncode == 4
    lines = [line for line in done.stderr.splitlines() if "no contact" not in line]
    assert len(lines) <= 20
    assert lines[0].startswith("run 1: ")
    assert lines[-1] == f"  log: {tmp_path / 'a' / 'logs' / 'crawl.log'}"
    assert "run ended run=1 exit_code=4" in log_path(tmp_path / "a").read_text()


def test_a_good_run_says_nothing_and_one_with_nothing_to_do_does_not_even_log(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(1)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        arguments = ("--archive", tmp_path / "a", "crawl", "--sources", sources)
        first = presskeep(*arguments, PRESSKEEP_CONTACT="me@paper.example")
        assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
        logged = log_path(tmp_path / "a").read_text()
        assert presskeep(*arguments).returncode == 0
    assert log_path(tmp_path / "a").read_text() == logged


def test_the_log_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "MOST_BYTES", 2_000)
    for n in range(40):
        with kept_log(tmp_path):
            logging.getLogger("crawler.something").warning("a line of run %s %s", n, "x" * 300)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "logs").iterdir()}
    assert len(sizes) == 1 + run_log.N_EARLIER
    assert max(sizes.values()) <= 2_000
    assert "run 39" in log_path(tmp_path).read_text()


def test_what_a_run_dies_of_is_in_the_log_with_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), kept_log(tmp_path):
        1 / 0  # noqa: B018
    assert "ZeroDivisionError" in log_path(tmp_path).read_text()


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the place of the folder")
    with kept_log(tmp_path):
        logging.getLogger("crawler.something").warning("still here")
