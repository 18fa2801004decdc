"""What every command shares: the common options, before or after the subcommand, and how a command ends.

Owns the exit codes and the one line that an error becomes. Refuses to know any command.
"""

import errno
import logging
import os
import select
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from archive.errors import PresskeepError, UsageError
from archive.settings_file import read_settings

F = TypeVar("F", bound=Callable[..., Any])

_DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS))
"""What a disk may say, and no fault of presskeep's."""

CONTEXT_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@dataclass(slots=True)
class Common:
    """The common options as the command line gave them, wherever they stood."""

    archive: Path | None = None
    quiet: bool = False
    verbose: int = 0
    color: str = "auto"

    @property
    def folder(self) -> Path:
        """The archive's folder: --archive, $PRESSKEEP_ARCHIVE, the config file's `archive`, then ./data."""
        if self.archive is not None:
            return self.archive
        if name := os.environ.get("PRESSKEEP_ARCHIVE"):
            return Path(name)
        return configured_archive() or Path("data")


def configured_archive() -> Path | None:
    """Read `archive` from the user's config file, where there is one."""
    path = Path(click.get_app_dir("presskeep")) / "config.toml"
    value = read_settings(path, ("archive",)).get("archive", "")
    if not isinstance(value, str):
        raise UsageError(f"{path}: archive must be str, not {value!r}")
    return Path(value).expanduser() if value else None


def common() -> Common:
    """Give the common options of the command that runs now."""
    context = click.get_current_context()
    found = context.find_root().ensure_object(Common)
    assert isinstance(found, Common)
    return found


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value in (None, False, 0):
        return
    options = context.find_root().ensure_object(Common)
    setattr(options, str(parameter.name), value)
    if parameter.name == "color":
        use_color(context, str(value))
    elif parameter.name in {"quiet", "verbose"}:
        use_verbosity(options)


def common_options(command: F) -> F:
    """Add --archive, -q, -v and --color to a command or group."""
    for option in reversed(
        (
            click.option("--archive", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", expose_value=False,
                         callback=_remember, help="The archive's folder.  [default: $PRESSKEEP_ARCHIVE, else ./data]"),
            click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_remember, help="Errors only."),
            click.option("-v", "--verbose", count=True, expose_value=False, callback=_remember,
                         help="Say more; -vv also gives tracebacks."),
            click.option("--color", type=click.Choice(["auto", "always", "never"]), expose_value=False,
                         callback=_remember, help="Colours.  [default: auto; NO_COLOR is respected]"),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def cluster_option(command: F) -> F:
    """Add --cluster to a command."""
    return click.option(
        "--cluster",
        metavar="URL",
        help="Work on a Dask cluster: its scheduler, such as tcp://10.0.0.1:8786 (docs/cluster.md).",
    )(command)


def use_color(context: click.Context, when: str) -> None:
    """Decide on colours once for all commands: click itself does not honour NO_COLOR on a terminal."""
    if when == "auto":
        context.find_root().color = False if os.environ.get("NO_COLOR") else None
    else:
        context.find_root().color = when == "always"
    context.color = context.find_root().color


def _loud_enough(name: str, least: int, record: logging.LogRecord) -> bool:
    return record.levelno >= least or not record.name.startswith(name)


def use_verbosity(options: Common) -> None:
    """Send our log lines to stderr, as many as were asked for."""
    level = logging.ERROR if options.quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(options.verbose, 2)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.setLevel(level)
    logging.basicConfig(handlers=[handler], level=logging.DEBUG, force=True)
    # what the libraries say of a page becomes an outcome row; their own news are for -vv
    for name in ("scrapy", "twisted", "asyncio", "trafilatura", "htmldate", "filelock"):
        handler.addFilter(partial(_loud_enough, name, logging.INFO if options.verbose >= 2 else logging.ERROR))


class WrongUse(click.ClickException):
    """A command line that makes no sense, in one line as every other error."""

    exit_code = 2

    def __init__(self, error: click.UsageError) -> None:
        """Say what click says in four lines."""
        wrong = " ".join(error.format_message().split()).rstrip(".")
        where = f" (`{error.ctx.command_path} --help` tells more)" if error.ctx is not None else ""
        super().__init__(wrong[:1].lower() + wrong[1:] + where)
        # asked now: when it is shown the context is gone
        self._color = error.ctx.find_root().color if error.ctx is not None else None
        if self._color is None and os.environ.get("NO_COLOR"):
            self._color = False

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the line."""
        say(self.message, file, color=self._color)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Say in one line what click would say in four; a group that stands alone shows its help."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise WrongUse(error) from error


class Commands(click.Group):
    """A group whose commands end in one clear line and an exit code of docs/cli.md, never in a traceback."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the options that stand before the command; `--help` and `--version` are answered here."""
        try:
            with in_one_line():
                return super().make_context(*args, **extra)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise SystemExit(0) from error  # as for any command
            if error.errno not in _DISK:
                raise
            raise SystemExit(say_unwritten(error)) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn our errors, a closed pipe and Ctrl-C into exit codes."""
        if ctx.parent is not None:
            return super().invoke(ctx)
        options = ctx.ensure_object(Common)
        if options.color == "auto":
            use_color(ctx, "auto")
        use_verbosity(options)
        try:
            with in_one_line():
                return super().invoke(ctx)
        except PresskeepError as error:
            if options.verbose >= 2:
                raise
            fail(str(error), error.exit_code)
        except sqlite3.DatabaseError as error:
            if options.verbose >= 2:
                raise
            fail(f"the archive's database failed: {error} (`presskeep doctor` examines it)", 5)
        except BrokenPipeError as error:
            _end_for_a_pipe(error)
        except KeyboardInterrupt:
            fail("stopped", 130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if options.verbose >= 2:
                raise
            if isinstance(error, OSError) and error.errno in _DISK:
                fail(f"{error.filename or 'the output'} cannot be written: {error.strerror}", 1)
            fail(f"{type(error).__name__}: {error} (a fault of presskeep's; -vv shows where)", 1)


def _end_for_a_pipe(error: BrokenPipeError) -> None:
    """End the command in silence where the reader had enough (`| head`): not ours to complain."""
    if not _reader_has_left():
        fail(f"{error.strerror}: a process of presskeep's own has ended", 1)
    # keeps the interpreter's last flush quiet
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    click.get_current_context().exit(0)


def _reader_has_left() -> bool:
    """Tell whether it is stdout's pipe that broke, and not one to a process of our own."""
    try:
        asked = select.poll()
        asked.register(sys.stdout.fileno(), 0)
        return bool(asked.poll(0))
    except (OSError, ValueError):  # no descriptor: a test's or a caller's own stream
        return True


def fail(message: str, exit_code: int) -> None:
    """End the command with one line on stderr."""
    say(message)
    click.get_current_context().exit(exit_code)


def say(message: str, file: IO[Any] | None = None, *, color: bool | None = None) -> None:
    """Write one line to stderr; control characters in it are shown, not obeyed."""
    from archive.text import visible

    line = click.style("presskeep: ", fg="red") + visible(message.replace("\n", " "))
    click.echo(line, file=file, err=file is None, color=color)


def say_unwritten(error: OSError) -> int:
    """Say that the output could not be written, and give the exit code for that."""
    say(f"the output cannot be written: {error.strerror}")
    return 1


def warn(message: str) -> None:
    """Say one line on stderr, unless -q."""
    from archive.text import visible

    if not common().quiet:
        click.echo(visible(message), err=True)
