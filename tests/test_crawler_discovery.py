"""Discovery as a whole: any bytes are read, and nothing raises."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.records import FeedKind
from crawler.discovery import guesses, is_article_link, read, read_robots
from crawler.sources import Source
from crawler.survey import Answer, Survey
from pipelines.workers import Workers

SITE = Source(name="paper", url="https://paper.example/")
WORDS = """
    <rss> <feed xmlns='http://www.w3.org/2005/Atom'> <urlset> <sitemapindex> <item> </item> <url> <loc> <entry> <link>
    <link/href=' http://[ /a <![CDATA[ ]]> <!-- --> & &#0; &#xD800; \x00 <html> <a/href=' '> <base/href='http://[bad'> {
    "items":[ <?xml <nav> \ufeff \xff \x1f\x8b
"""
PIECES = st.sampled_from(WORDS.split())


def joined(pieces: list[str]) -> bytes:
    return "".join(pieces).replace("/href", " href").encode("latin-1", "replace")


@settings(max_examples=150, deadline=None)
@given(
    body=st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=30).map(joined)),
    expected=st.sampled_from(FeedKind),
)
def test_no_bytes_raise(body: bytes, expected: FeedKind) -> None:
    found = read(
        body, url="https://paper.example/x", content_type="text/xml; charset=no-such", expected=expected, source=SITE
    )
    assert all(SITE.owns(link.url) for link in found.links)
    read_robots(body, url="https://paper.example/robots.txt")


def test_what_is_empty_or_an_image_is_unreadable() -> None:
    for body in (b"", b"  \n", b"\x89PNG\r\n\x1a\n" + b"\x00\xff" * 900, b"%PDF-1.7 \xe2\xe3", b"just words"):
        found = read(body, url="https://paper.example/x", content_type=None, expected=FeedKind.FEED, source=SITE)
        assert (found.kind, found.links) == (None, ())
        assert found.problems


@pytest.mark.parametrize(
    "name", ["rot13", "idna", "punycode", "undefined", "unicode_escape", "utf_16", "u16", "utf-32"]
)
@pytest.mark.parametrize("in_header", [False, True])
def test_a_code_that_is_no_charset_or_not_that_of_these_bytes_is_not_used(name: str, *, in_header: bool) -> None:
    head = '<?xml version="1.0"?>' if in_header else f'<?xml version="1.0" encoding="{name}"?>'
    body = f"{head}<rss><item><title>é</title><link>/1</link></item></rss>".encode("latin-1")
    content_type = f"text/xml; charset={name}" if in_header else None
    found = read(body, url="https://paper.example/x", content_type=content_type, expected=FeedKind.FEED, source=SITE)
    assert found.links[0].hints.headline == "é"


def test_article_links_are_told_by_their_shape() -> None:
    assert is_article_link("https://paper.example/2024/05/21/town-floods")
    assert is_article_link("https://paper.example/index.php?id=12")
    assert not is_article_link("https://paper.example/page/2")
    assert not is_article_link("https://paper.example/2024/story/feed/")


def answer(url: str, body: str = "", failure: str | None = None) -> Answer:
    return Answer(
        url=url, final_url=url, status=None if failure else 200, content_type=None, body=body.encode(), failure=failure
    )


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers(1)
    yield made
    made.close()


def after(survey: Survey, found: Answer, workers: Workers) -> list[str]:
    return asyncio.run(survey.follow(found, workers))


def test_a_survey_looks_at_what_the_home_page_and_robots_announce(workers: Workers) -> None:
    survey = Survey(source=SITE)
    home, robots = survey.first()
    page = '<html><title>P</title><link rel="alternate" type="application/rss+xml" href="/feed"><body></body></html>'
    assert after(survey, answer(home, page), workers) == ["https://paper.example/feed"]
    assert after(survey, answer(robots, "Sitemap: /s.xml"), workers) == ["https://paper.example/s.xml"]
    item = "<item><link>/a</link><pubDate>Tue, 21 May 2024 10:00:00 GMT</pubDate></item>"
    feed = f"<rss><channel><title>News</title>{item}</channel></rss>"
    assert after(survey, answer("https://paper.example/feed", feed), workers) == []
    after(survey, answer("https://paper.example/s.xml", failure="http_404"), workers)
    by_url = {offer.url: offer for offer in survey.offers}
    offer = by_url["https://paper.example/feed"]
    assert (offer.n_links, offer.title, offer.newest) == (1, "News", "2024-05-21T10:00:00+00:00")
    assert by_url["https://paper.example/s.xml"].outcome == "http_404"
    assert survey.useful(FeedKind.FEED) == ["https://paper.example/feed"]
    assert survey.useful(FeedKind.SITEMAP) == []


def test_a_survey_guesses_where_nothing_is_announced(workers: Workers) -> None:
    survey = Survey(source=SITE)
    home, robots = survey.first()
    assert after(survey, answer(robots, failure="http_404"), workers) == []
    guessed = after(survey, answer(home, "<html><body>hello</body></html>"), workers)
    assert guessed == [feed.url for feed in guesses("https://paper.example/")]
    after(survey, answer(guessed[0], "<html><body>not found</body></html>"), workers)
    assert [offer.kind for offer in survey.offers] == ["section"]
