"""How much room the disk of an archive has, how much a run must leave, and what a reader that holds the database costs.

Owns the default: a twentieth of the disk, 100 MB at most, so that a database that others share never meets a full disk.
"""

import errno
import re
import shutil
import sqlite3
from pathlib import Path

from archive.errors import ArchiveError

MOST_DEFAULT = 100_000_000
SHARE = 20
LARGE_LOG = 256_000_000
"""Bytes of a write-ahead log: it is folded in at an eighth of that, unless a reader holds on to what was there before."""
_SIZE = re.compile(r"(?i)^\s*(\d{1,15})\s*([kmgt]?)i?b?\s*$")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


class FullDiskError(ArchiveError):
    """There is no room for more; what was kept before is whole, and the next run goes on with the rest."""

    exit_code = 1


def parse_size(text: str) -> int | None:
    """Read a size: bytes, or with k, M, G, T (powers of 1000); None for anything else."""
    found = _SIZE.match(text)
    return int(found[1]) * _UNITS[found[2].lower()] if found else None


def short_of_room(folder: Path, least: int | None) -> str | None:
    """Say how little room is left where it is less than `least` (None: the default), else None."""
    place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    usage = shutil.disk_usage(place)
    wanted = min(MOST_DEFAULT, usage.total // SHARE) if least is None else least
    if usage.free >= wanted:
        return None
    return f"only {usage.free / 1e6:,.1f} MB are free at {folder}, {wanted / 1e6:,.1f} MB must stay free (--min-free)"


def large_log(folder: Path) -> str | None:
    """Say how large the database's write-ahead log has become where that is a lot, else None."""
    try:
        size = (folder / "archive.db-wal").stat().st_size
    except FileNotFoundError:  # whoever closes the database last removes it
        return None
    if size < LARGE_LOG:
        return None
    return (
        f"the write-ahead log has {size / 1e6:,.0f} MB: a reader holds the database, and it grows until that one ends"
    )


def is_full_disk(error: BaseException | None) -> bool:
    """Tell a full disk or quota from other faults of writing."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            return True
        if isinstance(error, sqlite3.OperationalError) and "disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
