"""Records found in WARC files of any packing, from any offset, and over what is broken; read whoever wrote them."""

import gzip
import io
from itertools import pairwise
from pathlib import Path

import pytest
from foreign_warcs import (
    AT,
    browsertrix,
    by_fastwarc,
    by_warcio,
    heritrix,
    http,
    packed,
    record,
    stormcrawler,
    story,
    wget,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.codings import dechunked
from archive.warc import DamagedWarcError
from archive.warc_frames import BrokenFrame, Frame, FrameReader, NoWarcError, slice_starts
from archive.warc_read import BadRecordError, decoded_payload, moment_of, parse_record, read_record

URL = "http://courier.example/a"
FORMS = ("plain", "gzip", "zstd", "zstd-dictionary")


def responses(n: int) -> list[bytes]:
    return [
        record("response", http(story(f"topic{at}")), WARC_Target_URI=f"{URL}/{at}", WARC_Date=AT,
               WARC_Record_ID=f"<urn:uuid:{at}>", Content_Type="application/http; msgtype=response")
        for at in range(n)
    ]  # fmt: skip


def found(data: bytes, start: int = 0, end: int | None = None) -> list[Frame | BrokenFrame]:
    return list(FrameReader(io.BytesIO(data)).frames(start, len(data) if end is None else end))


@pytest.mark.parametrize("form", FORMS)
def test_every_record_is_found_with_its_own_bytes_and_place(form: str) -> None:
    records = responses(5)
    data = packed(records, form)
    frames = found(data)
    assert [frame.data.strip() for frame in frames if isinstance(frame, Frame)] == [one.strip() for one in records]
    reader = FrameReader(io.BytesIO(data))
    for frame in frames:
        assert reader.frame_at(frame.start) == frame


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 6000), max_size=4))
def test_slices_give_each_record_once_wherever_they_are_cut(form: str, cuts: list[int]) -> None:
    data = packed(responses(6), form)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    if form == "plain":  # its records are stepped over: an offset might lie inside one that holds another file
        edges = sorted({*slice_starts(io.BytesIO(data), len(data), 900), len(data)})
    pieces = [frame for start, end in pairwise(edges) for frame in found(data, start, end)]
    assert [piece.start for piece in pieces] == [frame.start for frame in found(data)]


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
def test_a_broken_record_is_named_and_the_next_is_read(form: str) -> None:
    records = responses(4)
    data = bytearray(packed(records, form))
    second, third = (frame.start for frame in found(bytes(data))[1:3])
    damage = data.index(b"Content-Length", second) if form == "plain" else second + (third - second) // 2
    data[damage : damage + 8] = b"\x00" * 8
    frames = found(bytes(data))
    assert [type(frame) for frame in frames] == [Frame, BrokenFrame, Frame, Frame]
    assert (frames[1].start, frames[1].end) == (second, third)


def test_a_file_that_is_cut_off_gives_what_is_whole() -> None:
    for form in ("plain", "gzip", "zstd"):
        data = packed(responses(3), form)
        frames = found(data[:-20])
        assert [type(frame) for frame in frames] == [Frame, Frame, BrokenFrame], form


def test_what_is_no_warc_file_and_what_is_compressed_as_a_whole_is_refused() -> None:
    for data, why in ((b"", "empty"), (b"<html>", "no WARC file"), (packed(responses(3), "whole"), "as a whole")):
        with pytest.raises(NoWarcError, match=why):
            found(data)


def test_a_large_record_is_stepped_over_in_little_memory() -> None:
    large = record(
        "response", http(bytes(9_000_000)), WARC_Target_URI=URL, WARC_Date=AT, Content_Type="application/http"
    )
    for form in ("plain", "gzip", "zstd"):
        data = packed([large, *responses(1)], form)
        frames = list(FrameReader(io.BytesIO(data), most=100_000).frames(0, len(data)))
        assert [len(frame.data) < frame.size for frame in frames if isinstance(frame, Frame)] == [True, False]
        assert isinstance(frames[0], Frame)
        assert not parse_record(frames[0].data, size=frames[0].size).is_whole


@pytest.mark.parametrize("tool", [wget, heritrix, browsertrix, stormcrawler])
def test_other_tools_pages_are_read_as_they_were_sent(tool: object, tmp_path: Path) -> None:
    page = story("harbour")
    (tmp_path / "a.warc.gz").write_bytes(packed(tool(URL, page)))  # type: ignore[operator]
    answers = []
    for frame in found((tmp_path / "a.warc.gz").read_bytes()):
        assert isinstance(frame, Frame)
        parsed = parse_record(frame.data)
        if parsed.kind == "response" and parsed.answer is not None:
            answers.append(parsed)
            again = read_record(tmp_path, str(tmp_path / "a.warc.gz"), frame.start, decode=True)
            assert (again.status, again.payload) == (parsed.answer.status, decoded_payload(parsed.answer))
    first = answers[0]
    assert (first.url, first.answer and decoded_payload(first.answer)) == (URL, page)
    assert first.captured_at.year in {2010, 2024}
    if tool is stormcrawler:
        assert answers[1].answer is not None
        assert decoded_payload(answers[1].answer) == page.replace(b"matter", b"affair")


def test_warcio_and_fastwarc_files_are_read() -> None:
    page = story("harbour")
    for data in (
        by_warcio(URL, page, gzip=True),
        by_warcio(URL, page, gzip=False, warc_version="1.1"),
        by_fastwarc(URL, page),
    ):
        parsed = [parse_record(frame.data) for frame in found(data) if isinstance(frame, Frame)]
        (answer,) = [one.answer for one in parsed if one.kind == "response"]
        assert answer is not None
        assert decoded_payload(answer) == page


def test_bytes_that_lack_what_a_record_must_have_are_named() -> None:
    for data in (b"", b"junk", b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
                 record("response", b"no answer", Content_Type="application/http")):  # fmt: skip
        with pytest.raises(BadRecordError):
            parse_record(data)
    with pytest.raises(BadRecordError):
        moment_of("yesterday")
    assert moment_of("2024-03-05T10:11:12.123456789Z").microsecond == 123456


def test_a_pointer_that_points_at_something_else_is_a_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed(responses(2)))
    with pytest.raises(DamagedWarcError):
        read_record(tmp_path, str(path), 7)
    with pytest.raises(DamagedWarcError):
        read_record(tmp_path, str(tmp_path / "gone.warc.gz"), 0)
    with pytest.raises(DamagedWarcError):
        read_record(tmp_path, "memory-that-nobody-has://a/b.warc.gz", 0)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_chunks_are_joined_and_cut_ones_give_what_they_hold(body: bytes, size: int) -> None:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    coded = b"".join(b"%x;x=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    assert dechunked(coded + b"0\r\n\r\n") == body
    if len(pieces) > 1:
        assert body.startswith(dechunked(coded[:-4]))
    page = b"<html>" + gzip.compress(body)
    assert dechunked(page) == page
