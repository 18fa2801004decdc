"""Read an article that is spread over several pages: ask for one page after the other, or take the kept ones, and join them.

Owns when that ends, and what a page's failure means for the whole. What goes on with what is pipelines/parts.py's to say.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.fingerprint import signature
from archive.records import Article, FoundIn
from pipelines.clean.trace import of_pages
from pipelines.items import NoArticle, Page, PageItem
from pipelines.workers import Reading, Workers

if TYPE_CHECKING:
    from pipelines.clean.template import Template

PART = "part"
_ENDS = ("http_4", "robots", "refused", "forgotten", "bad_url", "too_")
"""Beginnings of the words that end an article: the page is not there for us, today or tomorrow."""


def part_of_another(item: PageItem, reading: Reading) -> NoArticle | None:
    """Refuse a later page that was found by itself: its first page brings it. By hand it is read as it is."""
    if reading.first_url is None or item.link.found_in is FoundIn.HAND:
        return None
    return NoArticle(reason="part", detail=reading.first_url)


async def further_parts(
    item: PageItem, first: Article, next_url: str | None, read: Callable[[Page], Awaitable[Reading]]
) -> None:
    """Ask for the further pages of an item's article and put the joined article in its place.

    Where one fails that may come tomorrow, a known article's item fails with it: half of a text is no edit.
    """
    if next_url is None:
        return
    from pipelines.parts import MOST_PARTS, goes_on, join

    texts, asked = [first], {first.url, item.link.url}
    while next_url is not None and item.ask is not None and len(texts) < MOST_PARTS and next_url not in asked:
        asked.add(next_url)
        part = await item.ask(next_url)
        item.parts.append(part)
        if part.failure is not None or part.page is None:
            if part.failure and item.link.article_id is not None and not part.failure.reason.startswith(_ENDS):
                detail = f"page {len(texts) + 1}: {part.url}"
                item.failure = replace(part.failure, detail=detail)
            break
        page, part.page = replace(part.page, part=len(texts) + 1), None
        reading = await read(page)
        part.extraction = reading.extraction
        if not isinstance(part.extraction, Article) or not goes_on(first, texts, part.extraction):
            part.extraction = NoArticle(reason="not_part")
            break
        texts.append(part.extraction)
        next_url = reading.next_url
    if len(texts) > 1:
        item.extraction = join(texts)
        item.signature = signature(item.extraction.body)
        # a 304 to the first page would say nothing of the others
        item.etag = item.last_modified = None


async def read_whole(workers: Workers, pages: Sequence[Page], template: "Template | None") -> Reading:
    """Read the kept pages of one article and join what goes on; the first page's reading where it is alone."""
    return joined(await asyncio.gather(*(workers.read(page, template) for page in pages)))


def joined(readings: Sequence[Reading]) -> Reading:
    """Join what goes on of the readings of one article's pages; the first page's reading where it is alone."""
    first = readings[0].extraction
    if not isinstance(first, Article) or len(readings) == 1:
        return readings[0]
    from pipelines.parts import goes_on, join

    texts, traces = [first], [first.trace]
    for reading in readings[1:]:
        part = reading.extraction
        # what a page that does not go on was asked decided that it does not
        traces.append(part.trace if isinstance(part, Article) else b"")
        if not isinstance(part, Article) or not goes_on(first, texts, part):
            break
        texts.append(part)
    whole = replace(join(texts), trace=of_pages(traces))
    return replace(readings[0], extraction=whole, signature=signature(whole.body))
