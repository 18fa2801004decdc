"""WARC files of other tools come in as if they had been crawled: once, in the order of capture, whatever is broken in them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from commands import rows
from foreign_warcs import (
    browsertrix,
    by_fastwarc,
    by_warcio,
    heritrix,
    http,
    packed,
    record,
    sha1,
    stormcrawler,
    story,
    wget,
)
from inline_engine import InlineEngine
from migrating import archive_before

from archive.articles import add_extraction
from archive.erasure import erase
from archive.forget import forget, look_up
from archive.kept import kept_article
from archive.places import PlaceError
from archive.prune import prune
from archive.store import open_store
from archive.warc_check import bad_pointers
from archive.warc_read import read_record
from pipelines.warc_import import Imported, Progress, import_warc
from pipelines.warc_slices import Wanted

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SITE = "http://courier.example"


def run(archive: Path, *names: Path | str, wanted: Wanted | None = None, **options: Any) -> Imported:
    store = open_store(archive)
    try:
        return import_warc(
            store, [str(name) for name in names], wanted=wanted or Wanted(), engine=options.pop("engine", InlineEngine()),
            clock=lambda: NOW, **options,
        )  # fmt: skip
    finally:
        store.close()


def answer(url: str, page: bytes, at: str = "2024-03-05T10:00:00Z", *, n: str = "", status: str = "200 OK") -> bytes:
    return record("response", http(page, status=status), WARC_Target_URI=url, WARC_Date=at, WARC_Payload_Digest=sha1(page),
                  WARC_Record_ID=f"<urn:uuid:{n or url}-{at}>", Content_Type="application/http; msgtype=response")  # fmt: skip


def warc(path: Path, *records: bytes, form: str = "gzip") -> Path:
    path.write_bytes(packed(list(records), form))
    return path


def everything(archive: Path, *, besides: Sequence[str] = ("runs", "imported_files")) -> dict[str, list[Any]]:
    """All rows of all tables that an import writes, ids included."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        names = [
            row[0]
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'")
        ]
        return {name: sorted(map(repr, db.execute(f"SELECT * FROM {name}"))) for name in names if name not in besides}


