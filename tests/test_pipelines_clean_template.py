"""A source's template: what is learned, what a newspaper repeats on purpose, and that whole lines are cut and no story."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom_pages import filler

from archive.records import Article, Extractor, Mark
from pipelines.body_lines import lines_from
from pipelines.bodytext import Line, compose
from pipelines.clean.template import Place, Template, clean_template, cut_alike, cut_template, line_key, template_of
from pipelines.clean.template_learning import FEW, MOST, SOME, Learned, Printed, learn, printed

WRITERS = (("Ada Byron",), ("Karl Otto",), ("Mina Rahimi",))


def lines(*texts: str | Line) -> list[Line]:
    return [replace(text, group=at) if isinstance(text, Line) else Line(text=text, group=at)
            for at, text in enumerate(texts, 1)]  # fmt: skip


def linked(text: str) -> Line:
    return Line(text=text, spans=(Mark(kind="link", start=0, end=len(text), target="https://paper.example/x"),))


def paper(
    n: int,
    *,
    head: tuple[str | Line, ...] = (),
    middle: tuple[str | Line, ...] = (),
    tail: tuple[str | Line, ...] = (),
    on: Callable[[int], bool] = lambda _: True,
    authors: tuple[tuple[str, ...], ...] = WRITERS,
) -> list[Printed]:
    """`n` articles with texts of their own; the given lines stand on those that `on` names."""
    found = []
    for at in range(n):
        story = filler(f"piece-{at}")
        parts = [*head, story[0], *middle, *story[1:], *tail] if on(at) else list(story)
        found.append(
            Printed(lines=tuple(lines(*parts)), authors=authors[at % len(authors)] if authors else (), section=None)
        )
    return found


def texts(learned: list[Learned]) -> set[str]:
    return {one.text for one in learned}


TEASER = "More on this evening's programme in our daily overview"


def test_a_line_under_every_article_is_template_once_there_are_enough_of_them() -> None:
    assert learn(paper(FEW - 1, tail=(TEASER,))) == []
    assert texts(learn(paper(FEW, tail=(TEASER,)))) == {TEASER}


def test_a_masthead_above_most_articles_is_template() -> None:
    learned = learn(paper(2 * MOST, head=("The Paper", "For town and coast"), on=lambda at: at % 4 != 0))
    assert texts(learned) == {"The Paper", "For town and coast"}
    assert {one.place for one in learned} == {Place.HEAD}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (linked("Give to our newsroom today and keep it free"), ()),
        ("Write to us: desk@paper.example", ()),
        ("Subscribe to our newsletter", ()),
        ("The Harbour Courier stands by what it prints.", ("Harbour Courier",)),
    ],
)
def test_a_line_at_the_end_of_some_articles_needs_a_second_kind_of_evidence(
    line: str | Line, names: tuple[str, ...]
) -> None:
    some = paper(60, tail=(line,), on=lambda at: at % 6 == 0)
    assert len(learn(some, names=names)) == 1
    plain = paper(60, tail=("The tide waits for nobody at all.",), on=lambda at: at % 6 == 0)
    assert learn(plain, names=names) == []
    too_few = paper(60, tail=(line,), on=lambda at: at < SOME - 1)
    assert learn(too_few, names=names) == []


def test_an_authors_note_goes_and_an_authors_last_words_stay() -> None:
    bio = "Ada Byron writes on harbours and on those who live beside them."
    ada = {"on": lambda at: at % 3 == 0, "authors": WRITERS}
    assert texts(learn(paper(30, tail=(bio,), **ada))) == {bio}  # type: ignore[arg-type]
    assert learn(paper(30, tail=("And so we row on, against the current.",), **ada)) == []  # type: ignore[arg-type]


def test_the_heading_of_a_box_goes_with_the_box() -> None:
    box = (Line(text="Before you go", kind="h2"), linked("Give to our newsroom today and keep it free"))
    assert texts(learn(paper(40, tail=box, on=lambda at: at % 5 == 0))) == {line.text for line in box}


def test_any_number_in_a_line_is_as_good_as_another() -> None:
    pages = [
        Printed(lines=tuple(lines(*filler(f"p{n}"), f"{n} readers have commented on this")), authors=WRITERS[n % 3])
        for n in range(12)
    ]
    template = template_of((one.key, one.place) for one in learn(pages))
    kept, cuts = cut_template(lines("Once more.", "734 readers have commented on this"), template)
    assert ([line.text for line in kept], len(cuts)) == (["Once more."], 1)


ON_PURPOSE = {
    "a running headline": {"middle": (Line(text="What we know so far", kind="h2"),)},
    "a headline of a series": {"head": ("Letter from the coast",), "on": lambda at: at % 3 == 0},
    "a column's standing intro": {
        "head": ("Every Friday our columnist answers what readers have asked her in the week.",),
        "on": lambda at: at % 4 == 0,
    },
    "a chorus of quotes": {"middle": ("“We are still here,” they sang.",), "tail": ("«No pasarán!»",)},
    "a quotation in its own block": {"tail": (Line(text="We are still here, they sang.", quoted=True),)},
    "an agency's first line": {"head": ("KABUL (Reuters)",)},
    "an agency's name in Japanese": {"head": ("【東京共同】",)},
    "a refrain": {"middle": ("And the river rose.", "It did not stop.", "And the river rose.")},
    "a sentence between paragraphs": {"middle": ("The minister did not answer our questions.",)},
    "a table": {"tail": (Line(text="Won | Drawn | Lost", kind="row"),)},
    "a writer's farewell": {"tail": ("And so we row on, against the current.",), "authors": WRITERS[:1]},
    "a score": {"tail": ("3:1 (0:1)",)},
}


@pytest.mark.parametrize("name", ON_PURPOSE)
@pytest.mark.parametrize("n", [FEW, MOST, 60])
def test_what_a_newspaper_repeats_on_purpose_stays(name: str, n: int) -> None:
    assert learn(paper(n, **ON_PURPOSE[name])) == []  # type: ignore[arg-type]


def test_the_order_of_the_articles_does_not_matter() -> None:
    pages = paper(40, head=("The Paper",), tail=(TEASER, linked("Give now to our newsroom fund")))
    shuffled = pages.copy()
    random.Random(3).shuffle(shuffled)
    assert learn(pages) == learn(shuffled) != []


def test_what_was_learned_stays_while_some_articles_have_it() -> None:
    (known,) = learn(paper(FEW, tail=(TEASER,)))
    assert texts(learn(paper(90, tail=(TEASER,), on=lambda at: at < 3), known=[known.key])) == {TEASER}
    assert learn(paper(90, tail=(TEASER,), on=lambda at: at < 3)) == []
    assert learn(paper(90, tail=(TEASER,), on=lambda at: at < 2), known=[known.key]) == []


def template(*places: tuple[str, Place]) -> Template:
    return template_of((line_key(text) or "", place) for text, place in places)


def test_a_short_line_is_cut_only_where_it_was_learned_to_stand() -> None:
    story = filler("one")
    body = lines(story[0], TEASER, *story[1:], TEASER)
    kept, cuts = cut_template(body, template((TEASER, Place.TAIL)))
    assert [at for at, _ in cuts] == [len(body) - 1]
    assert kept == body[:-1]


def test_a_boxs_heading_is_cut_only_with_its_box() -> None:
    story = filler("one")
    heading = Line(text="Conclusion", kind="h2")
    box = template(("Conclusion", Place.BETWEEN), ("Give now to our newsroom fund", Place.BETWEEN))
    body = lines(story[0], heading, *story[1:])
    assert cut_template(body, box) == (body, [])
    boxed = lines(story[0], heading, "Give now to our newsroom fund", *story[1:])
    assert [at for at, _ in cut_template(boxed, box)[1]] == [1, 2]


def test_a_heading_over_a_short_last_paragraph_stays_with_it() -> None:
    story = filler("story")
    last = "The tram will run."
    heading = Line(text="Conclusion", kind="h2")
    found = template(("Conclusion", Place.TAIL), ("Sign up for our letter.", Place.TAIL))
    kept, _ = cut_template(lines(*story, heading, last), found)
    assert [line.text for line in kept][-2:] == ["Conclusion", last]
    kept, _ = cut_template(lines(*story, heading, "Sign up for our letter."), found)
    assert [line.text for line in kept] == list(story)
    kept, _ = cut_template(lines(*story, heading), found)
    assert [line.text for line in kept] == list(story)


def test_a_line_of_the_articles_own_stays_beside_the_same_one_of_the_template() -> None:
    body = lines(*filler("one"), "Conclusion", "All in all it went well.", "Conclusion")
    kept, cuts = cut_template(body, template(("Conclusion", Place.TAIL)))
    assert (kept, [at for at, _ in cuts]) == (body[:-1], [len(body) - 1])


def test_an_article_that_is_all_template_stays_as_it_is() -> None:
    body = lines(TEASER)
    assert cut_template(body, template((TEASER, Place.TAIL))) == (body, [])


def article(body: str, marks: tuple[Mark, ...] = ()) -> Article:
    return Article(
        url="http://paper.example/1", canonical_url=None, headline="H", description=None, authors=(), published=None,
        modified=None, section=None, keywords=(), language="en", image=None, article_type=None, paywall=None,
        body=body, marks=marks, signals={}, removals=(),
        extractor=Extractor(name="presskeep", version="1", options="full", rules="1"),
    )  # fmt: skip


def test_each_cut_is_a_removal_with_its_links_and_evidence_puts_it_back() -> None:
    story = filler("one")
    body, marks = compose(lines("The Paper", *story, linked("Give now to our newsroom fund")))
    whole = article(body, marks)
    cleaned = clean_template(whole, template(("The Paper", Place.HEAD), ("Give now to our newsroom fund", Place.TAIL)))
    assert cleaned.body == "\n\n".join(story)
    assert [(one.stage, one.reason, one.rule, one.position, one.text, one.urls) for one in cleaned.removals] == [
        ("template", "repeated", "site-head@1", 0, "The Paper", ()),
        ("template", "repeated", "site-tail@1", len(story) + 1, "Give now to our newsroom fund",
         ("https://paper.example/x",)),
    ]  # fmt: skip
    assert cleaned.extractor.template
    assert [line.text for line in printed(cleaned).lines] == [line.text for line in printed(whole).lines]


def test_two_cuts_one_after_the_other_are_one() -> None:
    body, marks = compose(lines("The Paper", *filler("one"), TEASER, "Give now to our newsroom fund"))
    head, tail = ("The Paper", Place.HEAD), ("Give now to our newsroom fund", Place.TAIL)
    teaser = (TEASER, Place.TAIL)
    both = template(head, teaser, tail)
    once = clean_template(article(body, marks), both)
    twice = clean_template(clean_template(article(body, marks), template(head, tail)), both)
    assert (twice.body, twice.marks, twice.extractor) == (once.body, once.marks, once.extractor)
    assert sorted(one.position for one in twice.removals) == sorted(one.position for one in once.removals)
    assert [line.text for line in printed(twice).lines] == [line.text for line in printed(once).lines]


def test_what_an_older_template_cut_is_cut_from_the_next_reading_too() -> None:
    body, marks = compose(lines(*filler("one"), TEASER))
    earlier = clean_template(article(body, marks), template((TEASER, Place.TAIL)))
    now = clean_template(article(body, marks), Template())
    assert now.body != earlier.body
    assert cut_alike(now, earlier).body == earlier.body
    assert cut_alike(now, earlier).extractor == now.extractor


def test_a_version_names_what_is_cut_and_nothing_else() -> None:
    one, other = ("The Paper", Place.HEAD), (TEASER, Place.TAIL)
    assert template(one, other).version == template(other, one).version != template(one).version
    assert Template().version == template().version == ""


TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
KIND = st.sampled_from(["p", "p", "h2", "li", "oli", "row", "code"])


@st.composite
def bodies(draw: st.DrawFn) -> list[Line]:
    found = []
    group = 0
    for text, kind, quoted, joined, span in draw(
        st.lists(st.tuples(TEXT, KIND, st.booleans(), st.booleans(), st.booleans()), max_size=12)
    ):
        group += not joined
        spans = (Mark(kind="em", start=0, end=len(text)),) if span and kind != "code" else ()
        whole = text + "\n" + text if kind == "code" else text
        found.append(Line(text=whole, kind=kind, group=group + 1, quoted=quoted, spans=spans))
    return found


@given(bodies())
def test_a_body_taken_apart_and_put_together_is_the_same(body: list[Line]) -> None:
    composed = compose(body)
    assert compose(lines_from(*composed)) == composed
    assert [line.text for line in lines_from(*composed)] == [line.text for line in body]


ELSEWHERE = "Visit: https://shoes-shop.example/ https://essays-shop.example/"


def injected(n: int, line: Line, authors: tuple[tuple[str, ...], ...] = WRITERS) -> list[Printed]:
    """`n` articles that end in a line, among others that do not."""
    found = []
    for at in range(12):
        story = filler(f"piece-{at}")
        body, marks = compose([*lines(*story), line] if at < n else lines(*story))
        found.append(printed(replace(article(body, marks), authors=authors[at % len(authors)] if authors else ())))
    return found


def test_a_tail_of_nothing_but_links_elsewhere_needs_three_articles_of_two_writers() -> None:
    tail = Line(text=ELSEWHERE, group=99)
    assert texts(learn(injected(2, tail))) == set()
    assert texts(learn(injected(3, tail))) == {ELSEWHERE}
    assert texts(learn(injected(3, tail, authors=()))) == {ELSEWHERE}
    assert texts(learn(injected(3, tail, authors=WRITERS[:1]))) == set()


@pytest.mark.parametrize(
    "line",
    [
        Line(text="More at https://paper.example/dossiers/ https://www.paper.example/letters/", group=99),
        Line(text="https://www.facebook.com/paper https://x.com/paper", group=99),
        Line(text="The fund asks for gifts until Sunday, as it does every year: https://fund.example/", group=99),
    ],
)
def test_a_papers_own_links_and_services_and_sentences_are_no_such_tail(line: Line) -> None:
    assert texts(learn(injected(3, line))) == set()


def test_a_tail_that_sells_is_called_spam_and_one_that_does_not_is_called_repeated() -> None:
    for text, reason in (
        (ELSEWHERE, "repeated"),
        ("http://slot-gacor88.example/ http://togel-online.example/", "spam"),
    ):
        found = template((text, Place.TAIL))
        cleaned = clean_template(article("\n\n".join([*filler("story"), text])), found)
        assert [(removal.reason, removal.text) for removal in cleaned.removals] == [(reason, text)]
