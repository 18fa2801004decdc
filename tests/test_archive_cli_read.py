import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, ArchiveRevision, make_archive
from test_archive_explain import URL, add_link, kept_archive
from test_archive_kept import KEYS

from archive.cli.read import diff, explain, history, show


def test_show_gives_a_page_to_read(tmp_path: Path) -> None:
    result = run(kept_archive(tmp_path), show, "1")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Flood kills 12",
        "paper · undated",
        URL,
        "revision 2 of 2, 2024-06-01 12:00 UTC",
        "",
        "Rain fell in Kabul.",
    ]


def test_show_takes_a_url_and_a_revision(tmp_path: Path) -> None:
    result = run(kept_archive(tmp_path), show, URL + "?utm_source=x", "--revision", "1", "--format", "json")
    values = json.loads(result.output)
    assert list(values) == KEYS
    assert (values["headline"], values["revision"]) == ("Flood kills 10", 1)


@pytest.mark.parametrize(
    ("form", "beginning"),
    [
        ("text", "Flood"),
        ("markdown", "---\nurl:"),
        ("json", "{"),
        ("html", "<!doctype html>"),
        ("xml", "<?xml"),
        ("tei", "<?xml"),
    ],
)
def test_show_gives_each_format(tmp_path: Path, form: str, beginning: str) -> None:
    assert run(kept_archive(tmp_path), show, "1", "--format", form).output.startswith(beginning)


def test_show_colours_where_it_is_told_to(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    assert "\x1b" not in run(folder, show, "1").output
    assert "\x1b[1mFlood kills 12" in run(folder, show, "1", options=["--color", "always"]).output


def test_show_tells_what_was_removed_and_where_it_is_from(tmp_path: Path) -> None:
    text = run(kept_archive(tmp_path), show, "1", "--removals", "--provenance").output
    assert "spam · text · rule test@1\n  casino\n" in text
    assert "extractor     test 1" in text


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["99"], 1, "no article 99 in this archive"),
        (["https://paper.example/never"], 1, "no article https://paper.example/never in this archive"),
        (["1", "--revision", "99"], 1, "no revision 99 of article 1 (it has 2) in this archive"),
        (
            ["1", "--format", "html", "--removals"],
            2,
            "--provenance and --removals go with --format text or json, not html",
        ),
    ],
)
def test_show_says_in_one_line_what_is_wrong(tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    result = run(kept_archive(tmp_path), show, *arguments)
    assert (result.exit_code, said(result), result.stdout) == (code, message, "")


@pytest.mark.parametrize(
    "arguments", [["1", "--format", "nonsense"], ["1", "--revision", "0"], ["1", "--revision", "x"], []]
)
def test_show_refuses_options_that_make_no_sense(tmp_path: Path, arguments: list[str]) -> None:
    assert run(kept_archive(tmp_path), show, *arguments).exit_code == 2


@pytest.mark.parametrize("command", [show, history, diff, explain])
def test_a_missing_archive_is_one_line_and_makes_nothing(tmp_path: Path, command: object) -> None:
    result = run(tmp_path / "none", command, "1")  # type: ignore[arg-type]
    assert result.exit_code == 5
    assert said(result).startswith("no archive at ")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", [show, history, diff, explain])
def test_a_file_that_is_no_database_is_one_line(tmp_path: Path, command: object) -> None:
    (tmp_path / "archive.db").write_bytes(b"nothing of the kind" * 500)
    result = run(tmp_path, command, "1")  # type: ignore[arg-type]
    assert result.exit_code == 5
    assert "is no readable archive" in said(result)


def test_a_corrupt_database_is_one_line_that_names_the_doctor(tmp_path: Path) -> None:
    folder = make_archive(tmp_path, [ArchiveArticle(headline="h", body="word " * 5000)])
    with (folder / "archive.db").open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for page in range(30, size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 4096)
    result = run(folder, show, "1")
    assert result.exit_code == 5
    assert "`presskeep doctor`" in said(result)


def test_history_is_one_row_a_revision(tmp_path: Path) -> None:
    result = run(kept_archive(tmp_path), history, "1")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [(row["revision"], row["headline"], row["changed"]) for row in rows] == [
        (1, "Flood kills 10", "first"),
        (2, "Flood kills 12", "headline"),
    ]
    assert run(tmp_path, history, "1", "--csv").output.startswith("revision,revision_at,headline,")


def test_diff_exits_1_where_revisions_differ_and_0_where_not(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    result = run(folder, diff, "1", "--words")
    assert result.exit_code == 1
    assert "Flood kills [-10-]{+12+}" in result.output
    assert run(folder, diff, "1", "--revisions", "2..1").exit_code == 1
    same = run(folder, diff, "1", "--revisions", "2..2")
    assert (same.exit_code, same.output) == (0, "revisions 2 and 2 of article 1 have the same text\n")


def test_diff_of_one_revision_says_so(tmp_path: Path) -> None:
    result = run(kept_archive(tmp_path), diff, "2")
    assert (result.exit_code, result.output) == (0, "article 2 has one revision: nothing to compare\n")


@pytest.mark.parametrize(
    ("span", "code", "message"),
    [
        ("1", 2, "--revisions takes two numbers like 1..2, not “1”"),
        ("a..b", 2, "--revisions takes two numbers like 1..2, not “a..b”"),
        ("1..9", 1, "no revision 9 of article 1 (it has 2) in this archive"),
    ],
)
def test_diff_refuses_revisions_that_are_not_there(tmp_path: Path, span: str, code: int, message: str) -> None:
    result = run(kept_archive(tmp_path), diff, "1", "--revisions", span)
    assert (result.exit_code, said(result)) == (code, message)


def test_explain_tells_a_story_or_gives_json(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    add_link(folder, URL, outcome="new", outcome_at="2024-05-01T00:00:00Z", article_id=1)
    assert "kept as a new article" in run(folder, explain, URL).output
    values = json.loads(run(folder, explain, URL, "--json").output)
    assert values["links"][0]["outcome"] == "new"
    assert values["article"]["id"] == 1
    assert [change["changed"] for change in values["revisions"]] == ["first", "headline"]
    assert [member["id"] for member in values["cluster"]] == [2, 1]


def test_explain_of_an_unknown_url_is_one_line(tmp_path: Path) -> None:
    result = run(kept_archive(tmp_path), explain, "https://paper.example/never\x1b[2J")
    assert (result.exit_code, said(result)) == (1, "no URL https://paper.example/never\\x1b[2J in this archive")


def test_a_long_article_with_hostile_marks_is_shown_quickly(tmp_path: Path) -> None:
    body = "word " * 40_000
    marks = tuple(("em", n, n + 3, None) for n in range(0, 100_000, 5))
    made = ArchiveArticle(headline="h", body=body, marks=marks, earlier=(ArchiveRevision(body="x"),))
    began = time.process_time()
    assert run(make_archive(tmp_path, [made]), show, "1", "--format", "html").exit_code == 0
    assert time.process_time() - began < 10


def test_show_imports_nothing_that_costs(tmp_path: Path) -> None:
    code = (
        "import sys; from archive.cli.read import show;"
        f"show(['1', '--archive', {str(kept_archive(tmp_path))!r}], standalone_mode=False);"
        "costly = ('scrapy', 'trafilatura', 'sqlite_utils', 'datasette', 'lxml', 'fastwarc', 'difflib');"
        "print([name for name in costly if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
