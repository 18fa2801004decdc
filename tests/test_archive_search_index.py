"""What the search index indexes: a body where it lies, or a folded copy of it; nothing twice, nothing left behind."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from migrating import archive_before

from archive import clusters
from archive.articles import count_words
from archive.clusters import SCHEME, bands
from archive.fold import fold
from archive.reader import open_reader
from archive.search import search
from archive.search_index import is_folded_alike
from archive.store import open_store

TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f'CREATE VIRTUAL TABLE texts USING fts5(text, tokenize="{TOKENIZER}")')
        db.execute("CREATE VIRTUAL TABLE words USING fts5vocab(texts, instance)")
        yield db


def words(db: sqlite3.Connection, text: str) -> list[str]:
    db.execute("DELETE FROM texts")
    db.execute("INSERT INTO texts VALUES (?)", (text,))
    return [row[0] for row in db.execute("SELECT term FROM words ORDER BY offset")]


def test_each_character_that_needs_no_copy_is_one_that_the_tokenizer_folds_alike(index: sqlite3.Connection) -> None:
    alike = [chr(code) for code in range(1, 0x3000) if is_folded_alike(chr(code))]
    assert len(alike) > 500
    assert not set("ßœæøłıЁё½™²日ا\u00ad\u200d\u0308\0") & set(alike)
    for character in alike:
        text = f"a{character}b A{character} {character}{character}x {character}"
        assert words(index, text) == words(index, fold(text)), character
        assert count_words(text) == len(re.findall(r"\w+", fold(text))), character


@pytest.mark.parametrize(
    "text", ["“Überfällig” – naïve façade’s garçon, 50 %…", "Їжак їсть йогурт, €5", "ŽIŽKOV, Çok güzel"]
)
def test_whole_texts_are_folded_alike_too(text: str, index: sqlite3.Connection) -> None:
    assert is_folded_alike(text)
    assert words(index, text) == words(index, fold(text))


@pytest.mark.parametrize(
    ("text", "n"), [("naïve façade’s, 50 %", 4), ("co\u00adoperate", 1), ("洪水来了", 4), ("می\u200cرود", 3)]
)
def test_words_are_counted_as_they_are_indexed(text: str, n: int) -> None:
    assert count_words(text) == n == len(re.findall(r"\w+", fold(text)))


def kept(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "archive.db")


def test_copies_that_are_not_needed_are_let_go_and_nothing_else_is_found(tmp_path: Path) -> None:
    folder = archive_before("m011_shared_texts", tmp_path)
    with closing(kept(folder)) as db:
        (row,) = db.execute("SELECT article_id, body FROM search_texts ORDER BY article_id LIMIT 1").fetchall()
        special = row[1] + " straße"
        db.execute("UPDATE extractions SET body = body || ' Straße' WHERE id = (SELECT extraction_id FROM revisions r"
                   " JOIN articles a ON a.revision_id = r.id WHERE a.id = ?)", row[:1])  # fmt: skip
        db.execute("UPDATE search_texts SET body = ? WHERE article_id = ?", (fold(special), row[0]))
        db.commit()
    open_store(folder).close()
    with closing(kept(folder)) as db:
        copies = db.execute("SELECT article_id, body FROM search_texts WHERE extraction_id IS NULL").fetchall()
        assert copies == [(row[0], fold(special))]
        assert {body for (body,) in db.execute("SELECT body FROM search_texts WHERE extraction_id NOT NULL")} == {""}
        db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
    with closing(open_reader(folder)) as db:
        assert [hit.article_id for hit in search(db, "STRASSE").hits] == [row[0]]
        assert search(db, "council").n_hits > 1


def test_bands_are_made_anew_with_short_hashes(tmp_path: Path) -> None:
    folder = archive_before("m013_small_bands", tmp_path)
    with closing(kept(folder)) as db:
        signature = bytes(range(256)) * 2
        for article_id in (1, 3):
            db.execute("DELETE FROM near_duplicates WHERE article_id = ?", (article_id,))
            db.execute("INSERT INTO near_duplicates VALUES (?, ?, ?, 2)", (article_id, article_id, signature))
            db.execute("INSERT INTO near_duplicate_bands VALUES (?, ?)", (2**60 + article_id, article_id))
        db.commit()
    open_store(folder).close()
    with closing(kept(folder)) as db:
        assert db.execute("SELECT cluster_id FROM near_duplicates WHERE article_id IN (1, 3)").fetchall() == [
            (1,),
            (1,),
        ]
        assert db.execute("SELECT count(*) FROM near_duplicates WHERE scheme != ?", (SCHEME,)).fetchone() == (0,)
        found = [
            row[0] for row in db.execute("SELECT band FROM near_duplicate_bands WHERE article_id = 3 ORDER BY band")
        ]
        assert found == bands(signature)
        assert max(map(abs, found)) < 2**31


def test_bands_that_are_right_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = archive_before("m005_imports", tmp_path)  # its migration already makes the bands of today's scheme
    joined: list[int] = []
    join = clusters._join

    def noted(db: sqlite3.Connection, article_id: int, *rest: Any) -> int:
        joined.append(article_id)
        return join(db, article_id, *rest)

    monkeypatch.setattr(clusters, "_join", noted)
    open_store(folder).close()
    assert len(joined) > 1
    assert len(joined) == len(set(joined))
