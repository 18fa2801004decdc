"""Pruning: old captures go with their bytes, no revisit record is orphaned, and a kill leaves nothing that points nowhere."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_commands import run
from commands import rows
from migrating import archive_before

from archive import prune as pruning
from archive.cli.keep import doctor
from archive.cli.upkeep import optimize, prune
from archive.schema import MIGRATIONS
from archive.store import open_store
from archive.warc_read import read_record

OLD = "2020-01-01T00:00:00.000000Z"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = archive_before(MIGRATIONS[1], tmp_path_factory.mktemp("crawled"))
    open_store(folder).close()
    return folder


@pytest.fixture
def archive(crawled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled, tmp_path / "archive"))


def age(archive: Path, condition: str) -> int:
    """Let some captures be of long ago; give how many."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        n = db.execute(f"UPDATE captures SET fetched_at = ? WHERE {condition}", (OLD,)).rowcount
        db.commit()
    return n


def sound(archive: Path) -> bool:
    for file, offset in rows(archive, "SELECT warc_file, warc_offset FROM captures"):
        read_record(archive, file, offset)
    return run(archive, doctor).exit_code == 0


def test_a_file_of_old_captures_goes_and_the_texts_stay(archive: Path) -> None:
    texts = rows(archive, "SELECT id, body FROM extractions")
    n = age(archive, "run_id = 1 AND id NOT IN (SELECT revisit_of FROM captures WHERE revisit_of IS NOT NULL)")
    assert n
    shown = run(archive, prune, "--captures-older-than", "2y", "--dry-run")
    assert f"{n} captures would go" in shown.stdout
    size = sum(path.stat().st_size for path in archive.rglob("*.warc.gz"))
    result = run(archive, prune, "--captures-older-than", "2y", "--yes")
    assert (result.exit_code, f"{n} captures removed" in result.stdout) == (0, True), result.stderr
    assert sum(path.stat().st_size for path in archive.rglob("*.warc.gz")) < size
    assert rows(archive, "SELECT id, body FROM extractions") == texts
    assert rows(archive, "SELECT count(*) FROM captures WHERE fetched_at < '2021'") == [(0,)]
    assert sound(archive)


def test_the_bytes_that_a_later_revisit_stands_on_stay(archive: Path) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute(
            "UPDATE captures SET revisit_of = 1, record_type = 'revisit' WHERE id = (SELECT max(id) FROM captures)"
        )
        db.commit()
    n_kept = len(rows(archive, "SELECT DISTINCT revisit_of FROM captures WHERE revisit_of IS NOT NULL"))
    n = age(archive, "record_type = 'response'")
    result = run(archive, prune, "--captures-older-than", "2y", "--yes")
    assert result.exit_code == 0, result.stderr
    assert f"{n - n_kept} captures removed" in result.stdout
    assert f"{n_kept} stay for later ones" in result.stdout
    orphans = "SELECT count(*) FROM captures WHERE record_type = 'revisit' AND revisit_of IS NULL"
    assert rows(archive, orphans) == [(0,)]
    assert sound(archive)
    for path in archive.rglob("*.warc.gz"):
        checked = subprocess.run(
            [sys.executable, "-c", "from warcio.cli import main; main()", "check", str(path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (checked.returncode, checked.stdout) == (0, "")


def test_records_that_stay_can_be_read_where_they_lie_now(archive: Path) -> None:
    age(archive, "id % 2")
    before = {
        row[0]: read_record(archive, row[1], row[2])
        for row in rows(archive, "SELECT id, warc_file, warc_offset FROM captures")
    }
    assert run(archive, prune, "--captures-older-than", "2y", "--yes").exit_code == 0
    left = rows(archive, "SELECT id, warc_file, warc_offset FROM captures")
    assert 0 < len(left) < len(before)
    assert all(before[row[0]] == read_record(archive, row[1], row[2]) for row in left)


@pytest.mark.parametrize("step", ["compact", "delete_rows", "unlink"])
def test_a_killed_prune_leaves_a_sound_archive_and_the_next_one_tidies_up(
    archive: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(archive, "id % 2")

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        if step == "unlink":  # after the rows, before the old file goes
            killed.setattr(Path, "unlink", die)
        else:
            killed.setattr(pruning, step, die)
        with closing(open_store(archive)) as store, pytest.raises(KeyboardInterrupt):
            pruning.prune(archive, store, datetime(2021, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    assert sound(archive)
    assert run(archive, prune, "--captures-older-than", "2y", "--yes").exit_code == 0
    known = {file for (file,) in rows(archive, "SELECT DISTINCT warc_file FROM captures")}
    assert {str(path.relative_to(archive)) for path in archive.rglob("*.warc.gz*")} == known
    assert sound(archive)


def test_nothing_old_is_no_work_and_a_wrong_age_is_refused(archive: Path) -> None:
    assert run(archive, prune, "--captures-older-than", "99999y", "--yes").stdout.startswith("no captures")
    assert run(archive, prune, "--captures-older-than", "soon", "--yes").exit_code == 2
    assert run(archive, prune, "--captures-older-than", "0s").exit_code == 1, "nobody said yes"


def test_tidying_waits_for_another_writer(archive: Path) -> None:
    with (
        closing(open_store(archive)) as store,
        closing(sqlite3.connect(archive / "archive.db", isolation_level=None, check_same_thread=False)) as writer,
    ):
        writer.execute("BEGIN IMMEDIATE")
        threading.Timer(1.5, writer.execute, ["ROLLBACK"]).start()
        store.wait_for("VACUUM")
        writer.execute("BEGIN IMMEDIATE")
        threading.Timer(1.5, writer.execute, ["ROLLBACK"]).start()
        with store.transaction():
            store.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")


def test_optimize_gives_free_space_back(archive: Path) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute("CREATE TABLE big AS WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)"
                   " SELECT randomblob(1000) AS b FROM n")  # fmt: skip
        db.execute("DROP TABLE big")
        db.commit()
    size = (archive / "archive.db").stat().st_size
    assert run(archive, optimize).exit_code == 0
    assert (archive / "archive.db").stat().st_size < size - 1_000_000
    assert sound(archive)
