"""The page of a search: hits with their snippets, a timeline, facets, and how the query was read.

Owns what that page shows. The search itself is archive/search.py, its counts archive/facets.py.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from archive.facets import Facets, Span, facets
from archive.query import read_query, read_raw
from archive.search import SearchResult, search
from archive.web import charts
from archive.web.asked import NAME, PER_PAGE, Asked, ask, now, read
from archive.web.pages import render
from archive.web.shown import language_name, span_name

if TYPE_CHECKING:
    from datasette.app import Datasette

_FEW = 8
"""Entries of a facet that are shown at once; the rest unfolds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a facet: its link adds it to the search, or takes it out where it is chosen."""

    name: str
    count: int
    url: str | None
    chosen: bool = False
    """It narrows the search now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A facet as it stands beside the hits: its first entries, and those that unfold."""

    title: str
    first: tuple[Choice, ...]
    more: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A search that was asked: its hits, and its counts."""

    result: SearchResult
    facets: Facets


async def search_page(datasette: "Datasette", request: Any) -> Any:
    """Show a search. A form's empty fields are taken out of the URL first, so that a search has one address."""
    asked = read(request.query_string)
    if any(not value for _, value in parse_qsl(request.query_string, keep_blank_values=True)):
        from datasette import Response

        return Response.redirect(asked.url(page=asked.page))
    at = now()
    found = await ask(datasette, lambda db: searched(db, asked, at))
    result, counts = found.result, found.facets
    last = max(-(-result.n_hits // PER_PAGE), 1)
    context = {
        "asked": asked,
        "result": result,
        "notes": [note for note in (result.note, counts.note, asked.misread(at)) if note],
        "timeline": charts.timeline(counts.timeline, asked, asked.filters(at)),
        "facets": shown_facets(asked, counts),
        "undated": Choice(
            name="undated",
            count=counts.undated,
            url=asked.url(undated=not asked.undated, since="", until=""),
            chosen=asked.undated,
        ),
        "chosen": chosen(asked),
        "previous": asked.url(page=min(asked.page - 1, last)) if asked.page > 1 else None,
        "next": asked.url(page=asked.page + 1) if asked.page < last else None,
        "last_page": last,
        "sql_url": sql_url(asked),
        "facets_url": facets_url(asked),
        "command": command(asked),
        "concordance": asked.url("/concordance", page=1) if result.n_hits and asked.q else None,
    }
    return await render(datasette, request, "search.html", context)


def searched(db: sqlite3.Connection, asked: Asked, at: datetime) -> Searched:
    """Ask a search and its counts."""
    filters = asked.filters(at)
    return Searched(
        result=search(
            db, asked.q, filters=filters, sort=asked.sort, limit=PER_PAGE, offset=asked.offset, raw=asked.raw
        ),
        facets=facets(db, asked.q, filters=filters, raw=asked.raw),
    )


def shown_facets(asked: Asked, counts: Facets) -> list[Facet]:
    """Lay out the facets as links."""
    sources = [
        Choice(
            name=name or "fetched by hand",
            count=n,
            url=asked.url(sources=_toggled(asked.sources, name)) if name else None,
            chosen=name in asked.sources,
        )
        for name, n in counts.sources
    ]
    languages = [
        Choice(
            name=language_name(code),
            count=n,
            url=asked.url(languages=_toggled(asked.languages, code)) if code else None,
            chosen=code in asked.languages,
        )
        for code, n in counts.languages
    ]
    months = [_month(asked, span) for span in reversed(counts.months)]
    found = [_facet("Source", sources), _facet("Language", languages), _facet("Month", months)]
    return [facet for facet in found if facet.first]


def _month(asked: Asked, span: Span) -> Choice:
    is_chosen = asked.since == span.first.isoformat() and asked.until == span.last.isoformat()
    since, until = ("", "") if is_chosen else (span.first.isoformat(), span.last.isoformat())
    url = asked.url(since=since, until=until, undated=False)
    return Choice(name=span_name(span.label), count=span.articles, url=url, chosen=is_chosen)


def _toggled(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name) if name in names else (*names, name)


def _facet(title: str, choices: list[Choice]) -> Facet:
    # what is chosen is never folded away
    ordered = sorted(choices, key=lambda choice: not choice.chosen) if len(choices) > _FEW else choices
    return Facet(title=title, first=tuple(ordered[:_FEW]), more=tuple(ordered[_FEW:]))


def chosen(asked: Asked, path: str = "/search") -> list[tuple[str, str, str]]:
    """Give what narrows a search as (what, value, URL without it)."""
    found = [("source", name, asked.url(path, sources=_toggled(asked.sources, name))) for name in asked.sources]
    found += [
        ("language", language_name(code), asked.url(path, languages=_toggled(asked.languages, code)))
        for code in asked.languages
    ]
    found += [("author", name, asked.url(path, authors=_toggled(asked.authors, name))) for name in asked.authors]
    if asked.since:
        found.append(("since", span_name(asked.since), asked.url(path, since="")))
    if asked.until:
        found.append(("until", span_name(asked.until), asked.url(path, until="")))
    if asked.field:
        found.append(("only in the", asked.field, asked.url(path, field="")))
    if asked.undated:
        found.append(("date", "undated", asked.url(path, undated=False)))
    return found


def command(asked: Asked) -> str | None:
    """Give the command that exports exactly this search; None where no option says it."""
    if asked.undated:
        return None
    import shlex

    words = ["presskeep", "export", *([asked.q] if asked.q else [])]
    for option, values in (
        ("--source", asked.sources), ("--lang", asked.languages), ("--author", asked.authors),
        ("--since", (asked.since,)), ("--until", (asked.until,)), ("--field", (asked.field,)),
    ):  # fmt: skip
        for value in values:
            words += [option, value] if value else []
    words += ["--raw"] if asked.raw else []
    return shlex.join([*words, "--format", "jsonl", "-o", "corpus.jsonl"])


def facets_url(asked: Asked) -> str:
    """Give the address where Datasette lists and facets what has these words."""
    match = _match(asked)
    pairs = [("_facet", "source"), ("_facet", "language"), ("_facet", "section")]
    if match:
        pairs += [("_search", match), ("_searchmode", "raw")]
    return f"/{NAME}/current_articles?" + urlencode(pairs)


def _match(asked: Asked) -> str | None:
    reading = (read_raw if asked.raw else read_query)(asked.q, field=asked.field or None)
    return reading.match


def sql_url(asked: Asked) -> str:
    """Give the address where Datasette asks the same query in SQL, ready to be changed."""
    match = _match(asked)
    pairs: list[tuple[str, str]] = []
    where = []
    if match:
        where.append("id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH :match)")
        pairs.append(("match", match))
    if asked.sources:
        where.append("source = :source")
        pairs.append(("source", asked.sources[0]))
    sql = (
        "SELECT id, published, source, headline, word_count, url\nFROM current_articles\n"
        + (f"WHERE {' AND '.join(where)}\n" if where else "")
        + "ORDER BY published DESC LIMIT 100"
    )
    return f"/{NAME}?" + urlencode([("sql", sql), *pairs])
