"""What a capture of the past does to an article: its text takes its place among the revisions, by the moment of capture.

Owns the judgement against both neighbours, the revision before it and the one behind. A live crawl only ever appends
(keeping.py). The caller holds the transaction.
"""

from dataclasses import replace
from datetime import datetime

from archive.articles import Previous, body_sha256
from archive.parts import has_parts, whole_of_part
from archive.records import Article, Link
from archive.timeline import (
    article_of_key,
    begin_earlier,
    bodies_of,
    insert_revision,
    revision_after,
    revision_before,
    saw,
)
from archive.url_twins import article_key
from pipelines.items import PageItem
from pipelines.keeping import Keeper
from pipelines.part_reading import PART
from pipelines.parts import holds
from pipelines.verdict import Kind, Verdict, decide, same_reading


def neighbours(
    keeper: Keeper, article: Article, link: Link, moment: datetime
) -> tuple[Previous | None, Previous | None]:
    """Give the revisions before and behind a moment, of the article that a page is, or that its URL led to before.

    Where the URL leads to an article whose further page it is, the page by itself is no revision of that.
    """
    known = article_of_key(keeper.store, article_key(article.url, article.canonical_url))
    if known is None and whole_of_part(keeper.store, link.url_key) is None:
        known = link.article_id
    if known is None:
        return None, None
    return revision_before(keeper.store, known, moment), revision_after(keeper.store, known, moment)


def keep_past(
    keeper: Keeper, item: PageItem, article: Article, capture_id: int | None, now: datetime
) -> tuple[str, int | None]:
    """Write what a past capture of a page says; give the outcome word and the article's id."""
    store, at = keeper.store, item.asked_at
    before, behind = neighbours(keeper, article, item.link, at)
    known = before or behind
    if known is None:
        whole_id = whole_of_part(store, item.link.url_key)
        if whole_id is not None and any(holds(body, article) for body in bodies_of(store, whole_id)):
            return PART, whole_id
        return keeper.keep_first(item, article, capture_id, now)
    is_double = article_of_key(store, article_key(article.url, article.canonical_url)) is None
    same = Kind.DUPLICATE.value if is_double else Kind.UNCHANGED.value
    saw(store, known.article_id, at)
    if before is not None:
        verdict = _judge(keeper, item, article, before, item.previous)
        keeper.keep_reading(item, article, before, verdict, capture_id, now)
        if verdict.kind is Kind.UNCHANGED:
            return same, before.article_id
    if behind is not None:
        verdict = _judge(keeper, item, article, behind, item.following)
        if verdict.kind is Kind.UNCHANGED:
            begin_earlier(store, behind, capture_id=capture_id, captured_at=at)
            return same, behind.article_id
    insert_revision(
        store, known.article_id, article, number=before.number + 1 if before else 1, capture_id=capture_id,
        signature=item.signature, captured_at=at, now=now,
    )  # fmt: skip
    return Kind.REVISED.value, known.article_id


def _judge(keeper: Keeper, item: PageItem, article: Article, kept: Previous, now: Article | None) -> Verdict:
    """Judge a page against a revision, `now` as it is read today.

    One that is spread over several pages is the same where its first page is, or where this page holds all of it. Where its
    first page cannot be read, nothing says that they are the same: this text is kept, too.
    """
    source_id = item.link.source_id
    if not has_parts(keeper.store, kept.capture_id):
        return decide(article, previous=kept, previous_now=now, twin=None, source_id=source_id)
    views = [kept] if same_reading(kept.extractor, article.extractor) else []
    if (first := item.first_pages.get(kept.revision_id)) is not None:
        digest = body_sha256(first.body)
        views.append(replace(kept, extractor=article.extractor, headline=first.headline, body_sha256=digest))
    verdicts = [decide(article, previous=view, previous_now=None, twin=None, source_id=source_id) for view in views]
    return next((one for one in verdicts if one.kind is Kind.UNCHANGED), Verdict(kind=Kind.REVISED))
