"""A source's template in an archive: loaded for a run, learned at its end, and then cut from earlier articles, too.

Owns when that happens and how far back it goes. What is template is pipelines/clean/template.py's to say; rows are
archive/site_blocks.py's. The caller holds no transaction.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from archive.articles import add_extraction
from archive.errors import NotFoundError
from archive.fingerprint import signature
from archive.records import SiteBlock
from archive.restored import restored_blocks
from archive.site_blocks import CurrentReading, newest_readings, save_site_blocks, site_blocks
from archive.store import Store
from archive.url_key import host_of
from pipelines.clean.template import Place, Template, clean_template, line_key, template_of
from pipelines.clean.template_learning import WINDOW, learn, printed

logger = logging.getLogger(__name__)

_STEPS = ((25, 1), (100, 5))
_STEP = 25


def load_template(store: Store, source_id: int | None, *, at: datetime | None = None) -> Template:
    """Give the template of a source as it stands, or as it stood `at` a moment, but for what somebody put back.

    An empty one without a source.
    """
    if source_id is None:
        return Template()
    kept = {line_key(block.text) for block in restored_blocks(store) if block.source_id == source_id}
    return template_of(
        (block.key, Place(block.place)) for block in site_blocks(store, source_id, at=at) if block.key not in kept
    )


def is_time_to_learn(store: Store, source_id: int, *, n_new: int) -> bool:
    """Tell whether so many new articles are reason enough: 200 articles are read to learn, which a few need not pay for.

    Each new article counts up to 25 of them, every fifth up to 100, then every 25th.
    """
    row = store.one("SELECT count(*) FROM articles WHERE source_id = ?", (source_id,))
    n = int(row[0]) if row is not None else 0
    step = next((step for most, step in _STEPS if n <= most), _STEP)
    return n // step > (n - n_new) // step


def learn_templates(store: Store, source_ids: Iterable[int], *, now: datetime) -> int:
    """Learn the templates of some sources and cut them from earlier articles; give the number of new readings."""
    n_read = 0
    for source_id in sorted(source_ids):
        if n_cut := _learn(store, source_id, now):
            # short articles may have been near-duplicates by their template alone: they count from now on
            n_read += n_cut + _learn(store, source_id, now)
    return n_read


def _learn(store: Store, source_id: int, now: datetime) -> int:
    before = load_template(store, source_id)
    newest = next(newest_readings(store, source_id, size=WINDOW), [])
    learned = learn(
        [printed(reading.kept.article) for reading in _distinct(newest)],
        names=_names(store, source_id),
        known=before.blocks,
    )
    blocks = [
        SiteBlock(key=one.key, place=one.place.value, rule=one.rule, text=one.text, n_articles=one.n_articles)
        for one in learned
    ]
    with store.transaction():
        save_site_blocks(store, source_id, blocks, now=now)
    template = load_template(store, source_id)
    if template.version == before.version:
        return 0
    n_cut = _clean_earlier(store, source_id, template, now)
    logger.info("template learned source=%d lines=%d articles_cleaned=%d", source_id, len(learned), n_cut)
    return n_cut


def _distinct(readings: Iterable[CurrentReading]) -> list[CurrentReading]:
    """Leave one article of each cluster of near-duplicates: what they share is their text."""
    found: dict[object, CurrentReading] = {}
    for reading in sorted(readings, key=lambda reading: reading.kept.url_key):
        cluster = reading.kept.cluster
        found.setdefault(cluster if cluster is not None else reading.kept.url_key, reading)
    return list(found.values())


def _names(store: Store, source_id: int) -> tuple[str, ...]:
    row = store.one("SELECT name, url FROM sources WHERE id = ?", (source_id,))
    if row is None:
        raise NotFoundError("source", str(source_id))
    return row["name"], host_of(urlsplit(row["url"]).hostname or "")


def _clean_earlier(store: Store, source_id: int, template: Template, now: datetime) -> int:
    """Read earlier articles again, newest first, until a whole list of them has nothing to cut."""
    n_cut = 0
    for readings in newest_readings(store, source_id, size=WINDOW):
        n_before = n_cut
        with store.transaction():
            for reading in readings:
                n_cut += _clean(store, reading, template, now)
        if n_cut == n_before:
            break
    return n_cut


def _clean(store: Store, reading: CurrentReading, template: Template, now: datetime) -> bool:
    article = reading.kept.article
    cleaned = clean_template(article, template)
    if cleaned.body == article.body:
        return False
    add_extraction(
        store,
        reading.kept.id,
        reading.revision_id,
        cleaned,
        capture_id=reading.capture_id,
        signature=signature(cleaned.body),
        now=now,
    )
    return True
