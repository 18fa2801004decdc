"""The plugin itself: the hooks by which Datasette takes our pages in, beside its own tables, SQL, JSON and CSV.

Owns the routes. Every hook passes over a Datasette that is not ours.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker

from archive.web import articles, concordances, downloads, errors, home, policy, reports, searching, shown, static
from archive.web.asked import folder_of

if TYPE_CHECKING:
    from datasette.app import Datasette

hookimpl = HookimplMarker("datasette")

View = Callable[..., Any]
_ROUTES: tuple[tuple[str, View], ...] = (
    (r"/$", home.home),
    (r"/search$", searching.search_page),
    (r"/search\.(?P<form>json|jsonl|csv|bib|ris|csl|atom)$", downloads.hits),
    (r"/concordance$", concordances.concordance_page),
    (r"/article/(?P<id>\d{1,18})$", articles.article_page),
    (r"/article/(?P<id>\d{1,18})/diff$", articles.diff_page),
    (r"/article/(?P<id>\d{1,18})/record\.warc\.gz$", downloads.record),
    (r"/article/(?P<id>\d{1,18})\.(?P<form>[a-z]+)$", downloads.article),
    (r"/sources$", reports.sources_page),
    (r"/source/(?P<id>\d{1,18})$", reports.source_page),
    (r"/runs$", reports.runs_page),
    (r"/run/(?P<id>\d{1,18})$", reports.run_page),
    (r"/spam$", reports.spam_page),
    (r"/spam/report\.(?P<form>html|md|txt)$", downloads.spam_report),
    (r"/explain$", reports.explain_page),
    (r"/static/(?P<name>[\w.-]+)$", static.file),
)


@hookimpl
def register_routes(datasette: "Datasette") -> list[tuple[str, View]]:
    """Give our pages their addresses; they come before Datasette's own."""
    return list(_ROUTES) if folder_of(datasette) else []


@hookimpl
def prepare_jinja2_environment(env: Any, datasette: "Datasette") -> None:
    """Give templates the ways in which text from the web is shown."""
    if folder_of(datasette):
        env.filters.update(shown.FILTERS)
        env.globals["style_url"] = static.url("style.css")


@hookimpl
def asgi_wrapper(datasette: "Datasette") -> Callable[[Any], Any]:
    """Let no answer leave without its security headers."""
    return policy.guarded if folder_of(datasette) else lambda app: app


@hookimpl
def handle_exception(datasette: "Datasette", request: Any, exception: Exception) -> Any:
    """Make every error a page (or JSON) with the right status and no traceback."""
    return errors.answer(datasette, request, exception) if folder_of(datasette) else None
