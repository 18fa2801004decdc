"""Get the same pages in several ways, and compare what each takes: pages per second, CPU a page, memory.

Owns the ways: our crawl, which finds the pages by itself; our fetch, a spider that only fetches, the afternoon version and,
where it is installed, one with news-please, which are given the addresses. Each run begins with nothing. What a run takes
is measured in processes.py, and laid out in table.py.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

from archive.reader import DATABASE
from archive.url_key import url_key
from benchmarks.corpus_site import SavedPage
from benchmarks.processes import ROOT, Usage, measure
from crawler.config import CONFIG

PARTIAL = 3
"""Exit code of a crawl in which a whole source failed: the table says whether pages are missing."""


class Way(Enum):
    """A way to get the pages; the value is its row's name."""

    FETCH_ONLY = "Scrapy, fetch only"
    AFTERNOON = "afternoon version"
    NEWS_PLEASE = "… with news-please"
    FULL = "presskeep crawl"
    FAST = "presskeep crawl --fast"
    FETCH = "presskeep fetch --save"
    FAST_FETCH = "presskeep fetch --save --fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One crawl: what it took and what it stored."""

    way: Way
    usage: Usage
    keys: frozenset[str]
    """The url_key of each page that was answered with 200 and stored."""
    n_texts: int | None
    """Pages that gave a text; None where none was asked for."""
    n_requests: int


def ways() -> list[Way]:
    """List the ways that are installed."""
    return [way for way in Way if way is not Way.NEWS_PLEASE or find_spec("newsplease") is not None]


class Course:
    """A corpus that is being served, and a folder for what the runs store."""

    def __init__(self, pages: Sequence[SavedPage], folder: Path, port: int, *, timeout: float) -> None:
        self.pages = pages
        self._folder = folder
        self._timeout = timeout
        self._environment = environment(port)
        self._urls = folder / "urls.txt"
        self._urls.write_text("".join(f"{page.url}\n" for page in pages), encoding="utf-8")
        self._sources = folder / "sources.toml"
        self._sources.write_text(sources_toml(pages), encoding="utf-8")

    def run(self, way: Way) -> Run:
        """Crawl once, into a new place that is gone afterwards. Raises CommandError."""
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            match way:
                case Way.FETCH_ONLY:
                    return self._fetch_only(Path(place))
                case Way.AFTERNOON | Way.NEWS_PLEASE:
                    return self._afternoon(Path(place), way)
                case Way.FULL | Way.FAST:
                    archive = Path(place)
                    return stored(way, archive, self.crawl(archive, fast=way is Way.FAST))
                case Way.FETCH | Way.FAST_FETCH:
                    archive = Path(place)
                    return stored(way, archive, self._fetch(archive, fast=way is Way.FAST_FETCH))

    def crawl(self, archive: Path, *, fast: bool = False) -> Usage:
        """Crawl into `archive` by our command; a second time nothing is due."""
        command = ["-m", "crawler.start", "crawl", "--archive", str(archive), "--sources", str(self._sources)]
        return self._measure([*command, *(["--fast"] if fast else [])], archive, accepted=(0, PARTIAL))

    def _fetch(self, archive: Path, *, fast: bool) -> Usage:
        """Fetch the pages' addresses and nothing else, as the afternoon version does."""
        (archive / CONFIG).write_text("delay = 0\n", encoding="utf-8")
        command = ["-m", "crawler.start", "fetch", "--save", "--ignore-robots", "--archive", str(archive)]
        command += ["--output", os.devnull, *(["--fast"] if fast else []), "-"]
        return self._measure(command, archive, accepted=(0, PARTIAL), stdin=self._urls)

    def _fetch_only(self, place: Path) -> Run:
        result = place / "pages.json"
        usage = self._measure(["-m", "benchmarks.fetch_only", str(self._urls), str(result)], place)
        urls = json.loads(result.read_text(encoding="utf-8"))
        return Run(
            way=Way.FETCH_ONLY,
            usage=usage,
            keys=frozenset(map(url_key, urls)),
            n_texts=None,
            n_requests=len(self.pages),
        )

    def _afternoon(self, place: Path, way: Way) -> Run:
        result = place / "articles.db"
        module = "benchmarks.news_please" if way is Way.NEWS_PLEASE else "benchmarks.afternoon"
        usage = self._measure(["-m", module, str(self._urls), str(result)], place)
        with closing(sqlite3.connect(result)) as db:
            rows = db.execute("SELECT url, text > '' FROM articles").fetchall()
        return Run(
            way=way,
            usage=usage,
            keys=frozenset(url_key(url) for url, _ in rows),
            n_texts=sum(bool(has_text) for _, has_text in rows),
            n_requests=len(self.pages),
        )

    def _measure(
        self, arguments: Sequence[str], place: Path, *, accepted: Sequence[int] = (0,), stdin: Path = Path(os.devnull)
    ) -> Usage:
        return measure(
            [sys.executable, *arguments],
            environment=self._environment,
            log=place / "log.txt",
            timeout=self._timeout,
            accepted=accepted,
            stdin=stdin,
        )


def stored(way: Way, archive: Path, usage: Usage) -> Run:
    """Ask an archive what a crawl has stored: each captured page, and the articles among them."""
    with closing(sqlite3.connect(archive / DATABASE)) as db:
        links = db.execute(
            "SELECT l.url_key, l.article_id FROM links l JOIN captures c ON c.id = l.capture_id"
            " WHERE c.purpose = 'page' AND c.http_status = 200 AND l.outcome IS NOT NULL"
        ).fetchall()
        (n_requests,) = db.execute("SELECT n_requests FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    return Run(
        way=way,
        usage=usage,
        keys=frozenset(key for key, _ in links),
        n_texts=sum(article_id is not None for _, article_id in links),
        n_requests=n_requests,
    )


@contextmanager
def course(folders: Sequence[Path], pages: Sequence[SavedPage], *, timeout: float) -> Iterator[Course]:
    """Serve corpus folders from a process of their own, whose work is not counted."""
    with (
        tempfile.TemporaryDirectory(prefix="presskeep-bench-") as scratch,
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.corpus_site", *(str(folder.resolve()) for folder in folders)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            yield Course(pages, Path(scratch), port, timeout=timeout)
        finally:
            server.terminate()


def environment(port: int) -> dict[str, str]:
    """Give an environment in which every request goes to the proxy and no name is looked up."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("PRESSKEEP_")
    }
    proxy = f"http://127.0.0.1:{port}"
    return {**kept, "http_proxy": proxy, "https_proxy": proxy, "PRESSKEEP_HOSTS": os.devnull}


def sources_toml(pages: Sequence[SavedPage]) -> str:
    """Declare each host of a corpus as a source, by nothing but its address: its pages are found in its sitemap."""
    hosts = dict.fromkeys(page.host for page in pages)
    return "".join(f'[sources."{host}"]\nurl = "http://{host}/"\ndelay = 0\n\n' for host in hosts)
