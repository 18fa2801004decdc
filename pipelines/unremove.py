"""Put removed blocks back: a rule for the source, and a new reading of every revision that lacks the block.

Owns the order: the rules first, in one transaction, then the readings. A reading by another rule is an extraction, never a
revision. Where a capture was pruned, the rule holds from the next page on.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive.articles import add_extraction
from archive.links import read_hints
from archive.records import Article, Hints
from archive.restored import (
    Removed,
    RestoredBlock,
    add_restored,
    find_removals,
    host_in,
    restored_blocks,
    revisions_with,
)
from archive.store import Store
from pipelines.items import Page
from pipelines.kept_lists import note_word_lists
from pipelines.kept_pages import kept_pages
from pipelines.part_reading import read_whole
from pipelines.source_blocks import key_of
from pipelines.templates import load_template
from pipelines.workers import Workers

AT_ONCE = 50
"""Pages in flight; each batch is a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A revision that is to be read again."""

    article_id: int
    revision_id: int
    capture_id: int | None
    source_id: int | None
    profile: str
    pages: tuple[Page, ...]
    """None: they are no longer kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """What became of one removal."""

    removal_id: int
    source: str | None
    host: str
    reason: str
    rule: str
    text: str
    is_new: bool
    """False: the source had this rule already."""
    articles: tuple[int, ...]
    """Whose texts have the block again."""
    without: tuple[int, ...]
    """Whose pages, read again, still do not: extraction failed, or the text is a field's that another signal wins."""
    pruned: tuple[int, ...]
    """Whose pages are no longer kept: the rule holds for the next."""


def unremove(store: Store, ids: Sequence[int], *, now: datetime, n_workers: int | None = None) -> list[PutBack]:
    """Put back what these removals took out; raises NotFoundError and UsageError before anything is written."""
    removed = find_removals(store, ids)
    due = {one.id: list(_due(store, one)) for one in removed}
    with store.transaction():
        note_word_lists(store)
        new = {one.id: add_restored(store, one, now) for one in removed}
    rules = restored_blocks(store)
    every = {each.revision_id: each for group in due.values() for each in group}
    readings = asyncio.run(_read_again(store, list(every.values()), rules, now, n_workers))
    return [_put_back(one, due[one.id], readings, is_new=new[one.id]) for one in removed]


def _due(store: Store, removed: Removed) -> Iterator[_Due]:
    for article_id, revision_id in revisions_with(store, removed):
        row = store.one(
            "SELECT e.capture_id, e.options, a.source_id, (SELECT hints FROM links WHERE article_id = a.id ORDER BY id) AS hints"
            " FROM revisions r JOIN extractions e ON e.id = r.extraction_id JOIN articles a ON a.id = r.article_id"
            " WHERE r.id = ?",
            (revision_id,),
        )
        assert row is not None
        hints = read_hints(row["hints"]) if row["hints"] else Hints()
        yield _Due(
            article_id=article_id,
            revision_id=revision_id,
            capture_id=row["capture_id"],
            source_id=row["source_id"],
            profile=row["options"],
            pages=kept_pages(store, revision_id, hints),
        )


async def _read_again(
    store: Store, due: Sequence[_Due], rules: Sequence[RestoredBlock], now: datetime, n_workers: int | None
) -> dict[int, Article | None]:
    """Read revisions again and keep the readings; give them by revision, None where there is no article any more."""
    readings: dict[int, Article | None] = {}
    readable = [each for each in due if each.pages]
    for profile in sorted({each.profile for each in readable}):
        workers = Workers(n_workers, profile=profile if profile in {"full", "fast"} else "full")
        try:
            chosen = [each for each in readable if each.profile == profile]
            for start in range(0, len(chosen), AT_ONCE):
                batch = chosen[start : start + AT_ONCE]
                templates = {each.source_id: load_template(store, each.source_id) for each in batch}
                found = await asyncio.gather(
                    *(read_whole(workers, _with_rules(each, rules), templates[each.source_id]) for each in batch)
                )
                with store.transaction():
                    for each, reading in zip(batch, found, strict=True):
                        article = reading.extraction if isinstance(reading.extraction, Article) else None
                        readings[each.revision_id] = article
                        if article is not None:
                            add_extraction(
                                store, each.article_id, each.revision_id, article, capture_id=each.capture_id,
                                signature=reading.signature, now=now,
                            )  # fmt: skip
        finally:
            workers.close()
    return readings


def _with_rules(due: _Due, rules: Sequence[RestoredBlock]) -> list[Page]:
    texts = tuple(rule.text for rule in rules if rule.covers(due.source_id, host_in(due.pages[0].url)))
    return [replace(page, restored=texts) for page in due.pages]


def _put_back(
    removed: Removed, due: Sequence[_Due], readings: dict[int, Article | None], *, is_new: bool
) -> PutBack:  # fmt: skip
    has = {
        each.article_id
        for each in due
        if (article := readings.get(each.revision_id)) is not None and _holds(article, removed.text)
    }
    read = {each.article_id for each in due if each.pages}
    return PutBack(
        removal_id=removed.id,
        source=removed.source,
        host=removed.host,
        reason=removed.reason,
        rule=removed.rule,
        text=removed.text,
        is_new=is_new,
        articles=tuple(sorted(has)),
        without=tuple(sorted(read - has)),
        pruned=tuple(sorted({each.article_id for each in due} - read)),
    )


def _holds(article: Article, text: str) -> bool:
    """Say whether a reading has a text in its body or in a field."""
    fields = (article.headline, article.description, article.section, ", ".join(article.authors), *article.keywords)
    places = [key_of(place) for place in (article.body, *fields) if place]
    lines = [key for line in text.split("\n") if (key := key_of(line))]
    return all(any(key in place for place in places) for key in lines) or all(
        key_of(word) in places for word in text.split(", ")
    )
