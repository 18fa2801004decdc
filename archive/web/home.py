"""The front page: one box to search, how much the archive holds, and what is new in it."""

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.facets import Span, whole_timeline
from archive.filters import Filters
from archive.recent import Holdings, Recent, holdings, latest_edits, newest
from archive.web import charts
from archive.web.asked import Asked, ask, now
from archive.web.pages import render

if TYPE_CHECKING:
    from datasette.app import Datasette


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the front page tells."""

    holdings: Holdings
    newest: tuple[Recent, ...]
    edits: tuple[Recent, ...]
    timeline: tuple[Span, ...]


async def home(datasette: "Datasette", request: Any) -> Any:
    """Show the front page."""
    front = await ask(datasette, _front)
    asked = Asked(sort="date")
    context = {
        "asked": Asked(),
        "front": front,
        "timeline": charts.timeline(front.timeline, asked, Filters()),
        "now": now(),
    }
    return await render(datasette, request, "home.html", context)


def _front(db: sqlite3.Connection) -> Front:
    return Front(
        holdings=holdings(db),
        newest=tuple(newest(db, limit=8)),
        edits=tuple(latest_edits(db, limit=6)),
        timeline=whole_timeline(db),
    )
