"""Files that lie outside the archive, by path or URL: opened for reading, measured and listed.

Owns what counts as outside, and the import of fsspec (the extra `remote`), for URLs alone. Refuses to write: what is not ours
stays as it is.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from archive.errors import UsageError

BLOCK = 1 << 20
"""Bytes that are read ahead from a URL."""


class PlaceError(UsageError):
    """A file or URL that cannot be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"cannot read {name}: {why}")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file with what tells whether it has changed."""

    name: str
    """An absolute path, or a URL."""
    size: int
    mark: str
    """Its time of change, or what the server calls its version."""


def is_url(name: str) -> bool:
    """Tell a URL from a path."""
    return "://" in name


def is_outside(name: str) -> bool:
    """Tell a WARC file that is not the archive's own: named by URL or absolute path."""
    return is_url(name) or name.startswith("/")


@contextlib.contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a file for reading; raises PlaceError where it cannot be, OSError where reading fails."""
    if not is_url(name):
        try:
            file = Path(name).open("rb")  # noqa: SIM115 (it is closed below; only opening is named here)
        except OSError as error:
            raise PlaceError(name, error.strerror or str(error)) from error
        with file:
            yield file
        return
    system, path = file_system(name)
    try:
        remote = system.open(path, "rb", block_size=BLOCK, cache_type="readahead")
    except Exception as error:  # what a store raises is its own
        raise PlaceError(name, _why(error)) from error
    with remote:
        yield cast(BinaryIO, _Remote(remote))


class _Remote:
    """A file of a store, whose own errors are OSErrors here."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._file.read(size))
        except OSError:
            raise
        except Exception as error:
            raise OSError(_why(error)) from error

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())


def look_at(name: str) -> Place:
    """Measure a file; raises PlaceError where there is none."""
    if not is_url(name):
        path = Path(name).absolute()
        try:
            status = path.stat()
        except OSError as error:
            raise PlaceError(name, error.strerror or str(error)) from error
        return Place(name=str(path), size=status.st_size, mark=str(status.st_mtime_ns))
    system, path_there = file_system(name)
    try:
        found = system.info(path_there)
    except Exception as error:
        raise PlaceError(name, _why(error)) from error
    mark = found.get("ETag") or found.get("mtime") or found.get("LastModified") or ""
    return Place(name=name, size=int(found["size"] or 0), mark=str(mark).strip('"'))


def files_in(name: str, endings: tuple[str, ...]) -> list[str]:
    """Give a file, or the files in and below a folder whose names end so, in order; raises PlaceError."""
    if not is_url(name):
        path = Path(name)
        if not path.is_dir():
            return [look_at(name).name]
        return sorted(
            str(each.absolute()) for each in path.rglob("*") if each.name.endswith(endings) and each.is_file()
        )
    system, path_there = file_system(name)
    try:
        if not system.isdir(path_there):
            return [name]
        found = system.find(path_there)
    except Exception as error:
        raise PlaceError(name, _why(error)) from error
    return sorted(system.unstrip_protocol(each) for each in found if each.endswith(endings))


def file_system(name: str) -> tuple[Any, str]:
    """Give fsspec's file system of a URL, and the path there; raises PlaceError."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise PlaceError(name, "URLs need fsspec: install presskeep[remote]") from error
    try:
        system, path = url_to_fs(name)
    except ImportError as error:
        raise PlaceError(name, f"{error} (presskeep[remote] brings s3fs)") from error
    except Exception as error:
        raise PlaceError(name, _why(error)) from error
    return system, path


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "No such file"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200]
