"""Sitemaps: URL sets, indexes, news sitemaps, plain lists; whole, broken and oversized."""

import gzip

import pytest

from archive.records import FeedKind, FoundIn
from crawler import sitemaps
from crawler.discovery import Discovery, read, read_robots
from crawler.sources import Source

SITE = Source(name="paper", url="https://paper.example/")
URL = "https://paper.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def read_sitemap(body: bytes | str, *, url: str = URL, content_type: str | None = "application/xml") -> Discovery:
    raw = body.encode() if isinstance(body, str) else body
    return read(raw, url=url, content_type=content_type, expected=FeedKind.SITEMAP, source=SITE)


def urlset(*entries: str) -> str:
    return f"<?xml version='1.0'?><urlset {NS}>{''.join(f'<url>{entry}</url>' for entry in entries)}</urlset>"


def test_a_lastmod_travels_with_its_link() -> None:
    found = read_sitemap(
        urlset("<loc>https://paper.example/a?x=1&amp;y=2</loc><lastmod>2024-05-21</lastmod>", "<loc>/b</loc>")
    )
    first, second = found.links
    assert (first.url, first.hints.modified, first.found_in) == (
        "https://paper.example/a?x=1&y=2",
        "2024-05-21",
        FoundIn.SITEMAP,
    )
    assert (second.url, second.hints.modified) == ("https://paper.example/b", None)


def test_a_news_sitemap_brings_title_date_language_and_image() -> None:
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    found = read_sitemap(
        f"""<urlset {NS} {news}><url><loc>https://paper.example/n</loc><news:news><news:publication><news:name>P</news:name>
        <news:language>pt</news:language></news:publication><news:publication_date>2024-05-21T10:00:00+01:00</news:publication_date>
        <news:title>Olá</news:title><news:keywords>a, b</news:keywords></news:news>
        <image:image><image:loc>https://paper.example/i.jpg</image:loc></image:image></url></urlset>"""
    )
    (link,) = found.links
    assert link.found_in is FoundIn.NEWS_SITEMAP
    assert (link.hints.headline, link.hints.published, link.hints.language) == (
        "Olá",
        "2024-05-21T10:00:00+01:00",
        "pt",
    )
    assert (link.hints.keywords, link.hints.image) == (("a", "b"), "https://paper.example/i.jpg")


def test_one_bad_loc_leaves_the_other_three() -> None:
    found = read_sitemap(
        urlset("<loc>https://paper.example/1</loc>", "<loc>http://[bad</loc>", "<loc>/2</loc>", "<loc>/3</loc>")
    )
    assert len(found.links) == 3
    assert found.refused == (("http://[bad", "bad_url"),)


def test_an_index_gives_sitemaps_newest_first_and_never_itself() -> None:
    found = read_sitemap(
        f"""<sitemapindex {NS}><sitemap><loc>{URL}</loc></sitemap>
        <sitemap><loc>https://paper.example/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap>
        <sitemap><loc>/new.xml.gz</loc><lastmod>2024-01-01</lastmod></sitemap>
        <sitemap><loc>https://paper.example/author-sitemap.xml</loc></sitemap>
        <sitemap><loc>https://paper.example/post_tag-sitemap.xml</loc></sitemap>
        <sitemap><loc>file:///etc/passwd</loc></sitemap></sitemapindex>"""
    )
    assert [feed.url for feed in found.feeds] == ["https://paper.example/new.xml.gz", "https://paper.example/old.xml"]
    assert {(feed.kind, feed.found_in) for feed in found.feeds} == {(FeedKind.SITEMAP, "sitemap_index")}


def test_an_index_without_end_is_capped() -> None:
    body = "".join(f"<sitemap><loc>/s{n}.xml</loc></sitemap>" for n in range(2_000))
    found = read_sitemap(f"<sitemapindex>{body}</sitemapindex>")
    assert len(found.feeds) == sitemaps.MOST_SITEMAPS
    assert found.problems == ("2000 sitemaps: the newest 500 are used",)


