"""Run extraction in worker processes, with a deadline and a memory limit for each page.

Owns the pool. A page that takes too long or too much costs its worker, which is replaced; the other pages go on.
pebble's pool is used because concurrent.futures' breaks as a whole when a worker dies.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessFuture, ProcessPool

from archive.records import Article
from pipelines.items import NoArticle, Page
from pipelines.memory import without_garbage

if TYPE_CHECKING:
    from pipelines.clean.template import Template

logger = logging.getLogger(__name__)

T = TypeVar("T")

LARGE = 1024 * 1024
LOOK_AGAIN = 1.0
"""Seconds between two looks at whether the pool is still there: one that broke says nothing to those who wait."""
LOCK_PATIENCE = 5
"""Seconds that a worker waits for the pipe that it shares with the others, whose own turns take milliseconds (pebble: 60)."""
STUCK = 30
"""Seconds in which no worker takes anything on, after which the pool is made anew: one that is killed in its turn at the pipe
keeps the lock, and the others wait for it without end.
"""
OWN_MEGABYTES = 256
"""What a worker's own imports take, generously."""
PREPARING = "preparing"
"""The thread in which a worker imports what pages need; its time counts as the first page's, which has plenty."""
_a_page_is_there = threading.Event()
"""In a worker: what the first page needs is paid by itself from here on."""
PATIENCE = 15
"""How many times the processor time that a page may take it may take by the clock: on a busy machine innocent pages wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a worker makes of a page: the article or the reason why there is none, and the article's signature."""

    extraction: Article | NoArticle
    signature: bytes | None = None
    next_url: str | None = None
    """The page on which the article goes on."""
    first_url: str | None = None
    """The first page of the article, where this is a later one."""


class Workers:
    """A pool of extraction processes; calls are awaited, and never raise for what a page does."""

    def __init__(
        self,
        count: int | None = None,
        *,
        profile: str = "full",
        seconds: float = 20.0,
        megabytes: int = 512,
    ) -> None:
        """Use `count` processes (default: one per core this process may use), each page for at most `seconds` of processor time.

        `megabytes` is what a page may take beyond the worker's own size.
        """
        self.count = count or available_cores()
        self.profile = profile
        self._seconds = seconds
        self._megabytes = megabytes
        self._pool: ProcessPool | None = None
        self._asked: set[ProcessFuture[Any]] = set()
        self._moved_at = 0.0
        self._closed = False

    def warm_up(self) -> ProcessPool:
        """Start the processes now, so that they import while the first pages are on their way; a second call does nothing."""
        if self._pool is None:
            # spawn: the crawler has threads, and a fork of it would carry their locks
            self._pool = ProcessPool(
                max_workers=self.count,
                max_tasks=2000,
                initializer=start_worker,
                initargs=(self._megabytes,),
                context=multiprocessing.get_context("spawn"),
            )
            self._moved_at = time.monotonic()
            for _ in range(self.count):
                self._pool.schedule(os.getpid)
        return self._pool

    async def read(self, page: Page, template: "Template | None" = None) -> Reading:
        """Extract a page and cut its source's template.

        A page that is too dear, or on which extraction fails, is a NoArticle with its reason.
        """
        if len(page.body) > LARGE:
            from pipelines.extract import no_article

            if (refused := no_article(page)) is not None:  # a copy for the worker, and one on the way to it, are saved
                return Reading(extraction=refused)
        try:
            return await self.call(_read, page, self.profile, template)
        except DeadlineError:
            return _refused("too_complex", f"extraction took over {self._seconds:g} s of processor time")
        except MemoryError:
            return _refused("too_complex", "extraction took more memory than a page may")
        except (ProcessExpired, BrokenProcessPool) as error:
            return _refused("worker_died", str(error) or "the extraction process ended")
        except Exception as error:
            logger.exception("extraction failed url=%s", page.url)
            return _refused("extractor_error", f"{type(error).__name__}: {error}")

    async def call(self, function: Callable[..., T], *args: Any, seconds: float | None = None) -> T:
        """Run a pure function in a worker under the same limit of processor time, or one of its own; what it raises is raised here.

        Raises also concurrent.futures' TimeoutError and BrokenProcessPool, pebble.ProcessExpired and MemoryError. A pool
        that broke with its workers is replaced, and the call made again, once: a function that breaks pools must not
        break all of them.
        """
        allowed = seconds or self._seconds
        for _ in range(2):
            if self._closed:
                break
            pool = self.warm_up()
            try:
                future = pool.schedule(_limited, args=(allowed, function, *args), timeout=allowed * PATIENCE)
            except RuntimeError:  # it broke before
                self._give_up(pool)
                continue
            waiting: asyncio.Future[T] = asyncio.wrap_future(future)
            if not self._asked:
                self._moved_at = time.monotonic()
            self._asked.add(future)
            try:
                while not waiting.done() and pool.active and not self._is_stuck():
                    await asyncio.wait({waiting}, timeout=LOOK_AGAIN)
            finally:
                self._asked.discard(future)
            try:
                if waiting.done():
                    return await waiting
            except ProcessExpired as error:
                if error.exitcode == -signal.SIGPROF:
                    raise DeadlineError(f"over {allowed:g} s of processor time") from error
                raise
            except BrokenProcessPool as error:
                logger.info("the extraction pool broke error=%s", error)
            waiting.cancel()
            self._give_up(pool)
        raise BrokenProcessPool("the extraction processes ended again and again")

    def _is_stuck(self) -> bool:
        """Tell whether no worker has been at work for long, although there is some."""
        if any(future.running() or future.done() for future in self._asked):
            self._moved_at = time.monotonic()
        return time.monotonic() - self._moved_at > STUCK

    def _give_up(self, pool: ProcessPool) -> None:
        if self._pool is pool and not self._closed:
            logger.warning("the extraction processes are started anew")
            self._pool = None
            pool.stop()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Stop the processes; what they still do is dropped."""
        self._closed = True
        if self._pool is not None:
            # pebble's threads may be in the middle of handing over a page when its worker goes
            threading.excepthook = lambda fault: logger.debug("a pool thread ended error=%s", fault.exc_value)
            self._pool.stop()  # type: ignore[no-untyped-call]
            with contextlib.suppress(DeadlineError):
                self._pool.join(timeout=2)


def _refused(reason: str, detail: str) -> Reading:
    return Reading(extraction=NoArticle(reason=reason, detail=detail))


def _limited(seconds: float, function: Callable[..., T], *args: Any) -> T:
    """Run a function; the kernel ends this process where it takes more processor time, in a library's own code, too."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _read(page: Page, profile: str, template: "Template | None") -> Reading:
    _a_page_is_there.set()
    for thread in threading.enumerate():
        if thread.name == PREPARING:
            thread.join()  # side by side they would pay for the same things twice
    return read_page(page, profile=profile, template=template)


