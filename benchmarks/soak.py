"""The command `python -m benchmarks.soak`: many runs over a news site that changes, an hour of its time between two of them.

Owns the site's life, the clock, and the judgement: nothing lost, nothing fetched without need, time, memory and the write-ahead log
flat. Each run is a process of its own, forked with everything imported; all is on loopback.
"""

import argparse
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from crawler.demo.server import Answer, LoopbackServer, Request
from crawler.frontier import RECHECKS

STEP = timedelta(hours=1)
START = datetime(2026, 1, 5, tzinfo=UTC)
IN_FEED = 20
WORDS = (
    "council harbour budget vote ferry school bridge winter market doctor engine river teacher court police farmer union museum"
    " garden station concert library tunnel airport window kitchen letter summer island forest mountain weather"
).split()


@dataclass(slots=True)
class Piece:
    """An article of the site."""

    number: int
    published: datetime
    modified: datetime
    text: str
    vanished: datetime | None = None
    n_edits: int = 0
    """Announced ones."""
    silent: datetime | None = None
    """When it was last edited without a word in feed or sitemap."""

    @property
    def path(self) -> str:
        return f"/news/report-{self.number}.html"


@dataclass(slots=True)
class World:
    """A site that lives by its own clock, and a log of what was asked when."""

    chance: random.Random
    now: datetime = START
    pieces: dict[str, Piece] = field(default_factory=dict)
    feed_broken: int = 0
    asked: list[tuple[datetime, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def live(self) -> None:
        """Let an hour pass: articles appear, change and vanish, the feed breaks and mends."""
        self.now += STEP
        for _ in range(self.chance.choice((0, 0, 1, 1, 2)) if 6 <= self.now.hour <= 22 else 0):
            self._publish()
        there = [piece for piece in self.pieces.values() if piece.vanished is None]
        recent = [piece for piece in there if self.now - piece.published < timedelta(days=5)]
        if recent and self.chance.random() < 0.25:
            piece = self.chance.choice(recent)
            piece.text, piece.modified = self._text(), self.now - timedelta(minutes=10)
            piece.n_edits += 1
            self._count("edits announced")
        if recent and self.chance.random() < 0.1:
            piece = self.chance.choice(recent)
            piece.text, piece.silent = self._text(), self.now - timedelta(minutes=10)
            self._count("edits not announced")
        if there and self.chance.random() < 0.05:
            self.chance.choice(there).vanished = self.now
            self._count("vanished")
        self.feed_broken = max(self.feed_broken - 1, 0)
        if not self.feed_broken and self.chance.random() < 0.03:
            self.feed_broken = 3
            self._count("feed broken")

    def _publish(self) -> None:
        number = len(self.pieces) + 1
        at = self.now - timedelta(minutes=self.chance.randrange(5, 55))
        piece = Piece(number, at, at, self._text())
        self.pieces[piece.path] = piece
        self._count("published")

    def _text(self) -> str:
        return "\n".join(
            f"<p>{' '.join(self.chance.choices(WORDS, k=70)).capitalize()} {self.chance.randrange(10**9)}.</p>"
            for _ in range(4)
        )

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def answer(self, request: Request) -> Answer:
        """Serve the site as it is now."""
        path = urlsplit(request.target).path
        self.asked.append((self.now, path))
        base = request.url.removesuffix(request.target)
        listed = sorted(
            (piece for piece in self.pieces.values() if piece.vanished is None),
            key=lambda piece: piece.published,
            reverse=True,
        )
        if path == "/robots.txt":
            return Answer(content_type="text/plain", body=f"User-agent: *\nSitemap: {base}/sitemap.xml\n".encode())
        if path == "/feed.xml":
            if self.feed_broken:
                return Answer(status=500, body=b"broken")
            return Answer(content_type="application/rss+xml", body=_feed(base, listed[:IN_FEED]))
        if path == "/sitemap.xml":
            return Answer(content_type="application/xml", body=_sitemap(base, listed))
        if path == "/":
            head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
            links = "".join(f'<h2><a href="{each.path}">{_headline(each)}</a></h2>' for each in listed[:IN_FEED])
            return Answer(body=f"<html><head><title>Soak</title>{head}</head><body>{links}</body></html>".encode())
        piece = self.pieces.get(path)
        if piece is None or piece.vanished is not None:
            return Answer(status=410 if piece else 404, body=b"<html><body>gone</body></html>")
        return Answer(body=_page(piece), modified_at=max(piece.modified, piece.silent or piece.modified))


def _headline(piece: Piece) -> str:
    return f"Report number {piece.number} on the council and the harbour"


def _page(piece: Piece) -> bytes:
    return (
        f'<html lang="en"><head><title>{_headline(piece)}</title>'
        f'<meta property="article:published_time" content="{piece.published.isoformat()}"></head>'
        f"<body><article><h1>{_headline(piece)}</h1>{piece.text}</article></body></html>"
    ).encode()


def _feed(base: str, pieces: Sequence[Piece]) -> bytes:
    items = "".join(
        f"<item><title>{_headline(each)}</title><link>{base}{each.path}</link>"
        f"<pubDate>{format_datetime(each.published)}</pubDate></item>"
        for each in pieces
    )
    return f'<rss version="2.0"><channel><title>Soak</title>{items}</channel></rss>'.encode()


def _sitemap(base: str, pieces: Sequence[Piece]) -> bytes:
    urls = "".join(
        f"<url><loc>{base}{each.path}</loc><lastmod>{each.modified.isoformat()}</lastmod></url>" for each in pieces
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run cost."""

    n_pages: int
    """Pages that it asked for."""
    seconds: float
    cpu_seconds: float
    """Its worker's, too: on a loaded machine the figure to look at."""
    peak_mb: float
    """Its own, without its worker's."""
    wal_bytes: int
    exit_code: int


def one_run(archive: Path, url: str, world: World) -> Measured:
    """Crawl once, in a child process whose clock begins at the world's."""
    started, n_asked = time.monotonic(), len(world.asked)
    child = os.fork()
    if not child:
        try:
            code = _crawl(archive, url, world.now)
        except BaseException as error:  # noqa: BLE001 (a child must never return into its parent's code)
            print(f"run failed: {error!r}", file=sys.stderr)
            code = 99
        os._exit(code)
    _, status, usage = os.wait4(child, 0)
    wal = archive / "archive.db-wal"
    return Measured(
        n_pages=sum(path in world.pieces for _, path in world.asked[n_asked:]),
        seconds=time.monotonic() - started,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=_peak_of_last_run(archive),
        wal_bytes=wal.stat().st_size if wal.exists() else 0,
        exit_code=os.waitstatus_to_exitcode(status),
    )


def _peak_of_last_run(archive: Path) -> float:
    # what wait4 says of memory is the most of the child and of its worker
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        (peak,) = db.execute("SELECT peak_rss_mb FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    return peak or 0.0


def _crawl(archive: Path, url: str, now: datetime) -> int:
    from crawler import run
    from crawler.config import Config
    from crawler.idle import idle_run
    from crawler.ping import Monitor
    from crawler.sources import Source
    from crawler.summary import CrawlOptions

    began = time.monotonic()
    settings = run.run_settings  # type: ignore[attr-defined]

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    def at_that_time(*arguments: object) -> object:
        made = settings(*arguments)  # type: ignore[arg-type]
        made.set("PRESSKEEP_CLOCK", clock, priority="cmdline")
        return made

    run.run_settings = at_that_time  # type: ignore[attr-defined, assignment]
    config = Config(delay=0.0, workers=1)
    source = Source(name="Soak", url=f"{url}/", delay=0.0)
    options, monitor = CrawlOptions(fast=True), Monitor(None, config)
    summary = idle_run(archive, [source], options=options, monitor=monitor, clock=clock)  # as the command does
    if summary is None:
        summary = run.crawl(archive, [source], config=config, options=options, monitor=monitor)
    return summary.exit_code


def lost(world: World, archive: Path) -> list[str]:
    """Give what the archive should have and has not, at the end of its life."""
    found = []
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        rows = db.execute("SELECT l.url, a.gone_at, e.body FROM links l JOIN articles a ON a.id = l.article_id"
                          " JOIN revisions r ON r.id = a.revision_id JOIN extractions e ON e.id = r.extraction_id")  # fmt: skip
        kept = {urlsplit(url).path: (gone_at, body) for url, gone_at, body in rows}
    for piece in world.pieces.values():
        if piece.vanished and piece.vanished - piece.published < 3 * STEP:
            continue  # it may have been gone before anybody could ask
        if piece.path not in kept:
            found.append(f"{piece.path} was never kept")
            continue
        _, body = kept[piece.path]
        settled = max(piece.modified, piece.silent or piece.modified)
        is_current = all(part in body for part in piece.text.replace("<p>", "").replace("</p>", "").split("\n"))
        if not piece.vanished and not is_current and world.now - settled > _patience(piece, settled):
            found.append(f"{piece.path} was edited at {settled} and not read again")
    return found


def _patience(piece: Piece, edited: datetime) -> timedelta:
    """How long an edit may stay unseen: an announced one until the sitemap is asked, another until the next look."""
    if piece.silent is None or piece.modified >= piece.silent:
        return timedelta(days=8)
    later = [step for step in RECHECKS if piece.published + step > edited]
    return (later[0] if later else RECHECKS[-1]) * 12 + timedelta(days=1)


def needless(world: World) -> list[str]:
    """Give requests for pages that had no reason: no first one, no stated change, and no turn of the schedule."""
    found = []
    asked: dict[str, list[datetime]] = {}
    for at, path in world.asked:
        if path in world.pieces:
            asked.setdefault(path, []).append(at)
    for path, moments in asked.items():
        piece = world.pieces[path]
        if len(set(moments)) != len(moments):
            found.append(f"{path} was asked twice in one run")
        age = moments[-1] - piece.published
        turns = sum(step <= age + STEP for step in RECHECKS) + max(0, age.days // 90)
        # each announced edit may bring one request of its own, and the end of an article one more
        if len(moments) > 1 + turns + piece.n_edits + (piece.vanished is not None):
            found.append(f"{path} was asked {len(moments)} times in {age.days} days")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--minutes", type=float, metavar="M", help="stop after M minutes, however many runs that are")
    options = parser.parse_args(arguments)
    import crawler.run  # noqa: F401 (each child has it from here)

    world = World(chance=random.Random(options.seed))
    with tempfile.TemporaryDirectory(prefix="presskeep-soak-") as scratch, LoopbackServer(world.answer) as server:
        archive = Path(scratch) / "archive"
        runs: list[Measured] = []
        began = time.monotonic()
        while len(runs) < options.runs:
            world.live()
            runs.append(one_run(archive, f"http://127.0.0.1:{server.port}", world))
            if options.minutes and time.monotonic() - began > options.minutes * 60:
                break
        problems = [*lost(world, archive), *needless(world)]
        print(report(world, runs, archive))
        for problem in problems[:20]:
            print(f"PROBLEM {problem}")
    return int(bool(problems))


def report(world: World, runs: Sequence[Measured], archive: Path) -> str:
    """Give the figures, the first and the last tenth side by side: of runs that asked for pages, and of those that did not."""
    pages = sum(run.n_pages for run in runs)
    codes = {code: sum(run.exit_code == code for run in runs) for code in sorted({run.exit_code for run in runs})}
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        kept = db.execute(
            "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM revisions),"
            " (SELECT count(*) FROM articles WHERE gone_at IS NOT NULL)"
        ).fetchone()
    events = ", ".join(f"{n} {what}" for what, n in sorted(world.counts.items()))
    lines = [
        f"{len(runs)} runs, {(world.now - START).days} days of the site: {events}",
        f"kept: {kept[0]} articles, {kept[1]} revisions, {kept[2]} gone; {pages} page requests, {len(world.asked)} in all",
        f"exit codes: {codes}",
    ]
    # like with like: a night brings nothing, and needs no worker process
    lines += _table("runs with pages", [run for run in runs[1:] if run.n_pages])
    lines += _table("runs without", [run for run in runs[1:] if not run.n_pages])
    return "\n".join(lines)


FIGURES: tuple[tuple[str, Callable[[Measured], float]], ...] = (
    ("pages", lambda run: run.n_pages),
    ("seconds", lambda run: run.seconds),
    ("CPU seconds", lambda run: run.cpu_seconds),
    ("peak MB", lambda run: run.peak_mb),
    ("WAL bytes after it", lambda run: run.wal_bytes),
)


def _table(title: str, runs: Sequence[Measured]) -> list[str]:
    if not runs:
        return []
    tenth = max(len(runs) // 10, 1)
    lines = [f"{title + f' ({len(runs)})':<24}{'first tenth':>12}{'last tenth':>12}"]
    for name, value in FIGURES:
        first, last = (statistics.median(map(value, some)) for some in (runs[:tenth], runs[-tenth:]))
        lines.append(f"  {name:<22}{first:>12.2f}{last:>12.2f}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
