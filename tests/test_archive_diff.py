import time

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.diff import Side, Text, compare, rendered, side_of

texts = st.text("abc. \n世界", max_size=60)


@given(texts, texts)
def test_a_difference_gives_both_texts_back(old: str, new: str) -> None:
    difference = compare(Text(headline="h", body=old), Text(headline="h", body=new))
    pieces = [piece for paragraph in difference.body for piece in paragraph]
    assert side_of(pieces, Side.OLD) == old
    assert side_of(pieces, Side.NEW) == new
    assert difference.same == (old == new)


def test_an_edit_of_the_headline_is_told_apart_from_one_of_the_body() -> None:
    body = "One.\n\nTwo."
    assert compare(Text(headline="a", body=body), Text(headline="b", body=body)).what == "headline"
    assert compare(Text(headline="a", body=body), Text(headline="a", body=body + " More.")).what == "body"
    assert compare(Text(headline="a", body=body), Text(headline="b", body="Other.")).what == "headline, body"
    assert compare(Text(headline="a", body=body), Text(headline="a", body=body)).what == "nothing"


def test_quotes_spaces_and_case_are_cosmetic() -> None:
    difference = compare(Text(headline="A “b”", body="x  y"), Text(headline='A "B"', body="x y"))
    assert difference.what == "headline (cosmetic), body (cosmetic)"
    assert difference.cosmetic


STORY = (
    "The mayor said on Monday that ten ovens were lit in the bakers' row.\n\nThe roof is of steel and glass, he said."
)


def test_a_few_words_replaced_in_their_places_are_a_correction() -> None:
    def what(new: str) -> str:
        return compare(Text(headline="a", body=STORY), Text(headline="a", body=new)).what

    assert what(STORY.replace("ten", "twelve")) == "body (correction)"
    assert what(STORY.replace("of steel", "of the best steel that there is")) == "body"
    assert what(STORY + "\n\nIt rained.") == "body"
    assert what("Something else was written here, and of quite another length.") == "body"


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: the roof is of wood.",
        "This article was corrected on 3 March; the roof is of wood.",
        "An earlier version of this article said that the roof was of steel.",
        "Korrektur (3. März): Das Dach ist aus Holz.",
        "In einer früheren Version hieß es, das Dach sei aus Stahl.",
        "تصحیح: سقف از چوب است.",
        "【訂正】屋根は木です。",
        "更正：屋顶是木头的。",
        "Исправление: крыша деревянная.",
    ],
)
def test_an_announced_correction_is_told_from_an_update(notice: str) -> None:
    old = Text(headline="a", body=STORY)
    new = Text(headline="a", body=f"{STORY}\n\n{notice}")
    difference = compare(old, new)
    assert (difference.what, difference.notice) == ("body (correction)", notice)
    assert f"the page announces it: {notice}" in rendered(difference, words=True)
    assert compare(new, Text(headline="a", body=new.body + "\n\nMore of it.")).what == "body"


@pytest.mark.parametrize(
    "line", ["A correction of prices followed.", "The correction officer said: no.", "تصحیح نامه‌ای نبود"]
)
def test_a_word_like_correction_is_no_notice(line: str) -> None:
    assert compare(Text(headline="a", body=STORY), Text(headline="a", body=f"{STORY}\n\n{line}")).what == "body"


def test_words_are_counted_in_every_script() -> None:
    difference = compare(Text(headline=None, body="北京五月"), Text(headline=None, body="北京六月 now"))
    assert (difference.n_words_added, difference.n_words_removed) == (2, 1)


def test_by_word_an_edit_is_marked_in_its_sentence() -> None:
    difference = compare(
        Text(headline="Flood kills 10", body="Rain fell.\n\nMany fled."),
        Text(headline="Flood kills 12", body="Rain fell.\n\nSome fled."),
    )
    text = click.unstyle(rendered(difference, words=True))
    assert "Headline\n  Flood kills [-10-]{+12+}\n" in text
    assert "  [-Many-]{+Some+} fled.\n" in text
    assert "changed: headline, body; 2 words added, 2 removed" in text


def test_by_word_a_number_is_one_word_and_its_grouping_is_cosmetic() -> None:
    old, new = (
        Text(headline=None, body=f"It saves {amount} crowns at {time}.")
        for amount, time in (("180,000", "10:30"), ("95,000", "11:30"))
    )
    difference = compare(old, new)
    assert "saves [-180,000-]{+95,000+} crowns at [-10:30-]{+11:30+}." in click.unstyle(
        rendered(difference, words=True)
    )
    assert (difference.n_words_added, difference.n_words_removed) == (2, 2)
    assert compare(Text(headline="1,400", body=""), Text(headline="1.400", body="")).what == "headline (cosmetic)"


def test_by_word_texts_with_little_in_common_are_shown_whole() -> None:
    old, new = "The early boat stays as it is.", "After a count was corrected, trustees keep the late crossing."
    text = click.unstyle(rendered(compare(Text(headline=None, body=old), Text(headline=None, body=new)), words=True))
    assert f"[-{old}-]{{+{new}+}}" in text


def test_by_word_neighbouring_changes_are_one() -> None:
    old, new = "The harbour trust kept two boats on the river.", "The harbour trust kept one ferry on the river."
    text = click.unstyle(rendered(compare(Text(headline=None, body=old), Text(headline=None, body=new)), words=True))
    assert "kept [-two boats-]{+one ferry+} on" in text


def test_by_line_old_and_new_stand_below_each_other_with_colours() -> None:
    difference = compare(Text(headline="h", body="Same.\n\nOld words."), Text(headline="h", body="Same.\n\nNew words."))
    text = rendered(difference, words=False)
    assert click.style("- Old words.", fg="red") in text
    assert click.style("+ New words.", fg="green") in text
    assert "Headline" not in text


def test_unchanged_lines_far_from_an_edit_are_counted_not_shown() -> None:
    lines = [f"Line {n}." for n in range(20)]
    old, new = "\n".join(lines), "\n".join([*lines[:-1], "Changed."])
    text = click.unstyle(rendered(compare(Text(headline=None, body=old), Text(headline=None, body=new)), words=False))
    assert "… 18 unchanged lines …" in text
    assert "Line 3." not in text


@pytest.mark.parametrize("words", [True, False])
def test_control_characters_of_a_page_are_shown(words: bool) -> None:
    difference = compare(Text(headline="\x1b[2Ja", body="\x9bb"), Text(headline="\x1b[2Jc", body="\x9bd"))
    assert "\x9b" not in rendered(difference, words=words)
    assert "\x1b[2J" not in rendered(difference, words=words)


@pytest.mark.parametrize(
    ("old", "new"),
    [("a " * 20_000, "b a " * 15_000), ("x\n" * 5_000, "y\nx\n" * 4_000), ("ab " * 9_000, "cd " * 9_000)],
)
def test_a_hostile_text_is_compared_in_seconds(old: str, new: str) -> None:
    began = time.process_time()
    compare(Text(headline=None, body=old), Text(headline=None, body=new))
    assert time.process_time() - began < 10
