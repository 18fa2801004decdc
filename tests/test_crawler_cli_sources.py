"""`presskeep sources …` as people type it."""

import json
import subprocess
import sys
from pathlib import Path

import newsroom_faults as faults
import pytest
from click.testing import CliRunner, Result
from newsroom import Newsroom

from crawler.cli import main
from crawler.sources import load_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def run(folder: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--archive", str(folder), "sources", *arguments], input=stdin)


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_add_names_a_source_after_its_host_and_list_shows_it(folder: Path) -> None:
    assert run(folder, "add", "www.paper.example", "https://other.example/news").exit_code == 0
    result = run(folder, "list")
    assert result.exit_code == 0
    assert [(row["name"], row["url"], row["enabled"], row["articles"]) for row in rows(result)] == [
        ("paper.example", "https://www.paper.example/", True, 0),
        ("other.example", "https://other.example/news", True, 0),
    ]
    assert not (folder / "archive.db").exists()


def test_add_takes_a_name_tags_a_language_and_feeds(folder: Path) -> None:
    options = ["--name", "Paper", "--tag", "a", "--tag", "b", "--language", "de", "--feed", "https://p.example/rss"]
    assert run(folder, "add", "https://p.example/", *options).exit_code == 0
    (source,) = load_sources(folder / "sources.toml")
    assert (source.name, source.tags, source.language) == ("Paper", ("a", "b"), "de")
    assert source.feeds == ("https://p.example/rss",)
    assert rows(run(folder, "list", "--tag", "z")) == []
    assert len(rows(run(folder, "list", "--tag", "a"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "no url"],
        ["add", "ftp://p.example/"],
        ["add", "mailto:a@p.example"],
        ["add", "https://a.example/", "https://b.example/", "--name", "x"],
        ["add", "https://a.example/", "--language", "not a language"],
        ["add", "https://a.example/", "--feed", "/relative"],
        ["add"],
        ["enable"],
        ["remove", "nobody", "--yes"],
        ["edit"],
        ["import", "no-such-file.opml"],
    ],
)
def test_bad_input_ends_with_one_line_and_exit_code_2(folder: Path, arguments: list[str]) -> None:
    result = run(folder, *arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert not (folder / "sources.toml").exists()


def test_a_wrong_sources_file_is_told_with_its_line(folder: Path) -> None:
    folder.mkdir()
    (folder / "sources.toml").write_text('[sources."a"]\nurl = "https://a.example/"\ntag = []\n', encoding="utf-8")
    result = run(folder, "list")
    assert result.exit_code == 2
    assert "sources.toml:3: source 'a', key 'tag'" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_disable_enable_and_remove(folder: Path) -> None:
    run(folder, "add", "https://p.example/")
    assert run(folder, "disable", "p.example").exit_code == 0
    assert not load_sources(folder / "sources.toml")[0].enabled
    assert run(folder, "enable", "p.example").exit_code == 0
    assert run(folder, "enable", "nobody").exit_code == 1
    assert run(folder, "remove", "p.example", stdin="n\n").exit_code == 1
    assert run(folder, "remove", "p.example", stdin="y\n").exit_code == 0
    assert load_sources(folder / "sources.toml") == ()


def test_the_starter_list_is_imported_once(folder: Path) -> None:
    dry = run(folder, "import", "starter", "--dry-run")
    assert dry.exit_code == 0
    assert all(line.startswith("new\t") for line in dry.stdout.splitlines())
    assert not folder.exists()
    assert run(folder, "import", "starter").exit_code == 0
    n = len(load_sources(folder / "sources.toml"))
    assert n >= 60
    again = run(folder, "import", "starter")
    assert f"0 sources added to {folder / 'sources.toml'}, {n} were there already" in again.stderr


def test_sources_go_out_and_come_back_as_toml_and_opml(folder: Path, tmp_path: Path) -> None:
    run(folder, "add", "https://p.example/", "--feed", "https://p.example/rss", "--tag", "t")
    for name in ("out.toml", "out.opml"):
        assert run(folder, "export", str(tmp_path / name)).exit_code == 0
        other = tmp_path / name.replace(".", "-")
        assert run(other, "import", str(tmp_path / name)).exit_code == 0
        (source,) = load_sources(other / "sources.toml")
        assert (source.name, source.url, source.feeds) == (
            "p.example",
            "https://p.example/",
            ("https://p.example/rss",),
        )
    assert run(folder, "export").stdout == (folder / "sources.toml").read_text(encoding="utf-8")
    assert run(folder, "export", "-", "--format", "opml").stdout.startswith("<?xml")


def test_export_of_nothing_is_empty(folder: Path) -> None:
    assert run(folder, "export").stdout == ""
    assert rows(run(folder, "list")) == []


def discover(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # a process of its own: Twisted's reactor starts once
    command = [
        sys.executable,
        "-c",
        "from crawler.cli import main; main()",
        "--archive",
        str(folder),
        "sources",
        "discover",
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_discover_lists_what_a_site_offers_and_adds_it(folder: Path) -> None:
    folder.mkdir()
    (folder / "presskeep.toml").write_text("delay = 0\n", encoding="utf-8")
    with Newsroom() as news:
        news.publish_many(3)
        result = discover(folder, news.url, "--add", "--name", "Daily")
    assert result.returncode == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.splitlines()]
    by_kind = {row["kind"]: row for row in found}
    assert set(by_kind) == {"section", "feed", "sitemap"}
    assert by_kind["feed"]["links"] == 3
    assert by_kind["sitemap"]["links"] >= 3
    (source,) = load_sources(folder / "sources.toml")
    assert source.name == "Daily"
    assert by_kind["feed"]["url"] in source.feeds
    assert source.sitemaps
    assert not (folder / "archive.db").exists()


def test_discover_of_a_site_that_does_not_answer_exits_4(folder: Path) -> None:
    result = discover(folder, "http://127.0.0.1:9/", "--add")
    assert result.returncode == 4, result.stderr
    assert json.loads(result.stdout.splitlines()[0])["outcome"] in {"refused", "robots_unreachable"}
    assert not (folder / "sources.toml").exists()


def test_discover_does_not_ask_twice_where_nothing_comes(folder: Path) -> None:
    folder.mkdir()
    (folder / "presskeep.toml").write_text("delay = 0\ntimeout = 1.0\n", encoding="utf-8")
    with Newsroom() as news:
        news.answer("/", faults.stall())
        result = discover(folder, news.url)
        assert news.n_requests("/") == 1
    assert json.loads(result.stdout.splitlines()[0])["outcome"] == "timeout", result.stderr
