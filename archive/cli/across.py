"""Commands that follow words and reports across articles: kwic, terms and related.

Owns their options and forms. What they show comes from archive/kwic.py, archive/terms.py and archive/related.py.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from archive.cli.ask import AskCommand, chosen_filters, chosen_raw, search_filters
from archive.cli.options import common, common_options, warn
from archive.cli.output import chosen_output, emit, goes_to_table, output_options, table
from archive.errors import UsageError
from archive.reader import open_reader
from archive.selection import count_articles, select, undated_note
from archive.text import cells, one_line, shorten

if TYPE_CHECKING:
    from archive.kwic import Line
    from archive.related import Copy
    from archive.terms import Side

_ISOLATE, _POP = "\u2068", "\u2069"
_NARROWEST = 12


@click.command(cls=AskCommand)
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--width",
    type=click.IntRange(1, 2000),
    metavar="N",
    help="Cells of context on each side.  [default: what the terminal has room for, else 40]",
)
@click.option("--sort", type=click.Choice(["left", "right"]), help="By the words before or after.  [default: by date]")
@click.option(
    "--limit", type=click.IntRange(min=0), default=0, metavar="N", help="At most so many lines.  [default: all]"
)
@search_filters
@output_options
@common_options
def kwic(query: tuple[str, ...], *, width: int | None, sort: str | None, limit: int) -> None:
    """Show every place where words stand, one a line, with what stands before and after (keyword in context).

    The query is read as by `search`; each of its words and phrases has its lines, in headlines and bodies. Scripts that
    run from right to left are laid out so: what comes before stands on the right.

    \b
    Examples:
      presskeep kwic flood
      presskeep kwic '"northern sound"' --sort right --since 2024
      presskeep kwic govern* --width 60 --csv -o government.csv
    """
    from itertools import islice

    from archive.kwic import WIDTH, concordance

    asked, filters, raw = " ".join(query), chosen_filters(), chosen_raw()
    terminal = goes_to_table()
    with closing(open_reader(common().folder)) as db:
        chosen = select(db, asked, filters=filters, raw=raw)
        for note in (chosen.note, undated_note(db, chosen)):
            if note:
                warn(note)
        if not chosen.reading.terms and not chosen.note:
            raise UsageError("kwic needs a word to look for")
        room = shutil.get_terminal_size().columns
        cut = width or (_room_a_side(room) if terminal else WIDTH)
        lines = concordance(db, asked, filters=filters, raw=raw, width=cut, sort=sort)
        counted = _Counted(islice(lines, limit or None))
        if terminal:
            for line in counted:
                click.echo(_laid_out(line, cut, room if width is None else None))
        else:
            columns = ("id", "source", "published", "column", "start", "left", "match", "right", "url")
            emit((_line_json(line) for line in counted), columns=columns)
        total = count_articles(db)
        first = "the first " if limit and next(lines, None) is not None else ""
    warn(f"{first}{counted.n_lines:,} lines in {len(counted.articles):,} of {total:,} articles")


class _Counted:
    """Lines as they pass by, counted."""

    def __init__(self, lines: "Iterator[Line]") -> None:
        self._lines = lines
        self.n_lines = 0
        self.articles: set[int] = set()

    def __iter__(self) -> "Iterator[Line]":
        for line in self._lines:
            self.n_lines += 1
            self.articles.add(line.article_id)
            yield line


def _room_a_side(columns: int) -> int:
    """Give each side's cells: the id and its gap take eight, a keyword of twelve the middle."""
    return max((columns - 8 - 12) // 2, _NARROWEST)


def _line_json(line: "Line") -> dict[str, Any]:
    values = {"id": line.article_id, **asdict(line)}
    del values["article_id"]
    return values


def _laid_out(line: "Line", width: int, columns: int | None) -> str:
    """Lay a line out, its match in one column. Isolates keep a terminal with bidi from mixing the three parts."""
    from archive.kwic import first_cells

    right_to_left = line.is_right_to_left
    first, last = (line.right, line.left) if right_to_left else (line.left, line.right)
    if columns is not None:
        last = last if right_to_left else first_cells(last, max(columns - 8 - width - cells(line.match), 0))
    gap = " " * max(width - cells(first), 0)
    safe = [part if part.isascii() else f"{_ISOLATE}{part}{_POP}" for part in (first, line.match, last)]
    number = click.style(f"{line.article_id:>6}", fg="cyan")
    return f"{number}  {gap}{safe[0]}{click.style(safe[1], bold=True, fg='yellow')}{safe[2]}".rstrip()


@click.command(cls=AskCommand)
@click.argument("query", nargs=-1)
@click.option("--against", metavar="QUERY", help="Compare with what this finds.  [default: the rest of the archive]")
@click.option("--ngrams", type=click.IntRange(1, 3), default=1, show_default=True, help="Terms of so many words.")
@click.option(
    "--sort",
    type=click.Choice(["log-likelihood", "log-ratio", "count"]),
    default="log-likelihood",
    show_default=True,
    help="By how sure, by how much, or by how often.",
)
@click.option(
    "--least", type=click.IntRange(min=1), default=3, show_default=True, metavar="N", help="Counted so often."
)
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, metavar="N", help="0: all.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=20_000,
    show_default=True,
    metavar="N",
    help="Count at most N articles a side, drawn by lot; 0: all.",
)
@search_filters
@output_options
@common_options
def terms(
    query: tuple[str, ...], *, against: str | None, ngrams: int, sort: str, least: int, limit: int, sample: int
) -> None:
    """Show which words set some articles apart from others (keyness).

    Articles that the query finds are compared with the other articles that pass the filters; without a query, those that
    pass the filters with the rest of the archive; or with what --against finds. Log-likelihood says how sure it is that a
    word is more frequent here (6.63: p < 0.01), log ratio how much more (1: twice).

    \b
    Examples:
      presskeep terms flood
      presskeep terms --source 'Valley Times' --ngrams 2
      presskeep terms protest --against riot --since 2024 --csv -o terms.csv
    """
    from archive.terms import keyness

    asked = " ".join(query)
    with closing(open_reader(common().folder)) as db:
        found = keyness(
            db, asked, against=against, filters=chosen_filters(), raw=chosen_raw(), n=ngrams, least=least, sample=sample,
            sort=sort.replace("-", "_"), limit=limit or None,
        )  # fmt: skip
    if found.note:
        warn(found.note)
    if goes_to_table():
        rows: Iterator[dict[str, Any]] = (
            {"term": term.term, "count": term.count, "in": term.articles, "per million": round(term.per_million),
             "reference": round(term.reference_per_million), "G2": round(term.log_likelihood, 1), "log ratio": term.log_ratio}
            for term in found.terms
        )  # fmt: skip
        emit(rows, columns=("term", "count", "in", "per million", "reference", "G2", "log ratio"), wide="term")
    else:
        columns = ("term", "count", "articles", "per_million", "reference_count", "reference_per_million", "log_likelihood",
                   "log_ratio")  # fmt: skip
        emit((asdict(term) for term in found.terms), columns=columns)
    warn(
        f"{_side(found.target)} of {found.n_total:,} articles, against {_side(found.reference)}: {found.reference.what}"
    )


