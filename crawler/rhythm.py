"""Hand the frontier's decisions to the pipelines, which commit them: when a page or feed is due again.

Glue between crawler/frontier.py and pipelines/keeping.py; named by the setting PRESSKEEP_RHYTHM.
"""

from datetime import datetime

from archive.records import Article
from crawler.frontier import ARCHIVE, RECHECKS, feed_due_at, link_due_at, parse_moment
from pipelines.items import FeedItem, PageItem
from pipelines.keeping import Rhythm


def page_due_at(item: PageItem, word: str, n_tries: int, now: datetime) -> datetime | None:
    """Say when a page is looked at again; None: never, unless its hints speak of a change."""
    article = item.extraction if isinstance(item.extraction, Article) else None
    published = (article.published if article else None) or item.link.hints.published
    return link_due_at(
        word,
        now=now,
        n_tries=n_tries,
        first_seen_at=item.link.discovered_at,
        n_unchanged=item.link.n_unchanged + 1 if word in {"unchanged", "not_modified"} else 0,
        published_at=parse_moment(published) if published else None,
        retry_at=item.failure.retry_at if item.failure else None,
        rechecks=RECHECKS if item.rechecks is None else item.rechecks,
    )


def place_due_at(item: FeedItem, changed: bool, now: datetime) -> datetime | None:  # noqa: FBT001 (Rhythm's signature)
    """Say when a feed, sitemap or section is asked again; an older page of a list: never, once it has answered."""
    if item.feed.found_in == ARCHIVE and (item.failure is None or item.feed.n_failures >= 3):
        return None
    return feed_due_at(
        item.feed,
        changed=changed,
        failed=item.failure is not None,
        now=now,
        every=item.every,
        retry_at=item.failure.retry_at if item.failure else None,
    )


RHYTHM = Rhythm(keeps_schedule=False, link_due_at=page_due_at, feed_due_at=place_due_at)
