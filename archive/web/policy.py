"""What a browser may do with our pages: the security headers of every answer.

Owns the Content-Security-Policy. Our own pages may run nothing at all and load only from here. Datasette's pages run the
scripts that come with Datasette: its files, and its inline blocks by their hashes, so that nothing injected ever runs.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

_BASE = "default-src 'none'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
OURS = f"{_BASE}; style-src 'self'"
_METHODS = ("GET", "HEAD")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_OUR_PATHS = re.compile(r"/($|search|concordance$|article/|sources?($|/)|runs?($|/)|spam($|/)|explain$|static/)")
_DECLARED = b"x-presskeep-page"
"""A header by which a view says that its answer is ours, wherever it is; it never leaves."""
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def guarded(app: App) -> App:
    """Wrap an ASGI application so that each answer has the headers."""

    async def inner(scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if scope["method"] not in _METHODS:
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET, HEAD"), *_HEADERS]})
            await send({"type": "http.response.body", "body": b"This archive is only read.\n"})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                ours = bool(_OUR_PATHS.match(scope["path"])) or any(name == _DECLARED for name, _ in headers)
                kept = [(name, value) for name, value in headers if name != _DECLARED]
                csp = OURS if ours else datasettes()
                message = {**message, "headers": [*kept, *_HEADERS, (b"content-security-policy", csp.encode("ascii"))]}
            await send(message)

        await app(scope, receive, with_headers)

    return inner


def local_only(app: App) -> App:
    """Answer only what is asked under a name of this machine.

    A page anywhere could let its own name lead to 127.0.0.1 and read the archive through the browser of who has it open (DNS
    rebinding); an address cannot be made to lead elsewhere.
    """

    async def inner(scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "http" and not _is_local(dict(scope["headers"]).get(b"host", b"")):
            await send(
                {"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain"), *_HEADERS]}
            )
            await send(
                {"type": "http.response.body", "body": b"This archive is served to its own machine, as localhost.\n"}
            )
            return
        await app(scope, receive, send)

    return inner


def _is_local(host: bytes) -> bool:
    name = re.sub(r":\d*$", "", host.decode("latin-1")).strip("[]").lower()
    try:
        ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return True


@cache
def datasettes() -> str:
    """Give the policy of Datasette's own pages."""
    hashes = " ".join(f"'sha256-{digest}'" for digest in _inline_scripts())
    # its tables carry widths and colours in style attributes
    return f"{_BASE}; style-src 'self' 'unsafe-inline'; script-src 'self' {hashes}; connect-src 'self'"


def _inline_scripts() -> list[str]:
    """Hash the inline scripts in Datasette's templates, with each value that the one variable among them can have."""
    import datasette

    found = []
    for template in sorted((Path(datasette.__file__).parent / "templates").glob("*.html")):
        for script in _INLINE_SCRIPT.findall(template.read_text(encoding="utf-8")):
            for text in (
                (script.replace("{{ datasette_allow_facet }}", value) for value in ("true", "false"))
                if "datasette_allow_facet" in script
                else (script,)
            ):
                if "{{" not in text and "{%" not in text:
                    found.append(base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii"))
    return found
