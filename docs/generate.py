"""Write the pages of docs/ that come from the code: cli.md from --help, schema.md from the SQL.

`--check` writes nothing and fails where a page is not what the code says; `make docs-check` runs it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from archive.cli.keep import verify
from archive.cli.options import CONTEXT_SETTINGS
from archive.schema import TABLES
from crawler.cli import main as presskeep

HERE = Path(__file__).parent
HEADER = "<!-- Written by docs/generate.py: change the code, then run `make docs`. -->\n\n"


def cli_page() -> str:
    """Give the command line reference: the --help of every command."""
    parts = [
        HEADER,
        "# The command line\n\n",
        "Common options (`--archive`, `-q`, `-v`, `--color`) work before and after the subcommand. stdout is data, stderr is",
        " everything else. Lists are tables on a terminal and JSON Lines in a pipe.\n\n",
        "Exit codes: 0 ok · 1 failed, or nothing found with `--fail-empty` · 2 usage · 3 partial · 4 nothing could be fetched ·",
        " 5 database, schema or integrity · 75 another run holds the archive · 130 Ctrl-C.\n",
    ]
    for path, command in commands(presskeep, ("presskeep",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, **CONTEXT_SETTINGS)
        parts.append(f"\n## {' '.join(path)}\n\n```text\n{command.get_help(context)}\n```\n")
    return "".join(parts)


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Walk the commands, depth first, in the order of --help."""
    yield path, command
    if path == ("presskeep", "export"):
        yield (*path, "verify"), verify  # no group: any other first word is a query
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, (*path, name))


def schema_page() -> str:
    """Give the tables, each as its SQL with the comments on its columns."""
    parts = [
        HEADER,
        "# The tables of an archive\n\n",
        "`archive.db` is SQLite: any `sqlite3` opens it. Times are ISO 8601 in UTC; lists and mappings are JSON text.\n",
        "`current_articles` is the view to begin with: each article with its current text.\n",
    ]
    for match in re.finditer(r"(?ms)^CREATE (?:VIRTUAL )?(TABLE|VIEW) (\w+).*?^[^\n]*;$", TABLES):
        parts.append(f"\n## {match[2]}\n\n```sql\n{match[0]}\n```\n")
    return "".join(parts)


PAGES = {"cli.md": cli_page, "schema.md": schema_page}


def main(*, check: bool) -> int:
    """Write or compare the pages; give the exit code."""
    stale = []
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"docs: {', '.join(stale)} not what the code says: run `make docs`\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
