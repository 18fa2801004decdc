"""The commands below `import` that need the pipelines or the sources file: `import warc`, `import urls`.

The group and the others are archive/cli/imports.py.

Owns their options and what they say. What they do is pipelines/warc_import.py and archive/import_urls.py.
"""

import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from archive.cli.durations import size
from archive.cli.imports import import_
from archive.cli.options import cluster_option, common, common_options, warn
from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.store import Store
    from pipelines.warc_import import Imported, Progress
    from pipelines.warc_slices import Wanted

__all__ = ["import_"]


@import_.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER|URL...")
@click.option(
    "--host", "hosts", multiple=True, metavar="H", help="Only answers of this host and those below it; may be repeated."
)
@click.option(
    "--source", "sources", multiple=True, metavar="NAME", help="Only answers of this source's host; may be repeated."
)
@click.option("--since", metavar="DATE", help="Only what was captured since then: an ISO date, or 7d, 12h.")
@click.option("--until", metavar="DATE", help="Only what was captured until then.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="L",
    help="Only articles in this language; may be repeated.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    metavar="S",
    help="Only answers of this status (200, 2xx …); may be repeated.",
)
@click.option("--copy", is_flag=True, help="Take the records along into the archive's own WARC files.")
@click.option("--fast", is_flag=True, help="Extract in less time, a little less well.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one for each core]")
@cluster_option
@click.option(
    "--min-free", callback=size, metavar="SIZE",
    help="Stop in good order when less is free on the disk (500M, 2G).  [default: 5 % of the disk, 100M at most]",
)  # fmt: skip
@common_options
def warc(files: tuple[str, ...], *, hosts: tuple[str, ...], sources: tuple[str, ...], since: str | None,
         until: str | None, languages: tuple[str, ...], statuses: tuple[str, ...], copy: bool, fast: bool,
         workers: int | None, cluster: str | None, min_free: int | None) -> None:  # fmt: skip
    """Import WARC files (1.0 and 1.1; plain, gzip, zstd), whoever wrote them, from disk, s3:// and other URLs.

    Each answer goes the way of a crawled page: extraction, verdict, duplicates, revisions in the order of capture, an
    outcome for its URL. Records stay where they lie, and the archive points to them; --copy takes them along. A file that was
    imported is not read again, an import that was stopped goes on where it was, and a broken record costs itself alone.

    Exits with 3 where some records or files could not be read (each is said), and with 1 where no file could.

    \b
    Examples:
      presskeep import warc crawl-2019/
      presskeep import warc CC-NEWS-*.warc.gz --language fa --language ps --status 200
      presskeep import warc s3://commoncrawl/crawl-data/CC-NEWS/2024/03/ --host example.org
    """
    from archive.lock import hold
    from archive.store import open_store
    from pipelines.engines import engine_for
    from pipelines.warc_import import import_warc

    folder = common().folder
    with hold(folder), closing(open_store(folder)) as store:
        mirror_sources(store, folder, now=datetime.now(UTC))
        wanted = _wanted(store, hosts, sources, since, until, languages, statuses, copy=copy, fast=fast)
        watch = _Watch()
        with engine_for(cluster, n_workers=workers) as engine:
            found = import_warc(
                store, files, wanted=wanted, engine=engine, clock=lambda: datetime.now(UTC), min_free=min_free,
                tell=watch.tell,
            )  # fmt: skip
        watch.end()
    for line in (*found.faults, *found.broken):
        warn(line)
    if found.n_broken > len(found.broken):
        warn(f"… and {found.n_broken - len(found.broken):,} more broken records")
    if sys.stderr.isatty() or found.exit_code:
        warn(report(found))
    click.get_current_context().exit(found.exit_code)


