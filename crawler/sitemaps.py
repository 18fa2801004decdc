"""Sitemaps (sitemaps.org 0.9): URL sets, indexes, news sitemaps and plain lists of URLs.

Owns what each element of a sitemap means, and which entries of an oversized one are kept: the newest.
"""

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from archive.records import FeedKind, FoundFeed, FoundIn, FoundLink, Hints
from archive.url_key import url_key
from crawler.feeds import language_of, plain
from crawler.found_urls import Refusal, clean_url, feed_link, is_article_link, place
from crawler.moments import parse_moment, stated_date
from crawler.sources import Source
from crawler.tally import Found
from crawler.xml_blocks import Document, Node

MOST_LINKS = 50_000
"""Of one sitemap, as sitemaps.org has it."""
MOST_ENTRIES = 100_000
"""So many are looked at for the newest: half of what a worker may spend on an answer."""
MOST_SITEMAPS = 500
"""Of one index, the newest."""
SAME_LASTMOD = 20
"""So many entries that all changed at the same moment say when the sitemap was made, not when the pages changed."""

_EPOCH = datetime.min.replace(tzinfo=UTC)
_NO_ARTICLES = re.compile(
    r"(?i)(?:^|[/_.-])(?:authors?|users?|(?:post[_-])?tags?|categor(?:y|ies)|images?|videos?|taxonom(?:y|ies)|attachments?|product)"
    r"(?:[_-]?sitemap|[_-][\w-]+-\d+\.xml|[_-]?\d*\.xml)"
)
_LINE = re.compile(r"^\s*(https?://\S+)\s*$", re.IGNORECASE)


def read_sitemap(document: Document, *, url: str, source: Source) -> Found:
    """Read a URL set; of more than MOST_LINKS entries the newest by their dates are kept."""
    found = Found()
    kept = _newest(_links(document.entries, found, url, source), found)
    _distrust_equal_lastmods(kept, found)
    for link in kept:
        found.add(link)
    return found


def _links(entries: Iterable[Node], found: Found, url: str, source: Source) -> Iterator[FoundLink]:
    for n, entry in enumerate(entries):
        if n >= MOST_ENTRIES:
            found.problems.append(f"more than {MOST_ENTRIES} entries: the rest is not read")
            return
        link = feed_link(entry.first("loc"), url, source, url)
        if not isinstance(link, str):
            found.refuse(link)
        elif not is_article_link(link):
            found.n_refused += 1
        else:
            yield _link(entry, link)


def _link(entry: Node, url: str) -> FoundLink:
    modified = stated_date(entry.first("lastmod"))
    news = next(entry.all("news:news"), None)
    if news is None:
        hints = Hints(modified=modified, image=_image(entry, url)) if len(entry.children) > 1 else Hints()
        return FoundLink(url=url, found_in=FoundIn.SITEMAP, hints=hints)
    publication = next(news.all("news:publication"), None)
    words = (news.first("news:keywords") or "").split(",")[:40]
    return FoundLink(
        url=url,
        found_in=FoundIn.NEWS_SITEMAP,
        hints=Hints(
            headline=plain(news.first("news:title")),
            published=stated_date(news.first("news:publication_date")),
            modified=modified,
            language=language_of(publication.first("news:language")) if publication is not None else None,
            keywords=tuple(dict.fromkeys(word for part in words if (word := plain(part, 100)))),
            image=_image(entry, url),
        ),
    )


def _image(entry: Node, url: str) -> str | None:
    image = next(entry.all("image:image"), None)
    found = clean_url(image.first("image:loc"), url) if image is not None else None
    return found if isinstance(found, str) else None


def _newest(links: Iterator[FoundLink], found: Found) -> list[FoundLink]:
    """Keep the newest, in memory bounded by MOST_LINKS; the order of the sitemap otherwise stays."""
    heap: list[tuple[datetime, int, FoundLink]] = []
    n = 0
    for n, link in enumerate(links, 1):
        moment = parse_moment(link.hints.published) or parse_moment(link.hints.modified) or _EPOCH
        if n <= MOST_LINKS:
            heapq.heappush(heap, (moment, -n, link))
        else:
            heapq.heappushpop(heap, (moment, -n, link))
    if n > MOST_LINKS:
        found.problems.append(f"{n} links: the newest {MOST_LINKS} are used")
    return [link for _, _, link in sorted(heap, key=lambda entry: -entry[1])]


def _distrust_equal_lastmods(links: list[FoundLink], found: Found) -> None:
    dates = Counter(link.hints.modified for link in links)
    if len(links) < SAME_LASTMOD or len(dates) > 1 or None in dates:
        return
    found.problems.append("every lastmod is the same: not believed")
    for n, link in enumerate(links):
        hints = link.hints
        links[n] = FoundLink(
            url=link.url,
            found_in=link.found_in,
            hints=Hints(
                headline=hints.headline,
                published=hints.published,
                language=hints.language,
                keywords=hints.keywords,
                image=hints.image,
            ),
        )


def read_index(document: Document, *, url: str) -> Found:
    """Read a sitemap index: the newest MOST_SITEMAPS, without itself and without those of tags, authors and images."""
    found = Found()
    itself = url_key(url)
    dated: list[tuple[datetime, int, str]] = []
    for n, entry in enumerate(document.entries):
        if n >= MOST_LINKS:
            break
        address = place(entry.first("loc"), url)
        if address is None or _NO_ARTICLES.search(address) or url_key(address) == itself:
            found.n_refused += 1
            continue
        dated.append((parse_moment(entry.first("lastmod")) or _EPOCH, -n, address))
    dated.sort(reverse=True)
    if len(dated) > MOST_SITEMAPS:
        found.problems.append(f"{len(dated)} sitemaps: the newest {MOST_SITEMAPS} are used")
    for at, _, address in dated[:MOST_SITEMAPS]:
        modified_at = at if at != _EPOCH else None
        found.add_feed(FoundFeed(url=address, kind=FeedKind.SITEMAP, found_in="sitemap_index", modified_at=modified_at))
    return found


def looks_like_list(text: str) -> bool:
    """Tell a text sitemap: its first lines are URLs."""
    lines = [line for line in text[:8_000].splitlines() if line.strip()][:5]
    return bool(lines) and bool(_LINE.match(lines[0])) and all(_LINE.match(line) for line in lines[:-1])


def read_list(text: str, *, url: str, source: Source) -> Found:
    """Read a text sitemap: a URL a line."""
    found = Found()
    for n, line in enumerate(text.splitlines()):
        if n >= MOST_LINKS:
            found.problems.append(f"more than {MOST_LINKS} lines: the first are used")
            break
        link = feed_link(line, url, source, url) if line.strip() else None
        if isinstance(link, Refusal):
            found.refuse(link)
        elif link and is_article_link(link):
            found.add(FoundLink(url=link, found_in=FoundIn.SITEMAP))
    return found
