"""Crawl on a cluster: the sources in shards of whole hosts, each crawled by a worker, what they bring merged as it comes.

Owns the coordinator's side: it alone writes the archive. A shard that is lost is begun again; a coordinator that is killed leaves
its links due, and the next run takes up what its workers still put back.
"""

import contextlib
import json
import logging
import shutil
import signal
import tempfile
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Protocol

from archive.due import count_due
from archive.erasure import erase
from archive.errors import PresskeepError
from archive.links import mend_future
from archive.lock import hold
from archive.merge import merge
from archive.shard import Part, cut
from archive.shared_folder import SharedFolder
from archive.store import Store, open_store
from archive.warc import recover
from crawler.cluster_summary import summary_of
from crawler.config import Config
from crawler.ping import Monitor
from crawler.run_log import kept_log, log_path
from crawler.shard_worker import (
    ALIVE,
    ARCHIVE,
    CLOSED,
    DONE,
    LOOKS_A_LEASE,
    PART,
    RUNNING,
    SEED,
    ShardCrawled,
    ShardJob,
    crawl_shard,
    pack,
    unpack,
)
from crawler.shards import Shard, make_shards
from crawler.sources import Source
from crawler.summary import CrawlOptions, RunSummary, as_text
from pipelines.templates import learn_templates

logger = logging.getLogger(__name__)

LEASE = 60.0
SHARDS_A_WORKER = 4
"""The smaller a shard, the less is lost with it; the larger, the less it costs to begin."""
IN_FLIGHT = 2
"""Shards that are given out, for each worker: each lies in the shared folder, twice."""
TRIES = 3


class Callers(Protocol):
    """Workers that call functions: pipelines/cluster.py has them."""

    @property
    def n_workers(self) -> int:
        """How many calls run at once."""

    def call(self, function: Callable[[ShardJob], ShardCrawled], argument: ShardJob) -> "Future[ShardCrawled]":
        """Call a function on one of them."""


@dataclass(slots=True, kw_only=True)
class _Run:
    """One crawl on a cluster."""

    folder: Path
    store: Store
    config: Config
    options: CrawlOptions
    clock: Callable[[], datetime]
    engine: Callers
    exchange: SharedFolder
    lease: float
    ends_at: float | None
    """By our monotonic clock."""
    stopping: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    """Source -> why its shard was given up."""
    n_tries: dict[str, int] = field(default_factory=dict)

    def crawl(self, shards: Sequence[Shard]) -> None:
        """Crawl the shards, some at a time; each is merged when it is back."""
        waiting, flying = deque(shards), dict[Future[ShardCrawled], Shard]()
        while flying or (waiting and not self.stopping):
            while waiting and not self.stopping and len(flying) < IN_FLIGHT * self.engine.n_workers:
                shard = waiting.popleft()
                flying[self._send(shard)] = shard
            done, _ = wait(flying, timeout=0.5, return_when=FIRST_COMPLETED)
            if self.stopping:
                self.exchange.write(CLOSED, "stop")
            for future in done:
                shard = flying.pop(future)
                if (why := self._receive(shard, future)) is None:
                    continue
                self.n_tries[shard.name] = self.n_tries.get(shard.name, 0) + 1
                logger.warning("a shard failed shard=%s try=%d why=%s", shard.name, self.n_tries[shard.name], why)
                if self.n_tries[shard.name] < TRIES and not self.stopping:
                    waiting.append(shard)
                else:
                    self.failed |= {source.name: why for source in shard.sources}

    def _send(self, shard: Shard) -> "Future[ShardCrawled]":
        left = None if self.ends_at is None else max(1.0, self.ends_at - time.monotonic())
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".shard-") as made:
            place = Path(made)
            part = cut(self.folder, place / ARCHIVE, [source.name for source in shard.sources], is_near=shard.is_near)
            (place / PART).write_text(json.dumps(asdict(part)), encoding="utf-8")
            pack(place, place / "seed.tar", (PART, ARCHIVE))
            self.exchange.put(f"{shard.name}{SEED}", place / "seed.tar")
        job = ShardJob(
            exchange=self.exchange.name,
            shard=shard,
            # a worker is one core's
            config=replace(self.config, workers=self.config.workers or 1),
            options=replace(self.options, max_time=left, wait=0.0),
            lease=self.lease,
        )
        return self.engine.call(crawl_shard, job)

    def _receive(self, shard: Shard, future: "Future[ShardCrawled]") -> str | None:
        """Merge what a shard brought; why it brought nothing, where it did not."""
        error = future.exception()
        if error is not None:
            return str(error) or type(error).__name__
        if (fault := future.result().fault) is not None:
            return fault
        take_back(self.folder, self.store, self.exchange, shard.name, now=self.clock())
        return None


