"""The command `presskeep`: mounts the archive's questions beside what crawls.

Owns `demo`, `crawl` and `fetch`; each is a thin skin on the function of the same name. Nothing that costs is imported
before the command that needs it runs.
"""

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import __version__
from archive.cli.durations import seconds, size, some_seconds
from archive.cli.options import CONTEXT_SETTINGS, cluster_option, common, common_options, warn
from archive.errors import UsageError
from crawler.mounted import Mounted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.config import Config
    from crawler.ping import Monitor
    from crawler.sources import Source
    from crawler.summary import CrawlOptions, RunSummary

NO_CONTACT = "no contact is set: publishers cannot reach you (set `contact` in presskeep.toml or $PRESSKEEP_CONTACT)"


@click.group(cls=Mounted, context_settings=CONTEXT_SETTINGS)
@click.version_option(__version__, "-V", "--version", prog_name="presskeep", message="%(prog)s %(version)s")
@common_options
def main() -> None:
    """Crawl news sources into an archive of clean articles; search it, read it, cite it.

    \b
    presskeep demo                        a tour on a news site of its own
    presskeep fetch URL                   one clean article on stdout
    presskeep sources add URL; presskeep crawl
    presskeep search "a phrase" --since 7d
    """


@main.command()
@click.option("--keep", is_flag=True, help="Keep the archive that the tour makes.")
@click.option("--serve", is_flag=True, help="Serve the archive in the browser at the end, until Ctrl-C.")
@common_options
def demo(*, keep: bool, serve: bool) -> None:
    """Take a tour: crawl the bundled news site on loopback, twice, then search, read and compare.

    \b
    presskeep demo
    presskeep demo --archive ./demo-archive --keep
    """
    import tempfile

    from archive.reader import DATABASE
    from crawler.demo.tour import tour

    folder = common().archive
    if folder is not None:
        if (folder / DATABASE).exists():
            raise UsageError(f"{folder} already holds an archive: the demo makes a new one")
        tour(folder, serve=serve, say=click.echo)
        return
    place = Path(tempfile.mkdtemp(prefix="presskeep-demo-"))
    try:
        tour(place, serve=serve, say=click.echo)
    finally:
        if not keep:
            import shutil

            shutil.rmtree(place, ignore_errors=True)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--sources",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Crawl exactly the sources in FILE.  [default: sources.toml of the archive]",
)
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only sources with this tag; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask for at most N pages, newest first.")
@click.option("--since", metavar="DATE", help="Only pages since then: an ISO date, or 7d, 12h.")
@click.option("--until", metavar="DATE", help="Only pages until then.")
@click.option(
    "--backfill",
    is_flag=True,
    help="Work back through the past: every second page is of --since/--until, or older than a week.",
)
@click.option("--max-time", callback=some_seconds, metavar="TIME", help="Stop in good order after TIME (90s, 20m).")
@click.option("--wait", callback=seconds, metavar="TIME", help="Wait that long for another run to end.")
@click.option(
    "--min-free",
    callback=size,
    metavar="SIZE",
    help="Stop in good order when less is free on the disk (500M, 2G).  [default: 5 % of the disk, 100M at most]",
)
@click.option("--fast", is_flag=True, help="Extract in less time, a little less well.")
@cluster_option
@click.option(
    "--shared",
    metavar="FOLDER|URL",
    help="With --cluster: where its machines and this one exchange shards.  [default: shards/ in the archive]",
)
@click.option("--dry-run", is_flag=True, help="Say what is due; ask nobody.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the run's summary as JSON."
)
@click.option(
    "--ping", metavar="URL", help="Tell a monitor: URL/start, then URL or URL/fail (the form of healthchecks.io)."
)
@common_options
def crawl(names: tuple[str, ...], file: Path | None, tags: tuple[str, ...], *, limit: int | None, max_time: float | None,
          since: str | None, until: str | None, backfill: bool, wait: float | None, min_free: int | None, fast: bool,
          cluster: str | None, shared: str | None, dry_run: bool, report: Path | None, ping: str | None) -> None:  # fmt: skip
    """Crawl sources: ask their feeds, sitemaps and sections, then the pages that are due.

    \b
    presskeep crawl
    presskeep crawl "Harbour Courier" --limit 50
    presskeep crawl --sources mine.toml --max-time 20m
    presskeep crawl --cluster tcp://10.0.0.1:8786 --shared s3://bucket/shards
    """
    from archive.moments import first_moment, last_moment, parse_since, parse_until
    from archive.reader import DATABASE
    from crawler.config import load_config
    from crawler.registry import chosen_sources

    folder = common().folder
    path = file or folder / "sources.toml"
    sources = chosen_sources(path, names, tags, must_exist=file is not None)
    check_told(ping, report)
    config = load_config(folder)
    if config.contact is None and sys.stdin.isatty() and sys.stderr.isatty() and not dry_run:
        config = asked_contact(folder, config)
    if not config.contact and (sys.stderr.isatty() or not (folder / DATABASE).exists()):
        # cron mails what is said: once is enough; logs/crawl.log has it of each run
        warn(NO_CONTACT)
    if cluster is not None and limit is not None:
        raise UsageError("--limit counts the pages of one process: it does not go with --cluster")
    if shared is not None and cluster is None:
        raise UsageError("--shared goes with --cluster")
    now = datetime.now(UTC)
    begins = first_moment(parse_since(since, now=now)) if since else None
    ends = last_moment(parse_until(until, now=now)) if until else None
    if begins and ends and begins > ends:
        raise UsageError(f"--since {since} is later than --until {until}")
    if dry_run:
        from crawler.plan import plan

        click.echo(plan(folder, sources), nl=False)
        return
    from crawler.ping import Monitor
    from crawler.run_log import log_path
    from crawler.summary import CrawlOptions, as_json, as_text

    monitor = Monitor(ping, config)
    options = CrawlOptions(
        limit=limit,
        max_time=max_time,
        wait=wait or 0.0,
        fast=fast,
        since=begins,
        until=ends,
        backfill=backfill,
        min_free=min_free,
    )
    summary = _crawl(folder, sources, config=config, options=options, monitor=monitor, cluster=cluster, shared=shared)
    if report is not None:
        write_report(report, as_json(summary))
    quiet = common().quiet or not (sys.stderr.isatty() or common().verbose)
    if summary.exit_code != 0 or not quiet:
        click.echo(as_text(summary, log=log_path(folder)), err=True, nl=False)
    click.get_current_context().exit(summary.exit_code)


