"""The errors of an archive: one tree, each with the ids that a message or a handler needs.

Refuses expected outcomes: a page without text is no error but a verdict with a reason word.
`exit_code` is what the command line ends with (docs/cli.md).
"""

from pathlib import Path


class PresskeepError(Exception):
    """Anything that ends a command with one clear line."""

    exit_code = 1


class UsageError(PresskeepError):
    """What was asked makes no sense as it stands: a bad option, file or URL."""

    exit_code = 2


class ArchiveError(PresskeepError):
    """The archive itself cannot do what is asked."""

    exit_code = 5


class NoArchiveError(ArchiveError):
    """There is no archive at this place."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"no archive at {folder}: `presskeep crawl` or `presskeep fetch --save` makes one there")
        self.folder = folder


class NotADatabaseError(ArchiveError):
    """The file that should hold the archive is no SQLite database, or a damaged one."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is no readable archive ({why}): `presskeep doctor` says more")
        self.path = path


class OlderSchemaError(ArchiveError):
    """The archive was made by an earlier presskeep; readers never change it."""

    def __init__(self, path: Path, *, command: str = "presskeep migrate") -> None:
        super().__init__(f"{path} has an older schema: run `{command}`")
        self.path = path


class NewerSchemaError(ArchiveError):
    """The archive was made by a later presskeep."""

    def __init__(self, path: Path, unknown: list[str]) -> None:
        super().__init__(f"{path} was made by a newer presskeep ({', '.join(unknown)}): upgrade presskeep")
        self.path = path
        self.unknown = unknown


class MigrationError(ArchiveError):
    """A migration failed; the archive is as it was."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"migration {name} failed and nothing was changed: {why}")
        self.name = name


class BusyError(ArchiveError):
    """Another run holds the archive."""

    exit_code = 75

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(f"another run holds {folder}: {holder}")
        self.folder = folder
        self.holder = holder


class NotFoundError(ArchiveError):
    """No article, run or revision has this id, URL or number."""

    exit_code = 1

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"no {what} {key} in this archive")
        self.what = what
        self.key = key