def _side(side: "Side") -> str:
    drawn = f" ({side.n_counted:,} drawn by lot)" if side.n_counted < side.n_articles else ""
    return f"{side.n_articles:,}{drawn} with {side.n_words:,} words"


@click.command()
@click.argument("article", metavar="ID|URL")
@click.option("--diff", "with_diff", is_flag=True, help="Also what each changed against the first, by word.")
@output_options
@common_options
def related(article: str, *, with_diff: bool) -> None:
    """Show who had a report first, and what other papers changed of it: the cluster of near-duplicates.

    An article whose page states no hour counts from the end of its day; none counts from later than our first capture of
    it. What changed is said against the first of the list, both as they stand now.

    \b
    Examples:
      presskeep related 17
      presskeep related 17 --diff
      presskeep related https://example.org/news/flood --csv
    """
    from archive.kept import find_article
    from archive.related import related as cluster_of

    output = chosen_output()
    if with_diff and (output.form or output.path):
        raise UsageError("--diff is for reading: leave out --json, --jsonl, --csv, --tsv and -o")
    with closing(open_reader(common().folder)) as db:
        copies = cluster_of(db, find_article(db, article))
    if len(copies) == 1:
        warn(f"nothing in this archive is like article {copies[0].article_id}")
    if with_diff:
        width = shutil.get_terminal_size().columns
        click.echo(
            table([_copy_row(copy) for copy in copies], columns=_COLUMNS, wide="headline", width=width), nl=False
        )
        _print_differences(copies)
    elif goes_to_table():
        emit((_copy_row(copy) for copy in copies), columns=_COLUMNS, wide="headline")
    else:
        columns = ("id", "out_at", "basis", "source", "headline", "published", "words", "similarity", "changed",
                   "words_added", "words_removed", "url")  # fmt: skip
        emit((_copy_json(copy) for copy in copies), columns=columns)


_COLUMNS = ("id", "out at", "source", "headline", "alike", "changed", "+", "−")


def _copy_row(copy: "Copy") -> dict[str, Any]:
    from archive.page import moment

    at = moment(copy.out_at).removesuffix(" UTC")
    out = {"day": (copy.published or "")[:10], "seen": f"seen {at}"}.get(copy.basis, at)
    return {
        "id": copy.article_id,
        "out at": out,
        "source": copy.source or "by hand",
        "headline": copy.headline or copy.url,
        "alike": "" if copy.similarity is None else f"{copy.similarity:.0%}",
        "changed": copy.changed,
        "+": copy.words_added,
        "−": copy.words_removed,
    }


def _copy_json(copy: "Copy") -> dict[str, Any]:
    return {
        "id": copy.article_id,
        "url": copy.url,
        "source": copy.source,
        "headline": copy.headline,
        "published": copy.published,
        "out_at": copy.out_at,
        "basis": copy.basis,
        "words": copy.words,
        "similarity": copy.similarity,
        "changed": copy.changed,
        "words_added": copy.words_added,
        "words_removed": copy.words_removed,
    }


def _print_differences(copies: "list[Copy]") -> None:
    from archive.diff import rendered

    for copy in copies:
        if copy.difference is not None and not copy.difference.same:
            title = shorten(
                one_line(f"{copy.article_id}  {copy.source or 'by hand'}: {copy.headline or copy.url}"), 120
            )
            click.echo("\n" + click.style(title, bold=True))
            click.echo(rendered(copy.difference, words=True), nl=False)
