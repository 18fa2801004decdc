import random

import pytest

from archive.fingerprint import signature
from benchmarks.near_duplicates import EDITS, Text, are_found, halves, nearest, signed

CHOICES = random.Random(5)
WORDS = [f"word{n}" for n in range(3000)]


def report(n_paragraphs: int = 9) -> str:
    return "\n\n".join(" ".join(CHOICES.choices(WORDS, k=40)) + "." for _ in range(n_paragraphs))


def text(body: str) -> Text:
    made = signature(body)
    assert made is not None
    return Text(body=body, signature=made)


@pytest.mark.parametrize("name", EDITS)
def test_each_edit_changes_a_text_that_is_still_found(name: str) -> None:
    body = report()
    copy = EDITS[name](body, random.Random(1), WORDS)
    assert copy != body
    assert are_found(signed(body), signed(copy))


def test_a_tenth_of_the_words_is_a_tenth() -> None:
    body = report()
    copy = EDITS["10 % of the words edited"](body, random.Random(1), ["new"])
    assert copy.split(" ").count("new") == len(body.split(" ")) // 10


def test_two_reports_of_one_event_share_a_paragraph_and_are_not_taken_for_copies() -> None:
    parts = halves(report())
    assert parts is not None
    one, other = (set(part.split("\n\n")) for part in parts)
    assert len(one & other) == 2, "a quotation and the boilerplate"
    assert not are_found(*map(signed, parts))
    assert halves("Too short.") is None


def test_a_copy_is_no_neighbour() -> None:
    body = report()
    corpus = [text(body), text(body + "\n\nMore of it."), text(report() + " " + " ".join(body.split()[:20]))]
    assert corpus[1] not in [other for one, other, _ in nearest(corpus) if one is corpus[0]]
