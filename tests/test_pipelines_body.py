"""The body of a page: exact votes by marks, the judge's arithmetic, and what becomes of blocks that nobody wants."""

import json
from copy import deepcopy
from importlib import resources

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html
from trafilatura.core import trafilatura_sequence
from trafilatura.settings import Extractor

from pipelines.body.choose import VOTERS, ballots, keep_story, worth_judging
from pipelines.body.features import evidence_of, matrix
from pipelines.body.judge import cut_at, forest, of_json
from pipelines.body.readers import READERS, strip_textless
from pipelines.body.running import running
from pipelines.body.votes import mark, sizes_of, unmark, vote
from pipelines.body.wording import Known
from pipelines.bodytext import compose, lines_of
from pipelines.parse import MAX_DEPTH, parse, too_deep
from pipelines.source_blocks import source_blocks

STORY = [
    "The harbour of the small town was reopened on Monday, three years after the storm that had closed it.",
    "Fishermen had waited for the day since the first stones were laid, and most of them came to see it.",
    "The mayor said that the new wall would stand for a hundred years, and that nobody would be asked to pay twice.",
    "The ferry will sail again from Thursday, first twice a day and from the spring every second hour.",
]
PAGE = f"""<html><head><title>Harbour reopened – The Courier</title></head><body>
<nav><a href="/">Home</a> <a href="/news">News</a> <a href="/sport">Sport</a></nav>
<article><h1>Harbour reopened</h1><p>{STORY[0]}</p><h2>What was built</h2><p>{STORY[1]} <a href="/wall">The wall</a> is new.</p>
<ul><li>a wall of two kilometres</li><li>three new <b>piers</b></li></ul><p>{STORY[2]}</p><p>{STORY[3]}</p></article>
<aside><h3>Most read</h3><ul><li><a href="/a">Five bridges that nobody needs</a></li>
<li><a href="/b">Rain until Friday</a></li></ul></aside>
<footer><p>© The Courier. All rights reserved.</p></footer></body></html>"""
NOBODY = Known(titles=frozenset({"harbourreopened"}), authors=frozenset(), descriptions=())


def test_a_vote_is_exact_whatever_an_extractor_joins_or_drops() -> None:
    tree = html.document_fromstring("<body><p>One two three.</p><p>Four five six.</p><p>One two three.</p></body>")
    blocks = source_blocks(tree)
    mark(blocks)
    first, second, third = ("".join(block.element.itertext()) for block in blocks)
    shares = vote(f"{third} {second[:8]}", sizes_of(blocks))
    assert shares[0] == 0.0  # the same words as the third, but not the ones that were kept
    assert 0.4 < shares[1] < 0.7
    assert shares[2] == 1.0
    assert first != third


@example(["𠮷野家の海老原", "𠮷", " 𠮷 "])
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), min_size=1, max_size=8)
)
def test_marks_go_as_they_came(texts: list[str]) -> None:
    tree = html.document_fromstring("<body></body>")
    assert tree.body is not None
    for text in texts:
        paragraph = html.Element("p")
        paragraph.text = text
        tree.body.append(paragraph)
    blocks = source_blocks(tree)
    before = [block.element.text for block in blocks]
    unmark(blocks, mark(blocks), [True] * len(blocks))
    assert [block.element.text for block in blocks] == before


def test_a_short_story_has_the_vote_of_what_an_extractor_falls_back_to() -> None:
    for profile in VOTERS:
        tree = parse(f"<html><body><main><article><h1>Harbour</h1><p>{STORY[0]}</p></article></main></body></html>")
        assert tree is not None
        blocks = source_blocks(tree)
        votes, _ = ballots(tree, blocks, sizes_of(blocks), "http://courier.example/", VOTERS[profile])
        assert votes["trafilatura"].tolist() == [1.0, 1.0]


