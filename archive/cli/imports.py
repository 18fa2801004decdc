"""The command `import`: articles from elsewhere into the archive. Each kind of import is a command of its own below it.

Owns the group, `import jsonl` and `import newsplease`. What they do is archive/import_jsonl.py and newsplease.py.
"""

import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.options import CONTEXT_SETTINGS, common, common_options, warn

if TYPE_CHECKING:
    from archive.import_jsonl import Imported


@click.group("import", context_settings=CONTEXT_SETTINGS)
@common_options
def import_() -> None:
    """Take articles from elsewhere into the archive, which is made where there is none. Idempotent.

    \b
    Example:
      presskeep import jsonl corpus.jsonl
    """


@import_.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path, allow_dash=True))
@common_options
def jsonl(paths: tuple[Path, ...]) -> None:
    """Import an export in JSON Lines (all fields); - is standard input, .gz is unpacked.

    Each article comes with its text, fields, removals and dates as they were exported. What the archive has already stays as it
    is: import again as often as you like. WARC records stay where they are; where they lie is kept as provenance.

    Exits with 3 where some lines are no articles (each is said), and with 1 where none is.

    \b
    Examples:
      presskeep import jsonl corpus.jsonl
      presskeep --archive ~/reader import jsonl corpus-*.jsonl.gz
      ssh server presskeep export | presskeep import jsonl -
    """
    from archive.import_jsonl import import_jsonl
    from archive.lock import hold
    from archive.store import open_store

    folder = common().folder
    with hold(folder), closing(open_store(folder)) as store:
        count, done = _counted()
        found = import_jsonl(store, list(paths), clock=lambda: datetime.now(UTC), on_line=count)
        done()
    _say(found)


@import_.command()
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE|FOLDER...", type=click.Path(path_type=Path, exists=True)
)
@common_options
def newsplease(paths: tuple[Path, ...]) -> None:
    """Import articles that news-please wrote as JSON: files, or folders with all .json and .jsonl in and below them.

    Texts and fields come as news-please read them, which is kept as their provenance; where the pages themselves are at hand,
    `import warc` reads them anew. What the archive has already stays as it is.

    Exits with 3 where some are no articles (each is said), and with 1 where none is.

    \b
    Example:
      presskeep import newsplease cc_download_articles/
    """
    from archive.import_jsonl import import_texts
    from archive.lock import hold
    from archive.newsplease import documents, read_newsplease
    from archive.store import open_store

    folder = common().folder
    with hold(folder), closing(open_store(folder)) as store:
        count, done = _counted()
        texts = (document for path in paths for document in documents(path))
        options = {"newsplease": [str(path) for path in paths]}
        found = import_texts(
            store, texts, read=read_newsplease, options=options, clock=lambda: datetime.now(UTC), on_line=count
        )
        done()
    _say(found)


def _say(found: "Imported") -> None:
    """Say what was not imported, and end with the exit code that this deserves."""
    for line in found.bad:
        warn(line)
    if found.n_bad > len(found.bad):
        warn(f"… and {found.n_bad - len(found.bad):,} more that are no articles")
    if sys.stderr.isatty() or found.n_different or found.n_bad:
        warn(_summary(found))
    if found.n_bad:
        click.get_current_context().exit(3 if found.n_new or found.n_known or found.n_different else 1)


def _counted() -> tuple[Callable[[], None], Callable[[], None]]:
    """Show how many lines were read on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty() or common().quiet:
        return lambda: None, lambda: None
    n = 0

    def count() -> None:
        nonlocal n
        n += 1
        if n % 100 == 0:
            click.echo(f"\rimporting {n:,}", err=True, nl=False)

    return count, lambda: click.echo("\r" + " " * 30 + "\r" if n >= 100 else "", err=True, nl=False)


def _summary(found: "Imported") -> str:
    parts = [f"{found.n_new:,} imported"]
    if found.n_known:
        parts.append(f"{found.n_known:,} were there")
    if found.n_different:
        parts.append(f"{found.n_different:,} are there with another text, which stays")
    if found.n_bad:
        parts.append(f"{found.n_bad:,} lines are no articles")
    return ", ".join(parts)
