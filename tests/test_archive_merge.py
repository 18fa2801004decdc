"""Two archives become one: the laws, on real archives, and what becomes of each kind of row."""

import gzip
import json
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from archive_commands import run, said
from commands import environment, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from merging import PAGES, Again, Event, Forget, Look, make, moment
from migrating import archive_before
from sameness import differences, held

from archive.backup import back_up
from archive.cli.merge import merge as merge_command
from archive.doctor import examine
from archive.forget import forget, look_up
from archive.merge import Report, merge
from archive.parts import add_part
from archive.prune import prune
from archive.records import Extractor
from archive.revision_order import Reading, Sighting, bridged, grouped, key_of, united
from archive.schema import MIGRATIONS
from archive.store import open_store
from archive.times import iso

QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Each example writes a dozen archives, each commit waits for its disk."""
NOW = datetime(2026, 12, 1, tzinfo=UTC)

moments = st.integers(1, 10**6)
looks = st.builds(
    Look,
    at=moments,
    page=st.integers(0, 2),
    text=st.sampled_from([0, 0, 1, 2, None]),
    version=st.sampled_from([1, 1, 2]),
)
events = st.lists(
    st.one_of(looks, looks, looks, looks, st.builds(Again, at=moments),
              st.builds(Forget, at=moments, page=st.integers(0, 2))),
    min_size=1, max_size=5,
)  # fmt: skip


def into(target: Path, *others: Path) -> list[Report]:
    with closing(open_store(target)) as store:
        return [merge(store, other, now=NOW) for other in others]


def merged(place: Path, first: Path, *others: Path) -> Path:
    """Merge archives into a copy of the first."""
    shutil.copytree(first, place)
    into(place, *others)
    return place


def distinct(*archives: list[Event]) -> bool:
    moments = [event.at for events in archives for event in events]
    return len(moments) == len(set(moments))


@settings(max_examples=30)
@given(one=events, two=events, three=events)
def test_it_does_not_matter_in_which_order_archives_are_merged(
    one: list[Event], two: list[Event], three: list[Event]
) -> None:
    if not distinct(one, two, three):
        return
    with TemporaryDirectory(dir=QUICK) as place:
        folder = Path(place)
        a, b, c = (make(folder / name, seen, name=name) for name, seen in zip("abc", (one, two, three), strict=True))
        left = merged(folder / "ab-c", a, b, c)
        found = held(left)
        bc = merged(folder / "bc", b, c)
        assert differences(found, held(merged(folder / "a-bc", a, bc))) == {}
        assert differences(found, held(merged(folder / "bc-a", bc, a))) == {}
        assert differences(found, held(merged(folder / "c-b-a", c, b, a))) == {}
        assert not any(report.changed for report in into(left, a, b, c, bc))
        assert differences(found, held(left)) == {}


def texts(archive: Path) -> list[tuple[str, int, str]]:
    return rows(
        archive,
        "SELECT a.url_key, r.number, e.headline FROM revisions r JOIN articles a ON a.id = r.article_id"
        " JOIN extractions e ON e.id = r.extraction_id ORDER BY 1, 2",
    )


def test_revisions_stand_in_the_order_of_capture_and_what_both_saw_is_one(tmp_path: Path) -> None:
    a = make(tmp_path / "a", [Look(10), Look(30, text=2)], name="a")
    b = make(tmp_path / "b", [Look(20), Look(40, text=2), Look(50, text=1)], name="b")
    (report,) = into(a, b)
    assert (report.n_new, report.n_changed, report.n_captures) == (0, 1, 3)
    boats = "courier.example/boats"
    assert texts(a) == [(boats, 1, "Text 0"), (boats, 2, "Text 2"), (boats, 3, "Text 1")]
    assert rows(a, "SELECT first_seen_at, checked_at, n_revisions, headline FROM articles") == [
        (iso(moment(10)), iso(moment(50)), 3, "Text 1")
    ]
    # between the two sights of text 0, a third archive saw another one: the second sight was an edit after all
    c = make(tmp_path / "c", [Look(15, text=1)], name="c")
    into(a, c)
    assert [headline for _, _, headline in texts(a)] == ["Text 0", "Text 1", "Text 0", "Text 2", "Text 1"]
    assert rows(a, "SELECT count(*) FROM folded_revisions") == [(1,)]


def test_no_edit_is_claimed_where_no_extractor_read_both(tmp_path: Path) -> None:
    a = make(tmp_path / "a", [Look(10, version=1)], name="a")
    b = make(tmp_path / "b", [Look(20, version=2)], name="b")
    into(a, b)
    assert len(texts(a)) == 1
    assert rows(a, "SELECT e.version FROM current_articles e") == [("2",)]
    assert rows(a, "SELECT version FROM extractions ORDER BY made_at") == [("1",), ("2",)]


def test_an_edit_that_one_archive_found_under_a_new_template_stays_an_edit() -> None:
    def sighting(at: str, text: str, template: str) -> Sighting:
        row = {"body": text, "template": template}
        extractor = Extractor(name="presskeep", version="1", options="", rules="1", template=template)
        reading = Reading(
            key=key_of(row), made_at=at, extractor=extractor, headline="One", body_sha256=text, by_hint=False, row=row,
            capture=None,
        )  # fmt: skip
        return Sighting(at=at, capture=None, readings=(reading,))

    ours = [[sighting("1", "before", "")], [sighting("3", "after", "t1")]]
    theirs = [[sighting("2", "before", "")]]
    both = united(bridged(ours), bridged(theirs))
    assert [[one.at for one in revision] for revision in grouped(both)] == [["1", "2"], ["3"]]
    assert [len(one.readings) for one in both] == [2, 1, 1]


def test_the_one_that_had_a_text_first_is_no_duplicate_wherever_it_comes_from(tmp_path: Path) -> None:
    a = make(tmp_path / "a", [Look(20, page=0), Look(21, page=1, text=2)], name="a")
    b = make(tmp_path / "b", [Look(10, page=2)], name="b")
    into(a, b)
    named = "SELECT a.url_key, o.url_key FROM articles a LEFT JOIN articles o ON o.id = a.duplicate_of ORDER BY 1"
    assert rows(a, named) == [
        ("courier.example/boats", "herald.example/harbour"),
        ("courier.example/storm", None),
        ("herald.example/harbour", None),
    ]


def crawled(folder: Path) -> Path:
    """An archive that a real crawl made: feeds, runs, health and all."""
    archive_before(MIGRATIONS[1], folder)
    open_store(folder).close()
    return folder


def kept_bytes(folder: Path) -> dict[Path, bytes]:
    """All files but those that SQLite leaves where somebody reads."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".db-" not in path.name}