def _crawl(folder: Path, sources: "Sequence[Source]", *, config: "Config", options: "CrawlOptions", monitor: "Monitor",
           cluster: str | None, shared: str | None) -> "RunSummary":  # fmt: skip
    """Crawl in this process or on a cluster, unless there is nothing to do."""
    from crawler.idle import idle_run

    clock = partial(datetime.now, UTC)
    if not options.backfill:
        summary = idle_run(folder, sources, options=options, monitor=monitor, clock=clock)
        if summary is not None:
            return summary
    if cluster is None:
        from pipelines.memory import without_garbage

        with without_garbage():
            from crawler.run import crawl as run

        return run(folder, sources, config=config, options=options, monitor=monitor)
    from archive.shared_folder import SharedFolder
    from crawler.cluster_crawl import crawl_on_cluster
    from pipelines.cluster import DaskEngine

    with DaskEngine(cluster) as engine:
        return crawl_on_cluster(
            folder, sources, config=config, options=options, monitor=monitor, engine=engine,
            shared=SharedFolder(shared or str(folder / "shards")), clock=clock,
        )  # fmt: skip


def asked_contact(folder: Path, config: "Config") -> "Config":
    """Ask once, on a terminal, how publishers can reach the user; the answer goes into presskeep.toml, an empty one, too."""
    from dataclasses import replace

    from crawler.config import keep_contact

    answer = click.prompt(
        "A mail address or page under which publishers can reach you (it goes into the user agent; empty: none)",
        default="", show_default=False, err=True,
    ).strip()  # fmt: skip
    if not answer.isprintable():
        raise UsageError("a contact is printable text")
    keep_contact(folder, answer)
    return replace(config, contact=answer)


def check_told(ping: str | None, report: Path | None) -> None:
    """Say now, and not when the run is over, where its summary cannot go."""
    from crawler.sources import wrong_url

    if ping is not None and (why := wrong_url(ping)):
        raise UsageError(f"--ping: {why}")
    if report is not None and not report.absolute().parent.is_dir():
        raise UsageError(f"--report: there is no folder {report.parent}")


def write_report(path: Path, text: str) -> None:
    """Write a run's report, whole or not at all."""
    from archive.drafts import drafted

    try:
        with drafted(path) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


FORMATS = ("text", "markdown", "json", "html", "xml", "tei")


@main.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL... | -")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Of what is printed."
)
@click.option("--save", is_flag=True, help="Keep the pages in the archive, too.")
@click.option(
    "--html",
    "html",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Extract FILE as if it had come from URL; nothing is asked.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE, not to stdout.",
)
@click.option("--ignore-robots", is_flag=True, help="Fetch what robots.txt forbids; recorded with the capture.")
@click.option("--fast", is_flag=True, help="Extract in less time, a little less well.")
@common_options
def fetch(urls: tuple[str, ...], *, form: str, save: bool, html: Path | None, output: Path | None, ignore_robots: bool,
          fast: bool) -> None:  # fmt: skip
    """Fetch URLs and print their clean articles; `-` reads URLs from stdin, one a line.

    Of a list empty lines and those that begin with # are passed over, and one that is no URL is said and counts as failed.

    Exits with 3 where some could not be fetched (each is said), and with 4 where none could.

    \b
    presskeep fetch https://example.org/news/1.html
    presskeep fetch --format markdown URL > article.md
    presskeep fetch --save - < urls.txt
    presskeep fetch --html saved.html https://example.org/news/1.html
    """
    from crawler.one_off import fetch_file, fetch_urls, read_urls

    asked = read_urls(urls, sys.stdin.buffer)
    profile = "fast" if fast else "full"
    if html is not None:
        if len(asked.urls) != 1 or asked.bad_lines or save:
            raise UsageError("--html goes with exactly one URL, and without --save")
        code = fetch_file(html, asked.urls[0], form=form, output=output, profile=profile)
    else:
        code = fetch_urls(asked, form=form, output=output, folder=common().folder, save=save,
                          ignore_robots=ignore_robots, fast=fast)  # fmt: skip
    click.get_current_context().exit(code)


def run_main() -> Any:
    """Run the command, in a process that crawler/start.py begins and ends."""
    return main(prog_name="presskeep")


if __name__ == "__main__":  # as schedules have it that were written before crawler/start.py was the entry
    from crawler.start import main as begin

    begin()
