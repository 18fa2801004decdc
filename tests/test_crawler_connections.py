"""The connections of a crawl: certificates, names that change their address, and bodies that grow when they are decoded."""

import gzip
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme
from commands import outcomes, presskeep, rows
from hostile_answers import coded
from hostile_server import HostileWeb, story

from crawler.demo.server import Answer, LoopbackServer


class Page(BaseHTTPRequestHandler):
    """An article at every path but robots.txt."""

    def do_GET(self) -> None:
        found = "robots" not in self.path
        body = story(f"a-safe-place-{self.path.strip('/')}").encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def tls_server(certificate: trustme.LeafCert) -> Iterator[int]:
    """Serve pages over TLS on loopback, and give the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that hangs up is what is tested
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_n21_certificates_are_checked(tmp_path: Path) -> None:
    archive, hosts, sources, trusted = (tmp_path / name for name in ("archive", "hosts", "sources.toml", "ca.pem"))
    archive.mkdir()
    authority, past = trustme.CA(), datetime.now(UTC) - timedelta(days=30)
    authority.cert_pem.write_to_path(trusted)
    expired = authority.issue_cert("expired.example", not_before=past, not_after=past + timedelta(days=1))
    cases = {
        "good": (authority.issue_cert("good.example"), "ok"),
        "wrong-host": (authority.issue_cert("other.example"), "tls"),
        "expired": (expired, "tls"),
        "unknown": (trustme.CA().issue_cert("unknown.example"), "tls"),
        "lax": (trustme.CA().issue_cert("lax.example"), "ok"),
    }
    with ExitStack() as servers:
        allowed, lines = [], []
        for name, (certificate, _) in cases.items():
            port = servers.enter_context(tls_server(certificate))
            allowed.append(f"{name}.example:{port}")
            lines += [f"[sources.{name}]", f'url = "https://{name}.example:{port}/"', "delay = 0"]
        (archive / "presskeep.toml").write_text(f"allow = {allowed}\n")
        sources.write_text("\n".join([*lines, "[sources.lax.rules]", "insecure_tls = true", ""]))
        hosts.write_text("".join(f"127.0.0.1 {name}.example\n" for name in cases))
        presskeep(
            "--archive", archive, "crawl", "--sources", sources, PRESSKEEP_HOSTS=str(hosts), SSL_CERT_FILE=str(trusted)
        )
    found = rows(
        archive, "SELECT s.name, f.outcome FROM feeds f JOIN sources s ON s.id = f.source_id WHERE f.kind = 'section'"
    )
    assert dict(found) == {name: word for name, (_, word) in cases.items()}


def test_a_name_that_changes_its_address_after_the_first_look_leads_nowhere(tmp_path: Path) -> None:
    archive, hosts, sources = (tmp_path / name for name in ("archive", "hosts", "sources.toml"))
    archive.mkdir()
    # the first address may be asked; the second, on the same port, is inside
    page = Answer(
        body=b"<html><h2><a href='/news/a-b-c-d-e.html'>Words of a headline</a></h2></html>",
        headers=(("Connection", "close"),),
    )
    with LoopbackServer(lambda _: page, address="127.0.0.5") as outside, \
            LoopbackServer(lambda _: page, port=outside.port) as inside:  # fmt: skip
        (archive / "presskeep.toml").write_text('allow = ["127.0.0.5"]\n')
        sources.write_text(f'[sources."R"]\nurl = "http://rebound.example:{outside.port}/"\ndelay = 0\n')
        hosts.write_text("127.0.0.5>127.0.0.1 rebound.example\n")
        presskeep("--archive", archive, "crawl", "--sources", sources, PRESSKEEP_HOSTS=str(hosts))
        assert len(outside.log) == 1
        assert inside.log == []
    found = {*outcomes(archive).values(), *(word for (word,) in rows(archive, "SELECT outcome FROM feeds"))}
    assert "refused_address" in found


def test_small_bodies_that_all_grow_to_ten_megabytes_are_decoded_as_there_is_room(tmp_path: Path) -> None:
    body = b"<html><body><article><p>" + b"So it goes on and on. " * 440_000 + b"</article></body></html>"
    with HostileWeb() as web:
        answer = coded(gzip.compress(body.replace(b"<p>", b"<p>" * 30_000), 9), "gzip")
        for n in range(24):
            web.page(f"grows{n}", "grown-to-a-large-page", answer, "too_complex")
        sources, hosts = web.write(tmp_path)
        done = presskeep(
            "--archive", tmp_path / "archive", "crawl", "--sources", sources, PRESSKEEP_HOSTS=str(hosts), timeout=120
        )
        assert done.returncode == 0, done.stderr
        found = outcomes(tmp_path / "archive")
        assert {found[url] for url in web.expected} == {"too_complex"}
    ((peak,),) = rows(tmp_path / "archive", "SELECT peak_rss_mb FROM runs")
    assert peak < 2 * 250  # twice the tolerance, as for every protective limit
