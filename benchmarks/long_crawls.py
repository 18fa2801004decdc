"""The benchmarks of crawling for long: an unchanged second run over many sources, and the memory of one over many pages.

Owns the two courses and what was promised of them. The papers are generated_site.py's; each run is our command in a process of its
own, through the proxy, and what it takes is measured in processes.py. `unchanged` also times a run with nothing due.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from archive.reader import DATABASE
from benchmarks.crawl import environment
from benchmarks.processes import ROOT, CommandError, Usage, measure
from benchmarks.table import markdown

FEED_MS = 3.0
IDLE_SECONDS = 0.4
MAIN_MB, WORKER_MB = 250, 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the benchmarks; gives 1 where a promise does not hold."""
    options = _parser().parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="presskeep-long-") as scratch:
            folder = Path(scratch)
            if options.course == "unchanged":
                return unchanged(folder, n_papers=options.papers or 1000)
            return memory(folder, n_papers=options.papers or 20, n_pages=options.pages)
    except (CommandError, OSError) as error:
        print(f"benchmark failed: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.long_crawls", description=__doc__.partition("\n")[0])
    found.add_argument("course", choices=("unchanged", "memory"))
    found.add_argument("--papers", type=int, metavar="N", help="how many sources (default: 1,000; for memory 20)")
    found.add_argument(
        "--pages", type=int, default=20_000, metavar="N", help="pages that memory crawls (default: 20,000)"
    )
    return found


def unchanged(folder: Path, *, n_papers: int) -> int:
    """Crawl, then again with everything due and nothing changed, then with nothing due."""
    with papers(folder, n_papers, 1) as port:
        rows = []
        for name in ("first run", "unchanged second run", "nothing due"):
            if name == "unchanged second run":
                _make_feeds_due(folder)
            before = counts(port)
            usage = crawl(folder, port)
            asked = {kind: n - before.get(kind, 0) for kind, n in counts(port).items() if n > before.get(kind, 0)}
            n_feeds = sum(n for kind, n in asked.items() if not kind.startswith(("page", "robots")))
            rows.append((name, usage, asked, n_feeds))
    table = [
        (name, f"{usage.wall:.1f}", f"{usage.cpu:.2f}", f"{n_feeds:,}", f"{1000 * usage.cpu / n_feeds:.2f}" if n_feeds else "–",
         f"{usage.main_mb:.0f}", ", ".join(f"{n:,} {kind}" for kind, n in sorted(asked.items())) or "nothing")
        for name, usage, asked, n_feeds in rows
    ]  # fmt: skip
    print(markdown(("run", "wall s", "CPU s", "places asked", "ms CPU a place", "main MB", "requests"), table))
    _, second, asked, n_feeds = rows[1]
    whole = [kind for kind in asked if "conditional" not in kind]
    print(f"unconditional requests of the second run: {', '.join(whole) or 'none'}")
    return int(bool(whole) or not n_feeds or 1000 * second.cpu / n_feeds > FEED_MS or rows[2][1].wall > IDLE_SECONDS)


def memory(folder: Path, *, n_papers: int, n_pages: int) -> int:
    """Crawl many pages at once, and say what the processes held at most over each tenth of it."""
    with papers(folder, n_papers, n_pages // n_papers) as port:
        usage = crawl(folder, port)
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        pages = dict(db.execute("SELECT outcome, count(*) FROM links WHERE url LIKE '%/a/%' GROUP BY 1"))
    n_asked = sum(n for word, n in pages.items() if word)
    row = (f"{n_asked:,}", f"{usage.wall:.0f}", f"{1000 * usage.cpu / n_asked:.1f}", f"{usage.main_mb:.0f}",
           "–" if usage.worker_mb is None else f"{usage.worker_mb:.0f}")  # fmt: skip
    print(markdown(("pages", "wall s", "CPU ms a page", "main MB", "worker MB"), [row]))
    print("outcomes:", ", ".join(f"{n:,} {word}" for word, n in pages.items()))
    grown = [f"{megabytes:.0f}" for megabytes in usage.main_over_time]
    print(f"main process over time, MB: {' '.join(grown)}")
    return int(usage.main_mb > MAIN_MB or (usage.worker_mb or 0) > WORKER_MB)


@contextmanager
def papers(folder: Path, n_papers: int, n_pages: int) -> Iterator[int]:
    """Serve papers from a process of their own, whose work is not counted, and declare them; give the port."""
    declared = (f'[sources.paper{n}]\nurl = "http://paper{n}.example/"\ndelay = 0\n' for n in range(n_papers))
    (folder / "sources.toml").write_text("\n".join(declared), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.generated_site", str(n_papers), str(n_pages)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def crawl(folder: Path, port: int) -> Usage:
    """Crawl once by our command."""
    command = [sys.executable, "-m", "crawler.start", "--archive", str(folder), "crawl"]
    return measure(
        [*command, "--sources", str(folder / "sources.toml")],
        environment=environment(port),
        log=folder / "log.txt",
        timeout=3600,
    )


def counts(port: int) -> dict[str, int]:
    """Ask the papers what was asked of them."""
    with build_opener(ProxyHandler({"http": f"http://127.0.0.1:{port}"})).open("http://papers.example/count") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def _make_feeds_due(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as db, db:
        db.execute("UPDATE feeds SET next_due_at = '2020-01-01T00:00:00.000000Z'")


if __name__ == "__main__":
    sys.exit(main())
