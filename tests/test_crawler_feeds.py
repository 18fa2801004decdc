"""RSS, Atom and JSON Feed: what links and hints come out, whatever went in."""

import json

import pytest

from archive.records import FeedKind, FoundIn, FoundLink
from crawler.discovery import Discovery, read
from crawler.sources import Source

SITE = Source(name="paper", url="https://www.paper.example/")
URL = "https://www.paper.example/feed.xml"


def read_feed(body: bytes | str, *, url: str = URL, content_type: str | None = "application/rss+xml") -> Discovery:
    raw = body.encode() if isinstance(body, str) else body
    return read(raw, url=url, content_type=content_type, expected=FeedKind.FEED, source=SITE)


def rss(items: str, channel: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">'
        f"<channel><title>The Paper</title><link>https://www.paper.example/</link>{channel}{items}</channel></rss>"
    )


def only(found: Discovery) -> FoundLink:
    (link,) = found.links
    return link


def test_an_rss_item_brings_its_hints() -> None:
    found = read_feed(
        rss(
            """<item><title>Caf&eacute; &amp; <![CDATA[<b>bar</b>]]> reopen</title><link>/2024/cafe?a=1&b=2</link>
            <description>&lt;p&gt;After a year.&lt;/p&gt;</description><content:encoded>The full text</content:encoded>
            <dc:creator>Ann Lee</dc:creator><author>desk@paper.example (Bo Ek)</author><category>Town</category>
            <category>Food</category><pubDate>Tue, 21 May 2024 10:00:00 +0200</pubDate>
            <atom:updated>2024-05-22T08:00:00Z</atom:updated>
            <media:content url="https://img.paper.example/1.jpg" medium="image"/></item>""",
            channel="<language>en-gb</language><image><url>https://www.paper.example/logo.png</url></image>",
        )
    )
    link = only(found)
    assert (found.kind, found.title, found.language) == ("feed", "The Paper", "en-gb")
    assert (link.url, link.found_in) == ("https://www.paper.example/2024/cafe?a=1&b=2", FoundIn.FEED)
    assert link.hints.headline == "Café & bar reopen"
    assert link.hints.description == "After a year."
    assert link.hints.authors == ("Ann Lee", "Bo Ek")
    assert link.hints.published == "2024-05-21T10:00:00+02:00"
    assert link.hints.modified == "2024-05-22T08:00:00+00:00"
    assert link.hints.keywords == ("Town", "Food")
    assert link.hints.image == "https://img.paper.example/1.jpg"
    assert link.hints.language == "en-gb"


def test_feedburner_gives_the_original_link() -> None:
    item = "<item><link>http://feedproxy.example/~r/x</link><feedburner:origLink>https://paper.example/a</feedburner:origLink></item>"
    assert only(read_feed(rss(item))).url == "https://paper.example/a"


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<guid>https://paper.example/guid</guid>", "https://paper.example/guid"),
        (
            '<guid isPermaLink="false">https://paper.example/guid</guid><link>https://paper.example/l</link>',
            "https://paper.example/l",
        ),
        ("<link><![CDATA[ https://paper.example/c?a=1&b=2 ]]></link>", "https://paper.example/c?a=1&b=2"),
        ("<link></link><atom:link href='https://paper.example/atom'/>", "https://paper.example/atom"),
        ("<link>https://paper.example/a#comments</link>", "https://paper.example/a"),
        ("<link>https://paper.example/ä b</link>", "https://paper.example/%C3%A4%20b"),
        ("<link>//paper.example/x</link>", "https://paper.example/x"),
    ],
)
def test_the_url_of_an_item_is_found_where_feeds_put_it(item: str, url: str) -> None:
    assert only(read_feed(rss(f"<item>{item}</item>"))).url == url


def test_an_item_with_a_guid_that_is_no_permalink_gives_nothing() -> None:
    found = read_feed(rss('<item><guid isPermaLink="false">https://paper.example/guid</guid></item>'))
    assert found.links == ()
    assert found.n_refused == 1


