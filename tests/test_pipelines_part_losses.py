"""What an import must not do to articles on several pages: lose a text, take something back, change what others have read."""

import random
import sqlite3
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from commands import rows
from test_pipelines_part_joining import (
    ARTICLES,
    AT,
    LAST,
    LATER,
    ORDERS,
    READINGS,
    URLS,
    days,
    forward_only,
    lone,
    named,
    page,
    previous_only,
    sound,
    stopped,
    tens,
    told,
    whole,
)
from test_pipelines_warc_import import NOW, SITE, answer, everything, run, warc

from archive.forget import forget, look_up
from archive.store import open_store


def test_what_was_forgotten_stays_forgotten_page_by_page(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    files = whole(tmp_path)
    run(archive, *files)
    with closing(open_store(archive)) as store:
        forget(archive, store, look_up(store, [URLS[0]]), reason="asked", now=NOW)
    assert rows(archive, "SELECT count(*) FROM captures") == [(0,)]
    later = [answer(URLS[n], page(n + 1), LATER) for n in range(3)]
    found = run(archive, warc(tmp_path / "later.warc.gz", *later))
    assert (found.n_forgotten, found.outcomes) == (3, {})
    assert rows(archive, "SELECT count(*) FROM articles") == [(0,)]


def test_a_further_page_is_forgotten_by_its_own_key_alone(tmp_path: Path) -> None:
    """Whether it went on with the forgotten page is known only where both were read: then its own key is forgotten, too."""
    archive = tmp_path / "archive"
    with closing(open_store(archive)) as store:
        forget(archive, store, look_up(store, [URLS[0]]), reason="asked", now=NOW)
    other = page(4, links=f"<a rel='prev' href='{URLS[0]}'>Previous article</a>", title="Other match entirely")
    assert run(archive, warc(tmp_path / "2.warc.gz", answer(URLS[1], other))).outcomes == {"new": 1}
    assert rows(archive, "SELECT count(*) FROM erasures") == [(0,)]


def test_forgetting_a_page_that_waits_takes_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "archive"
    stopped(archive, whole(tmp_path), monkeypatch)
    with closing(open_store(archive)) as store:
        forget(archive, store, look_up(store, [URLS[1]]), reason="asked", now=NOW)
    assert rows(archive, "SELECT earlier_url FROM waiting_parts ORDER BY 1") == [(None,), (URLS[0],)]
    run(archive, *whole(tmp_path))
    assert days(archive) == [tens(3), tens(1)]
    assert rows(archive, "SELECT count(*) FROM waiting_parts") == [(0,)]


@pytest.mark.parametrize("order", ORDERS)
def test_a_merge_of_imports_of_a_page_each_loses_no_text(order: tuple[int, ...], tmp_path: Path) -> None:
    from archive.merge import merge

    both = tmp_path / "both"
    files = whole(tmp_path)
    for n in order:
        run(tmp_path / f"of-{n}", files[n])
        with closing(open_store(both)) as store:
            merge(store, tmp_path / f"of-{n}", now=NOW)
    assert told(both) == tens(1, 2, 3)
    again = warc(tmp_path / "again.warc.gz", answer(URLS[0], page(1), "2024-03-05T10:00:00Z", n="again"))
    run(both, again)
    assert days(both) == [tens(2), tens(3), tens(1, 2, 3)], "the first page, come again, finds the others"


@pytest.mark.parametrize("turn", [0, 1])
def test_a_merge_of_the_whole_and_of_its_first_page_alone_keeps_the_whole(turn: int, tmp_path: Path) -> None:
    from archive.merge import merge

    names = [tmp_path / "whole", tmp_path / "alone"]
    files = whole(tmp_path, of=2)
    run(names[0], *files)
    run(names[1], files[0])
    with closing(sqlite3.connect(names[1] / "archive.db")) as db, db:
        db.execute("UPDATE extractions SET made_at = '2027-01-01T00:00:00.000000Z'")
    into, other = names[turn], names[1 - turn]
    with closing(open_store(into)) as store:
        merge(store, other, now=NOW)
    assert days(into) == [tens(1, 2)]
    assert rows(into, "SELECT n_revisions FROM articles") == [(1,)]
    assert rows(into, "SELECT number FROM parts") == [(2,)]


def test_a_merge_of_other_further_pages_behind_one_first_page_mixes_nothing(tmp_path: Path) -> None:
    from archive.merge import merge

    first = warc(tmp_path / "1.warc.gz", answer(URLS[0], page(1)))
    later = "2024-03-08T10:00:00Z"
    three = warc(tmp_path / "3.warc.gz", answer(URLS[1], page(2), later), answer(URLS[2], page(3), later))
    two = warc(tmp_path / "2.warc.gz", answer(URLS[1], page(2, of=2, edit=LAST), "2024-03-06T10:00:00Z"))
    found = []
    for turn in (0, 1):
        names = [tmp_path / f"{turn}-a", tmp_path / f"{turn}-b"]
        run(names[0], first, three)
        run(names[1], first, two)
        with closing(open_store(names[turn])) as store:
            merge(store, names[1 - turn], now=NOW)
        assert tens(1, 2, 3) in days(names[turn])
        found.append([named(names[turn])["parts"], days(names[turn])])
        assert [row[2:] for row in found[-1][0]] == [
            (2, URLS[1], "2024-03-08T10:00:00.000000Z"), (3, URLS[2], "2024-03-08T10:00:00.000000Z")
        ]  # fmt: skip
    assert found[0] == found[1]


def crawled(archive: Path) -> dict[str, list[Any]]:
    """Let what is here be a crawl's, with links that are due; give what must stay of it."""
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("UPDATE runs SET command = 'crawl'")
        db.execute("UPDATE links SET next_due_at = '2026-12-01T00:00:00.000000Z'")
    questions = ("SELECT * FROM extractions", "SELECT * FROM parts", "SELECT id, extraction_id FROM revisions",
                 "SELECT url, next_due_at FROM links")  # fmt: skip
    return {question: rows(archive, question) for question in questions}


def assert_there(archive: Path, before: dict[str, list[Any]]) -> None:
    for question, found in before.items():
        assert set(found) <= set(rows(archive, question))


def test_what_a_crawl_has_read_together_stays_whatever_imports_bring_of_its_pages(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(archive, *whole(tmp_path, of=2))
    before = crawled(archive)
    for at in ("2024-03-01T10:00:00Z", "2024-03-05T10:00:01Z", LATER):
        pages = [answer(URLS[0], page(1, of=2), at), answer(URLS[1], page(2, of=2), at)]
        assert run(archive, warc(tmp_path / f"more-{at}.warc.gz", *pages)).outcomes == {"unchanged": 1, "part": 1}
        assert_there(archive, before)
        assert rows(archive, "SELECT count(*) FROM extractions") == [(2,)]
    assert days(archive) == [tens(1, 2)]
    third = [answer(URLS[1], page(2), AT, n="linked"), answer(URLS[2], page(3))]
    run(archive, warc(tmp_path / "third.warc.gz", *third))
    assert sorted(days(archive)) == [tens(1, 2), tens(3)], "the page that the crawl has read links no third one"
    assert_there(archive, before)


@pytest.mark.parametrize("kept", [0, 1])
def test_what_a_crawl_has_read_alone_stays_alone(kept: int, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    files = whole(tmp_path, of=2)
    run(archive, files[kept])
    before = crawled(archive)
    run(archive, files[1 - kept])
    assert_there(archive, before)
    assert told(archive) == tens(1, 2)
    owned = rows(archive, "SELECT a.url FROM links l JOIN articles a ON a.id = l.article_id WHERE l.url = ?", URLS[1])
    assert owned == [(URLS[1],)], "an article of its own keeps its link"
    assert days(archive)[-1] == (tens(1) if kept == 0 else tens(1, 2))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_in_whatever_order_is_told_and_stays(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some captures of three pages, edited on the fifth of the month, in one import, and in several of which some are stopped."""
    chance = random.Random(seed)
    records, brought = [], set()
    for n in range(7):
        number, day = chance.randint(1, 3), chance.randint(1, 9)
        url = URLS[number - 1].replace("http:", chance.choice(["http:", "https:"]))
        forms: list[Any] = [page, previous_only, forward_only]
        text: bytes = chance.choice(forms)(number)
        if day >= 5:
            text = text.replace(b"</article>", f"<p>{LAST}</p></article>".encode())
        records.append(answer(url, text, f"2024-03-{day:02}T10:{n:02}:00Z", n=str(n)))
        brought.update(tens(number))
    one, many = tmp_path / "one", tmp_path / "many"
    run(one, warc(tmp_path / "one.warc.gz", *records))
    assert told(one) == sorted(brought)
    chance.shuffle(records)
    seen: dict[str, set[Any]] = {ARTICLES: set(), READINGS: set()}
    files = []
    while records:
        size = chance.randint(1, len(records))
        file = warc(tmp_path / f"{len(records)}.warc.gz", *records[:size])
        files.append(file)
        records = records[size:]
        if records and chance.random() < 0.3:
            stopped(many, [file], monkeypatch)
        else:
            run(many, file)
        now = {question: set(rows(many, question)) for question in (ARTICLES, READINGS)}
        assert all(seen[question] <= now[question] for question in now), "nothing goes"
        seen = now
    sound(many)
    assert told(many) == sorted(brought)
    assert rows(many, "SELECT count(*) FROM waiting_parts") == [(0,)]
    before_again = everything(many)
    run(many, *files)
    assert everything(many) == before_again


def test_what_was_put_back_stays_in_when_its_page_is_joined(tmp_path: Path) -> None:
    from archive.restored import add_restored, find_removals

    archive = tmp_path / "archive"
    hidden = (
        b'<div style="display:none">Slot gacor and casino at <a href="http://x.example">situs slot</a></div></article>'
    )
    run(archive, warc(tmp_path / "2.warc.gz", answer(URLS[1], page(2, of=2).replace(b"</article>", hidden))))
    ((removal_id, text),) = rows(archive, "SELECT id, text FROM removals WHERE stage = 'dom'")
    with closing(open_store(archive)) as store, store.transaction():
        add_restored(store, find_removals(store, [removal_id])[0], NOW)
    run(archive, warc(tmp_path / "1.warc.gz", answer(URLS[0], page(1, of=2))))
    assert days(archive) == [tens(2), tens(1, 2)]
    assert rows(archive, "SELECT instr(body, ?) > 0 FROM current_articles WHERE url = ?", text, URLS[0]) == [(1,)]
    assert rows(archive, "SELECT article_id FROM restored_blocks") == [(1,)]


def test_what_cannot_be_read_settles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, straight = tmp_path / "archive", tmp_path / "straight"
    files = whole(tmp_path)
    other = warc(tmp_path / "other.warc.gz", answer(f"{SITE}/news/other", page(7, links="", title="Others")))
    run(straight, *files)
    run(straight, other)
    stopped(archive, files, monkeypatch)
    links = rows(archive, "SELECT url, outcome, detail, article_id FROM links ORDER BY url")
    for file in files:
        file.rename(f"{file}.away")
    assert run(archive, other).outcomes == {"new": 1}
    assert [
        row for row in rows(archive, "SELECT url, outcome, detail, article_id FROM links ORDER BY url") if row in links
    ] == links
    assert rows(archive, "SELECT count(*) FROM waiting_parts") == [(3,)]
    for file in files:
        Path(f"{file}.away").rename(file)
    run(archive, other)
    assert named(archive) == named(straight)


def test_a_further_page_whose_first_one_cannot_be_read_is_an_article(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    first, second = whole(tmp_path, of=2)
    run(archive, first)
    first.rename(f"{first}.away")
    assert run(archive, second).outcomes == {"new": 1}
    assert told(archive) == tens(1, 2)


def test_of_the_captures_of_a_page_the_nearest_whole_one_that_goes_on_is_taken(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    cut = page(2, of=2).partition(b"On day 22")[0].replace(b"<body>", f"<body><a href='{URLS[0]}'>1</a>".encode())
    wall = b"<html><head><title>Consent</title></head><body><p>Please accept.</p></body></html>"
    records = [
        answer(URLS[0], page(1, of=2), AT),
        answer(URLS[1], cut, "2024-03-05T10:00:01Z"),
        answer(URLS[1], wall, "2024-03-05T10:00:02Z"),
        answer(URLS[1], page(2, of=2), LATER),
    ]
    run(archive, warc(tmp_path / "all.warc.gz", *records))
    assert tens(1, 2) in days(archive)
    assert [row[4][:10] for row in named(archive)["parts"]] == ["2024-03-09"]
    for order in permutations(range(4)):
        several = tmp_path / str(order)
        for n in order:
            run(several, warc(tmp_path / f"{n}.warc.gz", records[n]))
        assert told(several) == tens(1, 2)


OTHER = page(9, links=f"<a href='{URLS[0]}'>1</a>", title="A quite different report on schools")


@pytest.mark.parametrize("at", ["2012-03-05T10:00:00Z", "2025-03-05T10:00:00Z"])
@pytest.mark.parametrize("links", [None, ""])
def test_another_text_at_a_further_pages_url_is_never_lost(links: str | None, at: str, tmp_path: Path) -> None:
    own = OTHER if links is None else page(9, links="", title="A quite different report on schools")
    records = [answer(URLS[0], page(1, of=2)), answer(URLS[1], page(2, of=2)), answer(URLS[1], own, at)]
    one = tmp_path / "one"
    assert run(one, warc(tmp_path / "one.warc.gz", *records)).outcomes == {"new": 2, "part": 1}
    assert days(one) == [tens(9), tens(1, 2)]
    for order in ORDERS:
        several = tmp_path / str(order)
        for n in order:
            run(several, warc(tmp_path / f"{n}.warc.gz", records[n]))
        assert told(several) == tens(1, 2, 9)
        sound(several)


@pytest.mark.parametrize("order", ORDERS)
def test_the_parts_of_a_series_stay_articles(order: tuple[int, ...], tmp_path: Path) -> None:
    def part(number: int, day: int) -> bytes:
        def url(n: int) -> str:
            return f"{SITE}/series/the-long-war-part-{n}.html"

        links = f"<a rel='prev' href='{url(number - 1)}'>Before</a><a rel='next' href='{url(number + 1)}'>Next</a>"
        text = page(number, links=links, title=f"The long war, part {number}").replace(
            b"03-05T08", f"0{day}-05T08".encode()
        )
        return answer(
            url(number), text.replace(b"</title>", f"</title><link rel='canonical' href='{url(number)}'>".encode())
        )

    for name, of_days in (("days", (1, 2, 3)), ("one-day", (1, 1, 1))):
        archive = tmp_path / name
        records = [part(n, day) for n, day in enumerate(of_days, 1)]
        run(archive, warc(tmp_path / f"{name}.warc.gz", *(records[n] for n in order)))
        assert days(archive) == [tens(1), tens(2), tens(3)]
        assert rows(archive, "SELECT count(*) FROM parts") == [(0,)]


def test_pages_of_comments_are_no_pages_of_the_article(tmp_path: Path) -> None:
    archive, first = tmp_path / "archive", f"{SITE}/news/storm/comments"
    links = f"<a href='{first}'>1</a> <a href='{first}?page=2'>2</a>"
    records = [answer(first, page(1, links=links)), answer(f"{first}?page=2", page(2, links=links))]
    run(archive, warc(tmp_path / "1.warc.gz", *records))
    assert rows(archive, "SELECT count(*) FROM parts") == [(0,)]
    assert told(archive) == tens(1, 2)


@pytest.mark.parametrize("times", [1, 2])
def test_a_fault_while_an_article_is_joined_is_its_own(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, straight = tmp_path / "archive", tmp_path / "straight"
    files = [*whole(tmp_path), warc(tmp_path / "alone.warc.gz", answer(f"{SITE}/a/b-2.html", lone()))]
    run(straight, *files)

    def fail(*_: object, **__: object) -> None:
        raise sqlite3.IntegrityError("no")

    with monkeypatch.context() as broken:
        broken.setattr("pipelines.part_joining.add_extraction", fail)
        for n in range(times):
            done = run(archive, *files)
            assert done.outcomes == ({"new": 2, "part": 2, "failed": 1} if n == 0 else {"failed": 1})
            assert done.finish_reason == "finished"
            assert rows(archive, "SELECT n_failed FROM runs ORDER BY id DESC LIMIT 1") == [(1,)]
    assert rows(archive, "SELECT count(*) FROM waiting_parts") == [(3,)]
    sound(archive)
    run(archive, *files)
    found, wanted = named(archive), named(straight)
    assert [row[4] for row in found["articles"]] == [row[4] for row in wanted["articles"]]
    assert (found["parts"], found["waiting"]) == (wanted["parts"], wanted["waiting"])


def test_pages_that_cannot_be_compared_are_articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "archive"

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("pipelines.part_joining.goes_on", fail)
    assert run(archive, *whole(tmp_path)).outcomes == {"new": 3, "failed": 1}
    assert told(archive) == tens(1, 2, 3)


@pytest.mark.parametrize("is_first", [True, False])
def test_an_older_capture_of_the_first_page_without_links_takes_no_page_away(is_first: bool, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    old = warc(tmp_path / "old.warc.gz", answer(URLS[0], page(1, of=2, links=""), "2024-03-01T10:00:00Z"))
    pages = whole(tmp_path, of=2)
    for files in ([old], pages) if is_first else (pages, [old]):
        run(archive, *files)
    assert days(archive) == [tens(1, 2)]
    again = warc(tmp_path / "again.warc.gz", answer(URLS[1], page(2, of=2), LATER, n="x"))
    assert run(archive, again).outcomes == {"part": 1}
    assert days(archive) == [tens(1, 2)]
    assert rows(archive, "SELECT n_revisions FROM articles") == [(1,)]


@pytest.mark.parametrize("order", ORDERS)
def test_another_url_with_a_further_pages_text_is_no_revision_of_the_whole(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    archive, other = tmp_path / "archive", f"{SITE}/print/harbour-report"
    records = [answer(URLS[0], page(1, of=2)), answer(URLS[1], page(2, of=2)), answer(other, page(2, links=""))]
    for n in order:
        run(archive, warc(tmp_path / f"{n}.warc.gz", records[n]))
    run(archive, warc(tmp_path / "again.warc.gz", answer(other, page(2, links=""), LATER, n="p")))
    assert told(archive) == tens(1, 2)
    assert set(rows(archive, "SELECT n_revisions FROM articles")) == {(1,)}
    assert tens(1, 2) in days(archive) or order.index(0) > order.index(1), "the second page came last, and had its own"


@pytest.mark.parametrize("order", ORDERS)
def test_a_mobile_page_whose_canonical_is_the_first_one_is_no_revision_of_it(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    mobile = [url.replace("courier", "m.courier") for url in URLS]

    def seen(number: int) -> bytes:
        text = page(number, of=2).replace(b"http://courier", b"http://m.courier")
        return text.replace(b"</title>", f"</title><link rel='canonical' href='{URLS[0]}'>".encode())

    records = [answer(URLS[0], page(1, of=1)), answer(mobile[0], seen(1)), answer(mobile[1], seen(2))]
    archive = tmp_path / "archive"
    for n in order:
        run(archive, warc(tmp_path / f"{n}.warc.gz", records[n]))
    run(archive, warc(tmp_path / "again.warc.gz", answer(mobile[1], seen(2), LATER)))
    assert told(archive) == tens(1, 2)
    assert set(rows(archive, "SELECT n_revisions FROM articles")) == {(1,)}


def test_what_is_joined_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, asked = tmp_path / "archive", []
    records = []
    for day in range(1, 15):
        at = f"2024-02-{day:02}T10:00:00Z"
        edit = f"Edit of day {day} that says another thing entirely."
        records += [answer(URLS[0], page(1, of=2, edit=edit), at), answer(URLS[1], page(2, of=2), at)]
    run(archive, warc(tmp_path / "1.warc.gz", *records))
    assert rows(archive, "SELECT n_revisions, (SELECT count(*) FROM parts) FROM articles") == [(14, 14)]
    from pipelines import capture_batches

    read = capture_batches._read

    def counted(*given: Any) -> Any:
        asked.append(given)
        return read(*given)

    monkeypatch.setattr(capture_batches, "_read", counted)
    for n in range(2):
        asked.clear()
        run(archive, warc(tmp_path / f"more-{n}.warc.gz", answer(URLS[1], page(2, of=2), f"2024-03-1{n}T10:00:00Z")))
        assert len(asked) == 1, "the page that came, judged by itself"
