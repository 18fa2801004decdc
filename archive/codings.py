"""Undo the content codings of an answer (gzip, deflate, br, zstd; RFC 9110, 8.4) within bounds.

Owns what a coded body may become: at most so many bytes, and whole. Scrapy's own would pass a stream that was cut off for
a whole page. Pure.
"""

import re
import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from io import BytesIO

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
MOST_CODINGS = 3
"""Of one body; no server means more."""
MOST_MEMBERS = 1_000
"""Of one gzip or zstd body."""
_PIECE = 64 * 1024
_FED = 256 * 1024
"""Bytes that a decoder is given at once: what it does not use up is copied each time."""
_GZIP = b"\x1f\x8b"


class TooLargeError(ValueError):
    """The body is larger than it may be, once it is decoded."""


class CutError(ValueError):
    """The coded stream ends before its end."""


class BadCodingError(ValueError):
    """The body is not in the coding that it is said to be in, or in one that nobody knows."""


def codings(headers: Sequence[bytes]) -> list[str]:
    """Read the values of Content-Encoding: the names of the codings, in the order in which they were applied."""
    names = b",".join(headers).decode("latin-1").lower().split(",")
    return [name for part in names if (name := part.strip()) not in {"", "identity", "none"}]


def decoded(body: bytes, names: Sequence[str], *, limit: int, cut: bool = False, start: bool = False) -> bytes:
    """Undo codings, the last applied first; with `cut` a stream without its end gives what it holds, with `start` the first
    `limit` bytes will do, too.

    A body that is plain markup although a coding is declared is given back as it is: servers forget the header there.
    Raises TooLargeError, CutError or BadCodingError.
    """
    if len(names) > MOST_CODINGS:
        raise BadCodingError(f"{len(names)} codings")
    for name in reversed(names):
        body = _undone(body, name, limit, cut=cut or start, start=start) if body else body
    return body


def _undone(body: bytes, name: str, limit: int, *, cut: bool, start: bool) -> bytes:
    whole = BytesIO()  # it hands its buffer over, where a join of pieces would hold all of it twice
    try:
        for piece in _READERS.get(name, _unknown)(body):
            if whole.tell() + len(piece) > limit:
                if start:
                    whole.write(piece[: limit - whole.tell()])
                    break
                whole.close()  # an error keeps its frames, and these would keep the buffer
                raise TooLargeError(f"more than {limit} bytes once decoded")
            whole.write(piece)
    except CutError:
        if not cut:
            raise
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError, BadCodingError) as error:
        if _looks_like_markup(body):
            return body
        raise BadCodingError(f"{name[:40]}: {error}") from error
    return whole.getvalue()


def _looks_like_markup(body: bytes) -> bool:
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] in {b"<", b"{"} and b"\x00" not in start


def _unknown(body: bytes) -> Iterator[bytes]:  # noqa: ARG001 (a reader's signature)
    raise BadCodingError("unknown coding")


def _gunzipped(body: bytes) -> Iterator[bytes]:
    """Read gzip members one after the other; what follows the last is none of ours."""
    at, n = 0, 0
    while not n or body.startswith(_GZIP, at):
        at = yield from _inflated(zlib.decompressobj(zlib.MAX_WBITS | 16), body, at)
        n += 1
        if n > MOST_MEMBERS:
            raise BadCodingError(f"more than {MOST_MEMBERS} members")


def _undeflated(body: bytes) -> Iterator[bytes]:
    """Read deflate as the standard has it (zlib), or raw, as some servers send it."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    yield from _inflated(zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS), body, 0)


def _inflated(decoder: "zlib._Decompress", body: bytes, at: int) -> Generator[bytes, None, int]:
    """Read one stream that begins at `at`, and give where it ends."""
    for start in range(at, len(body), _FED):
        pending = body[start : start + _FED]
        while pending and not decoder.eof:
            yield decoder.decompress(pending, _PIECE)
            pending = decoder.unconsumed_tail
        if decoder.eof:
            return min(start + _FED, len(body)) - len(decoder.unused_data)
    while not decoder.eof:
        piece = decoder.decompress(b"", _PIECE)
        if not piece:
            raise CutError("the stream ends before its end")
        yield piece
    return len(body)


def _unbrotlied(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for start in range(0, len(body), _FED):
        piece = decoder.process(body[start : start + _FED], output_buffer_limit=_PIECE)
        while piece:
            yield piece
            piece = decoder.process(b"", output_buffer_limit=_PIECE)
        if decoder.is_finished():
            return
    raise CutError("the stream ends before its end")


def _unzstded(body: bytes) -> Iterator[bytes]:
    """Read zstd frames one after the other."""
    decoder, n = zstd.ZstdDecompressor(), 1
    for start in range(0, len(body), _FED):
        pending = body[start : start + _FED]
        while pending or not decoder.needs_input:
            piece = decoder.decompress(pending, _PIECE)
            pending = b""
            if piece:
                yield piece
            if decoder.eof:
                pending = decoder.unused_data
                if not pending:
                    if start + _FED >= len(body):
                        return
                    break
                decoder, n = zstd.ZstdDecompressor(), n + 1
                if n > MOST_MEMBERS:
                    raise BadCodingError(f"more than {MOST_MEMBERS} frames")
            elif not piece and decoder.needs_input:
                break
        if decoder.eof:
            decoder = zstd.ZstdDecompressor()
    raise CutError("the stream ends before its end")


_READERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _undeflated,
    "br": _unbrotlied,
    "zstd": _unzstded,
}


_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")


def dechunked(body: bytes) -> bytes:
    """Undo chunked transfer coding (RFC 9112, 7.1); what is cut off gives what it holds.

    A body that is not in chunks although its headers say so is given back as it is: many tools undo the coding and leave
    the header.
    """
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK_SIZE.match(body, at):
        size, start = int(found[1], 16), found.end()
        if size == 0:
            return b"".join(parts)
        parts.append(body[start : start + size])
        at = start + size
        if at >= len(body):
            return b"".join(parts)
        if body.startswith(b"\r\n", at):
            at += 2
        elif body[at : at + 1] in {b"\n", b"\r"}:
            at += 1
        else:
            return body
    is_cut = bool(parts) and b"\n" not in body[at:]
    return b"".join(parts) if is_cut else body
