"""Write invented articles into an archive by the way of a crawl: WARC records, links, verdicts, rows, batches.

Owns how they get there, and the clock on it. Only the network and the extraction of pages are left out: each article goes
through the run's session as the stages hand it on. Another process invents them, so that the time taken is that of keeping.
"""

import argparse
import asyncio
import multiprocessing
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.fingerprint import signature
from archive.links import add_feed, due_feeds, find_link
from archive.reader import DATABASE, open_reader
from archive.records import Article, Feed, FeedKind, FoundFeed, FoundIn, FoundLink, Hints, Link
from archive.times import iso
from archive.warc import Exchange
from benchmarks.articles import BATCH, N_SOURCES, Invented, batch, host_of, page_of
from crawler.rhythm import RHYTHM
from pipelines.archive_session import ArchiveSession
from pipelines.items import FeedItem, PageItem

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
AHEAD = 6
"""Batches that may wait to be written."""
REQUEST = b"GET / HTTP/1.1\r\nHost: paper.example\r\nUser-Agent: presskeep\r\nAccept: text/html\r\n\r\n"
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: nginx\r\nDate: Wed, 01 Jan 2025 00:00:00 GMT\r\n"
    b"Cache-Control: max-age=60\r\nVary: Accept-Encoding\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An invented article, with the signatures that a worker process hands on beside it."""

    invented: Invented
    signature: bytes | None
    earlier_signature: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the writing is, and what it has taken until here: seconds of clock and of CPU, without the inventing."""

    n_articles: int
    wall: float
    cpu: float


class Clock:
    """A run's clock that goes on by a second a batch."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now


def write_articles(
    folder: Path, n: int, *, seed: int = 1, tell: Callable[[Progress], None] = lambda _progress: None
) -> Path:
    """Write an archive of `n` articles into `folder`, or let the one there grow to so many, and give the folder.

    `tell` hears after each batch. Raises ValueError where other articles are there.
    """
    asyncio.run(_write(folder, n, seed, tell))
    return folder


