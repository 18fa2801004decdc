"""The faults of the hostile web, each a function that gives an answer for `Newsroom.publish(fault=…)` and `.serve`.

Owns what goes over the wire. Every endless answer stops with its server or its client, whichever is first.
"""

import gzip
import socket
import struct
import zlib
from collections.abc import Iterator

from crawler.demo.server import Answer, Line, Raw

HTML_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
SORRY = b"<html><body><h1>Sorry</h1></body></html>"


def status(
    code: int, *, retry_after: str | None = None, body: bytes = b"<html><body><h1>Sorry</h1></body></html>"
) -> Answer:
    """An error page; `retry_after` is seconds or an HTTP date."""
    return Answer(status=code, body=body, headers=(("Retry-After", retry_after),) if retry_after else ())


def empty() -> Answer:
    return Answer(body=b"")


def pdf() -> Answer:
    return Answer(content_type="application/pdf", body=PDF)


def png() -> Answer:
    return Answer(content_type="image/png", body=PIXEL)


def broken_html(text: str) -> Answer:
    """Tags unclosed, crossed and cut, in the middle of which the text stands."""
    start = "<html><head><title>Broken</title><body><div>"
    return Answer(body=f"{start}<p><b>{text}</p></b><table><tr><p>{text}<a href='/x'><div></span><p".encode())


def wrong_charset(html: str, *, declared: str, sent: str) -> Answer:
    """The header and the bytes disagree."""
    return Answer(content_type=f"text/html; charset={declared}", body=html.encode(sent, errors="xmlcharrefreplace"))


def bot_wall() -> Answer:
    head = b"<html><head><title>Just a moment...</title></head>"
    return Answer(body=head + b"<body><h1>Checking your browser before you go on</h1></body></html>")


def redirect(to: str, *, code: int = 302) -> Answer:
    """`to` goes out as it is: a relative path, another port, `file:` …"""
    return Answer(status=code, headers=(("Location", to),))


def gzip_bomb(megabytes: int) -> Raw:
    """A page of `megabytes` zero bytes, a thousandth of that on the wire."""

    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"Content-Encoding: gzip\r\n\r\n")
        for chunk in _zeros(megabytes):
            line.send(chunk)

    return Raw(write=write, status=200)


def _zeros(megabytes: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    for _ in range(megabytes):
        yield packer.compress(block)
    yield packer.flush()


def gzip_cut(html: str) -> Answer:
    """The first two thirds of a gzip stream, under a Content-Length that agrees with them."""
    packed = gzip.compress(html.encode(), mtime=0)
    return Answer(body=packed[: len(packed) * 2 // 3], headers=(("Content-Encoding", "gzip"),))


def not_gzip(html: str) -> Answer:
    """Plain text under `Content-Encoding: gzip`."""
    return Answer(body=html.encode(), headers=(("Content-Encoding", "gzip"),))


def endless(*, chunk: bytes = b"<p>and so on and so on and so on</p>\n" * 400) -> Raw:
    """A body without an end and without a Content-Length."""

    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"\r\n<html><body>")
        while line.wait(0):
            line.send(chunk)

    return Raw(write=write, status=200)


def drip(*, every: float = 0.05) -> Raw:
    """One byte every `every` seconds, for ever."""

    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"\r\n<html><body>")
        while line.wait(every):
            line.send(b"x")

    return Raw(write=write, status=200)


def stall() -> Raw:
    """Accepts the request and never answers."""

    def write(line: Line) -> None:
        while line.wait(60):
            pass

    return Raw(write=write)


def huge_length_then_stall(length: int = 5_000_000_000) -> Raw:
    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"Content-Length: %d\r\n\r\n<html><body>" % length)
        while line.wait(60):
            pass

    return Raw(write=write, status=200)


def cut_short(html: str) -> Raw:
    """Half of the body that Content-Length announces, then the end."""
    body = html.encode()

    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])

    return Raw(write=write, status=200)


def understated(html: str) -> Raw:
    """A Content-Length of half of the body, all of which is sent."""
    body = html.encode()

    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"Content-Length: %d\r\n\r\n" % (len(body) // 2) + body)

    return Raw(write=write, status=200)


def two_lengths(html: str) -> Raw:
    body = html.encode()

    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"Content-Length: %d\r\nContent-Length: 7\r\n\r\n" % len(body) + body)

    return Raw(write=write, status=200)


def closed_in_the_middle(html: str) -> Raw:
    """A body whose end is the connection's, cut before `</html>`."""
    body = html.encode()

    def write(line: Line) -> None:
        line.send(HTML_HEAD + b"\r\n" + body[: len(body) // 2])

    return Raw(write=write, status=200)


def reset() -> Raw:
    """A connection that breaks off instead of an answer."""
    return Raw(write=lambda line: line.reset())


def huge_header(n_bytes: int = 1_000_000) -> Raw:
    return Raw(
        write=lambda line: line.send(HTML_HEAD + b"X-Big: " + b"x" * n_bytes + b"\r\n\r\n<html></html>"), status=200
    )


def many_cookies(html: str, n: int = 5000) -> Raw:
    body = html.encode()
    cookies = b"".join(b"Set-Cookie: c%d=1; Domain=.example\r\n" % i for i in range(n))
    return Raw(
        write=lambda line: line.send(HTML_HEAD + cookies + b"Content-Length: %d\r\n\r\n" % len(body) + body), status=200
    )


def unasked_304() -> Answer:
    return Answer(status=304)


def closed_port() -> int:
    """A loopback port on which nobody listens: a connection to it is refused."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
