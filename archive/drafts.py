"""Files that a user names and that are written whole or not at all.

Owns the draft beside such a file, and how it takes the file's place. What nothing can take the place of is written straight.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path


def is_stream(path: Path) -> bool:
    """Tell a FIFO, a device or an open descriptor (/dev/stdout, /dev/fd/3) from a file, which another can replace."""
    folder = Path(os.path.realpath(path.parent))
    return folder == Path("/dev") or folder.is_relative_to("/proc") or (path.exists() and not path.is_file())


def draft_name(path: Path) -> Path:
    """Give a name beside a path that nobody has."""
    return path.with_name(f".{path.name[:50]}.{os.urandom(8).hex()}")


@contextlib.contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Give where to write what will be at `path`: a draft, which is there in the end, or is removed where something fails.

    A link stays, and what it leads to is replaced. The file has the rights that it would have had if it were written in place.
    A stream is written straight; a reader of it that has had enough is no fault. Raises OSError.
    """
    if is_stream(path):
        with contextlib.suppress(BrokenPipeError):
            yield path
        return
    target = Path(os.path.realpath(path))
    before = _state(target)
    draft = draft_name(target)
    try:
        draft.touch(exist_ok=False)
        yield draft
        if before is not None:
            with contextlib.suppress(PermissionError):  # only root gives a file to others
                os.chown(draft, before.st_uid, before.st_gid)
            draft.chmod(stat.S_IMODE(before.st_mode))
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _state(path: Path) -> os.stat_result | None:
    """Give whose a file is and its mode, None where there is none; raises OSError where it may not be written."""
    try:
        with path.open("r+b") as file:
            return os.fstat(file.fileno())
    except FileNotFoundError:
        return None
