"""Mend what the doctor found, as far as it goes without loss: triggers, search index, files that a killed run left open.

Owns no check: archive/doctor.py says what is wrong. The caller holds the archive's lock.
"""

from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from archive.articles import index_text
from archive.doctor import INDEX_TRIGGERS, statements
from archive.erasure import erase, remove_drafts
from archive.kept import kept_article
from archive.reader import open_reader
from archive.store import Store, open_store
from archive.warc import recover


def mend(folder: Path, checks: Collection[str]) -> list[str]:
    """Mend what these checks found mendable; give a line for each thing done."""
    done: list[str] = []
    if {"triggers", "index", "search texts"} & set(checks):
        with closing(open_store(folder, create=False)) as store:
            done.append(_rebuild(folder, store))
    if {"triggers", "totals"} & set(checks):
        with closing(open_store(folder, create=False)) as store:
            done.append(_recount(store))
    if "forgotten" in checks:
        with closing(open_store(folder, create=False)) as store:
            erased = erase(folder, store, datetime.now(UTC))
        done.append(f"overwrote {erased.n_records} records of what was taken down")
        done.extend(f"not yet: {why}" for why in erased.waiting)
    if "warc files" in checks:
        remove_drafts(folder)
        done.extend(f"closed {path.relative_to(folder)}" for path in recover(folder))
    return done


def _rebuild(folder: Path, store: Store) -> str:
    """Make the index and its triggers anew, then index the texts that it lacks; in one transaction."""
    with store.transaction():
        for name in INDEX_TRIGGERS:
            store.db.execute(f"DROP TRIGGER IF EXISTS {name}")
        store.db.execute("DROP TABLE IF EXISTS articles_fts")
        store.db.execute("DELETE FROM search_texts WHERE article_id NOT IN (SELECT id FROM articles)")
        store.db.execute("DROP VIEW IF EXISTS indexed_texts")
        for sql in statements("m012_body_first"):
            store.db.execute(sql)
        missing = store.db.execute(
            "SELECT a.id, r.extraction_id FROM articles a JOIN revisions r ON r.id = a.revision_id"
            " WHERE a.id NOT IN (SELECT article_id FROM search_texts)"
        ).fetchall()
        with closing(open_reader(folder)) as db:
            for article_id, extraction_id in missing:
                index_text(store, article_id, kept_article(db, article_id).article, extraction_id=extraction_id)
    return f"made the search index and its triggers anew; {len(missing)} articles were not indexed and are now"


def _recount(store: Store) -> str:
    """Make the triggers anew that keep the totals, and count."""
    with store.transaction():
        for sql in statements("m016_counts"):
            if sql.startswith("CREATE TRIGGER"):
                store.db.execute(f"DROP TRIGGER IF EXISTS {sql.split()[2]}")
                store.db.execute(sql)
        store.db.execute("UPDATE totals SET n = (SELECT count(*) FROM articles) WHERE what = 'articles'")
    return "counted the articles anew"
