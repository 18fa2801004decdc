"""What the crawl benchmark crawls: folders of saved pages, served under their own host names by a proxy on loopback.

Owns reading a corpus (pages.jsonl with url, file and, optionally, type), the demo's newspapers as a corpus of any size,
and the proxy: `python -m benchmarks.corpus_site FOLDER…` prints its port and serves until it is ended. Each host has
robots.txt, a home page, a feed and a sitemap. A corpus's own page at a host's root is left out: it is no article.
"""

import asyncio
import gzip
import json
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from archive.url_key import url_key
from crawler.demo.content import Newspaper, Printed, load_newspapers
from crawler.demo.pages import article_page

PATH_SAFE = "/%:@!$&'()*+,;=~-._"
FEED_LENGTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """A page of a corpus; `url` is what the proxy serves it under: http, host in IDNA form, escaped."""

    url: str
    file: Path
    content_type: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def target(self) -> str:
        return self.url.removeprefix(f"http://{self.host}")

    def body(self) -> bytes:
        raw = self.file.read_bytes()
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw


def load_pages(folders: Iterable[Path]) -> list[SavedPage]:
    """Read the pages of corpus folders; of several with one key, which a crawl asks for once, the last counts."""
    pages: dict[str, SavedPage] = {}
    for folder in folders:
        with (folder / "pages.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                url = served_url(entry["url"])
                if urlsplit(url).path != "/" or urlsplit(url).query:
                    pages[url_key(url)] = SavedPage(
                        url=url, file=folder / entry["file"], content_type=entry.get("type", "text/html")
                    )
    return list(pages.values())


def served_url(url: str) -> str:
    """Give a URL as a request line has it."""
    parts = urlsplit(url)
    host = parts.netloc.lower()
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    query = f"?{quote(parts.query, safe=PATH_SAFE + '?')}" if parts.query else ""
    return f"http://{host}{quote(parts.path or '/', safe=PATH_SAFE)}{query}"


def write_demo_corpus(folder: Path, n_pages: int) -> None:
    """Write the demo's newspapers as a corpus of `n_pages`: beyond its own articles, copies with their words shuffled.

    A copy has a URL and a text of its own, so that it is neither a duplicate nor a near-duplicate. Raises ValueError
    where a newspaper would have fewer than the two articles that its pages link to each other.
    """
    papers = load_newspapers(edition=1, changed_at=datetime.now(UTC))
    if n_pages < 2 * len(papers):
        raise ValueError(f"the demo corpus has {2 * len(papers)} pages at least, not {n_pages}")
    shares = [n_pages // len(papers) + (number < n_pages % len(papers)) for number in range(len(papers))]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "pages.jsonl").open("w", encoding="utf-8") as lines:
        for paper, share in zip(papers, shares, strict=True):
            full = replace(paper, amp_path=None, articles=tuple(enlarged(paper, share)))
            for number, article in enumerate(full.articles):
                name = f"{paper.stem}-{number:05}.html"
                html = article_page(full, article).encode(paper.charset, errors="xmlcharrefreplace")
                (folder / name).write_bytes(html)
                entry = {
                    "url": full.url_of(article.path),
                    "file": name,
                    "type": f"text/html; charset={paper.charset}",
                }
                lines.write(json.dumps(entry) + "\n")


def enlarged(paper: Newspaper, n_articles: int) -> list[Printed]:
    """Give `n_articles` articles of a newspaper."""
    articles = list(paper.listed())[:n_articles]
    for number in count(1):
        for article in paper.listed():
            if len(articles) == n_articles:
                return articles
            articles.append(copied(paper, article, number))
    raise AssertionError("count() does not end")


def copied(paper: Newspaper, article: Printed, number: int) -> Printed:
    """Give an article with another slug and its words in another order."""
    slug = f"{article.slug}-{number}"
    shuffle = random.Random(f"{paper.host} {slug}").shuffle
    return replace(
        article,
        slug=slug,
        path=paper.article_path.format(slug=slug, section=article.section, published=article.published),
        headline=shuffled(article.headline, shuffle),
        paragraphs=tuple(shuffled(paragraph, shuffle) for paragraph in article.paragraphs),
    )


def shuffled(text: str, shuffle: Callable[[list[str]], None]) -> str:
    """Put a text's words in another order; its characters, where it is written without spaces."""
    words = text.split()
    spaced = len(words) > len(text) // 15
    pieces = words if spaced else list(text)
    shuffle(pieces)
    return (" " if spaced else "").join(pieces)


class CorpusSite:
    """Answers for every host of a corpus."""

    def __init__(self, pages: Sequence[SavedPage]) -> None:
        self._hosts: dict[str, dict[str, SavedPage]] = {}
        for page in pages:
            self._hosts.setdefault(page.host, {})[page.target] = page

    def answer(self, host: str, target: str) -> tuple[int, str, bytes]:
        """Give status, content type and body."""
        pages = self._hosts.get(host)
        if pages is None:
            return 502, "text/plain", b"unknown host"
        if page := pages.get(target):
            return 200, page.content_type, page.body()
        if (listing := LISTINGS.get(target)) is not None:
            content_type, write = listing
            return 200, content_type, write(host, pages).encode()
        return 404, "text/plain", b"not found"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, url, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
                parts = urlsplit(url)
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                # a proxy that tunnels nothing: a CONNECT has no host in its request line, and gets a 502
                status, content_type, body = self.answer(parts.netloc.lower(), target)
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                )
                writer.write(b"" if method == "HEAD" else body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a client that goes away in the middle is every crawler's right
        finally:
            writer.close()


def robots(host: str, _pages: Mapping[str, SavedPage]) -> str:
    return f"User-agent: *\nDisallow: /private/\nSitemap: http://{host}/sitemap.xml\n"


def feed(host: str, pages: Mapping[str, SavedPage]) -> str:
    items = "".join(f"<item><link>{escape(page.url)}</link></item>" for page in list(pages.values())[-FEED_LENGTH:])
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{escape(host)}</title><link>http://{host}/</link>'
        f"{items}</channel></rss>"
    )


def sitemap(_host: str, pages: Mapping[str, SavedPage]) -> str:
    urls = "".join(f"<url><loc>{escape(page.url)}</loc></url>" for page in pages.values())
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def home(host: str, pages: Mapping[str, SavedPage]) -> str:
    links = "".join(
        f'<li><a href="{escape(page.url)}">{escape(target.strip("/").rsplit("/", 1)[-1])}</a></li>'
        for target, page in pages.items()
    )
    return (
        f"<!doctype html><html><head><title>{escape(host)}</title>"
        '<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>'
        f"<body><h1>{escape(host)}</h1><ul>{links}</ul></body></html>"
    )


LISTINGS: dict[str, tuple[str, Callable[[str, Mapping[str, SavedPage]], str]]] = {
    "/robots.txt": ("text/plain", robots),
    "/feed.xml": ("application/rss+xml", feed),
    "/sitemap.xml": ("application/xml", sitemap),
    "/": ("text/html; charset=utf-8", home),
}


async def main(folders: Sequence[Path]) -> None:
    server = await asyncio.start_server(CorpusSite(load_pages(folders)).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main([Path(argument) for argument in sys.argv[1:]]))
