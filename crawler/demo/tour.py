"""The tour of `presskeep demo`: crawl the bundled newspapers in two editions, then search, read and compare.

Owns the order of the show. Every command is the real one, run by itself on a terminal of its own, so that what is shown
is what a user gets.
"""

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from io import FileIO
from pathlib import Path

import click

from archive.errors import PresskeepError
from crawler.demo.site import DemoSite

EDITED = "http://harbour-courier.example/2025/04/28/ferry-timetable-loses-two-evening-boats/"
WITHDRAWN = "http://upland-observer.example/news/hut-keepers-strike-over-helicopter-flights.html"
HACKED = "http://valley-times.example/bakers-return-to-the-old-bazaar/"
SOURCES_NOTE = (
    "# The demo's invented newspapers. Their names are reserved ones: only the demo's own proxy serves them.\n\n"
)
NEVER_DUE = "1970-01-01T00:00:00Z"
MOST_COLUMNS = 100
COMMAND_LIMIT = 180
"""Seconds: far more than any of the commands takes, on any machine."""


class DemoError(PresskeepError):
    """A command of the tour did not end as it should."""

    def __init__(self, command: str, exit_code: int) -> None:
        super().__init__(f"the demo stopped: `{command}` ended with exit code {exit_code}")
        self.command = command


class Stage:
    """Where the tour plays: an archive, the site's proxy, and the voice."""

    def __init__(self, archive: Path, site: DemoSite, say: Callable[[str], None]) -> None:
        self._archive = archive
        self._say = say
        self._environment = environment(archive, site.proxy)

    def heading(self, title: str, text: str = "") -> None:
        """Begin a scene."""
        self._say("")
        self._say(click.style(f"== {title}", bold=True))
        if text:
            self._say(text)

    def run(self, *arguments: str, expected: Sequence[int] = (0,)) -> None:
        """Show a command, then what it says. Raises DemoError where it ends in another way than `expected`."""
        command = shlex.join(("presskeep", *arguments))
        self._say(click.style(f"$ {command}", fg="green"))
        code, output = on_terminal(
            [sys.executable, "-m", "crawler.start", *arguments], cwd=self._archive, environment=self._environment
        )
        self._say(output.rstrip("\n"))
        if code not in expected:
            raise DemoError(command, code)


def tour(archive: Path, *, serve: bool, say: Callable[[str], None]) -> None:
    """Fill the folder `archive` from the bundled newspapers and show what can be asked of it, line by line to `say`.

    `serve` ends with the archive in the browser, until Ctrl-C. Raises DemoError where a command fails.
    """
    archive = archive.resolve()
    archive.mkdir(parents=True, exist_ok=True)
    with DemoSite() as site:
        (archive / "sources.toml").write_text(SOURCES_NOTE + site.sources_toml(), encoding="utf-8")
        stage = Stage(archive, site, say)
        crawl_first_edition(stage, site)
        crawl_second_edition(stage, site, archive)
        ask(stage)
    say_what_next(archive, say)
    if serve:
        with suppress(KeyboardInterrupt):  # the way to end it
            subprocess.run(  # noqa: S603 (our own command)
                [sys.executable, "-m", "crawler.start", "serve", "--archive", str(archive)], cwd=archive, check=False
            )


def crawl_first_edition(stage: Stage, site: DemoSite) -> None:
    """Crawl everything once."""
    names = ", ".join(source["name"] for source in site.sources)
    n_articles = sum(len(paper.listed()) for paper in site.newspapers)
    stage.heading(
        f"{len(site.sources)} newspapers on this machine, {n_articles} articles: a first crawl",
        f"{names}; one of them is hacked. http_proxy={site.proxy} leads to them; nothing leaves this machine.",
    )
    stage.run("crawl")
    stage.run("runs", "last")


