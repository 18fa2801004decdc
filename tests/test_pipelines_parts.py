import asyncio
from datetime import UTC, datetime

import pytest
from articles import article, paragraphs

from archive.records import Article, FoundIn, Link
from archive.url_key import url_key
from pipelines.extract import extract
from pipelines.items import Failure, NoArticle, Page, PageItem, Part
from pipelines.part_reading import further_parts, part_of_another
from pipelines.parts import MOST_PARTS, first_part, goes_on, join, next_part, numbered
from pipelines.workers import Reading, read_page

HOST = "http://valley-times.example"
ARTICLE = (
    '<meta property="og:type" content="article"><meta property="article:published_time" content="2024-05-02T10:00:00Z">'
)


def page(
    url: str = f"{HOST}/news/harbour-opens-after-storm",
    *,
    n: int = 1,
    links: str = "",
    head: str = ARTICLE,
    title: str = "",
) -> Page:
    """Make a page of a long article; `links` stand below its text."""
    story = paragraphs(*(f"On day {day} the harbour was opened a bit more." * 4 for day in range(n * 10, n * 10 + 4)))
    html = (
        f"<html lang='en'><head><title>Harbour opens</title>{head}</head><body><article>"
        f"<h1>{title or 'Harbour opens after the storm'}</h1>{story}</article><div class='pages'>{links}</div></body></html>"
    )
    return Page(url=url, body=html.encode(), content_type="text/html; charset=utf-8", part=n)


def read(found: Page) -> Article:
    result = extract(found)
    assert isinstance(result, Article)
    return result


def following(found: Page) -> str | None:
    return next_part(found, read(found))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/news/harbour-opens", "/news/harbour-opens/2"),
        ("/news/harbour-opens/", "/news/harbour-opens/2/"),
        ("/news/harbour-opens", "/news/harbour-opens/page/2/"),
        ("/news/harbour-opens", "/news/harbour-opens?page=2"),
        ("/news/harbour-opens?id=12&utm_source=rss", "/news/harbour-opens?id=12&seite=2"),
        ("/news/harbour-opens.html", "/news/harbour-opens-2.html"),
        ("/news/harbour-opens.html", "/news/harbour-opens,2.html"),
        ("/news/harbour-opens.html", "/news/harbour-opens-seite-2.html"),
        ("/news/harbour-opens-1.html", "/news/harbour-opens-2.html"),
        ("/news/harbour-opens.html", "/news/harbour-opens/seite-2"),
        ("/2024/05/02/harbour-opens/", "/2024/05/02/harbour-opens/2/"),
    ],
)
def test_the_next_page_of_an_article_is_found_whatever_its_url_looks_like(first: str, second: str) -> None:
    assert following(page(HOST + first, links=f"<a rel='next' href='{second}'>More</a>")) == HOST + second
    assert following(page(HOST + first, links=f"<a href='{second}'><span>2</span></a>")) == HOST + second


@pytest.mark.parametrize("number", ["۲", "٢", "２", "२", "২", "\u00a02\u00a0", " 02 "])
def test_a_page_number_is_one_in_any_digits(number: str) -> None:
    url = f"{HOST}/news/harbour-opens"
    assert following(page(url, links=f"<a href='?page=2'>{number}</a>")) == f"{url}?page=2"


def test_a_link_to_the_next_page_may_say_much_else() -> None:
    url = f"{HOST}/news/harbour-opens"
    links = "<a rel='nofollow noopener noreferrer external ugc next' href='?page=2'>More</a>"
    assert following(page(url, links=links)) == f"{url}?page=2"


