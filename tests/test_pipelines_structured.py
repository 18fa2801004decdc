import json

from lxml.html import document_fromstring

from pipelines.structured import Declared, declared

URL = "http://paper.example/2024/05/story"


def read(head: str, body: str = "<p>x</p>") -> Declared:
    return declared(document_fromstring(f"<html lang='en'><head>{head}</head><body>{body}</body></html>"), URL)


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def values(found: Declared, name: str) -> list[str]:
    return [each.value for each in found.of(name)]


def test_the_node_that_names_this_page_is_chosen_among_articles() -> None:
    other = {"@type": "NewsArticle", "headline": "Other", "url": "http://paper.example/other"}
    ours = {"@type": "NewsArticle", "headline": "Ours", "mainEntityOfPage": {"@id": URL}}
    assert values(read(ld([other, ours])), "headline") == ["Ours"]


def test_a_graph_is_walked_and_authors_are_found_by_their_id() -> None:
    graph = {
        "@graph": [
            {"@type": "Article", "headline": "H", "datePublished": "2024-05-01", "author": {"@id": "#ann"}},
            {"@type": "Person", "@id": "#ann", "name": "Ann Lee"},
        ]
    }
    assert values(read(ld(graph)), "author") == ["Ann Lee"]


def test_broken_json_is_passed_over_and_sloppy_json_is_read() -> None:
    head = '<script type="application/ld+json">{"@type": </script><script type="application/ld+json">\n' + (
        '<!-- {"@type": "NewsArticle", "headline": "A\nB", "keywords": ["one", "two",],} --></script>'
    )
    found = read(head)
    assert found.article_type == "NewsArticle"
    assert values(found, "keyword") == ["one", "two"]


def test_paywall_is_read_from_text_and_boolean() -> None:
    assert read(ld({"@type": "NewsArticle", "headline": "H", "isAccessibleForFree": "False"})).paywall is True
    assert read(ld({"@type": "NewsArticle", "headline": "H", "isAccessibleForFree": True})).paywall is False
    assert read("").paywall is None


def test_meta_tags_and_microdata_are_read_with_their_origin() -> None:
    found = read(
        '<meta property="og:title" content="OG &amp;amp; co"><meta name="Author" content="Jo Day"><link rel="canonical" href="/c">',
        '<div itemscope itemtype="http://schema.org/NewsArticle"><h2 itemprop="headline">Micro</h2>'
        '<time itemprop="datePublished" datetime="2024-05-01T10:00">May</time></div>',
    )
    assert [(each.value, each.origin) for each in found.of("headline")] == [
        ("OG & co", "opengraph"),
        ("Micro", "microdata"),
    ]
    assert values(found, "author") == ["Jo Day"]
    assert values(found, "published") == ["2024-05-01T10:00"]
    assert values(found, "canonical") == ["/c"]
    assert found.article_type == "NewsArticle"


def test_deep_json_is_no_fault() -> None:
    assert read('<script type="application/ld+json">' + "[" * 50_000 + "</script>").values
