import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.decode import decode, not_html, without_controls

TEXT = "<html><body><p>Große Übung in Köln – über 20 °C, sagte der Präsident. Schöne Grüße aus Österreich.</p></body></html>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(TEXT.encode(), None, id="utf-8 with no label"),
        pytest.param(TEXT.encode("cp1252"), "text/html; charset=utf-8", id="cp1252 that claims utf-8"),
        pytest.param(TEXT.encode(), "text/html; charset=iso-8859-1", id="utf-8 that claims latin-1"),
        pytest.param(b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=iso-8859-1", id="byte order mark"),
        pytest.param(b"\xff\xfe" + TEXT.encode("utf-16-le"), None, id="utf-16 with a mark"),
        pytest.param(TEXT.encode("cp1252"), "text/html; charset=iso-8859-1", id="cp1252 that claims latin-1"),
        pytest.param(TEXT.encode("cp1252"), "text/html; charset=klingon", id="a charset that there is none of"),
    ],
)
def test_text_is_readable_whatever_the_label_says(body: bytes, content_type: str | None) -> None:
    assert decode(body, content_type) == TEXT


WESTERN = (
    "The mayor of {} said on Monday that the bridge would be closed for a year, and that ferries would run instead."
)
EASTERN = {
    "gb18030": "市长周一说大桥将关闭一年",
    "big5": "市長週一說大橋將關閉一年",
    "cp932": "市長は月曜日に橋を閉じると言った",
    "cp949": "시장은 다리를 닫는다고 말했다",
}


@pytest.mark.parametrize("name", ["Köln", "Malmö", "Peña", "Zürich", "José Peña", "Tromsø", "Besançon", "Ålesund"])
def test_a_few_accents_without_a_label_are_western(name: str) -> None:
    page = f"<html><body><p>{WESTERN.format(name)}</p></body></html>"
    assert decode(page.encode("cp1252"), "text/html") == page


@pytest.mark.parametrize("charset", EASTERN)
def test_a_few_words_of_an_east_asian_charset_without_a_label_are_its_own(charset: str) -> None:
    page = f"<html><body><p>{WESTERN.format('Port Averil') * 3} {EASTERN[charset]}</p></body></html>"
    assert decode(page.encode(charset), "text/html") == page


@pytest.mark.parametrize("label", ["rot13", "zlib", "base64", "punycode", "idna", "unicode_escape", "undefined"])
def test_a_codec_of_pythons_that_is_no_charset_of_pages_is_no_label(label: str) -> None:
    assert decode(TEXT.encode("cp1252"), f"text/html; charset={label}") == TEXT


def test_meta_charset_is_read_where_the_header_has_none() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body>Привет, мир</body></html>'
    assert "Привет, мир" in decode(page.encode("cp1251"), "text/html")


def test_shift_jis_is_read_as_browsers_read_it() -> None:
    page = '<html><head><meta charset="Shift_JIS"></head><body>震度５弱、①津波注意報</body></html>'
    assert "①津波注意報" in decode(page.encode("cp932"), "text/html")


def test_one_bad_byte_leaves_the_rest_intact() -> None:
    body = TEXT.encode().replace(b"sagte", b"sag\x92te")
    assert decode(body, "text/html; charset=utf-8") == TEXT.replace("sagte", "sag’te")


@pytest.mark.parametrize(
    "reference", ["&#27;", "&#xB;", "&#xFFFE;", "&#0;", "&#1;", "&#31;", "&#x1b;", "\x00", "\x1b", "\ufffe"]
)
def test_controls_and_their_references_are_dropped(reference: str) -> None:
    assert decode(f"<p>be{reference}fore</p>".encode(), None) == "<p>before</p>"


def test_references_to_cp1252_bytes_become_what_was_meant() -> None:
    assert decode(b"<p>it&#146;s&#x97;so</p>", None) == "<p>it’s—so</p>"


def test_ordinary_references_stay_for_the_parser() -> None:
    assert decode(b"<p>&#10;&#228;&#x2014;&amp;</p>", None) == "<p>&#10;&#228;&#x2014;&amp;</p>"


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b"%PDF-1.7 ...", "text/html", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "image/png"),
        (b"\xff\xd8\xff\xe0", None, "image/jpeg"),
        (b'{"title": "x"}', "application/json", "application/json"),
        (b'<?xml version="1.0"?><rss version="2.0"></rss>', "text/xml", "application/xml"),
        (b"<!-- -->" * 400 + b"<!DOCTYPE rss>\n<atom:feed>", "text/html", "application/xml"),
        (
            b"<!-- --><?xml ?>\n" * 200 + b"no root",
            "text/html",
            None,
        ),  # in linear time: twenty took a second, forty for ever
        (b"plain words", "text/plain", "text/plain"),
        (b"<p>words</p>", "application/json", None),
        (b'<?xml version="1.0"?><!DOCTYPE html><html></html>', "application/xhtml+xml", None),
        (b"words alone", "text/html", None),
        (b"words alone", None, None),
        (zlib.compress(TEXT.encode() * 20)[1:], None, "application/octet-stream"),
        (random.Random(1).randbytes(9_000) + b"<p>words</p>", "text/html", "application/octet-stream"),
        (b"<p>words\x00 with\x01 faults</p>" + b"<p>words</p>" * 9, "text/html", None),
        (TEXT.encode("utf-16-be"), None, None),
    ],
)
def test_what_is_no_html_is_told_by_its_bytes(body: bytes, content_type: str | None, kind: str | None) -> None:
    assert not_html(body, content_type) == kind


@given(st.binary(max_size=400), st.one_of(st.none(), st.text(max_size=40)))
def test_any_bytes_decode_to_text_that_can_be_stored(body: bytes, content_type: str | None) -> None:
    text = decode(body, content_type)
    text.encode("utf-8")
    assert "\x00" not in text


def test_every_character_that_no_text_has_is_dropped_from_a_page_too() -> None:
    characters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    assert [decode(f"a{one}b".encode(), None) for one in characters] == [
        without_controls(f"a{one}b") for one in characters
    ]
