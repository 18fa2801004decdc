"""Pings of a monitor: the form of healthchecks.io, under the address guard, and never the reason why a crawl fails."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from commands import presskeep, sources_file
from newsroom import Newsroom

from archive.errors import ArchiveError
from crawler.config import Config
from crawler.ping import Monitor


class Pinged(HTTPServer):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/uuid"

    @property
    def events(self) -> list[str]:
        return [path for path, _ in self.told]


class _Handler(BaseHTTPRequestHandler):
    server: Pinged

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.told.append((self.path, body))
        self.send_response(302 if "away" in self.path else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pinged() -> Iterator[Pinged]:
    with Pinged() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_crawl_tells_its_start_and_its_success_and_so_does_one_with_nothing_to_do(
    tmp_path: Path, pinged: Pinged
) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        for _ in range(2):
            done = presskeep("--archive", tmp_path / "a", "crawl", "--sources", sources, "--ping", pinged.url)
            assert done.returncode == 0, done.stderr
    assert pinged.events == ["/uuid/start", "/uuid", "/uuid/start", "/uuid"]
    assert pinged.told[1][1].startswith("run 1: ")
    assert "2 new articles" in pinged.told[1][1]


def test_a_failed_crawl_tells_why(tmp_path: Path, pinged: Pinged) -> None:
    sources = sources_file(tmp_path, {"Daily": "http://127.0.0.1:9/"})
    done = presskeep("--archive", tmp_path / "a", "crawl", "--sources", sources, "--ping", pinged.url)
    assert done.returncode == 4
    assert pinged.events == ["/uuid/start", "/uuid/fail"]
    assert "failed: Daily" in pinged.told[1][1]


def test_an_exception_is_told_as_a_failure_and_goes_on(pinged: Pinged) -> None:
    monitor = Monitor(pinged.url + "?create=1", Config())
    with pytest.raises(ArchiveError), monitor.watch():
        raise ArchiveError("the disk is full")
    assert pinged.told == [("/uuid/start?create=1", ""), ("/uuid/fail?create=1", "the disk is full\n")]


def test_a_monitor_that_does_not_answer_fails_no_crawl(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(1)
        sources = sources_file(tmp_path, {"Daily": newsroom.url})
        done = presskeep(
            "--archive", tmp_path / "a", "crawl", "--sources", sources, "--ping", "http://127.0.0.1:9/uuid"
        )
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr
    assert "ping failed event=/start" in (tmp_path / "a" / "logs" / "crawl.log").read_text()


def test_no_redirect_is_followed(pinged: Pinged) -> None:
    Monitor(pinged.url + "/away", Config()).end(0, "")
    assert pinged.events == ["/uuid/away"]


def test_a_name_that_leads_inside_is_not_asked_unless_it_is_allowed(
    tmp_path: Path, pinged: Pinged, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 monitor.example\n")
    monkeypatch.setenv("PRESSKEEP_HOSTS", str(hosts))
    port = pinged.server_address[1]
    url = f"http://monitor.example:{port}/uuid"
    Monitor(url, Config()).end(0, "")
    assert pinged.told == []
    Monitor(url, Config(allow=(f"monitor.example:{port}",))).end(0, "")
    assert pinged.events == ["/uuid"]


def test_a_ping_that_is_no_url_is_refused(tmp_path: Path) -> None:
    sources = sources_file(tmp_path, {"Daily": "http://127.0.0.1:9/"})
    done = presskeep("--archive", tmp_path / "a", "crawl", "--sources", sources, "--ping", "file:///etc/passwd")
    assert done.returncode == 2
    assert "--ping: " in done.stderr
