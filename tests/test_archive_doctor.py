import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, make_archive

from archive.cli.keep import doctor
from archive.lock import hold
from archive.store import open_store
from archive.warc import Exchange, WarcWriter

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def captured(folder: Path, n_captures: int = 3, *, close: bool = True) -> Path:
    """Make an archive with real WARC records behind its captures."""
    make_archive(folder, [ArchiveArticle(headline="Flood", body=f"Rain number {n}.") for n in range(3)])
    writer = WarcWriter(folder, name="test")
    with closing(open_store(folder)) as store, store.transaction():
        for n in range(n_captures):
            exchange = Exchange(
                url=f"http://a.example/{n}", fetched_at=NOW, request_head=b"GET / HTTP/1.1\r\n\r\n",
                response_head=b"HTTP/1.1 200 OK\r\n\r\n", payload=os.urandom(500),
            )  # fmt: skip
            written = writer.append(exchange)
            store.insert(
                "captures",
                {"url": exchange.url, "fetched_at": "", "http_status": 200, "payload_digest": exchange.payload_digest,
                 "payload_length": 500, "record_type": "response", "record_id": written.record_id,
                 "warc_file": written.warc_file, "warc_offset": written.offset, "warc_length": written.length, "purpose": "page"},
            )  # fmt: skip
    writer.sync()
    if close:
        writer.close()
    else:
        assert writer._file is not None
        writer._file.close()
    return folder


def examined(folder: Path, *arguments: str) -> tuple[int, dict[str, str]]:
    """Give doctor's exit code and the worst health of each check."""
    result = run(folder, doctor, *arguments)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    order = ["ok", "note", "mendable", "damaged"]
    worst: dict[str, str] = {}
    for row in rows:
        worst[row["check"]] = max(row["health"], worst.get(row["check"], "ok"), key=order.index)
    return result.exit_code, worst


