"""The commands `presskeep sources …`: the registry of what is crawled.

Each is a thin skin on a function of crawler/sources_file.py; what looks at sources is in crawler/cli_looks.py.
"""

import sqlite3
from pathlib import Path
from typing import Any

import click

from archive.cli.options import common, common_options, warn
from archive.cli.output import emit, output_options
from archive.errors import UsageError
from crawler.cli_looks import check, coverage, discover
from crawler.registry import declared, full_url, sources_path
from crawler.sources import Source, load_sources


@click.group()
@common_options
def sources() -> None:
    """Add, list, look at and change what is crawled: the file sources.toml of the archive.

    \b
    presskeep sources add https://www.example.org/
    presskeep sources list
    """


@sources.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL…")
@click.option("--name", help="The source's name, for one URL.  [default: its host]")
@click.option("--feed", "feeds", multiple=True, metavar="URL", help="A feed of it; may be repeated.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="A tag; may be repeated.")
@click.option("--language", metavar="TAG", help="Its language, such as de or pt-BR.")
@common_options
def add(
    urls: tuple[str, ...], name: str | None, feeds: tuple[str, ...], tags: tuple[str, ...], language: str | None
) -> None:
    """Add sources by the URLs of their home pages. Feeds and sitemaps are found by the crawl itself.

    \b
    presskeep sources add https://www.example.org/ --tag daily
    presskeep sources add example.org example.net
    """
    from crawler.sources_file import add_source

    if len(urls) > 1 and (name or feeds):
        raise UsageError("--name and --feed are for one URL")
    checked = [full_url(url) for url in urls]
    for url in checked:
        chosen = add_source(sources_path(), url, name=name, feeds=list(feeds), language=language, tags=list(tags))
        warn(f"added {chosen!r} ({url}) to {sources_path()}")


@sources.command("list")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only sources with this tag; may be repeated.")
@output_options
@common_options
def list_(tags: tuple[str, ...]) -> None:
    """List the sources, with what the archive knows of each.

    \b
    presskeep sources list
    presskeep sources list --tag daily --csv -o sources.csv
    """
    found = [source for source in declared() if not tags or set(tags) & set(source.tags)]
    if not found:
        warn("no sources: `presskeep sources add URL` adds one, `presskeep sources import starter` a list of real ones")
    state = _states(common().folder)
    rows = ({**_row(source), **state.get(source.name, _UNKNOWN)} for source in found)
    emit(rows, columns=("name", "url", "enabled", "tags", "last_run", "articles", "last_outcome", "health"), wide="url")


def _row(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "url": source.url,
        "enabled": source.enabled,
        "language": source.language,
        "tags": list(source.tags),
        "feeds": list(source.feeds),
    }


_UNKNOWN: dict[str, Any] = {"last_run": None, "articles": 0, "last_outcome": None, "detail": None, "health": []}

_STATE = """
SELECT s.name, (SELECT count(*) FROM articles a WHERE a.source_id = s.id) AS articles,
       r.started_at AS last_run, t.status AS last_outcome, t.detail
FROM sources s
LEFT JOIN run_sources t ON t.source_id = s.id
     AND t.run_id = (SELECT max(run_id) FROM run_sources WHERE source_id = s.id)
LEFT JOIN runs r ON r.id = t.run_id
"""


def _states(folder: Path) -> dict[str, dict[str, Any]]:
    """Give what the archive knows, by name; nothing where there is no archive yet."""
    from archive.health import complaints
    from archive.reader import DATABASE, open_reader

    if not (folder / DATABASE).is_file():
        return {}
    db: sqlite3.Connection = open_reader(folder)
    try:
        found = {
            row["name"]: {key: row[key] for key in _UNKNOWN if key != "health"} | {"health": []}
            for row in db.execute(_STATE)
        }
        for complaint in complaints(db):
            found[complaint.source]["health"].append(f"{complaint.rule}: {complaint}")
        return found
    finally:
        db.close()


@sources.command()
@click.argument("name")
@common_options
def enable(name: str) -> None:
    """Crawl a source again.

    \b
    presskeep sources enable example.org
    """
    from crawler.sources_file import enable_source

    enable_source(sources_path(), name)


@sources.command()
@click.argument("name")
@common_options
def disable(name: str) -> None:
    """Leave a source out of crawls; its articles stay.

    \b
    presskeep sources disable example.org
    """
    from crawler.sources_file import disable_source

    disable_source(sources_path(), name)


@sources.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def remove(name: str, *, yes: bool) -> None:
    """Take a source out of the file; its articles stay in the archive.

    \b
    presskeep sources remove example.org --yes
    """
    from crawler.sources_file import remove_source

    if name not in {source.name for source in declared()}:
        raise UsageError(f"no source {name!r} in {sources_path()}: `presskeep sources list` shows them")
    if not yes:
        click.confirm(f"Remove {name!r} from {sources_path()}?", abort=True, err=True)
    remove_source(sources_path(), name)


@sources.command()
@click.argument("name", required=False)
@common_options
def edit(name: str | None) -> None:
    """Open the sources file in $EDITOR, and check it afterwards.

    \b
    presskeep sources edit
    """
    path = sources_path()
    if name is not None and name not in {source.name for source in declared()}:
        raise UsageError(f"no source {name!r} in {path}: `presskeep sources list` shows them")
    if not path.exists():
        raise UsageError(f"no {path} yet: `presskeep sources add URL` makes it")
    click.edit(filename=str(path))
    warn(f"{len(load_sources(path))} sources in {path}")


@sources.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be added, and add nothing.")
@common_options
def import_(file: Path, *, dry_run: bool) -> None:
    """Add the sources of FILE (TOML or OPML), or of the shipped list `starter`. Known ones stay as they are.

    \b
    presskeep sources import starter
    presskeep sources import subscriptions.opml
    """
    from crawler.sources_file import import_sources, read_elsewhere, starter_sources

    found = starter_sources() if str(file) == "starter" and not file.exists() else read_elsewhere(file)
    if dry_run:
        known = {source.name.casefold() for source in declared()}
        for source in found:
            click.echo(f"{'known' if source.name.casefold() in known else 'new'}\t{source.name}\t{source.url}")
        return
    added, kept = import_sources(sources_path(), found)
    warn(f"{len(added)} sources added to {sources_path()}, {len(kept)} were there already")


@sources.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.option("--format", "form", type=click.Choice(["toml", "opml"]), help="[default: by FILE's name, else toml]")
@common_options
def export(file: Path, form: str | None) -> None:
    """Write the sources to FILE, or to standard output: TOML as it is with its comments, or OPML for feed readers.

    \b
    presskeep sources export subscriptions.opml
    """
    from crawler.opml import write_opml

    found = declared()
    form = form or ("opml" if file.suffix.lower() in {".opml", ".xml"} else "toml")
    path = sources_path()
    text = write_opml(found) if form == "opml" else (path.read_text(encoding="utf-8") if path.exists() else "")
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    warn(f"{len(found)} sources written to {file}")


for command in (check, coverage, discover):
    sources.add_command(command)
