"""The web archive in this process, for tests of its pages: no socket, the real application."""

import asyncio
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from archive.serve import web_archive

# the same text at each width and in each direction; a headline that no layout was made for; whatever hostile pages hold
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
OVERRIDE = "\u202egnp.exe"
ESCAPES = "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x9b2J \u2066hidden\u2069"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: httpx.Headers
    text: str
    content: bytes


class Web:
    """An archive's pages: `get` them."""

    def __init__(self, folder: Path) -> None:
        self.application: Any = web_archive(folder)

    def get(self, path: str, **options: Any) -> Answer:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.application.app())
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(options.pop("method", "GET"), path, **options)

        found = asyncio.run(ask())
        return Answer(status=found.status_code, headers=found.headers, text=found.text, content=found.content)

    def page(self, path: str) -> str:
        found = self.get(path)
        assert found.status == 200, (path, found.status, found.text[:500])
        return found.text


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.found.append((tag, name, value or ""))


def attributes(page: str) -> list[tuple[str, str, str]]:
    """Give every attribute of a page as (element, name, value)."""
    parser = _Links()
    parser.feed(page)
    return parser.found


def links(page: str) -> list[str]:
    """Give the targets of a page's links."""
    return [value for tag, name, value in attributes(page) if tag == "a" and name == "href"]


def inner_links(page: str) -> set[str]:
    """Give the addresses of ours that a page leads to, without fragments."""
    return {link.partition("#")[0] for link in links(page) if link.startswith("/") and not urlsplit(link).netloc}
