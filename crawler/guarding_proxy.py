"""The proxy that a browser of ours must go through: on loopback, for the sites of the pages that are being rendered.

Owns what may leave the browser, whatever a page's scripts try. The address policy judges each place by its URL and again, in
Twisted's resolver, by the address connected to; on top of that a place must belong to a page that is open just now, so the
browser's own errands get nowhere either. One request a connection, or one tunnel; both end after so many bytes and seconds.
"""

import base64
import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from crawler.addresses import DEFAULT_PORTS, AddressPolicy

logger = logging.getLogger(__name__)

MOST_HEAD = 64 * 1024
MOST_BYTES = 32 * 1024 * 1024
"""Towards the browser, in one connection."""
MOST_SECONDS = 60.0
CONNECT_SECONDS = 10.0
OFFSITE = "offsite"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_DROPPED = frozenset({"proxy-connection", "proxy-authorization", "connection", "keep-alive", "te", "upgrade", "expect"})
_LENGTH = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What one connection asks for: where to connect, what to send there first, what to tell the browser."""

    url: str
    """What is judged: for a tunnel the root of the host."""
    is_tunnel: bool
    head: bytes
    """To send to the host itself: nothing for a tunnel."""
    asked: bytes
    """To send to another proxy: the request as the browser sent it."""
    n_body: int = 0
    """Bytes of the request's body."""


class BadRequestError(ValueError):
    """A request that a proxy cannot pass on."""


def read_head(head: bytes) -> Wanted:
    """Read a request to a proxy, up to its empty line; raises BadRequestError."""
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3:
        raise BadRequestError("no request line")
    method, target, version = parts
    asked = head + b"\r\n\r\n"
    if method == "CONNECT":
        return Wanted(url=f"https://{target}/", is_tunnel=True, head=b"", asked=asked)
    try:
        place = urlsplit(target)
    except ValueError as error:
        raise BadRequestError(str(error)) from error
    if method not in METHODS or place.scheme != "http":
        raise BadRequestError(f"{method} of {place.scheme or 'nothing'}")
    kept, n_body = [], 0
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "transfer-encoding":
            raise BadRequestError("a body without a length")
        if name.lower() == "content-length":
            if not _LENGTH.fullmatch(value.strip()):
                raise BadRequestError("no length")
            n_body = int(value)
        if name.lower() not in _DROPPED:
            kept.append(line)
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    head = "\r\n".join([f"{method} {path} {version}", *kept, "Connection: close", "", ""]).encode("latin-1")
    return Wanted(url=target, is_tunnel=False, head=head, asked=asked, n_body=n_body)


@dataclass(slots=True, kw_only=True)
class Opening:
    """What one page that is being rendered may have."""

    owns: Callable[[str], bool]
    n_left: int
    """Connections: of plain HTTP, where each is one request, a bound on what no route in the browser sees (reports, workers)."""


