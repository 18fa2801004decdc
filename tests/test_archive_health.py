"""The health of sources: each rule trips on what it is about, is said from the second run on, and passes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import presskeep, rows, sources_file
from migrating import archive_before
from newsroom import Newsroom

from archive.health import Complaint, Facts, Place, complaints, note_run
from archive.store import Store, open_store

START = datetime(2026, 1, 1, tzinfo=UTC)
FEED = "http://paper.example/feed"
WELL = Facts(n_answered=1, n_new=5, n_read=10, length=3000.0, n_same=1)


class Paper:
    """A source whose runs are told, an hour apart unless they say otherwise."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = START
        self.source_id = store.save_source(
            name="Paper", url="http://paper.example/", language=None, tags=(), enabled=True, now=START
        )

    def runs(self, *facts: Facts, every: timedelta = timedelta(hours=1)) -> list[set[str]]:
        """Let runs see these facts; give the rules that each says."""
        return [{one.rule for one in self.run(each, every)} for each in facts]

    def run(self, facts: Facts, after: timedelta = timedelta(hours=1)) -> tuple[Complaint, ...]:
        self.now += after
        with self.store.transaction():
            run_id = self.store.start_run(command="crawl", options={}, now=self.now)
            kept, said = note_run(self.store, self.source_id, facts, self.now)
            values = {"run_id": run_id, "source_id": self.source_id, "status": "ok", "facts": kept}
            self.store.insert("run_sources", {**values, "n_new": facts.n_new})
        return said


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    with closing(open_store(tmp_path)) as store:
        yield Paper(store)


def place(**changes: object) -> Facts:
    return Facts(n_answered=1, places=(Place(url=FEED, useful_before=True, **changes),))  # type: ignore[arg-type]


ODD = {
    "empty": Facts(n_answered=1, n_read=2, n_empty=4, length=3000.0),
    "short": Facts(n_answered=1, n_read=4, length=1400.0, n_same=1),
    "undated": Facts(n_answered=1, n_read=4, length=3000.0, n_undated=3, n_same=1),
    "untitled": Facts(n_answered=1, n_read=4, length=3000.0, n_untitled=4, n_same=1),
    "one_text": Facts(n_answered=1, n_read=6, length=3000.0, n_same=4),
    "canonical_elsewhere": Facts(n_answered=1, n_read=4, length=3000.0, n_elsewhere=3, n_same=1),
    "host_changed": Facts(n_answered=1, n_read=4, length=3000.0, n_same=1, n_moved=4, moved_to="consent.example"),
}


@pytest.mark.parametrize("rule", ODD)
def test_what_is_odd_about_the_pages_is_said_at_the_second_run_and_passes(paper: Paper, rule: str) -> None:
    assert paper.runs(WELL, WELL, ODD[rule], ODD[rule], ODD[rule]) == [set(), set(), set(), {rule}, {rule}]
    (complaint,) = complaints(paper.store.db.conn)
    assert (complaint.source, complaint.rule, complaint.n_runs) == ("Paper", rule, 3)
    assert complaint.since == "2026-01-01T03:00:00.000000Z"
    assert paper.runs(WELL) == [set()]
    assert complaints(paper.store.db.conn) == ()


@pytest.mark.parametrize("rule", ODD)
def test_one_odd_run_between_good_ones_is_never_said(paper: Paper, rule: str) -> None:
    assert paper.runs(WELL, ODD[rule], WELL, ODD[rule], WELL) == [set()] * 5


def test_a_run_that_read_too_little_changes_nothing(paper: Paper) -> None:
    few = Facts(n_answered=1, n_read=2, n_undated=2, length=10.0)
    assert paper.runs(WELL, ODD["short"], few, Facts(), ODD["short"]) == [set(), set(), set(), set(), {"short"}]


def test_a_source_that_was_always_so_is_not_odd(paper: Paper) -> None:
    undated = Facts(n_answered=1, n_read=10, length=900.0, n_undated=10, n_same=1)
    assert paper.runs(*[undated] * 4) == [set()] * 4