def test_a_real_archive_merged_into_an_empty_one_is_there_whole(tmp_path: Path) -> None:
    other = crawled(tmp_path / "other")
    before = kept_bytes(other)
    into(tmp_path / "all", other)
    assert differences(held(tmp_path / "all"), held(other)) == {}
    assert kept_bytes(other) == before
    assert [finding.detail for finding in examine(tmp_path / "all") if finding.bad] == []
    ((hits,),) = rows(tmp_path / "all", "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'council'")
    assert hits > 0
    (again,) = into(tmp_path / "all", other)
    assert not again.changed
    # a later crawl of the same archive brings what it brought, and nothing twice
    with closing(open_store(other)) as store, store.transaction():
        store.db.execute(
            "UPDATE links SET outcome = 'http_500', outcome_at = '2027-01-01T00:00:00.000000Z' WHERE id = 1"
        )
        store.db.execute("UPDATE feeds SET etag = 'new', outcome_at = '2027-01-01T00:00:00.000000Z'")
        store.db.execute("UPDATE sources SET paused_until = '2027-01-02T00:00:00.000000Z'")
        add_part(store, 1, 2, 2)
    into(tmp_path / "all", other)
    assert differences(held(tmp_path / "all"), held(other)) == {}


def bytes_of(archive: Path) -> bytes:
    found = b"".join(path.read_bytes() for path in archive.glob("archive.db*"))
    return found + b"".join(gzip.decompress(path.read_bytes()) for path in (archive / "warc").rglob("*.warc.gz"))


