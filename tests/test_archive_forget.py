"""Takedowns: nothing of the page is left in tables, index, WARC files or free pages, and nothing asks for it again."""

import gzip
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_commands import run
from commands import presskeep, rows, sources_file
from migrating import archive_before
from newsroom import Newsroom

from archive.cli.keep import doctor, export
from archive.cli.upkeep import forget
from archive.erasure import pending
from archive.schema import MIGRATIONS
from archive.store import open_store
from archive.warc import members
from archive.warc_read import read_record

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that was really crawled, with an edit, a withdrawal and a revisit, brought to this schema."""
    folder = archive_before(MIGRATIONS[1], tmp_path_factory.mktemp("crawled"))
    open_store(folder).close()
    return folder


@pytest.fixture
def archive(crawled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled, tmp_path / "archive"))


def everything(folder: Path) -> bytes:
    """All bytes that the archive holds, its WARC records unpacked."""
    found = b"".join(path.read_bytes() for path in folder.glob("archive.db*"))
    return found + b"".join(gzip.decompress(path.read_bytes()) for path in (folder / "warc").rglob("*.warc.gz"))


def word_of(folder: Path, article_id: int) -> str:
    """A word of an article's slug that stands in its text and URL and nowhere else."""
    ((url,),) = rows(folder, "SELECT url FROM articles WHERE id = ?", article_id)
    return str(url).rsplit("/", 1)[1].removesuffix(".html")


