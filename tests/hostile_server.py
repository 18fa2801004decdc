"""The hostile web, on loopback: many hosts on one server, each with faults of its own, and a place inside that nobody may ask.

Owns the world of tests/test_crawler_hostile.py: which page, feed, sitemap or robots.txt has which fault, and with what word
its URL must end. The answers themselves are in newsroom_faults.py and hostile_answers.py. Hosts have names
(`n01.example`), which lead to 127.0.0.1 by a hosts file; `allow` names each with the server's port, and nothing else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from newsroom_pages import filler

from crawler.demo.server import Answer, LoopbackServer, Raw, Request

Fault = Answer | Raw | Callable[[Request], Answer | Raw]
NOT_HERE = Answer(status=404, body=b"<html><body><h1>Not here</h1></body></html>")


def story(slug: str, *, title: str | None = None, head: str = "", extra: str = "", text: str | None = None) -> str:
    """An article's page with a text of its own."""
    paragraphs = [text] if text else filler(slug)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    headline = title or f"What became of {slug.replace('-', ' ')}"
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{headline}</title>{head}</head>"
        f"<body><article><h1>{headline}</h1>{body}{extra}</article></body></html>"
    )


@dataclass(slots=True, kw_only=True)
class HostileHost:
    """One host: its pages by path, what its home page lists, and how it is declared."""

    name: str
    paths: dict[str, Fault] = field(default_factory=dict)
    prefixes: dict[str, Callable[[Request], Answer | Raw]] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    """Further lines of its table in the sources file; `{base}` stands for its origin."""
    home_extra: str = ""

    def home(self) -> Answer:
        """The home page: each listed article under a heading."""
        links = "".join(
            f'<h2><a href="{url}">Long enough words to be the headline of number {n}</a></h2>'
            for n, url in enumerate(self.listed)
        )
        html = f"<html><head><title>{self.name}</title></head><body><main>{links}</main>{self.home_extra}</body></html>"
        return Answer(body=html.encode("utf-8", "surrogatepass"))


class HostileWeb:
    """A server of hostile hosts, and `inside`, a second server that must never be asked."""

    def __init__(self) -> None:
        self.hosts: dict[str, HostileHost] = {}
        self.expected: dict[str, set[str]] = {}
        """URL → the words with which it may end."""
        self._server = LoopbackServer(self._answer)
        self.inside = LoopbackServer(lambda _: Answer(body=b"<html><h1>secret</h1></html>"))

    def __enter__(self) -> Self:
        self._server.__enter__()
        self.inside.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)
        self.inside.__exit__(kind, error, trace)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def asked(self) -> list[str]:
        """The URLs that were asked, in order."""
        return [seen.url for seen in self._server.log]

    def base(self, host: str) -> str:
        return f"http://{host}.example:{self.port}"

    # the world

    def host(self, name: str, *declared: str) -> HostileHost:
        """A host, made on first mention; `declared` are lines of its source's table."""
        host = self.hosts.setdefault(name, HostileHost(name=name))
        host.declared += declared
        return host

    def page(self, host: str, slug: str, fault: Fault, *words: str, listed: bool = True) -> str:
        """Put a page on a host's home page; its URL must end with one of `words`."""
        path = f"/news/{slug}.html"
        url = self.serve(host, path, fault)
        if listed:
            self.host(host).listed.append(path)
        self.expected[url] = set(words)
        return url

    def link(self, host: str, target: str, *words: str) -> None:
        """Put a link on a host's home page; where it gets a row, it must be one of `words`."""
        self.host(host).listed.append(target)
        if words:
            self.expected[target] = set(words)

    def sound(self, host: str) -> str:
        """Put an ordinary article on a host: the faults around it must not cost it."""
        slug = f"sound-report-from-{host}"
        return self.page(host, slug, Answer(body=story(slug).encode()), "new")

    def serve(self, host: str, path: str, fault: Fault) -> str:
        self.host(host).paths[path] = fault
        return self.base(host) + path

    def _answer(self, request: Request) -> Answer | Raw:
        host = self.hosts.get(request.host.partition(":")[0].removesuffix(".example"))
        if host is None:
            return Answer(status=502, body=b"unknown host")
        path = request.target.partition("?")[0]
        fault: Fault | None = host.paths.get(request.target) or host.paths.get(path)
        if fault is None:
            fault = next((answer for start, answer in host.prefixes.items() if request.target.startswith(start)), None)
        if fault is None and path == "/":
            return host.home()
        if callable(fault):
            return fault(request)
        return fault or NOT_HERE

    # what a crawl of it needs

    def write(self, folder: Path, *, settings: Iterable[str] = ()) -> tuple[Path, Path]:
        """Write the archive's settings, the sources file and the hosts file; give the paths of the last two."""
        archive = folder / "archive"
        archive.mkdir(exist_ok=True)
        names = [f"{name}.example" for name in self.hosts]
        allow = ", ".join(f'"{name}:{self.port}"' for name in names)
        (archive / "presskeep.toml").write_text("\n".join([f"allow = [{allow}]", *settings, ""]))
        lines = []
        for host in self.hosts.values():
            base = self.base(host.name)
            lines += [f'[sources."{host.name}"]', f'url = "{base}/"', "delay = 0"]
            lines += [line.format(base=base) for line in host.declared]
        sources, hosts = folder / "sources.toml", folder / "hosts"
        sources.write_text("\n".join([*lines, ""]))
        hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in names))
        return sources, hosts
