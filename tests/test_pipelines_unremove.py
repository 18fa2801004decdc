"""What was removed can be put back: as a rule of its source, by a new reading, never by a revision."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from articles import STORY, URL, paragraphs, wordpress_page
from commands import presskeep, rows, sources_file
from migrating import archive_before
from newsroom import Newsroom

from archive.records import Article
from archive.store import open_store
from pipelines.extract import current_extractor, extract
from pipelines.items import Page

SPAM = (
    '<p style="position:absolute;left:-9999px">Daftar <a href="http://slot88.example/">slot gacor</a>'
    ' <a href="http://judi-online.example/">situs judi online</a></p>'
)
TEXT = "Daftar slot gacor situs judi online"
HIDDEN_IN_ODDS = (
    "SELECT x.id FROM removals x JOIN extractions e ON e.id = x.extraction_id JOIN revisions r ON r.id = e.revision_id"
    " JOIN articles a ON a.id = r.article_id WHERE x.reason = 'hidden-spam' AND a.url LIKE '%odds%'"
)
DUE = "2020-01-01T00:00:00.000000Z"


@pytest.fixture(scope="module")
def hacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of a source whose pages are injected, after `unremove` and a second crawl with a new page."""
    folder = tmp_path_factory.mktemp("hacked")
    archive = folder / "archive"
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        newsroom.publish("odds", tail=SPAM)
        newsroom.publish("ends", tail=SPAM)
        sources = sources_file(folder, {"Daily": newsroom.url})
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
        ((removal_id,),) = rows(archive, HIDDEN_IN_ODDS)
        shown = presskeep("--archive", archive, "show", newsroom.url_of("/news/odds.html"), "--removals")
        assert f"{removal_id} hidden-spam · dom" in shown.stdout
        done = presskeep("--archive", archive, "unremove", str(removal_id))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"put back “{TEXT}” in 2 articles; it stays in what Daily prints\n"
        newsroom.publish("later", tail=SPAM)
        with closing(sqlite3.connect(archive / "archive.db")) as db, db:
            db.execute("UPDATE feeds SET next_due_at = ?", (DUE,))
            db.execute("UPDATE links SET next_due_at = ?", (DUE,))
        assert presskeep("--archive", archive, "crawl", "--sources", sources).returncode == 0
    return archive


def test_the_block_is_back_in_all_texts_of_the_source_and_stays_in_later_ones(hacked: Path) -> None:
    found = rows(hacked, "SELECT url, body LIKE ? FROM current_articles ORDER BY url", f"%{TEXT}%")
    assert {url.rsplit("/", 1)[1]: has for url, has in found} == {
        "ends.html": 1, "later.html": 1, "odds.html": 1, "report-0000.html": 0, "report-0001.html": 0,
    }  # fmt: skip
    searched = presskeep("--archive", hacked, "search", '"situs judi online"', "--count")
    assert searched.stdout.strip() == "3"


def test_it_makes_a_reading_and_no_revision(hacked: Path) -> None:
    assert rows(hacked, "SELECT max(n_revisions) FROM articles") == [(1,)]
    readings = rows(
        hacked,
        "SELECT count(*), sum(e.rules LIKE '%+restored-%') FROM extractions e JOIN revisions r ON r.id = e.revision_id"
        " JOIN articles a ON a.id = r.article_id WHERE a.url LIKE '%odds%'",
    )
    assert readings == [(2, 1)]
    words = {word for (word,) in rows(hacked, "SELECT DISTINCT outcome FROM links WHERE article_id IS NOT NULL")}
    assert words <= {"new", "unchanged", "not_modified"}


def test_what_cannot_be_put_back_is_one_line(hacked: Path) -> None:
    unknown = presskeep("--archive", hacked, "unremove", "99999")
    assert (unknown.returncode, unknown.stderr.strip()) == (1, "presskeep: no removal 99999 in this archive")
    assert presskeep("--archive", hacked, "unremove", "x").returncode == 2
    assert presskeep("--archive", hacked / "none", "unremove", "1").returncode == 5
    with closing(sqlite3.connect(hacked / "archive.db")) as db, db:
        db.execute(
            "INSERT INTO removals (id, extraction_id, position, stage, reason, rule, text)"
            " VALUES (777, 1, 0, 'flag', 'spam', 'middle@1', 't')"
        )
    flag = presskeep("--archive", hacked, "unremove", "777")
    assert (flag.returncode, flag.stderr.strip()) == (
        2,
        "presskeep: removal 777 is a flag: its text was never taken out",
    )


def test_a_second_time_changes_nothing(hacked: Path) -> None:
    ((removal_id,),) = rows(hacked, HIDDEN_IN_ODDS)
    done = presskeep("--archive", hacked, "unremove", str(removal_id), "--json")
    said = json.loads(done.stdout)
    assert (said["is_new"], said["articles"], done.returncode) == (False, [], 0)
    assert rows(hacked, "SELECT count(*) FROM restored_blocks") == [(1,)]


def test_a_schema_before_has_no_rules(tmp_path: Path) -> None:
    folder = archive_before("m004_restored_blocks", tmp_path)
    open_store(folder).close()
    assert rows(folder, "SELECT * FROM restored_blocks") == []
    assert rows(folder, "SELECT count(*) > 0 FROM articles") == [(1,)]


def _read(html: str, *restored: str) -> Article:
    found = extract(Page(url=URL, body=html.encode(), content_type="text/html", restored=restored), profile="fast")
    assert isinstance(found, Article)
    return found


TAIL = '<p><a href="http://slot88.example/">slot gacor</a> <a href="http://judi-online.example/">situs judi</a></p>'


@pytest.mark.parametrize(
    "html",
    [
        wordpress_page(paragraphs(*STORY) + TAIL),
        wordpress_page(paragraphs(*STORY) + SPAM + TAIL),
        wordpress_page(
            paragraphs(*STORY).rstrip().removesuffix("</p>")
            + " https://slot-gacor.example/ https://togel88.example/</p>"
        ),
        wordpress_page(paragraphs(*STORY) + "<p>Read more: <a href='/x'>Why the ferry is late again</a></p>"),
        wordpress_page(),
        wordpress_page(head='<meta name="keywords" content="kabul, slot gacor, situs judi online">'),
        wordpress_page(
            head='<meta property="og:description" content="Situs slot gacor terpercaya, judi bola dan togel online">'
        ),
    ],
    ids=["tail", "tail and hidden", "trailing", "read more", "teasers", "keywords", "description"],
)
def test_every_removal_can_be_put_back(html: str) -> None:
    plain = _read(html)
    assert plain.removals
    for removal in plain.removals:
        found = _read(html, removal.text)
        assert removal.text not in {each.text for each in found.removals}, removal
        places = [found.body, found.description or "", found.headline or "", ", ".join(found.keywords)]
        for line in removal.text.split("\n"):
            assert any(line in place for place in places), (line, found.body)
        assert all(paragraph in found.body for paragraph in STORY)
        assert found.extractor.rules.startswith(f"{current_extractor('fast').rules}+restored-")


def test_rules_of_another_text_change_nothing_but_the_rules() -> None:
    html = wordpress_page(paragraphs(*STORY) + TAIL)
    assert _read(html, "something else").body == _read(html).body
