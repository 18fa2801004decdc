"""The command `python -m benchmarks`: crawl-extract-store beside a plain spider and the afternoon version, in one run.

Owns the order of the runs and the options. Figures compare within one run on one machine, never between machines.
"""

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus_site import SavedPage, load_pages, write_demo_corpus
from benchmarks.crawl import Course, Run, course, ways
from benchmarks.processes import CommandError
from benchmarks.table import Stages, stages_table, ways_table


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    # what is ended from outside ends its server and its crawl, too
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="presskeep-corpus-") as scratch:
        folders = options.folders or [Path(scratch)]
        try:
            if not options.folders:
                write_demo_corpus(folders[0], options.pages)
            pages = load_pages(folders)
            return bench(folders, pages, options)
        except (CommandError, OSError, ValueError) as error:
            print(f"benchmark failed: {error}", file=sys.stderr)
            return 1


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    found.add_argument("folders", nargs="*", type=Path, metavar="CORPUS_FOLDER",
                       help="a folder with pages.jsonl (url, file); by default the demo's newspapers, enlarged")  # fmt: skip
    found.add_argument("--pages", type=int, default=300, metavar="N", help="size of the demo corpus (default: 300)")
    found.add_argument("--rounds", type=int, default=3, metavar="N", help="runs of each way (default: 3)")
    found.add_argument("--profile", action="store_true", help="take our crawl apart: what is extraction, what the rest")
    found.add_argument("--timeout", type=float, default=900.0, metavar="SECONDS", help="for one run (default: 900)")
    return found


def bench(folders: Sequence[Path], pages: Sequence[SavedPage], options: argparse.Namespace) -> int:
    """Run and print. Gives 1 where the ways did not store the same pages: then nothing is compared."""
    n_hosts = len({page.host for page in pages})
    print(f"{len(pages)} pages of {n_hosts} hosts, {_rounds(options.rounds)}, {_machine()}\n", flush=True)
    with course(folders, pages, timeout=options.timeout) as track:
        runs = alternate(track, options.rounds)
        print(ways_table(runs, len(pages)), flush=True)
        if options.profile:
            print(stages_table(take_apart(track)))
    return int(len({run.keys for run in runs}) > 1)


def alternate(track: Course, n_rounds: int) -> list[Run]:
    """Run every way once a round, each round beginning with another one."""
    order = ways()
    runs = []
    for number in range(n_rounds):
        start = number % len(order)
        for way in order[start:] + order[:start]:
            run = track.run(way)
            runs.append(run)
            print(
                f"round {number + 1}: {way.value}: {run.usage.wall:.1f} s, {run.usage.cpu:.1f} s CPU", file=sys.stderr
            )
    return runs


def take_apart(track: Course) -> Stages:
    """Measure the stages of a crawl: once whole, once with nothing due, and extraction by itself in this process."""
    from benchmarks.readers import load_language_model
    from pipelines.items import Page
    from pipelines.warm import warm
    from pipelines.workers import read_page

    with tempfile.TemporaryDirectory(prefix="presskeep-bench-") as folder:
        crawl = track.crawl(Path(folder))
        idle = track.crawl(Path(folder))
    started = time.process_time()
    warm()
    warmed = time.process_time()
    load_language_model()
    extraction = 0.0
    for page in track.pages:
        body = page.body()
        before = time.process_time()
        read_page(Page(url=page.url, body=body, content_type=page.content_type))
        extraction += time.process_time() - before
    return Stages(
        n_pages=len(track.pages),
        n_workers=len(os.sched_getaffinity(0)),
        crawl=crawl,
        idle=idle,
        warm=warmed - started,
        extraction=extraction,
    )


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"medians of {number} rounds"


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
