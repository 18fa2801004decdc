"""A source's template in an archive: learned at a run's end, cut from earlier and later articles, never an edit."""

import asyncio
import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import presskeep, rows, sources_file
from migrating import archive_before
from newsroom import Newsroom
from newsroom_pages import filler
from test_pipelines_keeping import article, keep

from archive.forget import forget, look_up
from archive.records import Removal
from archive.restored import add_restored, find_removals
from archive.store import Store, open_store
from pipelines import archive_session, templates
from pipelines.clean.template import clean_template
from pipelines.keeping import Keeper, Rhythm
from pipelines.templates import is_time_to_learn, learn_templates, load_template

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOTE = "Ada Byron writes on harbours and on those who live beside them."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    with store.transaction():
        store.save_source(
            name="Courier", url="http://courier.example/", language=None, tags=(), enabled=True, now=NOW
        )  # fmt: skip
    yield store
    store.close()


def publish(store: Store, names: Sequence[str], *, note: str | None = NOTE, day: int = 1) -> None:
    """Keep articles as a crawl does, by the template that the source has now."""
    keeper = Keeper(store=store, run_id=None, rhythm=Rhythm())
    template = load_template(store, 1)
    for name in names:
        url = f"http://courier.example/{name}"
        body = "\n\n".join([*filler(name), *([note] if note else [])])
        found = article(url, headline=name, body=body, removals=(), published=f"2026-01-{day:02}")
        keep(keeper, url, clean_template(found, template))


def names(prefix: str, n: int) -> list[str]:
    return [f"{prefix}-{at}" for at in range(n)]


def with_note(store: Store) -> int:
    return sum(NOTE in row["body"] for row in store.db.execute("SELECT body FROM current_articles"))


def test_a_takedown_takes_a_line_as_its_article_had_it_and_the_line_is_cut_as_before(
    store: Store, tmp_path: Path
) -> None:
    numbered = names("a", 6)
    for n, name in enumerate(numbered):
        publish(store, [name], note=f"{NOTE} Reader number {n}.")
    learn_templates(store, [1], now=NOW)
    ((text,),) = store.db.execute("SELECT text FROM site_blocks").fetchall()
    (n,) = (n for n in range(6) if text.endswith(f"number {n}."))
    version = load_template(store, 1).version
    for name in (numbered[(n + 1) % 6], numbered[n]):
        page = look_up(store, [f"http://courier.example/{name}"])
        forget(tmp_path, store, page, reason="asked to", now=NOW)
        left = "" if name == numbered[n] else text
        assert [tuple(row) for row in store.db.execute("SELECT text FROM site_blocks")] == [(left,)]
    assert load_template(store, 1).version == version
    publish(store, names("b", 6))
    learn_templates(store, [1], now=NOW)
    assert store.one("SELECT 1 FROM site_blocks WHERE text = ''") is None


def test_learning_waits_for_more_texts_the_more_there_are(store: Store) -> None:
    learned = []
    for n in range(1, 161):
        publish(store, [f"story-{n}"], note=None)
        if is_time_to_learn(store, 1, n_new=1):
            learned.append(n)
    assert learned == [*range(1, 26), *range(30, 101, 5), 125, 150]
    assert is_time_to_learn(store, 1, n_new=11)
    assert not is_time_to_learn(store, 1, n_new=0)


def test_earlier_articles_get_a_new_reading_of_the_same_revision(store: Store) -> None:
    publish(store, names("a", 6))
    assert learn_templates(store, [1], now=NOW) == 6
    assert with_note(store) == 0
    assert [tuple(row) for row in store.db.execute("SELECT number, count(*) FROM revisions")] == [(1, 6)]
    readings = store.db.execute(
        "SELECT template, count(*) FROM extractions GROUP BY template ORDER BY template"
    ).fetchall()
    assert [tuple(row) for row in readings] == [("", 6), (load_template(store, 1).version, 6)]
    removals = store.db.execute("SELECT DISTINCT stage, reason, rule, text FROM removals").fetchall()
    assert [tuple(row) for row in removals] == [("template", "repeated", "site-tail@1", NOTE)]
    found = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH '\"beside them\"'"
    assert tuple(store.db.execute(found).fetchone()) == (0,)


def test_later_articles_come_without_it_and_nothing_is_read_twice(store: Store) -> None:
    publish(store, names("a", 6))
    learn_templates(store, [1], now=NOW)
    publish(store, names("b", 3))
    assert with_note(store) == 0
    assert learn_templates(store, [1], now=NOW) == 0
    seen = store.one("SELECT n_articles, forgotten_at FROM site_blocks")
    n_distinct = store.one("SELECT count(DISTINCT cluster_id) FROM near_duplicates")
    assert seen is not None
    assert n_distinct is not None
    assert (seen["n_articles"], seen["forgotten_at"]) == (n_distinct[0], None)
    assert n_distinct[0] > 6


