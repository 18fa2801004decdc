"""Kept pages read again: a new reading of the same revision, resumable, with a report; no network and no edit."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from commands import HERE, environment, presskeep, rows, sources_file
from inline_engine import InlineEngine
from newsroom import Newsroom
from newsroom_pages import filler
from test_pipelines_keeping import NOW, article

from archive.lock import hold
from archive.store import open_store
from pipelines.replay import Change, Replay, is_older, reextract
from pipelines.replay_report import as_html, as_text


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An archive of five articles, one with two revisions, as a tar."""
    folder = tmp_path_factory.mktemp("crawled")
    archive = folder / "archive"
    with Newsroom() as newsroom:
        sources = sources_file(folder, {"Daily": newsroom.url})
        newsroom.publish_many(5)
        assert presskeep("crawl", "--archive", archive, "--sources", sources).returncode == 0
        newsroom.edit("report-0001", paragraphs=[*filler("report-0001"), "The council takes it all back in the end."])
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            db.execute("UPDATE links SET next_due_at = '2020-01-01T00:00:00.000000Z'")
            db.commit()
        assert presskeep("crawl", "--archive", archive, "--sources", sources).returncode == 0
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(archive, "archive")
    return packed.getvalue()


@pytest.fixture
def archive(crawled: bytes, tmp_path: Path) -> Path:
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(crawled)) as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path / "archive"


def age(archive: Path, *, version: str = "0+trafilatura-1", where: str = "1") -> None:
    """Let readings be an older extractor's, which took a paragraph's place for a line of its own."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute(
            f"UPDATE extractions SET version = ?, body = 'Short.', body_sha256 = '0', section = NULL WHERE {where}",
            (version,),
        )
        db.commit()


def readings(archive: Path) -> list[tuple[object, ...]]:
    return rows(archive, "SELECT revision_id, version, body FROM extractions ORDER BY id")


def test_nothing_is_due_where_todays_extractor_has_read_everything(archive: Path) -> None:
    before = readings(archive)
    done = presskeep("reextract", "--archive", archive)
    assert (done.returncode, done.stdout.splitlines()[:2]) == (0, ["6 revisions looked at", "0 read again"]), (
        done.stderr
    )
    assert readings(archive) == before


def test_every_revision_gets_a_new_reading_and_the_earlier_ones_stay(archive: Path, tmp_path: Path) -> None:
    bodies = rows(archive, "SELECT id, body FROM current_articles ORDER BY id")
    revisions = rows(archive, "SELECT id, article_id, number, capture_id, revision_at FROM revisions ORDER BY id")
    age(archive)
    report = tmp_path / "report.html"
    done = presskeep("reextract", "--archive", archive, "--report", report)
    assert done.returncode == 0, done.stderr
    assert "6 read again\n6 texts changed\n" in done.stdout
    assert rows(archive, "SELECT id, body FROM current_articles ORDER BY id") == bodies
    assert (
        rows(archive, "SELECT id, article_id, number, capture_id, revision_at FROM revisions ORDER BY id") == revisions
    )
    assert rows(archive, "SELECT count(*), count(DISTINCT revision_id) FROM extractions") == [(12, 6)]
    assert rows(archive, "SELECT count(*) FROM extractions WHERE body = 'Short.'") == [(6,)]
    assert "<del>Short.</del>" in report.read_text(encoding="utf-8")
    found = presskeep("search", "--archive", archive, "--count", "takes it all back")
    assert found.stdout.strip() == "1"
    assert "0 read again" in presskeep("reextract", "--archive", archive).stdout


def test_a_dry_run_reports_and_keeps_nothing(archive: Path) -> None:
    age(archive)
    before = readings(archive)
    done = presskeep("reextract", "--archive", archive, "--dry-run")
    assert "6 texts changed" in done.stdout
    assert readings(archive) == before


def test_a_query_and_a_version_choose(archive: Path) -> None:
    age(archive)
    age(archive, version="5", where="revision_id = 1")
    one = presskeep("reextract", "--archive", archive, "id-that-nobody-has-written")
    assert "0 revisions looked at" in one.stdout
    assert "5 read again" in presskeep("reextract", "--archive", archive, "--extractor-older-than", "1").stdout


def test_a_pruned_or_damaged_capture_leaves_its_reading_as_it_is(archive: Path) -> None:
    age(archive)
    for file in (archive / "warc").rglob("*.warc.gz"):
        file.unlink()
    done = presskeep("reextract", "--archive", archive)
    assert done.returncode == 0, done.stderr
    assert "6 without a kept page" in done.stdout
    assert rows(archive, "SELECT count(*) FROM extractions") == [(6,)]


def test_a_template_alone_is_cut_without_reading_pages(archive: Path) -> None:
    last = filler("report-0002")[-1]
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        from pipelines.clean.template import line_key

        db.execute(
            "INSERT INTO site_blocks VALUES (1, ?, 'tail', 'link', 'x', 9, '2020-01-01', '2020-01-01', NULL)",
            (line_key(last),),
        )
        db.commit()
    for file in (archive / "warc").rglob("*.warc.gz"):
        file.unlink()
    done = presskeep("reextract", "--archive", archive)
    assert "1 read again\n1 texts changed\n0 words gained" in done.stdout
    assert rows(archive, "SELECT count(*) FROM current_articles WHERE body LIKE ?", f"%{last}%") == [(0,)]


def test_it_takes_the_archives_lock(archive: Path) -> None:
    with hold(archive):
        done = presskeep("reextract", "--archive", archive)
    assert (done.returncode, done.stdout) == (75, "")


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path

import pipelines.replay
from archive.store import open_store
from inline_engine import InlineEngine

class Dying(InlineEngine):
    def submit(self, task):
        if self.n_submitted == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().submit(task)

pipelines.replay.AT_ONCE = 1
pipelines.replay.in_order.__globals__["AHEAD"] = 0.5
store = open_store(Path(sys.argv[1]))
pipelines.replay.reextract(store, [1, 2, 3, 4, 5], engine=Dying(), clock=lambda: datetime.now(UTC))
"""