def test_what_one_archive_forgot_is_taken_from_none(tmp_path: Path) -> None:
    there = [Look(10, page=0, text=0), Look(11, page=2, text=2)]
    secret = PAGES[0][1].encode()
    forgetful = make(tmp_path / "forgetful", [Look(5, page=0, text=0), Forget(6, page=0)], name="f")
    other = make(tmp_path / "other", there, name="o")
    (report,) = into(forgetful, other)
    assert (report.n_new, report.n_left_out, report.n_captures) == (1, 1, 1)
    # the tombstone names it, nothing else does
    assert (
        gzip.decompress(b"".join(path.read_bytes() for path in (forgetful / "warc").rglob("*.gz"))).count(secret) == 0
    )
    assert rows(forgetful, "SELECT count(*) FROM links WHERE url LIKE '%boats'") == [(0,)]
    # and the other way round: it goes, bytes and all
    holder = make(tmp_path / "holder", there, name="o")
    (report,) = into(holder, forgetful)
    assert (report.n_forgotten, report.waiting) == (1, ())
    assert [key for key, _, _ in texts(holder)] == ["herald.example/harbour"]
    assert gzip.decompress(b"".join(path.read_bytes() for path in (holder / "warc").rglob("*.gz"))).count(secret) == 0
    assert rows(holder, "SELECT count(*) FROM erasures") == [(0,)]


def test_a_template_line_that_one_archive_forgot_comes_back_from_none(tmp_path: Path) -> None:
    line = "INSERT INTO site_blocks VALUES (1, 'k', 'tail', 'link', ?, 9, '2026-01-01', ?, NULL)"
    for names in (("a", "b"), ("b", "a")):
        folders = []
        for name in names:
            folders.append(make(tmp_path / "-".join(names) / name, [Look(1)], name=name))
            with closing(open_store(folders[-1])) as store, store.transaction():
                store.db.execute(line, ("" if name == "a" else "Call 555-0199", f"2026-0{2 if name == 'a' else 3}-01"))
        into(folders[0], folders[1])
        assert rows(folders[0], "SELECT text, last_seen_at FROM site_blocks") == [("", "2026-03-01")]


def test_warc_files_of_one_name_come_beside_each_other(tmp_path: Path) -> None:
    a = make(tmp_path / "a", [Look(10)], name="same")
    b = make(tmp_path / "b", [Look(20, page=2, text=2)], name="same")
    into(a, b)
    assert sorted(path.name for path in (a / "warc").rglob("*.gz")) == [
        "same-00000-merged1.warc.gz",
        "same-00000.warc.gz",
    ]
    assert len(held(a)["payloads"]) == 2
    assert [finding.detail for finding in examine(a) if finding.bad] == []


def test_warc_files_can_stay_where_they_are(tmp_path: Path) -> None:
    a, b = tmp_path / "a", make(tmp_path / "b", [Look(20)], name="b")
    with closing(open_store(a)) as store:
        merge(store, b, now=NOW, reference=True)
    assert not list((a / "warc").rglob("*.gz"))
    assert differences(held(a), held(b)) == {}
    ((place,),) = rows(a, "SELECT warc_file FROM captures")
    # what is not ours is in no backup, and stays when our row goes
    made = back_up(a, tmp_path / "backup", keep=None, now=NOW)
    assert (made.n_warc_files, made.n_captures) == (0, 1)
    before = Path(place).read_bytes()
    with closing(open_store(a)) as store:
        assert prune(a, store, NOW, NOW).n_captures == 1
        merge(store, b, now=NOW, reference=True)
        forget(a, store, look_up(store, [PAGES[0][1]]), reason="asked", now=NOW)
    assert Path(place).read_bytes() == before
    assert held(b)["articles"]


