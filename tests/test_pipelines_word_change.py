"""Changed set phrases, paywall words and months: what they are said not to touch comes out the same, and nothing else is read."""

import json
import re
import sqlite3
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from articles import URL, paragraphs, wordpress_page
from changed_lists import (
    LISTS,
    STORIES,
    Shipped,
    check_only_touched,
    import_stories,
    other_lists,
    read,
    reread,
    story_page,
)
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innocent_pages import INNOCENT
from news_forms import FORMS
from spam_pages import variants

from archive.records import Article
from crawler.demo.content import load_newspapers
from crawler.demo.pages import article_page
from pipelines.calendars import month_named, months_touched
from pipelines.clean.phrase_change import phrases_touched
from pipelines.clean.phrases import groups_of, lower, says
from pipelines.clean.trace import SetsOfItems, listening, packed, unpacked
from pipelines.extract import current_extractor
from pipelines.items import Page
from pipelines.part_reading import joined
from pipelines.paywall import paywall_touched
from pipelines.word_change import WordChange
from pipelines.word_lists import MONTHS, PAYWALL, PHRASES, SPAM, as_kept
from pipelines.workers import read_page

GROUPS: dict[str, dict[str, Any]] = {
    name: group for name, group in tomllib.loads(LISTS[PHRASES]).items() if isinstance(group, dict)
}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shipped]:
    with other_lists(tmp_path_factory.mktemp("shipped") / "data") as found:
        yield found


def written(groups: dict[str, dict[str, Any]]) -> str:
    """A file of set phrases."""
    return "\n".join(
        f"[{name}]\nwhole = {json.dumps(group['whole'])}\npatterns = {json.dumps(group['patterns'], ensure_ascii=False)}"
        for name, group in groups.items()
    )


def with_phrase(pattern: str, group: str = "promo") -> str:
    own = GROUPS[group]
    return written({**GROUPS, group: {**own, "patterns": [*own["patterns"], pattern]}})


def without(old: str, new: str = "", *, name: str = PHRASES) -> str:
    assert old in LISTS[name]
    return LISTS[name].replace(old, new, 1)


def between(name: str, text: str) -> WordChange | None:
    return WordChange.between(as_kept(LISTS), as_kept({**LISTS, name: text}))


def asked(questions: Callable[[], object]) -> bytes:
    """The trace of a reading that asks this."""
    with listening() as found:
        questions()
    return packed(found)


def is_touched(trace: bytes, sets: Iterable[Iterable[str]]) -> bool:
    ready = SetsOfItems(map(frozenset, sets))
    return any(ready.any_in(page) for page in unpacked(trace))


# patterns: whatever two versions of a phrase answer otherwise has a trace that the change touches

_PIECES = st.sampled_from(
    ["a", "b", "ab", "é", "ı", "7", "-", "©", ",", r"\s+", r"\s*", r"\s", r"\s?", " ", r"\b", ".", ".{0,3}", r"\d+", r"\w*", r"\W",
     r"\.", "[ab]", "[^a]", r"[\s-]", r"[.b]?", "[a-c]", "b?", "a+", "a{2}", "b??"]
)  # fmt: skip
PATTERNS = st.recursive(
    _PIECES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.builds(
            lambda options, ending: f"(?:{'|'.join(options)}){ending}",
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from(["", "", "?", "??", "+", "{0,2}"]),
        ),
    ),
    max_leaves=8,
)
TEXTS = st.lists(st.text("ab -©é.,7AİI\t", max_size=20), min_size=1, max_size=3)


@hypothesis_settings(max_examples=400)
@given(st.lists(PATTERNS, min_size=1, max_size=3), st.data(), TEXTS)
def test_a_text_of_which_a_changed_pattern_says_something_else_is_touched(
    patterns: list[str], data: st.DataObject, texts: list[str]
) -> None:
    others = data.draw(st.lists(st.one_of(st.sampled_from(patterns), PATTERNS), min_size=1, max_size=3))
    old, new = ({"patterns": each, "whole": data.draw(st.booleans())} for each in (patterns, others))
    try:
        matches = [re.compile(groups_of(written({"button": each}))["button"].source) for each in (old, new)]
        touched = phrases_touched(written({"button": old}), written({"button": new}))
    except (ValueError, re.error):  # everything is read; no pattern
        return
    for text in texts:
        before, after = (bool(each.match(lower(text))) for each in matches)
        assert before == after or is_touched(asked(lambda text=text: says(text, "button")), touched), text  # type: ignore[misc]


