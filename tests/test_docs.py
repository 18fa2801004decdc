"""The docs say what the code does: pages that are made from it, links, commands, SQL, settings, outcome words."""

import importlib.util
import json
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import click
import pytest
from archives import ArchiveArticle, ArchiveRevision, make_archive
from outcome_words import outcome_words
from sqlite_utils import Database

from archive.explain import MEANINGS
from archive.migrations import Migration
from crawler.cli import main as presskeep
from crawler.config import Config, load_config
from crawler.frontier import KEPT, RARE, is_transient
from crawler.one_off import WHY
from crawler.sources import Source, load_sources, parse_sources

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELLS = {"sh", "console"}
SEPARATORS = {"|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "<<"}
FENCE = re.compile(r"(?ms)^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def fenced(page: Path, *languages: str) -> list[str]:
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    return [block["text"] for block in found if block["language"] in languages]


def module(name: str) -> ModuleType:
    """Load docs/NAME.py, which is in no package."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_pages_made_from_the_code_are_current() -> None:
    # in a process of its own: click keeps what a command's help was first made with
    command = [sys.executable, str(Path(__file__).parent.parent / "docs" / "generate.py"), "--check"]
    assert subprocess.run(command, cwd=Path(__file__).parent.parent, check=False).returncode == 0, "run `make docs`"


def test_a_column_that_a_migration_added_is_shown_with_its_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    generate = module("generate")
    steps = (
        Migration(
            name="m900_weather",
            sql="""
            ALTER TABLE sources ADD COLUMN weather TEXT; -- when it was found
            ALTER TABLE sources ADD COLUMN winds TEXT NOT NULL DEFAULT '[1, 2]';""",
        ),
        Migration(
            name="m901_rain", sql="ALTER TABLE sources ADD COLUMN rains INTEGER CHECK (rains IN (0, 1)); -- or not"
        ),
    )
    monkeypatch.setattr(generate, "LATER", steps)
    with closing(Database(memory=True)) as db:
        db.execute("CREATE TABLE sources (\n  id INTEGER PRIMARY KEY,\n  name TEXT -- as people say it\n) STRICT")
        for step in steps:
            db.executescript(step.sql)
        ((sql,),) = db.execute("SELECT sql FROM sqlite_master")
    assert generate.laid_out("sources", sql, ["id", "name", "weather", "winds", "rains"]) == (
        "CREATE TABLE sources (\n  id INTEGER PRIMARY KEY,\n  name TEXT, -- as people say it\n"
        "  weather TEXT, -- when it was found\n  winds TEXT NOT NULL DEFAULT '[1, 2]',\n"
        "  rains INTEGER CHECK (rains IN (0, 1)) -- or not\n) STRICT"
    )


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code forges make them."""
    headings = re.findall(r"(?m)^#+ (.+)$", prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{target}: no such file"
        assert not anchor or anchor in anchors(path), f"{target}: no such heading"


def shell_lines(page: Path) -> Iterator[str]:
    """The command lines of a page: in blocks for shells, without the answers, and in `code` that begins with presskeep."""
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        if found["language"] == "sh":
            yield from found["text"].splitlines()
        elif found["language"] == "console":
            yield from (command.shell.partition("\n")[0] for command in module("transcripts").commands(found["text"]))
    yield from re.findall(r"`(presskeep [^`]+)`", prose(page).replace("\n", " "))


def calls(line: str) -> Iterator[list[str]]:
    """The calls of presskeep in a command line: the words after the command, up to a pipe, a redirection or a comment."""
    if "presskeep" not in line:
        return
    # `…` in synopses stands for whatever may follow; a crontab's stars are no words of the command
    lexer = shlex.shlex(line.replace("…", ""), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words = list(lexer)
    for start, word in enumerate(words):
        if word == "presskeep" and (
            start == 0 or words[start - 1] in SEPARATORS or "=" in words[start - 1] or words[0] == "*/10"
        ):
            rest = words[start + 1 :]
            end = next((n for n, each in enumerate(rest) if each in SEPARATORS), len(rest))
            yield rest[:end]


def wrong(words: list[str]) -> str | None:
    """What is wrong with the words after `presskeep`: a command or option that is not there, a choice that is none."""
    command: click.Command = presskeep
    context = click.Context(command, info_name="presskeep")
    rest = iter(words)
    for word in rest:
        if word.startswith("-") and len(word) > 1:
            name, _, value = word.partition("=")
            option = next((each for each in command.get_params(context) if name in each.opts), None)
            if option is None:
                return f"no option {name} in `{context.command_path}`"
            if isinstance(option, click.Option) and not option.is_flag and not option.count:
                value = value or next(rest, "")
                if isinstance(option.type, click.Choice) and value not in option.type.choices:
                    return f"{name} is never {value!r}"
        elif isinstance(command, click.Group):
            found = command.get_command(context, word)
            if found is None:
                return None if word.isupper() else f"no command {word!r} in `{context.command_path}`"
            command, context = found, click.Context(found, info_name=word, parent=context)
    return None


@pages
def test_every_command_that_is_shown_exists_with_its_options(page: Path) -> None:
    for line in shell_lines(page):
        for words in calls(line):
            assert wrong(words) is None, f"{line}: {wrong(words)}"


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert wrong(["craw"])
    assert wrong(["search", "word", "--sorted"])
    assert wrong(["search", "word", "--sort", "age"])
    assert wrong(["sources", "lst"])
    assert wrong(["search", "word", "--sort", "date"]) is None
    assert list(calls("http_proxy=http://127.0.0.1:1 presskeep crawl --limit 3 | head # all")) == [
        ["crawl", "--limit", "3"]
    ]


@pytest.fixture
def small_archive(tmp_path: Path) -> Path:
    """An archive that has something of everything that the SQL examples ask for."""
    edited = ArchiveArticle(
        headline="A cable across the sound",
        body="The grid operators agreed.",
        published="2025-04-16T14:05:00+01:00",
        source="Courier",
        earlier=(ArchiveRevision(headline="A cable?", body="The grid operators talk."),),
        removals=(("hidden_links", "slot gacor"),),
        cluster=1,
    )
    copied = ArchiveArticle(
        headline="One cable, one sound", published="2025-04-17", source="Observer", cluster=1, body="So it is."
    )
    folder = make_archive(tmp_path, [edited, copied], captures=True)
    db = sqlite3.connect(folder / "archive.db")
    with db:
        db.execute(
            "INSERT INTO links (url, url_key, found_in, discovered_at, newest_at, outcome, outcome_at)"
            " VALUES ('http://a.example/', 'a.example', 'feed', 't', 't', 'new', 't')"
        )
    db.close()
    return folder


@pytest.mark.parametrize("page", ["archive.md", "real-pages.md"])
def test_every_sql_example_runs_and_finds_something(page: str, small_archive: Path) -> None:
    db = sqlite3.connect(f"file:{small_archive / 'archive.db'}?mode=ro", uri=True)
    try:
        for sql in fenced(ROOT / "docs" / page, "sql"):
            assert db.execute(sql).fetchall(), sql
    finally:
        db.close()


def test_sql_stands_on_no_other_page() -> None:
    assert {page.name for page in PAGES if fenced(page, "sql")} == {"archive.md", "real-pages.md", "schema.md"}


def test_the_sources_file_that_is_shown_is_one(tmp_path: Path) -> None:
    page = ROOT / "docs" / "sources.md"
    blocks = fenced(page, "toml")
    assert blocks
    found = [source for block in blocks for source in parse_sources(block, tmp_path)]
    keys = {each.name for each in fields(Source)} - {"name"}
    assert {key for key in keys if f"| `{key}` |" in page.read_text(encoding="utf-8")} == keys
    shown = {key for block in blocks for key in re.findall(r"(?m)^(\w+) =|\.(rules)\]$", block) for key in key if key}
    assert keys <= shown
    assert [source.name for source in found] == ["Harbour Courier", "The Upland Observer"]


def test_the_settings_file_that_is_shown_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRESSKEEP_CONTACT", raising=False)
    page = ROOT / "docs" / "crawling.md"
    (block,) = fenced(page, "toml")
    (tmp_path / "presskeep.toml").write_text(block, encoding="utf-8")
    assert load_config(tmp_path).contact == "me@example.org"
    for key in fields(Config):
        assert f"| `{key.name}` |" in page.read_text(encoding="utf-8")
        assert re.search(rf"(?m)^{key.name} = ", block)


def test_the_one_liner_makes_a_sources_file_of_a_corpus(tmp_path: Path) -> None:
    (line,) = (line for line in shell_lines(ROOT / "docs" / "real-pages.md") if line.startswith("python3 -c"))
    for name, urls in {
        "one": ["http://a.example/1", "https://WWW.b.example:8443/2"],
        "two": ["http://a.example/3"],
    }.items():
        (tmp_path / name).mkdir()
        text = "".join(json.dumps({"url": url, "status": 200}) + "\n" for url in urls)
        (tmp_path / name / "pages.jsonl").write_text(text, encoding="utf-8")
    subprocess.run(["bash", "-c", line.replace("CORPUS…", "one two")], cwd=tmp_path, check=True, timeout=30)
    found = load_sources(tmp_path / "corpus.toml")
    assert [(source.name, source.url, source.delay) for source in found] == [
        ("a.example", "http://a.example/", 0.0),
        ("www.b.example:8443", "http://www.b.example:8443/", 0.0),
    ]


def documented_outcomes() -> dict[str, str]:
    """Outcome word -> what happens next, as docs/outcomes.md has it."""
    text = (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^\| `(\w+)` \|.*\| ([\w ]+) \|$", text))


def test_every_outcome_word_is_explained_and_no_other() -> None:
    documented = {word for word in documented_outcomes() if not word.startswith("http_")}
    assert documented == {word for word in outcome_words() if not word.startswith("http_")}
    assert {"http_404", "http_410", "http_5NN", "http_NNN"} <= set(documented_outcomes())


@pytest.mark.parametrize(("word", "after"), documented_outcomes().items())
def test_the_frontier_does_next_what_the_page_says(word: str, after: str) -> None:
    code = word.replace("NNN", "418").replace("5NN", "500")
    if code in KEPT:
        assert after == "look again"
    elif is_transient(code):
        assert after == "try again"
    else:
        assert after == ("rarely" if code in RARE else "no")


def test_every_reason_of_a_removal_is_explained() -> None:
    found: set[str] = set()
    for path in (ROOT / "pipelines" / "clean").glob("*.py"):
        # reasons stand beside their rule, `name@version`, or are the keyword of a cut
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'"([a-z-]+)",\s*"[a-z-]+@\d+"', text))
        found.update(re.findall(r'reason="([a-z-]+)"', text))
    assert {"spam", "hidden-spam", "related"} <= found
    page = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    documented = {word for row in re.findall(r"(?m)^\| (`[^|]+`) \|", page) for word in re.findall(r"`([a-z-]+)`", row)}
    assert found <= documented


def test_what_commands_say_of_outcomes_are_outcomes() -> None:
    known = set(documented_outcomes())
    assert set(MEANINGS) <= known
    assert set(WHY) <= known
    assert known >= KEPT
    assert set(RARE) <= known
