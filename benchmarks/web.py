"""The benchmark of the web archive: how soon a page is there, by how many articles hold the word that is searched.

Owns the words that are asked and the clock: a page counts from the request to its last byte, over loopback, from the real
server in a process of its own. Words are chosen from the index by the articles that hold them. Each page is asked once to
warm up; figures compare within one run on one machine.
"""

import argparse
import http.client
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from archive.reader import DATABASE
from benchmarks.invented_archive import write_articles
from benchmarks.table import markdown

BANDS = ((0.0, 0.001), (0.001, 0.01), (0.01, 0.1), (0.1, 0.5))
"""Shares of all articles that hold a word."""
LIMIT_MS = 150
N_WORDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What was asked, and the milliseconds that each page took."""

    what: str
    times: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.times)

    @property
    def row(self) -> tuple[str, ...]:
        """A row of the table."""
        ordered = sorted(self.times)
        late = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
        return self.what, str(len(ordered)), f"{self.median:.0f}", f"{late:.0f}", f"{ordered[-1]:.0f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the pages, and give 1 where a search for a word of at most 1 % of the articles is slower than it may be."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="presskeep-web-") as scratch:
        folder = options.archive or write_articles(Path(scratch) / "archive", options.articles)
        with serving(folder) as address:
            timed = list(run(folder, address))
    print(markdown(("page", "asked", "median ms", "95 % ms", "slowest ms"), [one.row for one in timed]))
    rare = statistics.median(time for one in timed[:2] for time in one.times)
    print(f"words in at most 1 % of the articles: {rare:.0f} ms at the median, {LIMIT_MS} ms wanted")
    return int(rare > LIMIT_MS)


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__.partition("\n")[0])
    found.add_argument(
        "--articles", type=int, default=100_000, metavar="N", help="invented articles (default: 100,000)"
    )
    found.add_argument("--archive", type=Path, metavar="DIR", help="an archive that is there already, instead")
    return found


def run(folder: Path, address: str) -> Iterator[Timed]:
    """Time each kind of page."""
    n_articles, words = words_by_share(folder)
    for (low, high), chosen in words.items():
        name = f"search, word in {low:.1%}–{high:.0%} of {n_articles:,}" if low else f"search, word in up to {high:.1%}"
        yield timed(address, name, [_search(q=word) for word in chosen])
    rare = [word for band in list(words)[:2] for word in words[band]]
    yield timed(
        address,
        "search, two words, either",
        [_search(q=f"{a} OR {b}") for a, b in zip(rare[::2], rare[1::2], strict=False)],
    )
    yield timed(
        address,
        "search, word, source and year",
        [_search(q=word, source="Paper 1", since="2021", until="2021") for word in rare],
    )
    yield timed(address, "search, second page, newest first", [_search(q=word, sort="date", page="2") for word in rare])
    yield timed(address, "all articles", ["/search"] * 5)
    yield timed(address, "front page", ["/"] * 5)
    numbers = random.Random(1).sample(range(1, n_articles + 1), min(N_WORDS, n_articles))
    yield timed(address, "article", [f"/article/{number}" for number in numbers])
    yield timed(
        address, "article as a hit", [f"/article/{number}?{urlencode({'q': rare[0], 'hit': 2})}" for number in numbers]
    )
    yield timed(address, "sources", ["/sources"] * 5)


def _search(**asked: str) -> str:
    return "/search?" + urlencode(asked)


def words_by_share(folder: Path) -> tuple[int, dict[tuple[float, float], list[str]]]:
    """Choose words from the index, by the share of articles that hold them."""
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        n_articles = int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
        db.execute("CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, articles_fts, row)")
        found = {}
        for low, high in BANDS:
            rows = db.execute(
                "SELECT term FROM held WHERE doc > ? AND doc <= ? AND length(term) > 3 ORDER BY term",
                (max(low * n_articles, 1), high * n_articles),
            ).fetchall()
            found[low, high] = [row[0] for row in random.Random(1).sample(rows, min(N_WORDS, len(rows)))]
    return n_articles, found


def timed(address: str, what: str, paths: Sequence[str]) -> Timed:
    """Ask each path twice over one connection, and keep the second time."""
    parts = urlsplit(address)
    assert parts.hostname
    times = []
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)) as connection:
        for path in paths:
            for _ in range(2):
                started = time.perf_counter()
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                took = 1000 * (time.perf_counter() - started)
                if answer.status != 200:
                    raise RuntimeError(f"{path}: HTTP {answer.status}")
            times.append(took)
    return Timed(what=what, times=tuple(times))


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve an archive in a process of its own and give its address."""
    command = [sys.executable, "-m", "crawler.start", "serve", "--archive", str(folder), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().split(" at ")[1].split()[0]
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    sys.exit(main())
