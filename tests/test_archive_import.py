import gzip
import io
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, ArchiveRevision, make_archive
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.articles import add_article, mark_gone
from archive.cli.imports import import_
from archive.cli.keep import export
from archive.cli.read import history, show
from archive.export import Request, every_id, export_stream
from archive.fingerprint import signature
from archive.import_jsonl import import_jsonl
from archive.lock import hold
from archive.reader import open_reader
from archive.records import Article, Extractor, Mark, Removal, Signal
from archive.store import open_store

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OWN = ("id", "cluster", "warc")

ARTICLES = [
    ArchiveArticle(
        headline="Flood in Kabul", body="Rain fell.\n\nMany fled.", published="2024-03-05", authors=("Ann", "Bob"), language="en",
        marks=(("h2", 0, 10, None), ("link", 12, 16, "http://a.example/")), removals=(("spam", "slot gacor"),),
        earlier=(ArchiveRevision(headline="Rain", body="Rain."),), gone_at="2024-06-02T12:00:00.000000Z",
        extra={"paywall": 0, "signals": '{"headline": ["json-ld", 0.9]}', "version": "1 (x; y)", "options": "full; fast"},
    ),
    ArchiveArticle(headline="سیلاب در کابل", body="باران بارید.", language="fa", source="kabul"),
    ArchiveArticle(headline=None, body="", source=None),
]  # fmt: skip


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(folder, export).stdout.splitlines()]


def without_own(row: dict[str, Any]) -> dict[str, Any]:
    removals = [{name: value for name, value in one.items() if name != "id"} for one in row["removals"]]
    return {**row, "removals": removals, **dict.fromkeys(OWN)}


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return [tuple(row) for row in db.execute(sql)]


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """An export of an archive with captures."""
    folder = make_archive(tmp_path / "from", ARTICLES, captures=True)
    run(folder, export, "-o", tmp_path / "a.jsonl")
    return tmp_path / "a.jsonl"


def test_an_export_of_an_import_has_the_same_bytes_but_for_what_is_an_archives_own(
    exported: Path, tmp_path: Path
) -> None:
    assert run(tmp_path / "to", import_, "jsonl", exported).exit_code == 0
    before = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    after = lines(tmp_path / "to")
    assert [json.dumps(without_own(row)) for row in after] == [json.dumps(without_own(row)) for row in before]
    assert [row["warc"] for row in after] == [None, None, None]


def test_who_read_a_text_and_by_which_rules_comes_along(tmp_path: Path) -> None:
    more = {
        "extractor": "presskeep",
        "version": "1+trafilatura-2",
        "options": "full",
        "rules": "1-ff",
        "template": "1-ab",
    }
    folder = make_archive(tmp_path / "from", [ArchiveArticle(headline="h", body="Text.", extra=more)])
    run(folder, export, "-o", tmp_path / "a.jsonl")
    run(tmp_path / "to", import_, "jsonl", tmp_path / "a.jsonl")
    assert rows(tmp_path / "to", "SELECT extractor, version, options, rules, template FROM extractions") == [
        tuple(more.values())
    ]


