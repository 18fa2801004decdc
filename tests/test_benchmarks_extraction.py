"""The extraction benchmark: its formulas, the readers it runs, and the gate that holds what was reached."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from articles import HEADLINE, STORY, URL, wordpress_page

from benchmarks import extraction, gate, read_corpus
from benchmarks.readers import READERS, Read, Reader, Reading
from benchmarks.scoring import page_key, people, precision_recall, score, word_f1
from pipelines.items import NoArticle

TEXT = "one two three four five six"
TRUTHS: list[dict[str, Any]] = [
    {"url": "http://a.example/1", "body": f"{TEXT} seven eight", "headline": "Harbour opens “again”",
     "authors": ["Ann Lee", "Bo Day"], "published": "2024-05-01T10:00:00+02:00"},
    {"url": "https://www.b.example/2/?x=1", "body": "uno dos tres cuatro cinco uno dos tres cuatro cinco",
     "headline": "ÉCLAIR", "author": "Cy Fox and Di Orr", "published": "2024-05-02"},
    {"url": "http://c.example/3", "body": "short text", "headline": "Not got", "authors": ["Eve Poe"], "published": "2024-05-03"},
    {"url": "http://d.example/4", "with": ["kept", "also kept"], "without": ["menu", "footer"], "published": None},
    {"url": "http://e.example/5", "with": ["lost"], "without": ["teaser"], "body": "一二三四 五六 lost line here now"},
]  # fmt: skip
EXPORT: list[dict[str, Any]] = [
    {"url": "http://a.example/1/", "headline": "harbour  opens “again”", "authors": ["bo day", "ANN LEE"],
     "published": "2024-05-01", "body": f"zero {TEXT}"},
    {"url": "https://b.example/2?x=1", "headline": "eclair", "authors": ["Cy Fox", "Di Orr"],
     "published": "2024-05-03T00:00:00Z", "body": "uno dos tres cuatro cinco"},
    {"url": "http://elsewhere.example/", "final_url": "http://d.example/4", "headline": "x", "authors": [],
     "published": "2020-01-01", "body": "kept and also kept menu"},
    {"url": "http://e.example/5", "headline": None, "authors": None, "published": None,
     "body": "一二三四 五六 lost line here now"},
]  # fmt: skip


def corpus(folder: Path, truths: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "pages.jsonl").write_text("".join(json.dumps(truth) + "\n" for truth in truths), encoding="utf-8")
    return folder


def page_corpus(folder: Path) -> Path:
    """Make a corpus of one page."""
    folder.mkdir(exist_ok=True)
    (folder / "page.gz").write_bytes(gzip.compress(wordpress_page().encode(), mtime=0))
    truth = {"url": URL, "file": "page.gz", "body": "\n".join(STORY), "headline": HEADLINE, "published": None}
    return corpus(folder, [truth])


def cells(table: str) -> list[dict[str, str]]:
    """Give the rows of a table by their headings."""
    lines = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in table.splitlines() if "|" in line]
    return [dict(zip(lines[0], line, strict=False)) for line in lines[2:]]


@pytest.mark.parametrize(
    ("got", "precision", "recall"),
    [
        (TEXT, 1.0, 1.0),
        ("one two three four five", 1.0, 2 / 3),
        (TEXT + " seven", 3 / 4, 1.0),
        ("", 0.0, 0.0),
        ("one two", 0.0, 0.0),
    ],
)
def test_shingles_are_four_words_and_count(got: str, precision: float, recall: float) -> None:
    assert precision_recall(TEXT, got) == pytest.approx((precision, recall))


def test_word_f1_ignores_case_and_order() -> None:
    assert word_f1("One two two", "two one") == pytest.approx(0.8)


def test_people_are_a_set_of_folded_names() -> None:
    assert people("Ann Lee and Bo Day, Cy Fox") == people(["ann lee", "Bo  Day", "CY FOX"])


def test_a_missing_page_scores_as_an_empty_text() -> None:
    truth = {
        "url": "http://a.example/1",
        "body": TEXT,
        "headline": "H",
        "with": ["one"],
        "without": ["zebra"],
        "published": None,
    }
    empty = score([truth], {})
    assert (empty.shingle_f1, empty.segments_f, empty.share("headline")) == (0.0, 0.0, 0.0)
    full = score([truth], {page_key("https://www.a.example/1/"): {"body": TEXT, "headline": "h", "published": "2024"}})
    assert (full.shingle_f1, full.segments_f, full.share("headline")) == (1.0, 1.0, 1.0)
    assert (full.n_invented_dates, full.n_undated) == (1, 1)


def test_accuracy_is_the_share_of_bodies_without_a_fault() -> None:
    truths = [{"url": f"http://a.example/{number}", "body": TEXT} for number in range(4)]
    got = {page_key("http://a.example/0"): {"body": TEXT}, page_key("http://a.example/1"): {"body": f"{TEXT} seven"}}
    assert score(truths, got).matches == [1.0, 0.0, 0.0, 0.0]


def test_an_export_scores_as_the_rule_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The expected figures are those that the project's reference scorer printed for the same made-up export."""
    export = tmp_path / "export.jsonl"
    export.write_text("".join(json.dumps(article) + "\n" for article in EXPORT), encoding="utf-8")
    assert extraction.main([str(corpus(tmp_path / "made-up", TRUTHS)), "--score", str(export)]) == 0
    (row,) = cells(capsys.readouterr().out)
    figures = {
        name: row[name] for name in ("shingle F1", "P", "R", "word F1", "segments F", "headline", "authors", "date")
    }
    assert list(figures.values()) == ["0.5593", "0.6875", "0.4714", "0.6167", "0.8571", "0.333", "0.667", "0.333"]
    assert row["accuracy"] == "0.2500"
    assert row["dates invented"] == "1/1"


