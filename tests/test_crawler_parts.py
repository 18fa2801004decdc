"""Articles that are spread over several pages, crawled, fetched by hand, read again and forgotten."""

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from archive_commands import run
from commands import outcomes, presskeep, rows, sources_file
from newsroom import Newsroom

from archive.cli.keep import export
from archive.cli.read import show
from archive.cli.upkeep import forget
from crawler.demo.server import Answer

SLUG = "long-read"
PATH = f"/news/{SLUG}.html"


def serve(newsroom: Newsroom, n: int, of: int, *, more: str = "") -> str:
    """Serve page `n` of a long article and return its URL."""
    path = PATH if n == 1 else f"/news/{SLUG}-{n}.html"
    story = "".join(
        f"<p>On day {n * 10 + at} the council weighed part {n * 7 + at} of the harbour's budget, and postponed it again.</p>"
        for at in range(4)
    )
    order = f"<a rel='next' href='/news/{SLUG}-{n + 1}.html'>Go on</a>" if n < of else ""
    return newsroom.serve(
        path,
        "<html lang='en'><head><title>The long read</title><meta property='og:type' content='article'>"
        "<meta property='article:published_time' content='2024-05-02T10:00:00Z'></head><body><article>"
        f"<h1>The long read of the harbour</h1>{story}{f'<p>{more}</p>' if more else ''}</article>{order}"
        "<a rel='next' href='/news/report-0001.html'>Next article</a></body></html>",
        headers=[("ETag", f'"{n}{len(more)}"')],
    )


def make_due(archive: Path) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute(
            "UPDATE links SET next_due_at = '2020-01-01T00:00:00.000000Z' WHERE article_id IS NOT NULL AND outcome != 'part'"
        )
        db.commit()


