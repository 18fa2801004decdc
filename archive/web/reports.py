"""The pages that report: how the sources are, what the runs did, what was injected, and the whole way of a URL.

Owns what those pages show. The questions are archive/condition.py, runs.py, spam.py and explain.py.
"""

from itertools import islice
from typing import TYPE_CHECKING, Any

from archive.condition import conditions, feeds_of, runs_of, source_named
from archive.errors import NotFoundError, UsageError
from archive.explain import explain, story
from archive.runs import Run, find_run, list_runs
from archive.spam import injections
from archive.web.asked import ask, now, since
from archive.web.charts import sparkline
from archive.web.pages import render

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette

_RUNS = 50
_RUNS_OF_SOURCE = 12


async def sources_page(datasette: "Datasette", request: Any) -> Any:
    """Show all sources: condition, volume over time, last run."""
    at = now()
    found = await ask(datasette, lambda db: conditions(db, now=at))
    context = {"found": found, "now": at, "lines": {one.id: sparkline(one.volume) for one in found.sources}}
    return await render(datasette, request, "sources.html", context)


async def source_page(datasette: "Datasette", request: Any) -> Any:
    """Show one source: its feeds, its last runs."""
    source_id, at = int(request.url_vars["id"]), now()

    def question(db: "sqlite3.Connection") -> dict[str, Any]:
        return {
            "source": source_named(db, source_id, now=at),
            "feeds": feeds_of(db, source_id),
            "runs": runs_of(db, source_id, limit=_RUNS_OF_SOURCE),
        }

    found = await ask(datasette, question)
    context = {**found, "now": at, "line": sparkline(found["source"].volume)}
    return await render(datasette, request, "source.html", context)


async def runs_page(datasette: "Datasette", request: Any) -> Any:
    """Show the runs, newest first."""
    before = request.args.get("before") or ""
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 15 else None

    def question(db: "sqlite3.Connection") -> list[Run]:
        older = (run for run in list_runs(db) if last is None or run.id < last)
        return list(islice(older, _RUNS + 1))

    found = await ask(datasette, question)
    following = found[_RUNS - 1].id if len(found) > _RUNS else None
    return await render(datasette, request, "runs.html", {"runs": found[:_RUNS], "following": following, "now": now()})


async def run_page(datasette: "Datasette", request: Any) -> Any:
    """Show one run, with what it did to each source."""
    run_id = int(request.url_vars["id"])
    run = await ask(datasette, lambda db: find_run(db, run_id))
    return await render(datasette, request, "run.html", {"run": run, "now": now()})


async def spam_page(datasette: "Datasette", request: Any) -> Any:
    """Show what was injected into pages: which hosts, where, since when, how."""
    source, moment = request.args.get("source") or None, since(request)
    found = await ask(datasette, lambda db: injections(db, source=source, since=moment))
    articles = {article for one in found for article in one.articles}
    context = {
        "found": found,
        "source": source,
        "query": request.query_string,
        "since": request.args.get("since") or "",
        "sources": sorted({one.source for one in found if one.source}),
        "n_hosts": len({one.host for one in found if one.host}),
        "n_articles": len(articles),
    }
    return await render(datasette, request, "spam.html", context)


async def explain_page(datasette: "Datasette", request: Any) -> Any:
    """Tell the whole way of a URL, or of an article's id."""
    url = (request.args.get("url") or "").strip()
    lines: list[str] = []
    unknown = False
    if url:
        if len(url) > 8000:
            raise UsageError("A URL of more than 8,000 characters is none that an archive holds.")
        try:
            lines = await ask(datasette, lambda db: list(story(explain(db, url))))
        except NotFoundError:
            unknown = True
    context = {"url": url, "lines": lines, "unknown": unknown}
    return await render(datasette, request, "explain.html", context, status=404 if unknown else 200)
