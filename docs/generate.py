"""Write the pages of docs/ that come from the code: cli.md from --help, schema.md from a migrated database.

`--check` writes nothing and fails where a page is not what the code says; `make docs-check` runs it.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
from sqlite_utils import Database

from archive.cli.keep import verify
from archive.cli.options import CONTEXT_SETTINGS
from archive.migrations import LATER
from archive.schema import migrate
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
    """Give the tables and views of an archive that all migrations have made, with the comments on their columns."""
    parts = [
        HEADER,
        "# The tables of an archive\n\n",
        "`archive.db` is SQLite: any `sqlite3` opens it. Times are ISO 8601 in UTC; lists and mappings are JSON text.\n",
        "`current_articles` is the view to begin with: each article with its current text.\n",
    ]
    parts += [f"\n## {name}\n\n```sql\n{sql};\n```\n" for name, sql in migrated_tables().items()]
    return "".join(parts)


def migrated_tables() -> dict[str, str]:
    """Give name -> SQL of what a really migrated database has, but for what SQLite and sqlite-utils make themselves."""
    with closing(Database(memory=True)) as db:
        migrate(db)
        shadows = {row[1] for row in db.execute("PRAGMA table_list") if row[2] == "shadow"}
        found = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
        ).fetchall()
        return {
            name: laid_out(name, sql, [row[1] for row in db.execute(f"PRAGMA table_info([{name}])")])
            for name, sql in found
            if name not in shadows and not name.startswith(("sqlite_", "_sqlite_"))
        }


def laid_out(table: str, sql: str, columns: list[str]) -> str:
    """Give added columns, which SQLite writes one after the other behind the last, a line and their comment each."""
    written, begin, added = sql.rpartition("\n, ")
    if not begin:
        return sql
    names = [name for name in columns if not re.search(rf"^\s*{name}\b", written, re.MULTILINE)]
    *middle, last = re.split(rf", (?=(?:{'|'.join(names)})\b)", added)
    definition, _, end = last.rpartition(")")
    lines = [
        f"  {each}{comma}{comment_on(table, each)}"
        for each, comma in [*((one, ",") for one in middle), (definition, "")]
    ]
    body = re.sub(r"(\s*--[^\n]*)?$", lambda comment: "," + comment[0], written, count=1)
    return "\n".join([body, *lines, ")" + end])


def comment_on(table: str, definition: str) -> str:
    """Give the comment that a migration has behind the semicolon of an added column."""
    added = re.escape(f"ALTER TABLE {table} ADD COLUMN {definition};")
    found = (re.search(rf"(?m)^\s*{added}(\s*--.*)$", step.sql) for step in LATER)
    return next((each[1] for each in found if each), "")


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
