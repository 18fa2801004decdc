"""Articles on several pages whose pages come in by themselves: an import joins them, in whatever order they come."""

import gzip
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from commands import rows
from test_pipelines_warc_import import NOW, SITE, answer, everything, run, warc

from archive.store import open_store

URLS = [f"{SITE}/news/harbour-opens-after-storm{end}" for end in (".html", "-2.html", "-3.html", "-4.html")]
LAST = "On the last day it was opened after all, to everybody's surprise and with a majority of one."
AT = "2024-03-05T10:00:00Z"
LATER = "2024-03-09T10:00:00Z"
ORDERS = list(permutations(range(3)))
ARTICLES = "SELECT id, url_key FROM articles"
READINGS = "SELECT id, revision_id, capture_id, body FROM extractions"


def page(
    number: int, *, of: int = 3, links: str | None = None, edit: str = "", title: str = "Harbour opens after the storm"
) -> bytes:
    """A page of a long report, with the links to the others that such pages print."""
    story = "".join(
        f"<p>{f'On day {day} the harbour was opened a bit more by the men of the lower town. ' * 3}</p>"
        for day in range(number * 10, number * 10 + 4)
    )
    shown = " ".join(f"<a href='{URLS[n]}'>{n + 1}</a>" for n in range(of) if n + 1 != number)
    return (
        '<!doctype html><html lang="en"><head><meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2024-03-05T08:00:00Z">'
        f"<title>{title}</title></head><body><article><h1>{title}</h1>{story}{edit and f'<p>{edit}</p>'}"
        f"</article><div class='pages'>{shown if links is None else links}</div></body></html>"
    ).encode()


def previous_only(number: int, of: int = 3) -> bytes:
    """A page that links the one before and the one behind it, and no other."""
    before = f"<a rel='prev' href='{URLS[number - 2]}'>Back</a>" if number > 1 else ""
    return page(number, links=before + (f"<a rel='next' href='{URLS[number]}'>On</a>" if number < of else ""))


def forward_only(number: int, of: int = 3) -> bytes:
    return page(number, links=f"<a rel='next' href='{URLS[number]}'>On</a>" if number < of else "")


def whole(tmp_path: Path, *, of: int = 3, at: str = AT) -> list[Path]:
    return [warc(tmp_path / f"{at}-{n}.warc.gz", answer(URLS[n], page(n + 1, of=of), at)) for n in range(of)]


def days(archive: Path) -> list[list[int]]:
    """The days that each article tells of, in its order."""
    texts = rows(archive, "SELECT body FROM current_articles ORDER BY url")
    return [list(dict.fromkeys(int(piece.split()[0]) for piece in body.split("On day ")[1:])) for (body,) in texts]


def told(archive: Path) -> list[int]:
    """All days that some current reading of some revision tells of: what is missing is lost."""
    texts = rows(archive, "SELECT e.body FROM revisions r JOIN extractions e ON e.id = r.extraction_id")
    return sorted({int(piece.split()[0]) for (body,) in texts for piece in body.split("On day ")[1:]})


def tens(*numbers: int) -> list[int]:
    return [day for number in numbers for day in range(number * 10, number * 10 + 4)]


