import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from archives import ArchiveArticle, ArchiveRevision, make_archive

from archive.errors import NotFoundError
from archive.explain import explain, story
from archive.history import history
from archive.reader import open_reader

URL = "https://paper.example/news/1"


def kept_archive(folder: Path) -> Path:
    return make_archive(
        folder,
        [
            ArchiveArticle(
                headline="Flood kills 12",
                body="Rain fell in Kabul.",
                url=URL,
                cluster=1,
                earlier=(
                    ArchiveRevision(
                        headline="Flood kills 10", body="Rain fell in Kabul.", revision_at="2024-05-01T00:00:00.000000Z"
                    ),
                ),
                removals=(("spam", "casino"), ("spam", "poker"), ("teaser", "read more")),
            ),
            ArchiveArticle(
                headline="Flood kills 12", body="Rain fell in Kabul!", source="wire", cluster=1, published="2024-04-30"
            ),
        ],
        captures=True,
    )


def add_link(folder: Path, url: str, **values: Any) -> None:
    row = {"url": url, "url_key": url.partition("//")[2], "found_in": "feed", "discovered_at": "2024-05-01T00:00:00Z",
           "newest_at": "2024-05-01T00:00:00Z", **values}  # fmt: skip
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute(f"INSERT INTO links ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


def told(folder: Path, url: str) -> str:
    with closing(open_reader(folder)) as db:
        return "\n".join(story(explain(db, url)))


def test_the_story_of_an_article_goes_from_the_feed_to_the_cluster(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    add_link(
        folder, URL, source_id=1, found_at_url="https://paper.example/feed", hints='{"headline": "Flood"}', outcome="revised",
        outcome_at="2024-06-01T12:00:00Z", http_status=200, article_id=1, next_due_at="2024-06-02T00:00:00Z",
    )  # fmt: skip
    assert told(folder, URL).splitlines() == [
        URL,
        "found in feed at https://paper.example/feed on 2024-05-01 00:00 UTC, source paper",
        "  announced there with headline “Flood”",
        "  asked on 2024-06-01 12:00 UTC, HTTP 200: revised, the publisher had edited it: kept as a new revision",
        "  due again on 2024-06-02 00:00 UTC",
        "captured on 2024-05-01 00:00 UTC: HTTP 200 text/html, 0 bytes, warc/none.warc.gz at 0",
        "captured on 2024-06-01 12:00 UTC: HTTP 200 text/html, 0 bytes, warc/none.warc.gz at 0",
        "kept as article 1: “Flood kills 12”, 4 words, key paper.example/news/1",
        "  revision 1 on 2024-05-01 00:00 UTC: as first seen",
        "  revision 2 on 2024-06-01 12:00 UTC: headline changed, 1 words added, 1 removed",
        "  removed: spam, 2 blocks (text, rule test@1); `show --removals` has them",
        "  removed: teaser, 1 block (text, rule test@1); `show --removals` has them",
        "  nearly the same text in 1 other article:",
        "    2 wire, 2024-04-30, https://wire.example/2",
    ]


def test_a_rejected_url_says_why_and_that_nothing_is_kept(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    add_link(
        folder,
        "https://paper.example/gone",
        outcome="http_404",
        outcome_at="2024-05-02T00:00:00Z",
        http_status=404,
        n_tries=1,
    )
    text = told(folder, "https://paper.example/gone")
    assert "HTTP 404: http_404, the page is not there (404)" in text
    assert "  failed 1 time in a row" in text
    assert text.endswith("no article is kept of it")


def test_a_link_that_waits_says_so(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    add_link(folder, "https://paper.example/new")
    assert "never asked yet" in told(folder, "https://paper.example/new")


def test_a_redirect_leads_to_the_article_it_ends_at(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    add_link(
        folder, "https://t.example/1", outcome="new", outcome_at="2024-05-01T00:00:00Z", final_url=URL, article_id=1
    )
    text = told(folder, "https://t.example/1")
    assert f"redirected to {URL}" in text
    assert "kept as article 1" in text
    assert f"the same article as {URL}" in text


def test_an_unknown_url_is_not_found(tmp_path: Path) -> None:
    folder = kept_archive(tmp_path)
    for url in ("https://paper.example/never", "nonsense", "http://[", "\udcff", "77"):
        with pytest.raises(NotFoundError, match="no URL"):
            told(folder, url)


def test_nothing_of_a_hostile_page_is_obeyed(tmp_path: Path) -> None:
    folder = make_archive(
        tmp_path, [ArchiveArticle(headline="a\x1b[2J\nb", body="x", url=URL, removals=(("a\x1bb", "x"),))]
    )
    add_link(
        folder,
        URL,
        hints='{"headline": "\\u001b[2J"}',
        outcome="\x1b",
        outcome_at="2024-05-02T00:00:00Z",
        detail="\x1b\n",
    )
    lines = told(folder, URL)
    assert "\x1b" not in lines
    assert "\\x1b[2J b" in lines


def test_history_says_what_each_revision_changed(tmp_path: Path) -> None:
    with closing(open_reader(kept_archive(tmp_path))) as db:
        changes = history(db, 1)
        assert [(change.revision, change.changed, change.words_added, change.words_removed) for change in changes] == [
            (1, "first", 0, 0),
            (2, "headline", 1, 1),
        ]
        with pytest.raises(NotFoundError):
            history(db, 9)
