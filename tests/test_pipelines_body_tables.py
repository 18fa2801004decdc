"""Tables among a story's paragraphs: whole, or not at all."""

import pytest
from articles import STORY, article, paragraphs, wordpress_page

SCORES = (("Team", "P", "W", "Pts"), ("Harbour", "9", "7", "21"), ("Valley", "9", "4", "13"), ("Hill", "9", "1", "4"))


def table(rows: tuple[tuple[str, ...], ...], cell: str = "{}") -> str:
    return (
        "<table>"
        + "".join(f"<tr>{''.join(f'<td>{cell.format(each)}</td>' for each in row)}</tr>" for row in rows)
        + "</table>"
    )


def body(inside: str) -> str:
    return article(wordpress_page(paragraphs(*STORY[:2]) + inside + paragraphs(*STORY[2:]))).body


@pytest.mark.parametrize("frame", ["{}", "<div class='wp-block'>{}</div>", "<figure><div>{}</div></figure>"])
def test_a_table_of_numbers_between_paragraphs_is_kept_whole(frame: str) -> None:
    got = body(frame.format(table(SCORES)))
    assert "\n".join(" | ".join(row) for row in SCORES) in got
    assert got.index(STORY[1]) < got.index("Team | P") < got.index(STORY[2])


def test_a_table_of_links_elsewhere_is_no_data() -> None:
    towns = tuple((f"Weather in {name}", f"Traffic in {name}") for name in ("Harbourtown", "Valley", "Hill", "Marsh"))
    assert "Weather in" not in body(table(towns, "<a href='/w/{0}'>{0}</a>"))


def test_a_table_behind_the_story_is_not_its() -> None:
    page = wordpress_page(paragraphs(*STORY)).replace("</article>", f"</article><aside>{table(SCORES)}</aside>")
    assert "Harbour | 9" not in article(page).body