def test_a_forgotten_page_is_nowhere_any_more(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        secret = newsroom.publish(
            "slug",
            headline="Zylophraktik denied",
            paragraphs=("The Qwombelfinch spoke at length again today. " * 9,) * 3,
        )
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        newsroom.withdraw("slug", listed=False)
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            # feeds and the front page named the headline: their captures stay, so look for the text alone
            (n_before,) = db.execute("SELECT count(*) FROM captures").fetchone()
        assert b"Qwombelfinch" in everything(archive)
        done = presskeep("--archive", archive, "forget", secret, "--reason", "court order 7", "--yes")
        assert (done.returncode, done.stderr) == (0, "")
        assert b"qwombelfinch" not in everything(archive).lower()
        assert rows(archive, "SELECT count(*) FROM captures") == [(n_before - 1,)]
        assert rows(archive, "SELECT url, reason FROM tombstones") == [(secret, "court order 7")]

        newsroom.publish("slug", paragraphs=("The Qwombelfinch spoke at length again today. " * 9,) * 3)
        newsroom.redirect("/short", "/news/slug.html")
        newsroom.forget_requests()
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            db.execute("UPDATE feeds SET next_due_at = '2020-01-01', etag = NULL, last_modified = NULL")
            db.commit()
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        typed = presskeep("--archive", archive, "fetch", "--save", secret, newsroom.url_of("/short"))
        assert typed.returncode == 4
        assert "forgotten" in typed.stderr
        assert newsroom.n_requests("slug") == 0, "neither a feed, a redirect nor a typed URL leads there"
    assert b"qwombelfinch" not in everything(archive).lower()
    told = presskeep("--archive", archive, "explain", secret)
    assert "court order 7; it is not asked for again" in told.stdout


def test_an_archive_is_sound_after_a_takedown_and_every_other_record_is_where_it_was(archive: Path) -> None:
    before = {
        row[0]: (row, read_record(archive, row[1], row[2]))
        for row in rows(archive, "SELECT id, warc_file, warc_offset FROM captures")
    }
    result = run(archive, forget, "2", "--reason", "asked for", "--yes")
    assert result.exit_code == 0, result.stderr
    assert run(archive, doctor).exit_code == 0
    left = rows(archive, "SELECT id, warc_file, warc_offset FROM captures")
    assert len(left) < len(before)
    for row in left:
        assert before[row[0]] == (row, read_record(archive, row[1], row[2]))
    for path in (archive / "warc").rglob("*.warc.gz"):
        with path.open("rb") as file:
            assert list(members(file))[-1][1] == path.stat().st_size
        checked = subprocess.run(
            [sys.executable, "-c", "from warcio.cli import main; main()", "check", str(path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (checked.returncode, checked.stdout) == (0, "")


def test_a_manifest_tells_what_was_taken_down_from_what_is_missing(archive: Path, tmp_path: Path) -> None:
    run(archive, export, "-o", tmp_path / "all.jsonl")
    run(archive, forget, "1", "--reason", "asked for", "--yes")
    result = run(archive, export, "verify", tmp_path / "all.jsonl.manifest.json")
    assert result.exit_code == 1
    assert "1 taken down since" in result.stdout
    assert "not in this archive" not in result.stdout


def test_a_dry_run_and_a_no_change_nothing(archive: Path) -> None:
    shown = run(archive, forget, "1", "--reason", "x", "--dry-run")
    assert (shown.exit_code, shown.stdout.count("\n")) == (0, 1)
    assert run(archive, forget, "1", "--reason", "x").exit_code == 1, "nobody said yes"
    assert rows(archive, "SELECT count(*) FROM tombstones") == [(0,)]


def test_a_url_that_was_never_fetched_can_be_forgotten_and_an_unknown_id_cannot(archive: Path) -> None:
    assert run(archive, forget, "http://other.example/a", "--reason", "x", "--yes").exit_code == 0
    assert rows(archive, "SELECT url_key, article_id FROM tombstones") == [("other.example/a", None)]
    assert run(archive, forget, "4711", "--reason", "x", "--yes").exit_code == 1
    assert run(archive, forget, "no-url", "--reason", "x", "--yes").exit_code == 2
    assert run(archive, forget, "1", "--reason", " ", "--yes").exit_code == 2


def test_the_heir_of_a_forgotten_original_takes_its_duplicates(archive: Path) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute("UPDATE articles SET duplicate_of = 1 WHERE id IN (2, 3)")
        db.commit()
    assert run(archive, forget, "1", "--reason", "x", "--yes").exit_code == 0
    assert rows(archive, "SELECT id, duplicate_of FROM articles WHERE id IN (2, 3)") == [(2, None), (3, 2)]


KILLERS = {
    "before a file takes its place": "import pathlib; pathlib.Path.replace = die",
    "after the files": "from archive import erasure; erasure._clean_index = die",
    "before the last order is crossed off": "from archive import erasure; erasure._emptied = die",
}


@pytest.mark.parametrize("killer", KILLERS.values(), ids=KILLERS)
def test_a_killed_takedown_is_finished_by_the_next_writer(archive: Path, killer: str) -> None:
    word = word_of(archive, 1).encode()
    code = (
        "import os, signal\n"
        "def die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{killer}\n"
        "from crawler.cli import run_main\n"
        "run_main()"
    )
    arguments = ["--archive", str(archive), "forget", "1", "--reason", "x", "--yes"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False, timeout=60, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert rows(archive, "SELECT count(*) FROM articles WHERE id = 1") == [(0,)]
    found = run(archive, doctor)
    assert (found.exit_code, "a takedown was interrupted" in found.stdout) == (5, True)
    assert run(archive, doctor, "--fix").exit_code == 0
    with closing(open_store(archive)) as store:
        assert pending(store) == 0
    assert not list(archive.rglob("*.part"))
    pages = [rest for rest in everything(archive).split(b"WARC/1.1") if word in rest and b"<article" in rest]
    assert not [page for page in pages if f"/{word.decode()}.html HTTP".encode() in page]


def test_what_comes_back_is_found_by_the_doctor(archive: Path) -> None:
    ((key,),) = rows(archive, "SELECT url_key FROM articles WHERE id = 2")
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute(
            "INSERT INTO tombstones (url_key, url, reason, forgotten_at) VALUES (?, 'u', 'r', '2026-01-01')", (key,)
        )
        db.commit()
    found = run(archive, doctor)
    assert (found.exit_code, "article 2 was taken down and is here again" in found.stdout) == (5, True)
