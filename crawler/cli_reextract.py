"""The command `reextract`: reads kept pages again with today's extractor. It needs the pipelines, so it is none of archive/cli.

Owns its options and what it says. What it does is pipelines/replay.py.
"""

import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.cli.ask import AskCommand, chosen_filters, chosen_raw, search_filters
from archive.cli.options import cluster_option, common, common_options
from archive.cli.upkeep import held_store
from archive.reader import open_reader
from archive.search import matching_ids


@click.command(cls=AskCommand)
@click.argument("query", nargs=-1)
@search_filters
@click.option(
    "--extractor-older-than", "older_than", metavar="V", help="Only readings by an extractor of a version before V."
)
@click.option("--dry-run", is_flag=True, help="Say what would change; keep nothing.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write before and after as an HTML page, with a sample of diffs.",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one for each core]")
@cluster_option
@common_options
def reextract(query: tuple[str, ...], *, older_than: str | None, dry_run: bool, report: Path | None,
              workers: int | None, cluster: str | None) -> None:  # fmt: skip
    """Read kept pages again, where another version, other rules or another template read them; nothing is fetched.

    Each is a new reading of the same revision, never an edit; the earlier reading stays. It can be stopped and begun again.

    \b
    Examples:
      presskeep reextract --dry-run --report before-after.html
      presskeep reextract --source "Harbour Courier" --since 2024
      presskeep reextract --extractor-older-than 2
    """
    from crawler.cli import write_report
    from pipelines.engines import engine_for
    from pipelines.replay import reextract as run
    from pipelines.replay_report import as_html, as_text

    with held_store() as store:
        with closing(open_reader(common().folder)) as db:
            filters, raw = chosen_filters(), chosen_raw()
            ids = list(matching_ids(db, " ".join(query) or None, filters=filters, raw=raw))
        asked = {"query": " ".join(query), "extractor_older_than": older_than, "articles": len(ids)}
        with engine_for(cluster, n_workers=workers) as engine:
            done = run(
                store, ids, engine=engine, clock=lambda: datetime.now(UTC), older_than=older_than, dry_run=dry_run,
                options={name: value for name, value in asked.items() if value}, tell=_progress(),
            )  # fmt: skip
    if report is not None:
        write_report(report, as_html(done))
    click.echo(as_text(done), nl=False)


def _progress() -> Callable[[int, int], None]:
    """Count on a terminal; elsewhere, and with -q, say nothing."""
    if common().quiet or not sys.stderr.isatty():
        return lambda *_: None

    def tell(n_done: int, n_all: int) -> None:
        click.echo(f"\r{n_done} of {n_all} articles", nl=n_done >= n_all, err=True)

    return tell