def named(archive: Path) -> dict[str, Any]:
    """What the archive says of its articles, without ids and runs."""
    return {
        "articles": rows(
            archive,
            "SELECT url_key, url, source, headline, body, body_sha256, word_count, n_revisions, first_seen_at, fetched_at,"
            " revision_at, checked_at, gone_at, duplicate_of, extractor, version, options, rules FROM current_articles"
            " ORDER BY url_key",
        ),
        "revisions": rows(
            archive,
            "SELECT a.url_key, r.number, r.revision_at, c.url, c.fetched_at, e.body_sha256 FROM revisions r JOIN articles a"
            " ON a.id = r.article_id JOIN extractions e ON e.revision_id = r.id JOIN captures c ON c.id = r.capture_id"
            " ORDER BY a.url_key, r.number, e.id",
        ),
        "parts": rows(
            archive,
            "SELECT f.url, f.fetched_at, p.number, c.url, c.fetched_at FROM parts p JOIN captures f ON f.id = p.capture_id"
            " JOIN captures c ON c.id = p.part_id ORDER BY 1, 2, 3",
        ),
        "links": rows(
            archive,
            "SELECT l.url, l.outcome, l.outcome_at, l.detail, l.etag, l.next_due_at, a.url_key FROM links l"
            " LEFT JOIN articles a ON a.id = l.article_id ORDER BY l.url",
        ),
        "found": rows(
            archive,
            "SELECT a.url_key FROM articles a JOIN articles_fts ON articles_fts.rowid = a.id"
            " WHERE articles_fts MATCH 'harbour' ORDER BY 1",
        ),
        "totals": rows(archive, "SELECT n FROM totals"),
        "waiting": rows(archive, "SELECT count(*) FROM waiting_parts"),
    }


def sound(archive: Path) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("form", [page, previous_only, forward_only])
def test_pages_become_one_article_in_whatever_order_they_come(
    order: tuple[int, ...], form: Any, tmp_path: Path
) -> None:
    records = [answer(URLS[n], form(n + 1), f"2024-03-05T10:00:0{n}Z") for n in range(3)]
    archive = tmp_path / "archive"
    done = run(archive, warc(tmp_path / "all.warc.gz", *(records[n] for n in order)))
    assert done.outcomes == {"new": 1, "part": 2}
    assert rows(archive, "SELECT n_new, n_rejected, n_failed, reasons FROM runs") == [
        (1, 0, 0, '{"new": 1, "part": 2}')
    ]
    assert days(archive) == [tens(1, 2, 3)]
    assert rows(archive, "SELECT url, n_revisions FROM current_articles") == [(URLS[0], 1)]
    assert rows(archive, "SELECT outcome, article_id IS NOT NULL, detail FROM links ORDER BY url") == [
        ("part", 1, None), ("part", 1, None), ("new", 1, None)
    ]  # fmt: skip
    assert rows(archive, "SELECT number FROM parts ORDER BY number") == [(2,), (3,)]
    assert rows(archive, "SELECT count(*) FROM extractions") == [(2,)], (
        "the reading of the first page alone is there still"
    )
    assert rows(archive, "SELECT count(*) FROM waiting_parts") == [(0,)]
    sound(archive)
    before = everything(archive)
    assert run(archive, tmp_path / "all.warc.gz").outcomes == {}
    assert everything(archive) == before, "a second import changes nothing"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("form", [page, previous_only, forward_only])
