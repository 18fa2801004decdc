import hashlib
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from archives import make_archive
from migrating import archive_before

from archive.clusters import (
    HAND,
    N_BANDS,
    SCHEME,
    TABLES,
    bands,
    candidates,
    drop_signature,
    move_hand,
    save_signature,
    similarity,
)
from archive.fingerprint import signature
from archive.store import Store, open_store

CHOICES = random.Random(17)
WORDS = [f"word{n}" for n in range(2000)]
COUNT_BANDS = "SELECT count(*) FROM near_duplicate_bands UNION ALL SELECT count(*) FROM near_duplicate_recent"
TEXT = CHOICES.choices(WORDS, k=300)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(make_archive(tmp_path, [{"headline": str(n)} for n in range(4)]))) as opened:
        yield opened


def edited(words: list[str], share: float) -> str:
    return " ".join(CHOICES.choice(WORDS) if CHOICES.random() < share else word for word in words)


def sign(text: str) -> bytes:
    found = signature(text)
    assert found is not None
    return found


def clusters(store: Store) -> list[int]:
    return [row[0] for row in store.db.execute("SELECT cluster_id FROM near_duplicates ORDER BY article_id")]


def stored(store: Store, *tables: str) -> list[tuple[int, int]]:
    return [
        (row[0], row[1])
        for table in tables or TABLES
        for row in store.db.execute(f"SELECT band, article_id FROM {table}")
    ]


def test_a_signature_is_what_archives_hold_already() -> None:
    # another value here makes every stored signature worthless: raise SCHEME and rebuild, or keep the hash
    text = "The quick brown fox jumps over the lazy dog while rain falls on Kabul and کابل and 北京 and nobody minds it at all. "
    digest = hashlib.sha256(sign(text * 2)).hexdigest()
    assert digest[:16] == "0a140c9d53020887"


def test_a_copy_with_a_tenth_of_its_words_edited_joins_the_cluster(store: Store) -> None:
    save_signature(store, 1, sign(" ".join(TEXT)))
    save_signature(store, 2, sign(edited(TEXT, 0.1)))
    save_signature(store, 3, sign(" ".join(CHOICES.choices(WORDS, k=300))))
    assert clusters(store) == [1, 1, 3]


def test_two_articles_that_only_a_third_held_together_part_when_it_goes(store: Store) -> None:
    # halves of the first and the last in the one between
    first, last = CHOICES.choices(WORDS, k=200), CHOICES.choices(WORDS, k=200)
    save_signature(store, 1, sign(" ".join(first)))
    save_signature(store, 2, sign(" ".join(first + last)))
    save_signature(store, 3, sign(" ".join(last)))
    assert clusters(store) == [1, 1, 1]
    drop_signature(store, 2)
    assert clusters(store) == [1, 3]


def test_an_article_leaves_no_band_behind(store: Store) -> None:
    save_signature(store, 1, sign(" ".join(TEXT)))
    save_signature(store, 2, sign(" ".join(TEXT)))
    drop_signature(store, 1)
    assert clusters(store) == [2]
    assert {article_id for _, article_id in stored(store)} == {2}
    drop_signature(store, 2)
    assert stored(store) == []


