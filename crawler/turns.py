"""Which of a source's due links are asked next: the newest, or the newest and those of a span of the past in turn.

Owns the share that a backfill has of a run. Reads the frontier through archive/links.py; asks nobody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, zip_longest

from archive.due import ALWAYS, Span
from archive.links import due_links
from archive.records import Link
from archive.store import Store

RECENT = timedelta(days=7)
"""What is younger is news; a backfill that names no end begins before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which links a crawl wants: all that are due, those of a span, or with `backfill` all and half of the turns for the span."""

    span: Span = ALWAYS
    backfill: bool = False


EVERYTHING = Wish()


def next_links(
    store: Store, source_id: int, *, now: datetime, limit: int, besides: Collection[int], wish: Wish
) -> list[Link]:
    """Give at most `limit` due links in the order in which they should be asked.

    With a backfill every second one is of the past, working back from its newest; where one side has none left, the other
    has all turns. So neither starves the other, wherever `--limit` or `--max-time` cut.
    """
    if not wish.backfill:
        return due_links(store, source_id, now=now, limit=limit, besides=besides, span=wish.span)
    span = wish.span if wish.span != ALWAYS else Span(until=now - RECENT)
    past = due_links(store, source_id, now=now, limit=limit, besides=besides, span=span, fresh_only=True)
    newest = due_links(store, source_id, now=now, limit=limit, besides=besides)
    turns = chain.from_iterable(zip_longest(newest, past))
    return list({link.id: link for link in turns if link is not None}.values())[:limit]
