"""A news site on a real HTTP server on loopback, for tests: a world built of named changes.

`publish`, `edit` and `withdraw` keep the home page, the section, the feed and both sitemaps in step. With `proxy=True`
it is an HTTP forward proxy that serves several hosts under their own names. Faults are in newsroom_faults.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from newsroom_pages import FIRST_DAY, Host, Piece, feed, filler, listing, page, path_of, sitemap

from crawler.demo.server import Answer, Exchange, LoopbackServer, Raw, Request

NOT_HERE = b"<html><body><h1>Not here</h1></body></html>"


class Newsroom:
    """Serves one host at its own address, or `hosts` by name as a proxy."""

    def __init__(
        self, *, proxy: bool = False, hosts: Sequence[str] = ("daily.example",), address: str = "127.0.0.1"
    ) -> None:
        self._address = address
        self._is_proxy = proxy
        self._server = LoopbackServer(self._answer, address=address)
        self._hosts = {name: Host(name) for name in (hosts if proxy else hosts[:1])}
        self._main = next(iter(self._hosts))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    # where it is

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def proxy(self) -> str:
        """What http_proxy has to be."""
        assert self._is_proxy
        return f"http://{self._address}:{self.port}"

    @property
    def url(self) -> str:
        """The home page of the (first) host."""
        return self.url_of("/")

    def url_of(self, place: str, *, host: str | None = None) -> str:
        """The absolute URL of a slug, or of a path that begins with a slash."""
        path = place if place.startswith("/") else path_of(place)
        name = host or self._main
        return f"http://{name}{path}" if self._is_proxy else f"http://{self._address}:{self.port}{path}"

    # what was asked

    @property
    def requests(self) -> list[tuple[str, str, Mapping[str, str]]]:
        """(method, path with query, headers) in order; `exchanges` has hosts and statuses too."""
        return [(seen.method, seen.target, seen.headers) for seen in self.exchanges]

    @property
    def exchanges(self) -> list[Exchange]:
        return list(self._server.log)

    def n_requests(self, place: str) -> int:
        """How often a slug or path was asked."""
        url = self.url_of(place)
        return sum(seen.url == url for seen in self.exchanges)

    def forget_requests(self) -> None:
        self._server.log.clear()

    # named changes

    def publish(
        self,
        slug: str,
        *,
        headline: str | None = None,
        paragraphs: Sequence[str] | None = None,
        published: datetime | None = None,
        section: str = "news",
        host: str | None = None,
        fault: Answer | Raw | None = None,
        head: str = "",
        tail: str = "",
    ) -> str:
        """Publish an article, with a text of its own where none is given, and return its URL."""
        place = self._host(host)
        n = len(place.pieces) + len(place.gone) + 1
        at = published or FIRST_DAY + timedelta(hours=n)
        place.gone.pop(slug, None)
        place.pieces[slug] = Piece(
            slug=slug,
            headline=headline or f"Council weighs {slug.replace('-', ' ')} again",
            paragraphs=tuple(paragraphs) if paragraphs is not None else filler(slug),
            published=at,
            modified=at,
            section=section,
            fault=fault,
            head=head,
            tail=tail,
        )
        return self.url_of(slug, host=host)

    def publish_many(self, n: int, *, prefix: str = "report", host: str | None = None) -> list[str]:
        """Publish `n` articles with different texts."""
        return [self.publish(f"{prefix}-{i:04}", host=host) for i in range(n)]

    def edit(
        self,
        slug: str,
        *,
        headline: str | None = None,
        paragraphs: Sequence[str] | None = None,
        host: str | None = None,
        modified: datetime | None = None,
        fault: Answer | Raw | None = None,
    ) -> None:
        """Change an article; its `modified` moves to now unless it is given, a fault of before is over."""
        pieces = self._host(host).pieces
        old = pieces[slug]
        pieces[slug] = replace(
            old,
            headline=headline or old.headline,
            paragraphs=tuple(paragraphs) if paragraphs is not None else old.paragraphs,
            modified=modified or datetime.now(UTC),
            fault=fault,
        )

    def withdraw(self, slug: str, *, status: int = 404, listed: bool = False, host: str | None = None) -> None:
        """Take an article away; `listed` leaves it in feed and sitemaps, as a careless site does."""
        place = self._host(host)
        if listed:
            place.fixed[path_of(slug)] = Answer(status=status, body=NOT_HERE)
        else:
            del place.pieces[slug]
        place.gone[slug] = status

    def break_feed(self, *, host: str | None = None) -> None:
        """Cut the feed in the middle of an item; `mend_feed` undoes it."""
        place = self._host(host)
        whole = feed(self._base(place), place)
        self.serve("/feed.xml", whole[: len(whole) * 2 // 3], content_type="application/rss+xml", host=host)

    def mend_feed(self, *, host: str | None = None) -> None:
        del self._host(host).fixed["/feed.xml"]

    def redirect(self, path: str, to: str, *, status: int = 301, host: str | None = None) -> str:
        """Redirect `path` to `to`, sent as it is, and return the URL of `path`."""
        return self.answer(path, Answer(status=status, headers=(("Location", to),)), host=host)

    def serve(
        self,
        path: str,
        body: str | bytes,
        *,
        content_type: str = "text/html; charset=utf-8",
        status: int = 200,
        headers: Sequence[tuple[str, str]] = (),
        host: str | None = None,
    ) -> str:
        """Serve these bytes at `path`, whatever stood there, and return its URL."""
        data = body.encode() if isinstance(body, str) else body
        return self.answer(
            path, Answer(status=status, content_type=content_type, body=data, headers=tuple(headers)), host=host
        )

    def answer(self, path: str, fault: Answer | Raw, *, host: str | None = None) -> str:
        """Serve a fault of newsroom_faults at `path`, and return its URL."""
        self._host(host).fixed[path] = fault
        return self.url_of(path, host=host)

    def restore(self, path: str, *, host: str | None = None) -> None:
        """Serve again what `serve`, `answer` or `redirect` put something else in place of."""
        del self._host(host).fixed[path]

    # how it answers

    def _host(self, name: str | None) -> Host:
        return self._hosts[name or self._main]

    def _base(self, host: Host) -> str:
        return self.url_of("/", host=host.name).rstrip("/")

    def _answer(self, request: Request) -> Answer | Raw:
        host = self._hosts.get(request.host) if self._is_proxy else self._hosts[self._main]
        if host is None:
            return Answer(status=502, content_type="text/plain", body=b"unknown host\n")
        path = urlsplit(request.target).path
        for place in (request.target, path):
            if place in host.fixed:
                return host.fixed[place]
        slug = path.removeprefix("/news/").removesuffix(".html")
        if path == path_of(slug):
            if slug in host.pieces:
                piece = host.pieces[slug]
                return piece.fault or Answer(body=page(host, piece).encode(), modified_at=piece.modified)
            return Answer(status=host.gone.get(slug, 404), body=NOT_HERE)
        return self._listing(path, host)

    def _listing(self, path: str, host: Host) -> Answer:
        base = self._base(host)
        newest = max((piece.modified for piece in host.pieces.values()), default=FIRST_DAY)
        match path:
            case "/":
                return Answer(body=listing(base, host, None).encode(), modified_at=newest)
            case "/robots.txt":
                maps = f"Sitemap: {base}/sitemap.xml\nSitemap: {base}/news-sitemap.xml\n"
                text = f"User-agent: *\nDisallow: /private/\n{maps}"
                return Answer(content_type="text/plain", body=text.encode())
            case "/feed.xml":
                return Answer(content_type="application/rss+xml", body=feed(base, host).encode(), modified_at=newest)
            case "/sitemap.xml" | "/news-sitemap.xml":
                xml = sitemap(base, host, news=path.startswith("/news"))
                return Answer(content_type="application/xml", body=xml.encode(), modified_at=newest)
        section = path.strip("/")
        if any(piece.section == section for piece in host.pieces.values()):
            return Answer(body=listing(base, host, section).encode(), modified_at=newest)
        return Answer(status=404, body=NOT_HERE)
