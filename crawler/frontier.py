"""When feeds and links are due again, and in what order.

Owns the rhythm: how an answer moves the next request. Refuses I/O and the clock: every function takes `now`.
What is a trap is crawler/traps.py; how a date is read is crawler/moments.py.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from archive.records import Feed, FeedKind, Hints
from crawler.moments import parse_moment
from crawler.traps import budget_key, trap

__all__ = ["believable_at", "budget_key", "feed_due_at", "link_due_at", "parse_moment", "trap"]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

FEED_INTERVAL = {
    FeedKind.FEED: timedelta(minutes=10),
    FeedKind.SECTION: timedelta(minutes=20),
    FeedKind.SITEMAP: HOUR,
}
"""After a change."""
FEED_INTERVAL_MOST = {
    FeedKind.FEED: DAY,
    FeedKind.SECTION: DAY,
    FeedKind.SITEMAP: 7 * DAY,
}
GROWTH = 1.5
ARCHIVE = "archive"
"""How a feed's row says that it is an older page of a list: read once, by a backfill."""

RECHECKS = (HOUR, 6 * HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY, 90 * DAY)
"""The ages at which an article is looked at again: most edits come within the first day."""
RECHECK_UNTIL = 365 * DAY
NEARLY = 0.9

KEPT = frozenset({"new", "revised", "unchanged", "duplicate", "not_modified"})
"""The outcomes of a link behind which an article stands."""
_TRANSIENT_WORDS = """
    dns timeout refused connection_lost connection_failed failed dataloss tls bad_encoding unexpected_304
    robots_unreachable http_408 http_421 http_425 http_429 bot_wall empty paused ignored worker_died
    suspect_truncated render_failed
"""
TRANSIENT = frozenset(_TRANSIENT_WORDS.split())
"""Failures that may be gone tomorrow, besides every http_5xx."""
RETRIES = (10 * timedelta(minutes=1), HOUR, 6 * HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY)
"""After the first failure in a row, the second …; after the last of these no more."""
RARE = {
    "robots": 30 * DAY,
    "barren_pattern": 10 * DAY,
    "http_401": 30 * DAY,
    "http_402": 30 * DAY,
    "http_403": 10 * DAY,
    "http_451": 30 * DAY,
}
"""Refusals that are policy: asked again now and then, for a while."""
RETRY_AFTER_MOST = DAY

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
"""What claims to be older was not published on the web: an epoch or a zero date."""


def feed_due_at(
    feed: Feed,
    *,
    changed: bool,
    failed: bool,
    now: datetime,
    every: timedelta | None = None,
    retry_at: datetime | None = None,
) -> datetime:
    """Say when a feed, sitemap or section is asked again.

    Soon after a change, then each time half as late again while nothing changes, a day at most (sitemaps: a week).
    `every` is the source's own interval: it holds for feeds and sections, and is the shortest one for sitemaps.
    A failure counts as an answer without news and waits an hour at least; `retry_at` is the publisher's Retry-After.
    """
    least, most = FEED_INTERVAL[feed.kind], FEED_INTERVAL_MOST[feed.kind]
    n_unchanged = 0 if changed and not failed else min(feed.n_unchanged + 1, 40)
    wait = min(least * GROWTH**n_unchanged, most)
    if failed:
        wait = max(wait, HOUR if every is None else min(every, HOUR))
        wait = min(wait * 2 ** min(feed.n_failures, 10), most)
    elif every is not None:
        wait = max(every, wait) if feed.kind is FeedKind.SITEMAP else every
    return _not_before(now + wait, retry_at, now)


def link_due_at(
    outcome: str,
    *,
    now: datetime,
    n_tries: int = 0,
    first_seen_at: datetime | None = None,
    published_at: datetime | None = None,
    n_unchanged: int = 0,
    retry_at: datetime | None = None,
    rechecks: Sequence[timedelta] = RECHECKS,
) -> datetime | None:
    """Say when a link is asked again after `outcome`; None: never, unless its hints speak of a change.

    An article's age is counted from the earlier of first sight and (believable) publication; `n_unchanged` answers in
    a row without an edit push it on. `rechecks` are the ages at which it is looked at; none: never. `n_tries` is the
    number of failures in a row, this one included.
    """
    if outcome in KEPT:
        moments = [at for at in (first_seen_at, published_at) if at is not None and OLDEST <= at <= now]
        return _recheck_at(now, now - min(moments, default=now), n_unchanged, rechecks)
    if is_transient(outcome):
        step = max(n_tries, 1) - 1
        if step >= len(RETRIES):
            return None
        return _not_before(now + RETRIES[step], retry_at, now)
    if outcome in RARE:
        return now + RARE[outcome] if n_tries <= 6 else None
    return None


def is_transient(outcome: str) -> bool:
    """Say whether a failure may pass by itself."""
    return outcome in TRANSIENT or outcome.startswith("http_5")


def _recheck_at(now: datetime, age: timedelta, n_unchanged: int, rechecks: Sequence[timedelta]) -> datetime | None:
    if not rechecks:
        return None
    # who looks some minutes before a step has taken it: a crontab's hour is never exactly one
    steps = [step for step in rechecks if step * NEARLY > age]
    # an age just short of a step would ask again at once
    wait = max(steps[0] - age, min(steps[0] / 2, DAY)) if steps else rechecks[-1]
    wait *= GROWTH ** min(n_unchanged, 6)
    return now + wait if age + wait <= RECHECK_UNTIL else None


def _not_before(due_at: datetime, retry_at: datetime | None, now: datetime) -> datetime:
    if retry_at is None:
        return due_at
    return max(due_at, min(retry_at, now + RETRY_AFTER_MOST))


def believable_at(hints: Hints, now: datetime) -> datetime | None:
    """Place a link in the order of the frontier, newest first: the latest moment that its hints state and that can be true.

    None where they state none, or only one in the future or before the web: an invented one would say "changed" of a
    known article at every look.
    """
    moments = [parse_moment(text) for text in (hints.published, hints.modified)]
    return max((moment for moment in moments if moment is not None and OLDEST <= moment <= now), default=None)