_READERS_SAY = "".join(
    f"<p>Reader {n} says: {STORY[n]} And that is all that there is to say of it.</p>" for n in (1, 2, 3)
)


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        "<title>Flash</title><body><p>The harbour is open.</p><div class=social>Share</div></body>",
        *(PAGE.replace("</article>", f"<{tag} {name}>{_READERS_SAY}</{tag}></article>") for tag, name in (
            ("div", "id=comments"), ("section", "class='post-comments'"), ("details", "id=disqus_thread"),
            ("ol", "class='commentlist'"), ("div", "class='infinite-scroll'"), ("div", "class='mvp-post-add-box'"),
            ("div", "class='elementor-share-buttons'"), ("div", "class='Comments x'"), ("div", "class='story'"),
        )),
        PAGE.replace("<article>", "<article class='commentary infinite-wisdom'>"),
    ],
)  # fmt: skip
def test_trafilatura_step_by_step_gives_what_its_sequence_gives(page: str) -> None:
    tree = html.document_fromstring(page)
    options = Extractor(url="http://p.example/a", comments=False, formatting=True, fast=True, recall=True)
    body, _, _, _ = trafilatura_sequence(deepcopy(tree), options, "http://p.example/a")
    assert READERS["trafilatura"](tree, "http://p.example/a") == "".join(body.itertext()) != ""


def test_the_story_is_kept_and_the_page_around_it_is_not() -> None:
    tree = html.document_fromstring(PAGE)
    kept = keep_story(tree, source_blocks(tree), NOBODY, "http://courier.example/harbour", "full")
    texts = [block.text for block in kept]
    assert [text for text in STORY if not any(text in each for each in texts)] == []
    assert not any("rights reserved" in text or "Most read" in text or "Sport" in text for text in texts)


def test_structure_and_links_come_from_the_page_itself() -> None:
    tree = html.document_fromstring(PAGE)
    body, marks = compose(
        lines_of(tree, keep_story(tree, source_blocks(tree), NOBODY, "http://courier.example/", "full"))
    )
    said = {(each.kind, body[each.start : each.end]) for each in marks}
    assert ("h2", "What was built") in said
    assert ("li", "a wall of two kilometres") in said
    assert ("strong", "piers") in said
    assert [(body[each.start : each.end], each.target) for each in marks if each.kind == "link"] == [
        ("The wall", "/wall")
    ]


TEXTLESS = [
    ("<p>One <img src=a> two</p>", "One two"),
    ("<p>One<span> </span>two</p>", "One two"),
    ("<p>One<a href=/a><img src=b> </a>two</p>", "One two"),
    ("<p>One<svg><title>Share</title></svg> two</p>", "One two"),
    ("<p>One<span><br></span>two</p>", "One\ntwo"),
    ("<div>One<div class=ad></div>two</div>", "One\n\ntwo"),
    ("<div>One<span><ins></ins><p></p></span>two</div>", "One\n\ntwo"),
    ("<table><tr><td>One<style>p{}</style></td><td></td><td>two</td></tr></table>", "One |  | two"),
    ("<pre>if one:\n<span>    </span>two</pre>", "if one:\n    two"),
]


@pytest.mark.parametrize(("markup", "expected"), TEXTLESS)
def test_what_holds_no_text_goes_and_the_text_stays_apart_as_it_was(markup: str, expected: str) -> None:
    tree = parse(f"<html><head><title>T</title><meta name=a></head><body>{markup}</body></html>")
    assert tree is not None
    blocks = source_blocks(tree)
    before = compose(lines_of(tree, blocks))[0]
    strip_textless(tree, blocks)
    assert compose(lines_of(tree, blocks))[0] == expected
    assert [block.text for block in source_blocks(tree)] == [block.text for block in blocks]
    assert before == expected or "p{}" in before
    assert not list(tree.iter("meta", "style", "title"))
    assert not any(each.attrib for each in tree.iter("img", "svg", "a", "div"))


def test_text_behind_an_end_of_the_page_that_comes_too_early_is_read() -> None:
    tree = parse(
        f"<html><head></head><body><header>Courier</header></body></html><main><p>{STORY[0]}</p></main></body></html>"
    )
    assert tree is not None
    assert [block.text for block in source_blocks(tree)] == ["Courier", STORY[0]]


