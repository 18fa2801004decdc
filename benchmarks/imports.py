"""The command `python -m benchmarks.imports`: how fast a WARC file comes in, beside reading it alone and extracting alone.

Owns the file that is imported (pages of a corpus, repeated under made hosts, each with an edit of its own so that none is another's
duplicate) and the order of the measurements. Figures compare within one run on one machine.
"""

import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from archive.warc import warc_date
from benchmarks.corpus_site import SavedPage, load_pages, write_demo_corpus

HOSTS = 97
_PARAGRAPH = re.compile(rb"(?is)<p[^>]*>[^<]{80,}")
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="presskeep-imports-", dir=options.scratch) as scratch:
        file, n_saved = made_file(options.folders, options.pages, Path(scratch))
        size = file.stat().st_size
        print(f"{options.pages:,} pages from {n_saved:,}, {size / 1e6:,.0f} MB, {os.cpu_count()} cores\n", flush=True)
        for workers in options.workers:
            measure(file, options.pages, workers, Path(scratch), options.engine)
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__.partition("\n")[0])
    found.add_argument("folders", nargs="*", type=Path, metavar="CORPUS_FOLDER",
                       help="a folder with pages.jsonl (url, file); by default the demo's newspapers, enlarged")  # fmt: skip
    found.add_argument("--pages", type=int, default=20_000, metavar="N", help="in the WARC file (default: 20,000)")
    found.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N", help="how many (default: 1 2)")
    found.add_argument("--engine", nargs="*", default=[], metavar="OPTION", help="more options for `import warc`")
    found.add_argument("--scratch", type=Path, metavar="DIR", help="where the files are made (default: the system's)")
    return found


def made_file(folders: Sequence[Path], n_pages: int, scratch: Path) -> tuple[Path, int]:
    """Make the WARC file of so many pages, from the demo's newspapers where no folder is named; and count the saved pages."""
    if not folders:
        folders = [scratch / "corpus"]
        folders[0].mkdir()
        write_demo_corpus(folders[0], 300)
    pages, file = load_pages(folders), scratch / "made.warc.gz"
    write_warc(file, pages, n_pages)
    return file, len(pages)


def write_warc(path: Path, pages: Sequence[SavedPage], n_pages: int) -> None:
    """Write so many responses, each the next page of the corpus under a URL of its own."""
    with path.open("wb") as file:
        stream = GzipWriter(file, compression_level=6)
        for number in range(n_pages):
            page = pages[number % len(pages)]
            record = WarcRecord()
            record.init_headers(WarcRecordType.response)
            record.headers["WARC-Date"] = warc_date(BEGIN + timedelta(seconds=number))
            record.headers["WARC-Target-URI"] = (
                f"http://paper{number % HOSTS}.example/{number}/{page.target.lstrip('/')[:80]}"
            )
            record.headers["Content-Type"] = "application/http; msgtype=response"
            record.set_bytes_content(answer(page, number))
            record.write(stream, checksum_data=True)
            stream.finish()
        stream.flush()


def answer(page: SavedPage, number: int) -> bytes:
    """Give a page as an answer, compressed as most servers send it, with words of its own in its first paragraphs."""
    words = " ".join(f"w{number}x{at}" for at in range(12)).encode()
    body = _PARAGRAPH.sub(lambda found: found[0] + b" " + words + b".", page.body(), count=3)
    sent = gzip.compress(body, 6)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {page.content_type}\r\nContent-Encoding: gzip\r\nContent-Length: {len(sent)}\r\n\r\n"
    return head.encode() + sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What some work took, in seconds."""

    wall: float
    cpu: float


def measure(file: Path, n_pages: int, workers: int, scratch: Path, engine: Sequence[str]) -> None:
    """Measure the three with so many processes, and print them."""
    reading = timed(read_share, file, workers)
    extraction = timed(extract_share, file, workers)
    archive = scratch / f"archive-{workers}"
    command = [sys.executable, "-m", "crawler.start", "--archive", str(archive), "import", "warc", str(file),
               "--workers", str(workers), *engine]  # fmt: skip
    taken, again = command_time(command), command_time(command)
    print(f"{workers} worker{'s' * (workers > 1)}")
    for name, spent in (
        ("FastWARC alone", reading), ("extraction alone", extraction), ("import", taken), ("import again", again)
    ):  # fmt: skip
        print(f"  {name:<17}{spent.wall:>8.1f} s {n_pages / spent.wall:>9,.0f} pages/s {spent.cpu:>9.1f} s CPU")
    print(
        f"  import takes {taken.wall / extraction.wall:.2f} times as long as extraction alone,"
        f" and {taken.cpu / extraction.cpu:.2f} times its CPU\n",
        flush=True,
    )


def command_time(command: Sequence[str]) -> Spent:
    """Run a command, and give what it and its processes took."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(wall=time.perf_counter() - started, cpu=cpu)


def timed(work: Callable[[Path, int, int], Spent], file: Path, workers: int) -> Spent:
    """Run a share of the work in each process; give the wall time of the slowest and the CPU of all, without their starts."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        shares = [pool.submit(work, file, at, workers) for at in range(workers)]
        spent = [share.result() for share in shares]
    return Spent(wall=max(one.wall for one in spent), cpu=sum(one.cpu for one in spent))


def payloads(file: Path) -> Iterator[tuple[int, str, str | None, bytes]]:
    with file.open("rb") as stream:
        for number, record in enumerate(ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True)):
            yield number, record.headers["WARC-Target-URI"], record.http_content_type, record.reader.read()


def read_share(file: Path, _at: int, workers: int) -> Spent:
    """Read the file by FastWARC, which reads a file from its beginning: a share of the time stands for a share of the records."""
    before, cpu = time.perf_counter(), time.process_time()
    for _ in payloads(file):
        pass
    return Spent(wall=(time.perf_counter() - before) / workers, cpu=(time.process_time() - cpu) / workers)


def extract_share(file: Path, at: int, workers: int) -> Spent:
    """Extract every so-many-th page; only extraction counts, not what brings the pages."""
    from benchmarks.readers import load_language_model
    from pipelines.items import Page
    from pipelines.warm import warm
    from pipelines.workers import read_page

    warm()
    load_language_model()
    wall = cpu = 0.0
    for number, url, kind, payload in payloads(file):
        if number % workers == at:
            page = Page(url=url, body=gzip.decompress(payload), content_type=kind)
            before, cpu_before = time.perf_counter(), time.process_time()
            read_page(page)
            wall, cpu = wall + time.perf_counter() - before, cpu + time.process_time() - cpu_before
    return Spent(wall=wall, cpu=cpu)


if __name__ == "__main__":
    sys.exit(main())
