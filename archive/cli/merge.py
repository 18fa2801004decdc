"""The command `merge`: other archives into this one.

Owns its options and what it says. What it does is archive/merge.py.
"""

import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.durations import seconds
from archive.cli.options import common, common_options, warn
from archive.kept import json_text

if TYPE_CHECKING:
    from archive.merge import Report


@click.command()
@click.argument(
    "others", nargs=-1, required=True, metavar="OTHER...", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option("--reference", is_flag=True, help="Leave the others' WARC files where they are, and point to them there.")
@click.option("--wait", callback=seconds, metavar="TIME", help="Wait that long for another run to end.")
@click.option("--json", "as_object", is_flag=True, help="Say what was done as one JSON object a line.")
@common_options
def merge(others: tuple[Path, ...], *, reference: bool, wait: float | None, as_object: bool) -> None:
    """Merge other archives into this one, which is made where there is none. OTHER is only read.

    Afterwards this archive has what any of them has: articles, with revisions in the order of capture, readings, removals,
    captures, links, feeds, runs. What one of them has forgotten (`presskeep forget`) is gone, and not taken from the others.
    Idempotent: merge again as often as you like, or after a kill.

    WARC files come along: as hard links where both archives lie on one file system, else as copies. With --reference they
    stay where they are, and must stay there.

    \b
    Examples:
      presskeep merge /backup/old-archive
      presskeep --archive ~/all merge ~/paper-a ~/paper-b ~/paper-c
    """
    from archive.lock import hold
    from archive.merge import merge as run
    from archive.other import check
    from archive.store import open_store

    folder = common().folder
    for other in others:
        check(other, folder)
    with hold(folder, wait=wait or 0.0), closing(open_store(folder)) as store:
        for other in others:
            step, done = _steps(other)
            report = run(store, other, now=datetime.now(UTC), reference=reference, on_step=step)
            done()
            click.echo(json_text(asdict(report)) if as_object else _said(report))
            for why in report.waiting:
                warn(f"what was forgotten is still on the disk: {why}")


def _steps(other: Path) -> tuple[Callable[[str, int, int], None], Callable[[], None]]:
    """Show on a terminal how far a merge is, and nothing elsewhere."""
    if not sys.stderr.isatty() or common().quiet:
        return lambda *_: None, lambda: None

    def step(what: str, n: int, total: int) -> None:
        click.echo(f"\r\x1b[K{other}: {what} {n:,} of {total:,}", err=True, nl=False)

    return step, lambda: click.echo("\r\x1b[K", err=True, nl=False)


def _said(report: "Report") -> str:
    numbers = (
        (report.n_new, "articles new"),
        (report.n_changed, "articles got revisions or readings"),
        (report.n_same, "articles were here alike"),
        (report.n_forgotten, "articles forgotten, as they are there"),
        (report.n_left_out, "articles left out, as they are forgotten here"),
        (report.n_captures, f"captures in {report.n_warc_files} WARC files ({report.n_bytes / 1e6:,.1f} MB)"),
        (report.n_links, "links"),
        (report.n_feeds, "feeds"),
        (report.n_sources, "sources"),
        (report.n_runs, "runs"),
    )
    if not report.changed:
        return f"{report.folder}: nothing that was not here"
    return f"{report.folder}: " + ", ".join(f"{number:,} {what}" for number, what in numbers if number)