def test_each_page_names_the_one_after_it_and_the_last_none() -> None:
    second = page(
        f"{HOST}/harbour-opens/2", n=2, links="<a href='/harbour-opens'>1</a><a href='/harbour-opens/3'>3</a>"
    )
    assert following(second) == f"{HOST}/harbour-opens/3"
    assert following(page(f"{HOST}/harbour-opens/3", n=3, links="<a href='/harbour-opens/2'>2</a>")) is None


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("/news/harbour-opens-after-storm", "/news/mayor-resigns-after-all"),
        ("/news/4711", "/news/4712"),
        ("/news/harbour/12", "/news/harbour/13"),
        ("/news/article-14.html", "/news/article-15.html"),
        ("/news/harbour-opens-after-storm", "/news/harbour-opens-after-storm/comment-page-2"),
        ("/news/harbour-opens-after-storm", "/news/page/2"),
        ("/news/harbour-opens-after-storm", "http://other.example/news/harbour-opens-after-storm/2"),
        ("/", "/page/2"),
        ("/news/harbour-opens-after-storm", "/news/harbour-opens-after-storm/3"),
    ],
)
def test_the_next_article_and_the_next_page_of_something_else_are_left_alone(url: str, link: str) -> None:
    assert following(page(HOST + url, links=f"<a rel='next' href='{link}'>Next</a>")) is None


@pytest.mark.parametrize("url", ["/category/harbour", "/blog", "/tag/harbour-and-the-storm", "/news/index.html"])
def test_sections_are_not_joined(url: str) -> None:
    for link in (f"{url}/page/2", f"{url}?page=2"):
        assert (
            following(page(HOST + url, head="", links=f"<a rel='next' href='{link}'>Older</a><a href='{link}'>2</a>"))
            is None
        )


def test_a_number_without_an_order_needs_a_page_that_calls_itself_an_article() -> None:
    numbers = "<a href='/news/harbour-opens-after-storm?page=2'>2</a>"
    assert following(page(links=numbers)) is not None
    assert following(page(head="", links=numbers)) is None


def test_a_later_page_knows_its_first() -> None:
    first = f"{HOST}/harbour-opens"
    canonical = f"<link rel='canonical' href='{first}'>"
    third = page(f"{first}/3", n=3, head=ARTICLE + canonical)
    assert first_part(third, read(third)) == first
    second = page(f"{first}/2", n=2, links=f"<a rel='prev' href='{first}'>Back</a>")
    assert first_part(second, read(second)) == first
    for other in (page(f"{HOST}/news/12", links=f"<a rel='prev' href='{HOST}/news/11'>Back</a>"),
                  page(f"{first}/2", n=2, head="", links=f"<a rel='prev' href='{first}'>Back</a>")):  # fmt: skip
        assert first_part(other, read(other)) is None


def test_a_page_goes_on_with_an_article_where_its_headline_and_new_text_say_so() -> None:
    url = f"{HOST}/harbour-opens"
    first = read(page(url))
    second = read(page(f"{url}/2", n=2, title="Harbour opens after the storm (Page 2 of 3)"))
    assert goes_on(first, [first], second)
    assert not goes_on(first, [first], read(page(f"{url}/2", n=2, title="Mayor resigns")))
    assert not goes_on(first, [first], read(page(f"{url}?page=2", n=1)))  # comments: the story is the same
    elsewhere = ARTICLE + f"<link rel='canonical' href='{HOST}/mayor-resigns'>"
    assert not goes_on(first, [first], read(page(f"{url}/2", n=2, head=elsewhere)))
    home = ARTICLE + f"<link rel='canonical' href='{url}'>"
    assert goes_on(
        read(page(url, head=home)), [first], read(page(f"{url}/2", n=2, head=home, title="Storms everywhere"))
    )


