"""Home and section pages: feeds, and article links told from navigation, in several languages."""

import time

import pytest

from archive.records import FeedKind, FoundIn
from crawler.discovery import Discovery, read
from crawler.sources import Source

URL = "https://paper.example/"
SITE = Source(name="paper", url=URL)


def read_page(body: str, *, url: str = URL, source: Source = SITE) -> Discovery:
    return read(
        body.encode(), url=url, content_type="text/html; charset=utf-8", expected=FeedKind.SECTION, source=source
    )


def paths(found: Discovery) -> list[str]:
    return [link.url.removeprefix("https://paper.example") for link in found.links]


HOMES = {
    "de": (
        ["/politik/haushalt-2025-ampel-einigt-sich-doch-noch-a-12345.html", "/sport/article1234567.ece"],
        ["Haushalt 2025: Ampel einigt sich doch noch", "Bayern gewinnt das Spitzenspiel gegen Dortmund"],
        ["/politik/", "/sport/", "/wirtschaft/unternehmen/", "/abo/", "/impressum", "/kontakt"],
    ),
    "es": (
        ["/mundo/2024-05-21/el-congreso-aprueba-la-ley.html", "/noticia/998877"],
        ["El Congreso aprueba la ley tras un largo debate", "Un incendio obliga a evacuar a cien vecinos"],
        ["/mundo", "/deportes", "/economia/vivienda", "/suscripcion", "/contacto", "/login"],
    ),
    "ja": (
        ["/articles/ASS5P2QZ1.html", "/news/html/20240521/k10014456781000.html"],
        ["国会で予算案が可決、来月から新制度が始まる", "台風の影響で新幹線が運転を見合わせ"],
        ["/politics/", "/sports/", "/shimen/", "/contact/", "/tag/weather", "/login/"],
    ),
    "ar": (
        ["/news/2024/5/21/%D8%A7%D9%84%D8%A8%D8%B1%D9%84%D9%85%D8%A7%D9%86-%D9%8A%D9%82%D8%B1", "/node/45678"],
        ["البرلمان يقر قانون الموازنة بعد نقاش طويل", "أمطار غزيرة تغلق الطرق في شمال البلاد"],
        ["/news/", "/sport/", "/economy", "/about", "/videos", "/search"],
    ),
    "hi": (
        ["/india/story-1234567", "/desh/sansad-mein-bill-paas-hua"],
        ["संसद में लंबी बहस के बाद विधेयक पास हुआ", "भारी बारिश से उत्तर में कई सड़कें बंद"],
        ["/india", "/sports", "/cricket/", "/contact-us", "/privacy-policy", "/author/desk"],
    ),
    "en": (
        ["/?p=2895", "/2024/05/council-votes"],
        ["Council votes to keep the library open", "What the storm left behind in the valley"],
        ["/news", "/sport/football", "/opinion", "/newsletters", "/subscribe", "/jobs"],
    ),
}


@pytest.mark.parametrize("language", HOMES)
def test_articles_are_told_from_navigation(language: str) -> None:
    articles, headlines, sections = HOMES[language]
    menu = "".join(f'<li><a href="{path}">{path.strip("/").split("/")[-1].title()}</a></li>' for path in sections)
    cards = "".join(
        f'<article><a href="{path}"><img src="/i.jpg"></a><header><h2><a href="{path}">{text}</a></h2></header>'
        f'<footer><a href="/tag/x">x</a></footer></article>'
        for path, text in zip(articles, headlines, strict=True)
    )
    found = read_page(
        f'<!doctype html><html lang="{language}"><title>Paper</title><body><header><nav><ul>{menu}</ul></nav></header><main>{cards}'
        f'<ul class="pagination"><li><a href="/page/2">2</a></li></ul></main><footer><ul>{menu}</ul>'
        '<a href="https://social.example/paper">Follow the paper on social media today</a></footer></body></html>'
    )
    assert paths(found) == articles
    assert [link.hints.headline for link in found.links] == headlines
    assert (found.language, found.title) == (language, "Paper")
    assert {link.found_in for link in found.links} == {FoundIn.SECTION}


