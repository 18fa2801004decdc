"""The demo's news site: invented newspapers under reserved names, behind an HTTP proxy on loopback.

Owns which URL answers what in which edition. Nothing resolves the names: a crawler reaches them through `proxy`, and a
host that is none of these is a 502. The standard library alone, so that the demo needs no more than the crawler.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypedDict

from crawler.demo import feeds, pages
from crawler.demo.content import Newspaper, load_newspapers
from crawler.demo.server import Answer, Exchange, LoopbackServer, Request

IMAGE = b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#678"/></svg>'
UNKNOWN_HOST = Answer(status=502, content_type="text/plain", body=b"this proxy serves the demo's newspapers alone\n")


class DemoSource(TypedDict):
    """A newspaper as a sources file declares it."""

    name: str
    url: str
    language: str


def clock() -> datetime:
    """Give the time of day."""
    return datetime.now(UTC)


class DemoSite:
    """Serves the newspapers from `with` to its end; setting `edition` to 2 publishes the second edition."""

    def __init__(self, *, clock: Callable[[], datetime] = clock, port: int = 0) -> None:
        self._clock = clock
        self._server = LoopbackServer(self._answer, port=port)
        self.edition = 1

    def __enter__(self) -> Self:
        """Serve."""
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.__exit__(kind, error, trace)

    @property
    def edition(self) -> int:
        """1, or 2: one article edited, one added, one taken away."""
        return self._edition

    @edition.setter
    def edition(self, number: int) -> None:
        if number not in (1, 2):
            raise ValueError(f"there are editions 1 and 2, not {number}")
        self._edition = number
        self.newspapers = load_newspapers(edition=number, changed_at=self._clock())
        self._answers = {url: answer for paper in self.newspapers for url, answer in answers(paper).items()}
        self._hosts = {paper.host: pages.gone_page(paper).encode(paper.charset) for paper in self.newspapers}

    @property
    def proxy(self) -> str:
        """What http_proxy has to be."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def sources(self) -> list[DemoSource]:
        """The newspapers, as sources."""
        return [DemoSource(name=paper.name, url=paper.url, language=paper.language) for paper in self.newspapers]

    def sources_toml(self) -> str:
        """Give a sources file that declares them, and nothing but name and URL."""
        return "".join(
            f'[sources."{source["name"]}"]\nurl = "{source["url"]}"\ndelay = 0\n\n' for source in self.sources
        )

    @property
    def requests(self) -> list[Exchange]:
        """What was asked so far, with the statuses that it got."""
        return list(self._server.log)

    def _answer(self, request: Request) -> Answer:
        if request.host not in self._hosts:
            return UNKNOWN_HOST
        url = request.url.partition("?")[0]
        if request.target.startswith("/images/"):
            return Answer(content_type="image/svg+xml", body=IMAGE)
        return self._answers.get(url) or Answer(status=404, body=self._hosts[request.host])


def answers(paper: Newspaper) -> dict[str, Answer]:
    """Give URL → answer for all that a newspaper serves."""
    newest = max(article.modified for article in paper.articles)
    found = {
        paper.url_of("/robots.txt"): Answer(
            content_type="text/plain; charset=utf-8", body=feeds.robots(paper).encode()
        ),
        paper.url: _html(paper, pages.list_page(paper, None), newest),
    }
    for section in paper.sections:
        found[paper.url_of(f"/{section}/")] = _html(paper, pages.list_page(paper, section), newest)
    for path in pages.PLAIN_PAGES:
        found[paper.url_of(path)] = _html(paper, pages.plain_page(paper, path), None)
    for path, xml in feeds.sitemaps(paper).items():
        found[paper.url_of(path)] = Answer(content_type="application/xml", body=xml.encode(), modified_at=newest)
    if paper.feed is not None:
        content_type, text = feeds.feed(paper)
        found[paper.url_of(paper.feed.path)] = Answer(content_type=content_type, body=text.encode(), modified_at=newest)
    for article in paper.listed():
        found[paper.url_of(article.path)] = _html(paper, pages.article_page(paper, article), article.modified)
        if amp := pages.amp_path(paper, article):
            found[paper.url_of(amp)] = _html(paper, pages.amp_page(paper, article), article.modified)
    return found


def _html(paper: Newspaper, text: str, modified_at: datetime | None) -> Answer:
    return Answer(
        content_type=f"text/html; charset={paper.charset}",
        body=text.encode(paper.charset, errors="xmlcharrefreplace"),
        modified_at=modified_at,
    )
