import json
from contextlib import closing
from pathlib import Path

import click
import pytest
from archive_commands import run, said
from archives import ArchiveArticle, make_archive

from archive.cli.across import related
from archive.reader import open_reader
from archive.related import related as cluster_of

BODY = "The river rose by two metres overnight.\n\nTen people were brought to safety by boat."
SEEN = "2024-03-06T08:00:00.000000Z"
ARTICLES = [
    ArchiveArticle(headline="Copied", body=BODY, published="2024-03-05", source="b", cluster=1, revision_at=SEEN),
    ArchiveArticle(headline="River rises", body=BODY + "\n\nAgency", published="2024-03-05T09:00:00+02:00", source="a", cluster=1,
                   revision_at=SEEN),
    ArchiveArticle(headline="River rises", body=BODY.replace("Ten", "Twelve") + "\n\nAgency", published="2024-03-05T06:30:00-05:00",
                   source="c", cluster=1, revision_at=SEEN),
    ArchiveArticle(headline="River rises", body=BODY + "\n\nAgency", published=None, source="d", cluster=1,
                   revision_at="2024-03-05T07:30:00.000000Z"),
    ArchiveArticle(headline="Postdated", body=BODY, published="2030-01-01", source="e", cluster=1, revision_at=SEEN),
    ArchiveArticle(headline="Something else", body="No one is like me."),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("related"), ARTICLES)


def test_the_first_is_the_one_that_was_out_first_for_certain(folder: Path) -> None:
    with closing(open_reader(folder)) as db:
        copies = cluster_of(db, 3)
    assert [(copy.source, copy.basis) for copy in copies] == [
        ("a", "published"), ("d", "seen"), ("c", "published"), ("b", "day"), ("e", "seen"),
    ]  # fmt: skip
    assert [copy.out_at[:16] for copy in copies] == [
        "2024-03-05T07:00", "2024-03-05T07:30", "2024-03-05T11:30", "2024-03-06T00:00", "2024-03-06T08:00",
    ]  # fmt: skip


def test_an_hour_at_the_end_of_all_calendars_is_no_stated_one(tmp_path: Path) -> None:
    copies = [ArchiveArticle(body=BODY, published="9999-12-31T23:59:59-10:00", cluster=1, revision_at=SEEN)] * 2
    with closing(open_reader(make_archive(tmp_path, copies))) as db:
        assert [copy.basis for copy in cluster_of(db, 1)] == ["seen", "seen"]


def test_what_each_changed_is_said_against_the_first(folder: Path) -> None:
    with closing(open_reader(folder)) as db:
        changed = {copy.source: copy.changed for copy in cluster_of(db, 1)}
    assert changed == {
        "a": "first", "d": "nothing", "c": "body (correction)", "b": "headline, body", "e": "headline, body",
    }  # fmt: skip


def test_an_article_with_no_copy_is_alone(folder: Path) -> None:
    result = run(folder, related, "6")
    assert said(result) == "nothing in this archive is like article 6"
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [6]


def test_a_table_of_copies_with_the_words_that_differ(folder: Path) -> None:
    text = click.unstyle(run(folder, related, "1", "--diff").stdout)
    assert "[-Ten-]{+Twelve+} people" in text
    assert "changed: body (correction); 1 words added, 1 removed" in text
    assert "[-River rises-]{+Copied+}" in text


def test_an_article_that_is_not_there_is_one_line(folder: Path) -> None:
    result = run(folder, related, "99")
    assert (result.exit_code, said(result)) == (1, "no article 99 in this archive")
