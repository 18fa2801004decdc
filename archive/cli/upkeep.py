"""Commands that look after an archive for years: backup, prune, optimize, forget.

Owns their options and what they say. What they do is archive/backup.py, prune.py, optimize.py and forget.py.
"""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.durations import seconds
from archive.cli.options import common, common_options, fail, warn
from archive.errors import NoArchiveError
from archive.kept import json_text
from archive.places import is_outside
from archive.reader import DATABASE
from archive.text import one_line

if TYPE_CHECKING:
    from archive.forget import Page
    from archive.prune import Pruned
    from archive.store import Store


@contextmanager
def held_store(wait: float = 0.0) -> "Iterator[Store]":
    """Hold the archive's lock and open it for writing; it must exist."""
    from archive.lock import hold
    from archive.store import open_store

    folder = common().folder
    if not (folder / DATABASE).is_file():
        raise NoArchiveError(folder)
    with hold(folder, wait=wait), closing(open_store(folder, create=False)) as store:
        yield store


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"


@click.command()
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False), metavar="DEST")
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Leave only the N latest backups in DEST.")
@click.option("--json", "as_object", is_flag=True, help="Say what was done as one JSON object.")
@common_options
def backup(destination: Path, *, keep: int | None, as_object: bool) -> None:
    """Back the archive up into a new folder below DEST; a crawl may go on meanwhile.

    The database is copied as of one moment, closed WARC files are hard links where DEST is on the same file system. The
    folder is an archive: `presskeep search --archive DEST/presskeep-…` reads it, `cp -a` restores it.

    \b
    Examples:
      presskeep backup /backup/news --keep 7
      cp -a /backup/news/presskeep-20261124T040000Z ~/news
    """
    from archive.backup import back_up

    made = back_up(common().folder, destination, keep=keep, now=datetime.now(UTC))
    if as_object:
        click.echo(json_text({**asdict(made), "path": str(made.path)}, indent=1))
    elif sys.stderr.isatty():
        warn(
            f"{made.path}: {made.n_articles} articles, {made.n_captures} captures, {made.n_warc_files} WARC files"
            f" ({made.n_linked} linked), {_size(made.n_bytes)}"
        )
        for name in made.removed:
            warn(f"removed {name}")
    if made.n_elsewhere:
        warn(
            f"{made.n_elsewhere} WARC files outside the archive, which its captures point to, are not in the backup"
            " (`import warc --copy` takes records along)"
        )
    if made.holding_forgotten:
        warn(
            f"{len(made.holding_forgotten)} earlier backups were made before the last takedown and still hold what was"
            f" forgotten: {', '.join(made.holding_forgotten)}"
        )


@click.command()
@click.option(
    "--captures-older-than", "age", callback=seconds, required=True, metavar="TIME", help="Such as 90d, 26w, 2y."
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def prune(*, age: float, dry_run: bool, yes: bool) -> None:
    """Remove captures older than TIME: rows and WARC bytes. Articles, revisions and their texts stay.

    A capture whose bytes a later one refers to (a revisit record) stays. What is pruned cannot be read again by a better
    extractor, and an edit can no longer be told from a change of the extractor.

    \b
    Examples:
      presskeep prune --captures-older-than 2y --dry-run
      presskeep prune --captures-older-than 2y --yes
    """
    from archive.prune import plan
    from archive.prune import prune as run

    now = datetime.now(UTC)
    try:
        older_than = now - timedelta(seconds=age)
    except OverflowError:
        older_than = datetime.min.replace(tzinfo=UTC)
    planned = plan(common().folder, older_than)
    if dry_run or not (planned.n_captures or yes):
        click.echo(_pruned(planned, "would go" if planned.n_captures else "are that old and can go"))
        return
    if not yes:
        click.confirm(f"Remove {planned.n_captures} captures (about {_size(planned.n_bytes)})?", abort=True, err=True)
    with held_store() as store:
        click.echo(_pruned(run(common().folder, store, older_than, now), "removed"))


def _pruned(pruned: "Pruned", what: str) -> str:
    kept = f", {pruned.n_kept_for_revisits} stay for later ones" if pruned.n_kept_for_revisits else ""
    if not pruned.n_captures:
        return f"no captures {what}{kept}"
    return (
        f"{pruned.n_captures} captures {what}: {pruned.n_files_removed} WARC files removed,"
        f" {pruned.n_files_rewritten} rewritten, {_size(pruned.n_bytes)}{kept}"
    )


@click.command()
@common_options
def optimize() -> None:
    """Tidy the database: merge the search index, give free space back to the disk. Needs as much free disk as it has.

    \b
    Example:
      presskeep optimize
    """
    from archive.optimize import optimize as run

    with held_store() as store:
        done = run(common().folder, store)
    click.echo(f"{_size(done.n_bytes_before)} before, {_size(done.n_bytes_after)} after")


@click.command()
@click.argument("pages", nargs=-1, required=True, metavar="ID|URL...")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stays with the tombstone.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def forget(pages: tuple[str, ...], *, reason: str, dry_run: bool, yes: bool) -> None:
    """Take pages down for good: rows, texts of every revision, search text and WARC bytes.

    A tombstone with the reason stays, and nothing asks for the page again. Captures of feeds and section pages that named
    it stay, and so do backups made before: `backup` says which.

    \b
    Examples:
      presskeep forget 4711 --reason "court order 12 O 34/26"
      presskeep forget https://www.example.org/news/1.html --reason "the author asked" --dry-run
    """
    from archive.forget import forget as run
    from archive.forget import look_up

    if not reason.strip():
        raise click.BadParameter("must say why", param_hint="--reason")
    with held_store() as store:
        found = look_up(store, pages)
        for page in found:
            click.echo(_page_line(page))
        if dry_run:
            return
        if not yes:
            click.confirm(f"Forget {len(found)} page{'s' if len(found) > 1 else ''} for good?", abort=True, err=True)
        done = run(common().folder, store, found, reason=reason.strip(), now=datetime.now(UTC))
    click.echo(f"forgotten: {done.erased.n_records} WARC records overwritten")
    for page in done.pages:
        if outside := sorted({file for _, file, _ in page.captures if is_outside(file)}):
            warn(
                f"its records in files outside the archive are no longer known here, and stay where they are:"
                f" {', '.join(outside[:5])}{' …' if len(outside) > 5 else ''}"
            )
        if page.elsewhere:
            ids = ", ".join(map(str, page.elsewhere[:10]))
            warn(f"exactly the same text stays as article {ids}, under another URL: forget that, too, if it is meant")
    if done.erased.waiting:
        fail(f"the rows are gone, some bytes are not yet: {'; '.join(done.erased.waiting)}; the next crawl goes on", 3)


def _page_line(page: "Page") -> str:
    what = (
        f"article {page.article_id} “{one_line(page.headline or 'no headline')}”" if page.article_id else "no article"
    )
    before = ", forgotten already" if page.forgotten_at else ""
    return f"{one_line(page.url)}: {what}, {len(page.link_ids)} links, {len(page.captures)} captures{before}"
