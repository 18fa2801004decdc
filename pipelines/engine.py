"""Run many tasks on worker processes and give what they bring in the order of the tasks: the seam of import and re-extraction.

Owns the contract between a coordinator, the only one who writes, and whatever runs the tasks:

- A task is a picklable value (a slice of a WARC file, a list of captures). `run` reads and extracts, and writes nothing;
  it may run twice. What it gives is picklable and bounded; what it did not get to is `rest`, a task again.
- An engine has `n_workers`, `alive`, `submit(task)` (a concurrent.futures.Future of what `run` gives; a task that takes longer
  than `task.seconds` ends with TimeoutError, one whose worker died with any other exception) and `close()`.
- `in_order` keeps a few tasks in flight and takes the next only when the coordinator has taken a batch: that is the
  back-pressure. A task that fails is tried item by item, and an item that fails alone is passed over, with the reason.
"""

import contextlib
import logging
import multiprocessing
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from pebble import ProcessPool

from archive.errors import ArchiveError, PresskeepError
from pipelines.workers import available_cores, start_worker

logger = logging.getLogger(__name__)

AHEAD = 3
"""Tasks in flight or waiting to be taken, for each worker."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at whether the workers are still there."""
MOST_BLAMED = 50
"""Items in a row that end their worker: then it is not the items."""


class Batch(Protocol):
    """What a task brought."""

    @property
    def rest(self) -> "Task[Any] | None":
        """What it did not get to; None where it is done."""


B_co = TypeVar("B_co", bound=Batch, covariant=True)
B = TypeVar("B", bound=Batch)
A = TypeVar("A")
T = TypeVar("T")


class Task(Protocol[B_co]):
    """A piece of work, as a picklable value."""

    @property
    def seconds(self) -> float:
        """How long it may take before its worker is given up."""

    def run(self) -> B_co:
        """Do it: called in a worker."""

    def alone(self) -> "Task[B_co] | None":
        """Give its first item as a task of its own, whose rest is the rest; None where it is that already."""

    def blamed(self, reason: str, detail: str) -> "Task[B_co]":
        """Give a task that passes over its first item, for this reason, and goes on behind it."""


class Engine(Protocol):
    """Something that runs tasks."""

    @property
    def n_workers(self) -> int:
        """How many tasks run at once."""

    @property
    def alive(self) -> bool:
        """False where what was submitted will never end."""

    def submit(self, task: Task[B]) -> "Future[B]":
        """Run a task, now or soon."""

    def close(self) -> None:
        """Stop; what still runs is dropped."""


class EngineError(ArchiveError):
    """The workers end again and again, whatever they are given."""

    exit_code = 1


class LocalEngine:
    """Worker processes on this machine, each with a memory limit; one that dies or hangs is replaced."""

    def __init__(self, n_workers: int | None = None, *, megabytes: int = 1024) -> None:
        """Set up `n_workers` processes (None: one for each core); they start with the first task."""
        self._n_workers = n_workers or available_cores()
        self._megabytes = megabytes
        self._pool: ProcessPool | None = None

    @property
    def n_workers(self) -> int:
        """How many processes."""
        return self._n_workers

    @property
    def alive(self) -> bool:
        """Tell whether the pool that was submitted to still works."""
        return self._pool is not None and bool(self._pool.active)

    def submit(self, task: Task[B]) -> "Future[B]":
        """Run a task in a process."""
        return self.call(run_task, task, seconds=task.seconds)

    def call(self, function: Callable[[A], T], argument: A, *, seconds: float) -> "Future[T]":
        """Run a function in a process, which is given up after `seconds`."""
        for _ in range(2):
            if self._pool is None:
                # spawn: a fork would carry the locks of the coordinator's threads
                self._pool = ProcessPool(
                    max_workers=self._n_workers,
                    max_tasks=200,
                    initializer=_start_worker,
                    initargs=(self._megabytes,),
                    context=multiprocessing.get_context("spawn"),
                )
            try:
                future: Future[T] = self._pool.schedule(function, args=(argument,), timeout=seconds)
                return future
            except RuntimeError:  # it broke before
                logger.warning("the worker processes are started anew")
                self._stop()
        raise EngineError("the worker processes cannot be started")

    def close(self) -> None:
        """Stop the processes."""
        self._stop()

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            # pebble's threads may be in the middle of handing over a task when its worker goes
            threading.excepthook = lambda fault: logger.debug("a pool thread ended error=%s", fault.exc_value)
            pool.stop()  # type: ignore[no-untyped-call]
            with contextlib.suppress(TimeoutError):
                pool.join(timeout=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _start_worker(megabytes: int) -> None:
    # the tasks need it, and it hides numpy while it loads: before there is a thread that needs numpy
    import archive.database  # noqa: F401

    start_worker(megabytes)


def run_task(task: Task[B]) -> B:
    """Run a task in this process: what an engine hands to its workers."""
    return task.run()


class _Lane(Generic[B]):
    """A task on its way, tried until it gives a batch."""

    def __init__(self, engine: Engine, task: Task[B]) -> None:
        self._engine = engine
        self._task = task
        self._future = engine.submit(task)
        self._n_tries = 1
        self._blamed = False
        self.n_blamed = 0

    def result(self) -> B:
        """Wait for its batch."""
        while True:
            try:
                return self._wait()
            except PresskeepError:
                raise
            except Exception as error:  # noqa: BLE001 (an engine raises its own; what fails alone is named)
                self._again(error)

    def _wait(self) -> B:
        while not wait({self._future}, timeout=LOOK_AGAIN).done:
            if not self._engine.alive and not self._future.done():
                raise BrokenProcessPool("the workers are gone")
        return self._future.result()

    def _again(self, error: Exception) -> None:
        if self._blamed:
            raise EngineError(f"a worker ended while it did nothing: {error!r}") from error
        too_dear = isinstance(error, TimeoutError | MemoryError)
        alone = self._task.alone()
        if alone is not None:
            logger.info("a task failed, its items are tried one by one error=%r", error)
            self._task, self._n_tries = alone, 1
        elif too_dear or self._n_tries > 2:
            self._task = self._task.blamed("too_complex" if too_dear else "worker_died", _said(error))
            self._blamed = True
            self.n_blamed = 1
        else:
            self._n_tries += 1  # killed from outside, perhaps
        self._future = self._engine.submit(self._task)


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "extraction took too long"
    if isinstance(error, MemoryError):
        return "extraction took more memory than a page may"
    return str(error)[:200] or "the extraction process ended"


def in_order(engine: Engine, tasks: Iterable[Task[B]]) -> Iterator[B]:
    """Run tasks and give their batches, in the order of the tasks and of what each found; with a bound on what waits.

    Raises EngineError where the workers end whatever they are given, and what a task raises as a PresskeepError.
    """
    source = iter(tasks)
    lanes: deque[_Lane[B]] = deque()
    n_blamed = 0
    while True:
        while len(lanes) < AHEAD * engine.n_workers and (task := next(source, None)) is not None:
            lanes.append(_Lane(engine, task))
        if not lanes:
            return
        lane = lanes.popleft()
        batch = lane.result()
        n_blamed = n_blamed + 1 if lane.n_blamed else 0
        if n_blamed > MOST_BLAMED:
            raise EngineError(f"{n_blamed} items in a row ended their workers: there is something wrong with these")
        if batch.rest is not None:
            lanes.appendleft(_Lane(engine, batch.rest))
        yield batch
