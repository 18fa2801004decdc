import pytest
from articles import article, paragraphs

from archive.records import Article

STORY = paragraphs("The harbour of the town was opened again by the mayor, who spoke for an hour. " * 3)
ARTICLE = '<meta property="og:type" content="article">'
WEBSITE = '<meta property="og:type" content="website">'


def read(
    shown: str = "", *, tags: str = ARTICLE, tail: str = "", url: str = "http://valley-times.example/harbour"
) -> Article:
    """Read a page that declares something and shows something by its headline or below its story."""
    return article(
        f"<html lang='en'><head><title>Harbour</title>{tags}</head>"
        f"<body><article><h1>Harbour opens</h1>{shown}{3 * STORY}{tail}</article></body></html>",
        url=url,
    )


def declaring(published: str, *, kind: str = "BlogPosting", modified: str = "") -> str:
    """Declare dates in JSON-LD."""
    edit = f', "dateModified": "{modified}"' if modified else ""
    node = f'{{"@type": "{kind}", "headline": "Harbour opens", "datePublished": "{published}"{edit}}}'
    return f'<script type="application/ld+json">{node}</script>'


def test_a_declared_date_that_no_reader_sees_is_believed_of_articles_only() -> None:
    dated = declaring("2024-05-02T10:00:00Z")
    assert read(tags=ARTICLE + dated).published == "2024-05-02T10:00:00+00:00"
    assert read(tags=WEBSITE + declaring("2024-05-02", kind="NewsArticle")).published == "2024-05-02"
    assert read(tags=WEBSITE + dated).published is None
    assert read(tags='<meta name="date" content="2024-05-02">').published is None


@pytest.mark.parametrize(
    "tail",
    [
        "<p>The opening was on May 2, 2024, said the mayor.</p>",
        "<footer>03.05.2024</footer>",
        "<footer>5/2/2024</footer>",
        "<time datetime='2024-05-02T12:00Z'></time>",
    ],
)
def test_a_day_that_the_page_shows_bears_a_declaration_out(tail: str) -> None:
    assert read(tags=WEBSITE + declaring("2024-05-02"), tail=tail).published == "2024-05-02"


def test_a_page_that_shows_its_last_edit_may_hide_its_first_day() -> None:
    tags = WEBSITE + declaring("2020-05-02", modified="2024-05-02")
    assert read(tags=tags, tail="<footer>Updated May 2, 2024</footer>").published == "2020-05-02"
    assert read(tags=tags).published is None


def test_a_home_page_has_no_date_though_its_template_declares_news() -> None:
    tags = WEBSITE + declaring("2024-05-02", kind="NewsArticle")
    assert read(tags=tags, url="http://valley-times.example/").published is None


def test_what_was_published_after_its_last_edit_gives_way_to_another_declaration() -> None:
    stated = (
        '<meta name="published-time" content="2024-05-30"><meta name="modified-time" content="2024-03-01">'
        '<meta property="article:modified_time" content="2024-03-01"><meta name="published-date" content="2021-02-16">'
    )
    assert read(tags=ARTICLE + stated).published == "2021-02-16"


def test_a_list_of_things_has_no_date_of_its_own() -> None:
    tags = '<script type="application/ld+json">{"@type": "ItemList", "name": "Notes"}</script>'
    assert read("<p class='date'>2 May 2024</p>", tags=tags).published is None


@pytest.mark.parametrize(
    ("shown", "published"),
    [
        ("<div class='wp-block-post-date__modified-date'><time datetime='2024-05-02'>May 2</time></div>", "updated"),
        (
            "<div class='label'>Date Last Modified:</div><div><time datetime='2024-05-02'>May 2024</time></div>",
            "updated",
        ),
        ("<time class='entry-date published updated' datetime='2024-05-02'>May 2, 2024</time>", "text"),
        ("<div class='opening-hours'><div class='opening-date'>May 2, 2024</div></div>", None),
        ("<p>Received 2024 May 2; accepted 2024 May 9.</p>", None),
    ],
)
def test_other_dates_by_the_headline_are_told_from_that_of_publication(shown: str, published: str | None) -> None:
    found = read(shown)
    assert (found.signals["published"].origin if "published" in found.signals else None) == published


def test_an_agencys_dateline_dates_its_report() -> None:
    report = "<p>RAJSHAHI, Dec 20, 2023 (BSS) - Homestead gardening has helped many families of the district.</p>"
    assert read(report).published == "2023-12-20"
    assert read("<p>RAJSHAHI, Dec 20, 2023 was the day on which all of this began, she says.</p>").published is None


def test_a_bare_day_behind_the_authors_name_is_found_anywhere() -> None:
    signed = "<div class='resource-author'><p>Luke Kim</p><small>May 2, 2024</small></div>"
    assert read(tail=signed).published == "2024-05-02"
    assert read(tail=signed + "<p class='author'>Ann Lee</p><small>May 3, 2024</small>").published is None
    assert read(tail=f"<div class='comment-list'>{signed}</div>").published is None


def test_a_magazines_month_and_a_months_name_in_the_path_are_dates() -> None:
    assert read("<p>November 2015</p>").published == "2015-11"
    assert read(url="http://valley-times.example/blog/2023/october/03/harbour").published == "2023-10-03"


def test_a_note_says_when_an_article_was_first_published() -> None:
    note = "<p>This article was originally published on 26 Sep 2019 at 4pm but has been updated.</p>"
    assert read("<p class='date'>30 Sep 2022</p>", tail=note).published == "2019-09-26"


def test_a_masthead_that_repeats_the_headline_hides_no_date() -> None:
    html = (
        "<html><head><title>Harbour opens after storm</title></head><body><div><h3>Harbour opens after storm</h3>"
        f"{'<a>Menu</a>' * 80}</div><article><h1>Harbour opens after storm</h1><p>2 May 2024</p>{STORY}</article></body></html>"
    )
    assert article(html, url="http://valley-times.example/harbour").published == "2024-05-02"
