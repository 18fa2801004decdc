import subprocess
import sys
import time

import pytest
from articles import STORY, article, extracted, paragraphs, wordpress_page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.blocks import blocks
from archive.records import Article
from pipelines.extract import current_extractor, extract
from pipelines.items import NoArticle, Page

SENTENCE = "The harbour of the small town was reopened on Monday, three years after the storm, said the mayor. "


def reason(
    html: str | bytes, *, url: str = "http://paper.example/news/harbour", content_type: str | None = "text/html"
) -> str | None:
    found = extracted(html, url=url, content_type=content_type)
    return found.reason if isinstance(found, NoArticle) else None


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"  \n", "empty", id="white space"),
        pytest.param(b"%PDF-1.4\n", "not_html", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "not_html", id="image"),
        pytest.param(
            "<html><head><title>Just a moment...</title></head><body><p>Enable cookies</p></body></html>",
            "bot_wall",
            id="wall",
        ),
        pytest.param(
            "<html><head><title>Page not found | Paper</title></head><body><h1>Page not found</h1><p>Search?</p></body>",
            "soft_404",
            id="soft 404",
        ),
        pytest.param("<html><head><title>T</title></head><body><img src=a.png></body></html>", "no_text", id="no text"),
        pytest.param(b"<html><body>" + b"<p>" * 1_000_000, "too_complex", id="a million paragraphs"),
        pytest.param(b"<html><body>" + b"<a href=x>l</a>" * 500_000, "too_complex", id="half a million links"),
        pytest.param(b"<html><body>" + b"<div>" * 12_000 + b"deep", "too_complex", id="nested without end"),
    ],
)
def test_what_is_no_article_has_its_reason(html: str | bytes, expected: str) -> None:
    started = time.monotonic()
    assert reason(html) == expected
    assert time.monotonic() - started < 10


def teasers(n: int) -> str:
    return "".join(
        f'<div class="card"><h2><a href="/2024/{at}">What happened in town number {at} on Monday</a></h2>'
        f'<a href="/2024/{at}">Read the story of town {at}</a></div>'
        for at in range(n)
    )


@pytest.mark.parametrize(
    "url", ["http://paper.example/", "http://paper.example/tag/harbour/", "http://paper.example/category/local"]
)
def test_home_tag_and_section_pages_are_no_articles(url: str) -> None:
    html = f"<html><head><title>Paper</title></head><body><nav><a href='/'>Home</a></nav><main>{teasers(30)}</main></body></html>"
    assert reason(html, url=url) == "not_article"


def told(n: int = 8, *, under: str = SENTENCE, host: str = "") -> str:
    """A page of linked headings, each with some words under it."""
    cards = "".join(
        f"<div class='card'><h2><a href='{host}/news/{at}-harbour-reopened'>Harbour number {at} reopened</a></h2>"
        f"<p>{under.replace('Monday', f'day {at}')}</p></div>"
        for at in range(n)
    )
    return f"<html><head><title>The Paper</title></head><body><main><h1>The Paper</h1>{cards}</main></body></html>"


@pytest.mark.parametrize(
    "url", ["http://paper.example/", "http://paper.example/sport", "http://paper.example/tag/harbour"]
)
def test_a_page_of_teasers_is_no_article_however_long_they_are(url: str) -> None:
    assert reason(told(), url=url) == "not_article"


@pytest.mark.parametrize(
    ("html", "url"),
    [
        pytest.param(told(3), "http://paper.example/", id="a few"),
        pytest.param(told(under=SENTENCE * 8), "http://paper.example/", id="long texts under each"),
        pytest.param(told(host="http://elsewhere.example"), "http://paper.example/", id="links of the week"),
        pytest.param(told(), "http://paper.example/2024/05/ten-harbours-of-the-year", id="the year in review"),
    ],
)
def test_headings_that_are_links_may_be_an_article_s(html: str, url: str) -> None:
    assert reason(html, url=url) is None


def test_a_text_that_no_paper_prints_is_too_much_and_so_is_one_that_was_cut_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.extract.MOST_TEXT", 5_000)
    assert reason(wordpress_page(paragraphs(*STORY))) is None
    long = f"<p>{SENTENCE * 60}</p>"
    assert reason(f"<html><body><article><h1>Harbour</h1>{long}</article></body></html>") == "too_complex"
    hidden = f'<div style="display:none"><a href="http://x.example">slot gacor</a>{long}</div>'
    assert reason(wordpress_page(paragraphs(*STORY) + hidden)) == "too_complex"


