"""Opt-outs of text and data mining: what is declared is read, and kept with the capture."""

import json
from pathlib import Path

import pytest
from commands import presskeep, rows, sources_file
from migrating import archive_before
from newsroom import Newsroom

from archive.store import open_store
from crawler.demo.server import Answer
from crawler.opt_outs import as_text, from_headers, from_page, named_agents
from crawler.robots_text import ai_rules

ROBOTS = """
User-agent: GPTBot
User-agent: ccbot   # and this one
Disallow: /

User-agent: ClaudeBot
Disallow: /archive/

User-agent: *
Allow: /
"""


def test_the_ai_agents_that_robots_txt_refuses_are_named() -> None:
    rules = ai_rules(ROBOTS)
    assert [agent for agent, _ in rules] == ["CCBot", "ClaudeBot", "GPTBot"]
    for path, refused in (("news/1", ["CCBot", "GPTBot"]), ("archive/1", ["CCBot", "ClaudeBot", "GPTBot"])):
        url = f"https://a.example/{path}"
        assert [agent for agent, robots in rules if not robots.can_fetch(url, agent)] == refused
    assert ai_rules(ROBOTS + "#" * 70_000) == ()
    assert named_agents("User-agent: *\nDisallow: /\n") == ()


@pytest.mark.parametrize(
    ("headers", "declared"),
    [
        ([("TDM-Reservation", "1"), ("tdm-policy", "https://a.example/p.json")],
         {"tdm_reservation": 1, "tdm_policy": "https://a.example/p.json"}),
        ([("TDM-Reservation", " 0 ")], {"tdm_reservation": 0}),
        ([("TDM-Reservation", "yes")], {}),
        ([("X-Robots-Tag", "noindex, noai"), ("X-Robots-Tag", "noimageai")], {"robots_tags": ["noai", "noimageai"]}),
        ([("X-Robots-Tag", "noindex")], {}),
    ],
)  # fmt: skip
def test_headers_are_read(headers: list[tuple[str, str]], declared: dict[str, object]) -> None:
    assert from_headers(headers) == declared


@pytest.mark.parametrize(
    ("head", "declared"),
    [
        (b'<meta name="tdm-reservation" content="1">', {"tdm_reservation": 1}),
        (b"<META content='1' NAME=tdm-reservation>", {"tdm_reservation": 1}),
        (b'<meta name="tdm-policy" content="/a?b=1&amp;c=2"/>', {"tdm_policy": "/a?b=1&c=2"}),
        (b'<meta name="robots" content="index, noai,noimageai">', {"robots_tags": ["noai", "noimageai"]}),
        (b'<meta name="robots" content="index, follow"><meta name="description" content="noai">', {}),
        (b"<meta " + b"x" * 5_000 + b">", {}),
        (b"x" * 200_000 + b'<meta name="tdm-reservation" content="1">', {}),
    ],
)
def test_meta_elements_are_read_in_the_head(head: bytes, declared: dict[str, object]) -> None:
    assert from_page(b"<html><head>" + head) == declared


def test_nothing_declared_is_nothing_written() -> None:
    assert as_text({}, {}) is None
    assert as_text({"tdm_reservation": 0}, {"tdm_reservation": 1}) == '{"tdm_reservation": 1}'


def test_what_is_declared_is_kept_with_each_capture(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(1)
        newsroom.publish("reserved", head='<meta name="tdm-reservation" content="1">')
        newsroom.answer("/robots.txt", Answer(content_type="text/plain", body=ROBOTS.encode()))
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
    kept = {
        url.rsplit("/", 1)[1]: (robots, json.loads(opt_out or "{}"))
        for url, robots, opt_out in rows(archive, "SELECT url, robots, opt_out FROM captures WHERE purpose = 'page'")
    }
    agents = ["CCBot", "GPTBot"]
    assert kept["report-0000.html"] == ("allowed", {"robots_agents": agents})
    assert kept["reserved.html"] == ("allowed", {"robots_agents": agents, "tdm_reservation": 1})
    told = presskeep("--archive", archive, "explain", newsroom_url(archive))
    assert "mining declared" in told.stdout


def newsroom_url(archive: Path) -> str:
    ((url,),) = rows(archive, "SELECT url FROM articles WHERE url LIKE '%reserved%'")
    return str(url)


def test_captures_of_the_schema_before_declare_nothing(tmp_path: Path) -> None:
    folder = archive_before("m008_opt_outs", tmp_path)
    open_store(folder).close()
    assert {row[0] for row in rows(folder, "SELECT opt_out FROM captures")} == {None}
