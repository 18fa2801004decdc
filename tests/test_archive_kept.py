from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archives import ArchiveArticle, ArchiveRevision, make_archive

from archive.errors import NotFoundError
from archive.kept import as_json, find_article, json_text, kept_article
from archive.reader import open_reader
from archive.records import Article, Extractor, Mark, Removal, Signal

KEYS = [
    "id",
    "url",
    "url_key",
    "canonical_url",
    "source",
    "headline",
    "description",
    "authors",
    "published",
    "modified",
    "language",
    "section",
    "keywords",
    "image",
    "body",
    "body_sha256",
    "word_count",
    "revision",
    "n_revisions",
    "first_seen_at",
    "fetched_at",
    "extractor",
    "removals",
    "warc",
    "cluster",
    "cluster_size",
    "signals",
    "paywall",
    "article_type",
    "revision_at",
    "gone_at",
    "marks",
]


def article(**more: object) -> Article:
    values: dict[str, object] = {
        "url": "https://a.example/x?utm_source=rss",
        "canonical_url": None,
        "headline": "A headline",
        "description": None,
        "authors": ("Ann",),
        "published": "2024-03-05",
        "modified": None,
        "section": None,
        "keywords": (),
        "language": "en",
        "image": None,
        "article_type": None,
        "paywall": None,
        "body": "One two three.",
        "marks": (),
        "signals": {},
        "removals": (),
        "extractor": Extractor(name="trafilatura", version="2.3.1", options="full", rules="4"),
    }
    return Article(**{**values, **more})  # type: ignore[arg-type]


def edited() -> ArchiveArticle:
    return ArchiveArticle(
        headline="New headline",
        body="New body",
        url="https://a.example/news/1",
        source="A",
        authors=("Ann", "Bob"),
        marks=(("em", 0, 3, None),),
        removals=(("spam", "casino"),),
        cluster=1,
        earlier=(ArchiveRevision(headline="Old headline", body="Old body", revision_at="2024-01-01T00:00:00.000000Z"),),
        extra={"paywall": 1, "signals": '{"headline": ["json-ld", 0.9]}', "article_type": "NewsArticle"},
    )


def test_the_latest_revision_is_loaded_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    with closing(open_reader(make_archive(tmp_path, [edited()], captures=True))) as db:
        kept = kept_article(db, 1)
    assert (kept.article.headline, kept.article.body, kept.revision, kept.n_revisions) == (
        "New headline",
        "New body",
        2,
        2,
    )
    assert kept.article.authors == ("Ann", "Bob")
    assert kept.article.marks == (Mark(kind="em", start=0, end=3),)
    assert kept.article.removals == (
        Removal(stage="text", reason="spam", rule="test@1", position=0, text="casino", id=1),
    )
    assert kept.article.signals == {"headline": Signal(origin="json-ld", confidence=0.9)}
    assert kept.article.paywall is True
    assert kept.source == "A"
    assert kept.capture is not None
    assert kept.capture.warc_file == "warc/none.warc.gz"
    assert (kept.cluster, kept.cluster_size) == (1, 1)


def test_an_earlier_revision_is_loaded_by_its_number(tmp_path: Path) -> None:
    with closing(open_reader(make_archive(tmp_path, [edited()]))) as db:
        kept = kept_article(db, 1, 1)
    assert (kept.article.headline, kept.article.body, kept.revision) == ("Old headline", "Old body", 1)
    assert kept.capture is None


@pytest.mark.parametrize("number", [0, 3, 99, 2**70])
def test_a_revision_that_is_not_there_is_said_to_be_missing(tmp_path: Path, number: int) -> None:
    with closing(open_reader(make_archive(tmp_path, [edited()]))) as db, pytest.raises(NotFoundError, match="it has 2"):
        kept_article(db, 1, number)


def test_an_article_is_found_by_its_id_and_by_every_spelling_of_its_url(tmp_path: Path) -> None:
    with closing(open_reader(make_archive(tmp_path, [edited()]))) as db:
        for key in (
            "1",
            " 1 ",
            "https://a.example/news/1",
            "http://www.A.example/news/1/?utm_source=x#top",
            "a.example/news/1",
        ):
            assert find_article(db, key) == 1


def test_an_article_is_found_by_a_url_that_led_to_it(tmp_path: Path) -> None:
    make_archive(tmp_path, [edited()])
    import sqlite3

    with closing(sqlite3.connect(tmp_path / "archive.db")) as writer, writer:
        writer.execute(
            "INSERT INTO links (url, url_key, found_in, discovered_at, newest_at, article_id)"
            " VALUES ('http://t.example/short', 't.example/short', 'feed', '', '', 1)"
        )
    with closing(open_reader(tmp_path)) as db:
        assert find_article(db, "http://t.example/short") == 1
        assert find_article(db, "https://t.example/short/") == 1


@pytest.mark.parametrize(
    "key", ["2", "0", "99999999999999999999", "https://a.example/other", "nonsense", "", "http://[", "\udcff", "-1"]
)
def test_what_is_not_in_the_archive_is_not_found(tmp_path: Path, key: str) -> None:
    with closing(open_reader(make_archive(tmp_path, [edited()]))) as db, pytest.raises(NotFoundError):
        find_article(db, key)


def test_the_json_of_an_article_has_exactly_the_documented_keys(tmp_path: Path) -> None:
    with closing(open_reader(make_archive(tmp_path, [edited()], captures=True))) as db:
        values = as_json(kept_article(db, 1))
    assert list(values) == KEYS
    assert values["removals"] == [
        {"id": 1, "stage": "text", "reason": "spam", "rule": "test@1", "text": "casino", "urls": []}
    ]
    assert values["warc"] == {
        "file": "warc/none.warc.gz",
        "offset": 0,
        "length": 0,
        "record_id": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
    }
    assert values["signals"] == {"headline": {"from": "json-ld", "confidence": 0.9}}
    assert values["paywall"] is True


def test_the_json_of_an_article_that_is_in_no_archive_has_the_same_keys() -> None:
    values = as_json(article(), fetched_at=datetime(2024, 3, 6, tzinfo=UTC))
    assert list(values) == KEYS
    assert values["id"] is None
    assert values["url_key"] == "a.example/x"
    assert values["word_count"] == 3
    assert len(values["body_sha256"]) == 64
    assert values["fetched_at"] == "2024-03-06T00:00:00.000000Z"
    assert values["extractor"] == "trafilatura 2.3.1 (full; 4)"
    assert values["warc"] is None


def test_what_is_unknown_is_null_and_never_an_empty_string(tmp_path: Path) -> None:
    bare = ArchiveArticle(headline=None, body="", source=None)
    with closing(open_reader(make_archive(tmp_path, [bare]))) as db:
        values = as_json(kept_article(db, 1))
    assert "" not in values.values()
    assert values["headline"] is values["body"] is values["source"] is values["cluster_size"] is None


def test_json_shows_what_a_terminal_would_obey_as_escapes() -> None:
    text = json_text({"headline": "a\x1b[31m\x9b\u202e\u200f گ‌می"})
    assert text == '{"headline": "a\\u001b[31m\\u009b\\u202e\\u200f گ‌می"}'
