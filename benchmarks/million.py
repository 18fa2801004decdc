"""The benchmark of a large archive: `python -m benchmarks.million FOLDER --articles 1000000`.

Owns what is asked of it, and what was promised. The archive in FOLDER is made, or grows, by the way of a crawl
(invented_archive.py); then the questions of the commands and of the web pages are timed, each asked once, after others like it.
Times are of this machine at this moment: its load is printed beside them.
"""

import argparse
import os
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from archive.clusters import bands, candidates, similarity
from archive.facets import facets, whole_timeline
from archive.filters import NO_FILTERS, Filters
from archive.fingerprint import signature
from archive.reader import open_reader
from archive.recent import holdings
from archive.search import search
from archive.stats import By, count_by
from benchmarks.articles import Writer, vocabulary
from benchmarks.invented_archive import Progress, write_articles
from benchmarks.processes import measure
from benchmarks.table import markdown

WINDOW = 10_000
N_ASKED, N_COMMON = 200, 40
"""Of questions with few answers, of which 95 of 100 mean something, and of those with many, which take longer."""
RARE = (0.0001, 0.01)
COMMON = (0.05, 0.9)
YEAR = Filters(since=date(2021, 1, 1), until=date(2021, 12, 31))
PAPERS = Filters(sources=("Paper 1",))
NARROWED = (
    ("", NO_FILTERS),
    (", a source", PAPERS),
    (", a year", YEAR),
    (", both", replace(YEAR, sources=PAPERS.sources)),
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Milliseconds that the median, and 95 of 100, may take."""

    median_ms: float | None = None
    late_ms: float | None = None

    def __str__(self) -> str:
        """Write it for the table."""
        return " / ".join("–" if limit is None else f"{limit:g}" for limit in (self.median_ms, self.late_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What was asked, the milliseconds that each question took, those of them that were CPU, and what was promised."""

    what: str
    times: tuple[float, ...]
    cpu: tuple[float, ...]
    promise: Promise

    @property
    def holds(self) -> bool:
        """Whether the promise was kept."""
        limits = ((statistics.median(self.times), self.promise.median_ms), (late(self.times), self.promise.late_ms))
        return all(limit is None or took <= limit for took, limit in limits)

    @property
    def row(self) -> tuple[str, ...]:
        """A row of the table."""
        figures = (statistics.median(self.times), late(self.times), statistics.median(self.cpu), late(self.cpu))
        return self.what, *(f"{figure:.1f}" for figure in figures), str(self.promise), "" if self.holds else "NO"


def late(times: Sequence[float]) -> float:
    """Give what 95 of 100 are not slower than."""
    return sorted(times)[min(int(len(times) * 0.95), len(times) - 1)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the archive, ask it, and give 1 where something promised does not hold."""
    options = _parser().parse_args(arguments)
    folder: Path = options.folder
    try:
        rates = grow(folder, options.articles)
    except ValueError as error:
        print(f"benchmark failed: {error}", file=sys.stderr)
        return 1
    if rates:
        print(markdown(("articles", "write, ms CPU", "write, ms", "load"), rates), flush=True)
    with closing(open_reader(folder)) as db:
        n_articles = holdings(db).n_articles
        print(f"{n_articles:,} articles, load {_load()}\n")
        print(size_table(db, n_articles), flush=True)
        timed = list(questions(db, n_articles))
    headings = ("question", "median ms", "95 % ms", "CPU", "CPU 95 %", "promised", "")
    print(markdown(headings, [one.row for one in timed]), flush=True)
    if options.upkeep:
        print(markdown(("command", "wall s", "CPU s", "MB"), list(upkeep(folder, options.upkeep))), flush=True)
    return int(not all(one.holds for one in timed))


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__.partition("\n")[0])
    found.add_argument("folder", type=Path, help="where the archive is, or is made")
    found.add_argument("--articles", type=int, default=1_000_000, metavar="N", help="how many (default: 1,000,000)")
    found.add_argument("--upkeep", type=Path, metavar="DIR", help="also time `doctor`, and `backup` into DIR")
    return found


def grow(folder: Path, n: int) -> list[tuple[str, ...]]:
    """Let the archive grow to `n` articles, and give a row for each 10,000 and what writing one of them took."""
    rows: list[tuple[str, ...]] = []
    last = Progress(n_articles=0, wall=0.0, cpu=0.0)

    def tell(progress: Progress) -> None:
        nonlocal last
        if progress.n_articles % WINDOW and progress.n_articles != n:
            return
        if last.n_articles:
            window = progress.n_articles - last.n_articles
            cpu, wall = progress.cpu - last.cpu, progress.wall - last.wall
            row = (f"{progress.n_articles:,}", f"{1000 * cpu / window:.2f}", f"{1000 * wall / window:.2f}", _load())
            rows.append(row)
            print(*row, sep="\t", file=sys.stderr, flush=True)  # a million take over an hour
        last = progress

    write_articles(folder, n, tell=tell)
    return rows


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def size_table(db: sqlite3.Connection, n_articles: int) -> str:
    """Say what takes how many bytes an article, from SQLite's own table of its pages."""
    found = db.execute("SELECT name, sum(pgsize), sum(payload) FROM dbstat GROUP BY name ORDER BY 2 DESC").fetchall()
    total = sum(row[1] for row in found)
    rows: list[tuple[str, ...]] = [
        (name, f"{size / n_articles:,.0f}", f"{payload / n_articles:,.0f}") for name, size, payload in found
    ]
    sums = (sum(row[column] for row in found[30:]) for column in (1, 2))
    rows[30:] = [("the rest", *(f"{n / n_articles:,.0f}" for n in sums))]
    (body,) = db.execute(
        "SELECT avg(length(CAST(body AS BLOB))) FROM (SELECT body FROM extractions LIMIT 20000)"
    ).fetchone()
    said = f"{total / n_articles:,.0f} bytes an article of {body:,.0f} bytes of text; 14,000 for 3,300 promised\n"
    return markdown(("table or index", "bytes an article", "of these content"), rows) + said


def questions(db: sqlite3.Connection, n_articles: int) -> Iterator[Timed]:
    """Ask what people ask, and time it."""
    rare, common = words_of(db, n_articles, RARE, N_ASKED), words_of(db, n_articles, COMMON, N_COMMON)
    nothing = ["", "", ""]
    for name, queries in (
        ("a word", rare),
        ("two words", pairs(rare, common)),
        ("a phrase", phrases(db, n_articles, N_ASKED)),
    ):
        yield from searches(db, name, queries, NARROWED, Promise(median_ms=20, late_ms=150))
    yield from searches(db, "a common word", common, NARROWED[:3], Promise(late_ms=1000))
    yield timed(
        "search: nothing typed, newest first", nothing, Promise(late_ms=500), lambda q: search(db, q, sort="date")
    )
    for name, queries, filters in (("a word", rare, NO_FILTERS), ("a common word", common, NO_FILTERS),
                                   ("all articles", nothing, NO_FILTERS), ("a source", nothing, PAPERS),
                                   ("a year", nothing, YEAR)):  # fmt: skip
        counts = partial(facets, db, filters=filters)
        yield timed(f"web: timeline and counts beside {name}", queries, Promise(late_ms=500), counts)
    yield timed("web: timeline of the front page", nothing, Promise(late_ms=500), lambda _: whole_timeline(db))
    for by in By:
        yield timed(f"stats by {by.value}", nothing, Promise(late_ms=2000), partial(count_by, db, by=by))
    db.execute("PRAGMA cache_size = -32768")  # as who writes has it (archive/store.py)
    yield timed("near-duplicates: look-up", signatures(), Promise(median_ms=1), partial(look_up, db))


def searches(
    db: sqlite3.Connection, name: str, queries: Sequence[str], narrowed: Sequence[tuple[str, Filters]], promise: Promise
) -> Iterator[Timed]:
    """Time searches in both orders, with filters."""
    for beside, filters in narrowed:
        for sort in ("rank", "date"):
            ask = partial(search, db, filters=filters, sort=sort)
            yield timed(f"search: {name}{beside}, by {sort}", queries, promise, ask)


def timed(what: str, asked: Sequence[T], promise: Promise, ask: Callable[[T], object]) -> Timed:
    """Ask each once, after one question more to warm up."""
    ask(asked[0])
    times, cpu = [], []
    for query in asked:
        started, started_cpu = time.perf_counter(), time.process_time()
        ask(query)
        times.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - started_cpu))
    return Timed(what=what, times=tuple(times), cpu=tuple(cpu), promise=promise)


