"""A small HTTP server on loopback: the core of the demo's news site and of the tests' newsroom.

Owns sockets, threads, conditional answers (ETag, Last-Modified), HEAD, and a log of what was asked. It reads requests
in origin form and, as a forward proxy does, in absolute form, so hosts can be served under their own names.
Refuses to know what is served: a function gives an `Answer`, or `Raw` for what HTTP libraries would never send.
"""

import hashlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks: `url` is absolute, `target` its path and query, header names are lower-case."""

    method: str
    url: str
    host: str
    target: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer; a 200 gets an ETag of its body, and a 304 where the client knows it."""

    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    modified_at: datetime | None = None


class Line:
    """The connection of one request, for answers written byte by byte; every wait ends when the server stops."""

    def __init__(self, connection: socket.socket, stopped: threading.Event) -> None:
        self._connection = connection
        self._stopped = stopped

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._connection.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Sleep; False where the server stopped meanwhile."""
        return not self._stopped.wait(seconds)

    def reset(self) -> None:
        """Close with a RST, as a crashed server does."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self._connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An answer that writes the wire itself; the connection closes after it. `status` is for the log alone."""

    write: Callable[[Line], None]
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and the status it got, as the log keeps them."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    target: str


NO_TUNNEL = Answer(status=405, content_type="text/plain", body=b"this proxy tunnels nothing\n")


class LoopbackServer:
    """Serves `answer` on a loopback address from `with` to its end, whatever its clients still hold open."""

    def __init__(self, answer: Callable[[Request], Answer | Raw], *, address: str = "127.0.0.1", port: int = 0) -> None:
        self._answer = answer
        self._place = (address, port)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.log: list[Exchange] = []

    def __enter__(self) -> Self:
        """Listen and serve in threads."""
        self._server = _Server(self._place, self._answer, self.log)
        # 20 ms: how long a stop may take to be noticed
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="news-site", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and cut every connection."""
        assert self._server is not None
        assert self._thread is not None
        self._server.stop()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None, "the server runs inside `with` only"
        return int(self._server.server_address[1])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], answer: Callable[[Request], Answer | Raw], log: list[Exchange]) -> None:
        self.answer = answer
        self.log = log
        self.stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(place, _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own would look the host's name up
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        # a client that goes away in the middle is every crawler's right
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.stopped.set()
        self.shutdown()
        self.server_close()
        deadline = time.monotonic() + 5
        with self._changed:
            for connection in self._open:
                cut(connection)
            while self._open and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)


def cut(connection: socket.socket) -> None:
    """Wake whatever thread waits on a connection."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is closed already
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr: the log is a list."""

    def _respond(self) -> None:
        request = self._request()
        answer = (
            Answer(
                status=HTTPStatus.METHOD_NOT_ALLOWED, content_type="text/plain", body=b"this proxy tunnels nothing\n"
            )
            if self.command == "CONNECT"
            else self.server.answer(request)
        )
        if isinstance(answer, Answer):
            answer = conditional(request, answer)
        self.server.log.append(
            Exchange(
                method=request.method,
                url=request.url,
                status=answer.status,
                headers=request.headers,
                target=request.target,
            )
        )
        if isinstance(answer, Raw):
            self.close_connection = True
            answer.write(Line(self.connection, self.server.stopped))
        else:
            self._send(answer)

    do_GET = do_HEAD = do_POST = do_CONNECT = _respond  # noqa: N815, the names that http.server looks for

    def _request(self) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        parts = urlsplit(self.path)
        host = (parts.netloc or headers.get("host", "")).lower()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Request(method=self.command, url=f"http://{host}{target}", host=host, target=target, headers=headers)

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        sent = {name.lower() for name, _ in answer.headers}
        if answer.status != HTTPStatus.NOT_MODIFIED and "content-type" not in sent:
            self.send_header("Content-Type", answer.content_type)
        if answer.status != HTTPStatus.NOT_MODIFIED and "content-length" not in sent:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Date", format_datetime(datetime.now(UTC), usegmt=True))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def conditional(request: Request, answer: Answer) -> Answer:
    """Add validators to a 200, and make it a 304 where the request holds them (RFC 9110, 13.1)."""
    if answer.status != HTTPStatus.OK:
        return answer
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'
    headers = (*answer.headers, ("ETag", etag))
    if answer.modified_at is not None:
        headers = (*headers, ("Last-Modified", format_datetime(answer.modified_at.astimezone(UTC), usegmt=True)))
    if (known := request.headers.get("if-none-match")) is not None:
        fresh = etag in {tag.strip().removeprefix("W/") for tag in known.split(",")} or known.strip() == "*"
    else:
        fresh = _not_newer(answer.modified_at, request.headers.get("if-modified-since"))
    if fresh:
        return Answer(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Answer(
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        headers=headers,
        modified_at=answer.modified_at,
    )


def _not_newer(modified_at: datetime | None, since: str | None) -> bool:
    if modified_at is None or since is None:
        return False
    try:
        known = parsedate_to_datetime(since)
    except ValueError:
        return False
    return modified_at.astimezone(UTC).replace(microsecond=0) <= known
