"""What the benchmarks of long crawls crawl: papers without end, invented as they are asked for, behind a proxy on loopback.

`python -m benchmarks.generated_site PAPERS PAGES` prints its port and serves until it is ended. Each paper has robots.txt, a home
page and a feed of its newest articles, and a sitemap of all; all carry validators and answer conditional requests with 304.
`/count` at any host gives what was asked so far, as JSON.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from email.utils import formatdate
from functools import cache
from urllib.parse import urlsplit

from benchmarks.articles import Writer, article_of, page_of

NEWEST = 20
LAST_MODIFIED = formatdate(1_700_000_000, usegmt=True)


class GeneratedSite:
    """Answers for every paper."""

    def __init__(self, n_papers: int, n_pages: int) -> None:
        """Serve so many papers of so many pages each."""
        self.n_papers = n_papers
        self.n_pages = n_pages
        self.counts: Counter[str] = Counter()

    def answer(self, host: str, path: str, validator: str | None) -> tuple[int, str, bytes, str]:
        """Give status, content type, body and ETag."""
        if path == "/count":
            return 200, "application/json", json.dumps(self.counts).encode(), ""
        etag = f'"{host}{path}"'
        kind = "page" if path.startswith("/a/") else path.strip("/") or "home"
        if validator == etag:
            self.counts[f"{kind}, conditional"] += 1
            return 304, "", b"", etag
        self.counts[kind] += 1
        number = host.removeprefix("paper").removesuffix(".example")
        if not number.isdigit() or int(number) >= self.n_papers:
            return 502, "text/plain", b"unknown host", ""
        content = self._content(host, int(number), path)
        return (404, "text/plain", b"not found", "") if content is None else (200, *content, etag)

    def _content(self, host: str, paper: int, path: str) -> tuple[str, bytes] | None:
        match path:
            case "/robots.txt":
                return (
                    "text/plain",
                    f"User-agent: *\nDisallow: /private/\nSitemap: http://{host}/sitemap.xml\n".encode(),
                )
            case "/feed.xml":
                items = "".join(f"<item><link>{url}</link></item>" for url in self._urls(host)[-NEWEST:])
                return (
                    "application/rss+xml",
                    f"<rss version='2.0'><channel><title>{host}</title>{items}</channel></rss>".encode(),
                )
            case "/sitemap.xml":
                urls = "".join(f"<url><loc>{url}</loc></url>" for url in self._urls(host))
                return "application/xml", (
                    f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()
                )
            case "/":
                links = "".join(
                    f'<li><a href="{url}">{url.rpartition("/")[2]}</a></li>' for url in self._urls(host)[-NEWEST:]
                )
                return "text/html", (
                    f'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body><h1>{host}</h1>'
                    f"<ul>{links}</ul></body></html>".encode()
                )
        number = path.removeprefix("/a/").partition("-")[0]
        if not number.isdigit() or int(number) >= self.n_pages:
            return None
        writer = Writer(1, paper * 1_000_000 + int(number))
        article = article_of(writer, int(number) + 1, paper, writer.sentences(500))
        return "text/html; charset=utf-8", page_of(article)

    def _urls(self, host: str) -> list[str]:
        return [f"http://{host}/a/{number}-{slug(number)}" for number in range(self.n_pages)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                parts = urlsplit(head.split(" ", 2)[1])
                fields = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
                status, content_type, body, etag = self.answer(
                    parts.netloc.lower(), parts.path or "/", fields.get("if-none-match")
                )
                lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", f"Last-Modified: {LAST_MODIFIED}"]
                lines += [f"Content-Type: {content_type}"] if content_type else []
                lines += [f"ETag: {etag}"] if etag else []
                writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a client that goes away in the middle is every crawler's right
        finally:
            writer.close()


@cache
def slug(number: int) -> str:
    """Give the words in an article's URL."""
    return "-".join(Writer(1, number).text(4))


async def main(n_papers: int, n_pages: int) -> None:
    """Serve until ended."""
    server = await asyncio.start_server(GeneratedSite(n_papers, n_pages).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def start(arguments: Sequence[str]) -> None:
    """Serve as the command line says."""
    n_papers, n_pages = map(int, arguments)
    asyncio.run(main(n_papers, n_pages))


if __name__ == "__main__":
    start(sys.argv[1:])