def crawl_second_edition(stage: Stage, site: DemoSite, archive: Path) -> None:
    """Let the second edition come out, and crawl again."""
    site.edition = 2
    make_due(archive)
    stage.heading(
        "The next edition is out: a second crawl",
        "One article was edited, one is new, one was taken away. What did not change is not asked for, or not sent again.\n"
        "(Feeds are due again after ten minutes at the earliest; the demo does not wait for that.)",
    )
    stage.run("crawl")
    stage.run("runs", "last")


def ask(stage: Stage) -> None:
    """Search, read, and look at what was removed and what changed."""
    stage.heading("Search: every source, every language")
    stage.run("search", "ferry OR harbour", "--limit", "3")
    stage.run("search", "کتابخانه", "--limit", "1")
    stage.heading("The story that came over the wire", "Three papers carry it, each with a headline of its own.")
    stage.run("search", '"Northern Sound" cable', "--limit", "4")
    stage.heading("Read: the clean text of a page full of injected links, and what was removed from it")
    stage.run("show", HACKED, "--removals")
    stage.heading("The hacked source: what was injected, and where")
    stage.run("spam", "--source", "Valley Times")
    stage.heading("Compare: what the publisher changed between the two crawls")
    stage.run("diff", EDITED, "--words", expected=(1,))
    stage.heading("What is gone stays")
    stage.run("explain", WITHDRAWN)


def say_what_next(archive: Path, say: Callable[[str], None]) -> None:
    """Say where the archive lies and what to try."""
    say("")
    say(click.style("== That was it", bold=True))
    say(f"The archive lies in {archive} (without --keep or --archive it is removed now). With")
    say(f"  export PRESSKEEP_ARCHIVE={shlex.quote(str(archive))}")
    say("the commands above work on it, and these:")
    say("  presskeep stats --by source")
    say("  presskeep export --format markdown -o articles/")
    say("  presskeep serve")
    say("Now for real news:")
    say("  presskeep fetch URL")
    say("  presskeep sources add URL && presskeep crawl")


def make_due(archive: Path) -> None:
    """Make every feed, sitemap and section due, as if the time until then had passed."""
    from archive.store import open_store

    with closing(open_store(archive, create=False)) as store, store.transaction():
        store.db.execute("UPDATE feeds SET next_due_at = ?", (NEVER_DUE,))


def environment(archive: Path, proxy: str) -> dict[str, str]:
    """Give the environment of the tour's commands: this archive, the demo's proxy and no other, the user's colours."""
    unset = {"HTTP_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    colours = {} if sys.stdout.isatty() else {"NO_COLOR": "1"}
    columns = str(min(shutil.get_terminal_size().columns, MOST_COLUMNS))
    return {
        **kept,
        **colours,
        "COLUMNS": columns,
        "PRESSKEEP_ARCHIVE": str(archive),
        "PRESSKEEP_CONTACT": "demo@presskeep.example",
        "http_proxy": proxy,
    }


def on_terminal(command: Sequence[str], *, cwd: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a command on a pseudo-terminal and give its exit code and what it wrote there.

    What a progress bar drew and drew over is left out. A command that does not end is killed: exit code -9.
    """
    ours, theirs = pty.openpty()
    with closing(os.fdopen(ours, "rb", buffering=0)) as terminal:
        try:
            process = subprocess.Popen(  # noqa: S603 (our own command)
                command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
            )
        finally:
            os.close(theirs)
        try:
            output = b"".join(_written(terminal, process))
        finally:
            process.kill()  # does nothing where it has ended
            process.wait()
    lines = output.decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n")
    return process.returncode, "\n".join(line.rpartition("\r")[2] for line in lines)


def _written(terminal: FileIO, process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """Give what a process writes until it ends; a child of its own that outlives it may hold the terminal open."""
    deadline = time.monotonic() + COMMAND_LIMIT
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                chunk = terminal.read(65536)
            except OSError:  # Linux says EIO where the other end of a terminal was closed, other systems say nothing
                chunk = b""
            if not chunk:
                process.wait(timeout=max(deadline - time.monotonic(), 0.1))
                return
            yield chunk
        elif ended:
            return
