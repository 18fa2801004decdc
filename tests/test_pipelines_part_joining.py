"""Articles on several pages whose pages come in by themselves: an import joins them, in whatever order they come."""

from itertools import permutations
from pathlib import Path

import pytest
from commands import rows
from test_pipelines_warc_import import SITE, answer, everything, run, warc

URLS = [f"{SITE}/news/harbour-opens-after-storm{end}" for end in (".html", "-2.html", "-3.html")]
LAST = "On the last day it was opened after all."


def page(number: int, *, of: int = 3, links: str | None = None, edit: str = "", title: str = "Harbour opens") -> bytes:
    """A page of a long report, with the links to the others that such pages print."""
    story = "".join(
        f"<p>{f'On day {day} the harbour was opened a bit more by the men of the lower town. ' * 3}</p>"
        for day in range(number * 10, number * 10 + 4)
    )
    shown = (
        links
        if links is not None
        else " ".join(f"<a href='{URLS[n]}'>{n + 1}</a>" for n in range(of) if n + 1 != number)
    )
    return (
        '<!doctype html><html lang="en"><head><meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2024-03-05T08:00:00Z">'
        f"<title>{title}</title></head><body><article><h1>{title} after the storm</h1>{story}{edit and f'<p>{edit}</p>'}"
        f"</article><div class='pages'>{shown}</div></body></html>"
    ).encode()


def days(archive: Path) -> list[list[int]]:
    """The days that each article tells of, in its order."""
    texts = rows(archive, "SELECT body FROM current_articles ORDER BY url")
    return [list(dict.fromkeys(int(piece.split()[0]) for piece in body.split("On day ")[1:])) for (body,) in texts]


def tens(*numbers: int) -> list[int]:
    return [day for number in numbers for day in range(number * 10, number * 10 + 4)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_pages_become_one_article_in_whatever_order_they_come(order: tuple[int, ...], tmp_path: Path) -> None:
    records = [answer(URLS[n], page(n + 1), f"2024-03-05T10:00:0{n}Z") for n in range(3)]
    archive = tmp_path / "archive"
    done = run(archive, warc(tmp_path / "all.warc.gz", *(records[n] for n in order)))
    assert done.outcomes == {"new": 1, "part": 2}
    assert days(archive) == [tens(1, 2, 3)]
    assert rows(archive, "SELECT url, n_revisions FROM current_articles") == [(URLS[0], 1)]
    assert rows(archive, "SELECT outcome, article_id FROM links ORDER BY url") == [("part", 1), ("part", 1), ("new", 1)]
    assert rows(archive, "SELECT number FROM parts ORDER BY number") == [(2,), (3,)]
    before = everything(archive)
    assert run(archive, tmp_path / "all.warc.gz").outcomes == {}
    assert everything(archive) == before, "a second import changes nothing"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_pages_of_several_files_come_together_when_the_first_one_is_there(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    files = [warc(tmp_path / f"{n}.warc.gz", answer(URLS[n], page(n + 1))) for n in range(3)]
    run(archive, *(files[n] for n in order))
    assert days(archive) == [tens(1, 2, 3)]


def test_an_edit_of_the_first_page_is_a_revision_and_the_further_ones_nearest_to_it_go_with_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    first = [answer(URLS[n], page(n + 1, of=2), "2024-03-05T10:00:00Z") for n in range(2)]
    later = [
        answer(URLS[0], page(1, of=2, edit="The mayor thanked the men."), "2024-03-09T10:00:00Z"),
        answer(URLS[1], page(2, of=2, edit=LAST), "2024-03-09T10:00:05Z"),
    ]
    run(archive, warc(tmp_path / "1.warc.gz", *first))
    done = run(archive, warc(tmp_path / "2.warc.gz", *later))
    assert done.outcomes == {"revised": 1, "part": 1}
    found = rows(
        archive,
        "SELECT r.number, e.body LIKE '%day 20%', e.body LIKE '%thanked%', e.body LIKE ? FROM revisions r"
        " JOIN extractions e ON e.id = r.extraction_id ORDER BY r.number",
        f"%{LAST}%",
    )
    assert found == [(1, 1, 0, 0), (2, 1, 1, 1)]


def test_the_first_page_captured_again_is_no_edit_of_the_whole(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(archive, warc(tmp_path / "1.warc.gz", *(answer(URLS[n], page(n + 1, of=2)) for n in range(2))))
    for name, at in (("0", "2024-03-01T10:00:00Z"), ("2", "2024-03-09T10:00:00Z")):
        again = warc(tmp_path / f"{name}.warc.gz", answer(URLS[0], page(1, of=2), at))
        assert run(archive, again).outcomes == {"unchanged": 1}
    assert days(archive) == [tens(1, 2)]
    assert rows(archive, "SELECT n_revisions, substr(first_seen_at, 1, 10) FROM articles") == [(1, "2024-03-01")]


def test_an_older_state_of_the_whole_takes_its_place_before_the_known_one(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(
        archive, warc(tmp_path / "2.warc.gz", answer(URLS[0], page(1, of=2, edit=LAST)), answer(URLS[1], page(2, of=2)))
    )
    older = [answer(URLS[n], page(n + 1, of=2), "2024-03-01T10:00:00Z") for n in range(2)]
    assert run(archive, warc(tmp_path / "1.warc.gz", *older)).outcomes == {"revised": 1, "part": 1}
    found = rows(
        archive,
        "SELECT r.number, e.body LIKE '%day 20%', e.body LIKE ? FROM revisions r JOIN extractions e ON e.id = r.extraction_id"
        " ORDER BY r.number",
        f"%{LAST}%",
    )
    assert found == [(1, 1, 0), (2, 1, 1)]


def test_a_further_page_without_the_first_is_an_article_of_its_own_and_stays_one(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    done = run(archive, warc(tmp_path / "2.warc.gz", answer(URLS[1], page(2)), answer(URLS[2], page(3))))
    assert done.outcomes == {"new": 2}
    assert rows(archive, "SELECT n_new, n_rejected FROM runs") == [(2, 0)]
    assert days(archive) == [tens(2), tens(3)]
    run(archive, warc(tmp_path / "1.warc.gz", answer(URLS[0], page(1))))
    assert days(archive) == [tens(2), tens(3), tens(1)]
    assert run(archive, warc(tmp_path / "3.warc.gz", answer(URLS[1], page(2), "2024-03-09T10:00:00Z"))).outcomes == {
        "unchanged": 1
    }


def test_a_numbered_page_that_tells_something_else_is_an_article_of_its_own(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    other = page(2, title="Mayor resigns")
    done = run(archive, warc(tmp_path / "1.warc.gz", answer(URLS[0], page(1)), answer(URLS[1], other)))
    assert done.outcomes == {"new": 2}
    assert days(archive) == [tens(2), tens(1)]


def test_an_import_that_was_stopped_before_it_joined_joins_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    file = warc(tmp_path / "1.warc.gz", *(answer(URLS[n], page(n + 1)) for n in range(3)))

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr("pipelines.part_joining.PartJoiner.run", stop)
        with pytest.raises(KeyboardInterrupt):
            run(archive, file)
    assert days(archive) == [tens(1)]
    run(archive, file)
    assert days(archive) == [tens(1, 2, 3)]