def test_an_archive_of_another_schema_is_refused_in_one_line(tmp_path: Path) -> None:
    old = archive_before(MIGRATIONS[-1], tmp_path / "old")
    mine = make(tmp_path / "mine", [Look(10)], name="mine")
    before = held(mine)
    failed = run(mine, merge_command, old)
    assert (failed.exit_code, said(failed)) == (
        5,
        f"{old}/archive.db has an older schema: run `presskeep --archive {old} migrate`",
    )
    new = make(tmp_path / "new", [Look(10)], name="new")
    with closing(open_store(new)) as store, store.transaction():
        store.db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('presskeep', 'm999_later', '')"
        )
    failed = run(mine, merge_command, new)
    assert (failed.exit_code, "made by a newer presskeep (m999_later)" in said(failed)) == (5, True)
    failed = run(mine, merge_command, tmp_path / "mine")
    assert (failed.exit_code, "is the archive itself" in said(failed)) == (2, True)
    (tmp_path / "nothing").mkdir()
    assert run(mine, merge_command, tmp_path / "nothing").exit_code == 5
    # nothing is merged where one of several cannot be
    other = make(tmp_path / "other", [Look(20, page=2)], name="other")
    assert run(mine, merge_command, other, old).exit_code == 5
    assert differences(held(mine), before) == {}


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    one, two = (make(tmp_path / name, [Look(at, page=at)], name=name) for at, name in enumerate(("one", "two"), 1))
    found = run(tmp_path / "all", merge_command, one, two)
    assert found.stderr == ""
    assert [line.partition(" (")[0] for line in found.stdout.splitlines()] == [
        f"{one}: 1 articles new, 1 captures in 1 WARC files",
        f"{two}: 1 articles new, 1 captures in 1 WARC files",
    ]
    assert run(tmp_path / "all", merge_command, one).stdout == f"{one}: nothing that was not here\n"
    answer = json.loads(run(tmp_path / "all", merge_command, one, "--json").stdout)
    assert (answer["n_same"], answer["n_new"]) == (1, 0)


def test_the_migration_keeps_every_reading(tmp_path: Path) -> None:
    folder = archive_before("m014_folded_revisions", tmp_path)
    before = rows(folder, "SELECT id, revision_id, body_sha256 FROM extractions ORDER BY id")
    assert before
    open_store(folder).close()
    assert rows(folder, "SELECT id, revision_id, body_sha256 FROM extractions ORDER BY id") == before
    assert rows(folder, "SELECT count(*) FROM extractions WHERE folded_id IS NOT NULL") == [(0,)]
    into(tmp_path / "all", folder)
    assert differences(held(tmp_path / "all"), held(folder)) == {}


KILLED = """
import contextlib, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from archive.merge import merge
from archive.store import Store, open_store

target, other = map(Path, sys.argv[1:])
whole = Store.transaction

def dying(store, *, n=[int(os.environ["AT"])]):
    if n[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    n[0] -= 1
    return whole(store)

Store.transaction = dying
merge(open_store(target), other, now=datetime(2026, 12, 1, tzinfo=UTC))
"""


def test_a_killed_merge_leaves_the_archive_whole_and_the_next_completes_it(tmp_path: Path) -> None:
    a = make(tmp_path / "a", [Look(10), Look(30, text=2), Look(35, page=1), Forget(36, page=1)], name="a")
    b = crawled(tmp_path / "b")
    c = make(tmp_path / "c", [Look(5), Look(20, text=1), Look(21, page=1), Look(25, page=2)], name="c")
    into(b, c)
    expected = held(merged(tmp_path / "expected", a, b))
    n_killed = 0
    for at in range(2, 30, 3):
        place = Path(shutil.copytree(a, tmp_path / f"killed-{at}"))
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, place, b],
            env=environment(AT=str(at)),
            capture_output=True,
            text=True,
            check=False,
        )
        n_killed += ended.returncode == -9
        if ended.returncode == 0:
            break
        assert [finding.detail for finding in examine(place) if finding.bad] == []
        into(place, b)
        assert differences(held(place), expected) == {}
    assert n_killed >= 3