def test_what_near_duplicates_share_counts_once(store: Store) -> None:
    keeper = Keeper(store=store, run_id=None, rhythm=Rhythm())
    for at in range(8):
        url = f"http://courier.example/wire-{at}"
        body = "\n\n".join([*filler("one wire report")[:3], *filler(f"own-{at}")[:1], NOTE])
        keep(keeper, url, article(url, headline=f"{at}", body=body, removals=()))
    assert store.one("SELECT 1 FROM near_duplicates GROUP BY cluster_id HAVING count(*) > 3") is not None
    assert learn_templates(store, [1], now=NOW) == 0


def test_revisions_of_one_article_count_once(store: Store) -> None:
    keeper = Keeper(store=store, run_id=None, rhythm=Rhythm())
    url = "http://courier.example/live"
    for at in range(9):
        body = "\n\n".join([*filler(f"live-{at}"), NOTE])
        keep(keeper, url, article(url, headline="Live", body=body, removals=()), at=NOW + timedelta(hours=at))
    assert store.one("SELECT 1 FROM revisions WHERE number = 9") is not None
    assert learn_templates(store, [1], now=NOW) == 0


def test_the_order_of_arrival_and_the_number_of_runs_change_nothing(tmp_path: Path) -> None:
    ends = []
    for seed in range(3):
        store = open_store(tmp_path / str(seed))
        with store.transaction():
            store.save_source(name="C", url="http://c.example/", language=None, tags=(), enabled=True, now=NOW)
        order = names("a", 12)
        random.Random(seed).shuffle(order)
        for at in range(0, 12, 4 if seed else 12):
            publish(store, order[at : at + (4 if seed else 12)])
            learn_templates(store, [1], now=NOW)
        blocks = [tuple(row) for row in store.db.execute("SELECT key, place, text FROM site_blocks")]
        texts = {tuple(row) for row in store.db.execute("SELECT url_key, body_sha256 FROM current_articles")}
        ends.append((blocks, texts))
        store.close()
    assert ends[0] == ends[1] == ends[2]


def test_beyond_the_newest_two_hundred_the_order_of_arrival_changes_nothing_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.templates.WINDOW", 8)
    ends = []
    for seed in range(4):
        store = open_store(tmp_path / str(seed))
        with store.transaction():
            store.save_source(name="C", url="http://c.example/", language=None, tags=(), enabled=True, now=NOW)
        pages = [(name, NOTE if at % 3 else None) for at, name in enumerate(names("a", 14))]
        random.Random(seed).shuffle(pages)
        for name, note in pages:
            publish(store, [name], note=note)
        learn_templates(store, [1], now=NOW)
        ends.append({tuple(row) for row in store.db.execute("SELECT url_key, body_sha256 FROM current_articles")})
        ends.append({tuple(row) for row in store.db.execute("SELECT key, n_articles FROM site_blocks")})
        store.close()
    assert ends[0::2] == ends[:1] * 4
    assert ends[1::2] == ends[1:2] * 4


def test_a_first_crawl_of_many_is_cleaned_as_far_back_as_the_line_goes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "WINDOW", 8)
    publish(store, names("oldest", 9), note=None, day=1)
    publish(store, names("old", 12), day=2)
    publish(store, names("new", 8), day=3)
    assert learn_templates(store, [1], now=NOW) == 20
    assert with_note(store) == 0


def test_a_line_that_the_site_no_longer_prints_is_forgotten_and_what_was_cut_stays_cut(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "WINDOW", 8)
    publish(store, names("old", 6), day=1)
    learn_templates(store, [1], now=NOW)
    publish(store, names("new", 8), note="Another line of another design.", day=2)
    later = NOW + timedelta(days=30)
    learn_templates(store, [1], now=later)
    assert store.one("SELECT forgotten_at FROM site_blocks WHERE text = ?", (NOTE,)) is not None
    assert not load_template(store, 1).blocks
    assert len(load_template(store, 1, at=NOW + timedelta(days=1)).blocks) == 1
    assert with_note(store) == 0


def test_the_step_before_the_templates_keeps_its_readings(tmp_path: Path) -> None:
    folder = archive_before("m009_site_templates", tmp_path)
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        before = db.execute("SELECT id, body_sha256 FROM extractions ORDER BY id").fetchall()
    open_store(folder).close()
    assert rows(folder, "SELECT id, body_sha256 FROM extractions WHERE template = '' ORDER BY id") == before != []
    assert rows(folder, "SELECT * FROM site_blocks") == []