def test_a_page_that_takes_more_memory_than_there_is_is_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pipelines.reading.read_article", fail)
    assert reason(wordpress_page(paragraphs(*STORY))) == "too_complex"


def test_a_flash_of_one_sentence_is_an_article() -> None:
    html = (
        f"<html><head><title>Harbour open</title></head><body><article><h1>Harbour open</h1><p>{SENTENCE}</p></article>"
    )
    assert article(html).body == SENTENCE.strip()


def test_a_page_that_calls_itself_an_article_is_one_among_many_links() -> None:
    head = '<meta property="og:type" content="article">'
    html = f"<html><head><title>T</title>{head}</head><body><article><p>{SENTENCE * 2}</p></article>{teasers(60)}</body></html>"
    assert SENTENCE.strip() in article(html, url="http://paper.example/tag/x").body


@pytest.mark.parametrize("reference", ["&#27;", "&#xB;", "&#xFFFE;", "\x00"])
def test_a_control_character_costs_no_article(reference: str) -> None:
    found = article(
        wordpress_page(
            paragraphs(*STORY).replace("Moscow", f"Mos{reference}cow"), headline=f"A{reference}B harbour news"
        )
    )
    assert found.body == "\n\n".join(STORY)
    assert found.headline == "AB harbour news"


def test_a_broken_base_costs_no_article() -> None:
    assert article(wordpress_page(head='<base href="http://[bad">')).body == "\n\n".join(STORY)


def test_structure_is_kept_as_marks_over_the_text() -> None:
    html = wordpress_page(
        f"<p>{SENTENCE * 2}</p><h2>What is next</h2><p>{SENTENCE}See <a href='/plan'>the plan of the town</a> for it.</p>"
        f"<ul><li>{SENTENCE}One.</li><li>{SENTENCE}Two.</li></ul><blockquote><p>{SENTENCE}</p></blockquote><p>{SENTENCE}End.</p>"
    )
    found = article(html)
    assert [block.kind for block in blocks(found.body, found.marks)] == ["p", "h2", "p", "li", "li", "p", "p"]
    assert f"{SENTENCE}One.\n{SENTENCE}Two." in found.body
    targets = {found.body[mark.start : mark.end]: mark.target for mark in found.marks if mark.kind == "link"}
    assert targets == {"the plan of the town": "http://afghanistantimes.example/plan"}
    assert any(mark.kind == "quote" and found.body[mark.start : mark.end] == SENTENCE.strip() for mark in found.marks)


def test_two_extractions_of_one_page_are_equal() -> None:
    html = wordpress_page()
    assert article(html) == article(html)


def test_the_extractor_names_itself_with_its_rules() -> None:
    full, fast = current_extractor(), current_extractor("fast")
    assert full.name == "presskeep"
    assert "trafilatura-" in full.version
    assert (full.options, fast.options) == ("full", "fast")
    assert full.rules.count("-") == 2, "our rules, and the spam lexicon apart from them"


def test_importing_the_extractor_loads_no_parser() -> None:
    code = "import sys, pipelines.extract; print([m for m in ('trafilatura', 'lxml', 'dateparser', 'scrapy') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))),
    st.text(max_size=30),
)
def test_no_bytes_raise(body: bytes, url: str) -> None:
    found = extract(Page(url=f"http://x.example/{url}", body=body, content_type=None), profile="fast")
    assert isinstance(found, Article | NoArticle)


_PIECES = [
    "<div>",
    "</div>",
    "<p>",
    "<table><tr><td>",
    "</table>",
    "<a href='http://[",
    "<ul><li>",
    "<style>.a{",
    "<script>",
    "&#0;",
    "\x00",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.just(SENTENCE), st.text(max_size=20)), max_size=40))
def test_no_broken_markup_raises(pieces: list[str]) -> None:
    found = extracted("<html><body>" + "".join(pieces).encode("utf-8", "replace").decode(), profile="fast")
    if isinstance(found, NoArticle):
        assert found.reason != "extractor_error", found.detail
    else:
        assert all(0 <= mark.start < mark.end <= len(found.body) for mark in found.marks)
