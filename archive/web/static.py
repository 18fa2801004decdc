"""The style sheet and the fonts: package data, read once, kept by browsers for as long as they stay the same."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from archive.errors import NotFoundError

_KINDS = {
    "css": "text/css; charset=utf-8",
    "woff2": "font/woff2",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


@cache
def _known() -> dict[str, bytes]:
    folder = files("archive.web") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in _KINDS}


@cache
def _tag(name: str) -> str:
    return hashlib.sha256(_known()[name]).hexdigest()[:16]


def url(name: str) -> str:
    """Give the address of a file, which changes with what is in it."""
    return f"/static/{name}?{_tag(name)}"


async def file(request: Any) -> Any:
    """Send a file."""
    from datasette import Response

    name = request.url_vars["name"]
    if name not in _known():
        raise NotFoundError("file", name)
    tag = f'"{_tag(name)}"'
    fresh = request.query_string == _tag(name) or name.endswith(".woff2")
    headers = {"etag": tag, "cache-control": "public, max-age=31536000, immutable" if fresh else "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response("", status=304, headers=headers)
    return Response(_known()[name], headers=headers, content_type=_KINDS[name.rpartition(".")[2]])
