"""Text on a terminal: how wide it is."""

import re

from wcwidth import wcwidth

from archive.text import NARROW, cells, shorten


def test_what_is_counted_without_a_table_is_what_the_table_counts() -> None:
    narrow = [chr(code) for code in range(0x10000) if re.fullmatch(f"[{NARROW}]", chr(code))]
    assert {"a", "é", "Ω", "ж", "–", "…", "“"} <= set(narrow)
    assert {wcwidth(character) for character in narrow} == {1}
    assert cells("„Größe“ – 日本") == 14
    assert cells("a\tb") == 3


def test_a_cut_text_keeps_within_its_width() -> None:
    assert shorten("Der „Größte“ unter den Häfen", 12) == "Der „Größte…"
    assert shorten("日本の新聞", 7) == "日本の…"