@pytest.mark.parametrize(
    ("pattern", "text", "touched"),
    [
        (r"(?:read|see)\s+also\b.{0,20}[:>]", "Read also: the storm", True),
        (r"(?:read|see)\s+also\b.{0,20}[:>]", "» See  also: the storm", True),
        (r"(?:read|see)\s+also\b.{0,20}[:>]", "See you also: the storm", False),
        (r".{0,80}\ball\s+rights\s+reserved\b", "2024 Valley Times. All rights reserved", True),
        (r".{0,80}\ball\s+rights\s+reserved\b", "All the rights of the reserve", False),
        (r"関連記事", "関連記事：嵐の後で", True),
        (r"関連記事", "関係者の話", False),
        (r"ayrıca\s+bak\w*", "AYRICA BAKINIZ", True),
        (r"もっと\s*見る", "もっと見る", True),
    ],
)
def test_a_page_is_touched_by_a_phrase_that_one_of_its_texts_begins_with(
    pattern: str, text: str, *, touched: bool
) -> None:
    trace = asked(lambda: [says(each, "button") for each in ("The council met on Tuesday.", text)])
    assert is_touched(trace, phrases_touched(LISTS[PHRASES], with_phrase(pattern))) is touched
    assert is_touched(trace, phrases_touched(with_phrase(pattern), LISTS[PHRASES])) is touched


def test_the_end_of_a_short_line_counts_where_a_phrase_must_be_all_of_it() -> None:
    sold = phrases_touched(LISTS[PHRASES], with_phrase("sold out", "button"))
    assert is_touched(asked(lambda: says("Sold out!", "button")), sold)
    assert not is_touched(asked(lambda: says("Sold outright to a bank, out of need", "button")), sold)


def test_phrases_that_are_only_written_otherwise_touch_nothing() -> None:
    whole = [r"(?:read|see)\s+(?:also|[no]ext)"]
    apart = [r"read\s+also", r"see\s+also", r"(?:see|read)\s+(?:n|o)ext"]
    old, new = (written({"button": {"whole": True, "patterns": each}}) for each in (whole, apart))
    assert phrases_touched(old, new) == []
    assert phrases_touched(LISTS[PHRASES], LISTS[PHRASES] + "\n# a remark\n") == []


@pytest.mark.parametrize(
    "text",
    [
        with_phrase(r".{0,20}\d+"),  # may begin with anything
        with_phrase(r"(storm)\s+\1"),
        with_phrase(r"(?=storm)\w+"),
        with_phrase(r"(?i:storm)"),
        with_phrase(r"\x73torm"),
        with_phrase(r"storm)|(?:x"),
        with_phrase(r"(?:storm"),
        with_phrase("(?:a|b|c|d)(?:a|b|c|d)" * 5),
        written({**GROUPS, "weather": {"whole": True, "patterns": ["storm"]}}),
        written({**GROUPS, "button": {"whole": True, "patterns": []}}),
        written({name: group for name, group in GROUPS.items() if name != "button"}),
        "no phrases",
    ],
)
def test_of_a_change_of_form_nothing_is_said(text: str) -> None:
    assert between(PHRASES, text) is None


def test_of_another_form_of_paywall_words_and_months_nothing_is_said() -> None:
    assert between(PAYWALL, 'phrases = ["to continue"]') is None
    assert between(MONTHS, "[names]\n1 = 2\n") is None
    assert between(MONTHS, "[names]\nFeb = 'may'\n[persian]\n[by_language]\n") is None


# months and paywalls


