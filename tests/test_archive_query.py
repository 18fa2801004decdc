"""The query language: how what people type is read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.query import MAX_WORDS, phrase, read_query, read_raw


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("kabul flood", '("kabul" AND "flood")'),
        ("kabul AND flood", '("kabul" AND "flood")'),
        ('"kabul flood"', '"kabul flood"'),
        ("“kabul flood”", '"kabul flood"'),
        ("gov*", '"gov" *'),
        ('"new yo"*', '"new yo" *'),
        ("flood -rain", '("flood" NOT ("rain"))'),
        ("flood NOT rain", '("flood" NOT ("rain"))'),
        ('flood -"heavy rain"', '("flood" NOT ("heavy rain"))'),
        ("flood -(rain OR snow)", '("flood" NOT (("rain" OR "snow")))'),
        ("flood OR storm", '("flood" OR "storm")'),
        ("(flood OR storm) kabul", '(("flood" OR "storm") AND "kabul")'),
        ("(a b) OR c", '(("a" AND "b") OR "c")'),
        ("headline:putin", 'headline : "putin"'),
        ("title:putin", 'headline : "putin"'),
        ('author:"jane doe"', 'authors : "jane doe"'),
        ("author:(jane OR joan)", '(authors : "jane" OR authors : "joan")'),
        ("headline: putin", 'headline : "putin"'),
        ("covid-19", '"covid 19"'),
        ("o'neil", '"o neil"'),
        ("2020-03-01", '"2020 03 01"'),
        ("中国", '"中 国"'),
        ("Müller", '("muller" OR "mueller")'),
        ("f(x)", '"f x"'),
        ("-(-a)", '"a"'),
        ("x (-y)", '("x" NOT ("y"))'),
        ("Kabul - Moscow", '("kabul" AND "moscow")'),
        ("a && b", '("a" AND "b")'),
        ("-a AND b", '("b" NOT ("a"))'),
        ("or", '"or"'),
        ("Terminator:Genisys 10:30", '("terminator genisys" AND "10 30")'),
        ("who? where!", '("who" AND "where")'),
    ],
)
def test_a_plain_query_is_read_without_a_note(query: str, match: str) -> None:
    reading = read_query(query)
    assert reading.match == match
    assert reading.note is None


@pytest.mark.parametrize(
    ("query", "match", "note"),
    [
        ("AT&T", '"at t"', "& is not searched: “AT&T” was read as “at t”"),
        ("C++", '"c"', "+ is not searched: “C++” was read as “c”"),
        ("50%", '"50"', "% is not searched: “50%” was read as “50”"),
        ('"open quote', '("open" AND "quote")', "a quote is not closed and was left out; read as: open AND quote"),
        ("a OR b c", '(("a" OR "b") AND "c")', "read as: (a OR b) AND c"),
        ("a OR", '"a"', "OR stands between two words; read as: a"),
        ("OR a", '"a"', "OR stands between two words; read as: a"),
        ("a OR -b", '("a" NOT ("b"))', "what is excluded cannot stand beside OR; read as: a NOT b"),
        ("a)", '"a"', None),
        (")a", '"a"', "a bracket too many was left out; read as: a"),
        ("a 😀", '"a"', "nothing in “😀” can be searched"),
        ("site:bbc.com", '"site bbc com"', "site: is no field of a query; --source filters"),
        ("a AND", '"a"', "AND stands between two words; read as: a"),
        ("AND a", '"a"', "AND stands between two words; read as: a"),
        ("a AND OR b", '("a" OR "b")', "AND stands between two words; read as: a OR b"),
        ("a NOT", '"a"', "NOT stands before a word; read as: a"),
        ("headline:", '"headline"', "nothing stands behind headline:, so that it was searched as a word"),
        ("Source:bbc", '"source bbc"', "source: is no field of a query; --source filters"),
        ("foo:bar", '"foo bar"', "foo: is no field of a query: “foo:bar” was read as “foo bar”"),
        ("a or b", '("a" AND "or" AND "b")', "“or” is searched as a word; OR is written in capitals"),
        (
            "flood w/5 kabul",
            '("flood" AND "w 5" AND "kabul")',
            "nearness is for --raw, as NEAR(one two, 5): “w/5” was read as “w 5”",
        ),
        (
            "NEAR(a b)",
            '("near a" AND "b")',
            "nearness is for --raw, as NEAR(one two, 5): “NEAR(a” was read as “near a”",
        ),
        ("wom?n", '"wom n"', "? is not searched: “wom?n” was read as “wom n”"),
        ("{a", '"a"', "{ is not searched: “{a” was read as “a”"),
        ("😀", None, "nothing in “😀” can be searched"),
        ("*", None, "nothing in “*” can be searched"),
        ("--", None, "the query has no word or number to search for"),
    ],
)
def test_how_a_doubtful_query_is_read_is_said(query: str, match: str | None, note: str | None) -> None:
    reading = read_query(query)
    assert (reading.match, reading.note) == (match, note)


@pytest.mark.parametrize("query", ["", "   ", "\0", "\n"])
def test_a_blank_query_means_all(query: str) -> None:
    assert read_query(query).everything
    assert read_raw(query).everything


def test_a_query_that_only_excludes_is_kept_as_that() -> None:
    reading = read_query("-rain -snow")
    assert (reading.match, reading.exclude) == (None, '"rain" OR "snow"')


def test_a_url_is_offered_as_an_address() -> None:
    assert read_query(" https://example.org/a?b=1 ").address == "https://example.org/a?b=1"
    assert read_query("see https://example.org/a").address is None


def test_a_long_query_is_cut_and_says_so() -> None:
    reading = read_query("word " * 2000)
    assert reading.match is not None
    assert reading.match.count("word") == MAX_WORDS
    assert reading.note == f"only the first {MAX_WORDS} words are searched"


def test_brackets_without_end_are_no_recursion_without_end() -> None:
    reading = read_query("(" * 10_000 + "a")
    assert reading.match == '"a"'
    assert "brackets within brackets were left out" in (reading.note or "")


def test_a_field_option_applies_where_the_query_names_none() -> None:
    assert read_query("a author:b", field="headline").match == '(headline : "a" AND authors : "b")'


def test_raw_syntax_passes_as_it_is_and_its_words_are_marked() -> None:
    reading = read_raw('headline : NEAR("one two" three) NOT fo*', field="body")
    assert reading.match == 'body : (headline : NEAR("one two" three) NOT fo*)'
    assert [(term.spellings, term.prefix) for term in reading.terms] == [
        ((("one", "two"),), False),
        ((("three",),), False),
        ((("fo",),), True),
    ]


def test_a_phrase_of_no_words_is_none() -> None:
    assert phrase("?!") is None
    assert phrase("Jane Doe") == '"jane doe"'


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from('ab "()*-:|&ORNT中é\0😀'), max_size=40) | st.text())
def test_a_reading_quotes_every_word(query: str) -> None:
    reading = read_query(query)
    for expression in (reading.match, reading.exclude):
        assert expression is None or expression.count('"') % 2 == 0
