"""Answers of the hostile web beyond newsroom_faults.py: bombs in every coding, floods, lies in HTTP itself.

Owns what goes over the wire. Every endless answer stops with its server or its client.
"""

import gzip
import zlib
from functools import lru_cache

import brotli

from crawler.demo.server import Answer, Line, Raw

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"


@lru_cache(maxsize=16)
def bomb(coding: str, megabytes: int) -> bytes:
    """So many megabytes of zeros in a coding; made of a part that is repeated, or it would take its time."""
    n_parts, part = max(megabytes // 50, 1), bytes(min(megabytes, 50) << 20)
    if coding == "gzip":
        return gzip.compress(part, 9) * n_parts
    if coding == "deflate":
        packer = zlib.compressobj(9)
        first = packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)
        more = packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)
        return first + more * (n_parts - 1)
    if coding == "br":
        packer = brotli.Compressor(quality=1)
        return bytes(b"".join(packer.process(part) for _ in range(n_parts)) + packer.finish())
    assert coding == "zstd"
    import sys

    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.compress(part, 3) * n_parts


def coded(body: bytes, coding: str, *, content_type: str = "text/html; charset=utf-8") -> Answer:
    """A body under a Content-Encoding."""
    return Answer(content_type=content_type, body=body, headers=(("Content-Encoding", coding),))


def nested_bomb() -> Answer:
    return coded(gzip.compress(bomb("gzip", 2000), 9), "gzip, gzip")


def wire(data: bytes) -> Raw:
    """Exactly these bytes, then the end of the connection."""
    return Raw(write=lambda line: line.send(data), status=200)


def forever(data: bytes, *, start: bytes = b"", every: float = 0.0) -> Raw:
    """These bytes again and again."""

    def write(line: Line) -> None:
        line.send(start)
        while line.wait(every):
            line.send(data)

    return Raw(write=write, status=200)


def header_flood() -> Raw:
    return forever(b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(2000)), start=OK)


def header_drip() -> Raw:
    return forever(b"X", start=OK + b"X-Slow: ", every=0.1)


def interim_flood() -> Raw:
    """Interim answers (1xx) without end."""
    return forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


def tiny_chunks() -> Raw:
    """Chunks of one byte each, as fast as the line takes them."""
    return forever(b"1\r\nx\r\n" * 5000, start=OK + b"Transfer-Encoding: chunked\r\n\r\n")


def many_headers(n: int, html: str) -> Raw:
    body = html.encode()
    lines = b"".join(b"X-%d: 1\r\n" % number for number in range(n))
    return wire(OK + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def framed(headers: bytes, body: bytes = b"<html><body><p>x</p></body></html>") -> Raw:
    """A body under these framing headers, true or not."""
    return wire(OK + headers + b"\r\n\r\n" + body)


def chunk(body: bytes) -> bytes:
    """A body as one chunk, with its end."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def endless_trailers() -> Raw:
    start = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
    return forever(b"X-Trailer: 1\r\n" * 500, start=start)


def cut(whole: bytes, coding: str) -> Answer:
    """Two thirds of a coded stream, under a Content-Length that agrees with them."""
    return coded(whole[: len(whole) * 2 // 3], coding)


def sized(n_bytes: int, piece: bytes) -> Raw:
    """A body of so many bytes and no Content-Length."""

    def write(line: Line) -> None:
        line.send(OK + b"\r\n<html><body>")
        block = piece * max(1, 65536 // len(piece))
        for _ in range(n_bytes // len(block) + 1):
            line.send(block)
        line.send(b"</body></html>")

    return Raw(write=write, status=200)
