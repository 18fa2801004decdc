import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, make_archive
from hypothesis import given
from hypothesis import strategies as st

from archive.cli.across import kwic
from archive.kwic import Line, after, before, concordance
from archive.reader import open_reader
from archive.text import cells

ARTICLES = [
    ArchiveArticle(headline="Flood in Kabul",
                   body="Rain fell. The flood took two bridges.\n\nAnother Flood came.", published="2024-03-05"),
    ArchiveArticle(headline="سیلاب در کابل", body="باران بارید و سيلاب آمد. مردم می‌روند.", language="fa", published="2024-01-01"),
    ArchiveArticle(headline="洪水", body="昨日、北京で洪水が発生した。", language="ja", published="2024-02-01"),
    ArchiveArticle(headline="Straße", description="a flood of mail", body="Die STRASSE ist naß; covid-19 war da."),
]  # fmt: skip


def lines(folder: Path, query: str, **options: object) -> list[Line]:
    with closing(open_reader(folder)) as db:
        return list(concordance(db, query, **options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("kwic"), ARTICLES)


def test_each_place_is_a_line_with_its_span_in_the_stored_text(folder: Path) -> None:
    found = lines(folder, "flood")
    assert [(line.column, line.match) for line in found] == [
        ("headline", "Flood"),
        ("body", "flood"),
        ("body", "Flood"),
    ]
    assert found[1].left.endswith("fell. The ")
    assert found[1].right == " took two bridges. Another Flood came."
    assert ARTICLES[0].body[found[1].start : found[1].end] == "flood"


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("سيلاب", ["سیلاب", "سيلاب"]),  # typed with Arabic letters
        ("میروند", ["می‌روند"]),
        ("洪水", ["洪水", "洪水"]),
        ("strasse", ["Straße", "STRASSE"]),
        ("covid-19", ["covid-19"]),
        ('"two bridges"', ["two bridges"]),
        ("brid*", ["bridges"]),
        ("description:mail", ["mail"]),
        ("flood -bridges", []),
    ],
)
def test_every_script_is_found_as_it_is_stored(folder: Path, query: str, matches: Sequence[str]) -> None:
    assert [line.match for line in lines(folder, query)] == matches


def test_lines_are_sorted_by_the_words_beside(folder: Path) -> None:
    assert [line.right[:9].strip() for line in lines(folder, "flood", sort="right")] == [
        "came.",
        "in Kabul",
        "took two",
    ]
    assert [line.left[-8:].strip() for line in lines(folder, "flood", sort="left")] == ["", "Another", "ll. The"]


def test_wide_characters_take_two_cells_of_context(folder: Path) -> None:
    line = lines(folder, "洪水", width=7)[1]
    assert (line.left, line.right) == ("北京で", "が発生")


@given(st.text(max_size=200), st.integers(0, 200), st.integers(1, 60))
def test_context_fits_its_width(text: str, at: int, width: int) -> None:
    at = min(at, len(text))
    assert cells(before(text, at, width)) <= width
    assert cells(after(text, at, width)) <= width


def test_a_pipe_gets_json_lines_and_csv_has_the_columns(folder: Path) -> None:
    result = run(folder, kwic, "北京", "--width", "4")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": 3, "url": "https://paper.example/3", "source": "paper", "published": "2024-02-01", "language": "ja",
         "column": "body", "start": 3, "end": 5, "left": "日、", "match": "北京", "right": "で洪"}
    ]  # fmt: skip
    header, row = run(folder, kwic, "bridges", "--csv").stdout.splitlines()
    assert header == "id,source,published,column,start,left,match,right,url"
    assert row.startswith("1,paper,2024-03-05,body,")


def test_what_cannot_be_looked_for_is_one_line(folder: Path) -> None:
    result = run(folder, kwic, "  ")
    assert (result.exit_code, said(result)) == (2, "kwic needs a word to look for")
    result = run(folder, kwic, "%%%")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines()[0] == "nothing in “%%%” can be searched"


def test_lines_that_were_cut_off_are_the_first(folder: Path) -> None:
    n_lines = len(lines(folder, "flood"))
    assert run(folder, kwic, "flood").stderr.startswith(f"{n_lines} lines in ")
    assert run(folder, kwic, "flood", "--limit", "1").stderr.startswith("the first 1 lines in 1 of ")
    n_lines = len(lines(folder, "flood"))
    assert run(folder, kwic, "flood", "--limit", str(n_lines)).stderr.startswith(f"{n_lines} lines in ")