def test_a_page_of_teasers_in_plain_divs_gives_its_articles() -> None:
    found = read_page(
        """<body><div class="main-menu"><a href="/local">Local</a><a href="/world">World</a></div>
        <div class="teaser"><a href="/local/town-hall-to-be-sold-after-all">Town hall to be sold after all</a></div>
        <div class="teaser"><a href="/world/77123">Peace talks resume in the old capital</a></div>
        <div class="teaser"><h3><a href="/a/b">Flood in the lower town</a></h3><h2><a href="/world">World</a></h2></div>
        <div class="sidebar"><a href="/local/most-read-of-the-whole-week">The most read of the whole week</a></div>
        <div id="footer"><a href="/how-we-work-and-who-we-are-really">How we work and who we are</a></div></body>"""
    )
    assert paths(found) == [
        "/local/town-hall-to-be-sold-after-all",
        "/world/77123",
        "/a/b",
        "/local/most-read-of-the-whole-week",
    ]


def test_a_bare_list_is_taken_whatever_its_urls() -> None:
    urls = ["/?p=2895", "/node/12", "/a/b", "/x", "/story.php?id=3", "/2024/05/21/slug"]
    items = "".join(f'<li><a href="{url}">{url.rsplit("/", 1)[-1]}</a></li>' for url in urls)
    found = read_page(f"<html><head><title>h</title></head><body><h1>h</h1><ul>{items}</ul></body></html>")
    assert paths(found) == urls


def test_what_can_be_no_article_is_left_out_of_a_bare_list_too() -> None:
    urls = "mailto:a@b.example javascript:alert(1) tel:1 https://other.example/a /a.jpg /a.zip # / /tag/x /login /search?q=1 /feed/"
    items = "".join(f'<li><a href="{url}">words that read like an article</a></li>' for url in urls.split())
    assert paths(read_page(f"<ul>{items}</ul>")) == []


def test_a_link_to_a_local_file_is_refused_by_name() -> None:
    found = read_page(
        '<a href="file:///etc/passwd">An article about all the passwords</a><a href="/a-real-good-story">x</a>'
    )
    assert paths(found) == ["/a-real-good-story"]
    assert found.refused == (("file:///etc/passwd", "scheme"),)


def test_another_port_of_the_host_is_another_site() -> None:
    source = Source(name="l", url="http://127.0.0.1:8900/")
    found = read_page(
        '<a href="http://127.0.0.1:8901/some-long-story">A</a>', url="http://127.0.0.1:8900/", source=source
    )
    assert found.links == ()


def test_feeds_are_found_in_the_head_and_by_their_names_without_those_of_comments() -> None:
    found = read_page(
        """<head><link rel="alternate" type="application/rss+xml" title="News" href="/rss">
        <link rel="alternate" type="application/atom+xml" href="https://feeds.example/paper">
        <link rel="alternate" type="application/feed+json" href="feed.json">
        <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
        <link rel="alternate" hreflang="fr" href="/fr/">
        <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">
        <link rel="alternate" type="application/rss+xml" href="https://paper.example:8901/rss"></head>
        <body><a href="/sport/rss.xml">RSS</a><a href="/local/feed/">feed</a><a href="https://other.example/feed">x</a></body>"""
    )
    assert [feed.url.removeprefix("https://paper.example") for feed in found.feeds] == [
        "/rss",
        "https://feeds.example/paper",
        "/feed.json",
        "/sport/rss.xml",
        "/local/feed/",
    ]
    assert {(feed.kind, feed.found_in) for feed in found.feeds} == {(FeedKind.FEED, "autodiscovered")}


@pytest.mark.parametrize("base", ["http://[bad", "javascript:x", "http://127.0.0.1:1/"])
def test_a_poisoned_base_finds_nothing_elsewhere(base: str) -> None:
    found = read_page(f'<base href="{base}"><a href="/a-long-story-about-this">A long story about this</a>')
    assert all(SITE.owns(link.url) for link in found.links)


@pytest.mark.parametrize(
    "body",
    [
        "<html>" + "<a href='/x-y-z-w'>" * 200_000,
        "<html>" + "".join(f"<a href='/x-y-z-{n}'>w</a>" for n in range(200_000)),
        "<html>" + "<div>" * 300_000,
        "<html><p>" * 300_000,
        "<html><a " + "x=1 " * 500_000 + ">",
    ],
)
def test_a_huge_page_is_read_in_bounded_time(body: str) -> None:
    before = time.process_time()
    found = read_page(body)
    assert time.process_time() - before < 20
    assert len(found.links) <= 3_000
