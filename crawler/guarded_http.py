"""A small request outside a crawl, under the same address guard: what is posted to a monitor.

Owns the connection: an address is judged after it is resolved. No redirect is followed; a proxy of the environment is used.
"""

import http.client
import socket
import urllib.request
from typing import Any

from crawler.addresses import AddressPolicy, literal_address
from crawler.hosts_file import hosts_path, read_hosts


def post(url: str, body: bytes, *, policy: AddressPolicy, agent: str, timeout: float) -> None:
    """Post text to a URL; raises OSError where it may not be asked, or does not answer with success."""
    if reason := policy.judge_url(url):
        raise OSError(reason)
    request = urllib.request.Request(  # noqa: S310 (the policy has judged the scheme)
        url,
        data=body,
        headers={"User-Agent": agent, "Content-Type": "text/plain; charset=utf-8"},
        method="POST",
    )
    try:
        with _opener(policy).open(request, timeout=timeout) as answer:
            answer.read(1024)
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error


def _opener(policy: AddressPolicy) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _GuardedHandler(policy),
        _GuardedTlsHandler(policy),
    ):
        opener.add_handler(handler)
    return opener


class _Connections:
    """Connects only to addresses that the policy allows."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    def __call__(self, place: tuple[str, int], timeout: float | None = None, *_: Any) -> socket.socket:
        host, port = place
        failure: OSError = OSError(f"{host} resolves to no address that may be asked")
        for address in _addresses(host, port):
            if self._policy.allows_address(host, port, address):
                try:
                    return socket.create_connection((address, port), timeout)
                except OSError as error:
                    failure = error
        raise failure


def _addresses(host: str, port: int) -> list[str]:
    path = hosts_path()
    if path is not None and literal_address(host) is None:
        return read_hosts(path).get(host.lower(), [])
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class _GuardedHandler(urllib.request.HTTPHandler):
    def __init__(self, policy: AddressPolicy) -> None:
        super().__init__()
        self._connect = _Connections(policy)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(host, **options)
        connection._create_connection = self._connect  # type: ignore[attr-defined]  # noqa: SLF001 (its only hook)
        return connection


class _GuardedTlsHandler(urllib.request.HTTPSHandler):
    def __init__(self, policy: AddressPolicy) -> None:
        super().__init__()
        self._connect = _Connections(policy)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(host, **options)
        connection._create_connection = self._connect  # type: ignore[attr-defined]  # noqa: SLF001 (its only hook)
        return connection