async def _write(folder: Path, n: int, seed: int, tell: Callable[[Progress], None]) -> None:
    n_articles = _there(folder, seed)
    clock = Clock()
    clock.now += timedelta(seconds=n_articles // BATCH + 1)
    session = ArchiveSession(folder, options={"invented": n, "seed": seed}, rhythm=RHYTHM, clock=clock)
    session.open()
    try:
        feeds = await session.call(_begin, session, clock())
        wall, cpu = 0.0, 0.0
        for found in invented(n_articles // BATCH, n, seed):
            clock.now += timedelta(seconds=1)
            began, began_cpu = time.perf_counter(), time.process_time()
            await _keep(session, feeds, found, clock())
            wall += time.perf_counter() - began
            cpu += time.process_time() - began_cpu
            n_articles += len(found)
            tell(Progress(n_articles=n_articles, wall=wall, cpu=cpu))
        session.finish(reason="finished", n_requests=n, n_bytes=0)
    finally:
        session.close()


def _there(folder: Path, seed: int) -> int:
    """Count the articles that earlier runs wrote; others must not be there."""
    if not (folder / DATABASE).exists():
        return 0
    with closing(open_reader(folder)) as db:
        (n,) = db.execute("SELECT count(*) FROM articles").fetchone()
        others = db.execute("SELECT 1 FROM runs WHERE json_extract(options, '$.seed') IS NOT ?", (seed,)).fetchone()
    if others or n % BATCH:
        raise ValueError(f"{folder / DATABASE} is there already, with other articles")
    return int(n)


def invented(first_part: int, n: int, seed: int) -> Iterator[list[Ready]]:
    """Invent articles from a part on in a process of its own, some batches ahead."""
    sizes = [(part, min(BATCH, n - part * BATCH)) for part in range(first_part, -(-n // BATCH))]
    if len(sizes) < 10:  # a process would take longer to start
        yield from (ready(part, size, seed) for part, size in sizes)
        return
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[list[Ready]]] = deque()
        for part, size in sizes:
            waiting.append(pool.submit(ready, part, size, seed))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def ready(part: int, n: int, seed: int) -> list[Ready]:
    """Invent a batch and sign its texts."""
    return [
        Ready(
            invented=one,
            signature=signature(one.article.body),
            earlier_signature=signature(one.earlier.body) if one.earlier else None,
        )
        for one in batch(part, n, seed=seed)
    ]


def _begin(session: ArchiveSession, now: datetime) -> dict[int, Feed]:
    """Declare the papers, each with a feed."""
    store, feeds = session.store, {}
    with store.transaction():
        for paper in range(N_SOURCES):
            url = f"https://{host_of(paper)}/"
            source_id = store.save_source(name=f"Paper {paper}", url=url, language=None, tags=(), enabled=True, now=now)
            found = FoundFeed(url=f"{url}feed.xml", kind=FeedKind.FEED, found_in="declared")
            add_feed(store, found, source_id=source_id, now=now)
            store.db.execute("UPDATE feeds SET next_due_at = ? WHERE source_id = ?", (iso(now), source_id))
            (feeds[paper],) = due_feeds(store, source_id, now=now)
    return feeds


async def _keep(session: ArchiveSession, feeds: dict[int, Feed], found: Sequence[Ready], now: datetime) -> None:
    """Keep a batch as a crawl does: feeds list the links, pages are recorded, then committed; edits come a batch later."""
    by_paper: dict[int, list[FoundLink]] = defaultdict(list)
    for one in found:
        article = one.invented.article
        hints = Hints(headline=article.headline, published=article.published)
        by_paper[one.invented.paper].append(
            FoundLink(url=article.url, found_in=FoundIn.FEED, hints=hints, newest_at=now)
        )
    await session.commit(
        [
            FeedItem(feed=feeds[paper], asked_at=now, http_status=200, links=tuple(links))
            for paper, links in by_paper.items()
        ]
    )
    links = await session.call(lambda: [find_link(session.store, one.invented.article.url) for one in found])
    await session.commit([await _page(session, link, one, now) for link, one in zip(links, found, strict=True) if link])
    edited = [one for one in found if one.earlier_signature or one.invented.earlier]
    links = await session.call(lambda: [find_link(session.store, one.invented.article.url) for one in edited])
    later = now + timedelta(milliseconds=500)
    await session.commit(
        [await _page(session, link, one, later, last=True) for link, one in zip(links, edited, strict=True) if link]
    )


async def _page(session: ArchiveSession, link: Link, one: Ready, now: datetime, *, last: bool = False) -> PageItem:
    """Record the page of an article, the one before its edit first, and give its item."""
    earlier = None if last else one.invented.earlier
    article: Article = earlier or one.invented.article
    payload = page_of(article)
    exchange = Exchange(
        url=link.url,
        fetched_at=now,
        request_head=REQUEST,
        response_head=HEAD + f"Content-Length: {len(payload)}\r\n\r\n".encode(),
        payload=payload,
        ip_address="192.0.2.1",
    )
    capture = await session.record(
        exchange, purpose="page", content_type="text/html; charset=utf-8", status=200, robots="allowed"
    )
    return PageItem(
        link=link,
        asked_at=now,
        capture=capture,
        etag=f'"{one.invented.number:x}"',
        extraction=article,
        signature=one.earlier_signature if earlier else one.signature,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write an archive of invented articles."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.invented_archive", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="where the archive is made")
    parser.add_argument("--articles", type=int, default=100_000, metavar="N", help="how many (default: 100,000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other articles for another seed (default: 1)")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        write_articles(options.folder, options.articles, seed=options.seed)
    except (OSError, ValueError) as error:
        print(f"not made: {error}", file=sys.stderr)
        return 1
    size = (options.folder / DATABASE).stat().st_size
    seconds = time.monotonic() - started
    print(f"{options.articles:,} articles, {size / 1e6:,.0f} MB, in {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
