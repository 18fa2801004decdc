"""Commands that read one article: show, history, diff, explain.

Owns their options and forms. What they show comes from archive/kept.py, page.py, history.py, diff.py and explain.py.
"""

import re
import shutil
import sys
from contextlib import closing
from dataclasses import asdict

import click

from archive.cli.options import common, common_options
from archive.cli.output import emit, goes_to_table, output_options
from archive.errors import UsageError
from archive.kept import as_json, find_article, json_text, kept_article
from archive.reader import open_reader
from archive.text import one_line, visible

FORMATS = ("text", "markdown", "json", "html", "xml", "tei")


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 80


@click.command()
@click.argument("article", metavar="ID|URL")
@click.option("--revision", type=click.IntRange(min=1), metavar="N", help="That revision.  [default: the latest]")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to write it."
)
@click.option(
    "--provenance", is_flag=True, help="Also where it was captured, who extracted it, where each field is from."
)
@click.option("--removals", is_flag=True, help="Also what cleaning took out of the page, and why.")
@common_options
def show(article: str, revision: int | None, form: str, *, provenance: bool, removals: bool) -> None:
    """Show one article.

    \b
    Examples:
      presskeep show 17
      presskeep show https://example.org/news/flood --removals
      presskeep show 17 --revision 1 --format markdown
    """
    if (provenance or removals) and form not in {"text", "json"}:
        raise UsageError(f"--provenance and --removals go with --format text or json, not {form}")
    with closing(open_reader(common().folder)) as db:
        kept = kept_article(db, find_article(db, article), revision)
    if form == "text":
        from archive.page import page

        click.echo(page(kept, width=_width(), removals=removals, provenance=provenance), nl=False)
        return
    from archive.render import render

    text = render(kept, form)
    click.echo(visible(text) if sys.stdout.isatty() else text, nl=False)


@click.command()
@click.argument("article", metavar="ID|URL")
@output_options
@common_options
def history(article: str) -> None:
    """List an article's revisions and what each changed.

    \b
    Example:
      presskeep history 17
    """
    from archive.history import history as changes
    from archive.page import moment

    with closing(open_reader(common().folder)) as db:
        rows = [asdict(change) for change in changes(db, find_article(db, article))]
    if goes_to_table():
        for row in rows:
            row |= {"at": moment(row["revision_at"]), "added": row["words_added"], "removed": row["words_removed"]}
        emit(rows, columns=("revision", "at", "headline", "words", "changed", "added", "removed"), wide="headline")
    else:
        columns = ("revision", "revision_at", "headline", "words", "changed", "words_added", "words_removed")
        emit(rows, columns=columns, wide="headline")


@click.command()
@click.argument("article", metavar="ID|URL")
@click.option("--revisions", metavar="A..B", help="Which two.  [default: the last two]")
@click.option("--words", is_flag=True, help="Compare by word: [-removed-] and {+added+}.")
@common_options
def diff(article: str, revisions: str | None, *, words: bool) -> None:
    """Show what changed between two revisions; exits 0 where they are the same, 1 where they differ.

    Edits of the headline are told apart from those of the body. An edit is cosmetic where no word changed, and a
    correction where the page announces one or a few words were replaced in their places.

    \b
    Examples:
      presskeep diff 17 --words
      presskeep diff 17 --revisions 1..3
    """
    from archive.diff import Text, compare, rendered

    with closing(open_reader(common().folder)) as db:
        new = kept_article(db, find_article(db, article))
        if revisions is None and new.n_revisions < 2:
            click.echo(f"article {new.id} has one revision: nothing to compare")
            return
        first, last = _span(revisions) if revisions else (new.revision - 1, new.revision)
        old, new = kept_article(db, new.id, first), kept_article(db, new.id, last)
    difference = compare(
        Text(headline=old.article.headline, body=old.article.body),
        Text(headline=new.article.headline, body=new.article.body),
    )
    if difference.same:
        click.echo(f"revisions {first} and {last} of article {new.id} have the same text")
        return
    click.echo(one_line(f"{new.article.url}, revision {first} ({old.revision_at}) and {last} ({new.revision_at})"))
    click.echo(rendered(difference, words=words), nl=False)
    click.get_current_context().exit(1)


def _span(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})", text)
    if found is None:
        raise UsageError(f"--revisions takes two numbers like 1..2, not “{text}”")
    return int(found[1]), int(found[2])


@click.command()
@click.argument("url", metavar="URL|ID")
@click.option("--json", "as_object", is_flag=True, help="One JSON object.")
@common_options
def explain(url: str, *, as_object: bool) -> None:
    """Tell the whole way of a URL: where it was found, what came of it and why.

    \b
    Example:
      presskeep explain https://example.org/news/flood
    """
    from archive.explain import explain as gather
    from archive.explain import story

    with closing(open_reader(common().folder)) as db:
        way = gather(db, url)
    if as_object:
        click.echo(json_text({**asdict(way), "article": as_json(way.article) if way.article else None}, indent=1))
        return
    for line in story(way):
        click.echo(line)