def test_bands_that_wait_are_taken_along_once_around_and_found_all_the_while(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.clusters.HAND", 7)
    store.db.execute("PRAGMA foreign_keys = OFF")  # signatures of articles that are not there
    signatures = {number: CHOICES.randbytes(512) for number in range(10, 38)}
    rounds = []
    for number, made in signatures.items():
        save_signature(store, number, made)
        rounds.append([row[0] for row in store.db.execute(COUNT_BANDS)])
        saved = {one: bands(signatures[one]) for one in range(10, number + 1)}
        assert sorted(stored(store)) == sorted((band, one) for one, found in saved.items() for band in found)
    large, waiting = zip(*rounds, strict=True)
    assert max(waiting) <= 7 * N_BANDS, "each waits for one round at most"
    assert list(large) == sorted(large)
    assert large[-1] > 20 * N_BANDS
    for number, made in signatures.items():
        assert [row[0] for row in candidates(store.db.conn, bands(made))] == [number]
        drop_signature(store, number)
    assert stored(store) == []


def test_every_step_of_the_hand_goes_on_where_the_last_one_ended(store: Store) -> None:
    store.db.execute("PRAGMA foreign_keys = OFF")
    ends = [-(2**31) + (2**32 * step) // HAND for step in range(HAND + 1)]
    edges = {*ends[:-1], *(end - 1 for end in ends[1:])}
    store.db.conn.executemany("INSERT INTO near_duplicate_recent VALUES (?, 1)", [(edge,) for edge in sorted(edges)])
    for number in range(HAND):
        move_hand(store.db.conn, number)
    assert {band for band, _ in stored(store, "near_duplicate_bands")} == edges
    assert stored(store, "near_duplicate_recent") == []


def test_signatures_of_another_scheme_are_never_compared(store: Store) -> None:
    save_signature(store, 1, sign(" ".join(TEXT)))
    store.db.execute("UPDATE near_duplicates SET scheme = ?", (SCHEME + 1,))
    save_signature(store, 2, sign(" ".join(TEXT)))
    assert clusters(store) == [1, 2]


def test_no_query_reads_a_whole_table(store: Store) -> None:
    plans: list[str] = []

    def explain(sql: str) -> None:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")) or sql.lstrip().startswith("SELECT"):
            plans.append(sql)

    store.db.conn.set_trace_callback(explain)
    save_signature(store, 1, sign(" ".join(TEXT)))
    save_signature(store, 1, sign(edited(TEXT, 0.5)))
    store.db.conn.set_trace_callback(None)
    details = [row["detail"] for sql in plans for row in store.db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert details
    assert not [detail for detail in details if detail.startswith("SCAN") and "subquery" not in detail.lower()]


def test_the_migration_makes_bands_anew_from_stored_signatures(tmp_path: Path) -> None:
    folder = archive_before("m005_imports", tmp_path)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        signatures = dict(db.execute("SELECT article_id, signature FROM near_duplicates").fetchall())
        # two articles that the first scheme kept apart: equal, but in no band of four
        first, second, *_ = sorted(signatures)
        near = bytearray(signatures[first])
        for at in range(0, len(near), 16):
            near[at] ^= 0xFF
        db.execute(
            "UPDATE near_duplicates SET signature = ?, cluster_id = article_id WHERE article_id = ?",
            (bytes(near), second),
        )
        db.execute("UPDATE articles SET duplicate_of = ? WHERE id = ?", (first, second))
    with closing(open_store(folder)) as store:
        found = store.db.execute("SELECT article_id, cluster_id, scheme, signature FROM near_duplicates").fetchall()
        assert {row["scheme"] for row in found} == {SCHEME}
        assert {row["article_id"] for row in found} == set(signatures)
        by_id = {row["article_id"]: row for row in found}
        assert similarity(by_id[first]["signature"], by_id[second]["signature"]) == 0.75
        assert by_id[second]["cluster_id"] == by_id[first]["cluster_id"]
        stored = {
            row[0] for row in store.db.execute("SELECT band FROM near_duplicate_bands WHERE article_id = ?", (first,))
        }
        assert stored == set(bands(signatures[first]))
        assert store.db.execute("SELECT duplicate_of FROM articles WHERE id = ?", (second,)).fetchone()[0] is None


def test_the_migration_leaves_the_bands_that_are_looked_up_and_the_clusters_as_they_are(tmp_path: Path) -> None:
    folder = archive_before("m018_recent_bands", tmp_path)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        before = db.execute("SELECT * FROM near_duplicates ORDER BY article_id").fetchall()
        # bands beyond those that are made today
        db.executemany(
            "INSERT INTO near_duplicate_bands VALUES (?, ?)", [(n, row[0]) for row in before for n in range(14)]
        )
    with closing(open_store(folder)) as store:
        after = store.db.execute("SELECT * FROM near_duplicates ORDER BY article_id").fetchall()
        assert [tuple(row) for row in after] == before
        assert sorted(stored(store)) == sorted((band, row[0]) for row in before for band in bands(row[2]))
        for row in before:
            drop_signature(store, row[0])
        assert stored(store) == []