WORDS = sorted(
    {
        word.replace("_", " ")
        for group in ("names", "persian")
        for line in tomllib.loads(LISTS[MONTHS])[group].values()
        for word in line.split()
    }
)


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_month_that_changed_lists_read_otherwise_is_touched(shipped: Shipped, data: st.DataObject) -> None:
    word = st.sampled_from(WORDS)
    text = LISTS[MONTHS]
    for gone in data.draw(st.lists(word, max_size=4)):
        text = re.sub(rf"(?<=\s){re.escape(gone.replace(' ', '_'))}(?=\s)", "", text)
    added = data.draw(st.lists(st.one_of(word, word.map(str.upper), st.text("абвabcéİ", min_size=1)), max_size=3))
    text = text.replace('3 = """', f'3 = """ {" ".join(each.replace(" ", "_") for each in added)} ', 1)
    for name in data.draw(st.lists(word.filter(str.isalpha), max_size=2)):
        text = (
            text.replace("[by_language.hr]", f"[by_language.hr]\n'{name}' = 4", 1)
            if f"\n{name} =" not in text
            else text
        )
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    touched = months_touched(LISTS[MONTHS], text)
    questions = [
        (asked_word, language)
        for name in data.draw(st.lists(st.one_of(word, st.sampled_from([*added, "lip"])), min_size=1, max_size=20))
        for asked_word in (name, name.upper(), f"ב{name}", f"{name}.")
        for language in (None, "hr", "pl")
    ]
    shipped.use()
    before = [month_named(*question) for question in questions]
    shipped.use({MONTHS: text})
    for question, old in zip(questions, before, strict=True):
        trace = asked(lambda question=question: month_named(*question))  # type: ignore[misc]
        assert month_named(*question) == old or is_touched(trace, touched), question


STUB = paragraphs(
    "The harbour was opened again by the mayor, who spoke for an hour before the", "crowd of the town and"
)


@pytest.mark.parametrize(
    ("phrase", "said", "touched"),
    [
        ("cross the golden bridge", "Now cross the golden bridge with us", True),
        ("cross the golden bridge", "Recross the golden bridges, dear reader", True),  # phrases stand anywhere
        ("cross the golden bridge", "They cross the bridge, and it was gold", False),
        ("黄金の橋", "黄金の橋を渡る人々の話", True),
        ("bridges", "A golden bridge for every reader", True),  # what a word is a part of is not known
    ],
)
def test_a_stub_is_touched_by_a_phrase_that_stands_in_it(phrase: str, said: str, *, touched: bool) -> None:
    page = read(wordpress_page(STUB + f"<p class='paywall'>{said}</p>"))
    whole = read(wordpress_page(paragraphs(*("It was a long evening, said the coach. " * 9 for _ in range(9)), said)))
    assert page is not None
    assert whole is not None
    changed = paywall_touched(LISTS[PAYWALL], without("en = [", f'en = ["{phrase}", ', name=PAYWALL))
    assert (is_touched(page.trace, changed), is_touched(whole.trace, changed)) == (touched, False)


# that what is untouched comes out the same

PAPERS = load_newspapers(edition=1, changed_at=datetime(2026, 11, 1, tzinfo=UTC))
PAGES = [
    *((html, URL) for html in INNOCENT.values()),
    *((each.page(), each.url) for each in variants(29)),
    *((html, URL) for html, _, _ in FORMS.values()),
    *((article_page(paper, article), paper.url_of(article.path)) for paper in PAPERS for article in [*paper.listed()][:4]),
    *((wordpress_page(STUB + f"<p class='paywall'>{said}</p>"), URL) for said in ("Subscribe to read on", "لمتابعة القراءة")),
]  # fmt: skip
SAID = sorted({text.strip() for html, _ in PAGES for text in re.findall(r">([^<>]{2,60})<", html) if text.strip()})
"""What stands on the pages between two tags."""
ALTERNATIVE = re.compile(r"(?<=\|)[^|()\[\]\\]+\||[^|()\[\]\\]+\|(?=[^|()\[\]\\]+\|)")
"""One of some words in a pattern, with the stroke behind it."""


