"""Commit what a feed, sitemap or section answered: its state, the links and feeds that it lists, what its health is judged by.

Owns the order of writes of one such place, and how many a source may have. The caller holds the transaction.
"""

from datetime import datetime

from archive.health import Place, Rule
from archive.links import Outcome, add_feed, add_link, add_refused, knows_feed, save_feed_state, save_hop
from archive.records import Feed, FeedKind, FoundFeed, FoundIn
from archive.times import iso
from pipelines.items import FeedItem
from pipelines.keeping import Keeper
from pipelines.sample import other_host, says_gone

MAX_FEEDS = 500
"""Feeds, sitemaps and sections of one source: a sitemap tree without end stops here."""
MAX_DEPTH = 3
"""Sitemap indexes above a sitemap; what lies deeper is a tree without end."""
MAX_INDEXED = 400
"""Of these, at most so many while a sitemap index adds to them."""


def keep_feed(keeper: Keeper, item: FeedItem, now: datetime) -> int:
    """Write a feed's state and the links and feeds that it lists; give the number of new links."""
    feed = item.feed
    tally = keeper.tally(feed.source_id)
    if item.capture is not None:
        keeper.keep_capture(item.capture, feed.source_id)
    n_new = sum(
        add_link(keeper.store, found, source_id=feed.source_id, found_at_url=feed.url, now=now) for found in item.links
    )
    for url, reason in item.refused:
        add_refused(
            keeper.store, url, reason, source_id=feed.source_id, found_in=_found_in(feed.kind),
            found_at_url=feed.url, now=now,
        )  # fmt: skip
    hop = Outcome(word=_feed_word(item), at=item.asked_at, http_status=item.http_status, run_id=keeper.run_id)
    for url in item.hops:
        save_hop(keeper.store, url, hop, source_id=feed.source_id, found_at_url=feed.url)
    n_feeds, is_whole = _add_feeds(keeper, item, now)
    _see_place(keeper, item)
    changed = bool(n_new or n_feeds)
    state: dict[str, object] = {
        "outcome": _feed_word(item),
        "outcome_at": iso(item.asked_at),
        "http_status": item.http_status,
        "detail": item.failure.detail if item.failure else "; ".join(item.problems) or None,
        "next_due_at": _iso_or_none(keeper.rhythm.feed_due_at(item, changed, now)),
    }
    if item.failure is None:
        state |= {"n_failures": 0, "n_unchanged": 0 if changed else feed.n_unchanged + 1}
        if changed:
            state["changed_at"] = iso(item.asked_at)
        if not item.not_modified:
            # an index whose sitemaps found no place must come again: a 304 would hide them for good
            state |= {
                "etag": item.etag if is_whole else None,
                "last_modified": item.last_modified if is_whole else None,
                "payload_digest": item.capture.payload_digest if item.capture else None,
                "n_links": len(item.links),
            }
    save_feed_state(keeper.store, feed.id, state)
    keeper.pause(feed.source_id, item.hops[-1] if item.hops else feed.url, item.failure)
    if item.failure is not None:
        keeper.store.db.execute("UPDATE feeds SET n_failures = n_failures + 1 WHERE id = ?", (feed.id,))
        why = f" ({item.failure.detail})" if item.failure.detail else ""
        tally.detail = tally.detail or f"{feed.url}: {item.failure.reason}{why}"
    tally.n_links += n_new
    tally.feeds[_feed_word(item)] += 1
    return n_new


def _see_place(keeper: Keeper, item: FeedItem) -> None:
    """Note what the health of the source is judged by, before the row forgets how it was."""
    sample, feed = keeper.tally(item.feed.source_id).sample, item.feed
    sample.n_answered += item.failure is None
    # what is already missed was of use; its row says no more that it listed links
    row = keeper.store.one(
        "SELECT f.n_links OR f.changed_at IS NOT NULL OR h.rule IS NOT NULL AS useful FROM feeds f LEFT JOIN health h"
        " ON h.source_id = f.source_id AND h.rule = ? AND h.subject = f.url WHERE f.id = ?",
        (Rule.FEED_GONE.value, feed.id),
    )
    gone = None
    if item.failure is not None:
        if not says_gone(item.failure.reason):
            return
        gone = item.failure.reason
    elif not (item.not_modified or item.links or item.feeds or feed.kind is FeedKind.SITEMAP):
        gone = "lists nothing"
    final_url = item.hops[-1] if item.hops else feed.url
    useful = row is not None and bool(row["useful"])
    sample.places.append(Place(url=feed.url, gone=gone, useful_before=useful, moved_to=other_host(feed.url, final_url)))


def _add_feeds(keeper: Keeper, item: FeedItem, now: datetime) -> tuple[int, bool]:
    """Add what it lists as far as there is room; give how many were new, and whether all of them found a place."""
    source_id = item.feed.source_id
    row = keeper.store.one("SELECT count(*) FROM feeds WHERE source_id = ?", (source_id,))
    # sitemaps of an index never take the places of feeds that are found later
    room = item.room or (MAX_INDEXED if any(found.found_in == "sitemap_index" for found in item.feeds) else MAX_FEEDS)
    left, n_new = room - (row[0] if row else 0), 0
    for found in item.feeds:
        depth = _depth(item.feed, found)
        if depth > MAX_DEPTH:
            continue
        if left <= n_new and not knows_feed(keeper.store, source_id, found.url):
            return n_new, False
        n_new += add_feed(keeper.store, found, source_id=source_id, now=now, depth=depth)
    return n_new, True


def _depth(feed: Feed, found: FoundFeed) -> int:
    return feed.depth + 1 if found.found_in in {"sitemap_index", "autodiscovered"} else 0


def _feed_word(item: FeedItem) -> str:
    if item.failure is not None:
        return item.failure.reason
    return "not_modified" if item.not_modified else "ok"


def _found_in(kind: FeedKind) -> FoundIn:
    return {FeedKind.FEED: FoundIn.FEED, FeedKind.SITEMAP: FoundIn.SITEMAP}.get(kind, FoundIn.SECTION)


def _iso_or_none(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
