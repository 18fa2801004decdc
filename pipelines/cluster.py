"""An engine on many machines: Dask, through its interface of concurrent.futures (the extra `cluster`).

Owns every call of Dask. A Dask worker hands each task on to a process of its own (LocalEngine), so that deadlines, memory limits
and a page that kills its process are what they are on one machine, and the worker itself lives. A worker that dies is
Dask's to notice: its tasks run again elsewhere. The engine's contract is pipelines/engine.py.
"""

import contextlib
import logging
import multiprocessing
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired

from archive import __version__
from archive.errors import ArchiveError, PresskeepError, UsageError
from pipelines.engine import B, LocalEngine, Task

logger = logging.getLogger(__name__)

A = TypeVar("A")
T = TypeVar("T")

LONGEST_WAIT = 30.0
"""Seconds to wait for a scheduler, and for its first worker."""
COUNT_AGAIN = 5.0
"""Seconds between two looks at how many workers there are."""


class ClusterError(ArchiveError):
    """The cluster is not there, not whole, or not ours."""

    exit_code = 1


class DaskEngine:
    """The workers of a Dask cluster."""

    def __init__(self, address: str, *, wait: float = LONGEST_WAIT) -> None:
        """Connect to a scheduler (`tcp://HOST:8786`, `tls://…`) and look at its workers; raises UsageError, ClusterError."""
        try:
            import distributed
        except ImportError as error:
            raise UsageError("--cluster needs Dask: install presskeep[cluster]") from error
        if "://" not in address:
            raise UsageError(f"--cluster {address}: write tcp://{address}")
        connect: Any = distributed.Client
        try:
            self._client = connect(address, timeout=wait, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address}: {_said(error)}") from error
        try:
            self._client.wait_for_workers(1, timeout=wait)
            self._check()
        except TimeoutError as error:
            self._client.close()
            raise ClusterError(f"the cluster at {address} has no workers") from error
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)
        self._n_workers, self._counted_at = 0, -COUNT_AGAIN

    def _check(self) -> None:
        """Look whether every worker has this presskeep: another one would read pages otherwise."""
        try:
            found = self._client.run(_version)
        except Exception as error:  # what a worker without presskeep raises is Dask's
            raise ClusterError(f"a worker of the cluster cannot run presskeep: {_said(error)}") from error
        for worker, version in found.items():
            if version != __version__:
                raise ClusterError(f"the worker {worker} has presskeep {version}, this is {__version__}")

    @property
    def n_workers(self) -> int:
        """How many tasks run at once, as far as is known: workers may come and go."""
        if time.monotonic() - self._counted_at >= COUNT_AGAIN:
            with contextlib.suppress(OSError, TimeoutError):
                self._n_workers = sum(self._client.nthreads().values())
            self._counted_at = time.monotonic()
        return max(1, self._n_workers)

    @property
    def alive(self) -> bool:
        """False where the scheduler is gone."""
        return bool(self._client.status == "running")

    def submit(self, task: Task[B]) -> "Future[B]":
        """Run a task on one of the workers, in a process of its own there."""
        return self._ask(_run, task, pickle.loads)

    def call(self, function: Callable[[A], T], argument: A) -> "Future[T]":
        """Run a function on one of the workers, in one of its threads; should the worker die, again on another."""
        return self._ask(function, argument, _as_it_is)

    def _ask(self, function: Callable[[A], Any], argument: A, read: Callable[[Any], T]) -> "Future[T]":
        if not self.alive:
            raise ClusterError("the connection to the Dask scheduler is lost")
        answered: Future[T] = Future()
        self._executor.submit(_answer, function, argument).add_done_callback(partial(_hand_over, answered, read))
        return answered

    def close(self) -> None:
        """Leave the cluster; what still runs there is dropped."""
        self._executor.shutdown(wait=False)
        self._client.close(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _said(error: BaseException) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:200]


def _version() -> str:
    return __version__


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a function raised, as a value: Dask has its own mind about exceptions, and begins such tasks again."""

    error: BaseException


def _as_it_is(found: T) -> T:
    return found


def _hand_over(answered: "Future[Any]", read: Callable[[Any], Any], future: "Future[Any]") -> None:
    if future.cancelled():
        answered.set_exception(BrokenProcessPool("the cluster dropped the task"))
    elif (error := future.exception()) is not None:
        answered.set_exception(BrokenProcessPool(_said(error)))  # its worker died again and again
    elif isinstance(found := future.result(), _Raised):
        answered.set_exception(found.error)
    else:
        try:
            answered.set_result(read(found))
        except Exception as error:  # noqa: BLE001 (who waits hears of it)
            answered.set_exception(error)


def _answer(function: Callable[[A], T], argument: A) -> T | _Raised:
    """Call a function: what runs on a Dask worker."""
    try:
        return function(argument)
    except ProcessExpired as error:
        return _Raised(BrokenProcessPool(str(error)))
    except Exception as error:  # noqa: BLE001 (the coordinator raises it)
        return _Raised(_portable(error))


def _portable(error: Exception) -> Exception:
    """Give an error that arrives as it is, or one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (made in this line)
    except Exception:  # noqa: BLE001 (an error with arguments of its own)
        return next(
            (kind(_said(error)) for kind in (PresskeepError, TimeoutError, MemoryError) if isinstance(error, kind)),
            RuntimeError(_said(error)),
        )
    return error


_engines: dict[int, LocalEngine] = {}
"""By thread of a Dask worker: the process that runs its tasks."""
_lock = threading.Lock()


def _packed(task: Task[B]) -> bytes:
    """Run a task, and pickle its batch where it is made: nobody on its way to the coordinator has to take it apart."""
    return pickle.dumps(task.run(), pickle.HIGHEST_PROTOCOL)


def _run(task: Task[B]) -> bytes:
    """Run a task in the process beside this thread, and give its batch pickled."""
    with _lock:
        engine = _engines.get(threading.get_ident())
        if engine is None:
            # Dask's nanny starts its workers as daemons, which multiprocessing lets have no children lest they outlive them;
            # ours end when their pipe closes
            multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # noqa: SLF001
            engine = _engines[threading.get_ident()] = LocalEngine(1)
    return engine.call(_packed, task, seconds=task.seconds).result()