@st.composite
def changed_lists(draw: st.DrawFn) -> dict[str, str]:
    """The shipped lists with entries taken away, put in from the pages, and changed."""
    groups = {name: {**group, "patterns": [*group["patterns"]]} for name, group in GROUPS.items()}
    said = st.sampled_from(SAID).map(lambda text: re.escape(lower(" ".join(text.split()[:4]))).replace(r"\ ", r"\s+"))
    for _ in range(draw(st.integers(0, 3))):
        patterns = groups[draw(st.sampled_from(sorted(groups)))]["patterns"]
        at = draw(st.integers(0, len(patterns) - 1))
        match draw(st.sampled_from(["drop", "drop one", "add", "change"])):
            case "drop" if len(patterns) > 1:
                del patterns[at]
            case "drop one" if found := [*ALTERNATIVE.finditer(patterns[at])]:
                one = draw(st.sampled_from(found))
                patterns[at] = patterns[at][: one.start()] + patterns[at][one.end() :]
            case "add":
                patterns.append(draw(said) + draw(st.sampled_from(["", r"\b.{0,60}", r"\s*[:|>]"])))
            case _:
                patterns[at] = f"(?:{patterns[at]}|{draw(said)})"
    walls = LISTS[PAYWALL]
    for phrase in draw(st.lists(st.sampled_from(sorted(_paywall_phrases())), max_size=9)):
        walls = walls.replace(f'"{phrase}"', '"nobody writes this"')
    if draw(st.booleans()):
        walls = walls.replace("en = [", f"en = [{json.dumps(lower(draw(st.sampled_from(SAID))), ensure_ascii=False)}, ")
    months = LISTS[MONTHS]
    for word in draw(st.lists(st.sampled_from(WORDS), max_size=5)):
        months = months.replace(f" {word} ", " ")
    if draw(st.booleans()):
        months = months.replace("december", "decembre").replace("may ", "mai ")
    return {PHRASES: written(groups), PAYWALL: walls, MONTHS: months}


def _paywall_phrases() -> set[str]:
    return {phrase for phrases in tomllib.loads(LISTS[PAYWALL])["phrases"].values() for phrase in phrases}


@hypothesis_settings(max_examples=15, deadline=None)
@given(changed_lists(), st.data())
def test_what_a_change_does_not_touch_is_read_the_same(
    shipped: Shipped, others: dict[str, str], data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(PAGES), min_size=5, max_size=5, unique=True))
    shipped.use()
    before = [read(*page) for page in chosen]
    shipped.use(others)
    found = WordChange.between(as_kept(LISTS), as_kept({**LISTS, **others}))
    if found is None:
        return
    for page, old in zip(chosen, before, strict=True):
        if old is not None and not found.touches(old.trace):
            new = read(*page)
            assert new is not None
            assert replace(new, extractor=old.extractor) == old
            assert new.trace == old.trace, "what it asks is the same, too"


ZORBULATED = "".join(
    f"<p>Zorbulate {said}, the line and the council of the town said on Tuesday after a long meeting in the hall.</p>"
    for said in ("the ferries of the isles", "a hall for the market", "nobody knows yet who will pay for that hall")
)


def page_of_two(number: int, more: str = "") -> Page:
    story = paragraphs("The harbour was closed for a week after the storm", "Harbour")
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-03-02"}</script>'
    html = f"<html><head><title>Harbour closed</title>{head}</head><body><article><h1>Harbour closed</h1>{story}{more}</article>"
    return Page(url=f"{URL}?page={number}", body=html.encode(), content_type=None, part=number)


