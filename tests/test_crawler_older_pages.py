"""Older pages of lists: which links of a page lead into the past."""

import pytest

from crawler.older_pages import MAY_BE_OLDER, older_pages

HERE = "https://paper.example/news/"


@pytest.mark.parametrize(
    "target",
    [
        "https://paper.example/news/page/2/",
        "https://paper.example/news?page=2",
        "https://paper.example/news/seite-3",
        "https://paper.example/archive/2019/04/",
        "https://paper.example/archives",
        "https://paper.example/2019/04/",
        "https://paper.example/news/2019",
    ],
)
def test_what_leads_into_the_past_is_taken(target: str) -> None:
    assert older_pages(HERE, [(target, False)]) == [target]
    assert MAY_BE_OLDER.search(target)


@pytest.mark.parametrize(
    "target",
    [
        HERE,
        "https://paper.example/news/2019/04/mayor-resigns",
        "https://paper.example/sport/page/2/",
        "https://other.example/news/page/2/",
        "https://paper.example/news/page/900",
        "https://paper.example/news?page=1",
        "https://paper.example/?p=2895",
    ],
)
def test_everything_else_is_not(target: str) -> None:
    assert older_pages(HERE, [(target, False)]) == []


def test_a_stated_next_page_needs_no_number_and_earlier_numbers_are_behind_us() -> None:
    assert older_pages(HERE, [("https://paper.example/news/older?after=77", True)])
    third = "https://paper.example/news/page/3"
    anchors = [(f"https://paper.example/news/page/{n}", False) for n in range(1, 6)]
    assert older_pages(third, anchors) == ["https://paper.example/news/page/4", "https://paper.example/news/page/5"]


def test_a_page_of_a_thousand_archives_gives_a_bounded_number() -> None:
    assert len(older_pages(HERE, [(f"https://paper.example/archive/{n}", False) for n in range(1000, 3000)])) == 40