def test_rss_1_and_0_91_are_read() -> None:
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Old</title>
      <items><rdf:Seq><rdf:li rdf:resource="https://paper.example/1"/></rdf:Seq></items></channel>
      <item rdf:about="https://paper.example/1"><title>One</title><dc:date>2003-05-01</dc:date></item></rdf:RDF>"""
    link = only(read_feed(rdf))
    assert (link.url, link.hints.headline, link.hints.published) == ("https://paper.example/1", "One", "2003-05-01")
    assert only(
        read_feed('<rss version="0.91"><channel><item><link>https://paper.example/2</link></item></channel></rss>')
    )


def test_an_atom_entry_brings_its_hints_and_resolves_xml_base() -> None:
    link = only(
        read_feed(
            """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://paper.example/blog/" xml:lang="de">
            <title>Blog</title><entry><title type="html">&lt;i&gt;Eins&lt;/i&gt;</title>
            <link rel="self" href="https://paper.example/entry.atom" type="application/atom+xml"/>
            <link rel="alternate" type="text/html" href="eins"/><id>tag:1</id><published>2024-05-21T10:00:00Z</published>
            <updated>2024-05-22</updated><author><name>Ida</name><email>i@x.example</email></author>
            <category term="k" label="Kultur"/><summary>Kurz</summary></entry></feed>"""
        )
    )
    assert link.url == "https://paper.example/blog/eins"
    assert (link.hints.headline, link.hints.description, link.hints.authors) == ("Eins", "Kurz", ("Ida",))
    assert (link.hints.published, link.hints.modified) == ("2024-05-21T10:00:00+00:00", "2024-05-22")
    assert (link.hints.keywords, link.hints.language) == (("Kultur",), "de")


def test_a_json_feed_brings_its_hints() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "language": "fr",
        "items": [
            {
                "id": "1",
                "url": "/j1",
                "title": "Un",
                "summary": "Court",
                "date_published": "2024-05-21T10:00:00Z",
                "date_modified": "2024-05-22T10:00:00Z",
                "authors": [{"name": "Zoé"}, "nobody"],
                "tags": ["a", 3],
                "image": "/i.png",
            },
            "not an item",
            {"id": 7},
        ],
    }
    found = read_feed(json.dumps(document), content_type="application/feed+json")
    link = only(found)
    assert (link.url, link.hints.headline, link.hints.authors) == ("https://www.paper.example/j1", "Un", ("Zoé",))
    assert (link.hints.keywords, link.hints.image) == (("a",), "https://www.paper.example/i.png")
    assert found.language == "fr"


@pytest.mark.parametrize("body", ['{"a": 1}', '{"items": 3}', '{"items": [', '{"items":' + "[" * 100_000, "[]", "{}"])
def test_json_that_is_no_feed_is_said_to_be_none(body: str) -> None:
    found = read_feed(body)
    assert found.kind is None
    assert found.problems


def test_what_lies_elsewhere_is_refused_with_a_reason() -> None:
    urls = (
        "file:///etc/passwd ftp://paper.example/x javascript:alert(1) https://other.example/a https://paper.example:8901/a"
        " http://user:pw@paper.example/a http://[bad https://paper.example/a.pdf"
    )
    found = read_feed(rss("".join(f"<item><link>{url}</link></item>" for url in urls.split())))
    assert found.links == ()
    reasons = [reason for _, reason in found.refused]
    assert reasons == ["scheme", "scheme", "scheme", "offsite", "offsite", "credentials", "bad_url", "media"]
    assert found.n_refused == len(reasons)


def test_a_feed_on_a_declared_host_may_list_that_hosts_links() -> None:
    source = Source(name="p", url="https://paper.example/", feeds=("https://feeds.example:8443/p",))
    body = rss("<item><link>https://feeds.example:8443/a</link></item>").encode()
    found = read(body, url="https://feeds.example:8443/p", content_type=None, expected=FeedKind.FEED, source=source)
    assert only(found).url == "https://feeds.example:8443/a"


def test_one_broken_item_costs_only_itself() -> None:
    found = read_feed(
        rss(
            "<item><title>One</title><link>https://paper.example/1</link></item>"
            "<item><title>Two <br> <b></title><link>https://paper.example/2</link>"
            "<item><description><![CDATA[never closed</description><link>https://paper.example/3</item>"
            "<!-- <item><link>https://paper.example/no</link></item> -->"
            "<item><title>\x00\x1b[31mFour &#27; &nope; A & B</title><link>https://paper.example/4</link></item>"
        )
    )
    urls = [link.url for link in found.links]
    assert urls[0].endswith("/1")
    assert urls[-1].endswith("/4")
    assert "https://paper.example/2" in urls
    assert "https://paper.example/no" not in urls
    headline = found.links[-1].hints.headline
    assert headline is not None
    assert headline.endswith("A & B")
    assert "\x1b" not in headline


@pytest.mark.parametrize(
    ("head", "encoding", "content_type"),
    [
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "cp1252", None),
        ('<?xml version="1.0" encoding="utf-8"?>', "utf-8", "text/xml; charset=iso-8859-1"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "utf-8", None),
        ('<?xml version="1.0"?>', "windows-1251", "text/xml; charset=windows-1251"),
        ('<?xml version="1.0"?>', "utf-8-sig", None),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-16", None),
        ('<?xml version="1.0" encoding="gb2312"?>', "gb2312", None),
    ],
)
def test_the_text_is_read_in_the_encoding_that_it_has(head: str, encoding: str, content_type: str | None) -> None:
    title = {"windows-1251": "Привет", "gb2312": "新闻"}.get(encoding, "Café déjà")
    body = (
        f"{head}<rss><channel><item><title>{title}</title><link>https://paper.example/1</link></item></channel></rss>"
    )
    assert only(read_feed(body.encode(encoding), content_type=content_type)).hints.headline == title


def test_billion_laughs_do_not_expand() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    found = read_feed(
        f'<!DOCTYPE r [<!ENTITY l0 "lol">{entities}]>' + rss("<item><title>&l11;</title><link>/1</link></item>")[38:]
    )
    assert len(only(found).hints.headline or "") < 20


def test_an_external_entity_is_neither_read_nor_asked() -> None:
    found = read_feed(
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>'
        + rss("<item><title>&x;</title><link>/1</link></item>")[38:]
    )
    assert "root" not in (only(found).hints.headline or "")


@pytest.mark.parametrize(
    "body",
    [
        "<rss>" + "<item>" * 300_000,
        "<rss><channel>" + "<!--" * 300_000,
        "<rss><item>" + "<![CDATA[" * 200_000,
        "<rss><item>" + "&" * 2_000_000,
        "<rss><item>" + "<a>" * 300_000,
        "<rss " * 200_000,
        "<rss>" + ("<item><link>/1</link><title><![CDATA[" + "<!--" * 4_000 + "]]></title></item>") * 50,
    ],
)
def test_hostile_xml_ends_soon(body: str) -> None:
    assert len(read_feed(body).links) <= 1


def test_a_feed_that_answers_a_page_is_read_as_the_page() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/new.xml">'
    page = f"<!doctype html><html><head><title>Home</title>{link}</head></html>"
    found = read_feed(page, content_type="text/html")
    assert found.kind == "section"
    assert [feed.url for feed in found.feeds] == ["https://www.paper.example/new.xml"]
    assert found.problems[0] == "a section where a feed was expected"