def test_a_long_article_is_one_text_with_a_capture_and_an_outcome_for_each_page(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        newsroom.publish_many(2)
        newsroom.publish(SLUG, headline="The long read of the harbour")
        urls = [serve(newsroom, n, 3) for n in (1, 2, 3)]

        def crawl() -> None:
            done = presskeep("--archive", archive, "crawl", "--sources", sources)
            assert done.returncode == 0, done.stderr

        crawl()
        found = outcomes(archive)
        assert [found[url] for url in urls] == ["new", "part", "part"]
        assert rows(archive, "SELECT count(*) FROM articles WHERE url LIKE '%long-read%'") == [(1,)]
        ((article_id, body),) = rows(archive, "SELECT id, body FROM current_articles WHERE url = ?", urls[0])
        days = [int(piece.split()[0]) for piece in body.split("On day ")[1:]]
        assert days == [*range(10, 14), *range(20, 24), *range(30, 34)]

        shown = json.loads(run(archive, show, urls[2], "--format", "json").stdout)
        assert shown["id"] == article_id, "a part's URL leads to its article"
        assert len({shown["warc"]["record_id"], *(part["record_id"] for part in shown["warc"]["parts"])}) == 3
        provenance = run(archive, show, str(article_id), "--provenance").stdout
        assert all(url in provenance.replace("\n", "") for url in urls)

        done = presskeep("--archive", archive, "fetch", "--save", urls[1])
        assert done.returncode == 0, done.stderr
        assert [outcomes(archive)[url] for url in urls] == ["new", "part", "part"]
        read = "SELECT n_revisions, body FROM current_articles WHERE id = ?"
        assert rows(archive, read, article_id) == [(1, body)], (
            "a page that is fetched by itself is no edit of the whole"
        )

        make_due(archive)
        crawl()
        assert outcomes(archive)[urls[0]] == "unchanged"
        serve(
            newsroom,
            3,
            3,
            more="On the last day it was adopted after all, with a majority of one vote, to everybody's surprise.",
        )
        make_due(archive)
        crawl()
        assert outcomes(archive)[urls[0]] == "revised", "an edit of a later page is an edit of the article"
        assert rows(
            archive,
            "SELECT n_revisions, body LIKE '%adopted after all%' FROM current_articles WHERE id = ?",
            article_id,
        ) == [(2, 1)]
        newsroom.answer(f"/news/{SLUG}-2.html", Answer(status=500))
        make_due(archive)
        presskeep("--archive", archive, "crawl", "--sources", sources)
        assert outcomes(archive)[urls[0]] == "http_500", "half of a text is no edit"
        assert rows(archive, "SELECT n_revisions FROM articles WHERE id = ?", article_id) == [(2,)]

    read_again_alike(archive, article_id)
    exported = tmp_path / "captures.warc.gz"
    assert run(archive, export, "long", "--format", "warc", "--output", exported).exit_code == 0
    records = gzip.decompress(exported.read_bytes())
    assert all(f"WARC-Target-URI: {url}".encode() in records for url in urls)
    forgotten_whole(archive, article_id, urls)


def read_again_alike(archive: Path, article_id: int) -> None:
    before = rows(archive, "SELECT body FROM current_articles WHERE id = ?", article_id)
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute("UPDATE extractions SET version = '0+trafilatura-1'")
        db.commit()
    done = presskeep("--archive", archive, "reextract")
    assert done.returncode == 0, done.stderr
    assert rows(archive, "SELECT body FROM current_articles WHERE id = ?", article_id) == before
    assert rows(archive, "SELECT count(*) FROM revisions WHERE article_id = ?", article_id) == [(2,)]


def forgotten_whole(archive: Path, article_id: int, urls: list[str]) -> None:
    done = run(archive, forget, str(article_id), "--yes", "--reason", "asked to")
    assert done.exit_code == 0, done.stderr
    assert rows(archive, "SELECT count(*) FROM parts") == [(0,)]
    assert not set(urls) & {url for (url,) in rows(archive, "SELECT url FROM captures UNION SELECT url FROM links")}


def test_a_later_page_that_says_more_than_its_article_is_kept_when_it_is_fetched_by_itself(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "presskeep.toml").write_text("delay = 0\n", encoding="utf-8")
    with Newsroom() as newsroom:
        first, second = serve(newsroom, 1, 2), serve(newsroom, 2, 2)
        assert presskeep("--archive", archive, "fetch", "--save", first).returncode == 0
        before = rows(archive, "SELECT id, n_revisions, body FROM current_articles")
        assert outcomes(archive) | {first: "new", second: "part"} == outcomes(archive)
        serve(newsroom, 2, 2, more="A sentence was added here.")
        assert presskeep("--archive", archive, "fetch", "--save", second).returncode == 0
    assert outcomes(archive)[second] == "new"
    assert rows(archive, "SELECT id, n_revisions, body FROM current_articles WHERE url = ?", first) == before
    added = "SELECT body LIKE '%sentence was added%' FROM current_articles WHERE url = ?"
    assert rows(archive, added, second) == [(1,)]


def test_where_a_later_page_leads_that_leads_nowhere_has_outcomes_too(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        newsroom.publish(SLUG, headline="The long read of the harbour")
        serve(newsroom, 1, 2)
        circle = [
            newsroom.redirect(f"/news/{SLUG}-2.html", "/back.html"),
            newsroom.redirect("/back.html", f"/news/{SLUG}-2.html"),
        ]
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
    assert {outcomes(archive).get(url) for url in circle} == {"redirect_loop"}


def test_fetch_gives_the_whole_article_as_far_as_it_may_be_read(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "presskeep.toml").write_text("delay = 0\n", encoding="utf-8")
    with Newsroom() as newsroom:
        newsroom.serve("/robots.txt", "User-agent: *\nDisallow: /news/long-read-3.html\n", content_type="text/plain")
        first, second, third = (serve(newsroom, n, 3) for n in (1, 2, 3))
        done = presskeep("--archive", archive, "fetch", "--save", first, "--format", "json")
        assert done.returncode == 0, done.stderr
        body = json.loads(done.stdout)["body"]
        assert [f"On day {n}1 " in body for n in (1, 2, 3)] == [True, True, False]
        assert [outcomes(archive)[url] for url in (first, second, third)] == ["new", "part", "robots"]
        assert newsroom.n_requests("report-0001") + newsroom.n_requests(f"{SLUG}-3") == 0
