"""Snippets: the place in a stored text where a query's words stand, in every script, with the spans to mark.

Owns matching of query terms against stored text, for `search`, `kwic` and the web pages. Pure. The index holds folded,
split text; what a reader sees is cut from the text as it is stored.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from archive.fold import words
from archive.query import Term

Span = tuple[int, int]

SNIPPET = 240
"""Length of a snippet in characters; half as many of the wide ones."""

_MAX_TEXT = 200_000
_STEPS = (1500, 6000, _MAX_TEXT)
_SPACE = re.compile(r"\s+")
_PLAIN = re.compile(
    "[\x00-\x7f\u00a0-\u00a9\u00ab\u00ac\u00ae-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]*"
)
"""ASCII, and signs that are part of no word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Plain text on one line; `marks` are the spans `text[start:end]` that match the query."""

    text: str
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a term stands in a text."""

    start: int
    end: int
    term: int
    """The term's place in the query."""


def find_matches(text: str, terms: Sequence[Term], *, column: str) -> list[Match]:
    """Find every place where a term stands in a text of this column, in order."""
    runs = [
        _Run(words=way, number=number, prefix=term.prefix)
        for number, term in enumerate(terms)
        if term.column in (None, column)
        for way in term.spellings
    ]
    if not runs:
        return []
    text = text[:_MAX_TEXT]
    matches = (
        _plain_matches(text.lower(), runs) if text.isascii() or _PLAIN.fullmatch(text) else _folded_matches(text, runs)
    )
    return sorted(matches, key=lambda match: (match.start, -match.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Folded words in a row, of the term with this number; with `prefix` the last one is the beginning of a word."""

    words: tuple[str, ...]
    number: int
    prefix: bool


def _plain_matches(text: str, runs: Sequence[_Run]) -> Iterator[Match]:
    """Find runs in a text in which words are runs of ASCII letters and digits, in lower case: many times as fast."""
    for run in runs:
        whole, first = _pattern(run.words, run.prefix), run.words[0]
        at = text.find(first)
        while at >= 0:
            if found := whole.match(text, at):
                yield Match(start=at, end=found.end(), term=run.number)
            at = text.find(first, at + 1)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...], prefix: bool) -> re.Pattern[str]:  # noqa: FBT001 (a cache's key)
    within = r"[\W_]+".join(map(re.escape, words))
    return re.compile(rf"(?<![^\W_]){within}" + (r"[^\W_]*" if prefix else r"(?![^\W_])"))


def _folded_matches(text: str, runs: Sequence[_Run]) -> Iterator[Match]:
    by_first: dict[str, list[_Run]] = {}
    prefixes: list[_Run] = []
    for run in runs:
        if run.prefix and len(run.words) == 1:
            prefixes.append(run)
        else:
            by_first.setdefault(run.words[0], []).append(run)
    found = list(words(text))
    for at, (word, start, end) in enumerate(found):
        for run in by_first.get(word, ()):
            if len(run.words) == 1 or _stands(found, at, run.words, prefix=run.prefix):
                yield Match(start=start, end=max(end, found[at + len(run.words) - 1][2]), term=run.number)
        for run in prefixes:
            if word.startswith(run.words[0]):
                yield Match(start=start, end=end, term=run.number)


def _stands(found: list[tuple[str, int, int]], at: int, way: tuple[str, ...], *, prefix: bool) -> bool:
    if at + len(way) > len(found):
        return False
    *whole, last = (word for word, _, _ in found[at : at + len(way)])
    return tuple(whole) == way[:-1] and (last.startswith(way[-1]) if prefix else last == way[-1])


def spans(matches: Iterable[Match]) -> tuple[Span, ...]:
    """Give the matches as spans in order, those that touch or overlap as one."""
    merged: list[Span] = []
    for match in matches:
        if merged and match.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], match.end))
        else:
            merged.append((match.start, match.end))
    return tuple(merged)


def mark(text: str, terms: Sequence[Term], *, column: str) -> Snippet:
    """Give the whole of a short text, such as a headline, on one line with its matches marked."""
    return _on_one_line(text, 0, len(text), spans(find_matches(text, terms, column=column)))


def make_snippet(body: str, description: str, terms: Sequence[Term], *, length: int = SNIPPET) -> Snippet:
    """Cut the stretch of the body (else of the description) in which the most terms stand, the first of such.

    A hit by its headline or author alone has the beginning of its body.
    """
    for text, column in ((body, "body"), (description, "description")):
        if matches := _first_matches(text, terms, column=column):
            fitting = length // 2 if _is_wide(text[matches[0].start]) else length
            start = _window(text, matches, fitting)
            return _on_one_line(text, start, _end(text, start, fitting), spans(matches))
    text = body or description
    return _on_one_line(text, 0, _end(text, 0, length // 2 if any(map(_is_wide, text[:40])) else length), ())


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _first_matches(text: str, terms: Sequence[Term], *, column: str) -> list[Match]:
    """Find matches up to where all terms have stood, so that a long text is read no further than needed."""
    wanted = {number for number, term in enumerate(terms) if term.column in (None, column)}
    for size in _STEPS:
        end = (
            len(text) if len(text) <= size else max(text.rfind(" ", size // 2, size), text.rfind("\n", size // 2, size))
        )
        matches = find_matches(text[: end if end > 0 else size], terms, column=column)
        if end == len(text) or {match.term for match in matches} == wanted:
            break
    return matches


def _window(text: str, matches: list[Match], length: int) -> int:
    """Choose where the snippet begins: so that it holds the most different terms, with some words before the first."""
    best, best_start = 0, 0
    last = 0
    held: dict[int, int] = {}
    for first in matches:
        while last < len(matches) and (matches[last].end - first.start <= length * 3 // 4 or matches[last] is first):
            held[matches[last].term] = held.get(matches[last].term, 0) + 1
            last += 1
        if len(held) > best:
            best, best_start = len(held), first.start
        held[first.term] -= 1
        if not held[first.term]:
            del held[first.term]
    before = max(0, best_start - length // 4)
    if before == 0 or len(text) <= length:
        return 0
    return _word_start(text, before, best_start)


def _word_start(text: str, at: int, limit: int) -> int:
    """Move `at` forward to the start of a sentence or, failing that, of a word; never beyond `limit`."""
    sentence = re.compile(r"(?<=[.!?…。！？؟।])[\s”»\"]+|(?<=[。！？])|\n+").search(text, at, limit)
    if sentence:
        return sentence.end()
    space = _SPACE.search(text, at, limit)
    return space.end() if space and space.start() - at < 40 else _whole(text, at)


def _end(text: str, start: int, length: int) -> int:
    end = start + length
    if end >= len(text):
        return len(text)
    space = max(text.rfind(" ", start, end + 1), text.rfind("\n", start, end + 1))
    return space if space > end - 40 else _whole(text, end)


def _whole(text: str, at: int) -> int:
    """Never cut between a letter and the marks that cling to it."""
    while at < len(text) and not text[at].isspace() and not text[at].isalnum() and not text[at].isascii():
        at += 1
    return at


def _on_one_line(text: str, start: int, end: int, marks: Iterable[Span]) -> Snippet:
    """Cut `text[start:end]`, fold its white space and shift the marks along."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    parts = ["… "] if start > 0 else []
    length = len(parts[0]) if parts else 0
    shifted: list[Span] = []
    at = start
    for first, last in marks:
        if last <= start or first >= end:
            continue
        for piece, marked in ((text[at : max(first, at)], False), (text[max(first, at) : min(last, end)], True)):
            folded = _SPACE.sub(" ", piece)
            if marked and folded:
                shifted.append((length, length + len(folded)))
            parts.append(folded)
            length += len(folded)
        at = min(last, end)
    parts.append(_SPACE.sub(" ", text[at:end]))
    if end < len(text.rstrip()):
        parts.append(" …")
    return Snippet(text="".join(parts), marks=tuple(shifted))
