"""What of a query had to be guessed, in the words in which it is said.

Owns the note beside a search. Refuses to decide how a query is read: that is archive/query.py.
"""

import re

from archive.fold import words

_OPTIONS = {"source": "--source", "site": "--source", "lang": "--lang", "language": "--lang", "since": "--since",
            "until": "--until", "after": "--since", "before": "--until"}  # fmt: skip
_NOT_SEARCHED = re.compile(r"[+%#@$*=<>^~\\&|{}©®™€£¥°§]|(?<=\w)[?!](?=\w)")
"""Signs that someone may have meant; that a comma is not searched surprises nobody."""

_FIELD = re.compile(r"([A-Za-z]{2,}):(?!//)(.*)", re.DOTALL)
_NEARNESS = re.compile(r"NEAR(?=[(/]|$)|(?i:(?:w|n|pre|near)/\d+$|near\d+$)")
"""What FTS5, LexisNexis and Factiva know, and a plain query does not."""


class Doubts:
    """What had to be guessed, and whether the whole reading is worth saying."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.show_reading = False

    def add(self, what: str, *, show_reading: bool = True) -> None:
        """Note a doubt, once."""
        if what not in self.said:
            self.said.append(what)
        self.show_reading = self.show_reading or show_reading

    def note(self, reading: object | None) -> str | None:
        """Give all that is to be said, with the whole reading where that helps."""
        read = [shortened(f"read as: {reading}", 300)] if reading is not None and self.show_reading else []
        return "; ".join(self.said + read) or None

    def of_text(self, text: str) -> None:
        """Say which sign of a word or phrase is not searched."""
        if lost := _NOT_SEARCHED.search(text):
            self.add(f"{lost[0]} is not searched: {_read_as(text)}", show_reading=False)

    def of_word(self, text: str, *, first: bool) -> None:
        """Say what in a word may have been meant as more than a word; `first`: no word stands before it."""
        if text in ("or", "not") and not first:
            self.add(f"{quoted(text)} is searched as a word; {text.upper()} is written in capitals", show_reading=False)
        elif _NEARNESS.match(text):
            self.add(f"nearness is for --raw, as NEAR(one two, 5): {_read_as(text)}", show_reading=False)
        elif found := _FIELD.match(text):
            self._of_field(text, found[1], found[2])

    def _of_field(self, text: str, name: str, value: str) -> None:
        if not value:
            self.add(f"nothing stands behind {text}, so that it was searched as a word", show_reading=False)
        elif name.lower() in _OPTIONS:
            name = name.lower()
            self.add(f"{name}: is no field of a query; {_OPTIONS[name]} filters", show_reading=False)
        elif name.islower():  # Terminator:Genisys is a name
            self.add(f"{name}: is no field of a query: {_read_as(text)}", show_reading=False)


def _read_as(text: str) -> str:
    return f"{quoted(text)} was read as {quoted(' '.join(word for word, _, _ in words(text[:100])))}"


def shortened(text: str, length: int) -> str:
    """Cut a text that is long; the mark of it counts."""
    return text if len(text) <= length else text[: length - 1] + "…"


def quoted(text: str) -> str:
    """Quote what was typed, cut where it is long."""
    return f"“{shortened(text, 40)}”"
