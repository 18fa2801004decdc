"""The commands `presskeep sources …`: the registry of what is crawled.

Each is a thin skin on a function of crawler/sources_file.py; `discover` alone asks the network.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.cli.options import common, common_options, warn
from archive.cli.output import emit, output_options
from archive.errors import UsageError
from crawler.sources import Source, load_sources, wrong_url


def sources_path() -> Path:
    """Give the sources file of the archive that the command is about."""
    return common().folder / "sources.toml"


def declared() -> tuple[Source, ...]:
    """Read the sources file; where there is none yet, there are no sources."""
    path = sources_path()
    return load_sources(path) if path.exists() else ()


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
    checked = [_full_url(url) for url in urls]
    for url in checked:
        chosen = add_source(sources_path(), url, name=name, feeds=list(feeds), language=language, tags=list(tags))
        warn(f"added {chosen!r} ({url}) to {sources_path()}")


def _full_url(text: str) -> str:
    """Read what people type: `example.org` is meant as https."""
    url = text if "://" in text or ":" in text.split("/", maxsplit=1)[0] or "." not in text else f"https://{text}"
    if why := wrong_url(url):
        raise UsageError(why)
    return url if url.count("/") > 2 else url + "/"


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


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@output_options
@common_options
def check(names: tuple[str, ...]) -> None:
    """Look at sources, politely: robots.txt, feeds, and what extraction makes of a few of their newest pages. Keeps nothing.

    The verdict is ok, poor (pages without texts or dates) or failed (nothing to crawl). Exits 3 where one is not ok, 4 where
    all failed.

    \b
    presskeep sources check
    presskeep sources check "Harbour Courier" --json
    """
    from crawler.check import Check
    from crawler.config import load_config
    from crawler.run import look

    chosen = _chosen(names)
    checks = [Check(source=source) for source in chosen]

    async def follow(answer: Any, workers: Any) -> list[str]:
        return [url for each in checks for url in await each.follow(answer, workers)]

    look([url for each in checks for url in each.first()], config=load_config(common().folder), follow=follow)
    results = [each.result() for each in checks]
    columns = (
        "source", "verdict", "robots", "useful", "places", "links", "newest", "articles", "pages", "words", "dated",
        "opt_outs", "problems",
    )  # fmt: skip
    emit((asdict(result) for result in results), columns=columns, wide="problems")
    if all(result.verdict == "failed" for result in results):
        click.get_current_context().exit(4)
    if any(result.verdict != "ok" for result in results):
        click.get_current_context().exit(3)


def _chosen(names: tuple[str, ...]) -> list[Source]:
    found = [source for source in declared() if source.enabled and (not names or source.name in names)]
    if unknown := [name for name in names if name not in {source.name for source in declared()}]:
        raise UsageError(f"no source {unknown[0]!r} in {sources_path()}: `presskeep sources list` shows them")
    if not found:
        raise UsageError("no sources: `presskeep sources add URL` adds one")
    return found


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--since", metavar="DATE", default="30d", show_default=True, help="Since then: an ISO date, or 7d.")
@click.option("--until", metavar="DATE", help="Until then.")
@output_options
@common_options
def coverage(names: tuple[str, ...], since: str, until: str | None) -> None:
    """Compare what feeds, sitemaps and sections announced with what is kept, per source and day.

    A URL counts for the day that was stated for it, else for the day when it was found.

    \b
    presskeep sources coverage
    presskeep sources coverage "Harbour Courier" --since 2026 --csv
    """
    from archive.coverage import coverage as count
    from archive.moments import first_moment, last_moment, parse_since, parse_until
    from archive.reader import open_reader

    now = datetime.now(UTC)
    begins = first_moment(parse_since(since, now=now))
    ends = last_moment(parse_until(until, now=now)) if until else None
    db = open_reader(common().folder)
    try:
        rows = (
            {**asdict(day), "share": round(day.share, 4)} for day in count(db, names=names, since=begins, until=ends)
        )
        columns = ("source", "day", "announced", "kept", "share", "waiting", "missed", "reasons")
        emit(rows, columns=columns, wide="reasons")
    finally:
        db.close()


@sources.command()
@click.argument("url")
@click.option("--add", "adds", is_flag=True, help="Add the source with the feeds and sitemaps that list something.")
@click.option("--name", help="With --add: the source's name.  [default: its host]")
@output_options
@common_options
def discover(url: str, name: str | None, *, adds: bool) -> None:
    """Look at a site, politely, and list the feeds, sitemaps and article links that it offers.

    \b
    presskeep sources discover https://www.example.org/
    presskeep sources discover example.org --add
    """
    from archive.records import FeedKind
    from crawler.config import load_config
    from crawler.run import look
    from crawler.sources_file import add_source
    from crawler.survey import Survey

    address = _full_url(url)
    survey = Survey(source=Source(name="discover", url=address))
    look(survey.first(), config=load_config(common().folder), follow=survey.follow)
    n = emit(
        _offers(survey.offers), columns=("kind", "links", "newest", "url", "title", "found_in", "outcome"), wide="title"
    )
    feeds, sitemaps = survey.useful(FeedKind.FEED), survey.useful(FeedKind.SITEMAP)
    if not any(offer.outcome == "ok" for offer in survey.offers):
        click.get_current_context().exit(4)
    if adds and n:
        language = next((offer.language for offer in survey.offers if offer.language), None)
        chosen = add_source(sources_path(), address, name=name, feeds=feeds, sitemaps=sitemaps, language=language)
        warn(f"added {chosen!r} with {len(feeds)} feeds and {len(sitemaps)} sitemaps to {sources_path()}")


def _offers(offers: list[Any]) -> Iterator[dict[str, Any]]:
    for offer in offers:
        row = asdict(offer)
        yield {"links": row.pop("n_links"), "feeds": row.pop("n_feeds"), **row}
