"""Pages that need a browser: rendered by a real Chromium, kept twice, and let out no further than the guard lets anybody."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from browser import chromium
from commands import environment, outcomes, presskeep, rows
from hostile_server import story
from newsroom_pages import filler
from scrapy.http import Headers
from warcio.archiveiterator import ArchiveIterator

from archive.warc_read import read_record
from crawler.addresses import AddressPolicy
from crawler.browser import MOST_LOADED
from crawler.demo.server import Answer, LoopbackServer, Request
from crawler.guarding_proxy import BadRequestError, GuardingProxy, read_head
from crawler.middlewares.rendering import given_headers

TEXT = filler("made by script alone")
APP = """
const place = document.getElementById('app');
fetch('/data.json').then(answer => answer.json()).then(data => {
  place.innerHTML = '<article><h1>' + data.title + '</h1>' + data.text.map(t => '<p>' + t + '</p>').join('') + '</article>';
  document.title = data.title;
});
"""
HOME = """document.body.innerHTML = %r.map(u => '<h2><a href="' + u + '">A headline that is long enough for number ' + u +
  '</a></h2>').join('');"""


def shell(script: str) -> bytes:
    head = "<!doctype html><html lang=en><head><title>App</title></head>"
    return f"{head}<body><div id=app></div>{script}</body></html>".encode()


@dataclass(slots=True)
class Site:
    """An application of scripts, and what it was asked for."""

    inside: int
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        self.asked.append(request.target)
        path = request.target.partition("?")[0]
        javascript = "text/javascript"
        if path == "/":
            urls = [
                "/news/made-by-script-alone.html",
                "/news/one-that-wants-out.html",
                "/news/one-that-never-ends.html",
                "/news/one-that-is-led-about.html",
            ]
            return Answer(body=shell(f"<script>{HOME % urls}</script>"))
        if path == "/app.js":
            return Answer(content_type=javascript, body=APP.encode())
        if path == "/data.json":
            title = '{"title": "What only a script can say", "text": ["' + '", "'.join(TEXT) + '"]}'
            return Answer(content_type="application/json", body=title.encode())
        if path == "/news/made-by-script-alone.html":
            return Answer(body=shell("<script src='/app.js'></script>"))
        if path == "/news/one-that-wants-out.html":
            policy = "default-src 'none'; report-uri /report"
            return Answer(body=self._wants_out(), headers=(("Content-Security-Policy-Report-Only", policy),))
        if path == "/news/one-that-never-ends.html":
            return Answer(body=story("never", extra="<script>for (;;) {}</script>").encode())
        if path == "/news/one-that-is-led-about.html":
            fetches = "".join(f"fetch('/hop/{n}/9').catch(() => 0);" for n in range(3))
            fetches += "".join(f"fetch('/hop/{n}/0').catch(() => 0);" for n in range(30))
            return Answer(body=story("led-about", extra=f"<script>{fetches}</script>").encode())
        if path.startswith("/hop/"):
            return self._hop(*map(int, path.split("/")[2:]))
        if path.startswith("/many/"):
            return Answer(content_type=javascript, body=b"window.loaded = (window.loaded || 0) + 1;")
        return Answer(status=404, body=b"<html><body>no</body></html>")

    def _hop(self, start: int, n: int) -> Answer:
        """Lead on, after ten steps to where nobody may go."""
        places = (f"http://127.0.0.1:{self.inside}/hop", f"http://localhost:{self.inside}/hop", "/hop/0/99")
        to = f"/hop/{start}/{n + 1}" if n < 10 else places[start % 3]
        return Answer(status=302, headers=(("Location", to),))

    def _wants_out(self) -> bytes:
        """A page that tries every door."""
        inside = f"http://127.0.0.1:{self.inside}"
        many = "".join(f"<script src='/many/{n}.js'></script>" for n in range(MOST_LOADED + 20))
        doors = f"""
          fetch('{inside}/fetch', {{mode: 'no-cors'}}).catch(() => 0);
          fetch('http://localhost:{self.inside}/fetch', {{mode: 'no-cors'}}).catch(() => 0);
          fetch('http://[::1]:{self.inside}/fetch', {{mode: 'no-cors'}}).catch(() => 0);
          navigator.sendBeacon('{inside}/beacon', 'x');
          new WebSocket('ws://127.0.0.1:{self.inside}/socket');
          new WebSocket('ws://' + location.host + '/socket');
          new EventSource('/events');
          if (window.SharedWorker) new SharedWorker(URL.createObjectURL(new Blob([
            `for (let n = 0; n < 99; n++) fetch('${{location.origin}}/many/shared/' + n)`])));
          window.open('{inside}/window');
          window.open('/window');
          new Image().src = '{inside}/image';
          new Image().src = '/image.png';
          for (const rel of ['prefetch', 'preload', 'prerender', 'preconnect', 'dns-prefetch', 'stylesheet', 'manifest']) {{
            const link = document.createElement('link');
            link.rel = rel; link.as = 'script'; link.href = '{inside}/' + rel; document.head.append(link);
          }}
          setTimeout(() => location.href = '{inside}/away', 200);
          setTimeout(() => location.href = '/elsewhere.html', 300);
          setTimeout(() => fetch('/tell?loaded=' + window.loaded), 400);
        """
        extra = (
            f"<iframe src='/frame.html'></iframe><iframe src='{inside}/frame'></iframe>{many}<script>{doors}</script>"
        )
        return story("wants-out", title="One that wants out", extra=extra).encode()


@dataclass(slots=True, kw_only=True)
class Crawled:
    """What one crawl over the site did."""

    archive: Path
    site: Site
    asked_inside: list[str]
    code: int
    stderr: str


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("render")
    archive = folder / "archive"
    with LoopbackServer(lambda _: Answer(body=b"secret")) as inside:
        site = Site(inside.port)
        with LoopbackServer(site.answer) as server:
            site.port = server.port
            archive.mkdir()
            (archive / "presskeep.toml").write_text(f'timeout = 8\nallow = ["paper.example:{server.port}"]\n')
            hosts = folder / "hosts"
            hosts.write_text("127.0.0.1 paper.example\n")
            sources = folder / "sources.toml"
            url = f"http://paper.example:{server.port}/"
            sources.write_text(f'[sources."App"]\nurl = "{url}"\ndelay = 0\nrender = true\n')
            done = presskeep(
                "--archive",
                archive,
                "crawl",
                "--sources",
                sources,
                timeout=180,
                CHROMIUM=chromium(),
                PRESSKEEP_HOSTS=str(hosts),
            )
        yield Crawled(
            archive=archive,
            site=site,
            asked_inside=[seen.url for seen in inside.log],
            code=done.returncode,
            stderr=done.stderr,
        )


def test_links_and_texts_that_only_scripts_make_are_found(crawled: Crawled) -> None:
    assert crawled.code == 0, crawled.stderr
    ((headline, body),) = rows(
        crawled.archive, "SELECT headline, body FROM current_articles WHERE url LIKE '%made-by-script-alone.html'"
    )
    assert headline == "What only a script can say"
    assert all(paragraph in body for paragraph in TEXT)


def test_the_answer_and_the_rendered_page_are_kept_each_as_its_own_record(crawled: Crawled) -> None:
    kept = rows(
        crawled.archive,
        "SELECT record_type, record_id, warc_file, warc_offset, content_type, id FROM captures"
        " WHERE url LIKE '%made-by-script-alone.html' ORDER BY record_type",
    )
    (conversion, response) = kept
    assert (conversion[0], response[0]) == ("conversion", "response")
    assert conversion[4] == "text/html; charset=utf-8"
    assert TEXT[0].encode() in read_record(crawled.archive, conversion[2], conversion[3]).payload
    assert TEXT[0].encode() not in read_record(crawled.archive, response[2], response[3]).payload
    ((read,),) = rows(
        crawled.archive,
        "SELECT e.capture_id FROM extractions e JOIN revisions r ON r.id = e.revision_id JOIN articles a"
        " ON a.id = r.article_id WHERE a.url LIKE '%made-by-script-alone.html'",
    )
    assert read == conversion[5], "what is read again later is the page as readers saw it"
    with (crawled.archive / conversion[2]).open("rb") as file:
        found = {
            r.rec_headers.get_header("WARC-Record-ID"): r.rec_headers
            for r in ArchiveIterator(file, check_digests="raise")
        }
    assert found[conversion[1]].get_header("WARC-Refers-To") == response[1]


def test_nothing_gets_out_but_some_scripts_and_data_of_its_own_site(crawled: Crawled) -> None:
    assert crawled.asked_inside == []
    assert sum(target.startswith("/many/") for target in crawled.site.asked) == MOST_LOADED
    assert "/report" not in crawled.site.asked
    documents = {
        target
        for target in crawled.site.asked
        if re.search(r"/(?:$|news/|frame|window|elsewhere|image|events|socket)", target)
    }
    assert documents == {
        "/", "/news/made-by-script-alone.html", "/news/one-that-wants-out.html", "/news/one-that-never-ends.html",
        "/news/one-that-is-led-about.html",
    }  # fmt: skip
    assert outcomes(crawled.archive)[f"http://paper.example:{crawled.site.port}/news/one-that-wants-out.html"] == "new"


def test_redirects_of_what_a_page_loads_count_and_lead_nowhere_either(crawled: Crawled) -> None:
    assert crawled.asked_inside == []
    assert sum(target.startswith("/hop/") for target in crawled.site.asked) <= MOST_LOADED


def test_a_script_without_end_costs_its_page_alone(crawled: Crawled) -> None:
    found = outcomes(crawled.archive)
    assert found[f"http://paper.example:{crawled.site.port}/news/one-that-never-ends.html"] == "render_failed"
    assert presskeep("--archive", crawled.archive, "doctor").returncode == 0


def test_a_browser_that_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text('[sources."App"]\nurl = "http://127.0.0.3:9/"\nrender = true\n')
    done = presskeep(
        "--archive", tmp_path / "archive", "crawl", "--sources", sources, CHROMIUM=str(tmp_path / "nothing")
    )
    assert done.returncode == 2
    assert "source 'App' has `render = true`, which needs Chromium" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_an_extra_that_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text('[sources."App"]\nurl = "http://127.0.0.3:9/"\nrender = true\n')
    without = (
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'scrapy_playwright' else find(name, *more)\n"
        "from crawler.cli import run_main\n"
        "run_main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", without, "--archive", str(tmp_path / "archive"), "crawl", "--sources", str(sources)],
        env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        "source 'App' has `render = true`, which needs the extra `render`: pip install 'presskeep[render]'"
    )
    assert "Traceback" not in done.stderr


def test_the_proxy_judges_each_place_and_opens_only_for_the_site_of_a_page_that_is_open() -> None:
    proxy = GuardingProxy(policy=AddressPolicy(), reactor=None)
    page = "http://paper.example/app.js"
    assert proxy.judge(page) == "offsite"
    with proxy.opened(lambda url: "paper.example" in url, 2):
        assert proxy.judge(page) is None
        assert proxy.judge("http://paper.example:8080/app.js") == "refused_port"
        assert proxy.judge("http://127.0.0.1/paper.example") == "refused_address"
        assert proxy.judge("https://other.example/") == "offsite"
        assert proxy.judge(read_head(b"CONNECT paper.example:443 HTTP/1.1").url) is None
        assert proxy.judge(read_head(b"CONNECT paper.example:25 HTTP/1.1").url) == "refused_port"
        assert [proxy.admit(page) for _ in range(3)] == [None, None, "too_many"], "each is counted"
    assert proxy.judge(page) == "offsite"


def test_a_page_keeps_its_own_policy_but_for_its_reports() -> None:
    headers = Headers({
        "Content-Security-Policy": "default-src 'self'; report-uri /report; img-src 'none', script-src x; report-to all,"
        " report-uri /report",
        "Content-Security-Policy-Report-Only": "default-src 'none'; report-uri /report",
        "Reporting-Endpoints": "all=/report",
        "Content-Type": "text/html",
    })  # fmt: skip
    assert given_headers(headers) == {
        "Content-Security-Policy": "default-src 'self'; img-src 'none', script-src x", "Content-Type": "text/html",
    }  # fmt: skip


def test_the_proxy_passes_on_one_request_in_the_form_that_servers_read() -> None:
    lines = [
        "POST http://paper.example/data?q=1 HTTP/1.1",
        "Host: paper.example",
        "Proxy-Connection: x",
        "Content-Length: 2",
    ]
    asked = "\r\n".join(lines).encode()
    wanted = read_head(asked)
    assert wanted.head == (
        b"POST /data?q=1 HTTP/1.1\r\nHost: paper.example\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    )
    assert wanted.n_body == 2
    for bad in (
        b"GET /data HTTP/1.1",
        b"GET ftp://paper.example/ HTTP/1.1",
        b"DELETE http://paper.example/ HTTP/1.1",
        b"GET http://[paper/ HTTP/1.1",
        b"hello",
        b"POST http://paper.example/ HTTP/1.1\r\nContent-Length: -1",
        b"POST http://paper.example/ HTTP/1.1\r\nTransfer-Encoding: chunked",
    ):
        with pytest.raises(BadRequestError):
            read_head(bad)


ASK = """
import socket, sys, threading
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import reactor
from crawler.addresses import AddressPolicy
from crawler.guarding_proxy import GuardingProxy
from crawler.resolver import GuardingResolver
policy = AddressPolicy()
policy.list_entry(sys.argv[1])
GuardingResolver(reactor, policy, 10).install_on_reactor()
proxy = GuardingProxy(policy=policy, reactor=reactor)
opened = proxy.opened(lambda _: True, 50)
port = int(proxy.listen().rpartition(":")[2])
def ask():
    for url in sys.argv[2:]:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(f"GET {url} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n".encode())
            print(b"".join(iter(lambda: line.recv(4096), b"")).split()[-1].decode())
    reactor.callFromThread(reactor.stop)
def begin():
    opened.__enter__()
    threading.Thread(target=ask).start()
reactor.callWhenRunning(begin)
reactor.run()
"""


def test_a_name_is_judged_by_the_address_that_the_proxy_would_connect_to(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 paper.example inner.paper.example\n")
    with LoopbackServer(lambda _: Answer(body=b"hello")) as server:
        place = f"paper.example:{server.port}"
        done = subprocess.run(
            [sys.executable, "-c", ASK, place, f"http://{place}/", "http://inner.paper.example/", "http://no.example/"],
            env=environment(PRESSKEEP_HOSTS=str(hosts)), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        asked = [seen.url for seen in server.log]
    assert done.stdout.split() == ["hello", "refused_address", "no_connection"], done.stderr
    assert asked == ["http://x/"]
