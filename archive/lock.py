"""One run per archive: a lock file that tells who holds it, and that no kill -9 leaves behind.

Owns `presskeep.lock`. The lock is the kernel's (flock), the text inside is for people.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError, BusyError

LOCK = "presskeep.lock"


@contextlib.contextmanager
def hold(folder: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the archive for one run, waiting at most `wait` seconds; raises BusyError with the holder's line."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ArchiveError(f"cannot use {folder} as an archive: {error.strerror}") from error
    try:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise BusyError(folder, holder(folder) or "unknown") from None
                time.sleep(0.1)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with contextlib.suppress(OSError):  # a full disk: the lock is the kernel's, the text is for people
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()}, since {now}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(folder: Path) -> str | None:
    """Say who holds the archive now (`process 4711, since 2026-11-23T20:00:00Z`), or None."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "unknown"
    finally:
        os.close(descriptor)
    return None