@pytest.mark.parametrize("second", [page_of_two(2, ZORBULATED), Page(url=URL, body=b"", content_type=None, part=2)])
def test_a_page_that_does_not_go_on_had_its_say_too(shipped: Shipped, second: Page) -> None:
    lists = {PHRASES: with_phrase("zorbulate\\s+.{0,300}")}
    shipped.use(lists)
    alone = joined([read_page(page) for page in (page_of_two(1), second)]).extraction
    shipped.use()
    whole = joined([read_page(page) for page in (page_of_two(1), second)]).extraction
    assert isinstance(alone, Article)
    assert isinstance(whole, Article)
    assert (len(whole.body) > len(alone.body)) == bool(second.body)
    change = WordChange.between(as_kept({**LISTS, **lists}), as_kept(LISTS))
    assert change is not None
    assert change.touches(alone.trace)


@pytest.mark.parametrize("kept", ["version = 1", "[]", "{}", '{"spam.toml": 1}'])
def test_kept_lists_of_an_unknown_form_compare_with_nothing(kept: str) -> None:
    assert WordChange.between(kept, as_kept(LISTS)) is None


# an archive

CLOSING = {1: "Ring the golden bell for more of our stories.", 2: "Write to the newsroom: courier.example/letters"}


@pytest.fixture
def imported(shipped: Shipped, tmp_path: Path) -> Path:
    shipped.use()
    pages = (story_page(at, *([CLOSING[at]] if at in CLOSING else [])) for at in range(len(STORIES)))
    return import_stories(tmp_path, pages)


@pytest.mark.parametrize(
    ("others", "touched"),
    [
        ({PHRASES: with_phrase(r"(?:ring|hear)\s+the\s+golden\s+bell\b.{0,60}")}, ["story-1"]),
        ({PHRASES: with_phrase("nobody writes this")}, []),
        ({PHRASES: with_phrase("ring the golden bell"), SPAM: LISTS[SPAM] + "\n# a remark\n"}, ["story-1"]),
        ({PAYWALL: without('"this story is for subscribers", ', name=PAYWALL)}, []),
        (
            {MONTHS: without("december ", name=MONTHS)},
            [f"story-{at}" for at in range(len(STORIES))],
        ),  # each is dated so
        ({MONTHS: without("marzo ", name=MONTHS)}, []),
    ],
)
def test_only_touched_articles_are_read_again_and_reading_all_would_give_the_same(
    shipped: Shipped, imported: Path, others: dict[str, str], touched: list[str]
) -> None:
    check_only_touched(shipped, imported, others, touched)


def test_a_new_phrase_is_cut_where_it_stands(shipped: Shipped, imported: Path) -> None:
    shipped.use({PHRASES: with_phrase(r"ring\s+the\s+golden\s+bell\b.{0,60}")})
    assert reread(imported).n_changed == 1
    with closing(sqlite3.connect(imported / "archive.db")) as db:
        assert CLOSING[1] in {row[0] for row in db.execute("SELECT text FROM removals WHERE reason = 'promotion'")}


def test_a_phrase_that_may_begin_with_anything_reads_all_and_says_so(
    shipped: Shipped, imported: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shipped.use({PHRASES: with_phrase(r".{0,40}\d\d\d\d")})
    assert reread(imported).n_read == len(STORIES)
    assert "word lists cannot be compared" in caplog.text


def test_another_judge_reads_everything_again(shipped: Shipped, imported: Path) -> None:
    judge = shipped.folder / "body_judge.json"
    before = judge.read_text(encoding="utf-8")
    judge.write_text(f"{before}\n", encoding="utf-8")
    current_extractor.cache_clear()
    try:
        assert reread(imported).n_read == len(STORIES)
    finally:
        judge.write_text(before, encoding="utf-8")


def test_what_was_read_before_other_lists_were_noted_is_read_once_in_full(shipped: Shipped, imported: Path) -> None:
    with closing(sqlite3.connect(imported / "archive.db")) as db:
        db.execute("UPDATE extractions SET rules = '1-0123abcd-4567cdef'")
        db.execute("INSERT INTO lexicons VALUES ('4567cdef', ?)", (LISTS[SPAM],))
        db.commit()
    assert reread(imported).n_read == len(STORIES)
    assert reread(imported).n_read == 0
    shipped.use({PHRASES: with_phrase("nobody writes this")})
    assert (reread(imported).n_read, reread(imported).n_untouched) == (0, len(STORIES))
