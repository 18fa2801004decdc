"""Folding: spellings that people take for the same word meet in the index."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.fold import fold, spellings, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("café", "cafe\u0301"),
        ("Ångström", "angstrom"),
        ("Łódź", "lodz"),
        ("Ёлка", "елка"),
        ("за\u0301мок", "замок"),
        ("ΆΘΛΗΜΑΣ", "αθλημας"),
        ("п’ять", "п\u02bcять"),
        ("o’neil", "o'neil"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("ﾊﾞｽ", "バス"),
        ("soft\u00adhyphen", "softhyphen"),
        ("علی", "علي"),
        ("کتاب", "كتاب"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("أحمد", "احمد"),
        ("مدرسة", "مدرسه"),
        ("ہندوستان", "هندوستان"),
        ("ګډون", "گډون"),
        ("سماء", "سما"),
        ("٢٠٢٤", "2024"),
        ("۲۰۲۴", "2024"),
        ("ज़मीन", "जमीन"),
        ("น\u0e4d\u0e49า", "น้ำ"),
    ],
)
def test_spellings_of_one_word_fold_to_the_same_text(one: str, other: str) -> None:
    assert fold(one).split() == fold(other).split()


@pytest.mark.parametrize(("one", "other"), [("мой", "мои"), ("ка", "га"), ("کم", "گم"), ("কড", "কঢ")])
def test_letters_that_tell_words_apart_stay(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_scripts_without_spaces_are_split_by_character() -> None:
    assert fold("中华ABC").split() == ["中", "华", "abc"]
    assert fold("ปีใหม่ ๒๕๖๗").split() == ["ปี", "ใ", "ห", "ม่", "2567"]
    assert fold("대통령이").split() == ["대", "통", "령", "이"]


def test_a_half_space_is_indexed_split_and_joined() -> None:
    assert fold("می‌رود خانه").split() == ["مي", "رود", "خانه", "ميرود"]
    assert spellings("می‌رود") == ("مي رود", "ميرود")


def test_an_umlaut_is_also_searched_as_it_is_written_out() -> None:
    assert set(spellings("Müller")) == {"muller", "mueller"}
    assert set(spellings("Mueller")) == {"muller", "mueller"}


@pytest.mark.parametrize(
    ("half", "dotted"),
    [
        ("हिन्दी", "हिंदी"),
        ("सम्पर्क", "संपर्क"),
        ("सम्मान", "संमान"),
        ("सम्मेलन", "संमेलन"),
        ("जन्नत", "जंनत"),
        ("अण्डा", "अंडा"),
        ("गङ्गा", "गंगा"),
    ],
)
def test_a_half_nasal_in_devanagari_is_also_searched_as_a_dot_and_the_other_way(half: str, dotted: str) -> None:
    assert set(spellings(half)) == set(spellings(dotted)) == {half, dotted}


@pytest.mark.parametrize("word", ["जन्म", "संयम", "संसद", "अन्य"])
def test_what_is_no_nasal_of_its_own_row_stays(word: str) -> None:
    assert spellings(word) == (word,)


@pytest.mark.parametrize("word", ["Steuer", "Israel", "Samuel", "Quelle", "does", "blue", "neue"])
def test_vowels_that_are_no_umlaut_stay(word: str) -> None:
    assert spellings(word) == (word.lower(),)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_what_is_folded_can_be_stored(text: str) -> None:
    folded = fold(text)
    assert "\0" not in folded
    folded.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "Der Präsident (O’Neil) sagte: 50%, AT&T!",
        "中华人民共和国ABC、2024年。",
        "ประธานาธิบดีกล่าวว่า น้ำท่วมปี ๒๕๖๗",
        "رئیس‌جمهور گفت: «می‌رود»، نه؟",
        "राष्ट्रपति ने कहा।",
        "Ünlü İstanbul’da ısrar",
    ],
)
def test_words_are_those_of_the_index(text: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE t USING fts5(x, tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co M*'\")"
    )
    db.execute("INSERT INTO t VALUES (?)", (fold(text),))
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    indexed = [row[0] for row in db.execute("SELECT term FROM v ORDER BY offset")]
    db.close()
    assert [word for word, _, _ in words(text)] == indexed


def test_words_know_where_they_stand_in_the_stored_text() -> None:
    text = "In ISTANBUL’da Straße"
    assert [text[start:end] for _, start, end in words(text)] == ["In", "ISTANBUL", "da", "Straße"]
