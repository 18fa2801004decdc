"""The commands `presskeep sources check`, `coverage` and `discover`: looks at sources, at what they offer and what of it is kept.

Each is a thin skin on a function of crawler/check.py, archive/coverage.py or crawler/survey.py; `coverage` asks the archive alone.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from archive.cli.options import common, common_options, warn
from archive.cli.output import emit, output_options
from crawler.registry import chosen_sources, full_url, sources_path
from crawler.sources import Source


@click.command()
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
    from crawler.looking import look

    chosen = chosen_sources(sources_path(), names)
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


@click.command()
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


@click.command()
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
    from crawler.looking import look
    from crawler.sources_file import add_source
    from crawler.survey import Survey

    address = full_url(url)
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