def words_of(db: sqlite3.Connection, n_articles: int, shares: tuple[float, float], most: int) -> list[str]:
    """Choose at most so many words that stand in such a share of the articles."""
    drawn = random.Random(1)
    known = vocabulary(1)
    # frequent ones lie in front: Zipf
    ranks = sorted({int(len(known) ** drawn.random()) for _ in range(4000)})
    drawn.shuffle(ranks)
    found: list[str] = []
    for rank in ranks:
        if len(found) < most and shares[0] < _share(db, known[rank], n_articles) <= shares[1]:
            found.append(known[rank])
    return found


def _share(db: sqlite3.Connection, match: str, n_articles: int) -> float:
    (n,) = db.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", (f'"{match}"',)).fetchone()
    return float(n / n_articles)


def pairs(rare: Sequence[str], common: Sequence[str]) -> list[str]:
    """Pair words of which at least one is rare."""
    return [f"{one} {other}" for one, other in zip(rare, [*common, *rare], strict=False)]


def phrases(db: sqlite3.Connection, n_articles: int, n: int) -> list[str]:
    """Take `n` phrases of two and three words from the articles, of which at most 1 % have each."""
    drawn = random.Random(2)
    found: list[str] = []
    while len(found) < n:
        number = drawn.randrange(1, n_articles + 1)
        (body,) = db.execute("SELECT body FROM current_articles WHERE id = ?", (number,)).fetchone()
        words = body.split()
        at = drawn.randrange(len(words) - 3)
        phrase = " ".join(words[at : at + drawn.choice((2, 3))])
        if "." not in phrase and _share(db, phrase, n_articles) <= RARE[1]:
            found.append(f'"{phrase}"')
    return found


def signatures() -> list[bytes]:
    """Sign texts that are in no archive of the benchmark."""
    found = (signature(Writer(1, -part).sentences(500)) for part in range(1, 401))
    return [one for one in found if one is not None]


def look_up(db: sqlite3.Connection, made: bytes) -> None:
    """Look for near-duplicates, as keeping an article does."""
    for _, _, other in candidates(db, bands(made)):
        similarity(made, other)


def upkeep(folder: Path, backups: Path) -> Iterator[tuple[str, ...]]:
    """Time the commands that read everything."""
    log = backups / "log.txt"
    backups.mkdir(parents=True, exist_ok=True)
    for name, command in (("doctor", ["doctor"]), ("backup", ["backup", str(backups)])):
        usage = measure(
            [sys.executable, "-m", "crawler.start", "--archive", str(folder), *command],
            environment=dict(os.environ), log=log, timeout=3600,
        )  # fmt: skip
        yield name, f"{usage.wall:.1f}", f"{usage.cpu:.1f}", f"{usage.main_mb:.0f}"


if __name__ == "__main__":
    sys.exit(main())
