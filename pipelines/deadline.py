"""A deadline for one page inside a worker that reads many: what takes too much processor time is interrupted, and the worker lives.

Owns the alarm. It works in a process's main thread, where a signal can reach Python code; elsewhere, and where a library's own
code does not return, or waits, the engine's deadline for the whole task is left.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class OverdueError(BaseException):
    """Raised where the deadline strikes. No Exception: nothing that shields a page from its own faults may swallow it."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Run the block with at most so much processor time of the process; raises OverdueError."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def strike(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 (a handler's signature)
        raise OverdueError

    before = signal.signal(signal.SIGPROF, strike)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
