import pytest
from articles import article, paragraphs

from archive.records import Article

STORY = paragraphs("The harbour of the town was opened again by the mayor, who spoke for an hour. " * 3)
FAR = 4 * STORY


def read(shown: str = "", *, tags: str = "", tail: str = "") -> Article:
    """Read a page that names its author by its headline, or below a long story."""
    return article(
        f"<html lang='en'><head><title>Harbour</title><meta property='og:site_name' content='Karl Voit'>{tags}</head>"
        f"<body><article><h1>Harbour opens</h1>{shown}{FAR}{tail}</article></body></html>",
        url="http://karl-voit.example/harbour",
    )


@pytest.mark.parametrize(
    ("shown", "author"),
    [
        ("<p>Aaron Ricadela | Senior Writer | July 2, 2023</p>", "Aaron Ricadela"),
        ("<div>Dec. 19, 2023 · Niko Matsakis on behalf of <a href='/'>the team</a></div>", "Niko Matsakis"),
        ("<div><span>Sehernur Karsu |</span> <span>05.04.2023 - 10:00</span></div>", "Sehernur Karsu"),
        ("<p>By AFP</p>", "AFP"),
        ("<aside class='post-author'>Katie Liguori</aside>", "Katie Liguori"),
        ("<p class='jobber-hero__author'>Lisa Pham</p>", "Lisa Pham"),
    ],
)
def test_an_author_by_the_headline_is_told_from_what_stands_beside(shown: str, author: str) -> None:
    assert read(shown).authors == (author,)


@pytest.mark.parametrize("shown", ["<p>Market Size | Share | 2024 - 2032</p>", "<p class='author'>5 mins read</p>"])
def test_figures_by_the_headline_sign_nothing(shown: str) -> None:
    assert read(shown).authors == ()


@pytest.mark.parametrize(
    "tail",
    [
        "<h3>Written by Cassidy Horton</h3>",
        "<div>This post was written by Cassidy Horton, Head of Marketing</div>",
        "<h2>Article by</h2><div>Cassidy Horton</div>",
        "<div><strong>Contributors:</strong><b>Cassidy Horton</b></div>",
        "<p>More: <a href='/authors/cassidy'>Cassidy Horton</a></p>",
    ],
)
def test_who_signs_below_a_story_is_its_author_where_nobody_else_does(tail: str) -> None:
    assert read(tail=tail).authors == ("Cassidy Horton",)
    assert read("<p>By Ann Lee</p>", tail=tail).authors == ("Ann Lee",)
    assert read(tail=f"{tail}<p>Written by Bo Day</p>").authors == ()
    assert read(tail=f"<div class='related-posts'>{tail}</div>").authors == ()


def test_a_blogs_own_name_signs_where_nobody_else_does_and_says_how_weak_that_is() -> None:
    tags = '<meta name="author" content="Karl Voit">'
    found = read(tags=tags)
    assert (found.authors, found.signals["authors"].confidence) == (("Karl Voit",), 0.4)
    assert read("<p>By Ann Lee</p>", tags=tags).authors == ("Ann Lee",)


@pytest.mark.parametrize("account", ["NOC Admin", "Nachrichten", "News"])
def test_an_account_is_nobody(account: str) -> None:
    assert read(tags=f'<meta name="author" content="{account}">').authors == ()
