"""The crawl benchmark: it runs all its ways on the same pages, and measures what it says."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.corpus_site import load_pages, served_url, write_demo_corpus
from benchmarks.crawl import Run, Way, ways
from benchmarks.processes import ROOT, CommandError, Usage, measure
from benchmarks.table import Stages, stages_table, ways_table


def usage(*, wall: float = 1.0, cpu: float = 1.0, worker_cpu: float | None = 0.5) -> Usage:
    return Usage(wall=wall, cpu=cpu, worker_cpu=worker_cpu, main_mb=80.0, worker_mb=160.0)


def run(way: Way, keys: str, **figures: float) -> Run:
    return Run(way=way, usage=usage(**figures), keys=frozenset(keys.split()), n_texts=1, n_requests=2)


def cells(table: str, row: str) -> dict[str, str]:
    """Give the cells of a row by their headings."""
    lines = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in table.splitlines() if "|" in line]
    (found,) = (line for line in lines if line[0] == row)
    return dict(zip(lines[0], found, strict=True))


def test_every_way_stores_the_same_pages_of_a_corpus_folder_in_one_run(tmp_path: Path) -> None:
    write_demo_corpus(tmp_path, 12)
    page = next(tmp_path.glob("*.html"))
    page.write_bytes(gzip.compress(page.read_bytes()))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", str(tmp_path), "--rounds", "1", "--timeout", "120"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for way in ways():
        row = cells(done.stdout, way.value)
        assert row["pages stored"] == "12"
        assert float(row["CPU ms a page"]) > 0
        assert float(row["main MB"]) > 20
    assert cells(done.stdout, Way.FULL.value)["texts"] == "12"
    assert float(cells(done.stdout, Way.FULL.value)["worker MB"]) > 20
    assert cells(done.stdout, Way.AFTERNOON.value)["speed / afternoon"] == "1.00"
    assert "The same 12 of 12 pages were stored by each." in done.stdout


def test_a_missing_page_is_named_below_the_table() -> None:
    table = ways_table([run(Way.FETCH_ONLY, "a.example/1 a.example/2"), run(Way.FULL, "a.example/1")], 2)
    assert "NOT the same pages" in table
    assert "presskeep crawl lacks 1: a.example/2" in table


def test_the_table_gives_medians_and_ratios_of_one_run() -> None:
    walls = [(Way.AFTERNOON, 9.0), (Way.AFTERNOON, 4.0), (Way.AFTERNOON, 5.0), (Way.FULL, 2.0)]
    table = ways_table([run(way, "a.example/1", wall=wall, cpu=wall) for way, wall in walls], 10)
    assert cells(table, Way.FULL.value)["speed / afternoon"] == "2.50"
    assert cells(table, Way.FULL.value)["speed / fetch only"] == "–"
    assert cells(table, Way.AFTERNOON.value)["wall s"] == "5.0"
    assert cells(table, Way.AFTERNOON.value)["CPU ms a page"] == "500.0"
    assert cells(table, Way.FULL.value)["main's"] == "150.0"


def test_a_run_is_held_against_its_extraction_and_ten_milliseconds_a_page_on_all_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    table = ways_table([run(Way.FULL, "a.example/1", wall=0.45, cpu=1.0, worker_cpu=0.5)], 10)
    assert cells(table, Way.FULL.value)["wall / bound"] == "1.50"
    alone = ways_table([Run(way=Way.FULL, usage=usage(worker_cpu=None), keys=frozenset(), n_texts=1, n_requests=2)], 10)
    assert cells(alone, Way.FULL.value)["wall / bound"] == "–"


def test_the_stages_add_up_to_everything() -> None:
    stages = Stages(
        n_pages=10, n_workers=2, crawl=usage(cpu=9.0, worker_cpu=6.0), idle=usage(cpu=1.0), warm=0.5, extraction=4.0
    )
    table = stages_table(stages)
    names = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")][2:]
    figures = [float(cells(table, name)["CPU s"]) for name in names]
    assert sum(figures[:4]) == pytest.approx(figures[4]) == 9.0
    assert cells(table, "everything outside extraction")["ms a page"] == "500.00"


def test_the_demo_corpus_has_as_many_pages_as_asked_each_with_a_text_of_its_own(tmp_path: Path) -> None:
    write_demo_corpus(tmp_path, 150)
    pages = load_pages([tmp_path])
    assert len({page.url for page in pages}) == 150
    assert len({page.body() for page in pages}) == 150


def test_a_corpus_is_read_without_home_pages_and_doubles(tmp_path: Path) -> None:
    urls = [
        "https://a.example/",
        "http://www.a.example/x?utm_source=feed",
        "https://a.example/x",
        "http://bücher.example/ä",
    ]
    lines = [json.dumps({"url": url, "file": f"{number}.html"}) for number, url in enumerate(urls)]
    (tmp_path / "pages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert [page.url for page in load_pages([tmp_path])] == ["http://a.example/x", served_url(urls[3])]
    assert served_url(urls[3]) == "http://xn--bcher-kva.example/%C3%A4"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_worker_is_told_from_the_main_process(tmp_path: Path) -> None:
    burn = "x = bytearray(80_000_000); n = 0\nimport time\nwhile time.process_time() < 1: n += 1\ntime.sleep(0.5)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}], check=True)"
    found = measure([sys.executable, "-c", code], environment=dict(os.environ), log=tmp_path / "log", timeout=60)
    assert found.worker_cpu is not None
    assert found.main_cpu is not None
    assert found.worker_cpu > 0.9
    assert found.main_cpu < 0.5
    assert found.worker_mb is not None
    assert found.worker_mb > 80 > found.main_mb


def test_a_command_that_fails_or_lingers_says_so(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(CommandError, match="exit code 7\\noh no"):
        measure([sys.executable, "-c", "print('oh no'); exit(7)"], environment={}, log=log, timeout=60)
    with pytest.raises(CommandError, match="not done after"):
        measure([sys.executable, "-c", "import time; time.sleep(60)"], environment={}, log=log, timeout=0.5)
