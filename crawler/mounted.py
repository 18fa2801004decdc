"""Which command lies in which module, and what `presskeep --help` says of it.

Owns the list of the commands: a module is imported only when its command is asked for, so that `--help` and `search` start at once.
"""

import importlib
from collections.abc import Iterator
from typing import NamedTuple

import click

from archive.cli.options import Commands


class Place(NamedTuple):
    """Where a command lies (None: in crawler/cli.py), and its line in `--help`."""

    module: str | None
    line: str


SECTIONS: dict[str, dict[str, Place]] = {
    "Start": {
        "demo": Place(None, "Take a tour on a news site of its own."),
        "fetch": Place(None, "Print the clean article of a URL; keep it with --save."),
    },
    "Crawl": {
        "sources": Place("crawler.cli_sources", "Add, list, check and discover what is crawled."),
        "crawl": Place(None, "Ask the sources for what is new, and keep it."),
        "schedule": Place("crawler.cli_schedule", "Print a crontab line or a systemd timer."),
        "runs": Place("archive.cli.reports", "Tell what each run did, per source."),
    },
    "Read and ask": {
        "search": Place("archive.cli.ask", "Search the archive."),
        "show": Place("archive.cli.read", "Show an article."),
        "history": Place("archive.cli.read", "List an article's revisions."),
        "diff": Place("archive.cli.read", "Show what changed between two revisions."),
        "related": Place("archive.cli.across", "Show who had a report first, and who changed what."),
        "kwic": Place("archive.cli.across", "Show words in their context, one place a line."),
        "stats": Place("archive.cli.ask", "Count by time, source, language or author; plot it."),
        "terms": Place("archive.cli.across", "Show which words set some articles apart."),
        "serve": Place("archive.cli.keep", "Serve the archive to browsers."),
    },
    "Corpora": {
        "export": Place("archive.cli.keep", "Write articles as JSON, CSV, TEI, BibTeX, WARC and more."),
        "import": Place("crawler.cli_imports", "Take in WARC files, lists of URLs and exports."),
        "merge": Place("archive.cli.merge", "Merge other archives into this one."),
    },
    "Clean text": {
        "explain": Place("archive.cli.read", "Tell the whole way of a URL."),
        "spam": Place("archive.cli.reports", "Report what was injected into pages."),
        "unremove": Place("crawler.cli_unremove", "Put removed blocks back, as a rule for their source."),
        "reextract": Place("crawler.cli_reextract", "Read kept pages again by newer rules."),
    },
    "Upkeep": {
        "doctor": Place("archive.cli.keep", "Examine the archive; --fix mends it."),
        "backup": Place("archive.cli.upkeep", "Back the archive up, while a crawl may run."),
        "prune": Place("archive.cli.upkeep", "Remove old captures: rows and WARC bytes."),
        "optimize": Place("archive.cli.upkeep", "Tidy the database and give free space back."),
        "forget": Place("archive.cli.upkeep", "Take pages down for good."),
        "migrate": Place("archive.cli.keep", "Bring an archive to this version's schema."),
    },
}


class Mounted(Commands):
    """Loads a command when it is asked for, and lists all without loading any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Give all commands, in alphabetical order."""
        return sorted(name for name, _ in _places())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command, importing its module."""
        module = next((place.module for name, place in _places() if name == cmd_name), None)
        if module is None:
            return super().get_command(ctx, cmd_name)
        # `import` is no name that Python can have
        command: click.Command = getattr(
            importlib.import_module(module), cmd_name if cmd_name != "import" else "import_"
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name those that were meant, of all that are not loaded, too."""
        if not ctx.resilient_parsing and args[0][:1].isalpha() and self.get_command(ctx, args[0]) is None:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx))
            ctx.fail(f"no such command {args[0]!r}" + (f": did you mean {' or '.join(near)}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """Write a line for each command, by what they are for."""
        widest = max(len(name) for name, _ in _places())
        for title, places in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), place.line) for name, place in places.items()])


def _places() -> Iterator[tuple[str, Place]]:
    for places in SECTIONS.values():
        yield from places.items()
