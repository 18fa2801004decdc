"""Snippets are cut from the stored text, with the matched words marked, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.query import read_query
from archive.snippets import SNIPPET, Snippet, find_matches, make_snippet, mark


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[start:end] for start, end in snippet.marks]


@pytest.mark.parametrize(
    ("query", "body", "words"),
    [
        ("flood", "The FLOOD rose.", ["FLOOD"]),
        ("strasse", "Die Straße ist zu.", ["Straße"]),
        ("mueller", "Herr Müller kam.", ["Müller"]),
        ("istanbul", "İSTANBUL’da yağmur", ["İSTANBUL"]),
        ("洪水", "北京市发生洪水，", ["洪水"]),
        ("น้ำท่วม", "เกิดน้ำท่วมหนัก", ["น้ำท่วม"]),
        ("علي كتاب", "علی یک کتاب دارد", ["علی", "کتاب"]),
        ("میرود", "او می‌رود خانه", ["می‌رود"]),
        ("محمد", "قال مُحَمَّد ذلك", ["مُحَمَّد"]),
        ('"o\'neil said"', "Then O’Neil said no.", ["O’Neil said"]),
        ("gov*", "Governments govern.", ["Governments", "govern"]),
        ('"new yo"*', "In New York", ["New York"]),
        ("covid-19", "COVID 19 and COVID–19", ["COVID 19", "COVID–19"]),
        ("a -b", "a b", ["a"]),
        ("headline:a b", "a b", ["b"]),
    ],
)
def test_matched_words_are_marked(query: str, body: str, words: list[str]) -> None:
    assert marked(make_snippet(body, "", read_query(query).terms)) == words


def test_a_snippet_holds_the_most_terms() -> None:
    body = f"kabul {'filler ' * 100}. The flood in Kabul destroyed houses. {'filler ' * 100}"
    snippet = make_snippet(body, "", read_query("kabul flood").terms)
    assert marked(snippet) == ["flood", "Kabul"]
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")
    assert len(snippet.text) <= SNIPPET + 4


def test_white_space_is_folded_and_marks_follow() -> None:
    snippet = make_snippet("One\n\n  two\tthree", "", read_query('"two three"').terms)
    assert snippet == Snippet(text="One two three", marks=((4, 13),))


def test_a_hit_in_the_description_shows_the_description() -> None:
    assert make_snippet("body", "what it says", read_query("says").terms).text == "what it says"


def test_a_hit_by_the_headline_alone_shows_the_beginning() -> None:
    assert make_snippet("The body.", "lead", read_query("nowhere").terms) == Snippet(text="The body.")


def test_a_headline_is_marked_whole() -> None:
    assert mark("Flood in  Kabul", read_query("kabul").terms, column="headline") == Snippet(
        text="Flood in Kabul", marks=((9, 14),)
    )


@given(st.text(max_size=600), st.text(max_size=20))
def test_marks_lie_in_order_within_the_snippet(body: str, query: str) -> None:
    snippet = make_snippet(body, "", read_query(query).terms)
    at = 0
    for start, end in snippet.marks:
        assert at <= start < end <= len(snippet.text)
        at = end
    assert "\n" not in snippet.text


PLAIN = st.text("abAB01 _-.'\u2019\u201c\u00a0\n\0\x1f\u20ac", max_size=60)


@given(PLAIN, st.lists(st.text("abAB01-'* ", max_size=6), min_size=1, max_size=3), st.booleans())
def test_a_text_of_plain_letters_has_the_matches_that_it_has_beside_a_foreign_word(
    body: str, asked: list[str], quoted: bool
) -> None:
    query = " ".join(f'"{part}"' for part in asked) if quoted else " ".join(asked)
    terms = read_query(f"{query} é").terms  # asked for, so that it is no part of what is compared
    plain, foreign = (
        {
            (match.start, match.end, match.term)
            for match in find_matches(text, terms, column="body")
            if match.end <= len(body)
        }
        for text in (body, f"{body} \u010d")
    )
    assert plain == foreign
