"""The benchmark of single commands: `python -m benchmarks.one_off`: how long one waits for an article, a search, a --help.

Owns what is compared: `fetch --html` with trafilatura's own command on the same file, `fetch URL` with it and a page on loopback,
and, to see what Scrapy alone takes of that, a bare spider with the same page. Medians, of commands that are run in turn; each is a
process of its own, as one types it, with its modules compiled, as pip leaves them.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.corpus_site import load_pages, write_demo_corpus
from benchmarks.invented_archive import write_articles
from benchmarks.processes import ROOT
from benchmarks.table import markdown
from crawler.demo.server import Answer, LoopbackServer

ROUNDS = 11
FETCH_TIMES, FETCH_SECONDS, QUICK_MS = 1.5, 0.35, 150.0
BARE = """
import sys, scrapy
from scrapy.crawler import CrawlerProcess
class Page(scrapy.Spider):
    name, start_urls = "page", [sys.argv[1]]
    def parse(self, response): print(len(response.body))
process = CrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "ROBOTSTXT_OBEY": True})
process.crawl(Page)
process.start()
"""
PRESSKEEP, TRAFILATURA = ([str(Path(sys.executable).with_name(name))] for name in ("presskeep", "trafilatura"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the commands on a page (a file, else a demo article); gives 1 where a promise does not hold."""
    files = [Path(name) for name in (sys.argv[1:] if arguments is None else arguments)]
    with tempfile.TemporaryDirectory(prefix="presskeep-one-off-") as scratch:
        folder = Path(scratch)
        page = files[0].read_bytes() if files else demo_page(folder / "demo")
        (folder / "page.html").write_bytes(page)
        archive = write_articles(folder / "archive", 500)
        with LoopbackServer(lambda _: Answer(body=page)) as server:
            url = f"http://127.0.0.1:{server.port}/news/2024/an-article.html"
            took = timed(
                {
                    "trafilatura, a file": TRAFILATURA,
                    "fetch --html, the file": [*PRESSKEEP, "fetch", "--html", str(folder / "page.html"), url],
                    "fetch, the page on loopback": [*PRESSKEEP, "fetch", url],
                    "a bare spider, the same": [sys.executable, "-c", BARE, url],
                    "search": [*PRESSKEEP, "--archive", str(archive), "search", "an"],
                    "show": [*PRESSKEEP, "--archive", str(archive), "show", "7"],
                    "--help": [*PRESSKEEP, "--help"],
                },
                folder / "page.html",
            )
    peer, _ = took["trafilatura, a file"]
    limits = {"fetch --html, the file": peer * FETCH_TIMES, "fetch, the page on loopback": peer + 1000 * FETCH_SECONDS,
              "search": QUICK_MS, "show": QUICK_MS, "--help": QUICK_MS}  # fmt: skip
    rows = [
        (
            name,
            f"{ms:.0f}",
            f"{cpu:.0f}",
            f"{limits[name]:.0f}" if name in limits else "–",
            "NO" if ms > limits.get(name, ms) else "",
        )
        for name, (ms, cpu) in took.items()
    ]
    print(markdown(("command", "median ms", "CPU ms", "at most ms", ""), rows))
    return int(any(row[-1] for row in rows))


def demo_page(folder: Path) -> bytes:
    """Give an English article of the demo's newspapers: words of no language would need the language model, as few papers do."""
    write_demo_corpus(folder, 20)
    return next(page.body() for page in load_pages([folder]) if b'<html lang="en' in page.body())


def timed(commands: Mapping[str, Sequence[str]], given: Path) -> dict[str, tuple[float, float]]:
    """Give the median milliseconds of each command, and of its CPU, after one round that warms up; `given` is their stdin.

    Raises CalledProcessError.
    """
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.setdefault("PYTHONPYCACHEPREFIX", str(Path(tempfile.gettempdir()) / "presskeep-one-off-compiled"))
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            with given.open("rb") as stdin:
                started, before = time.perf_counter(), _children()
                subprocess.run(command, stdin=stdin, cwd=ROOT, env=environment, check=True, capture_output=True)
            if number:
                took[name].append((1000 * (time.perf_counter() - started), 1000 * (_children() - before)))
    return {
        name: (statistics.median(wall for wall, _ in each), statistics.median(cpu for _, cpu in each))
        for name, each in took.items()
    }


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
