"""A folder that several machines reach, by path or URL (s3:// and what else fsspec knows): files are put there whole or not at all.

Owns writing there. Names are flat. Raises PlaceError, which names the file.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from archive.places import PlaceError, file_system, is_url

_DRAFT = ".part"


class SharedFolder:
    """A folder, made at the first file that is put there."""

    def __init__(self, name: str) -> None:
        """Use the folder of this name: a path, or a URL."""
        self.name = name.rstrip("/") if is_url(name) else str(Path(name).absolute())

    def below(self, name: str) -> "SharedFolder":
        """Give a folder in it."""
        return SharedFolder(f"{self.name}/{name}")

    def names(self) -> list[str]:
        """Give the names of the files in it, in order; none where it is not there."""
        with self._named(""):
            if not is_url(self.name):
                folder = Path(self.name)
                return sorted(p.name for p in folder.iterdir() if p.suffix != _DRAFT) if folder.is_dir() else []
            system, path = file_system(self.name)
            system.invalidate_cache()
            found = system.ls(path, detail=False) if system.exists(path) else []
            return sorted(str(each).rstrip("/").rsplit("/", 1)[-1] for each in found)

    def put(self, name: str, source: Path) -> None:
        """Put a file there."""
        with self._named(name):
            if is_url(self.name):
                system, path = file_system(self.name)
                system.put_file(str(source), f"{path}/{name}")
                return
            target = Path(self.name, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f"{name}.{os.getpid()}{_DRAFT}")
            shutil.copyfile(source, draft)
            draft.replace(target)

    def get(self, name: str, target: Path) -> None:
        """Fetch a file."""
        with self._named(name):
            if is_url(self.name):
                system, path = file_system(self.name)
                system.get_file(f"{path}/{name}", str(target))
            else:
                shutil.copyfile(Path(self.name, name), target)

    def write(self, name: str, text: str) -> None:
        """Write a few words there."""
        with self._named(name):
            if is_url(self.name):
                system, path = file_system(self.name)
                system.pipe_file(f"{path}/{name}", text.encode())
                return
            target = Path(self.name, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f"{name}.{os.getpid()}{_DRAFT}")
            draft.write_text(text, encoding="utf-8")
            draft.replace(target)

    def read(self, name: str) -> str | None:
        """Read a few words; None where there are none."""
        with self._named(name):
            try:
                if is_url(self.name):
                    system, path = file_system(self.name)
                    return bytes(system.cat_file(f"{path}/{name}")).decode()
                return Path(self.name, name).read_text(encoding="utf-8")
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        """Remove a file, where it is there."""
        with self._named(name), contextlib.suppress(FileNotFoundError):
            if is_url(self.name):
                system, path = file_system(self.name)
                system.rm_file(f"{path}/{name}")
            else:
                Path(self.name, name).unlink()

    def remove_all(self) -> None:
        """Remove the folder with all that is in it."""
        with self._named(""), contextlib.suppress(FileNotFoundError):
            if is_url(self.name):
                system, path = file_system(self.name)
                system.rm(path, recursive=True)
            else:
                shutil.rmtree(self.name)

    @contextlib.contextmanager
    def _named(self, name: str) -> Iterator[None]:
        """Let every failure name the file: what a store raises is its own."""
        try:
            yield
        except PlaceError:
            raise
        except FileNotFoundError as error:
            raise PlaceError(f"{self.name}/{name}", "No such file") from error
        except Exception as error:
            raise PlaceError(f"{self.name}/{name}", str(getattr(error, "strerror", None) or error)[:200]) from error
