import json
import sqlite3
from contextlib import closing
from pathlib import Path

from archive_commands import run, said
from archives import ArchiveArticle, ArchiveRevision, make_archive

from archive.cli.reports import spam


def hacked(folder: Path) -> Path:
    early = "2024-01-01T00:00:00.000000Z"
    make_archive(
        folder,
        [
            ArchiveArticle(
                body="x",
                url="https://www.paper.example/1",
                revision_at=early,
                removals=(("hidden", "a"), ("teaser", "t")),
            ),
            ArchiveArticle(
                body="y", url="https://paper.example/2", removals=(("spam", "b"),), earlier=(ArchiveRevision(body="z"),)
            ),
            ArchiveArticle(body="clean", source="clean", removals=(("boilerplate", "menu"),)),
            ArchiveArticle(body="w", source="other", removals=(("spam", "text only"),)),
        ],
    )
    urls = json.dumps(["https://www.casino.example/x", "https://casino.example/y", "http://paper.example/own"])
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE removals SET urls = ? WHERE text IN ('a', 'b')", (urls,))
    return folder


def test_injected_hosts_are_told_with_source_articles_and_dates(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in run(hacked(tmp_path), spam).output.splitlines()]
    assert [(row["source"], row["host"], row["n_articles"]) for row in rows] == [
        ("paper", "casino.example", 2),
        ("other", None, 1),
    ]
    first = rows[0]
    assert first["how"] == ["hidden", "spam"]
    assert first["articles"] == [1, 2]
    assert (first["since"][:10], first["until"][:10]) == ("2024-01-01", "2024-06-01")


def test_the_report_can_be_of_one_source_or_since_a_day(tmp_path: Path) -> None:
    folder = hacked(tmp_path)
    assert len(run(folder, spam, "--source", "other").output.splitlines()) == 1
    since = [json.loads(line) for line in run(folder, spam, "--since", "2024-05").output.splitlines()]
    assert [row["n_articles"] for row in since] == [1, 1]
    assert run(folder, spam, "--source", "clean").output == ""


def test_an_unknown_source_is_one_line(tmp_path: Path) -> None:
    result = run(hacked(tmp_path), spam, "--source", "nobody")
    assert (result.exit_code, said(result)) == (1, "no source nobody in this archive")
