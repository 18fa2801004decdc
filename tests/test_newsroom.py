"""The newsroom itself: what other tests take for granted about it."""

import gzip
import http.client
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import newsroom_faults as faults
import pytest
from newsroom import Newsroom
from newsroom_pages import filler


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as room:
        yield room


def ask(room: Newsroom, url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask as a proxy's client would; a server in its own name reads absolute URLs just as well."""
    connection = http.client.HTTPConnection("127.0.0.1", room.port, timeout=5)
    try:
        connection.request(method, url, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def text_of(room: Newsroom, url: str) -> str:
    return ask(room, url)[2].decode()


def test_a_published_article_stands_in_home_section_feed_and_both_sitemaps(newsroom: Newsroom) -> None:
    url = newsroom.publish("ferry", headline="Ferry & fog", paragraphs=["One < two."])
    assert "<h1>Ferry &amp; fog</h1>" in text_of(newsroom, url)
    assert "<p>One &lt; two.</p>" in text_of(newsroom, url)
    for path in ("/", "/news/", "/feed.xml", "/sitemap.xml", "/news-sitemap.xml"):
        assert "/news/ferry.html" in text_of(newsroom, newsroom.url_of(path)), path
    for path in ("/feed.xml", "/sitemap.xml", "/news-sitemap.xml"):
        ET.fromstring(text_of(newsroom, newsroom.url_of(path)))
    assert newsroom.url_of("/sitemap.xml") in text_of(newsroom, newsroom.url_of("/robots.txt"))


def test_an_edit_changes_page_and_lastmod_and_a_withdrawn_article_is_404(newsroom: Newsroom) -> None:
    url = newsroom.publish("ferry", headline="Before")
    old_map = text_of(newsroom, newsroom.url_of("/sitemap.xml"))
    newsroom.edit("ferry", headline="After")
    assert "After" in text_of(newsroom, url)
    assert text_of(newsroom, newsroom.url_of("/sitemap.xml")) != old_map
    newsroom.withdraw("ferry")
    assert ask(newsroom, url)[0] == 404
    assert "ferry" not in text_of(newsroom, newsroom.url_of("/feed.xml"))


def test_a_careless_withdrawal_stays_listed(newsroom: Newsroom) -> None:
    url = newsroom.publish("ferry")
    newsroom.withdraw("ferry", status=410, listed=True)
    assert ask(newsroom, url)[0] == 410
    assert "ferry" in text_of(newsroom, newsroom.url_of("/feed.xml"))


def test_validators_bring_a_304_until_the_article_changes(newsroom: Newsroom) -> None:
    url = newsroom.publish("ferry")
    _, headers, _ = ask(newsroom, url)
    assert ask(newsroom, url, If_None_Match=headers["etag"])[0] == 304
    assert ask(newsroom, url, If_Modified_Since=headers["last-modified"])[0] == 304
    assert ask(newsroom, url, If_None_Match='"other"', If_Modified_Since=headers["last-modified"])[0] == 200
    newsroom.edit("ferry", headline="After")
    assert ask(newsroom, url, If_None_Match=headers["etag"])[0] == 200
    assert ask(newsroom, url, If_Modified_Since=headers["last-modified"])[0] == 200


def test_head_answers_without_a_body(newsroom: Newsroom) -> None:
    status, headers, body = ask(newsroom, newsroom.publish("ferry"), "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 500


def test_requests_are_logged_in_order_with_their_headers(newsroom: Newsroom) -> None:
    url = newsroom.publish("ferry")
    ask(newsroom, url, X_Who="me")
    ask(newsroom, newsroom.url_of("/nowhere?a=1"))
    assert [(method, path) for method, path, _ in newsroom.requests] == [
        ("GET", "/news/ferry.html"),
        ("GET", "/nowhere?a=1"),
    ]
    assert newsroom.requests[0][2]["x-who"] == "me"
    assert [seen.status for seen in newsroom.exchanges] == [200, 404]
    assert newsroom.n_requests("ferry") == 1


def test_several_hosts_are_served_by_name_and_unknown_ones_are_502() -> None:
    with Newsroom(proxy=True, hosts=("daily.example", "weekly.example")) as room:
        daily, weekly = room.publish("ferry"), room.publish("tram", host="weekly.example")
        assert (daily, weekly) == ("http://daily.example/news/ferry.html", "http://weekly.example/news/tram.html")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": room.proxy}))
        with opener.open(weekly, timeout=5) as answer:
            assert "weekly.example" in answer.read().decode()
        assert ask(room, "http://weekly.example/news/ferry.html")[0] == 404
        assert ask(room, "http://monthly.example/")[0] == 502
        assert ask(room, "monthly.example:443", "CONNECT")[0] == 405


def test_three_hundred_articles_have_texts_far_from_each_other(newsroom: Newsroom) -> None:
    assert len(set(newsroom.publish_many(300))) == 300

    def shingles(slug: str) -> set[tuple[str, ...]]:
        words = " ".join(filler(slug)).split()
        return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}

    parts = [shingles(f"report-{i:04}") for i in range(60)]
    nearest = max(len(a & b) / len(a | b) for i, a in enumerate(parts) for b in parts[:i])
    assert nearest < 0.45


def test_three_hundred_pages_are_served_quickly(newsroom: Newsroom) -> None:
    urls = newsroom.publish_many(300)
    connection = http.client.HTTPConnection("127.0.0.1", newsroom.port, timeout=5)
    began = time.monotonic()
    for url in urls:
        connection.request("GET", url)
        assert connection.getresponse().read()
    connection.close()
    assert time.monotonic() - began < 5


def test_a_broken_feed_is_no_xml_and_can_be_mended(newsroom: Newsroom) -> None:
    newsroom.publish("ferry")
    newsroom.break_feed()
    with pytest.raises(ET.ParseError):
        ET.fromstring(text_of(newsroom, newsroom.url_of("/feed.xml")))
    newsroom.mend_feed()
    ET.fromstring(text_of(newsroom, newsroom.url_of("/feed.xml")))


def test_statuses_bodies_and_types_come_as_asked_for(newsroom: Newsroom) -> None:
    status, headers, _ = ask(newsroom, newsroom.publish("busy", fault=faults.status(429, retry_after="3600")))
    assert (status, headers["retry-after"]) == (429, "3600")
    assert ask(newsroom, newsroom.publish("ill", fault=faults.status(500)))[0] == 500
    assert ask(newsroom, newsroom.publish("blank", fault=faults.empty()))[::2] == (200, b"")
    assert ask(newsroom, newsroom.publish("paper", fault=faults.pdf()))[2].startswith(b"%PDF")
    assert ask(newsroom, newsroom.publish("dot", fault=faults.png()))[1]["content-type"] == "image/png"
    assert ask(newsroom, newsroom.publish("mixed", fault=faults.broken_html("words")))[2].count(b"words") == 2
    latin = newsroom.publish("latin", fault=faults.wrong_charset("<p>Café</p>", declared="utf-8", sent="cp1252"))
    assert b"Caf\xe9" in ask(newsroom, latin)[2]
    newsroom.edit("ill", headline="Well again")
    assert ask(newsroom, newsroom.url_of("ill"))[0] == 200


def test_redirects_go_out_as_they_are_given(newsroom: Newsroom) -> None:
    newsroom.redirect("/a", "/b")
    newsroom.redirect("/b", "/a")
    for path, to in (("/a", "/b"), ("/file", "file:///etc/passwd"), ("/in", "http://localhost:1/")):
        newsroom.redirect(path, to)
        assert ask(newsroom, newsroom.url_of(path))[1]["location"] == to


def test_bodies_lie_about_their_length_and_coding(newsroom: Newsroom) -> None:
    page = "<html><body>" + "<p>words and words</p>" * 50 + "</body></html>"
    with pytest.raises(http.client.IncompleteRead):
        ask(newsroom, newsroom.answer("/short", faults.cut_short(page)))
    assert len(ask(newsroom, newsroom.answer("/long", faults.understated(page)))[2]) == len(page) // 2
    assert not ask(newsroom, newsroom.answer("/cut", faults.closed_in_the_middle(page)))[2].endswith(b"</html>")
    assert ask(newsroom, newsroom.answer("/plain", faults.not_gzip(page)))[2].startswith(b"<html>")
    with pytest.raises(EOFError):
        gzip.decompress(ask(newsroom, newsroom.answer("/torn", faults.gzip_cut(page)))[2])
    packed = ask(newsroom, newsroom.answer("/bomb", faults.gzip_bomb(20)))[2]
    assert len(packed) < 100_000
    assert len(gzip.decompress(packed)) == 20 << 20


def test_a_reset_and_a_closed_port_refuse(newsroom: Newsroom) -> None:
    with pytest.raises(ConnectionError):
        ask(newsroom, newsroom.answer("/reset", faults.reset()))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", faults.closed_port()), timeout=2)


def test_leaving_stops_stalled_dripping_and_endless_answers_at_once() -> None:
    before = threading.active_count()
    with Newsroom() as room:
        urls = [
            room.publish("stall", fault=faults.stall()),
            room.publish("drip", fault=faults.drip()),
            room.publish("endless", fault=faults.endless()),
            room.publish("huge", fault=faults.huge_length_then_stall()),
        ]
        clients = []
        for url in urls:
            client = socket.create_connection(("127.0.0.1", room.port), timeout=5)
            client.sendall(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            clients.append(client)
        while len(room.exchanges) < len(urls):
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    for client in clients:
        client.close()
    while threading.active_count() > before and time.monotonic() - began < 2:
        time.sleep(0.01)
    assert threading.active_count() == before
