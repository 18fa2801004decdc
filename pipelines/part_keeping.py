"""Write what came of the further pages of an article: a capture and an outcome each, and their order behind the first page.

Owns those rows' order of writes. The caller holds the transaction and has written the first page's outcome.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from archive import erasure
from archive.links import Outcome, add_link, ensure_link, save_hop, save_outcome
from archive.parts import add_part
from archive.records import Article, Capture, FoundLink
from archive.store import Store
from pipelines.items import NoArticle, PageItem, Part
from pipelines.part_reading import PART


def keep_parts(
    store: Store, item: PageItem, outcome: Outcome, keep_capture: Callable[[Capture, int | None], int], now: datetime
) -> None:
    """Write the parts of an item whose own `outcome` is written; a later page that came by itself makes its first one due."""
    link = item.link
    if outcome.word == PART and isinstance(item.extraction, NoArticle) and item.extraction.detail:
        first = FoundLink(url=item.extraction.detail, found_in=link.found_in)
        add_link(store, first, source_id=link.source_id, found_at_url=link.url, now=now)
    if outcome.word == "forgotten":
        erasure.order(
            store, [(part.capture.warc_file, part.capture.warc_offset) for part in item.parts if part.capture]
        )
        return
    for number, part in enumerate(item.parts, 2):
        part_id = keep_capture(part.capture, link.source_id) if part.capture else None
        word = _word(part)
        found = replace(
            outcome,
            word=word,
            at=part.asked_at,
            http_status=part.capture.http_status if part.capture else part.http_status,
            detail=part.failure.detail if part.failure else None,
            final_url=part.final_url,
            etag=None,
            last_modified=None,
            article_id=outcome.article_id if word == PART else None,
            capture_id=part_id,
            n_tries=0,
            n_unchanged=0,
            next_due_at=None,
            keeps_schedule=False,
        )
        link_id = ensure_link(
            store, part.url, source_id=link.source_id, found_in=link.found_in, now=now, found_at_url=link.url
        )
        save_outcome(store, link_id, found)
        for hop in {*part.hops, part.final_url or part.url} - {part.url}:
            save_hop(store, hop, found, source_id=link.source_id, found_at_url=part.url)
        if word == PART and part_id is not None and outcome.capture_id is not None:
            add_part(store, outcome.capture_id, number, part_id)


def _word(part: Part) -> str:
    if part.failure is not None:
        return part.failure.reason
    return PART if isinstance(part.extraction, Article) else "not_part"