@dataclass(slots=True, kw_only=True)
class GuardingProxy:
    """A proxy on 127.0.0.1. What it refuses it answers with 403 and the reason word."""

    policy: AddressPolicy
    reactor: Any
    _open: list[Opening] = field(default_factory=list)
    _port: Any = None

    def listen(self) -> str:
        """Begin, and give the proxy's URL."""
        factory = Factory.forProtocol(partial_of(_FromBrowser, self))
        factory.noisy = False
        self._port = self.reactor.listenTCP(0, factory, interface="127.0.0.1")
        return f"http://127.0.0.1:{self._port.getHost().port}"

    def close(self) -> None:
        """Listen no longer."""
        if self._port is not None:
            self._port.stopListening()
            self._port = None

    @contextlib.contextmanager
    def opened(self, owns: Callable[[str], bool], most: int) -> Iterator[None]:
        """Let through, for a while, what `owns` says is of a page's own site, in at most so many connections."""
        opening = Opening(owns=owns, n_left=most)
        self._open.append(opening)
        try:
            yield
        finally:
            self._open = [each for each in self._open if each is not opening]

    def admit(self, url: str) -> str | None:
        """Judge a URL that is to be connected to now, and count it; give the reason word where it may not be, or None."""
        if (reason := self.judge(url)) is not None:
            return reason
        opening = next((each for each in self._open if each.n_left > 0 and each.owns(url)), None)
        if opening is None:
            return "too_many"
        opening.n_left -= 1
        return None

    def judge(self, url: str) -> str | None:
        """Give the reason word where a URL may not be asked, or None."""
        reason = self.policy.judge_url(url)
        if reason is None and not any(opening.owns(url) for opening in self._open):
            reason = OFFSITE
        return reason

    def endpoint(self, wanted: Wanted) -> tuple[Any, bytes, bytes]:
        """Give where to connect, what to send there first, and what to tell the browser then."""
        parts = urlsplit(wanted.url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or DEFAULT_PORTS[parts.scheme]
        if (upstream := _upstream(parts.scheme, parts.netloc)) is not None:
            place, credentials = upstream
            there = place.hostname or "", place.port or DEFAULT_PORTS.get(place.scheme, 80)
            return self._to(*there), _with_credentials(wanted.asked, credentials), b""
        told = b"HTTP/1.1 200 Connection established\r\n\r\n" if wanted.is_tunnel else b""
        return self._to(host, port), wanted.head, told

    def _to(self, host: str, port: int) -> Any:
        return HostnameEndpoint(self.reactor, host, port, timeout=CONNECT_SECONDS)


def partial_of(kind: Callable[..., Protocol], *arguments: object) -> Callable[[], Protocol]:
    """Make a protocol for each connection, as Twisted's factories want it."""
    return lambda: kind(*arguments)


def _upstream(scheme: str, netloc: str) -> tuple[Any, str | None] | None:
    """Give the proxy of the environment for a place, and its credentials."""
    url = getproxies().get(scheme)
    if not url or proxy_bypass(netloc.rpartition("@")[2]):
        return None
    parts = urlsplit(url if "//" in url else f"http://{url}")
    credentials = None
    if parts.username is not None:
        text = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        credentials = base64.b64encode(text.encode()).decode("ascii")
    return parts, credentials


def _with_credentials(asked: bytes, credentials: str | None) -> bytes:
    if credentials is None:
        return asked
    first, _, rest = asked.partition(b"\r\n")
    return first + b"\r\nProxy-Authorization: Basic " + credentials.encode("ascii") + b"\r\n" + rest


class _FromBrowser(Protocol):
    """The browser's side of a connection."""

    transport: Any

    def __init__(self, proxy: GuardingProxy) -> None:
        self._proxy = proxy
        self._head = b""
        self._wanted: Wanted | None = None
        self._there: _ToServer | None = None
        self._early = b""
        self._n_sent = 0
        self._deadline: Any = None

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's interface)
        self._deadline = self._proxy.reactor.callLater(MOST_SECONDS, self._end)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._wanted is not None:
            self._pass_on(data)
            return
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if end:
            self._begin(head, rest)
        elif len(self._head) > MOST_HEAD:
            self._refuse(431, "too_large")

    def _begin(self, head: bytes, rest: bytes) -> None:
        try:
            wanted = read_head(head)
        except BadRequestError as error:
            self._refuse(400, str(error))
            return
        if reason := self._proxy.admit(wanted.url):
            # "offsite" is what a page's own requests never are: the browser's errands
            level = logging.DEBUG if reason == OFFSITE else logging.INFO
            logger.log(level, "the browser was refused url=%s reason=%s", wanted.url[:300], reason)
            self._refuse(403, reason)
            return
        self._wanted = wanted
        endpoint, first, told = self._proxy.endpoint(wanted)
        self.transport.pauseProducing()
        connecting = endpoint.connect(Factory.forProtocol(partial_of(_ToServer, self)))
        connecting.addCallbacks(self._connected, self._unreachable, callbackArgs=(first, told, rest))

    def _connected(self, there: "_ToServer", first: bytes, told: bytes, rest: bytes) -> None:
        if self.transport is None or self.transport.disconnected:
            there.transport.abortConnection()
            return
        self._there = there
        there.transport.registerProducer(self.transport, True)  # noqa: FBT003 (Twisted's interface: it streams)
        self.transport.registerProducer(there.transport, True)  # noqa: FBT003
        there.transport.write(first)
        if told:
            self.transport.write(told)
        self.transport.resumeProducing()
        self._pass_on(rest)

    def _unreachable(self, failure: Failure) -> None:
        assert self._wanted is not None
        host = urlsplit(self._wanted.url).hostname
        reason = "refused_address" if host in self._proxy.policy.refused_hosts else "no_connection"
        logger.info("the browser was refused url=%s reason=%s error=%s", self._wanted.url[:300], reason, failure.value)
        self.transport.resumeProducing()
        self._refuse(502, reason)

    def _pass_on(self, data: bytes) -> None:
        assert self._wanted is not None
        if self._there is None or not data:
            return
        if not self._wanted.is_tunnel:
            # what follows the request's own body would be another request, which nobody has judged
            data = data[: self._wanted.n_body]
            self._wanted.n_body -= len(data)
        self._there.transport.write(data)

    def answer(self, data: bytes) -> None:
        """Hand on what the server sends."""
        self._n_sent += len(data)
        if self._n_sent > MOST_BYTES:
            logger.info("the browser was sent too much url=%s", self._wanted.url[:300] if self._wanted else "")
            self._end()
            return
        self.transport.write(data)

    def server_closed(self) -> None:
        """The server has said all."""
        self._there = None
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _refuse(self, status: int, reason: str) -> None:
        body = f"{reason}\n".encode("latin-1", "replace")
        head = f"HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        self.transport.write(head.encode("ascii") + b"\r\n" + body)
        self.transport.loseConnection()

    def _end(self) -> None:
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        if self._there is not None:
            self._there.transport.abortConnection()
            self._there = None


class _ToServer(Protocol):
    """The server's side of a connection."""

    transport: Any

    def __init__(self, browser: _FromBrowser) -> None:
        self._browser = browser

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._browser.answer(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802
        self._browser.server_closed()