def test_one_that_was_killed_goes_on_with_what_is_left(archive: Path) -> None:
    age(archive)
    environ = environment(PYTHONPATH=f"{HERE}:{HERE.parent}")
    done = subprocess.run([sys.executable, "-c", KILLED, str(archive)], env=environ, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    ((n_read,),) = rows(archive, "SELECT count(*) FROM extractions WHERE body != 'Short.'")
    assert 0 < n_read < 6
    with closing(open_store(archive)) as store:
        found = reextract(store, [1, 2, 3, 4, 5], engine=InlineEngine(), clock=lambda: NOW, options={"articles": 5})
    assert (found.n_looked, found.n_read, found.n_changed) == (6, 6 - n_read, 6 - n_read)
    assert rows(archive, "SELECT count(*), count(DISTINCT revision_id) FROM extractions") == [(12, 6)]
    assert rows(archive, "SELECT command, finish_reason, exit_code, options, reasons FROM runs ORDER BY id DESC LIMIT 2") == [
        ("reextract", "finished", 0, '{"articles": 5}', f'{{"reread": {6 - n_read}}}'), ("reextract", None, None, "{}", "{}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [("1+trafilatura-2.3.1", "2", True), ("1+trafilatura-2.3.1", "1+trafilatura-2.4", True),
     ("2+trafilatura-2.3.1", "1", False), ("10", "9", False), ("1", "1", False)],
)  # fmt: skip
def test_versions_are_compared_by_their_numbers(version: str, than: str, older: bool) -> None:
    assert is_older(version, than) is older


def test_the_report_counts_words_and_fields_and_escapes_what_pages_say() -> None:
    before = article("http://a.example/<b>", headline="Old", body="one two two", section=None)
    after = replace(before, headline="New <script>", body="one two three four", section="News", language=None)
    replay = Replay(n_looked=3)
    replay.note(Change(article_id=1, revision=1, before=before, after=after))
    assert (replay.words_gained, replay.words_lost) == (2, 1)
    text = as_text(replay)
    assert "1 section filled" in text
    assert "1 language emptied" in text
    page = as_html(replay)
    assert "<script>" not in page
    assert "<b>" not in page
    assert "<ins>" in page