def test_pages_are_joined_in_order_and_what_each_repeats_stands_once() -> None:
    url = f"{HOST}/harbour-opens"
    parts = [
        article(
            f"<html><head><title>Harbour opens</title>{ARTICLE}</head><body><article><h1>Harbour opens</h1>"
            "<p>The storm of the century had closed the harbour of the town for three whole years, and now it is over.</p>"
            + paragraphs(
                *(f"On day {day} the harbour was opened by the mayor." * 3 for day in range(n * 10, n * 10 + 3))
            )
            + f"<ul><li>First of page {n}, with some words</li><li>Second of page {n}, with some more</li></ul>"
            + "<p>The harbour master spoke to us on the pier, where he had stood for forty years of his working life.</p>"
            "</article></body></html>",
            url=f"{url}/{n}",
        )
        for n in (1, 2, 3)
    ]
    whole = join(parts)
    assert [whole.body.count(text) for text in ("The storm of the century", "The harbour master spoke")] == [1, 1]
    days = [int(day.split()[0]) for day in whole.body.split("On day ")[1:]]
    assert days == sorted(days)
    assert whole.body.endswith("working life.")
    assert [whole.body[mark.start : mark.end] for mark in whole.marks if mark.kind == "li"] == [
        f"{which} of page {n}, with some {words}"
        for n in (1, 2, 3)
        for which, words in (("First", "words"), ("Second", "more"))
    ]
    assert whole.url == parts[0].url


def test_a_number_in_a_url_is_read_and_an_id_is_none() -> None:
    assert [found and found.number for found in map(numbered, (f"{HOST}/a/2", f"{HOST}/a?page=12", f"{HOST}/a-b?p=7", HOST))] == [
        2, 12, None, None
    ]  # fmt: skip
    assert numbered(f"{HOST}/news/4711") is None


NOW = datetime(2024, 6, 1, tzinfo=UTC)


def item_of(url: str, *, known: int | None = None, found_in: FoundIn = FoundIn.FEED) -> PageItem:
    link = Link(
        id=1, url=url, url_key=url_key(url), source_id=1, found_in=found_in, discovered_at=NOW, article_id=known
    )
    return PageItem(link=link, asked_at=NOW)


def gather(item: PageItem, *, of: int, failing: Failure | None = None) -> list[str]:
    """Let an item ask for its further pages, of which there are `of`; give the URLs that it asked for."""
    url, asked = item.link.url, []

    def made(n: int) -> Page:
        more = f"<a rel='next' href='{url}/{n + 1}'>Next</a>" if n < of else ""
        return page(f"{url}/{n}" if n > 1 else url, n=n, links=more)

    async def ask(wanted: str) -> Part:
        asked.append(wanted)
        if failing is not None:
            return Part(url=wanted, asked_at=NOW, failure=failing)
        return Part(url=wanted, asked_at=NOW, page=made(len(asked) + 1))

    async def read_it(found: Page) -> Reading:
        return read_page(found)

    reading = read_page(made(1))
    assert isinstance(reading.extraction, Article)
    item.extraction, item.ask, item.etag = reading.extraction, ask, "tag"
    asyncio.run(further_parts(item, reading.extraction, reading.next_url, read_it))
    return asked


def test_an_article_has_a_last_page_however_many_its_site_offers() -> None:
    item = item_of(f"{HOST}/harbour-opens")
    assert len(gather(item, of=1000)) == MOST_PARTS - 1
    assert isinstance(item.extraction, Article)
    assert item.extraction.body.count("On day 203 ") == 4
    assert item.etag is None


@pytest.mark.parametrize(
    ("reason", "known", "fails"),
    [
        ("timeout", 7, True),
        ("timeout", None, False),
        ("http_404", 7, False),
        ("robots", 7, False),
        ("http_502", 7, True),
    ],
)
def test_a_page_that_may_come_tomorrow_makes_no_edit_of_a_known_article(
    reason: str, known: int | None, fails: bool
) -> None:
    item = item_of(f"{HOST}/harbour-opens", known=known)
    gather(item, of=3, failing=Failure(reason=reason))
    assert (item.failure is not None) == fails
    assert isinstance(item.extraction, Article)
    assert len(item.parts) == 1


def test_a_later_page_found_by_itself_waits_for_its_first() -> None:
    url = f"{HOST}/harbour-opens"
    reading = read_page(page(f"{url}/2", head=ARTICLE + f"<link rel='canonical' href='{url}'>"))
    assert part_of_another(item_of(f"{url}/2"), reading) == NoArticle(reason="part", detail=url)
    assert part_of_another(item_of(f"{url}/2", found_in=FoundIn.HAND), reading) is None
