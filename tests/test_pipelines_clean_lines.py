import re
import tomllib
from importlib import resources

import pytest
from articles import STORY, article, paragraphs, wordpress_page

from pipelines.bodytext import Line
from pipelines.clean.lines import Cut, PageFacts, clean_lines
from pipelines.clean.phrases import says
from pipelines.source_blocks import Sources, key_of

BODY = "\n\n".join(STORY)
BOILERPLATE = resources.files("presskeep_data").joinpath("boilerplate.toml").read_text("utf-8")


def clean(*texts: str, title: str = "", author: str = "") -> tuple[list[str], list[Cut]]:
    facts = PageFacts(
        titles=frozenset(filter(None, [key_of(title)])),
        authors=frozenset(filter(None, [key_of(author)])),
        sources=Sources([]),
    )
    kept, cuts = clean_lines([Line(text=text) for text in texts], facts)
    return [line.text for line in kept], cuts


@pytest.mark.parametrize(
    "line",
    [
        "Read more: What the town council decided last week",
        "READ ALSO | The harbour in pictures",
        "Lesen Sie auch: Der Hafen in Bildern",
        "À lire aussi : le port en images",
        "Les også: Havnen i bilder",
        "Baca juga: Pelabuhan dibuka",
        "Advertisement",
        "Article continues below",
        "Anzeige",
        "Share on Facebook",
        "Photo: Ann Lee / Reuters",
        "Bild: dpa",
    ],
)
def test_a_boilerplate_line_goes_wherever_it_stands(line: str) -> None:
    kept, cuts = clean(*STORY[:2], line, *STORY[2:])
    assert kept == list(STORY)
    assert [cut.position for cut in cuts] == [2]


@pytest.mark.parametrize(
    "tail",
    [
        ["Subscribe to our newsletter for the latest news."],
        ["Follow us on Facebook and Twitter."],
        ["CLICK HERE TO GET THE NEWS APP"],
        ["© 2024 The Paper. All rights reserved."],
        ["The post Harbour opens appeared first on The Paper."],
        ["Additional reporting by Ann Lee in Vienna"],
        ["Tags: harbour, storm"],
        ["Related articles", "What the storm did", "The mayor’s plan"],
        ["12 Comments", "Jo says: Great!", "Ann says: Indeed."],
        ["About the author", "Ann Lee writes on ports."],
        ["Check Also", "Retirees rally again"],
        ["関連記事", "港が再開"],
        ["Get our daily newsletter in your inbox.", "© 2024 The Paper"],
    ],
)
def test_what_trails_a_story_is_cut(tail: list[str]) -> None:
    kept, cuts = clean(*STORY, *tail)
    assert kept == list(STORY)
    assert [cut.line.text for cut in cuts] == tail
    assert all(cut.reason and cut.rule.endswith("@1") for cut in cuts)


def test_headline_byline_dateline_and_breadcrumb_above_the_story_go() -> None:
    head = ["Home / World / Harbour opens", "Harbour opens", "By Ann Lee", "Published: May 1, 2024 10:00", "3 min read"]
    kept, _ = clean(*head, *STORY, title="Harbour opens", author="Ann Lee")
    assert kept == list(STORY)


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell by two percent on Monday, the exchange said.",
        "Subscribe was the word that he used most often in the interview, and nobody knew why he did so.",
        "By Monday the water had gone and the people of the village came back to their houses to look.",
        "Advertising revenue rose by a tenth, and the paper will hire again next year, its owner said.",
        "Related crimes rose as well, the police said in their yearly report on Monday.",
        "“Read more books,” said the teacher.",
        "Comments by the minister were not well received in the neighbouring country.",
        "More than a hundred people came.",
        "Photographs of the scene show a bus on its side and two cars below the bridge.",
        "Home is where the heart is, they say.",
        "Copyright law is to be changed, said the minister.",
    ],
)
def test_a_sentence_that_begins_like_boilerplate_stays(line: str) -> None:
    for lines in ([line, *STORY], [*STORY[:2], line, *STORY[2:]], [*STORY, line]):
        assert clean(*lines)[0] == lines


def test_a_page_of_nothing_but_boilerplate_keeps_its_text() -> None:
    assert clean("Follow us on Facebook.")[0] == ["Follow us on Facebook."]


def test_s12_boilerplate_inside_the_entry_is_cut_and_recorded() -> None:
    extra = [
        "Read also: Retirees rally again",
        "Subscribe to our newsletter",
        "Follow us on Twitter",
        "© 2026 Afghanistan Times. All rights reserved.",
        "The post Putin appeared first on Afghanistan Times.",
        "12 Comments",
    ]
    found = article(wordpress_page(paragraphs("Home / World / News", *STORY[:2], "Advertisement", *STORY[2:], *extra)))
    assert found.body == BODY
    assert {removal.reason for removal in found.removals if removal.stage == "text"} >= {
        "breadcrumb", "promotion", "legal", "advert", "related", "button",
    }  # fmt: skip


def test_set_phrases_are_written_in_lower_case_and_found_in_any() -> None:
    patterns = [p for g in tomllib.loads(BOILERPLATE).values() if isinstance(g, dict) for p in g["patterns"]]
    assert [pattern for pattern in patterns if (bare := re.sub(r"\\.", "", pattern)) != bare.lower()] == []
    for line in ("ÖNERİLEN VİDEO", "İlgili Haberler", "SON YAZILAR", "RELATED ARTICLES", "ЧИТАЙТЕ ТАКЖЕ"):
        assert says(line, "related_heading"), line
    assert not says("Önerilere açık bir belediye başkanı", "related_heading")
