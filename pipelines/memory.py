"""A process's memory: how much it has held at most, and what its garbage collector need not look at."""

import contextlib
import gc
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Give the most resident memory since this program began, in MB (2^20 bytes)."""
    if _STATUS.exists():  # ru_maxrss begins with what the parent held when it started this process
        return int(_STATUS.read_text(encoding="latin-1").partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


@contextlib.contextmanager
def without_garbage() -> Iterator[None]:
    """Import within this: what modules bring stays, so looking for garbage in it is for nothing, meanwhile and later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
