"""`sources check` and `sources coverage`: what a source offers, and what is kept of what it announced."""

import asyncio
import json
from pathlib import Path

from commands import presskeep, rows, sources_file
from hostile_server import story
from newsroom import Newsroom

from crawler.check import Check
from crawler.demo import server
from crawler.sources import Source
from crawler.survey import Answer
from pipelines.workers import Workers

ROBOTS = b"User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nCrawl-delay: 2\nDisallow: /private/\n"


def test_a_check_says_in_one_row_a_source_what_it_gives_and_keeps_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    with Newsroom() as good, Newsroom(address="127.0.0.2") as poor:
        good.publish_many(5)
        good.answer("/robots.txt", server.Answer(content_type="text/plain", body=ROBOTS))
        poor.publish_many(5)
        for n in range(5):
            page = b"<html><body><div id=app></div><script src=/app.js></script></body></html>"
            poor.answer(f"/news/report-{n:04}.html", server.Answer(body=page))
        urls = {"Good": good.url, "Poor": poor.url, "Dead": "http://127.0.0.3:9/"}
        (archive / "sources.toml").write_text(sources_file(tmp_path, urls).read_text())
        done = presskeep("--archive", archive, "sources", "check", "--jsonl")
        assert good.n_requests("/robots.txt") <= 2
        assert len([path for _, path, _ in good.requests if path.startswith("/news/")]) == 3, "a look, and no crawl"
    assert done.returncode == 3, done.stderr
    found = {row["source"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert {name: row["verdict"] for name, row in found.items()} == {"Good": "ok", "Poor": "poor", "Dead": "failed"}
    row = found["Good"]
    assert (row["robots"], row["crawl_delay"], row["pages"], row["articles"], row["dated"]) == ("allowed", 2.0, 3, 3, 3)
    assert row["opt_outs"] == ["GPTBot"]
    assert row["links"] >= 5
    assert row["useful"] >= 2
    assert row["words"] > 50
    assert any(problem.endswith("no_text") for problem in found["Poor"]["problems"]), found["Poor"]["problems"]
    assert found["Dead"]["problems"] == ["http://127.0.0.3:9/: refused"]
    assert {path.name for path in archive.iterdir()} == {"sources.toml"}


def test_what_a_look_costs_is_limited_page_by_page() -> None:
    """The worker may spend so little here that any place, and any page, is too dear."""
    source = Source(name="Dear", url="http://dear.example/", feeds=("http://dear.example/feed",))
    check = Check(source=source)
    home, robots, feed = check.first()
    page = f"{home}news/some-long-story.html"
    item = f"<rss><channel><item><link>{page}</link></item></channel></rss>"

    def told(url: str, body: str) -> Answer:
        return Answer(url=url, final_url=url, status=200, content_type=None, body=body.encode())

    async def look() -> list[str]:
        within, beyond = Workers(1), Workers(1, seconds=0.01)
        try:
            await check.follow(told(robots, ""), within)
            await check.follow(told(feed, item), within)
            found = await check.follow(told(home, "<html><body><p>" + "<a href=/a>b</a>" * 20_000), beyond)
            await check.follow(told(page, story("a-sound-page")), beyond)
            return found
        finally:
            within.close()
            beyond.close()

    assert asyncio.run(look()) == [page]
    result = check.result()
    assert (result.verdict, result.articles) == ("poor", 0)
    assert f"{page}: too_complex" in result.problems


def test_a_check_of_nothing_that_answers_exits_4_and_of_an_unknown_name_2(tmp_path: Path) -> None:
    assert presskeep("--archive", tmp_path, "sources", "check").returncode == 2
    (tmp_path / "sources.toml").write_text(sources_file(tmp_path, {"Dead": "http://127.0.0.3:9/"}).read_text())
    assert presskeep("--archive", tmp_path, "sources", "check").returncode == 4
    assert presskeep("--archive", tmp_path, "sources", "check", "Nobody").returncode == 2


def test_coverage_compares_what_was_announced_with_what_is_kept(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(4)
        newsroom.answer("/news/report-0003.html", server.Answer(status=404, body=b"gone"))
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
    arguments = ("--archive", archive, "sources", "coverage", "--since", "2000", "--jsonl")
    days = [json.loads(line) for line in presskeep(*arguments).stdout.splitlines()]
    assert sum(day["announced"] for day in days) == 4 + _others(archive)
    assert sum(day["kept"] for day in days) == rows(archive, "SELECT count(*) FROM links WHERE article_id > 0")[0][0]
    assert sum(day["reasons"].get("http_404", 0) for day in days) == 1
    assert all(day["announced"] == day["kept"] + day["waiting"] + day["missed"] for day in days)
    assert presskeep(*arguments, "Nobody").stdout == ""


def _others(archive: Path) -> int:
    """Links of the newsroom that are no reports."""
    condition = "found_in NOT IN ('robots', 'redirect', 'hand') AND url NOT LIKE '%report%'"
    return int(rows(archive, f"SELECT count(*) FROM links WHERE {condition}")[0][0])
