"""Migrations: every earlier schema is brought to this one whole or not at all, and readers say what to run."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, add_article
from migrating import NEVER_ALONE, SCHEMAS, applied, archive_before

from archive import migrations, reader, schema, store
from archive.cascade import delete_rows
from archive.cli.ask import search
from archive.cli.keep import doctor, migrate
from archive.errors import ArchiveError, NewerSchemaError, OlderSchemaError
from archive.migrations import Migration
from archive.parts import add_part, find_payloads
from archive.reader import open_reader
from archive.schema import MIGRATIONS
from archive.store import migrate_archive, open_store


def one_rains(db: sqlite3.Connection) -> None:
    db.execute("UPDATE links SET weather = upper(weather) WHERE id = 1")


NEXT = Migration(
    name="m900_weather",
    sql="ALTER TABLE links ADD COLUMN weather TEXT NOT NULL DEFAULT 'fair'; -- when it was found\n"
    "CREATE TABLE clouds (id INTEGER PRIMARY KEY) STRICT;",
    fill=one_rains,
)


def with_next(monkeypatch: pytest.MonkeyPatch, *steps: Migration) -> None:
    """Let this presskeep know further migrations."""
    monkeypatch.setattr(schema, "LATER", (*migrations.LATER, *steps))
    for module in (schema, store, reader):
        monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS, *(step.name for step in steps)))


@pytest.fixture
def present(tmp_path: Path) -> Path:
    """An archive of the present schema, holding rows."""
    folder = archive_before(MIGRATIONS[1], tmp_path) if len(MIGRATIONS) > 1 else unpacked(tmp_path)
    open_store(folder).close()
    return folder


def unpacked(folder: Path) -> Path:
    subprocess.run(["tar", "xzf", SCHEMAS / "m001_tables.tar.gz", "-C", folder], check=True)
    return folder


def content(folder: Path) -> list[str]:
    """The whole database as SQL, but for the record of its migrations."""
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return [line for line in db.iterdump() if "articles_fts" not in line]


def test_an_archive_of_each_schema_is_kept() -> None:
    assert {path.name.removesuffix(".tar.gz") for path in SCHEMAS.iterdir()} == set(MIGRATIONS) - NEVER_ALONE


@pytest.mark.parametrize("migration", MIGRATIONS[1:])
def test_an_archive_of_each_earlier_schema_is_migrated_by_the_next_writer(migration: str, tmp_path: Path) -> None:
    folder = archive_before(migration, tmp_path)
    with pytest.raises(OlderSchemaError, match="presskeep migrate"):
        open_reader(folder)
    with closing(open_store(folder)) as opened:
        assert applied(opened.db.conn) == MIGRATIONS
    with closing(open_reader(folder)) as db:
        assert len(db.execute("SELECT * FROM current_articles").fetchall()) == 5
    found = run(folder, doctor)
    assert found.exit_code == 0, found.stdout
    assert '"council' in run(folder, search, "council", "--json").stdout.lower()


@pytest.mark.parametrize("migration", MIGRATIONS[1:])
def test_u11_the_search_finds_what_is_kept_after_a_change_of_the_schema(migration: str, tmp_path: Path) -> None:
    folder = archive_before(migration, tmp_path)
    open_store(folder).close()
    finds_what_is_added(folder)


def test_u11_the_search_finds_what_is_kept_after_tables_behind_its_index_got_a_column(
    present: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = "".join(
        f"ALTER TABLE {table} ADD COLUMN weather TEXT;\n" for table in ("search_texts", "extractions", "articles")
    )
    with_next(monkeypatch, Migration(name="m900_columns", sql=columns))
    open_store(present).close()
    finds_what_is_added(present)


def finds_what_is_added(folder: Path) -> None:
    """Old and new articles are found, and the index agrees with the texts."""
    add_article(folder, ArchiveArticle(headline="A zeppelin over the town", body="It flew so low that all saw it."))
    for word in ("zeppelin", "council"):
        assert int(run(folder, search, word, "--count").stdout) >= 1
    done = run(folder, doctor)
    assert done.exit_code == 0, done.stdout


def test_a_writer_migrates_once_and_fills_what_sql_cannot(present: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_next(monkeypatch, NEXT)
    assert migrate_archive(present) == ["m900_weather"]
    assert migrate_archive(present) == []
    with closing(open_reader(present)) as db:
        assert {row[0] for row in db.execute("SELECT weather FROM links WHERE id < 3")} == {"FAIR", "fair"}


def test_the_command_says_what_it_applied(present: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_next(monkeypatch, NEXT)
    result = run(present, migrate)
    assert (result.exit_code, "m900_weather" in result.stdout) == (0, True)


def test_a_reader_that_meets_an_older_schema_says_what_to_run(present: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_next(monkeypatch, NEXT)
    before = content(present)
    result = run(present, search, "council")
    assert (result.exit_code, result.stdout) == (5, "")
    assert said(result).strip().endswith("has an older schema: run `presskeep migrate`")
    assert content(present) == before


def test_migrations_are_applied_all_or_none(present: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(present)
    with_next(monkeypatch, NEXT, Migration(name="m901_broken", sql="ALTER TABLE nowhere ADD COLUMN x TEXT;"))
    with pytest.raises(ArchiveError, match="m901_broken"):
        open_store(present)
    assert content(present) == before


def test_a_migration_that_is_killed_leaves_the_archive_as_it_was(present: Path) -> None:
    before = content(present)
    killed = (
        "import os, signal, sys; from pathlib import Path; from archive import migrations, reader, schema, store\n"
        "from archive.migrations import Migration\n"
        "die = lambda db: os.kill(os.getpid(), signal.SIGKILL)\n"
        "step = Migration(name='m900_weather', sql='ALTER TABLE links ADD COLUMN weather TEXT;', fill=die)\n"
        "schema.LATER = (*schema.LATER, step)\n"
        "schema.MIGRATIONS = store.MIGRATIONS = reader.MIGRATIONS = (*schema.MIGRATIONS, step.name)\n"
        "store.open_store(Path(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, present], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert content(present) == before
    open_store(present).close()


def test_an_archive_of_a_newer_presskeep_is_refused_in_one_line(present: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        with_next(newer, NEXT)
        migrate_archive(present)
    for command, arguments in ((search, ["council"]), (migrate, [])):
        result = run(present, command, *arguments)
        assert (result.exit_code, result.stdout) == (5, "")
        assert said(result).count("\n") <= 1
        assert "was made by a newer presskeep (m900_weather)" in said(result)
    with pytest.raises(NewerSchemaError):
        open_store(present)


def test_known_sitemaps_are_roots_until_an_index_says_otherwise(tmp_path: Path) -> None:
    folder = archive_before("m007_depth", tmp_path)
    with closing(open_store(folder)) as opened:
        assert {row[0] for row in opened.db.execute("SELECT depth FROM feeds")} == {0}


def test_what_was_kept_before_parts_lies_on_single_pages(tmp_path: Path) -> None:
    folder = archive_before("m017_parts", tmp_path)
    with closing(open_store(folder)) as opened:
        revisions = [row[0] for row in opened.db.execute("SELECT id FROM revisions WHERE capture_id IS NOT NULL")]
        assert revisions
        assert {len(find_payloads(opened, revision)) for revision in revisions} == {1}
        first, second = (row[0] for row in opened.db.execute("SELECT id FROM captures ORDER BY id LIMIT 2"))
        with opened.transaction():
            add_part(opened, first, 2, second)
            delete_rows(opened, "captures", [second])
        assert opened.db.execute("SELECT count(*) FROM parts").fetchone()[0] == 0


def test_readings_from_before_traces_have_none_and_lose_what_they_get_with_their_place(tmp_path: Path) -> None:
    folder = archive_before("m019_traces", tmp_path)
    with closing(open_store(folder)) as opened:
        assert [
            opened.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("traces", "lexicons")
        ] == [0, 0]
        revision, reading = opened.db.execute("SELECT id, extraction_id FROM revisions").fetchone()
        with opened.transaction():
            opened.db.execute("INSERT INTO traces VALUES (?, ?)", (reading, b"asked"))
            opened.db.execute("UPDATE revisions SET number = number WHERE id = ?", (revision,))
        assert opened.db.execute("SELECT count(*) FROM traces").fetchone()[0] == 1
        with opened.transaction():
            opened.db.execute("UPDATE revisions SET extraction_id = NULL WHERE id = ?", (revision,))
        assert opened.db.execute("SELECT count(*) FROM traces").fetchone()[0] == 0