def test_of_an_oversized_sitemap_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_LINKS", 3)
    days = (5, 9, 1, 7, 3)
    found = read_sitemap(urlset(*(f"<loc>/a{day}</loc><lastmod>2024-05-0{day}</lastmod>" for day in days)))
    assert [link.url[-2:] for link in found.links] == ["a5", "a9", "a7"]
    assert found.problems == ("5 links: the newest 3 are used",)


def test_a_sitemap_of_120000_urls_is_capped() -> None:
    entries = "".join(f"<url><loc>https://paper.example/a/{n}</loc></url>" for n in range(120_000))
    assert len(read_sitemap(f"<urlset>{entries}</urlset>").links) == 50_000


def test_lastmods_that_are_all_the_same_are_not_believed() -> None:
    found = read_sitemap(urlset(*(f"<loc>/a{n}</loc><lastmod>2024-05-21T10:00:00Z</lastmod>" for n in range(30))))
    assert {link.hints.modified for link in found.links} == {None}
    assert "not believed" in found.problems[0]


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", None, "application/x-gzip"])
def test_a_sitemap_is_known_by_what_it_is(content_type: str | None) -> None:
    body = urlset("<loc>/a</loc>").encode()
    for raw in (body, gzip.compress(body)):
        found = read_sitemap(raw, content_type=content_type)
        assert (found.kind, len(found.links)) == ("sitemap", 1)


def test_a_gzip_bomb_is_opened_up_to_the_cap_and_a_torn_one_as_far_as_it_goes() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 80_000_000 + b"<url><loc>/late</loc></url>")
    assert read_sitemap(bomb).links == ()
    whole = gzip.compress(urlset(*(f"<loc>/a{n * 7919 % 10_007}</loc>" for n in range(5_000))).encode())
    assert 0 < len(read_sitemap(whole[: len(whole) // 2]).links) < 5_000


def test_broken_xml_still_gives_its_urls() -> None:
    found = read_sitemap("<urlset><url><loc>/a</loc></url><url><loc>/b?x=1&y=2</loc><url><loc>/c</loc></url></ur")
    assert [link.url.partition("example")[2] for link in found.links] == ["/a", "/b?x=1&y=2", "/c"]


def test_a_plain_list_of_urls_is_a_sitemap() -> None:
    lines = "https://paper.example/a\r\nhttps://paper.example/b\n\nhttps://other.example/c\n"
    found = read_sitemap(lines, content_type="text/plain")
    assert [link.url for link in found.links] == ["https://paper.example/a", "https://paper.example/b"]
    assert found.refused == (("https://other.example/c", "offsite"),)


def test_files_tags_and_the_home_page_are_no_articles_but_opaque_urls_are() -> None:
    wanted = [
        "/?p=2895",
        "/node/12",
        "/a/b",
        "/about-the-new-budget-2024",
        "/story.php?id=7",
        "/category-theory-explained",
    ]
    unwanted = ["/", "/a.pdf", "/tag/x", "/author/ann", "/search?q=a", "/a.jpg", "/category/news"]
    found = read_sitemap(urlset(*(f"<loc>{path.replace('&', '&amp;')}</loc>" for path in wanted + unwanted)))
    assert [link.url.removeprefix("https://paper.example") for link in found.links] == wanted


def test_robots_names_sitemaps_within_500_kib() -> None:
    text = "User-agent: *\nSitemap: https://paper.example/s.xml\nsitemap:/news.xml # here\nSitemap: ftp://x/s\n"
    found = read_robots(
        text.encode() + b"#" * 600_000 + b"\nSitemap: /late.xml\n", url="https://paper.example/robots.txt"
    )
    assert [feed.url for feed in found.feeds] == ["https://paper.example/s.xml", "https://paper.example/news.xml"]
    assert {feed.found_in for feed in found.feeds} == {"robots"}


def test_html_in_place_of_robots_says_nothing() -> None:
    body = b"<html><body>\nSitemap: https://paper.example/s.xml\n</body></html>"
    assert read_robots(body, url="https://paper.example/robots.txt").feeds == ()