def test_a_line_that_somebody_put_back_is_cut_no_more(store: Store) -> None:
    publish(store, names("a", 6))
    learn_templates(store, [1], now=NOW)
    (removal,) = find_removals(store, [1])
    with store.transaction():
        add_restored(store, removal, NOW)
    assert not load_template(store, 1).blocks
    learn_templates(store, [1], now=NOW)
    assert not load_template(store, 1).blocks


def make_due(archive: Path) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.execute("UPDATE feeds SET next_due_at = '2020-01-01T00:00:00.000000Z'")
        db.execute("UPDATE links SET next_due_at = '2020-01-01T00:00:00.000000Z', etag = NULL, last_modified = NULL")
        db.commit()


def test_a_learned_template_is_never_an_edit_and_hides_none(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    author = '<meta name="author" content="Ada Byron">'
    note = f"<p>{NOTE}</p>"
    with Newsroom() as newsroom:
        sources = sources_file(tmp_path, {"Daily": newsroom.url})

        def crawl() -> dict[str, int]:
            make_due(archive) if archive.exists() else None
            done = presskeep("crawl", "--archive", archive, "--sources", sources)
            assert done.returncode == 0, done.stderr
            reasons = rows(archive, "SELECT n_new, n_revised, n_unchanged FROM runs ORDER BY id DESC LIMIT 1")
            return dict(zip(("new", "revised", "unchanged"), reasons[0], strict=True))

        for at in range(6):
            newsroom.publish(f"piece-{at}", head=author, tail=note)
        assert crawl()["new"] == 6
        assert rows(archive, "SELECT count(*) FROM current_articles WHERE body LIKE ?", f"%{NOTE}%") == [(0,)]
        n_readings = rows(archive, "SELECT count(*) FROM extractions")
        # the same pages once more, and one that has really changed
        newsroom.edit("piece-0", paragraphs=[*filler("piece-0"), "The council has meanwhile taken all of this back."])
        assert crawl() == {"new": 0, "revised": 1, "unchanged": 5}
        assert rows(archive, "SELECT count(*) FROM extractions") == [(n_readings[0][0] + 1,)]
        # the site drops the line from one page, and prints it on one that had none
        newsroom.publish("bare", head=author)
        assert crawl()["new"] == 1
        for host in newsroom._hosts.values():
            host.pieces["piece-1"] = replace(host.pieces["piece-1"], tail="")
            host.pieces["bare"] = replace(host.pieces["bare"], tail=note)
        assert crawl() == {"new": 0, "revised": 0, "unchanged": 7}
        # a template that has forgotten the line again makes no edit either: what was cut from a page stays cut
        for host in newsroom._hosts.values():
            host.pieces["bare"] = replace(host.pieces["bare"], tail="")
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            db.execute("UPDATE site_blocks SET forgotten_at = '2021-01-01T00:00:00.000000Z'")
            db.commit()
        assert crawl() == {"new": 0, "revised": 0, "unchanged": 7}
    assert rows(archive, "SELECT count(*) FROM revisions") == [(8,)]


def test_a_removal_of_the_template_stage_is_shown_and_is_no_injected_spam(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keeper = Keeper(store=store, run_id=None, rhythm=Rhythm())
    url = "http://courier.example/one"
    removal = Removal(stage="template", reason="repeated", rule="site-tail@1", position=4, text=NOTE)
    keep(keeper, url, article(url, removals=(removal,)), source_id=None)
    store.close()
    shown = presskeep("show", "1", "--removals", "--archive", tmp_path)
    assert NOTE in shown.stdout
    assert NOTE not in presskeep("spam", "--archive", tmp_path).stdout


def test_a_run_learns_in_its_writing_thread_so_that_the_event_loop_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    monkeypatch.setattr(
        archive_session, "learn_templates", lambda *_, **__: threads.append(threading.current_thread().name)
    )
    run = archive_session.ArchiveSession(tmp_path)
    run.open()
    with run.store.transaction():
        run.store.save_source(
            name="Courier", url="http://courier.example/", language=None, tags=(), enabled=True, now=NOW
        )  # fmt: skip
    publish(run.store, names("story", 6))
    run.keeper.tally(1).reasons["new"] += 6
    asyncio.run(run.learn_templates())
    run.total = run.finish(reason="finished", n_requests=0, n_bytes=0)
    run.close()
    assert [name.rpartition("_")[0] for name in threads] == ["archive"]