def read_page(page: Page, *, profile: str = "full", template: "Template | None" = None) -> Reading:
    """Extract a page, cut its source's template and sign its body, in this process."""
    from pipelines.clean.template import clean_template
    from pipelines.extract import extract
    from pipelines.parts import first_part, next_part

    extraction = extract(page, profile=profile)
    if not isinstance(extraction, Article):
        return Reading(extraction=extraction)
    next_url, first_url = next_part(page, extraction), first_part(page, extraction) if page.part == 1 else None
    if template is not None:
        extraction = clean_template(extraction, template)
    return replace(signed(extraction), next_url=next_url, first_url=first_url)


def signed(extraction: Article | NoArticle) -> Reading:
    """Give what was made of a page with its body's near-duplicate signature."""
    from archive.fingerprint import signature

    return Reading(
        extraction=extraction, signature=signature(extraction.body) if isinstance(extraction, Article) else None
    )


def available_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def start_worker(megabytes: int) -> None:
    """Begin a worker process: deaf to Ctrl-C, with a limit on its memory, warm for its first page."""
    # Ctrl-C reaches the whole process group: the crawler decides what becomes of its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    statm = Path("/proc/self/statm")
    if statm.exists():  # Linux
        own = int(statm.read_text(encoding="ascii").split()[5]) * resource.getpagesize()
        limit = own + (OWN_MEGABYTES + megabytes) * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    CONSTS.channel_lock_timeout = LOCK_PATIENCE
    # before any thread: urllib3's note that it has no SOCKS, which trafilatura makes it print where two imports meet
    warnings.filterwarnings("ignore", "SOCKS support in urllib3")
    # a feed need not wait for what the first page will want, nor the first page where it is still on its way
    threading.Thread(target=prepare, name=PREPARING, daemon=True).start()


def prepare() -> None:
    """Pay what the first page would pay, as long as there is none."""
    with without_garbage():
        from pipelines.warm import load, warm

        load()
        if not _a_page_is_there.is_set():
            warm()
