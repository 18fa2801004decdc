"""Errors as pages: what went wrong in a sentence, the right status, and no traceback.

Owns which status an error has. What was not foreseen is logged here and told to nobody else.
"""

import logging
import sqlite3
from typing import TYPE_CHECKING, Any

from archive.errors import NotFoundError, PresskeepError, UsageError
from archive.web.pages import render

if TYPE_CHECKING:
    from datasette.app import Datasette

logger = logging.getLogger(__name__)

_TITLES = {400: "This cannot be asked", 403: "Not allowed", 404: "Not here", 405: "Only reading", 503: "Busy"}


async def answer(datasette: "Datasette", request: Any, exception: Exception) -> Any:
    """Give the answer for an exception, whichever page it comes from."""
    status, message = said(exception)
    if status >= 500:
        logger.error("page failed path=%s", request.path, exc_info=exception)
    if request.path.rpartition(".")[2] in ("json", "jsonl"):
        from datasette import Response

        return Response.json({"ok": False, "status": status, "error": message}, status=status)
    context = {"title": _TITLES.get(status, "Something went wrong"), "message": message, "status": status}
    return await render(datasette, request, "error.html", context, status=status)


def said(exception: Exception) -> tuple[int, str]:
    """Give the status and the sentence of an error."""
    from datasette.utils.asgi import Base400
    from datasette.views.base import DatasetteError

    if isinstance(exception, NotFoundError):
        return 404, f"There is no {exception.what} {exception.key} in this archive."
    if isinstance(exception, UsageError):
        return 400, str(exception)
    if isinstance(exception, Base400):
        # Datasette takes every address that is nobody's for a database's
        what = str(exception.args[0]) if exception.args else ""
        nowhere = what in ("", "404") or what.startswith("Database not found")
        return exception.status, "There is no such page." if nowhere else what
    if isinstance(exception, DatasetteError):
        return exception.status, str(exception.message)
    if isinstance(exception, sqlite3.OperationalError) and "locked" in str(exception):
        return 503, "The archive is busy just now. Try again in a moment."
    if isinstance(exception, PresskeepError):
        return 500, str(exception)
    return 500, "This page could not be made. The server's log says why."