def test_the_first_runs_have_nothing_to_compare_with(paper: Paper) -> None:
    assert paper.runs(ODD["short"], ODD["undated"]) == [set(), set()]


def test_what_has_been_so_for_a_month_is_how_the_source_is_now(paper: Paper) -> None:
    assert paper.runs(WELL, *[ODD["short"]] * 3)[-1] == {"short"}
    said = paper.runs(*[ODD["short"]] * 45, every=timedelta(days=1))
    assert said[0] == {"short"}
    assert said[-1] == set()


def test_a_feed_that_is_gone_is_named_and_another_one_does_not_hide_it(paper: Paper) -> None:
    other = Place(url="http://paper.example/other", useful_before=True)
    gone = Facts(n_answered=1, places=(Place(url=FEED, useful_before=True, gone="http_404"), other))
    assert paper.runs(WELL, gone, Facts(n_answered=1, places=(other,)), gone)[-1] == {"feed_gone"}
    (complaint,) = complaints(paper.store.db.conn)
    assert str(complaint) == f"{FEED}: http_404"
    assert paper.runs(place()) == [set()]
    assert complaints(paper.store.db.conn) == ()


def test_a_place_that_another_host_answers_is_said(paper: Paper) -> None:
    assert paper.runs(WELL, place(moved_to="casino.example"), place(moved_to="casino.example"))[-1] == {"host_changed"}


def test_silence_is_odd_where_there_used_to_be_news(paper: Paper) -> None:
    quiet = Facts(n_answered=2)
    daily = timedelta(days=1)
    assert paper.runs(*[WELL] * 5, every=daily) == [set()] * 5
    assert paper.runs(quiet, quiet, every=daily) == [set(), set()], "a weekend is no silence"
    assert paper.runs(quiet, quiet, every=daily) == [set(), {"no_new"}]
    assert paper.runs(Facts(n_answered=1, n_new=1, n_read=1)) == [set()]


def test_silence_is_measured_by_the_source_and_by_runs_that_asked(paper: Paper) -> None:
    weekly = timedelta(days=7)
    paper.runs(*[WELL] * 4, every=weekly)
    quiet = Facts(n_answered=2)
    assert paper.runs(*[quiet] * 13, every=timedelta(days=1)) == [set()] * 13
    assert paper.runs(Facts(), Facts(), every=weekly) == [set(), set()], "nobody was asked"
    assert paper.runs(quiet, quiet) == [set(), {"no_new"}]


def test_a_crawl_says_what_is_odd_and_exits_3(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Newsroom() as newsroom:
        sources = sources_file(tmp_path, {"Daily": newsroom.url}, every="'0s'")
        wall = ("We and our partners store and access cookies on your device, if you let us. " * 6,) * 3
        ended = []
        for day in range(3):
            for n in range(5):
                newsroom.publish(f"day-{day}-{n}", paragraphs=wall if day else None)
            ended.append(presskeep("--archive", archive, "crawl", "--sources", sources))
        assert [done.returncode for done in ended] == [0, 0, 3], [done.stderr for done in ended]
        listed = presskeep("--archive", archive, "sources", "list")
    assert "unwell: Daily: the same text on 5 of 5 pages" in ended[2].stderr
    assert rows(archive, "SELECT exit_code FROM runs ORDER BY id") == [(0,), (0,), (3,)]
    (archive / "sources.toml").write_text(sources.read_text())
    listed = presskeep("--archive", archive, "sources", "list")
    assert '"one_text: the same text on 5 of 5 pages"' in listed.stdout


def test_an_archive_of_the_schema_before_gets_empty_facts(tmp_path: Path) -> None:
    folder = archive_before("m003_health", tmp_path)
    open_store(folder).close()
    assert {row[0] for row in rows(folder, "SELECT facts FROM run_sources")} == {"{}"}
    assert rows(folder, "SELECT * FROM health") == []
