"""The command `python -m benchmarks.cluster`: what Dask costs an import, beside local worker processes.

Owns the comparison: one file, as many workers on the same cores, in turn, several times. A cluster is started for each import, so
that its extraction processes begin as cold as local ones; its own start is not counted, what it does while the import runs is: CPU
of coordinator, scheduler, workers and their processes. On a machine that others share only the CPU says something.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import distributed

from benchmarks.imports import Spent, command_time, made_file
from benchmarks.processes import Seen, look

ADDRESS = "tcp://127.0.0.1:{port}"
QUIET = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False", "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s"}
"""What docs/cluster.md sets for scheduler and workers."""
START = 300.0
"""Seconds that a cluster may take to be there."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="presskeep-cluster-") as made:
        scratch = Path(made)
        file, _ = made_file(options.folders, options.pages, scratch)
        print(
            f"{options.pages:,} pages, {file.stat().st_size / 1e6:,.0f} MB, {options.rounds} rounds\n",
            flush=True,
        )
        for workers in options.workers:
            compare(file, options, workers, scratch)
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__.partition("\n")[0])
    found.add_argument("folders", nargs="*", type=Path, metavar="CORPUS_FOLDER",
                       help="a folder with pages.jsonl (url, file); by default the demo's newspapers, enlarged")  # fmt: skip
    found.add_argument("--pages", type=int, default=4_000, metavar="N", help="in the WARC file (default: 4,000)")
    found.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N", help="how many (default: 1 2)")
    found.add_argument("--rounds", type=int, default=2, metavar="N", help="how often each (default: 2)")
    found.add_argument("--port", type=int, default=18786, metavar="P", help="of the scheduler on 127.0.0.1")
    return found


def compare(file: Path, options: argparse.Namespace, workers: int, scratch: Path) -> None:
    """Import with so many workers, locally and on a cluster that has just begun, in turn; and print both."""
    local, dask = [], []
    for round_ in range(options.rounds):
        local.append(imported(file, scratch / f"local-{workers}-{round_}", "--workers", str(workers)))
        address = ADDRESS.format(port=options.port)
        cluster = start(address, options.port, workers, scratch)
        try:
            before = cpu_of(cluster)
            spent = imported(file, scratch / f"dask-{workers}-{round_}", "--cluster", address)
            dask.append(Spent(wall=spent.wall, cpu=spent.cpu + cpu_of(cluster) - before))
        finally:
            for process in reversed(cluster):
                process.kill()
                process.wait()
    print(f"{workers} worker{'s' * (workers > 1)}")
    for name, runs in (("local processes", local), ("Dask", dask)):
        for spent in runs:
            print(
                f"  {name:<17}{spent.wall:>8.1f} s {options.pages / spent.wall:>9,.1f} pages/s"
                f" {1000 * spent.cpu / options.pages:>9.1f} ms CPU a page"
            )
    for what in ("wall", "cpu"):
        ratios = [getattr(there, what) / getattr(here, what) for here, there in zip(local, dask, strict=True)]
        shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"  Dask takes {statistics.median(ratios):.2f} times the {what} (each round: {shown})")
    print(flush=True)


def imported(file: Path, archive: Path, *how: str) -> Spent:
    """Import the file into a new archive."""
    command = [sys.executable, "-m", "crawler.start", "--archive", str(archive), "import", "warc", str(file), *how]
    return command_time(command)


def cpu_of(cluster: Sequence[subprocess.Popen[bytes]]) -> float:
    """Give the CPU seconds of a cluster's processes and of those that they have started; each is a session of its own."""
    seen: dict[int, Seen] = {}
    for process in cluster:
        look(process.pid, seen)
    return sum(one.cpu for one in seen.values())


def start(address: str, port: int, workers: int, scratch: Path) -> list[subprocess.Popen[bytes]]:
    """Start a scheduler and workers on loopback, as docs/cluster.md has them, and wait until they are there."""
    log = (scratch / "cluster.log").open("ab")
    commands = [["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"]]
    commands += [
        ["worker", address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--memory-limit", "0", "--no-dashboard",
         "--local-directory", str(scratch)]
    ] * workers  # fmt: skip
    environment = {**os.environ, **QUIET}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command], stdout=log, stderr=log, start_new_session=True, env=environment
        )
        for command in commands
    ]
    connect: Any = distributed.Client
    with connect(address, timeout=START, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=START)
    return started


if __name__ == "__main__":
    sys.exit(main())
