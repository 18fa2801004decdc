"""The page of a concordance: every place where a query's words stand, one below the other.

Owns what that page shows. The places are archive/kwic.py's.
"""

import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from archive.kwic import Line, concordance
from archive.selection import count, select
from archive.web.asked import Asked, ask, now, read
from archive.web.pages import render
from archive.web.searching import chosen

if TYPE_CHECKING:
    from datasette.app import Datasette

_MOST = 500
_WIDTH = 80
"""Cells a side: the style sheet cuts what a window has no room for."""
_ORDERS = (("", "by date"), ("left", "by the words before"), ("right", "by the words after"))


async def concordance_page(datasette: "Datasette", request: Any) -> Any:
    """Show the places of a search, in the order of their articles or of the words beside them."""
    asked = read(request.query_string)
    order = request.args.get("order") if request.args.get("order") in ("left", "right") else None
    lines, n_articles, note = await ask(datasette, lambda db: _lines(db, asked, order))
    context = {
        "asked": asked,
        "lines": lines,
        "n_articles": n_articles,
        "note": note,
        "cut": len(lines) == _MOST,
        "chosen": chosen(asked, "/concordance"),
        "orders": [(name, _url(asked, word), (word or None) == order) for word, name in _ORDERS],
    }
    return await render(datasette, request, "concordance.html", context)


def _lines(db: sqlite3.Connection, asked: Asked, order: str | None) -> tuple[list[Line], int, str | None]:
    filters = asked.filters(now())
    found = select(db, asked.q, filters=filters, raw=asked.raw)
    lines = concordance(db, asked.q, filters=filters, raw=asked.raw, width=_WIDTH, sort=order, limit=_MOST)
    return list(lines), count(db, found), found.note


def _url(asked: Asked, order: str) -> str:
    return "/concordance?" + urlencode([*asked.pairs(), *([("order", order)] if order else [])])
