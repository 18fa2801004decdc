"""The commands search and stats, as they are typed."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import click
import pytest
from archives import make_archive
from click.testing import CliRunner, Result

from archive.cli.ask import search, stats
from archive.cli.options import Commands, common_options
from archive.text import cells

ARTICLES: list[dict[str, Any]] = [
    {
        "headline": "Flood in Kabul kills eleven",
        "body": "Heavy rain fell. " * 30 + "The flood destroyed houses.",
        "published": "2024-03-05T10:00:00+04:30",
        "language": "en",
        "cluster": 1,
    },
    {
        "headline": "洪水",
        "body": "北京市发生洪水，数千人撤离。" * 20,
        "published": "2024-04-01",
        "language": "zh",
        "source": "新华社",
    },
    {"headline": "Undated \x1b[31m flood", "body": "A body.", "cluster": 1, "authors": ("Jane Doe",)},
]


@click.group(cls=Commands)
@common_options
def main() -> None:
    """Ask an archive."""


main.add_command(search)
main.add_command(stats)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("archive"), ARTICLES)


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--archive", str(folder)])


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_piped_hits_are_json_lines(folder: Path) -> None:
    hits = rows(run(folder, "search", "kabul"))
    assert list(hits[0]) == [
        "id",
        "url",
        "headline",
        "source",
        "published",
        "language",
        "snippet",
        "rank",
        "cluster_size",
    ]
    assert (hits[0]["id"], hits[0]["cluster_size"]) == (1, 2)


def test_words_need_no_quotes_and_options_stand_anywhere(folder: Path) -> None:
    assert [hit["id"] for hit in rows(run(folder, "search", "--limit", "5", "kabul", "flood", "--lang", "en"))] == [1]


def test_a_query_may_begin_with_a_minus(folder: Path) -> None:
    assert [hit["id"] for hit in rows(run(folder, "search", "-kabul", "--sort", "date"))] == [2, 3]
    assert [hit["id"] for hit in rows(run(folder, "search", "flood", "-kabul", "-q"))] == [3]


def test_a_count_and_ids_are_plain(folder: Path) -> None:
    assert run(folder, "search", "flood", "--count").stdout == "2\n"
    assert run(folder, "search", "flood", "--ids").stdout == "1\n3\n"
    assert run(folder, "search", "nowhere", "--count").stdout == "0\n"


def test_limit_0_means_all(folder: Path) -> None:
    assert len(rows(run(folder, "search", "--limit", "0"))) == 3
    assert len(rows(run(folder, "search", "--limit", "1"))) == 1


def test_nothing_found_fails_only_where_asked(folder: Path) -> None:
    assert run(folder, "search", "nowhere").exit_code == 0
    assert run(folder, "search", "nowhere", "--fail-empty").exit_code == 1
    assert run(folder, "search", "nowhere", "--fail-empty", "--ids").exit_code == 1


def test_how_a_query_was_read_is_on_stderr_unless_quiet(folder: Path) -> None:
    result = run(folder, "search", "C++")
    assert result.stderr == "+ is not searched: “C++” was read as “c”\n0 of 3 articles\n"
    assert run(folder, "search", "C++", "-q").stderr == ""
    assert "1 without a date is left out" in run(folder, "search", "flood", "--since", "2024", "--ids").stderr


def test_the_corpus_total_stands_beside_the_hits_in_a_pipe_too(folder: Path) -> None:
    assert run(folder, "search", "flood", "--limit", "1").stderr == "2 of 3 articles, 1 shown\n"
    assert run(folder, "search", "nowhere").stderr == "0 of 3 articles\n"
    assert run(folder, "stats", "flood", "--by", "lang").stderr == "2 of 3 articles\n"


def test_filters_reach_the_search(folder: Path) -> None:
    assert [hit["id"] for hit in rows(run(folder, "search", "--source", "新华社"))] == [2]
    assert [hit["id"] for hit in rows(run(folder, "search", "--author", "jane"))] == [3]
    assert [hit["id"] for hit in rows(run(folder, "search", "--until", "2024-03"))] == [1]
    assert [hit["id"] for hit in rows(run(folder, "search", "flood", "--field", "body"))] == [1]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (("search", "--raw", "AND"), 2, "FTS5 cannot read “AND”"),
        (("search", "x", "--since", "soon"), 2, "“soon” is no moment"),
        (("search", "x", "--field", "nose"), 2, "--field"),
        (("stats", "x", "--plot", "x.png"), 2, "give FILE.svg or FILE.vl.json"),
        (("stats", "--by", "mood"), 2, "--by"),
    ],
)
def test_bad_input_is_one_clear_line(folder: Path, arguments: tuple[str, ...], exit_code: int, says: str) -> None:
    result = run(folder, *arguments)
    assert result.exit_code == exit_code
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_missing_archive_is_not_made(tmp_path: Path) -> None:
    result = run(tmp_path / "none", "search", "x")
    assert result.exit_code == 5
    assert "no archive at" in result.stderr
    assert not (tmp_path / "none").exists()


def test_csv_goes_to_a_file(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "search", "kabul", "-o", str(tmp_path / "a.csv")).exit_code == 0
    assert (tmp_path / "a.csv").read_text().splitlines()[
        0
    ] == "id,published,source,headline,snippet,language,url,rank,cluster_size"


def test_counts_are_json_lines_and_the_undated_are_said(folder: Path) -> None:
    result = run(folder, "stats", "flood", "--by", "month", "--share")
    assert rows(result) == [
        {"month": "2024-03", "articles": 1, "total": 1, "share": 1.0},
        {"month": "2024-04", "articles": 0, "total": 1, "share": 0.0},
        {"month": None, "articles": 1, "total": 1, "share": 1.0},
    ]
    assert result.stderr == "2 of 3 articles\n1 without a date that says the month\n"


def test_a_plot_is_drawn_beside_the_counts(folder: Path, tmp_path: Path) -> None:
    assert rows(run(folder, "stats", "--by", "lang", "--plot", str(tmp_path / "a.svg")))
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


def on_terminal(folder: Path, width: int, *arguments: str, **environment: str) -> str:
    """Run the command on a terminal of its own and give what stands there."""
    program = "import sys; from test_archive_cli_ask import main; main(sys.argv[1:], prog_name='presskeep')"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    kept = {
        name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    }
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments, "--archive", str(folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "PYTHONPATH": str(Path(__file__).parent), "TERM": "xterm", **environment},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux's end of a terminal
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode().replace("\r\n", "\n")


def plain(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


@pytest.mark.parametrize("width", [40, 80])
def test_a_terminal_gets_a_list_that_fits_it(folder: Path, width: int) -> None:
    shown = on_terminal(folder, width, "search", "flood", "OR", "洪水")
    assert all(cells(line) <= width for line in plain(shown).splitlines())
    assert "\x1b[33m\x1b[1mflood\x1b[0m" in shown
    assert "1  2024-03-05 · paper · 2 alike" in plain(shown)
    assert "3 of 3 articles" in plain(shown)
    assert "\x1b[31m" not in shown


def test_colours_can_be_switched_off(folder: Path) -> None:
    assert "\x1b[" not in on_terminal(folder, 80, "search", "flood", NO_COLOR="1")
    assert "\x1b[" not in on_terminal(folder, 80, "stats", "--color", "never")


@pytest.mark.parametrize("width", [40, 80])
def test_counts_on_a_terminal_have_bars_and_a_sparkline(folder: Path, width: int) -> None:
    shown = plain(on_terminal(folder, width, "stats", "--by", "month"))
    assert shown.splitlines()[0] == "██"
    assert re.search(r"2024-03 +1  █{8,}", shown)
    assert re.search(r"undated +1  █", shown)
    assert all(cells(line) <= width for line in shown.splitlines())


def test_search_starts_without_what_it_does_not_use() -> None:
    program = (
        "import sys; from archive.cli import ask; from archive.search import search;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert not set(loaded.split()) & {
        "scrapy",
        "twisted",
        "trafilatura",
        "sqlite_utils",
        "lxml",
        "idna",
        "wcwidth",
        "datasette",
    }
