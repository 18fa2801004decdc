"""Which of a source's due links are asked next: the newest, or the newest and those of a span of the past in turn.

Owns the share that a backfill has of a run, and that what need not be asked holds up nothing. Reads the frontier through
archive/links.py; asks nobody.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, zip_longest

from archive.due import ALWAYS, Span
from archive.links import due_links
from archive.records import Link
from archive.store import Store
from pipelines.items import Failure

RECENT = timedelta(days=7)
"""What is younger is news; a backfill that names no end begins before it."""
MOST_ASIDE = 100
"""Links of one source that are set aside at once: a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which links a crawl wants: all that are due, those of a span, or with `backfill` all and half of the turns for the span."""

    span: Span = ALWAYS
    backfill: bool = False


EVERYTHING = Wish()


@dataclass(slots=True, kw_only=True)
class Turns:
    """What comes next of a source."""

    links: list[Link] = field(default_factory=list)
    """To be asked."""
    aside: list[tuple[Link, Failure]] = field(default_factory=list)
    """Need not be asked: what comes of them is known."""
    is_all: bool = True
    """No other link is due."""


def next_turns(
    store: Store,
    source_id: int,
    *,
    now: datetime,
    limit: int,
    besides: Collection[int],
    wish: Wish,
    known: Callable[[str], Failure | None],
) -> Turns:
    """Give at most `limit` links to ask, in order; what `known` has an outcome for is set aside and takes nobody's turn."""
    turns = Turns()
    while limit > len(turns.links):
        wanted = limit - len(turns.links)
        taken = [*turns.links, *(link for link, _ in turns.aside)]
        seen = {*besides, *(link.id for link in taken if link.id is not None)}
        found = next_links(store, source_id, now=now, limit=wanted, besides=seen, wish=wish)
        for link in found:
            if (failure := known(link.url)) is None:
                turns.links.append(link)
            else:
                turns.aside.append((link, failure))
        if len(found) < wanted:
            return turns
        if len(turns.aside) >= MOST_ASIDE:
            break
    turns.is_all = False
    return turns


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
