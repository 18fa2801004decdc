"""What a capture of the past does to an article: its text takes its place among the revisions, by the moment of capture.

Owns the judgement against both neighbours, the revision before it and the one behind. A live crawl only ever appends
(keeping.py). The caller holds the transaction.
"""

from datetime import datetime

from archive.articles import Previous
from archive.records import Article
from archive.timeline import article_of_key, begin_earlier, insert_revision, revision_after, revision_before, saw
from archive.url_twins import article_key
from pipelines.items import PageItem
from pipelines.keeping import Keeper
from pipelines.verdict import Kind, decide


def neighbours(
    keeper: Keeper, article: Article, article_id: int | None, moment: datetime
) -> tuple[Previous | None, Previous | None]:
    """Give the revisions before and behind a moment, of the article that a page is, or that its URL led to before."""
    known = article_of_key(keeper.store, article_key(article.url, article.canonical_url)) or article_id
    if known is None:
        return None, None
    return revision_before(keeper.store, known, moment), revision_after(keeper.store, known, moment)


def keep_past(
    keeper: Keeper, item: PageItem, article: Article, capture_id: int | None, now: datetime
) -> tuple[str, int | None]:
    """Write what a past capture of a page says; give the outcome word and the article's id."""
    store, source_id, at = keeper.store, item.link.source_id, item.asked_at
    before, behind = neighbours(keeper, article, item.link.article_id, at)
    known = before or behind
    if known is None:
        return keeper.keep_first(item, article, capture_id, now)
    is_double = article_of_key(store, article_key(article.url, article.canonical_url)) is None
    same = Kind.DUPLICATE.value if is_double else Kind.UNCHANGED.value
    saw(store, known.article_id, at)
    if before is not None:
        verdict = decide(article, previous=before, previous_now=item.previous, twin=None, source_id=source_id)
        keeper.keep_reading(item, article, before, verdict, capture_id, now)
        if verdict.kind is Kind.UNCHANGED:
            return same, before.article_id
    if behind is not None:
        verdict = decide(article, previous=behind, previous_now=item.following, twin=None, source_id=source_id)
        if verdict.kind is Kind.UNCHANGED:
            begin_earlier(store, behind, capture_id=capture_id, captured_at=at)
            return same, behind.article_id
    insert_revision(
        store, known.article_id, article, number=before.number + 1 if before else 1, capture_id=capture_id,
        signature=item.signature, captured_at=at, now=now,
    )  # fmt: skip
    return Kind.REVISED.value, known.article_id