def test_what_is_shown_without_scripts_is_read_where_it_is_the_page() -> None:
    story = "".join(f"<p>{each * 2}</p>" for each in STORY)
    for beside, is_read in (("<p>Loading …</p>", True), (f"{story}<p>And a word more.</p>", False)):
        tree = parse(f"<html><body><noscript>{story}</noscript>{beside}</body></html>")
        assert tree is not None
        assert len(source_blocks(tree)) == len(STORY) + 1
        assert (not list(tree.iter("noscript"))) is is_read


def test_elements_may_be_nested_as_deeply_as_said_and_no_deeper() -> None:
    for depth, expected in ((MAX_DEPTH, False), (MAX_DEPTH + 1, True), (8 * MAX_DEPTH, True)):
        tree = parse(f"<html><body>{'<i>' * (depth - 1)}x</body></html>")
        assert tree is not None
        assert too_deep(tree) is expected


def test_a_page_without_text_keeps_nothing() -> None:
    tree = html.document_fromstring("<html><body><div></div></body></html>")
    assert keep_story(tree, source_blocks(tree), NOBODY, "http://courier.example/", "full") == []


@pytest.mark.parametrize("profile", ["full", "fast"])
def test_the_forest_reads_as_its_trees_are_written(profile: str) -> None:
    model = json.loads(resources.files("presskeep_data").joinpath("body_judge.json").read_text("utf-8"))[profile]
    judge = forest(profile)
    rows = np.random.default_rng(7).normal(0, 3, (40, 400)).astype(np.float32)
    for row, got in zip(rows, judge.probability(rows), strict=True):
        score = 0.0
        for tree in model["trees"]:
            node = 0
            while tree["left"][node] >= 0:
                node = tree["left" if row[tree["feature"][node]] <= tree["split"][node] else "right"][node]
            score += tree["value"][node]
        assert got == pytest.approx(1 / (1 + np.exp(-score)))


@pytest.mark.parametrize("profile", ["full", "fast"])
def test_the_forest_knows_no_column_that_is_not_made(profile: str) -> None:
    judge = forest(profile)
    blocks = source_blocks(html.document_fromstring(PAGE))
    votes = {name: np.ones(len(blocks), np.float32) for name in judge.voters}
    rows = matrix(evidence_of(blocks, sizes_of(blocks), NOBODY), votes, judge.voters)
    assert judge.voters == VOTERS[profile]
    assert int(judge.feature.max()) < rows.shape[1]
    assert np.isfinite(rows).all()


def test_a_forest_of_one_leaf_gives_its_value() -> None:
    leaf = {"feature": [0], "split": [0], "left": [-1], "right": [-1], "value": [0.0]}
    model = {"voters": ["trafilatura"], "depth": 3, "trees": [leaf]}
    assert of_json(model).probability(np.zeros((2, 5), np.float32)).tolist() == [0.5, 0.5]


def test_only_what_got_a_vote_and_its_neighbours_is_judged() -> None:
    votes = {"trafilatura": np.array([0] * 20 + [1, 1] + [0] * 20, np.float32)}
    assert worth_judging(votes).tolist() == list(range(17, 25))
    assert worth_judging({"trafilatura": np.zeros(42, np.float32)}).tolist() == []


def test_a_page_that_leaves_the_judge_in_doubt_keeps_more() -> None:
    sizes = np.full(6, 100, np.float32)
    assert cut_at(np.array([0.99, 0.98, 0.97, 0.42, 0.02, 0.01]), sizes) == pytest.approx(0.4)
    assert cut_at(np.array([0.6, 0.45, 0.3, 0.28, 0.02, 0.01]), sizes) == pytest.approx(0.3)


def test_running_text_is_long_with_common_words_and_a_short_line_is_what_stands_around_it() -> None:
    page = (
        f"<body><p>{STORY[0]} {STORY[1]}</p><p>A short line.</p><p>{STORY[2]} {STORY[3]}</p>"
        f"<p>Zwyk Krovna Plimt Trask Vrond Quist Blarf Snork Grint Dwelf Prask Flonk Strell</p><p>Another one</p>"
        f"<aside><p>{STORY[0]} {STORY[1]}</p></aside><p><a href='/'>{STORY[0]} {STORY[1]}</a></p></body>"
    )
    assert running(source_blocks(html.document_fromstring(page))).tolist() == [1, 1, 1, 0, 0, 0, 0]
