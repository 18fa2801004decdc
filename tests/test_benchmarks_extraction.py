import gzip
import json
from pathlib import Path

import pytest
from articles import HEADLINE, STORY, URL, wordpress_page

from benchmarks.extraction import main
from benchmarks.scoring import page_key, people, precision_recall, score, word_f1

TEXT = "one two three four five six"


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


def test_the_command_scores_a_folder_of_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.gz").write_bytes(gzip.compress(wordpress_page().encode()))
    truth = {"url": URL, "file": "page.gz", "body": "\n".join(STORY), "headline": HEADLINE}
    (tmp_path / "pages.jsonl").write_text(json.dumps(truth) + "\n")
    export = tmp_path / "export.jsonl"
    assert main([str(tmp_path), "--export", str(export)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[1] for line in lines[2:]] == ["ours", "ours fast", "trafilatura"]
    assert lines[2].split(" | ")[3] == "1.0000"
    assert json.loads(export.read_text())["body"] == "\n\n".join(STORY)
