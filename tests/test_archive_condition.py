import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from archives import ArchiveArticle, make_archive

from archive.condition import State, conditions, feeds_of, runs_of, source_named
from archive.errors import NotFoundError
from archive.reader import open_reader
from archive.times import iso

NOW = datetime(2024, 6, 2, tzinfo=UTC)
NAMES = ("asked", "disabled", "failing", "fine", "partly", "paused")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = [ArchiveArticle(source=name, published="2024-05-01") for name in NAMES]
    articles += [ArchiveArticle(source="fine", published=f"2024-05-{day:02}") for day in range(2, 32)]
    made = make_archive(tmp_path, [*articles, ArchiveArticle(source="fine", published="1900-01-01")])
    with closing(sqlite3.connect(made / "archive.db")) as db, db:
        ids = dict(db.execute("SELECT name, id FROM sources").fetchall())
        for run in (1, 2):
            db.execute(
                "INSERT INTO runs (id, command, version, started_at) VALUES (?, 'crawl', '1', ?)",
                (run, iso(NOW - timedelta(days=3 - run))),
            )
        for name in ("disabled", "failing", "fine", "partly", "paused"):
            status = {"failing": "failed"}.get(name, "ok")
            rows = [(1, ids[name], "ok", None, 1), (2, ids[name], status, f"why {name}", 5)]
            db.executemany(
                "INSERT INTO run_sources (run_id, source_id, status, detail, n_new) VALUES (?, ?, ?, ?, ?)", rows
            )
        db.execute("UPDATE sources SET enabled = 0 WHERE name = 'disabled'")
        db.execute("UPDATE sources SET paused_until = ? WHERE name = 'paused'", (iso(NOW + timedelta(hours=1)),))
        db.execute("UPDATE sources SET paused_until = ? WHERE name = 'fine'", (iso(NOW - timedelta(hours=1)),))
        for name, n_failures in (("fine", 0), ("partly", 0), ("partly", 2)):
            db.execute(
                "INSERT INTO feeds (source_id, url, kind, found_in, first_seen_at, n_failures)"
                " VALUES (?, ?, 'feed', 'home', ?, ?)",
                (ids[name], f"https://{name}.example/{n_failures}", iso(NOW), n_failures),
            )
    return made


def test_each_source_has_its_condition_in_a_word(folder: Path) -> None:
    with closing(open_reader(folder)) as db:
        found = {one.name: one for one in conditions(db, now=NOW).sources}
    assert [one.troubled for one in found.values()] == [True] * 3 + [False] * 3
    assert {name: one.state for name, one in found.items()} == {
        "asked": State.NEVER, "disabled": State.DISABLED, "failing": State.FAILING, "fine": State.FINE,
        "partly": State.PARTLY, "paused": State.PAUSED,
    }  # fmt: skip
    assert found["failing"].detail == "why failing"
    assert found["paused"].detail == "until 2024-06-02 01:00 UTC, as its host asked"
    assert (found["fine"].last_run, found["fine"].n_articles, found["asked"].last_run) == (2, 32, None)
    assert (found["partly"].n_feeds, found["partly"].n_failing) == (2, 1)


def test_volumes_share_a_time_that_one_old_date_does_not_squeeze(folder: Path) -> None:
    with closing(open_reader(folder)) as db:
        found = conditions(db, now=NOW)
    assert (found.first, found.last) == (date(2024, 5, 1), date(2024, 5, 31))
    volumes = {one.name: one.volume for one in found.sources}
    assert len({len(volume) for volume in volumes.values()}) == 1
    assert sum(volumes["paused"]) == 1


def test_a_source_has_its_feeds_and_its_runs(folder: Path) -> None:
    with closing(open_reader(folder)) as db:
        partly = next(one for one in conditions(db, now=NOW).sources if one.name == "partly")
        assert source_named(db, partly.id, now=NOW) == partly
        assert [feed.url for feed in feeds_of(db, partly.id)] == [
            "https://partly.example/2",
            "https://partly.example/0",
        ]
        assert [(one.run.id, one.counts.n_new) for one in runs_of(db, partly.id, limit=5)] == [(2, 5), (1, 1)]
        with pytest.raises(NotFoundError, match="no source 999"):
            source_named(db, 999, now=NOW)