def revisions(archive: Path) -> list[tuple[Any, ...]]:
    return rows(
        archive,
        "SELECT a.url, r.number, substr(r.revision_at, 1, 10), c.fetched_at = r.revision_at, e.body LIKE '%edited once%',"
        " e.body LIKE '%edited twice%', r.id = a.revision_id FROM revisions r JOIN articles a ON a.id = r.article_id"
        " JOIN extractions e ON e.id = r.extraction_id JOIN captures c ON c.id = r.capture_id ORDER BY a.url, r.number",
    )


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a file of each tool, of each packing."""
    folder = tmp_path / "from"
    folder.mkdir()
    warc(folder / "a-wget.warc.gz", *wget(f"{SITE}/wget", story("harbour wall")))
    warc(folder / "b-heritrix.warc.gz", *heritrix(f"{SITE}/heritrix", story("council taxes")))
    warc(folder / "c-browsertrix.warc", *browsertrix(f"{SITE}/browsertrix", story("railway line")), form="plain")
    warc(folder / "d-cc-news.warc.zst", *stormcrawler(f"{SITE}/cc", story("library roof")), form="zstd")
    warc(folder / "e-dictionary.warc.zst", answer(f"{SITE}/zstd", story("market hall")), form="zstd-dictionary")
    (folder / "f-warcio.warc.gz").write_bytes(by_warcio(f"{SITE}/warcio", story("museum night"), gzip=True))
    (folder / "g-fastwarc.warc.gz").write_bytes(by_fastwarc(f"{SITE}/fastwarc", story("bridge toll")))
    (folder / "notes.txt").write_text("no WARC file")
    return folder


def test_files_of_every_tool_become_articles_and_a_second_import_changes_nothing(tools: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    found = run(archive, tools)
    assert (found.exit_code, found.n_files, found.n_broken, found.faults) == (0, 7, 0, [])
    assert found.outcomes == {"new": 8, "unchanged": 1, "not_html": 1}
    assert dict(rows(archive, "SELECT url, outcome FROM links")) == {
        f"{SITE}/wget": "new", f"{SITE}/heritrix": "unchanged", f"{SITE}/browsertrix": "new",
        f"{SITE}/browsertrix/style.css": "not_html", f"{SITE}/cc": "new", f"{SITE}/cc?page=old": "new",
        f"{SITE}/zstd": "new", f"{SITE}/warcio": "new", f"{SITE}/fastwarc": "new",
    }  # fmt: skip
    assert rows(archive, "SELECT DISTINCT s.name, s.enabled FROM articles a JOIN sources s ON s.id = a.source_id") == [
        ("courier.example", 0)
    ]
    assert rows(archive, "SELECT min(word_count) > 80 FROM articles") == [(1,)]
    before = everything(archive)
    again = run(archive, tools)
    assert (again.n_done_before, again.n_records, everything(archive)) == (7, 0, before)
    moved = tools.rename(tmp_path / "moved")
    elsewhere = run(archive, moved)
    assert (elsewhere.n_known, elsewhere.outcomes) == (9, {"not_html": 1})
    assert everything(archive) == before


def test_captures_in_foreign_files_can_be_read_checked_exported_and_asked_for(tools: Path, tmp_path: Path) -> None:
    from archive.export import Request, every_id
    from archive.export import export as write_export
    from archive.reader import open_reader

    archive = tmp_path / "archive"
    run(archive, tools)
    with closing(open_reader(archive)) as db:
        assert list(bad_pointers(archive, db)) == []
        files = {kept_article(db, at).capture.warc_file for at in every_id(db)}  # type: ignore[union-attr]
        assert {Path(name).parent for name in files} == {tools}
        for name, offset, url in db.execute(
            "SELECT warc_file, warc_offset, url FROM captures WHERE record_type = 'response'"
        ):
            assert read_record(archive, name, offset, decode=True).url == url
        request = Request(form="warc", query=None, filters={}, fields=None, sample=None)
        write_export(db, every_id(db), tmp_path / "out.warc.gz", request, now=NOW)
    other = tmp_path / "other"
    assert run(other, tmp_path / "out.warc.gz").outcomes == {"new": 8}
    texts = "SELECT url, body_sha256 FROM articles ORDER BY url"
    assert rows(other, texts) == rows(archive, texts)
    (tools / "a-wget.warc.gz").write_bytes(b"something else")
    (tools / "g-fastwarc.warc.gz").unlink()
    with closing(open_reader(archive)) as db:
        assert len(list(bad_pointers(archive, db))) == 2


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_revisions_follow_the_order_of_capture_in_whatever_order_files_come(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    first, second, third = (
        story("harbour wall", edit=edit) for edit in ("", "It was edited once.", "It was edited twice.")
    )
    url = f"{SITE}/a"
    files = [
        warc(tmp_path / f"{at}.warc.gz", answer(url, page, f"2024-03-0{at + 1}T00:00:00Z"))
        for at, page in enumerate((first, second, second, third))
    ]
    archive = tmp_path / "archive"
    words = [next(iter(run(archive, files[at]).outcomes)) for at in order]
    assert sorted(words) == ["new", "revised", "revised", "unchanged"]
    assert revisions(archive) == [
        (url, 1, "2024-03-01", 1, 0, 0, 0), (url, 2, "2024-03-02", 1, 1, 0, 0), (url, 3, "2024-03-04", 1, 0, 1, 1),
    ]  # fmt: skip
    ((n, seen, checked, asked),) = rows(
        archive, "SELECT n_revisions, first_seen_at, checked_at, (SELECT outcome_at FROM links) FROM articles"
    )
    assert (n, seen[:10], checked[:10], asked[:10]) == (3, "2024-03-01", "2024-03-04", "2024-03-04")
    assert rows(archive, "SELECT count(*) FROM search_texts JOIN articles_fts ON articles_fts.rowid = article_id"
                " WHERE articles_fts MATCH 'twice'") == [(1,)]  # fmt: skip


def test_what_is_known_of_later_stands(tmp_path: Path) -> None:
    archive, url = tmp_path / "archive", f"{SITE}/a"
    run(archive, warc(tmp_path / "1.warc.gz", answer(url, story("harbour wall"), "2024-03-05T00:00:00Z"),
                      answer(url, b"gone", "2024-03-07T00:00:00Z", status="404 Not Found")))  # fmt: skip
    assert rows(archive, "SELECT gone_at FROM articles") == [("2024-03-07T00:00:00.000000Z",)]
    earlier = warc(tmp_path / "0.warc.gz", answer(url, b"not yet", "2024-03-01T00:00:00Z", status="404 Not Found"),
                   answer(url, story("harbour wall"), "2024-03-06T00:00:00Z"))  # fmt: skip
    assert run(archive, earlier).outcomes == {"http_404": 1, "unchanged": 1}
    assert rows(archive, "SELECT gone_at, checked_at FROM articles") == [("2024-03-07T00:00:00.000000Z",) * 2]
    assert rows(archive, "SELECT outcome, outcome_at FROM links") == [("http_404", "2024-03-07T00:00:00.000000Z")]
    run(archive, warc(tmp_path / "2.warc.gz", answer(url, story("harbour wall"), "2024-03-09T00:00:00Z")))
    assert rows(archive, "SELECT gone_at FROM articles") == [(None,)]


def test_an_upgrade_between_two_captures_is_no_edit(tmp_path: Path) -> None:
    archive, url = tmp_path / "archive", f"{SITE}/a"
    run(archive, warc(tmp_path / "1.warc.gz", answer(url, story("harbour wall"), "2024-03-05T00:00:00Z")))
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("UPDATE extractions SET version = '0', body = 'Short.', body_sha256 = '0'")
    later = warc(tmp_path / "2.warc.gz", answer(url, story("harbour wall"), "2024-03-09T00:00:00Z"))
    earlier = warc(
        tmp_path / "0.warc.gz", answer(url, story("harbour wall", edit="It was edited once."), "2024-03-01T00:00:00Z")
    )
    assert run(archive, earlier).outcomes == {"revised": 1}
    assert run(archive, later).outcomes == {"unchanged": 1}
    assert [row[1:3] for row in revisions(archive)] == [(1, "2024-03-01"), (2, "2024-03-05")]


def test_filters_take_hosts_moments_statuses_and_languages(tmp_path: Path) -> None:
    file = warc(
        tmp_path / "a.warc.gz",
        answer(f"{SITE}/en", story("harbour wall"), "2024-03-05T00:00:00Z"),
        answer(f"{SITE}/de", story("Hafenmauer", language="de"), "2024-03-06T00:00:00Z"),
        answer(f"{SITE}/gone", b"", "2024-03-06T00:00:00Z", status="404 Not Found"),
        answer("http://blog.courier.example/b", story("council taxes"), "2024-03-07T00:00:00Z"),
        answer("http://other.example/c", story("railway line"), "2024-03-08T00:00:00Z"),
    )

    def taken(**filters: Any) -> set[str]:
        archive = tmp_path / "-".join(map(str, filters.values())).replace("/", "_")[:80]
        run(archive, file, wanted=Wanted(**filters))
        return {url.removeprefix("http://") for (url,) in rows(archive, "SELECT url FROM links")}

    assert taken(hosts=("courier.example",)) == {
        "courier.example/en", "courier.example/de", "courier.example/gone", "blog.courier.example/b"
    }  # fmt: skip
    assert taken(source_hosts=("other.example",)) == {"other.example/c"}
    assert taken(languages=("de",)) == {"courier.example/de"}
    assert taken(statuses=("4xx",)) == {"courier.example/gone"}
    moment = datetime(2024, 3, 6, tzinfo=UTC)
    assert taken(since=moment, until=moment) == {"courier.example/de", "courier.example/gone"}


def test_with_other_filters_a_file_is_read_again_for_what_is_missing(tmp_path: Path) -> None:
    file = warc(
        tmp_path / "a.warc.gz", answer(f"{SITE}/a", story("harbour wall")), answer("http://o.example/b", story("x y"))
    )
    archive = tmp_path / "archive"
    run(archive, file, wanted=Wanted(hosts=("o.example",)))
    found = run(archive, file)
    assert (found.n_known, found.outcomes) == (1, {"new": 1})


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
def test_a_broken_record_is_a_row_and_a_line_and_never_the_end(form: str, tmp_path: Path) -> None:
    records = [answer(f"{SITE}/{at}", story(f"matter of {at} things")) for at in range(3)]
    no_date = record("response", http(story("x")), WARC_Target_URI=f"{SITE}/x", Content_Type="application/http")
    file = warc(tmp_path / "a.warc", *records, no_date, form=form)
    data = bytearray(file.read_bytes())
    second = len(packed(records[:1], form))
    data[second + 5 : second + 60] = bytes(55)
    file.write_bytes(data)
    archive = tmp_path / "archive"
    found = run(archive, file)
    assert (found.exit_code, found.n_broken, found.outcomes) == (3, 2, {"new": 2})
    assert [line.startswith(f"{file} at ") for line in found.broken] == [True, True]
    assert "WARC-Date" in found.broken[1]
    assert rows(archive, "SELECT warc_file, warc_offset FROM broken_records ORDER BY id")[0] == (str(file), second)
    assert run(archive, file).exit_code == 0


def test_files_that_cannot_be_read_are_named_and_the_others_are_imported(tmp_path: Path) -> None:
    folder = tmp_path / "from"
    folder.mkdir()
    (folder / "a.warc.gz").write_bytes(b"<html>no WARC file</html>")
    warc(folder / "b.warc.gz", answer(f"{SITE}/b", story("b b")), answer(f"{SITE}/c", story("c c")), form="whole")
    warc(folder / "c.warc.gz", answer(f"{SITE}/a", story("harbour wall")))
    found = run(tmp_path / "archive", folder)
    assert (found.exit_code, found.outcomes) == (3, {"new": 1})
    assert found.faults[0] == f"{folder / 'a.warc.gz'}: it is no WARC file"
    assert "compressed as a whole" in found.faults[1]
    with pytest.raises(PlaceError, match="No such file"):
        run(tmp_path / "archive", tmp_path / "gone.warc.gz")


def test_records_are_taken_along_where_that_is_asked(tools: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    found = run(archive, tools, wanted=Wanted(copy=True))
    assert found.outcomes["new"] == 8
    for file in tools.iterdir():
        file.unlink()
    assert rows(archive, "SELECT count(*) FROM captures WHERE warc_file NOT LIKE 'warc/%'") == [(0,)]
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.row_factory = sqlite3.Row
        assert list(bad_pointers(archive, db)) == []
        for row in db.execute("SELECT * FROM captures WHERE record_type = 'response'"):
            assert read_record(archive, row["warc_file"], row["warc_offset"]).url == row["url"]
    (own,) = (archive / "warc").rglob("*.warc.gz")
    again = run(tmp_path / "again", own)
    assert again.outcomes == {"new": 8, "unchanged": 1}


def test_records_that_were_left_where_they_lie_are_taken_along_later(tools: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    before = run(archive, tools)
    (tools / "late.warc.gz").write_bytes(packed([answer(f"{SITE}/late", story("late news"))], "gzip"))
    texts = everything(archive, besides=("runs", "imported_files", "captures"))
    named = "SELECT id, url, fetched_at, run_id, record_id, payload_digest, record_type, revisit_of FROM captures ORDER BY id"
    captures = rows(archive, named)
    found = run(
        archive, tools, wanted=Wanted(copy=True, hosts=("courier.example",), until=datetime(2025, 1, 1, tzinfo=UTC))
    )
    n_pages = len(captures)
    assert (found.n_known, found.n_taken_along, found.outcomes["new"]) == (n_pages, n_pages, 1)
    assert before.outcomes["new"] == 8
    assert rows(archive, f"SELECT * FROM ({named}) LIMIT {n_pages}") == captures
    late = "SELECT count(*) FROM articles WHERE url LIKE '%late'"
    assert rows(archive, late) == [(1,)]
    held = everything(archive)
    assert all(set(texts[name]) <= set(held[name]) for name in ("articles", "revisions", "extractions", "links"))
    for file in tools.iterdir():
        file.unlink()
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        db.row_factory = sqlite3.Row
        assert list(bad_pointers(archive, db)) == []
        for row in db.execute("SELECT * FROM captures WHERE record_type = 'response'"):
            kept = read_record(archive, row["warc_file"], row["warc_offset"])
            assert (kept.url, row["warc_file"][:5]) == (row["url"], "warc/")
    (own,) = (archive / "warc").rglob("*.warc.gz")
    again = run(tmp_path / "again", own)
    assert again.outcomes["new"] == 9


def test_taking_along_a_second_time_changes_nothing(tools: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run(archive, tools)
    run(archive, tools, wanted=Wanted(copy=True))
    before = everything(archive)
    (tools / "a-wget.warc.gz").touch()  # it looks as if it had changed
    found = run(archive, tools, wanted=Wanted(copy=True))
    assert (found.n_taken_along, found.outcomes) == (0, {})
    assert everything(archive) == before


def test_revisits_stand_for_what_they_repeat(tmp_path: Path) -> None:
    page, archive = story("harbour wall"), tmp_path / "archive"

    def again(url: str, at: str, digest: str, **headers: str) -> bytes:
        return record("revisit", http(b""), WARC_Target_URI=url, WARC_Date=at, WARC_Record_ID=f"<urn:uuid:again-{at}>",
                      WARC_Payload_Digest=digest, Content_Type="application/http", **headers)  # fmt: skip

    file = warc(
        tmp_path / "a.warc.gz",
        answer(f"{SITE}/a", page, "2024-03-01T00:00:00Z"),
        answer(f"{SITE}/a", story("harbour wall", edit="It was edited once."), "2024-03-02T00:00:00Z"),
        again(f"{SITE}/a", "2024-03-03T00:00:00Z", sha1(page)),
        again(f"{SITE}/b", "2024-03-04T00:00:00Z", "", WARC_Refers_To=f"<urn:uuid:{SITE}/a-2024-03-01T00:00:00Z>"),
        again(f"{SITE}/c", "2024-03-05T00:00:00Z", "sha1:NOBODYHASIT"),
    )
    assert run(archive, file).outcomes == {"new": 1, "revised": 2, "duplicate": 1, "no_payload": 1}
    assert [row[1:5] for row in revisions(archive)] == [
        (1, "2024-03-01", 1, 0), (2, "2024-03-02", 1, 1), (3, "2024-03-03", 1, 0),
    ]  # fmt: skip
    assert (
        rows(archive, "SELECT record_type, revisit_of FROM captures WHERE revisit_of IS NOT NULL")
        == [("revisit", 1)] * 2
    )


def test_an_import_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.warc_import.SLICE", 700)
    records = [
        answer(f"{SITE}/{at}", story(f"matter of {at} things"), f"2024-03-05T00:00:{at:02}Z") for at in range(12)
    ]
    broken = b"\x1f\x8b\x08 no gzip at all"
    folder = tmp_path / "from"
    folder.mkdir()
    (folder / "1.warc.gz").write_bytes(packed(records[:6]) + broken + packed(records[6:8]))
    warc(folder / "2.warc.gz", *records[8:])
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    run(whole, folder)

    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    for _ in range(4):  # each gets one slice further
        with pytest.raises(KeyboardInterrupt):
            run(stopped, folder, tell=stop)
    n_kept = rows(stopped, "SELECT count(*) FROM articles")[0][0]
    assert 2 <= n_kept < 12
    assert rows(stopped, "SELECT DISTINCT finish_reason, exit_code FROM runs") == [("shutdown", 130)]
    found = run(stopped, folder)
    assert found.outcomes == {"new": 12 - n_kept}
    assert {name: len(table) for name, table in everything(stopped).items()} == {
        name: len(table) for name, table in everything(whole).items()
    }
    texts = "SELECT id, url, body_sha256, duplicate_of FROM articles ORDER BY id"
    assert rows(stopped, texts) == rows(whole, texts)


def test_an_import_that_fails_says_so_in_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("templates")

    monkeypatch.setattr("pipelines.warc_import.learn_templates", fail)
    with pytest.raises(KeyError):
        run(tmp_path / "archive", warc(tmp_path / "a.warc.gz", answer(f"{SITE}/1", story("harbour"))))
    assert rows(tmp_path / "archive", "SELECT finish_reason, exit_code FROM runs") == [("failed", 1)]


def test_nothing_outside_the_archive_is_ever_changed(tools: Path, tmp_path: Path) -> None:
    from archive.backup import back_up

    archive = tmp_path / "archive"
    run(archive, tools)
    before = {path: path.read_bytes() for path in tools.iterdir()}
    assert back_up(archive, tmp_path / "backups", keep=None, now=NOW).n_elsewhere == 7
    with closing(open_store(archive)) as store:
        forget(archive, store, look_up(store, [f"{SITE}/wget"]), reason="asked", now=NOW)
        erase(archive, store, NOW)
        prune(archive, store, NOW, NOW)
        assert rows(archive, "SELECT count(*) FROM captures") == [(0,)]
    assert {path: path.read_bytes() for path in tools.iterdir()} == before
    (tools / "a-wget.warc.gz").touch()
    found = run(archive, tools)
    assert (found.n_forgotten, found.outcomes) == (1, {})
    assert rows(archive, "SELECT count(*) FROM articles") == [(7,)]
    assert rows(archive, "SELECT count(*) FROM links WHERE url LIKE '%wget'") == [(0,)]


def test_a_host_belongs_to_the_source_that_has_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with closing(open_store(archive)) as store, store.transaction():
        store.save_source(
            name="Courier", url="https://www.courier.example/", language=None, tags=(), enabled=True, now=NOW
        )
    run(archive, warc(tmp_path / "a.warc.gz", answer("http://news.courier.example/a", story("harbour wall"))))
    assert rows(archive, "SELECT name FROM sources") == [("Courier",)]
    assert rows(archive, "SELECT source_id, found_in, next_due_at FROM links") == [(1, "import", None)]


def test_a_page_that_ends_its_worker_is_an_outcome(tmp_path: Path) -> None:
    class Deadly(InlineEngine):
        def submit(self, task: Any) -> Any:
            if (
                task.passed_over is None
                and task.start <= offset < task.end
                and not (task.at_most == 1 and task.start > 0)
            ):
                from concurrent.futures import Future

                future: Future[Any] = Future()
                future.set_exception(RuntimeError("gone"))
                return future
            return super().submit(task)

    records = [answer(f"{SITE}/{at}", story(f"matter of {at} things")) for at in range(3)]
    offset = 0
    found = run(tmp_path / "archive", warc(tmp_path / "a.warc.gz", *records), engine=Deadly())
    assert found.outcomes == {"worker_died": 1, "new": 2}
    assert rows(tmp_path / "archive", "SELECT outcome, detail FROM links ORDER BY id")[0] == ("worker_died", "gone")


def test_an_archive_of_before_has_nothing_imported_and_keeps_its_captures(tmp_path: Path) -> None:
    folder = archive_before("m015_foreign_warcs", tmp_path)
    captures = rows(folder, "SELECT * FROM captures")
    assert captures
    found = run(folder, warc(tmp_path / "a.warc.gz", answer(f"{SITE}/a", story("harbour wall"))))
    assert found.outcomes == {"new": 1}
    assert rows(folder, "SELECT * FROM captures")[: len(captures)] == captures
    assert rows(folder, "SELECT done_to > 0, finished_at IS NOT NULL FROM imported_files") == [(1, 1)]


def test_readings_of_earlier_revisions_do_not_become_current(tmp_path: Path) -> None:
    archive, url = tmp_path / "archive", f"{SITE}/a"
    run(archive, warc(tmp_path / "2.warc.gz", answer(url, story("harbour wall"), "2024-03-05T00:00:00Z")))
    run(
        archive,
        warc(
            tmp_path / "1.warc.gz",
            answer(url, story("harbour wall", edit="It was edited once."), "2024-03-01T00:00:00Z"),
        ),
    )
    with closing(open_store(archive)) as store:
        assert store.db.conn is not None
        earlier = kept_article(store.db.conn, 1, 1)
        assert "edited once" in earlier.article.body
        with store.transaction():
            (revision_id,) = rows(archive, "SELECT id FROM revisions WHERE number = 1")[0]
            add_extraction(store, 1, revision_id, earlier.article, capture_id=None, signature=None, now=NOW)
        assert "edited once" not in kept_article(store.db.conn, 1).article.body
