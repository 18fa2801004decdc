"""The command `python -m benchmarks.cluster`: what Dask costs an import, beside local worker processes.

Owns the comparison: one file, as many workers on the same cores, in turn, several times; the fastest of each counts.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.imports import Spent, command_time, made_file

ADDRESS = "tcp://127.0.0.1:{port}"


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="presskeep-cluster-") as made:
        scratch = Path(made)
        file, _ = made_file(options.folders, options.pages, scratch)
        print(
            f"{options.pages:,} pages, {file.stat().st_size / 1e6:,.0f} MB, the faster of {options.rounds}\n",
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
    """Import with so many workers, locally and on a cluster that runs already, in turn; and print both."""
    address = ADDRESS.format(port=options.port)
    taken: dict[str, list[Spent]] = {"local processes": [], "Dask": []}
    cluster = start(address, options.port, workers, scratch)
    try:
        for round_ in range(options.rounds):
            for name, how in (("local processes", ("--workers", str(workers))), ("Dask", ("--cluster", address))):
                archive = scratch / f"{name}-{workers}-{round_}"
                command = [
                    sys.executable,
                    "-m",
                    "crawler.cli",
                    "--archive",
                    str(archive),
                    "import",
                    "warc",
                    str(file),
                    *how,
                ]
                taken[name].append(command_time(command))
    finally:
        for process in reversed(cluster):
            process.kill()
            process.wait()
    best = {name: min(spent, key=lambda one: one.wall) for name, spent in taken.items()}
    print(f"{workers} worker{'s' * (workers > 1)}")
    for name, spent in best.items():
        print(f"  {name:<17}{spent.wall:>8.1f} s {options.pages / spent.wall:>9,.0f} pages/s")
    ratio = best["Dask"].wall / best["local processes"].wall
    print(f"  Dask takes {ratio:.2f} times as long\n", flush=True)


def start(address: str, port: int, workers: int, scratch: Path) -> list[subprocess.Popen[bytes]]:
    """Start a scheduler and workers on loopback, as docs/cluster.md has them."""
    log = (scratch / "cluster.log").open("ab")
    commands = [["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"]]
    commands += [
        ["worker", address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--memory-limit", "0", "--no-dashboard",
         "--local-directory", str(scratch)]
    ] * workers  # fmt: skip
    started = [
        subprocess.Popen([sys.executable, "-m", "dask", *command], stdout=log, stderr=log) for command in commands
    ]
    time.sleep(8)  # they import; a run waits for them in any case
    return started


if __name__ == "__main__":
    sys.exit(main())
