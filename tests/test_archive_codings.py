"""Content codings: undone whole, or not at all."""

import gzip
import random
import sys
import zlib
from collections.abc import Callable
from io import BytesIO

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.codings import BadCodingError, CutError, TooLargeError, codings, decoded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 1_000_000
WORDS = (
    b"<html><p>The tide came in twice that day.</p>" + random.Random(5).randbytes(300_000).hex().encode() + b"</html>"
)


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "two members": ("gzip", lambda body: gzip.compress(body[:1000]) + gzip.compress(body[1000:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd.compress),
    "two frames": ("zstd", lambda body: zstd.compress(body[:300_000]) + zstd.compress(body[300_000:])),
}
packed = pytest.mark.parametrize(("name", "pack"), PACKERS.values(), ids=PACKERS)


@packed
def test_every_coding_is_undone(name: str, pack: Callable[[bytes], bytes]) -> None:
    for body in (WORDS, b"", b"x", WORDS[:70_000]):
        assert decoded(pack(body), [name], limit=LIMIT) == body


@packed
def test_a_bomb_is_refused_at_the_limit(name: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(TooLargeError):
        decoded(pack(bytes(30_000_000)), [name], limit=LIMIT)


@packed
def test_the_beginning_of_a_bomb_is_had_where_that_will_do(name: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b"It begins so." + bytes(30_000_000))
    found = decoded(bomb, [name], limit=LIMIT, start=True)
    assert (len(found), found[:13]) == (LIMIT, b"It begins so.")
    assert decoded(pack(WORDS), [name], limit=LIMIT, start=True) == WORDS


@packed
def test_a_stream_that_is_cut_is_no_whole_one_and_gives_what_it_holds_where_that_is_wanted(
    name: str, pack: Callable[[bytes], bytes]
) -> None:
    whole = pack(WORDS)
    short = whole[: len(whole) * 2 // 3]
    with pytest.raises(CutError):
        decoded(short, [name], limit=LIMIT)
    part = decoded(short, [name], limit=LIMIT, cut=True)
    assert 100_000 < len(part) < len(WORDS)
    assert WORDS.startswith(part)


@packed
def test_plain_markup_under_a_coding_is_used_as_it_is(name: str, pack: Callable[[bytes], bytes]) -> None:
    html = b"<!doctype html><html><body><p>Rain</p></body></html>"
    assert decoded(html, [name], limit=LIMIT) == html


@packed
def test_what_is_in_no_coding_is_said(name: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadCodingError):
        decoded(b"\x1f\x8b\x08" + b"\xfe\xed\xfa" * 400, [name], limit=LIMIT)


def test_nested_codings_are_undone_from_the_last_and_bounded_each() -> None:
    assert decoded(brotli.compress(gzip.compress(WORDS)), ["gzip", "br"], limit=LIMIT) == WORDS
    bomb = gzip.compress(gzip.compress(bytes(200_000_000), 9), 9)
    with pytest.raises(TooLargeError):
        decoded(bomb, ["gzip", "gzip"], limit=LIMIT)
    with pytest.raises(BadCodingError):
        decoded(WORDS, ["gzip"] * 4, limit=LIMIT)


def test_a_body_of_a_million_empty_members_is_refused_early() -> None:
    with pytest.raises(BadCodingError):
        decoded(gzip.compress(b"") * 100_000, ["gzip"], limit=LIMIT)
    with pytest.raises(BadCodingError):
        decoded(zstd.compress(b"") * 100_000, ["zstd"], limit=LIMIT)


def test_the_header_names_codings_in_any_spelling() -> None:
    assert codings([b"GZip , identity", b"br,,"]) == ["gzip", "br"]
    assert decoded(b"<p>x</p>", codings([b"x-nonsense"]), limit=LIMIT) == b"<p>x</p>"
    with pytest.raises(BadCodingError):
        decoded(b"\x00\x01", codings([b"x-nonsense"]), limit=LIMIT)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "x"]))
def test_no_bytes_raise_anything_else(body: bytes, name: str) -> None:
    try:
        decoded(body, [name, name], limit=1000)
    except (TooLargeError, CutError, BadCodingError):
        return


def test_the_error_of_a_bomb_does_not_keep_what_it_grew_to() -> None:
    with pytest.raises(TooLargeError) as caught:
        decoded(gzip.compress(bytes(20_000_000)), ["gzip"], limit=10_000_000)
    frame = caught.value.__traceback__
    while frame is not None:
        kept = frame.tb_frame.f_locals.values()
        assert all(value.closed for value in kept if isinstance(value, BytesIO))
        assert all(len(value) < 1_000_000 for value in kept if isinstance(value, bytes | list))
        frame = frame.tb_next
