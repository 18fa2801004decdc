"""Run the archive's own commands in this process, without the crawler's."""

from collections.abc import Sequence
from pathlib import Path

import click
from click.testing import CliRunner, Result

from archive.cli.options import CONTEXT_SETTINGS, Commands, common_options


def run(archive: Path, command: click.Command, *arguments: str | Path, options: Sequence[str] = ()) -> Result:
    """Run one command on an archive; `options` stand before the command."""

    @click.group(cls=Commands, context_settings=CONTEXT_SETTINGS)
    @common_options
    def presskeep() -> None:
        """Stand for the whole command."""

    presskeep.add_command(command)
    words = ["--archive", str(archive), *options, command.name or "", *map(str, arguments)]
    return CliRunner().invoke(presskeep, words, prog_name="presskeep")


def said(result: Result) -> str:
    """Give the one line that a failed command said; fails where there was more, or a traceback."""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert "a fault of presskeep's" not in lines[0]
    return lines[0].removeprefix("presskeep: ")