def test_the_command_scores_readers_side_by_side_and_names_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(READERS, "goose3", Reader(open=READERS["goose3"].open, distribution="no-such-distribution"))
    folder, export = page_corpus(tmp_path / "corpus"), tmp_path / "export.jsonl"
    chosen = [word for name in ("ours", "trafilatura", "resiliparse", "goose3") for word in ("--reader", name)]
    assert extraction.main([str(folder), *chosen, "--export", str(export)]) == 0
    out = capsys.readouterr().out
    ours, reference, resiliparse = cells(out)
    assert [ours["reader"], reference["reader"], resiliparse["reader"]] == ["ours", "trafilatura", "resiliparse"]
    assert (ours["shingle F1"], ours["accuracy"], ours["headline"]) == ("1.0000", "1.0000", "1.000")
    assert reference["CPU / trafilatura"] == "1.00"
    assert all(float(row["peak MB"]) > 10 for row in (ours, reference, resiliparse))
    assert "not measured: goose3: no-such-distribution is not installed" in out
    assert json.loads(export.read_text())["body"] == "\n\n".join(STORY)


def test_a_reader_that_fails_on_a_page_has_no_article_there(tmp_path: Path) -> None:
    def broken() -> Read:
        def read(url: str, page: str | bytes) -> Reading | NoArticle:
            assert isinstance(page, str)
            raise KeyError(url)

        return read

    (line,) = read_corpus.readings(
        page_corpus(tmp_path / "corpus"), Reader(open=broken, distribution="presskeep", wants_text=True)
    )
    assert (line["url"], line["reason"]) == (URL, "KeyError")


@pytest.mark.parametrize("event", ["socket.connect", "socket.getaddrinfo"])
def test_a_reader_cannot_fetch(event: str) -> None:
    with pytest.raises(OSError, match="fetches nothing"):
        read_corpus.refuse_network(event, ())
    read_corpus.refuse_network("open", ())


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.version])
def test_each_installed_reader_reads_a_page(name: str, tmp_path: Path) -> None:
    (line,) = read_corpus.readings(page_corpus(tmp_path / "corpus"), READERS[name])
    assert STORY[1][:40] in line["reading"]["body"]


def gated(monkeypatch: pytest.MonkeyPatch, folder: Path, floors: Path, *options: str, **figures: float) -> int:
    """Run the gate with figures in place of a measurement."""
    monkeypatch.setattr(gate, "check", lambda *_: {"ours": {"cost": 2.0, **figures}})
    return gate.main([str(folder), "--floors", str(floors), *options])


def test_floors_rise_and_do_not_fall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, floors = page_corpus(tmp_path / "corpus"), tmp_path / "floors.json"
    assert gated(monkeypatch, folder, floors, body_f1=0.9, dates_invented=0.1) == 0
    assert not floors.exists()
    assert gated(monkeypatch, folder, floors, "--raise", body_f1=0.9, dates_invented=0.1) == 0
    assert gated(monkeypatch, folder, floors, body_f1=0.95, dates_invented=0.05) == 0
    assert gated(monkeypatch, folder, floors, body_f1=0.89, dates_invented=0.1) == 1
    assert "corpus: ours: body_f1 0.8900 is below 0.9000" in capsys.readouterr().err
    assert gated(monkeypatch, folder, floors, body_f1=0.9, dates_invented=0.2) == 1
    assert gated(monkeypatch, folder, floors, "--raise", body_f1=0.89, dates_invented=0.05) == 1
    assert gated(monkeypatch, folder, floors, body_f1=0.9, dates_invented=0.06) == 1
    assert gated(monkeypatch, folder, floors, "--lower", body_f1=0.89, dates_invented=0.05) == 0
    assert gated(monkeypatch, folder, floors, body_f1=0.89, dates_invented=0.05) == 0
    assert gated(monkeypatch, folder, floors, dates_invented=0.05) == 1
    assert "body_f1 is not measured any more" in capsys.readouterr().err


def test_the_cost_is_limited_whatever_the_floors_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, floors = page_corpus(tmp_path / "corpus"), tmp_path / "floors.json"
    assert gated(monkeypatch, folder, floors, "--raise", body_f1=0.9) == 0
    assert gated(monkeypatch, folder, floors, body_f1=0.9, cost=2.1) == 0
    assert gated(monkeypatch, folder, floors, body_f1=0.9, cost=3.2) == 0
    assert gated(monkeypatch, folder, floors, "--lower", body_f1=0.9, cost=5.0) == 0
    assert gated(monkeypatch, folder, floors, body_f1=0.9, cost=5.0) == 1
    assert "cost 5.00 is above the limit of 3.3" in capsys.readouterr().err


def test_other_pages_are_another_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, floors = page_corpus(tmp_path / "corpus"), tmp_path / "floors.json"
    assert gated(monkeypatch, folder, floors, "--raise", body_f1=0.9) == 0
    (folder / "page.gz").write_bytes(gzip.compress(b"<p>another page</p>"))
    assert gated(monkeypatch, folder, floors, body_f1=0.1) == 0


def test_the_gate_measures_our_profiles_against_trafilatura(tmp_path: Path) -> None:
    got = gate.check(page_corpus(tmp_path / "corpus"), ["ours fast"], 1)
    assert got["ours fast"]["body_f1"] == 1.0
    assert got["ours fast"]["cost"] > 0


def test_a_broken_floors_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    floors = tmp_path / "floors.json"
    floors.write_text("{")
    assert gate.main([str(page_corpus(tmp_path / "corpus")), "--floors", str(floors)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
