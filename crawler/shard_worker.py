"""Crawl a shard on a machine of a cluster: fetch its part of the archive, run the ordinary crawl into it, put it back.

Owns the worker's side. The crawl is a process of its own (crawler/shard_process.py), which ends with this one whatever ends it, and
is stopped in good order once the coordinator gives no sign of life: no host is ever asked from two machines for longer than
the lease.
"""

import logging
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from archive.shared_folder import SharedFolder
from crawler.config import Config
from crawler.shards import Shard
from crawler.summary import CrawlOptions

logger = logging.getLogger(__name__)

ALIVE, CLOSED = "alive", "closed"
"""What the coordinator writes again and again, and what it writes when all shards are to stop."""
SEED, RUNNING, DONE = ".seed.tar", ".running", ".done.tar"
ARCHIVE, JOB, FAULT, PART = "archive", "job.pickle", "fault.txt", "part.json"
LOOKS_A_LEASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardJob:
    """A shard to crawl, as a worker gets it."""

    exchange: str
    """The folder that coordinator and workers share."""
    shard: Shard
    config: Config
    options: CrawlOptions
    lease: float
    """Seconds without a sign of life from the coordinator, after which the crawl is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardCrawled:
    """How it went; what it brought lies in the shared folder."""

    name: str
    fault: str | None = None
    """Why there is nothing."""


def crawl_shard(job: ShardJob) -> ShardCrawled:
    """Crawl a shard; called on a worker."""
    exchange, name = SharedFolder(job.exchange), job.shard.name
    if f"{name}{DONE}" in exchange.names():
        return ShardCrawled(name=name)  # a worker that died afterwards had done it
    place = _workplace()
    try:
        exchange.write(f"{name}{RUNNING}", f"{socket.gethostname()} {os.getpid()}")
        _unpack(exchange, f"{name}{SEED}", place)
        (place / JOB).write_bytes(pickle.dumps(job))
        _crawl(place, exchange, job.lease)
        if (place / FAULT).exists():
            return ShardCrawled(name=name, fault=(place / FAULT).read_text(encoding="utf-8"))
        pack(place, place / "done.tar", (PART, ARCHIVE))
        exchange.put(f"{name}{DONE}", place / "done.tar")
        return ShardCrawled(name=name)
    finally:
        exchange.remove(f"{name}{RUNNING}")
        shutil.rmtree(place, ignore_errors=True)


def _workplace() -> Path:
    """Make a folder to work in, and remove those that dead workers left."""
    base = Path(tempfile.gettempdir()) / f"presskeep-shards-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    for path in base.iterdir():
        pid = path.name.partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists() and Path("/proc/self").exists():
            shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))


def _unpack(exchange: SharedFolder, name: str, place: Path) -> None:
    exchange.get(name, place / "seed.tar")
    unpack(place / "seed.tar", place)
    (place / "seed.tar").unlink()


def pack(folder: Path, target: Path, names: tuple[str, ...]) -> None:
    """Put files and folders into a tar file; WARC files are compressed already."""
    with tarfile.open(target, "w") as packed:
        for name in names:
            if (folder / name).exists():
                packed.add(folder / name, name)


def unpack(packed: Path, folder: Path) -> None:
    """Unpack a tar file; nothing in it can lie outside `folder`."""
    with tarfile.open(packed) as file:
        file.extractall(folder, filter="data")


def _crawl(place: Path, exchange: SharedFolder, lease: float) -> None:
    with (place / "stderr.txt").open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", "crawler.shard_process", str(place)],
            stdin=subprocess.PIPE,  # it ends where this pipe does
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    watch = _Watch(exchange, lease)
    try:
        while process.poll() is None:
            if watch.is_over():
                process.send_signal(signal.SIGTERM)
            time.sleep(min(0.2, lease / LOOKS_A_LEASE))
        if process.returncode and not (place / FAULT).exists():
            said = (place / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            why = said[-1] if said else f"exit code {process.returncode}"
            (place / FAULT).write_text(f"the crawl ended: {why[:200]}", encoding="utf-8")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Watch:
    """Looks whether the coordinator lives."""

    def __init__(self, exchange: SharedFolder, lease: float) -> None:
        self._exchange = exchange
        self._lease = lease
        self._last, self._changed_at = None, time.monotonic()  # type: tuple[str | None, float]
        self._looked_at = 0.0
        self._said = False

    def is_over(self) -> bool:
        """Say once that the crawl has to stop. By our own clock: two machines' clocks differ."""
        now = time.monotonic()
        if self._said or now - self._looked_at < self._lease / LOOKS_A_LEASE:
            return False
        self._looked_at = now
        sign = self._exchange.read(ALIVE)
        if sign != self._last:
            self._last, self._changed_at = sign, now
        closed = self._exchange.read(CLOSED) is not None
        self._said = closed or now - self._changed_at > self._lease
        if self._said:
            logger.warning("a shard is stopped closed=%s", closed)
        return self._said
