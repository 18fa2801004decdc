"""The command `unremove`: puts back what cleaning took out. It reads pages again, so it is no command of the archive's.

Owns its options and what it says. What it does is pipelines/unremove.py.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from archive.cli.options import common_options, fail, warn
from archive.cli.upkeep import held_store
from archive.kept import json_text
from archive.text import one_line

if TYPE_CHECKING:
    from pipelines.unremove import PutBack


@click.command()
@click.argument("removals", nargs=-1, required=True, type=click.IntRange(min=1), metavar="REMOVAL_ID...")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON Lines, one for each removal.")
@common_options
def unremove(removals: tuple[int, ...], *, as_json: bool) -> None:
    """Put removed blocks back, as a rule for their source.

    `show --removals` gives the numbers. The pages that lack such a block are read again from their captures: a new
    reading of the same revision, never an edit of the publisher's. Later pages of the source keep the block, too.

    \b
    Examples:
      presskeep show 4711 --removals
      presskeep unremove 90210
    """
    from pipelines.unremove import unremove as run

    with held_store() as store:
        done = run(store, removals, now=datetime.now(UTC))
    for one in done:
        click.echo(json_text(asdict(one)) if as_json else _line(one))
    missing = sorted({article for one in done for article in one.without})
    if missing:
        fail(f"read again, and still not in the text of article {', '.join(map(str, missing[:10]))}", 1)


def _line(one: "PutBack") -> str:
    where = one_line(one.source or one.host)
    text = one_line(one.text)
    quoted = f"“{text[:60]}{'…' if len(text) > 60 else ''}”"
    if one.pruned:
        warn(
            f"removal {one.removal_id}: the pages of {len(one.pruned)} articles are no longer kept; it holds for the next"
        )
    articles = f" in {len(one.articles)} article{'' if len(one.articles) == 1 else 's'}" if one.articles else ""
    again = "" if one.is_new else ", whose rule it was already"
    return f"put back {quoted}{articles}; it stays in what {where} prints{again}"