def crawl_on_cluster(
    folder: Path,
    sources: Sequence[Source],
    *,
    config: Config,
    options: CrawlOptions,
    monitor: Monitor,
    engine: Callers,
    shared: SharedFolder,
    clock: Callable[[], datetime],
    lease: float = LEASE,
) -> RunSummary:
    """Crawl `sources` on the workers of `engine`, which reach the folder `shared`, and give the summary of all shards.

    Raises BusyError where another run holds the archive, ArchiveError where it cannot be written, PlaceError where the shared
    folder cannot be used.
    """
    with (
        hold(folder, wait=options.wait),
        kept_log(folder),
        monitor.watch(),
        contextlib.closing(open_store(folder)) as store,
    ):
        recover(folder)
        erase(folder, store, clock())
        (before,) = store.db.execute("SELECT coalesce(max(id), 0) FROM runs").fetchone()
        take_up(folder, store, shared, lease=lease, clock=clock)
        shards = _prepared(store, sources, clock(), most=SHARDS_A_WORKER * engine.n_workers)
        run = _Run(
            folder=folder, store=store, config=config, options=options, clock=clock, engine=engine, lease=lease,
            exchange=shared.below(f"{clock():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"),
            ends_at=time.monotonic() + options.max_time if options.max_time else None,
        )  # fmt: skip
        with _alive(run.exchange, lease), _orderly(run):
            try:
                run.crawl(shards)
            finally:
                # after a fault, too: what is still out there must stop
                run.exchange.write(CLOSED, "end")
        run.exchange.remove_all()
        if not run.stopping:
            _learn(store, before, clock())
        summary = summary_of(store, before, failed=run.failed, stopped=run.stopping)
        logger.info("run ended exit_code=%s shards=%d", summary.exit_code, len(shards))
        monitor.end(summary.exit_code, as_text(summary))
        return summary


def _prepared(store: Store, sources: Sequence[Source], now: datetime, *, most: int) -> list[Shard]:
    """Mirror the sources, as a crawl does, and put them into shards."""
    known, weights = {}, {}
    with store.transaction():
        mend_future(store, now=now)
        for source in sources:
            source_id = store.save_source(
                name=source.name, url=source.url, language=source.language, tags=source.tags, enabled=True, now=now
            )
            rows = store.db.execute("SELECT url FROM feeds WHERE source_id = ?", (source_id,))
            known[source.name] = [row["url"] for row in rows]
            weights[source.name] = count_due(store.db.conn, source_id, now)
    return make_shards(sources, known=known, weights=weights, most=most)


def take_back(folder: Path, store: Store, exchange: SharedFolder, name: str, *, now: datetime) -> None:
    """Merge a shard that lies in the shared folder, and remove it there."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".shard-") as made:
        place = Path(made)
        exchange.get(f"{name}{DONE}", place / "done.tar")
        unpack(place / "done.tar", place)
        (place / "done.tar").unlink()
        part = Part(**json.loads((place / PART).read_text(encoding="utf-8")))
        report = merge(store, place / ARCHIVE, now=now, part=part)
        logger.info("a shard is merged shard=%s new=%d changed=%d", name, report.n_new, report.n_changed)
        with (
            contextlib.suppress(OSError),
            log_path(place / ARCHIVE).open("rb") as theirs,
            log_path(folder).open("ab") as log,
        ):
            shutil.copyfileobj(theirs, log)
    for ending in (DONE, SEED):
        exchange.remove(f"{name}{ending}")


def take_up(folder: Path, store: Store, shared: SharedFolder, *, lease: float, clock: Callable[[], datetime]) -> None:
    """Take up what a killed coordinator's workers still bring: stop them in good order, wait for them, merge what they had."""
    for run in shared.names():
        exchange = shared.below(run)
        exchange.write(CLOSED, "the coordinator died")
        deadline = time.monotonic() + 2 * lease
        while (names := exchange.names()) and any(name.endswith(RUNNING) for name in names):
            if time.monotonic() > deadline:
                logger.warning("a worker of a killed run does not answer run=%s", run)
                break
            time.sleep(lease / LOOKS_A_LEASE / 4)
        for name in names:
            if name.endswith(DONE):
                take_back(folder, store, exchange, name.removesuffix(DONE), now=clock())
        exchange.remove_all()


def _learn(store: Store, before: int, now: datetime) -> None:
    """Learn the templates of the sources that brought texts, from all texts; no shard has all."""
    rows = store.db.execute(
        "SELECT DISTINCT source_id FROM run_sources WHERE run_id > ? AND n_new + n_revised > 0", (before,)
    )
    learn_templates(store, [row["source_id"] for row in rows.fetchall()], now=now)


@contextlib.contextmanager
def _alive(exchange: SharedFolder, lease: float) -> Iterator[None]:
    """Give signs of life while the block runs."""
    ended = threading.Event()

    def beat() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            with contextlib.suppress(PresskeepError):  # the next one may be seen; workers wait for a lease
                exchange.write(ALIVE, str(number))
            ended.wait(lease / LOOKS_A_LEASE)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def _orderly(run: _Run) -> Iterator[None]:
    """Stop in good order at the first SIGTERM or Ctrl-C, at once at the second."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (a handler's signature)
        if run.stopping:
            raise KeyboardInterrupt
        run.stopping = True
        logger.warning("stopping: the workers put back what they have")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
