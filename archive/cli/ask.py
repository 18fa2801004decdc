"""Commands that ask: search and stats, and the filters that `export` and others share with them.

Owns their options and forms. What they show comes from archive/search.py, archive/stats.py and archive/plot.py.
"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive.cli.options import common, common_options, warn
from archive.cli.output import chosen_output, emit, output_options
from archive.filters import Filters
from archive.moments import parse_since, parse_until
from archive.reader import open_reader
from archive.search import Hit, SearchResult, matching_ids
from archive.search import search as find
from archive.selection import select, undated_note
from archive.snippets import Span
from archive.text import cells, one_line, visible

if TYPE_CHECKING:
    from archive.stats import Counts

F = TypeVar("F", bound=Callable[..., Any])

GROUPS = ("day", "week", "month", "year", "source", "lang", "author")
_META = "presskeep.filters"


class AskCommand(click.Command):
    """A command whose query may begin with a minus: `search -rain`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move what looks like an option and is none behind the options."""
        if "--" in args:
            return super().parse_args(ctx, args)
        queries = [arg for arg in args if re.fullmatch(r"-(?![qvh]+$|o|-)(?s:.+)", arg)]
        rest = [arg for arg in args if arg not in queries]
        return super().parse_args(ctx, [*rest, "--", *queries] if queries else rest)


def search_filters(command: F) -> F:
    """Add --since, --until, --source, --lang, --author, --field and --raw; read them with `chosen_filters()`."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value:
            context.meta.setdefault(_META, {})[parameter.name] = value

    def option(name: str, what: str, **more: Any) -> Callable[[F], F]:
        return click.option(f"--{name}", expose_value=False, callback=keep, help=what, **more)

    for add in (
        option("raw", "The query is FTS5's own syntax.", is_flag=True),
        option("field", "Search only there.", type=click.Choice(["headline", "body"])),
        option("author", "By this author; can be repeated.", metavar="NAME", multiple=True),
        option("lang", "In this language; can be repeated.", metavar="CODE", multiple=True),
        option("source", "In this source; can be repeated.", metavar="NAME", multiple=True),
        option("until", "Published until then, that day included.", metavar="DATE"),
        option("since", "Published since then: 2024-03-05, 2024-03, 2024, or 7d, 12h, 2w ago.", metavar="DATE"),
    ):
        command = add(command)
    return command


def chosen_filters() -> Filters:
    """Give the filters of the command that runs now. Raises UsageError for what is no moment."""
    chosen = click.get_current_context().meta.get(_META, {})
    now = datetime.now(UTC).astimezone()
    return Filters(
        since=parse_since(chosen["since"], now=now) if "since" in chosen else None,
        until=parse_until(chosen["until"], now=now) if "until" in chosen else None,
        sources=tuple(chosen.get("source", ())),
        languages=tuple(chosen.get("lang", ())),
        authors=tuple(chosen.get("author", ())),
        field=chosen.get("field"),
    )


def chosen_raw() -> bool:
    """Tell whether --raw was given to the command that runs now."""
    return bool(click.get_current_context().meta.get(_META, {}).get("raw"))


@click.command(cls=AskCommand)
@click.argument("query", nargs=-1)
@search_filters
@click.option(
    "--sort", type=click.Choice(["rank", "date"]), default="rank", show_default=True, help="Best or newest first."
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="At most so many hits; 0: all.",
)
@click.option("--count", "only_count", is_flag=True, help="Only the number of hits.")
@click.option("--ids", is_flag=True, help="Only the ids of all hits, one a line.")
@click.option("--fail-empty", is_flag=True, help="Exit with 1 if nothing is found.")
@output_options
@common_options
def search(query: tuple[str, ...], *, sort: str, limit: int, only_count: bool, ids: bool, fail_empty: bool) -> None:
    """Search the archive. Words must all stand in an article; case, accents and spelling variants do not matter.

    \b
    kabul flood                both words           flood OR storm     either
    "two words"                a phrase             flood -insurance   without
    govern*                    words that begin so  (a OR b) c         groups
    headline:flood  author:"jane doe"  description:… body:…            in a field

    \b
    Examples:
      presskeep search kabul flood --since 30d
      presskeep search '"prime minister" -cricket' --lang en --sort date
      presskeep search 'headline:putin OR headline:poutine' --csv -o putin.csv
    """
    asked, filters, raw = " ".join(query), chosen_filters(), chosen_raw()
    with closing(open_reader(common().folder)) as db:
        if ids:
            found = matching_ids(db, asked, filters=filters, raw=raw, newest_first=True)
            chosen = select(db, asked, filters=filters, raw=raw)
            _say(chosen.note)
            _say(undated_note(db, chosen))
            n_hits = _print_ids(found)
        else:
            # a count needs no hits, and the number of all comes along
            result = find(db, asked, filters=filters, sort=sort, limit=1 if only_count else limit or None, raw=raw)
            n_hits = result.n_hits
            _say(result.note)
            _print_result(result, only_count=only_count)
    if fail_empty and not n_hits:
        click.get_current_context().exit(1)


def _say(note: str | None) -> None:
    if note:
        warn(note)


def _print_ids(found: Iterator[int]) -> int:
    n = 0
    for n, article_id in enumerate(found, 1):
        click.echo(article_id)
    return n


def _print_result(result: SearchResult, *, only_count: bool) -> None:
    output = chosen_output()
    if only_count:
        click.echo(result.n_hits)
    elif output.form is None and output.path is None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        for hit in result.hits:
            for line in _hit_lines(hit, width):
                click.echo(line)
    else:
        emit(
            (as_json(hit) for hit in result.hits),
            columns=("id", "published", "source", "headline", "snippet", "language", "url", "rank", "cluster_size"),
            wide="snippet",
        )
    shown = f", {len(result.hits):,} shown" if len(result.hits) < result.n_hits and not only_count else ""
    warn(f"{result.n_hits:,} of {result.n_articles:,} articles{shown}")