@import_.command()
@click.argument("file", metavar="FILE|-", type=click.File(encoding="utf-8", errors="replace"))
@common_options
def urls(file: TextIO) -> None:
    """Take URLs in, one a line (- is standard input): the next crawl of the source with their host asks for them.

    What is asked already stays as it is. A URL whose host no source has waits until one has it: add the source, and import again.

    Exits with 3 where some lines are no URLs that can be asked (the first are said); each has its outcome.

    \b
    Examples:
      presskeep import urls older-articles.txt
      presskeep search flood --jsonl | jq -r .url | presskeep --archive ~/other import urls -
    """
    from archive.import_urls import import_urls
    from archive.lock import hold
    from archive.store import open_store

    folder = common().folder
    with hold(folder), closing(open_store(folder)) as store:
        mirror_sources(store, folder, now=datetime.now(UTC))
        found = import_urls(store, file, name=file.name, clock=lambda: datetime.now(UTC))
    if found.without_source:
        n_hosts, first = len(found.without_source), ", ".join(sorted(found.without_source)[:5])
        warn(
            f"{found.without_source.total():,} URLs of {n_hosts:,} hosts that no source has ({first}{' …' if n_hosts > 5 else ''}):"
            " `presskeep sources add` the sources, or `presskeep fetch --save -` the URLs"
        )
    for line in found.refused:
        warn(line)
    if found.n_refused > len(found.refused):
        warn(f"… and {found.n_refused - len(found.refused):,} more")
    if found.n_refused:
        warn(f"{found.n_refused:,} lines are no URLs that can be asked")
    if sys.stderr.isatty():
        warn(f"{found.n_new:,} new links, {found.n_known:,} were there")
    click.get_current_context().exit(3 if found.n_refused else 0)


def mirror_sources(store: "Store", folder: Path, *, now: datetime) -> None:
    """Let the archive know the sources of its file before their first crawl."""
    from crawler.sources import load_sources

    if not (folder / "sources.toml").exists():
        return
    with store.transaction():
        for source in load_sources(folder / "sources.toml"):
            store.save_source(
                name=source.name,
                url=source.url,
                language=source.language,
                tags=source.tags,
                enabled=source.enabled,
                now=now,
            )


def _wanted(store: "Store", hosts: tuple[str, ...], sources: tuple[str, ...], since: str | None, until: str | None,
            languages: tuple[str, ...], statuses: tuple[str, ...], *, copy: bool, fast: bool) -> "Wanted":  # fmt: skip
    from archive.moments import first_moment, last_moment, parse_since, parse_until
    from archive.source_hosts import SourceHosts
    from archive.url_key import host_of
    from pipelines.warc_slices import Wanted

    for status in statuses:
        if not (len(status) == 3 and status[0].isdigit() and (status[1:].isdigit() or status[1:] == "xx")):
            raise UsageError(f"--status {status}: three digits, or 2xx")
    now = datetime.now(UTC)
    known = SourceHosts(store)
    try:
        asked = tuple(host_of(host.removeprefix("*.")) for host in hosts)
    except ValueError as error:
        raise UsageError(f"--host: {error}") from error
    return Wanted(
        hosts=tuple(sorted(set(asked))),
        source_hosts=tuple(sorted({known.host_of_source(name) for name in sources})),
        since=first_moment(parse_since(since, now=now)) if since else None,
        until=last_moment(parse_until(until, now=now)) if until else None,
        languages=tuple(sorted({language.lower() for language in languages})),
        statuses=tuple(sorted(set(statuses))),
        profile="fast" if fast else "full",
        copy=copy,
    )


class _Watch:
    """Shows on a terminal how far an import is; elsewhere, and with -q, nothing."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and not common().quiet
        self._began = time.monotonic()
        self._last = 0.0

    def tell(self, progress: "Progress") -> None:
        now = time.monotonic()
        if not self._shown or now - self._last < 0.5:
            return
        self._last = now
        share = progress.n_bytes / max(1, progress.of_bytes)
        rate = progress.n_pages / max(0.001, now - self._began)
        click.echo(
            f"\r{share:4.0%} of {progress.of_bytes / 1e6:,.0f} MB, {progress.n_pages:,} answers, {rate:,.0f} a second   ",
            err=True, nl=False,
        )  # fmt: skip

    def end(self) -> None:
        if self._last:
            click.echo("\r" + " " * 70 + "\r", err=True, nl=False)


def report(found: "Imported") -> str:
    """Say what an import did, in a few lines."""
    words = ", ".join(f"{number:,} {word}" for word, number in found.outcomes.most_common())
    lines = [f"{found.outcomes.total():,} answers in {found.n_files:,} files: {words or 'nothing new'}"]
    for number, what in (
        (found.n_done_before, "files had been imported"),
        (found.n_known, "records were there"),
        (found.n_taken_along, "of these were taken along"),
        (found.n_filtered, "left out by the filters"),
        (found.n_forgotten, "had been taken down, and stay away"),
        (found.n_broken, "broken records"),
        (found.n_other, "other records (requests, metadata …)"),
    ):
        if number:
            lines.append(f"  {number:,} {what}")
    lines.append(f"  more: presskeep runs show {found.run_id}")
    return "\n".join(lines)
