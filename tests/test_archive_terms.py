import json
import math
from contextlib import closing
from pathlib import Path

import pytest
from archive_commands import run, said
from archives import ArchiveArticle, make_archive

from archive.cli.across import terms
from archive.errors import UsageError
from archive.filters import Filters
from archive.reader import open_reader
from archive.terms import Keyness, keyness, log_likelihood, log_ratio

ARTICLES = [
    ArchiveArticle(headline="Flood",
                   body="The river rose. The Müller bridge fell, the river won’t fall.", language="en", source="a"),
    ArchiveArticle(headline="Flood again",
                   body="The river took the Müller bridge. Nobody was on the river.", language="en", source="a"),
    ArchiveArticle(headline="Budget", body="The council spent the money. The treasurer spent more.", language="en", source="b"),
    ArchiveArticle(headline="Sport", body="The team won the cup, and the council cheered.", language="en", source="b"),
    ArchiveArticle(headline="洪水", body="北京で洪水が発生した。洪水の被害。", language="ja", source="c"),
    ArchiveArticle(headline="洪水", body="東京の洪水。", language="ja", source="c"),
    ArchiveArticle(headline="سیلاب", body="سیلاب آمد. می‌روند و می‌روند.", language="fa", source="d"),
    ArchiveArticle(headline="سیلاب", body="سیلاب رفت. می‌روند.", language="fa", source="d"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("terms"), ARTICLES)


def found(folder: Path, query: str, **options: object) -> Keyness:
    with closing(open_reader(folder)) as db:
        return keyness(db, query, **{"least": 2, **options})  # type: ignore[arg-type]


def test_the_measures_are_those_of_corpus_linguistics() -> None:
    # worked by hand from Rayson and Garside's formula: E1 = 1000 * 60 / 3000 = 20, E2 = 40
    assert log_likelihood(40, 20, 1000, 2000) == pytest.approx(2 * (40 * math.log(2) + 20 * math.log(0.5)))
    assert log_likelihood(10, 20, 1000, 2000) == 0
    assert log_ratio(40, 20, 1000, 2000) == 2
    assert log_ratio(8, 0, 1000, 1000) == 4, "what is not there counts as half a time"


def test_words_of_the_query_are_told_from_those_of_all(folder: Path) -> None:
    result = found(folder, "flood", filters=Filters(languages=("en",)))
    by_term = {term.term: term for term in result.terms}
    assert {"river", "bridge", "müller", "flood"} <= set(by_term)
    assert not {"council", "spent"} & set(by_term)
    assert (by_term["river"].count, by_term["river"].articles, by_term["river"].reference_count) == (4, 2, 0)
    assert (result.target.n_articles, result.reference.n_articles, result.n_total) == (2, 2, 8)
    assert result.reference.what == "the other articles that pass the filters"


def test_terms_of_two_and_three_words_do_not_cross_a_sign(folder: Path) -> None:
    two = {term.term for term in found(folder, "flood", n=2).terms}
    assert {"the river", "müller bridge"} <= two
    assert not {"rose the", "flood the"} & two
    assert "the müller bridge" in {term.term for term in found(folder, "flood", n=3).terms}


def test_every_script_is_counted(folder: Path) -> None:
    assert {"洪", "水"} <= {term.term for term in found(folder, "", filters=Filters(languages=("ja",))).terms}
    assert "洪 水" in {term.term for term in found(folder, "", filters=Filters(languages=("ja",)), n=2).terms}
    assert "می‌روند" in {term.term for term in found(folder, "سيلاب").terms}


def test_two_queries_are_compared_and_no_article_is_on_both_sides(folder: Path) -> None:
    result = found(folder, "river", against="the")
    assert (result.target.n_articles, result.reference.n_articles, result.reference.what) == (2, 2, "the")


def test_without_a_query_the_rest_of_the_archive_is_the_reference(folder: Path) -> None:
    result = found(folder, "", filters=Filters(sources=("b",)))
    assert result.reference.what == "the rest of the archive"
    assert result.reference.n_articles == 6
    assert "council" in {term.term for term in result.terms}


def test_a_large_side_is_drawn_by_lot_and_said(folder: Path) -> None:
    result = found(folder, "flood", sample=1)
    assert (result.target.n_articles, result.target.n_counted, result.reference.n_counted) == (2, 1, 1)
    assert "2 (1 drawn by lot) with" in run(folder, terms, "flood", "--sample", "1", "--least", "1").stderr


def test_nothing_to_compare_is_one_line(folder: Path) -> None:
    with pytest.raises(UsageError, match="terms of what"):
        found(folder, "")
    result = run(folder, terms, "nothing-of-the-kind")
    assert (result.exit_code, said(result)) == (
        2,
        "there is nothing to compare: 0 articles against 8 (the rest of the archive)",
    )


def test_a_pipe_gets_json_and_the_corpora_are_named(folder: Path) -> None:
    result = run(folder, terms, "flood", "--lang", "en", "--limit", "1")
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(row) == ["term", "count", "articles", "per_million", "reference_count", "reference_per_million",
                         "log_likelihood", "log_ratio"]  # fmt: skip
    assert said(result) == (
        "2 with 25 words of 8 articles, against 2 with 20 words: the other articles that pass the filters"
    )
