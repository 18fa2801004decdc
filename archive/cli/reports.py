"""Commands that report: spam (what was injected where) and runs (what each run did).

Owns their options and forms. What they show comes from archive/spam.py and archive/runs.py.
"""

import shutil
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from archive.cli.options import CONTEXT_SETTINGS, common, common_options
from archive.cli.output import chosen_output, emit, goes_to_table, output_options, table
from archive.errors import UsageError
from archive.kept import json_text
from archive.moments import first_moment, last_moment, parse_since, parse_until
from archive.page import moment
from archive.reader import open_reader
from archive.runs import Counts, Run, find_run, last_run, list_runs
from archive.spam import injections
from archive.text import one_line

_COUNTS = ("n_requests", "n_links", "n_new", "n_revised", "n_unchanged", "n_duplicates", "n_rejected", "n_failed")


@click.command()
@click.option("--source", metavar="NAME", help="Only in this source.")
@click.option("--since", metavar="DATE", help="Only in pages captured since then: an ISO date, or 7d, 12h.")
@click.option(
    "--format", "form", type=click.Choice(("text", "markdown", "html")),
    help="A report to send to the source's webmaster, page by page.",
)  # fmt: skip
@output_options
@common_options
def spam(source: str | None, since: str | None, form: str | None) -> None:
    """Report what was injected into pages: which hosts, in which sources and articles, since when and how.

    With --format it is a report for each source that its webmaster can act on: every page with its first and last
    capture, the WARC record that proves it, how each block is hidden, and the rule that found it. Injected addresses are
    never links in it.

    \b
    Examples:
      presskeep spam
      presskeep spam --source "Afghanistan Times" --since 30d --csv -o injected.csv
      presskeep spam --source "Afghanistan Times" --format html -o report.html
    """
    moment = first_moment(parse_since(since, now=datetime.now(UTC))) if since else None
    if form is not None:
        _send(form, source, moment)
        return
    with closing(open_reader(common().folder)) as db:
        found = [asdict(one) for one in injections(db, source=source, since=moment)]
    if goes_to_table():
        shown = [
            {**one, "since": one["since"][:10], "until": one["until"][:10], "blocks": one["n_blocks"]} for one in found
        ]
        emit(shown, columns=("source", "host", "since", "until", "blocks", "how", "articles"), wide="articles")
    else:
        columns = ("source", "host", "n_articles", "n_blocks", "since", "until", "how", "articles")
        emit(found, columns=columns, wide="articles")


def _send(form: str, source: str | None, since: datetime | None) -> None:
    """Write the report for webmasters."""
    from archive.spam_report import as_html, as_markdown, as_text, spam_reports

    output = chosen_output()
    if output.form is not None:
        raise UsageError("--format is for reading: leave out --json, --jsonl, --csv and --tsv")
    with closing(open_reader(common().folder)) as db:
        reports = spam_reports(db, source=source, since=since)
    text = (
        as_html(reports) if form == "html" else "\n".join(map(as_markdown if form == "markdown" else as_text, reports))
    )
    if output.path is None or str(output.path) == "-":
        click.echo(text, nl=False)
        return
    try:
        output.path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {output.path}: {error.strerror}") from error


@click.group(context_settings=CONTEXT_SETTINGS)
@common_options
def runs() -> None:
    """Tell what each run did, per source.

    \b
    Examples:
      presskeep runs last
      presskeep runs list --since 7d
    """


@runs.command("list")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="At most so many."
)
@click.option("--since", metavar="DATE", help="Begun since then: an ISO date, or 7d, 12h.")
@click.option("--until", metavar="DATE", help="Begun until then.")
@output_options
@common_options
def list_(limit: int, since: str | None, until: str | None) -> None:
    """List the runs, newest first.

    \b
    Example:
      presskeep runs list --since 7d
    """
    now = datetime.now(UTC)
    first = first_moment(parse_since(since, now=now)) if since else None
    last = last_moment(parse_until(until, now=now)) if until else None
    with closing(open_reader(common().folder)) as db:
        rows = (_row(run) for run in list_runs(db, limit=limit, since=first, until=last))
        if goes_to_table():
            shown = ({name.removeprefix("n_"): value for name, value in row.items()} for row in rows)
            emit(
                ({**row, "started": moment(row["started_at"]), "exit": row["exit_code"]} for row in shown),
                columns=("id", "command", "started", "seconds", "exit", *(name.removeprefix("n_") for name in _COUNTS)),
            )
        else:
            emit(rows, columns=("id", "command", "started_at", "seconds", "finish_reason", "exit_code", *_COUNTS))


@runs.command("show")
@click.argument("run_id", metavar="ID", type=click.IntRange(min=1))
@click.option("--json", "as_object", is_flag=True, help="One JSON object.")
@common_options
def show_run(run_id: int, *, as_object: bool) -> None:
    """Show one run and what it did to each source.

    \b
    Example:
      presskeep runs show 12
    """
    with closing(open_reader(common().folder)) as db:
        _tell(find_run(db, run_id), as_object=as_object)


@runs.command("last")
@click.option("--json", "as_object", is_flag=True, help="One JSON object.")
@common_options
def last(*, as_object: bool) -> None:
    """Show the latest run and what it did to each source.

    \b
    Example:
      presskeep runs last
    """
    with closing(open_reader(common().folder)) as db:
        _tell(last_run(db), as_object=as_object)


def _row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "command": run.command,
        "options": run.options,
        "version": run.version,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "seconds": None if run.seconds is None else round(run.seconds, 1),
        "finish_reason": run.finish_reason,
        "exit_code": run.exit_code,
        "n_bytes": run.n_bytes,
        "n_captures": run.n_captures,
        "peak_rss_mb": run.peak_rss_mb,
        **asdict(run.counts),
    }


def _tell(run: Run, *, as_object: bool) -> None:
    sources = [
        {"source": one.source, "status": one.status, "detail": one.detail, **asdict(one.counts)} for one in run.sources
    ]
    if as_object:
        click.echo(json_text({**_row(run), "sources": sources}, indent=1))
        return
    click.echo(click.style(one_line(f"Run {run.id}: {run.command}"), bold=True))
    took = "" if run.seconds is None else f", {run.seconds:.1f} s"
    code = "" if run.exit_code is None else f", exit code {run.exit_code}"
    click.echo(one_line(f"{run.started_at[:19]}Z{took}: {run.state}{code}"))
    memory = "" if run.peak_rss_mb is None else f", at most {run.peak_rss_mb:.0f} MB of memory"
    click.echo(
        f"{run.counts.n_requests} requests, {run.n_bytes / 1e6:.1f} MB, {run.n_captures} captures,"
        f" {run.counts.n_links} new links{memory}"
    )
    for line in _outcomes(run.counts):
        click.echo(line)
    if sources:
        click.echo()
        shown = [{name.removeprefix("n_"): value for name, value in one.items()} for one in sources]
        columns = ("source", "status", "new", "revised", "unchanged", "duplicates", "rejected", "failed", "detail")
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 120
        click.echo(table(shown, columns=columns, wide="detail", width=width), nl=False)


def _outcomes(counts: Counts) -> list[str]:
    if not counts.reasons:
        return ["no page was asked"]
    ordered = sorted(counts.reasons.items(), key=lambda item: (-item[1], item[0]))
    return ["pages: " + one_line(", ".join(f"{count} {word}" for word, count in ordered))]
