"""Imports and re-extraction on a Dask cluster of real processes, whoever is killed in the middle, and from S3 on loopback."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import environment, presskeep, rows
from dask_cluster import DaskCluster, wait_until
from foreign_warcs import story
from s3_server import put_into, s3_server, s3_settings
from test_crawler_cluster import bad, told
from test_pipelines_warc_import import answer, warc

N_FILES, N_PAGES = 12, 12
MORE = (
    "SELECT a.url_key, r.number, r.revision_at, c.url, c.fetched_at, c.warc_file, c.warc_offset FROM revisions r"
    " JOIN articles a ON a.id = r.article_id JOIN captures c ON c.id = r.capture_id ORDER BY 1, 2",
    "SELECT url, fetched_at, record_id, warc_file, warc_offset, warc_length, record_type, http_status FROM captures"
    " ORDER BY warc_file, warc_offset",
    "SELECT name, done_to = size, finished_at IS NOT NULL FROM imported_files ORDER BY name",
    "SELECT warc_file, warc_offset, why FROM broken_records ORDER BY 1, 2",
    "SELECT n FROM totals",
)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, s3: str) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path_factory.mktemp("cluster"), 3, **s3_settings(s3)) as started:
        yield started


@pytest.fixture(scope="module")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a dozen pages each: new articles, edits of the file before, and a record that is broken."""
    folder = tmp_path_factory.mktemp("warcs")
    for file in range(N_FILES):
        day = f"2024-03-{file + 1:02}"
        pages = [
            answer(f"http://paper{at % 3}.example/{file}-{at}", story(f"matter {file} {at}"), f"{day}T10:00:{at:02}Z")
            for at in range(N_PAGES - 1)
        ]
        edit = story(f"matter {max(0, file - 1)} 3", edit=f"It was edited on day {file}, and that said.")
        pages.append(answer(f"http://paper0.example/{max(0, file - 1)}-3", edit, f"{day}T11:00:00Z"))
        path = warc(folder / f"{file:02}.warc.gz", *pages)
        if file == 5:
            data = path.read_bytes()
            middle = len(data) // 2
            path.write_bytes(data[:middle] + b"broken" * 20 + data[middle + 120 :])
    return folder


@pytest.fixture(scope="module")
def one(warcs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that one process makes of them."""
    archive = tmp_path_factory.mktemp("one") / "archive"
    done = presskeep("import", "warc", "--archive", archive, warcs, "--workers", "1", timeout=600)
    assert done.returncode == 3, done.stderr
    return archive


def everything(archive: Path) -> list[list[tuple[object, ...]]]:
    return [*told(archive), *(rows(archive, sql) for sql in MORE)]


SMALL_TASKS = """
import sys
import pipelines.replay
from crawler.cli import main

pipelines.replay.AT_ONCE = 5
main(sys.argv[1:])
"""


def begin(*arguments: str | Path, code: str = "", **changes: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *(("-c", code) if code else ("-m", "crawler.start")), *map(str, arguments)],
        env=environment(**changes), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def n_of(archive: Path, sql: str) -> int:
    """Count rows of an archive that is being made."""
    if not (archive / "archive.db").exists():
        return 0
    with contextlib.closing(sqlite3.connect(archive / "archive.db")) as db:
        try:
            return int(db.execute(sql).fetchone()[0])
        except sqlite3.OperationalError:  # its tables are being made
            return 0


def reach(process: subprocess.Popen[bytes], archive: Path, sql: str, n: int) -> None:
    """Wait until a command has written so much; it must not have ended before."""
    wait_until(f"{n} rows", lambda: n_of(archive, sql) >= n or process.poll() is not None, seconds=600)
    assert process.poll() is None, "it ended before it could be disturbed"


def replace_worker(cluster: DaskCluster) -> None:
    cluster.kill_worker(cluster.workers[0])
    cluster.add_worker()


CAPTURES = "SELECT count(*) FROM captures"


@pytest.mark.long
def test_an_import_whose_workers_are_killed_twice_is_the_one_of_one_process(
    cluster: DaskCluster, warcs: Path, one: Path, tmp_path: Path
) -> None:
    many = tmp_path / "many"
    process = begin("import", "warc", "--archive", many, warcs, "--cluster", cluster.address)
    for n in (15, 70):
        reach(process, many, CAPTURES, n)
        replace_worker(cluster)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 3, said
    assert everything(many) == everything(one)
    assert bad(many) == []
    assert rows(many, "SELECT count(*), count(DISTINCT warc_file || warc_offset) FROM captures") == rows(
        one, "SELECT count(*), count(*) FROM captures"
    )


@pytest.mark.long
def test_an_import_whose_coordinator_is_killed_twice_goes_on_where_it_was(
    cluster: DaskCluster, warcs: Path, one: Path, tmp_path: Path
) -> None:
    many = tmp_path / "many"
    for n in (15, 70):
        process = begin("import", "warc", "--archive", many, warcs, "--cluster", cluster.address)
        reach(process, many, CAPTURES, n)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        n_before = n_of(many, CAPTURES)
    done = presskeep("import", "warc", "--archive", many, warcs, "--cluster", cluster.address, timeout=600)
    assert done.returncode in {0, 3}, done.stderr
    assert rows(many, "SELECT count(*) FROM captures WHERE run_id < (SELECT max(id) FROM runs)") == [(n_before,)]
    assert everything(many) == everything(one)
    assert bad(many) == []


@pytest.mark.long
def test_reading_again_goes_on_whoever_is_killed(cluster: DaskCluster, one: Path, tmp_path: Path) -> None:
    import shutil

    many = tmp_path / "many"
    shutil.copytree(one, many)
    with contextlib.closing(sqlite3.connect(many / "archive.db")) as db, db:
        n_revisions = db.execute("UPDATE extractions SET version = '0'").rowcount
    anew = "SELECT count(*) FROM extractions WHERE version != '0'"
    process = begin("reextract", "--archive", many, "--cluster", cluster.address, code=SMALL_TASKS)
    reach(process, many, anew, 20)
    replace_worker(cluster)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    n_before = n_of(many, anew)
    assert 0 < n_before < n_revisions
    done = presskeep("reextract", "--archive", many, "--cluster", cluster.address, timeout=600)
    assert done.returncode == 0, done.stderr
    assert f"{n_revisions - n_before} read again" in done.stdout
    assert rows(many, "SELECT count(*), count(DISTINCT revision_id) FROM extractions WHERE version != '0'") == [
        (n_revisions, n_revisions)
    ]
    current = "SELECT url, body, headline, revision FROM current_articles ORDER BY url"
    assert rows(many, current) == rows(one, current)
    assert bad(many) == []


@pytest.mark.long
def test_workers_of_a_cluster_read_from_s3(
    cluster: DaskCluster, warcs: Path, one: Path, s3: str, tmp_path: Path
) -> None:
    many, place = tmp_path / "many", put_into("papers", warcs, s3)
    process = begin("import", "warc", "--archive", many, place, "--cluster", cluster.address, **s3_settings(s3))
    reach(process, many, CAPTURES, 20)
    replace_worker(cluster)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 3, said
    assert told(many) == told(one)
    assert rows(many, "SELECT count(*) FROM captures WHERE warc_file LIKE 's3://papers/24/%'") == rows(one, CAPTURES)
    again = presskeep(
        "import", "warc", "--archive", many, place, "--cluster", cluster.address, timeout=600, **s3_settings(s3)
    )
    assert again.returncode == 0, again.stderr
    assert rows(many, CAPTURES) == rows(one, CAPTURES)