def test_what_was_imported_twice_is_there_once(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "to"
    run(folder, import_, "jsonl", exported)
    first = run(folder, export).stdout
    assert run(folder, import_, "jsonl", exported, exported).exit_code == 0
    assert run(folder, export).stdout == first
    assert rows(folder, "SELECT command, exit_code, n_new, n_unchanged FROM runs") == [
        ("import", 0, 3, 0),
        ("import", 0, 0, 6),
    ]


def test_foreign_records_are_provenance_and_no_captures(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "to"
    run(folder, import_, "jsonl", exported)
    assert rows(folder, "SELECT count(*) FROM captures") == [(0,)]
    assert rows(folder, "SELECT article_id, warc_file FROM imported")[0] == (1, "warc/none.warc.gz")
    page = run(folder, show, "1", "--provenance").stdout
    assert "imported" in page
    assert "warc/none.warc.gz at 0, elsewhere" in page
    assert "no capture is kept of 3 of them" in run(folder, export, "-o", tmp_path / "x.warc.gz").stderr


def test_a_revision_keeps_its_number(exported: Path, tmp_path: Path) -> None:
    run(tmp_path / "to", import_, "jsonl", exported)
    assert [json.loads(line)["revision"] for line in run(tmp_path / "to", history, "1").stdout.splitlines()] == [2]


def test_another_text_of_an_article_stays_and_is_said(exported: Path, tmp_path: Path) -> None:
    folder = make_archive(
        tmp_path / "to", [ArchiveArticle(headline="Mine", body="Mine.", url="https://paper.example/1")]
    )
    result = run(folder, import_, "jsonl", exported)
    assert (result.exit_code, said(result)) == (0, "2 imported, 1 are there with another text, which stays")
    assert lines(folder)[0]["headline"] == "Mine"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("no json", "no JSON: "),
        ("[1]", "no JSON object"),
        ('{"url": 7}', "url is 7"),
        ('{"body": "x"}', "no url"),
        ('{"url": "http://a.example/"}', "no body: export all fields"),
        ('{"url": "http://a.example/", "body": "x"}', "no extractor: export all fields"),
        ('{"url": "http://a.example/", "body": "x", "extractor": "e 1 (o; r)"}', "no revision_at, "),
        (
            '{"url": "http://a.example/", "body": "x", "extractor": "e 1 (o; r)", "body_sha256": "0"}',
            "its body does not have",
        ),
        (
            '{"url": "http://a.example/", "body": "x", "extractor": "e 1 (o; r)", "revision_at": "soon"}',
            "revision_at is soon",
        ),
        (
            '{"url": "http://a.example/", "body": "x", "extractor": "e 1 (o; r)", "marks": [{"kind": "em", "start": 0, "end": 9}]}',
            "a mark",
        ),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_a_line_that_is_no_article_is_said_and_the_others_come(
    exported: Path, tmp_path: Path, line: str, why: str
) -> None:
    with exported.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    result = run(tmp_path / "to", import_, "jsonl", exported)
    assert result.exit_code == 3
    first, summary = result.stderr.splitlines()
    assert first.startswith(f"{exported}, line 4: {why}")
    assert summary == "3 imported, 1 lines are no articles"


def test_a_file_of_no_articles_fails(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,headline\n1,Flood\n")
    assert run(tmp_path / "to", import_, "jsonl", tmp_path / "a.csv").exit_code == 1


def test_a_missing_or_broken_file_is_one_line(tmp_path: Path) -> None:
    result = run(tmp_path / "to", import_, "jsonl", tmp_path / "none.jsonl")
    assert (result.exit_code, said(result)) == (2, f"cannot read {tmp_path / 'none.jsonl'}: No such file or directory")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"{}\n" * 9)[:20])
    assert run(tmp_path / "to", import_, "jsonl", tmp_path / "a.jsonl.gz").exit_code == 2


def test_a_mark_before_the_first_line_is_passed_over(exported: Path, tmp_path: Path) -> None:
    marked = tmp_path / "marked.jsonl"
    marked.write_bytes(b"\xef\xbb\xbf" + exported.read_bytes().replace(b"\n", b"\r\n"))
    result = run(tmp_path / "copy", import_, "jsonl", marked)
    assert result.exit_code == 0, result.stderr


def test_gzip_and_standard_input_are_read(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(exported.read_bytes()))
    run(tmp_path / "one", import_, "jsonl", packed)
    assert len(lines(tmp_path / "one")) == 3
    with closing(open_store(tmp_path / "two")) as store:
        monkeypatch.setattr(sys, "stdin", io.StringIO(exported.read_text(encoding="utf-8")))
        assert import_jsonl(store, [Path("-")], clock=lambda: NOW).n_new == 3


def test_an_import_waits_for_no_other_run(exported: Path, tmp_path: Path) -> None:
    with hold(tmp_path / "to"):
        result = run(tmp_path / "to", import_, "jsonl", exported)
    assert result.exit_code == 75
    assert said(result).startswith("another run holds ")


texts = st.text(st.characters(codec="utf-8"), max_size=30)
optional = st.none() | texts.filter(bool)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    body = draw(texts | st.just("The river rose overnight, and the town's people left for the hills. " * 6))
    spans = draw(st.lists(st.tuples(st.integers(0, len(body)), st.integers(0, len(body))), max_size=3))
    return Article(
        url=f"https://paper.example/{draw(st.integers(0, 10**9))}",
        canonical_url=draw(optional), headline=draw(optional), description=draw(optional),
        authors=tuple(draw(st.lists(texts, max_size=2))),
        published=draw(st.none() | st.sampled_from(["2024", "2024-03-05", "2024-03-05T10:00:00+04:30", "soon"])),
        modified=draw(optional), section=draw(optional), keywords=tuple(draw(st.lists(texts, max_size=2))), language=draw(optional),
        image=draw(optional), article_type=draw(optional), paywall=draw(st.none() | st.booleans()), body=body,
        marks=tuple(Mark(kind="link", start=min(span), end=max(span), target=draw(optional)) for span in spans),
        signals={"headline": Signal(origin=draw(texts), confidence=draw(st.floats(0, 1)))},
        removals=tuple(
            Removal(stage="dom", reason="spam", rule="r@1", position=n, text=text, urls=(text,))
            for n, text in enumerate(draw(st.lists(texts, max_size=2)))
        ),
        extractor=Extractor(
            name="e", version=draw(st.sampled_from(["1", "1 (a; b)", ""])), options=draw(st.sampled_from(["o; p", ""])), rules="r",
            template=draw(st.sampled_from(["", "1-abc"])),
        ),
    )  # fmt: skip


def text_of(folder: Path) -> str:
    out = io.StringIO()
    with closing(open_reader(folder)) as db:
        export_stream(db, every_id(db), out, Request(form="jsonl"))
    return out.getvalue()


@settings(max_examples=25)
@given(st.lists(articles(), max_size=4, unique_by=lambda article: article.url), st.integers(0, 10**9))
def test_export_then_import_loses_nothing(made: list[Article], seconds: int) -> None:
    at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=seconds)
    with TemporaryDirectory() as name:
        with closing(open_store(Path(name) / "one")) as store, store.transaction():
            source_id = store.save_source(
                name="p", url="http://p.example/", language=None, tags=(), enabled=True, now=NOW
            )
            for n, article in enumerate(made):
                article_id = add_article(
                    store, article, url_key=f"key {n}", source_id=source_id if n % 2 else None, capture_id=None,
                    signature=signature(article.body), duplicate_of=None, captured_at=at, now=NOW,
                )  # fmt: skip
                if n == 2:
                    mark_gone(store, article_id, NOW)
        first = text_of(Path(name) / "one")
        (Path(name) / "a.jsonl").write_text(first, encoding="utf-8")
        with closing(open_store(Path(name) / "two")) as store:
            found = import_jsonl(store, [Path(name) / "a.jsonl"], clock=lambda: NOW)
        assert found.bad == []
        # nothing had a WARC record here, and the ids of a whole archive are the same in order: so all bytes are
        assert text_of(Path(name) / "two") == first