def execute(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        for sql in statements:
            db.execute(sql)


def warc(folder: Path) -> Path:
    return next((folder / "warc").rglob("*.warc.gz*"))


def mended(folder: Path, check: str) -> list[int]:
    """Find damage, mend it, be well again, and give what a search finds then."""
    code, found = examined(folder)
    assert (code, found[check]) == (5, "mendable")
    code, found = examined(folder, "--fix")
    assert code == 0, found
    assert set(found.values()) == {"ok"}
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return [
            row[0]
            for row in db.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'rain' ORDER BY rowid")
        ]


def test_a_sound_archive_is_found_sound(tmp_path: Path) -> None:
    code, found = examined(captured(tmp_path))
    assert code == 0
    assert set(found.values()) == {"ok"}
    assert set(found) == {
        "lock", "disk", "schema", "database", "references", "triggers", "index", "search texts", "totals", "forgotten", "runs",
        "warc files", "warc records",
    }  # fmt: skip


def test_examining_changes_nothing(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    before = (folder / "archive.db").read_bytes()
    examined(folder)
    assert (folder / "archive.db").read_bytes() == before


def test_dropped_triggers_are_found_and_mended_with_what_they_missed(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(
        folder, "DROP TRIGGER search_texts_insert", "DELETE FROM search_texts WHERE article_id = 2",
        "INSERT INTO search_texts SELECT 2, 'flood', '', 'rain again', '', NULL",
    )  # fmt: skip
    assert mended(folder, "triggers") == [1, 2, 3]


def test_a_total_that_is_wrong_is_found_and_mended(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "DROP TRIGGER articles_added", "UPDATE totals SET n = 7")
    assert mended(folder, "totals") == [1, 2, 3]
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        assert db.execute("SELECT n FROM totals").fetchone() == (3,)
        assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'articles_added'").fetchone()


def test_an_index_that_lacks_articles_is_found_and_mended(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "DELETE FROM search_texts WHERE article_id = 3")
    assert mended(folder, "search texts") == [1, 2, 3]


def test_a_corrupt_index_is_found_and_mended(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "UPDATE articles_fts_data SET block = zeroblob(20) WHERE id > 10")
    assert mended(folder, "index") == [1, 2, 3]


def test_an_index_that_disagrees_with_the_texts_is_found_and_mended(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')")
    assert mended(folder, "index") == [1, 2, 3]


def test_a_missing_index_is_found_and_mended_with_its_ranking(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "DROP TABLE articles_fts")
    assert mended(folder, "index") == [1, 2, 3]
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        assert db.execute("SELECT v FROM articles_fts_config WHERE k = 'rank'").fetchone() == ("bm25(1, 10, 4, 4)",)


def test_a_corrupt_database_is_found(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    with (folder / "archive.db").open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for page in range(8, size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 100)
    result = run(folder, doctor)
    assert result.exit_code == 5
    assert '"damaged"' in result.stdout
    said(result)


def test_a_file_that_is_no_database_is_found(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"no database" * 1000)
    code, found = examined(tmp_path)
    assert (code, found["schema"]) == (5, "damaged")


def test_a_row_that_points_to_nothing_is_found(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "DELETE FROM revisions WHERE id = 1")
    assert examined(folder)[1]["references"] == "damaged"


def test_a_truncated_warc_file_is_found(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    with warc(folder).open("r+b") as file:
        file.truncate(warc(folder).stat().st_size // 2)
    code, found = examined(folder)
    assert (code, found["warc records"]) == (5, "damaged")


@pytest.mark.parametrize(
    "offset", ["warc_offset + 1", "warc_offset + 100000000", "(SELECT max(warc_offset) FROM captures)"]
)
def test_a_pointer_that_lands_on_no_or_another_record_is_found(tmp_path: Path, offset: str) -> None:
    folder = captured(tmp_path)
    execute(folder, f"UPDATE captures SET warc_offset = {offset} WHERE id = 1")
    code, found = examined(folder)
    assert (code, found["warc records"]) == (5, "damaged")


def test_a_missing_warc_file_is_found_and_not_listed_a_thousand_times(tmp_path: Path) -> None:
    folder = captured(tmp_path, 30)
    missing = warc(folder)
    missing.unlink()
    result = run(folder, doctor)
    assert result.exit_code == 5
    assert f"cannot read {missing}: No such file or directory" in result.stdout
    lines = [line for line in result.stdout.splitlines() if "warc records" in line]
    assert len(lines) == 11
    assert "30 of 30 captures have no whole record" in lines[-1]


def test_a_file_left_open_by_a_killed_run_is_found_and_closed(tmp_path: Path) -> None:
    folder = captured(tmp_path, close=False)
    with warc(folder).open("ab") as file:
        file.write(b"\x1f\x8b half a record")
    assert mended(folder, "warc files") == [1, 2, 3]
    assert warc(folder).name.endswith(".warc.gz")


def test_a_file_left_open_is_not_cut_where_rows_point_behind_the_cut(tmp_path: Path) -> None:
    folder = captured(tmp_path, close=False)
    size = warc(folder).stat().st_size
    with warc(folder).open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\0" * 50)
    assert examined(folder)[1]["warc files"] == "damaged"
    examined(folder, "--fix")
    assert warc(folder).stat().st_size == size


def test_a_foreign_file_is_found(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    (warc(folder).parent / "notes.txt").write_text("mine")
    code, found = examined(folder)
    assert (code, found["warc files"]) == (5, "damaged")


def test_a_write_ahead_log_that_a_reader_lets_grow_is_noted_and_else_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = captured(tmp_path)
    monkeypatch.setattr("archive.disk.LARGE_LOG", 1)
    with closing(sqlite3.connect(archive / "archive.db")) as reader, closing(open_store(archive)) as store:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        with store.transaction():
            store.db.execute("UPDATE articles SET language = 'en'")
        assert "a reader holds the database" in (store.fold_log() or "")
        assert examined(archive)[1]["disk"] == "note"
        reader.rollback()
        assert store.fold_log() is None
        assert (archive / "archive.db-wal").stat().st_size == 0


def test_a_killed_run_is_noted_and_no_damage(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "INSERT INTO runs (command, version, started_at) VALUES ('crawl', '0', '')")
    code, found = examined(folder)
    assert (code, found["runs"]) == (0, "note")


def test_a_running_crawl_is_named_and_not_disturbed(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    with hold(folder):
        code, found = examined(folder)
        assert (code, found["lock"], found["index"]) == (0, "note", "note")
        result = run(folder, doctor, "--fix")
        assert result.exit_code == 75
        assert f"process {os.getpid()}" in said(result)


def test_an_older_schema_says_what_to_run(tmp_path: Path) -> None:
    folder = captured(tmp_path)
    execute(folder, "UPDATE _sqlite_migrations SET name = 'm999_later' WHERE name = 'm001_tables'")
    result = run(folder, doctor)
    assert result.exit_code == 5
    assert "was made by a newer presskeep" in result.stdout


def test_no_archive_is_one_line_and_makes_nothing(tmp_path: Path) -> None:
    for arguments in ([], ["--fix"]):
        result = run(tmp_path / "none", doctor, *arguments)
        assert result.exit_code == 5
        assert said(result).startswith("no archive at ")
    assert not (tmp_path / "none").exists()