def test_imports_of_a_page_each_lose_no_text_and_change_nothing_the_second_time(
    order: tuple[int, ...], form: Any, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    files = [warc(tmp_path / f"{n}.warc.gz", answer(URLS[n], form(n + 1), f"2024-03-05T10:00:0{n}Z")) for n in order]
    seen: dict[str, set[Any]] = {ARTICLES: set(), READINGS: set()}
    for file in files:
        run(archive, file)
        now = {question: set(rows(archive, question)) for question in (ARTICLES, READINGS)}
        assert all(seen[question] <= now[question] for question in now), "nothing goes"
        seen = now
    assert told(archive) == tens(1, 2, 3)
    assert tens(1, 2) == days(archive)[-1][:8] or order[-1] != 0, "the last one found the others"
    assert rows(archive, "SELECT count(*) FROM waiting_parts") == [(0,)]
    sound(archive)
    before = everything(archive)
    for file in files:
        assert run(archive, file).outcomes == {}
    assert everything(archive) == before


def test_other_articles_beside_them_stay_as_they_are(tmp_path: Path) -> None:
    from foreign_warcs import story

    archive = tmp_path / "archive"
    others = [
        answer(f"{SITE}/news/{topic}-{n}.html", story(topic)) for n, topic in enumerate(("council", "railway"), 2)
    ]
    records = [answer(URLS[n], page(n + 1)) for n in (2, 0, 1)]
    done = run(archive, warc(tmp_path / "a.warc.gz", records[0], others[0], records[1], others[1], records[2]))
    assert done.outcomes == {"new": 3, "part": 2}
    assert rows(archive, "SELECT count(*) FROM articles") == [(3,)]
    assert tens(1, 2, 3) in days(archive)


def test_a_further_page_without_the_first_is_an_article_as_any_other(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    done = run(archive, warc(tmp_path / "2.warc.gz", answer(URLS[1], page(2)), answer(URLS[2], page(3))))
    assert done.outcomes == {"new": 2}
    assert rows(archive, "SELECT n_new, n_rejected, reasons FROM runs") == [(2, 0, '{"new": 2}')]
    assert days(archive) == [tens(2), tens(3)]
    assert (
        rows(archive, "SELECT outcome, detail, article_id IS NOT NULL, source_id FROM links")
        == [("new", None, 1, 1)] * 2
    )
    again = run(archive, warc(tmp_path / "3.warc.gz", answer(URLS[1], page(2), LATER)))
    assert again.outcomes == {"unchanged": 1}
    edited = run(archive, warc(tmp_path / "4.warc.gz", answer(URLS[1], page(2, edit=LAST), "2024-03-10T10:00:00Z")))
    assert edited.outcomes == {"revised": 1}
    assert named(archive)["waiting"] == [(0,)]
    run(archive, warc(tmp_path / "1.warc.gz", answer(URLS[0], page(1))))
    assert days(archive) == [tens(2), tens(3), tens(1, 2, 3)], (
        "what was made of them stays, and the whole has their texts, too"
    )
    assert rows(archive, "SELECT outcome, article_id FROM links ORDER BY url") == [
        ("revised", 1),
        ("new", 2),
        ("new", 3),
    ]
    sound(archive)


@pytest.mark.parametrize("order", ORDERS)
def test_a_later_404_of_a_further_page_takes_nothing_away(order: tuple[int, ...], tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    records = [
        answer(URLS[0], page(1, of=2)),
        answer(URLS[1], page(2, of=2)),
        answer(URLS[1], b"gone", LATER, status="404 Not Found"),
    ]
    run(archive, warc(tmp_path / "a.warc.gz", *(records[n] for n in order)))
    assert days(archive) == [tens(1, 2)]
    assert rows(archive, "SELECT outcome, article_id FROM links ORDER BY url") == [("http_404", 1), ("new", 1)]
    assert rows(archive, "SELECT gone_at FROM articles") == [(None,)]
    separate = tmp_path / "separate"
    for n in order:
        run(separate, warc(tmp_path / f"{n}.warc.gz", records[n]))
    assert told(separate) == tens(1, 2)
    assert tens(1, 2) in days(separate) or order.index(0) > order.index(1)


def test_an_edit_of_the_first_page_is_a_revision_and_the_further_ones_nearest_to_it_go_with_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    later = [
        answer(URLS[0], page(1, of=2, edit="The mayor thanked the men."), LATER),
        answer(URLS[1], page(2, of=2, edit=LAST), "2024-03-09T10:00:05Z"),
    ]
    run(archive, *whole(tmp_path, of=2))
    done = run(archive, warc(tmp_path / "2.warc.gz", *later))
    assert done.outcomes == {"revised": 1, "part": 1}
    found = rows(
        archive,
        "SELECT r.number, e.body LIKE '%day 20%', e.body LIKE '%thanked%', instr(e.body, ?) > 0 FROM revisions r"
        " JOIN extractions e ON e.id = r.extraction_id ORDER BY r.number",
        LAST,
    )
    assert found == [(1, 1, 0, 0), (2, 1, 1, 1)]
    other = tmp_path / "other"
    run(other, tmp_path / "2.warc.gz")
    run(other, *whole(tmp_path, of=2))
    assert {**named(other), "links": []} == {**named(archive), "links": []}


def test_the_first_page_captured_again_is_no_edit_of_the_whole(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(archive, *whole(tmp_path, of=2))
    for name, at in (("0", "2024-03-01T10:00:00Z"), ("2", LATER)):
        again = warc(tmp_path / f"{name}.warc.gz", answer(URLS[0], page(1, of=2), at))
        assert run(archive, again).outcomes == {"unchanged": 1}
    assert days(archive) == [tens(1, 2)]
    assert rows(archive, "SELECT n_revisions, substr(first_seen_at, 1, 10) FROM articles") == [(1, "2024-03-01")]
    one = tmp_path / "one"
    run(one, *sorted(tmp_path.glob("*.warc.gz")))
    assert days(one) == days(archive)
    assert rows(one, "SELECT n_revisions FROM articles") == [(1,)]


def test_an_upgrade_between_takes_no_page_away_and_is_no_edit(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(archive, *whole(tmp_path, of=2))
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("UPDATE extractions SET version = '0'")
    again = warc(tmp_path / "2.warc.gz", answer(URLS[0], page(1, of=2), LATER))
    assert run(archive, again).outcomes == {"unchanged": 1}
    assert days(archive) == [tens(1, 2)]


def test_a_first_page_that_cannot_be_read_again_makes_nothing_the_same(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    files = whole(tmp_path, of=2)
    run(archive, *files)
    files[0].write_bytes(b"something else")
    edited = warc(tmp_path / "2.warc.gz", answer(URLS[0], page(1, of=2, edit=LAST), LATER))
    assert run(archive, edited).outcomes == {"revised": 1}
    assert rows(archive, "SELECT instr(body, ?) > 0 FROM current_articles", LAST) == [(1,)]


@pytest.mark.parametrize("links", [None, ""])
@pytest.mark.parametrize("scheme", ["http:", "https:"])
def test_a_further_page_captured_again_is_no_edit_of_the_whole_nor_an_article(
    links: str | None, scheme: str, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    run(archive, *whole(tmp_path, of=2))
    before = rows(archive, "SELECT * FROM extractions"), rows(archive, "SELECT * FROM revisions")
    again = answer(URLS[1].replace("http:", scheme), page(2, of=2, links=links), LATER)
    assert run(archive, warc(tmp_path / "again.warc.gz", again)).outcomes == {"part": 1}
    assert (rows(archive, "SELECT * FROM extractions"), rows(archive, "SELECT * FROM revisions")) == before
    assert set(rows(archive, "SELECT outcome, article_id FROM links")) == {("part", 1), ("new", 1)}
    assert rows(archive, "SELECT count(*) FROM waiting_parts") == [(0,)]
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:  # its captures were pruned (e37)
        db.execute("DELETE FROM parts")
    third = answer(URLS[1], page(2, of=2, links=links), "2024-03-10T10:00:00Z")
    assert run(archive, warc(tmp_path / "third.warc.gz", third)).outcomes == {"part": 1}
    assert (rows(archive, "SELECT * FROM extractions"), rows(archive, "SELECT * FROM revisions")) == before


@pytest.mark.parametrize("links", [None, ""])
def test_an_edited_further_page_is_an_article_of_its_own(links: str | None, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(archive, *whole(tmp_path, of=2))
    for n, (edit, word) in enumerate(((LAST, "new"), (LAST, "unchanged"), (LAST + LAST, "revised"))):
        again = answer(URLS[1], page(2, of=2, edit=edit, links=links), f"2024-03-1{n}T10:00:00Z")
        assert run(archive, warc(tmp_path / f"{n}.warc.gz", again)).outcomes == {word: 1}
    assert days(archive) == [tens(2), tens(1, 2)]
    assert rows(archive, "SELECT url, n_revisions FROM articles ORDER BY id") == [(URLS[0], 1), (URLS[1], 2)]


def test_a_numbered_page_that_tells_something_else_is_an_article_of_its_own(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    other = page(2, title="The mayor resigns")
    done = run(archive, warc(tmp_path / "1.warc.gz", answer(URLS[0], page(1)), answer(URLS[1], other)))
    assert done.outcomes == {"new": 2}
    assert days(archive) == [tens(2), tens(1)]


def test_a_url_that_ends_in_a_number_is_an_article_where_it_links_no_page_before_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    records = [answer(URLS[0], page(1, links="")), answer(URLS[1], page(2, links=""))]
    assert run(archive, warc(tmp_path / "1.warc.gz", *records)).outcomes == {"new": 2}
    assert days(archive) == [tens(2), tens(1)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_second_page_of_comments_or_of_a_section_is_joined_to_nothing(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    story = f"{SITE}/news/storm"
    pages = "<a href='/news/storm'>1</a> <a href='/news/storm?page=2'>2</a>"
    comments = [answer(story, page(1, links=pages)), answer(f"{story}?page=2", page(1, links=pages))]
    teasers = "".join(f"<li><a href='/news/{n}'>What happened on day {n} of the storm</a></li>" for n in range(30))
    section = (
        f"<html><head><title>News</title></head><body><h1>News</h1><ul>{teasers}</ul>"
        f"<a href='/news'>1</a> <a rel='prev' href='/news'>2</a></body></html>"
    ).encode()
    listing = [answer(f"{SITE}/news", section), answer(f"{SITE}/news?page=2", section.replace(b"day 1", b"night 1"))]
    run(archive, warc(tmp_path / "1.warc.gz", *(comments[n] for n in order), *(listing[n] for n in order)))
    assert rows(archive, "SELECT url FROM articles") == [(story,)]
    assert rows(archive, "SELECT count(*) FROM parts") == [(0,)]
    assert rows(archive, "SELECT url, outcome FROM links WHERE url LIKE '%storm%' ORDER BY url") == [
        (story, "new"),
        (f"{story}?page=2", "duplicate"),
    ]


def stopped(archive: Path, files: Sequence[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Import files, stopped before anything is joined."""

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr("pipelines.part_joining.PartJoiner.run", stop)
        with pytest.raises(KeyboardInterrupt):
            run(archive, *files)


def test_an_import_that_was_stopped_before_it_joined_joins_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, straight = tmp_path / "archive", tmp_path / "straight"
    files = whole(tmp_path)
    stopped(archive, files, monkeypatch)
    assert days(archive) == [tens(1)]
    assert rows(archive, "SELECT outcome FROM links ORDER BY url") == [("part",), ("part",), ("new",)]
    other = warc(tmp_path / "other.warc.gz", answer(f"{SITE}/news/other", page(7, links="", title="Others")))
    run(archive, other)
    run(straight, *files)
    run(straight, other)
    assert named(archive) == named(straight)


@pytest.mark.parametrize("place", ["add_part", "add_extraction", "become_parts", "wait_no_longer"])
def test_a_kill_while_pages_are_joined_costs_nothing(place: str, tmp_path: Path) -> None:
    archive, straight = tmp_path / "archive", tmp_path / "straight"
    before = [warc(tmp_path / "before.warc.gz", answer(URLS[2], page(3, of=4)))]
    files = [
        *(warc(tmp_path / f"{n}.warc.gz", answer(URLS[n], page(n + 1, of=4))) for n in range(2)),
        warc(tmp_path / "alone.warc.gz", answer(f"{SITE}/a/b-2.html", lone())),
    ]
    for files_of_one in (before, files):
        run(straight, *files_of_one)
    run(archive, *before)
    killed = (
        "import os, signal, sys; from pathlib import Path; sys.path.insert(0, 'tests')\n"
        "from pipelines import part_joining; from test_pipelines_warc_import import run\n"
        f"part_joining.{place} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "run(Path(sys.argv[1]), *sys.argv[2:])\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, archive, *files], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    sound(archive)
    run(archive, *files)
    assert named(archive) == named(straight)
    assert tens(1, 2, 3) in days(archive)
    sound(archive)


def lone() -> bytes:
    """A second page whose first one is nowhere."""
    return page(5, links=f"<a href='{SITE}/a/b.html'>1</a> <a href='{SITE}/a/b-3.html'>3</a>", title="The lone one")


def test_a_page_that_cannot_be_written_is_a_failure_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "archive"
    with monkeypatch.context() as broken:

        def fail(*_: object, **__: object) -> None:
            raise ValueError("no")

        broken.setattr("pipelines.keeping.add_article", fail)
        done = run(archive, warc(tmp_path / "a.warc.gz", answer(URLS[1], page(2)), answer(URLS[2], page(3))))
    assert done.outcomes == {"failed": 2}
    assert rows(archive, "SELECT outcome, detail FROM links") == [("failed", "ValueError: no")] * 2
    assert rows(archive, "SELECT count(*) FROM waiting_parts") == [(0,)]


def test_revisits_of_the_pages_are_joined_too(tmp_path: Path) -> None:
    from foreign_warcs import http, record, sha1

    archive = tmp_path / "archive"
    run(archive, *whole(tmp_path, of=2))
    again = [
        record(
            "revisit", http(b""), WARC_Target_URI=URLS[n], WARC_Date=LATER, WARC_Record_ID=f"<urn:uuid:again-{n}>",
            WARC_Payload_Digest=sha1(page(n + 1, of=2)), Content_Type="application/http",
        )
        for n in range(2)
    ]  # fmt: skip
    assert run(archive, warc(tmp_path / "again.warc.gz", *again)).outcomes == {"unchanged": 1, "part": 1}
    assert days(archive) == [tens(1, 2)]
    assert rows(archive, "SELECT count(*) FROM revisions") == [(1,)]


@pytest.mark.parametrize("turn", [1, -1])
def test_an_import_gives_the_articles_that_a_crawl_of_the_same_pages_gave(turn: int, tmp_path: Path) -> None:
    from commands import presskeep, sources_file
    from newsroom import Newsroom
    from test_crawler_parts import SLUG, serve

    crawled, imported = tmp_path / "crawled", tmp_path / "imported"
    with Newsroom() as newsroom:
        newsroom.publish_many(3)
        newsroom.publish(SLUG, headline="The long read of the harbour")
        for n in (1, 2, 3):
            serve(newsroom, n, 3)
        done = presskeep("--archive", crawled, "crawl", "--sources", sources_file(tmp_path, {"Daily": newsroom.url}))
        assert done.returncode == 0, done.stderr
    (file,) = (crawled / "warc").rglob("*.warc.gz")
    frames = [
        gzip.decompress(file.read_bytes()[offset : offset + length])
        for offset, length in rows(
            crawled,
            f"SELECT warc_offset, warc_length FROM captures WHERE purpose = 'page' ORDER BY id {'DESC' if turn < 0 else ''}",
        )
    ]
    run(imported, warc(tmp_path / "pages.warc.gz", *frames))
    texts = (
        "SELECT url_key, url, headline, description, authors, published, language, body, marks, body_sha256, word_count,"
        " n_revisions, revision, article_type FROM current_articles ORDER BY url_key"
    )
    assert rows(imported, texts) == rows(crawled, texts)
    assert named(imported)["parts"] == named(crawled)["parts"]
    words = "SELECT url, outcome, detail FROM links WHERE url LIKE '%long-read%' ORDER BY url"
    assert rows(imported, words) == rows(crawled, words)


def test_a_joined_article_is_read_again_put_back_and_merged_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inline_engine import InlineEngine

    from archive.merge import merge
    from pipelines.replay import reextract

    archive, other, both = tmp_path / "archive", tmp_path / "other", tmp_path / "both"
    files = whole(tmp_path)
    run(archive, *files)
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("UPDATE extractions SET version = '0+trafilatura-1', body = 'x', body_sha256 = 'x'")
    with closing(open_store(archive)) as store:
        found = reextract(
            store,
            [row[0] for row in rows(archive, "SELECT id FROM articles")],
            engine=InlineEngine(),
            clock=lambda: NOW,
        )
    assert found.n_read == 1
    assert days(archive) == [tens(1, 2, 3)]

    stopped(other, files, monkeypatch)
    with closing(open_store(both)) as store:
        merge(store, other, now=NOW)
    assert rows(both, "SELECT earlier_url FROM waiting_parts ORDER BY 1") == rows(
        other, "SELECT earlier_url FROM waiting_parts ORDER BY 1"
    )
    run(both, *files)
    assert days(both) == [tens(1, 2, 3)]
    with closing(open_store(both)) as store:
        merge(store, other, now=NOW)
    run(both, *files)
    assert days(both) == [tens(1, 2, 3)]
    assert rows(both, "SELECT count(*) FROM revisions") == [(1,)]


def test_the_doctor_says_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archive.doctor import examine

    archive = tmp_path / "archive"
    stopped(archive, whole(tmp_path), monkeypatch)
    said = [finding.detail for finding in examine(archive) if finding.check == "runs"]
    assert said[-1].startswith("3 imported pages")
    run(archive, *whole(tmp_path))
    assert [finding.detail for finding in examine(archive) if finding.check == "runs"] == ["all finished"]


def test_workers_read_the_pages_where_an_engine_runs_them(tmp_path: Path) -> None:
    from pipelines.engine import LocalEngine

    archive = tmp_path / "archive"
    with LocalEngine(1) as engine:
        done = run(archive, *reversed(whole(tmp_path)), engine=engine)
    assert done.outcomes == {"new": 1, "part": 2}
    assert days(archive) == [tens(1, 2, 3)]


def test_few_at_once_are_joined_as_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, few = tmp_path / "one", tmp_path / "few"
    records = [answer(URLS[n], page(n + 1), at, n=f"{n}-{at}") for at in (LATER, AT) for n in (2, 0, 1)]
    for number in range(3):
        page_of = page(4 + number, links=f"<a href='{SITE}/x/{number}.html'>1</a>", title=f"Matter number {number}")
        records.insert(2 * number, answer(f"{SITE}/x/{number}-2.html", page_of))
    file = warc(tmp_path / "all.warc.gz", *records)
    run(one, file)
    with monkeypatch.context() as small:
        small.setattr("pipelines.part_joining.AT_ONCE", 1)
        done = run(few, file)
    assert named(few) == named(one)
    assert done.outcomes == {"new": 4, "unchanged": 1, "part": 4}


def test_pages_whose_records_are_taken_along_are_joined(tmp_path: Path) -> None:
    from pipelines.warc_slices import Wanted

    archive = tmp_path / "archive"
    files = [*whole(tmp_path), warc(tmp_path / "alone.warc.gz", answer(f"{SITE}/a/b-2.html", lone()))]
    assert run(archive, *reversed(files), wanted=Wanted(copy=True)).outcomes == {"new": 2, "part": 2}
    assert rows(archive, "SELECT DISTINCT warc_file LIKE 'warc/%' FROM captures") == [(1,)]
    assert tens(1, 2, 3) in days(archive)


def test_a_lone_further_page_that_is_cut_off_is_no_edit_of_the_whole_one(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(archive, warc(tmp_path / "1.warc.gz", answer(f"{SITE}/a/b-2.html", lone())))
    cut = lone().partition(b"On day 52")[0]
    cut = cut.replace(b"<body>", f"<body><a href='{SITE}/a/b.html'>1</a>".encode())
    assert run(archive, warc(tmp_path / "2.warc.gz", answer(f"{SITE}/a/b-2.html", cut, LATER))).outcomes == {
        "suspect_truncated": 1
    }
    assert days(archive) == [tens(5)]
