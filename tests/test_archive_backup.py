"""Backups: whole or not at all, beside a running crawl, and an archive again when they are copied back."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_commands import run
from commands import presskeep, rows, sources_file
from migrating import archive_before
from newsroom import Newsroom

from archive.backup import back_up
from archive.cli.keep import doctor
from archive.cli.upkeep import backup, forget
from archive.errors import ArchiveError
from archive.schema import MIGRATIONS
from archive.store import open_store

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = archive_before(MIGRATIONS[1], tmp_path / "archive")
    open_store(folder).close()
    (folder / "sources.toml").write_text("")
    return folder


def test_a_backup_is_an_archive_with_its_settings(archive: Path, tmp_path: Path) -> None:
    made = back_up(archive, tmp_path / "b", keep=None, now=NOW)
    assert made.path == tmp_path / "b" / "presskeep-20261124T040000Z"
    assert run(made.path, doctor).exit_code == 0
    content = "SELECT group_concat(id || url || n_revisions) FROM articles"
    assert rows(made.path, content) == rows(archive, content)
    assert (made.path / "sources.toml").exists()
    assert json.loads((made.path / "backup.json").read_text())["n_articles"] == made.n_articles


def test_closed_files_are_hard_links_and_copies_where_links_cannot_be(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = back_up(archive, tmp_path / "b", keep=None, now=NOW)
    assert linked.n_linked == linked.n_warc_files > 0
    for path in (archive / "warc").rglob("*.warc.gz"):
        assert path.samefile(linked.path / path.relative_to(archive))

    def other_device(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_device)
    copied = back_up(archive, tmp_path / "b", keep=None, now=NOW + timedelta(days=1))
    assert copied.n_linked == 0
    assert run(copied.path, doctor).exit_code == 0


def test_only_the_latest_are_kept_and_drafts_of_killed_backups_go(archive: Path, tmp_path: Path) -> None:
    place = tmp_path / "b"
    (place / "presskeep-20200101T000000Z.part" / "warc").mkdir(parents=True)
    (place / "presskeep-of-somebody-else").mkdir()
    for day in range(4):
        last = back_up(archive, place, keep=2, now=NOW + timedelta(days=day))
    assert len(last.removed) == 1
    assert sorted(path.name for path in place.iterdir()) == [
        "presskeep-20261126T040000Z",
        "presskeep-20261127T040000Z",
        "presskeep-of-somebody-else",
    ]


def test_two_backups_of_one_second_are_two(archive: Path, tmp_path: Path) -> None:
    first, second = (back_up(archive, tmp_path / "b", keep=7, now=NOW) for _ in range(2))
    assert first.path != second.path
    assert second.path.is_dir()


def test_a_backup_that_cannot_be_whole_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    for path in (archive / "warc").rglob("*.warc.gz"):
        path.unlink()
    with pytest.raises(ArchiveError, match="doctor"):
        back_up(archive, tmp_path / "b", keep=1, now=NOW)
    assert list((tmp_path / "b").iterdir()) == []
    assert run(archive, backup, tmp_path / "b").exit_code == 5


def test_a_destination_that_makes_no_sense_is_refused(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert run(archive, backup, tmp_path / "file").exit_code == 2
    assert run(archive, backup, archive / "warc" / "b").exit_code == 2
    assert run(tmp_path / "nowhere", backup, tmp_path / "b").exit_code == 5
    assert not (tmp_path / "b").exists()


def test_a_file_that_is_still_written_is_copied_as_far_as_the_rows_know_it(archive: Path, tmp_path: Path) -> None:
    for path in (archive / "warc").rglob("*.warc.gz"):
        path.rename(path.with_name(path.name + ".open"))
        with path.with_name(path.name + ".open").open("ab") as file:
            file.write(b"\x1f\x8b half a record")
    made = back_up(archive, tmp_path / "b", keep=1, now=NOW)
    assert made.n_linked == 0
    assert not list(made.path.rglob("*.open"))
    assert run(made.path, doctor).exit_code == 0


def test_what_is_restored_goes_on_where_it_was(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        made = back_up(archive, tmp_path / "b", keep=1, now=NOW)
        shutil.rmtree(archive)
        shutil.copytree(made.path, archive)
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            db.execute("UPDATE feeds SET next_due_at = '2020-01-01'")
            db.commit()
        newsroom.publish("one-more")
        newsroom.forget_requests()
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        assert [path for _, path, _ in newsroom.requests if "report" in path] == []
    assert rows(archive, "SELECT count(*) FROM articles WHERE url LIKE '%one-more%'") == [(1,)]
    assert run(archive, doctor).exit_code == 0


def test_a_takedown_leaves_backups_whole_and_the_next_one_names_those_that_still_hold_it(
    archive: Path, tmp_path: Path
) -> None:
    first = back_up(archive, tmp_path / "b", keep=None, now=NOW)
    assert run(archive, forget, "1", "--reason", "x", "--yes").exit_code == 0
    assert run(first.path, doctor).exit_code == 0
    later = datetime.now(UTC) + timedelta(days=1)
    second = back_up(archive, tmp_path / "b", keep=None, now=later)
    assert second.holding_forgotten == (first.path.name,)
    assert run(second.path, doctor).exit_code == 0
    assert back_up(archive, tmp_path / "b", keep=1, now=later + timedelta(days=1)).holding_forgotten == ()
