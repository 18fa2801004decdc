"""Small archives for the tests of merging, written as a crawl writes them: real WARC records, the real keeping of pages."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from archive.articles import add_extraction, find_previous
from archive.fingerprint import signature
from archive.forget import forget, look_up
from archive.records import Article, Capture, Extractor, FeedKind, FoundFeed, FoundIn, Link, Removal, Signal
from archive.store import Store, open_store
from archive.times import iso
from archive.url_key import url_key
from archive.warc import Exchange, WarcWriter
from pipelines.items import Failure, PageItem
from pipelines.keeping import Keeper, Rhythm

START = datetime(2026, 11, 1, tzinfo=UTC)
PAGES = (
    ("Courier", "http://courier.example/boats"),
    ("Courier", "http://courier.example/storm"),
    ("Herald", "http://herald.example/harbour"),
)
WORDS = "the boats came home before a storm broke over mole and harbour while people watched from walls of town".split()


@dataclass(frozen=True)
class Look:
    """A page is asked for: what it says then, by which extractor it is read."""

    at: int
    page: int = 0
    text: int | None = 0
    """None: it is gone."""
    version: int = 1


@dataclass(frozen=True)
class Again:
    """All articles are read again by another extractor."""

    at: int
    version: int = 2


@dataclass(frozen=True)
class Forget:
    """A page is taken down."""

    at: int
    page: int = 0


Event = Look | Again | Forget


def moment(at: int) -> datetime:
    return START + timedelta(seconds=at)


def text_of(text: int, version: int) -> str:
    """Give a text as one version reads it: 0 and 1 are nearly the same, so are 2 and 3; a version changes every text a little."""
    words = [f"{word}{text // 2}{n}" for n, word in enumerate(WORDS * 3)]
    words[0] += f"by{version}"
    if text % 2:
        words[10] = "edited"
    return " ".join(words)


def read(url: str, text: int, version: int) -> Article:
    """Give the reading of a text."""
    return Article(
        url=url, canonical_url=None, headline=f"Text {text}", description="About it", authors=("Ada",),
        published="2026-11-01T10:00:00+01:00", modified=None, section=None, keywords=(), language="en", image=None,
        article_type="NewsArticle", paywall=None, body=text_of(text, version), marks=(),
        signals={"headline": Signal(origin="h1", confidence=0.9)},
        removals=(Removal(stage="dom", reason="hidden", rule="hidden@1", position=0, text=f"slot {text}"),),
        extractor=Extractor(name="presskeep", version=str(version), options="full", rules="1"),
    )  # fmt: skip


@cache
def _empty() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="presskeep-empty-"))
    open_store(folder).close()
    return folder / "archive.db"


def empty(folder: Path) -> Path:
    """Make an archive without rows."""
    folder.mkdir(parents=True)
    shutil.copy(_empty(), folder)
    return folder


def make(folder: Path, events: Sequence[Event], *, name: str) -> Path:
    """Let an archive see these events, in the order of time; `name` tells its run and its WARC files from others'."""
    store = open_store(empty(folder))
    began = START - timedelta(minutes=1 + sum(map(ord, name)))
    with store.transaction():
        run_id = store.start_run(command="crawl", options={"name": name}, now=began)
        ids = {
            source: store.save_source(
                name=source, url=f"http://{source}.example/", language=None, tags=(), enabled=True, now=START
            )
            for source in ("Courier", "Herald")
        }
    warc = WarcWriter(folder, name=name)
    keeper = Keeper(store=store, run_id=run_id, rhythm=Rhythm(keeps_schedule=False))
    texts: dict[int, int] = {}
    for event in sorted(events, key=lambda one: one.at):
        if isinstance(event, Look):
            _look(keeper, warc, ids[PAGES[event.page][0]], event, texts)
        elif isinstance(event, Again):
            _read_again(store, event, texts)
        else:
            warc.close()
            warc = WarcWriter(folder, name=f"{name}-{event.at}")
            url = PAGES[event.page][1]
            forget(folder, store, look_up(store, [url]), reason="asked", now=moment(event.at))
    warc.close()
    store.close()
    return folder


def _look(keeper: Keeper, warc: WarcWriter, source_id: int, event: Look, texts: dict[int, int]) -> None:
    url = PAGES[event.page][1]
    key = url_key(url)
    if keeper.store.one("SELECT 1 FROM tombstones WHERE url_key = ?", (key,)):
        return  # the crawl leaves it alone
    row = keeper.store.one("SELECT id, article_id FROM links WHERE url = ?", (url,))
    link = Link(
        id=row["id"] if row else None, url=url, url_key=key, source_id=source_id, found_in=FoundIn.FEED,
        discovered_at=moment(event.at), article_id=row["article_id"] if row else None,
    )  # fmt: skip
    item = PageItem(link=link, asked_at=moment(event.at), final_url=url)
    if event.text is None:
        item.failure = Failure(reason="http_404", http_status=404)
    else:
        item.capture = _capture(keeper.store, warc, url, event)
        item.extraction = read(url, event.text, event.version)
        item.signature = signature(item.extraction.body)
    previous = find_previous(keeper.store, key)
    article_id = previous.article_id if previous else link.article_id
    if previous is not None and event.text is not None and previous.extractor.version != str(event.version):
        item.previous = read(url, texts[previous.article_id], event.version)
    with keeper.store.transaction():
        word, kept = keeper.keep_page(item, moment(event.at))
    if word in {"new", "revised"} and event.text is not None:
        texts[kept or article_id or 0] = event.text


def _capture(store: Store, warc: WarcWriter, url: str, event: Look) -> Capture:
    exchange = Exchange(
        url=url, fetched_at=moment(event.at), request_head=b"GET / HTTP/1.1\r\n\r\n",
        response_head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", payload=b"<p>text %d</p>" % (event.text or 0),
    )  # fmt: skip
    known = store.original(exchange.payload_digest)
    written = warc.append(exchange, original=known[1] if known else None)
    warc.sync()
    return Capture(
        url=url, fetched_at=exchange.fetched_at, http_status=200, content_type="text/html",
        payload_digest=exchange.payload_digest, payload_length=len(exchange.payload), record_type=written.record_type,
        record_id=written.record_id, warc_file=written.warc_file, warc_offset=written.offset,
        warc_length=written.length, revisit_of=known[0] if known else None,
    )  # fmt: skip


def _read_again(store: Store, event: Again, texts: dict[int, int]) -> None:
    for row in store.db.execute("SELECT a.id, a.url, r.id AS revision, r.capture_id FROM articles a"
                                " JOIN revisions r ON r.id = a.revision_id").fetchall():  # fmt: skip
        found = read(row["url"], texts[row["id"]], event.version)
        with store.transaction():
            add_extraction(
                store, row["id"], row["revision"], found, capture_id=row["capture_id"],
                signature=signature(found.body), now=moment(event.at),
            )  # fmt: skip


def add_feed_row(folder: Path, url: str, **state: object) -> None:
    """Put a feed of the Courier into an archive, with the state of its last answer."""
    from contextlib import closing

    from archive.links import add_feed, save_feed_state

    with closing(open_store(folder)) as store, store.transaction():
        add_feed(store, FoundFeed(url=url, kind=FeedKind.FEED, found_in="declared"), source_id=1, now=START)
        row = store.one("SELECT id FROM feeds WHERE url = ?", (url,))
        assert row is not None
        save_feed_state(store, row["id"], {name: iso(value) if isinstance(value, datetime) else value
                                           for name, value in state.items()})  # fmt: skip
