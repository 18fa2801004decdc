import json
import sqlite3
from contextlib import closing
from pathlib import Path

from archive_commands import run, said
from archives import ArchiveArticle, ArchiveRevision, make_archive
from lxml import html

from archive.cli.reports import spam
from archive.injection_ways import way_of


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


def evil(folder: Path) -> Path:
    """A source with one page that was clean before, and three that carry the same hidden block."""
    revised = "2024-06-01T12:00:00.000000Z"
    before = (ArchiveRevision(body="z", revision_at="2024-03-01T00:00:00.000000Z"),)
    pages = [
        ArchiveArticle(
            headline=f"Page *{n}* <b>",
            body="y",
            url=f"https://paper.example/{n}",
            revision_at=revised,
            removals=(("hidden-spam", "slot gacor"),),
            earlier=before if n == 1 else (),
        )
        for n in range(1, 4)
    ]
    make_archive(folder, [*pages, ArchiveArticle(body="clean")], captures=True)
    urls = json.dumps(["https://casino.example/<script>", "https://paper.example/own"])
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE removals SET urls = ?, rule = 'hidden-off-screen+lexicon-gambling@2'", (urls,))
        db.execute(
            "INSERT INTO removals (extraction_id, position, stage, reason, rule, text) SELECT extraction_id, 1, 'flag', 'spam',"
            " 'middle+host-family@2', 'visit `casino` https://casino.example/' FROM removals ORDER BY id LIMIT 1"
        )
    return folder


def test_the_report_names_pages_hosts_ways_times_and_rules(tmp_path: Path) -> None:
    text = run(evil(tmp_path), spam, "--format", "markdown").output
    assert text.startswith("# Injected links in paper\n")
    for fact in (
        "3 of 4 articles that we hold, first seen on 2024-06-01 12:00 UTC",
        "- moved off the screen: 3 blocks",
        "- visible, in the middle of the text: 1 block",
        "| `casino.example` | 3 |",
        "- on 3 pages: `slot gacor`",
        "### Page \\*1\\* \\<b\\>",
        "First seen on 2024-06-01 12:00 UTC, not there on 2024-03-01 00:00 UTC, last on 2024-06-01 12:00 UTC; WARC record <urn",
        "- moved off the screen (rule `hidden-off-screen+lexicon-gambling@2`): `slot gacor`",
        "in the middle of the text, left in the text that we keep (rule `middle+host-family@2`): `visit ʼcasinoʼ https://casino.example/`",
    ):
        assert fact in text, fact


def test_the_report_never_links_to_what_was_injected(tmp_path: Path) -> None:
    folder = evil(tmp_path)
    out = tmp_path / "report.html"
    assert run(folder, spam, "--format", "html", "-o", str(out)).exit_code == 0
    page = html.fromstring(out.read_text("utf-8"))
    assert {link.get("href") for link in page.iter("a")} == {f"https://paper.example/{n}" for n in range(1, 4)}
    assert not list(page.iter("script", "b", "img"))
    assert "casino.example" in page.text_content()
    text = run(folder, spam, "--format", "text").output
    assert "`" not in text
    assert "casino.example  3" in text
    assert "visit ʼcasinoʼ hxxps://casino.example/" in text


def test_a_report_of_nothing_is_empty_and_its_misuse_one_line(tmp_path: Path) -> None:
    make_archive(tmp_path, [ArchiveArticle(body="clean")])
    assert run(tmp_path, spam, "--format", "markdown").output == ""
    assert "Nothing was found" in run(tmp_path, spam, "--format", "html").output
    result = run(tmp_path, spam, "--format", "text", "--csv")
    assert (result.exit_code, said(result)) == (
        2,
        "--format is for reading: leave out --json, --jsonl, --csv and --tsv",
    )


def test_rules_are_told_in_words() -> None:
    assert way_of("hidden-off-screen+lexicon-gambling@2", "hidden-spam") == "moved off the screen"
    assert way_of("description+lexicon-pharma@2", "field-spam") == "in the page's description"
    assert way_of("trailing+host-family@2", "spam") == "visible, after the last sentence of a paragraph"
    assert way_of("something-new@7", "hidden-spam") == "hidden-spam"