def as_json(hit: Hit) -> dict[str, Any]:
    """Give a hit as `search` writes it."""
    return {
        "id": hit.article_id,
        "url": hit.url,
        "headline": hit.headline,
        "source": hit.source,
        "published": hit.published,
        "language": hit.language,
        "snippet": hit.snippet,
        "rank": hit.rank,
        "cluster_size": hit.cluster_size,
    }


def _hit_lines(hit: Hit, width: int) -> Iterator[str]:
    """Lay out a hit: where and when, its headline, its snippet; at most `width` cells a line."""
    from archive.wrap import wrap

    alike = f"{hit.cluster_size} alike" if hit.cluster_size > 1 else ""
    about = " · ".join(one_line(part) for part in ((hit.published or "undated")[:10], hit.source or "", alike) if part)
    number = str(hit.article_id)
    for n, line in enumerate(wrap(about, width, first=f"{number}  ", indent="  ")):
        yield click.style(number, fg="cyan") + click.style(line[len(number) :], dim=True) if n == 0 else line
    headline = one_line(hit.headline or hit.url)
    yield from _marked_lines(headline, hit.headline_marks if hit.headline else (), width, bold=True)
    yield from _marked_lines(hit.snippet, hit.marks, width, bold=False)
    yield ""


def _marked_lines(text: str, marks: tuple[Span, ...], width: int, *, bold: bool) -> Iterator[str]:
    """Wrap a text with two cells before it, its matches bold (yellow in what is bold itself)."""
    from archive.wrap import wrap

    at = 0
    for line in wrap(text, max(width - 2, 4)):
        start = text.find(line, at)
        at = max(start, at) + len(line)
        parts = []
        done = 0
        for first, last in ((a - start, b - start) for a, b in marks):
            if start >= 0 and last > 0 and first < len(line):
                first, last = max(first, 0), min(last, len(line))  # noqa: PLW2901 (cut to the line)
                parts.append(_styled(line[done:first], bold=bold))
                parts.append(click.style(visible(line[first:last]), bold=True, fg="yellow"))
                done = last
        yield "  " + "".join(parts) + _styled(line[done:], bold=bold)


def _styled(text: str, *, bold: bool) -> str:
    return click.style(visible(text), bold=True) if bold and text else visible(text)


@click.command(cls=AskCommand)
@click.argument("query", nargs=-1)
@click.option("--by", type=click.Choice(GROUPS), default="month", show_default=True, help="What to count by.")
@click.option("--share", is_flag=True, help="Also what share of all articles of the group it is.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Also draw it: FILE.svg, or FILE.vl.json for Vega-Lite.")  # fmt: skip
@search_filters
@output_options
@common_options
def stats(query: tuple[str, ...], *, by: str, share: bool, plot: Path | None) -> None:
    """Count articles by time, source, language or author; without a query, all of them.

    \b
    Examples:
      presskeep stats flood --by month --since 2023
      presskeep stats '"climate change"' --by week --share --plot climate.svg
      presskeep stats --by source --csv -o sources.csv
    """
    from archive.plot import check_name, write_plot
    from archive.stats import By, count_by

    if plot is not None:
        check_name(plot)
    asked = " ".join(query)
    with closing(open_reader(common().folder)) as db:
        counts = count_by(db, asked, by=By(by), filters=chosen_filters(), raw=chosen_raw(), share=share)
    _say(counts.note)
    if plot is not None:
        write_plot(counts, plot, query=asked)
    _print_counts(counts)


def _print_counts(counts: "Counts") -> None:
    key = counts.by.value
    rows = [_count_row(counts, n) for n in range(len(counts.rows))]
    columns = [key, "articles", *(("total", "share") if counts.shared else ())]
    output = chosen_output()
    if output.form is None and output.path is None and sys.stdout.isatty():
        _print_table(counts, rows, columns)
    else:
        emit(rows, columns=columns, wide=key)
    warn(f"{counts.n_articles:,} of {counts.n_total:,} articles")
    if counts.n_undated:
        warn(f"{counts.n_undated:,} without a date that says the {key}")


def _count_row(counts: "Counts", n: int) -> dict[str, Any]:
    row = counts.rows[n]
    shared = {"total": row.total, "share": row.share} if counts.shared else {}
    return {counts.by.value: row.group, "articles": row.articles, **shared}


def _print_table(counts: "Counts", rows: list[dict[str, Any]], columns: list[str]) -> None:
    from archive.stats import sparkline

    width = shutil.get_terminal_size().columns
    if counts.by.timed and len(counts.values) > 1:
        click.echo(sparkline(counts.values, width=width))
    label = "undated" if counts.by.timed else "unknown"
    texts = [{**row, counts.by.value: row[counts.by.value] or label} for row in rows]
    for text in texts:
        if text.get("share") is not None:
            text["share"] = f"{text['share']:.2%}"
    used = (
        sum(max(cells(name), *(cells(one_line(str(text[name]))) for text in texts), 0) + 2 for name in columns)
        if texts
        else 0
    )
    room = min(width - used, 40)
    top = max(counts.values, default=0)
    if room >= 8 and top:
        for text, row in zip(texts, counts.rows, strict=True):
            text["bar"] = bar(counts.value(row) / top, room)
        columns = [*columns, "bar"]
    emit(texts, columns=columns, wide=counts.by.value)


def bar(part: float, width: int) -> str:
    """Draw a bar of eighths of a cell; what is not nothing is seen."""
    eighths = max(round(part * width * 8), 1) if part > 0 else 0
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")
