"""sources.toml: what it may say, how mistakes are told, and edits that keep the rest."""

import pickle
from datetime import timedelta
from pathlib import Path

import pytest

from archive.errors import NotFoundError, UsageError
from crawler.opml import read_opml, write_opml
from crawler.sources import Source, SourcesError, load_sources, parse_sources
from crawler.sources_file import (
    add_source,
    disable_source,
    enable_source,
    import_sources,
    remove_source,
    starter_sources,
)

WHOLE = """\
# my papers
[sources."Paper"]  # the best
url = "https://www.paper.example/news/"
feeds = ["https://feeds.example:8443/p"]
sitemaps = ["https://www.paper.example/s.xml"]
sections = ["https://www.paper.example/local"]
include = ["/news/*", "https://cdn.paper.test/*"]
exclude = ["*/live/*", 're:/\\d{8}/video']
delay = 0
every = "15m"
language = "pt-BR"
tags = ["daily", "daily", "eu"]
render = true
enabled = false  # for now

[sources."Paper".rules]
remove = ["div.ad"]

[sources.other]
url = "http://127.0.0.1:8900/"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "sources.toml"
    file.write_text(WHOLE, encoding="utf-8")
    return file


def test_every_key_is_read(path: Path) -> None:
    paper, other = load_sources(path)
    assert paper.feeds == ("https://feeds.example:8443/p",)
    assert (paper.delay, paper.every, paper.language) == (0.0, timedelta(minutes=15), "pt-BR")
    assert (paper.tags, paper.render, paper.enabled) == (("daily", "eu"), True, False)
    assert paper.rules == {"remove": ["div.ad"]}
    assert (other.name, other.url, other.enabled, other.delay) == ("other", "http://127.0.0.1:8900/", True, None)
    assert pickle.loads(pickle.dumps(paper)) == paper
    assert hash(paper)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[sources."a"]\nurl = "https://a.example/"\nfeed = []\n', 3, ("'a'", "'feed'", "did you mean 'feeds'")),
        ('[sources."a"]\nurl = \n', 2, ("no valid TOML",)),
        ('[sources."a"]\nurl = "https://a.example/"\n[sources."a"]\nurl = "x"\n', 3, ("TOML",)),
        ('[sources."a"]\nurl = "https://a.example/"\n\n[sources."A"]\nurl = "https://b.example/"\n', 4, ("'A'", "'a'")),
        ('[sources."a"]\nname = "x"\n', 2, ("'name'",)),
        ('[sources."a"]\ntags = ["x"]\n', 1, ("'a'", "no url")),
        ('[sources."a"]\nurl = "a.example"\n', 2, ("'url'", "https://a.example")),
        ('[sources."a"]\nurl = "ftp://a.example/"\n', 2, ("http or https",)),
        ('[sources."a"]\nurl = "https:///x"\n', 2, ("no host",)),
        ('[sources."a"]\nurl = "http://[bad"\n', 2, ("is no URL",)),
        ('[sources."a"]\nurl = "http://a.example:99999/"\n', 2, ("is no URL",)),
        ('[sources."a"]\nurl = 3\n', 2, ("must be text",)),
        ('[sources."a"]\nurl = "https://a.example/"\nfeeds = "https://a.example/f"\n', 3, ("'feeds'", "list")),
        (
            '[sources."a"]\nurl = "https://a.example/"\nfeeds = [\n  "https://a.example/f",\n  "/rel",\n]\n',
            3,
            ("'feeds'", "/rel"),
        ),
        ('[sources."a"]\nurl = "https://a.example/"\ndelay = -1\n', 3, ("'delay'",)),
        ('[sources."a"]\nurl = "https://a.example/"\ndelay = true\n', 3, ("'delay'",)),
        ('[sources."a"]\nurl = "https://a.example/"\nevery = "soon"\n', 3, ("'every'", "15m")),
        ('[sources."a"]\nurl = "https://a.example/"\nlanguage = "English please"\n', 3, ("'language'",)),
        ('[sources."a"]\nurl = "https://a.example/"\nenabled = "no"\n', 3, ("true or false",)),
        ('[sources."a"]\nurl = "https://a.example/"\nexclude = ["re:("]\n', 3, ("'exclude'", "regular expression")),
        ('[sources."a"]\nurl = "https://a.example/"\ninclude = ["/\\\\d+/"]\n', 3, ("'include'", "re:")),
        ('[sources."a"]\nurl = "https://a.example/"\nrules = 3\n', 3, ("'rules'", "table")),
        ('[sources]\na = "https://a.example/"\n', 2, ("no table",)),
        ('[source."a"]\nurl = "https://a.example/"\n', 1, ("'source'",)),
        ("sources = 3\n", 1, ("sources",)),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(text: str, line: int, words: tuple[str, ...]) -> None:
    with pytest.raises(SourcesError) as caught:
        parse_sources(text, "my.toml")
    message = str(caught.value)
    assert message.startswith(f"my.toml:{line}: ")
    assert "\n" not in message
    assert all(word in message for word in words), message
    assert caught.value.exit_code == 2


def test_a_missing_file_and_one_that_is_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="no such file"):
        load_sources(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourcesError, match="cannot be read"):
        load_sources(tmp_path / "binary.toml")


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://paper.example/x", True),
        ("http://www.paper.example:80/x", True),
        ("https://sport.paper.example/x", True),
        ("https://WWW.PAPER.example./x", True),
        ("https://feeds.example:8443/x", True),
        ("https://feeds.example/x", False),
        ("https://cdn.paper.test/x", True),
        ("https://paper.example:8901/x", False),
        ("https://notpaper.example/x", False),
        ("https://paper.example.evil.example/x", False),
        ("https://user@evil.example/paper.example", False),
        ("https://evil.example?paper.example/", False),
        ("ftp://paper.example/x", False),
        ("http://[bad", False),
        ("", False),
    ],
)
def test_a_source_owns_its_own_sites_alone(path: Path, url: str, owned: bool) -> None:
    assert load_sources(path)[0].owns(url) is owned


@pytest.mark.parametrize(
    ("include", "exclude", "url", "allowed"),
    [
        ((), (), "https://p.example/a", True),
        (("/news/*",), (), "https://p.example/news/a", True),
        (("/news/",), (), "https://p.example/news/a", True),
        (("/news/*",), (), "https://p.example/sport/news/a", False),
        (("*/news/*",), (), "https://p.example/sport/news/a", True),
        (("p.example/news",), (), "https://www.p.example/news/a", True),
        (("https://p.example/news*",), (), "http://p.example/news", False),
        ((), ("*.html",), "https://p.example/a.html", False),
        ((), ("*.html",), "https://p.example/a.html?x=1", True),
        ((), ("/a?id=",), "https://p.example/a?id=3", False),
        ((), (r"re:/\d{4}/live",), "https://p.example/2024/live", False),
        (("/news/*",), ("*/live*",), "https://p.example/news/live-1", False),
    ],
)
def test_patterns_say_what_is_wanted(
    include: tuple[str, ...], exclude: tuple[str, ...], url: str, allowed: bool
) -> None:
    assert Source(name="p", url="https://p.example/", include=include, exclude=exclude).allows(url) is allowed


def test_an_added_source_leaves_comments_and_order_alone(path: Path) -> None:
    name = add_source(path, "https://third.example/", tags=["x"], feeds=["https://third.example/rss"], language=None)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(WHOLE)
    third = load_sources(path)[2]
    assert (name, third.name) == ("third.example", "third.example")
    assert (third.feeds, third.tags, third.language) == (("https://third.example/rss",), ("x",), None)


def test_the_first_source_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sources.toml"
    assert add_source(path, "https://www.a.example/") == "a.example"
    assert add_source(path, "https://www.a.example/sport") == "a.example/sport"
    assert path.read_text(encoding="utf-8").startswith("#")
    assert [source.url for source in load_sources(path)] == ["https://www.a.example/", "https://www.a.example/sport"]
    assert [file.name for file in path.parent.iterdir()] == ["sources.toml"]


def test_a_name_or_url_that_is_taken_is_refused(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(UsageError, match="there already"):
        add_source(path, "https://x.example/", name="paper")
    with pytest.raises(UsageError, match="declared already"):
        add_source(path, "http://paper.example/news")
    with pytest.raises(UsageError, match="http or https"):
        add_source(path, "mailto:a@b.example")
    assert path.read_bytes() == before


def test_a_file_with_a_mistake_is_not_edited(path: Path) -> None:
    path.write_text(WHOLE + "urll = 3\n", encoding="utf-8")
    with pytest.raises(SourcesError, match="urll"):
        add_source(path, "https://x.example/")
    assert path.read_text(encoding="utf-8") == WHOLE + "urll = 3\n"


def test_sources_are_disabled_enabled_and_removed(path: Path) -> None:
    disable_source(path, "other")
    assert not load_sources(path)[1].enabled
    enable_source(path, "other")
    enable_source(path, "Paper")
    assert [source.enabled for source in load_sources(path)] == [True, True]
    assert "# my papers" in path.read_text(encoding="utf-8")
    remove_source(path, "Paper")
    assert [source.name for source in load_sources(path)] == ["other"]
    with pytest.raises(NotFoundError):
        remove_source(path, "Paper")


def test_a_link_to_the_file_stays_a_link_and_its_mode_stays(tmp_path: Path, path: Path) -> None:
    path.chmod(0o600)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    disable_source(link, "other")
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not load_sources(path)[1].enabled


def test_an_import_keeps_what_is_there_and_loses_nothing(path: Path, tmp_path: Path) -> None:
    sources = load_sources(path)
    target = tmp_path / "copy.toml"
    assert import_sources(target, sources) == (["Paper", "other"], [])
    assert load_sources(target) == sources
    assert import_sources(target, sources) == ([], ["Paper", "other"])


def test_the_starter_list_is_valid_and_many_tongued() -> None:
    sources = starter_sources()
    assert 60 <= len(sources) <= 100
    assert len({(source.language or "").partition("-")[0] for source in sources}) >= 25
    continents = {"europe", "north-america", "south-america", "africa", "asia", "oceania", "antarctica"}
    assert {tag for source in sources for tag in source.tags} >= continents
    assert all(source.language and source.tags for source in sources)
    for source in sources:
        for feed in source.feeds:
            assert source.owns(feed)


def test_opml_groups_feeds_by_site_and_folders_become_tags() -> None:
    body = b"""<?xml version="1.0"?><!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml version="2.0"><body>
    <outline text="Dailies"><outline text="The Paper" xmlUrl="https://paper.example/rss" htmlUrl="https://paper.example/"/>
    <outline text="The Paper: Sport" xmlUrl="https://paper.example/sport/rss" htmlUrl="https://www.paper.example/sport"/></outline>
    <outline title="B&amp;B" xmlUrl="https://b.example/feed"/><outline text="&x;" xmlUrl="file:///etc/passwd"/></body></opml>"""
    paper, other = read_opml(body, "x.opml")
    assert (paper.name, paper.tags) == ("The Paper", ("Dailies",))
    assert paper.feeds == ("https://paper.example/rss", "https://paper.example/sport/rss")
    assert (other.name, other.url) == ("B&B", "https://b.example/")


def test_opml_that_was_written_is_read_back() -> None:
    sources = (
        Source(
            name='A "quoted" <paper>',
            url="https://a.example/",
            feeds=("https://a.example/1?x=1&y=2", "https://a.example/2"),
        ),
        Source(name="b", url="https://b.example/", feeds=("https://b.example/rss",)),
    )
    assert read_opml(write_opml(sources).encode(), "x.opml") == sources


def test_what_is_no_opml_is_told() -> None:
    for body in (b"", b"<html></html>", b"\x00\x01"):
        with pytest.raises(SourcesError, match="no OPML"):
            read_opml(body, "x.opml")
