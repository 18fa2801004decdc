"""The words of injected spam, read from data/spam.toml once a process, and found in a text in one pass.

Owns the matching of terms, topics, shapes, fillers and host labels. A pattern is compiled for the first text that needs it.
Gives what it found; weighs nothing (evidence.py). It is the only door to the lexicon, and what is asked here is noted (trace.py).
"""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import compress, pairwise
from typing import Any

from pipelines.clean.hosts import own_label, site_of
from pipelines.clean.trace import listener
from pipelines.word_lists import SPAM, shipped

_WORD = re.compile(r"\w+")
_JOINED = re.compile("[\u0900-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FIRST_JOINED = "\u0900"
_SPACE = re.compile(r"\s+")
_LONG_ENOUGH = 9
_LABEL = 63  # characters (RFC 1035)
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A term, or a topic, of a trade in a text."""

    trade: str
    is_term: bool
    """A term, which only sellers write; else a topic."""
    start: int
    end: int


def fold(text: str) -> str:
    """Fold a text for matching: compatibility forms, case, what is invisible."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text)
    return _INVISIBLE.sub("", plain).casefold()


class Lexicon:
    """A lexicon by its text; what the parts of one of another form raise is the parser's."""

    def __init__(self, text: str) -> None:
        self._trades: dict[str, Any] = {
            name: trade for name, trade in tomllib.loads(text).items() if isinstance(trade, dict)
        }

    @cached_property
    def written(self) -> tuple[dict[str, dict[tuple[str, ...], tuple[str, bool]]], dict[str, tuple[str, bool]]]:
        """The phrases, each with its trade and whether it is a term: by first word, longest first, and those of joined scripts."""
        spaced: dict[str, dict[tuple[str, ...], tuple[str, bool]]] = {}
        joined: dict[str, tuple[str, bool]] = {}
        for name, trade in self._trades.items():
            for phrase, is_term in _phrases(trade):
                if _JOINED.search(phrase):
                    joined["".join(phrase.split())] = (name, is_term)
                else:
                    first, *rest = _WORD.findall(phrase)
                    spaced.setdefault(first, {}).setdefault(tuple(rest), (name, is_term))
        return {
            first: dict(sorted(found.items(), key=lambda item: -len(item[0]))) for first, found in spaced.items()
        }, joined

    @cached_property
    def joined(self) -> re.Pattern[str]:
        """The phrases of joined scripts."""
        words = sorted(self.written[1], key=len, reverse=True)
        return re.compile("|".join(r"\s*".join(map(re.escape, each)) for each in words))

    @cached_property
    def squeezed(self) -> dict[str, str]:
        """The trades of terms of two words and more, written as one: in a host's label."""
        found: dict[str, str] = {}
        for first, phrases in self.written[0].items():
            for rest, (name, is_term) in phrases.items():
                squeezed = first + "".join(rest)
                if is_term and rest and squeezed.isascii() and len(squeezed) >= _LONG_ENOUGH:
                    found.setdefault(squeezed, name)
        return found

    @cached_property
    def shapes(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Patterns of single words with a number in them, by trade."""
        return tuple((name, re.compile(shape)) for name, trade in self._trades.items() for shape in trade["shapes"])

    @cached_property
    def fillers(self) -> dict[str, frozenset[str]]:
        """What sellers write around the terms, by trade."""
        return {
            name: frozenset(word for filler in trade["fillers"] for word in _WORD.findall(fold(filler)))
            for name, trade in self._trades.items()
        }

    @cached_property
    def any_host(self) -> re.Pattern[str]:
        """Every pattern of a host's label."""
        kinds = ("hosts", "host_topics")
        return re.compile(
            "|".join(source for trade in self._trades.values() for kind in kinds for source in trade[kind])
        )

    @cached_property
    def hosts(self) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
        """By trade: patterns of labels that no paper links to, and of ones that some do."""
        return tuple(
            (name, re.compile("|".join(trade["hosts"])), re.compile("|".join(trade["host_topics"])))
            for name, trade in self._trades.items()
        )

    def trade_of_shape(self, word: str) -> str | None:
        """Give the trade of a word with a number in it."""
        return next((name for name, shape in self.shapes if shape.fullmatch(word)), None)

    def spelled_in(self, label: str) -> str | None:
        """Give the trade of a term that a label spells without spaces."""
        squeezed, terms = label.replace("-", "")[:_LABEL], self.squeezed
        spans = (
            (start, end) for start in range(len(squeezed)) for end in range(len(squeezed), start + _LONG_ENOUGH - 1, -1)
        )
        return next((terms[squeezed[start:end]] for start, end in spans if squeezed[start:end] in terms), None)

    def told_by(self, label: str) -> list[tuple[str, float]]:
        """Weigh what one label says, by trade."""
        if not label or not self.any_host.search(label):
            return []
        found = []
        for name, terms, topics in self.hosts:
            if terms.search(label):
                found.append((name, 1.0))
            elif topics.pattern and topics.search(label):
                found.append((name, 0.5))
        return found


@cache
def _lexicon() -> Lexicon:
    return Lexicon(shipped(SPAM))


def _phrases(trade: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    for term in trade["terms"]:
        yield fold(term), True
    for firsts, seconds in trade["pairs"]:
        for first in firsts:
            for second in seconds:
                yield fold(f"{first} {second}"), True
    for topic in trade["topics"]:
        yield fold(topic), False


def hits_in(folded: str) -> list[Hit]:
    """Find the terms and topics in a folded text, in order, the longest at each place."""
    phrases, of_joined = _lexicon().written
    words = _WORD.findall(folded)
    held = frozenset(words)
    mixed = [word for word in held if not word.isalpha() and not word.isdigit()]
    has_joined = not folded.isascii() and _JOINED.search(folded) is not None
    if (asked := listener()) is not None:
        asked.items |= held
        asked.shaped.update(mixed)
        if has_joined:
            asked.items.update(joined_pairs(folded))
    firsts = {first for first in phrases.keys() & held if any(map(held.issuperset, phrases[first]))}
    shaped = {word: trade for word in mixed if (trade := _trade_of_shape(word))}
    found = _spaced_hits(folded, words, firsts, shaped) if firsts or shaped else []
    if has_joined:
        for match in _lexicon().joined.finditer(folded):
            name, is_term = of_joined["".join(match[0].split())]
            found.append(Hit(trade=name, is_term=is_term, start=match.start(), end=match.end()))
    return found


def joined_pairs(folded: str) -> set[str]:
    """Give the pairs of neighbouring characters of a text, white space apart, in scripts where words are found as substrings."""
    pairs = pairwise(_SPACE.sub("", folded))
    return {left + right for left, right in pairs if left >= _FIRST_JOINED or right >= _FIRST_JOINED}


def _spaced_hits(folded: str, words: Sequence[str], firsts: Collection[str], shaped: Mapping[str, str]) -> list[Hit]:
    phrases, _ = _lexicon().written
    found: list[tuple[int, int, str, bool]] = []
    skip_to = 0
    for at, word in enumerate(words):
        if at < skip_to or (word not in firsts and word not in shaped):
            continue
        for rest, (name, is_term) in phrases.get(word, {}).items():
            if tuple(words[at + 1 : at + 1 + len(rest)]) == rest:
                skip_to = at + len(rest) + 1
                found.append((at, skip_to - 1, name, is_term))
                break
        else:
            if word in shaped:
                found.append((at, at, shaped[word], True))
    if not found:
        return []
    places = [match.span() for match in _WORD.finditer(folded)]  # dear, and rarely needed
    return [
        Hit(trade=name, is_term=is_term, start=places[first][0], end=places[last][1])
        for first, last, name, is_term in found
    ]


@lru_cache(maxsize=10_000)
def _trade_of_shape(word: str) -> str | None:
    return _lexicon().trade_of_shape(word)


def covered(folded: str, hits: Iterable[Hit], trades: Collection[str], addresses: Iterable[tuple[int, int]]) -> float:
    """Give the share of a folded text's letters that are some trades' words, their fillers or addresses."""
    spans = [*addresses, *((hit.start, hit.end) for hit in hits)]
    fillers = frozenset[str]().union(*(_lexicon().fillers[trade] for trade in trades))
    words = list(_WORD.finditer(folded))
    if (asked := listener()) is not None:
        asked.items.update(filler_item(trade, match[0]) for trade in trades for match in words)
    spans += [match.span() for match in words if match[0] in fillers]
    taken = bytearray(len(folded))
    for start, end in spans:
        taken[start:end] = b"\x01" * (end - start)
    return _n_letters("".join(compress(folded, taken))) / max(1, _n_letters(folded))


def _n_letters(text: str) -> int:
    return len("".join(text.split()))


def filler_item(trade: str, word: str) -> str:
    """Name the question whether a word is a filler of a trade."""
    return f"{trade}\0{word}"


def term_in_label(label: str) -> str | None:
    """Give the trade of a term that a host's label spells without spaces: `slotgacor77`."""
    if (asked := listener()) is not None:
        asked.names.add(label)
    return _term_in_label(label)


@lru_cache(maxsize=10_000)
def _term_in_label(label: str) -> str | None:
    return _lexicon().spelled_in(label)


def trades_of_host(host: str) -> Mapping[str, float]:
    """Weigh what a host's own label says, by trade: 1 for a label that no paper links to, half for one that some do."""
    labels = _labels_of(host)
    if (asked := listener()) is not None:
        asked.names.update(labels)
    return _trades_of_labels(labels)


@lru_cache(maxsize=10_000)
def _labels_of(host: str) -> tuple[str, ...]:
    last = f".{host.rpartition('.')[2]}"  # some top-level domains are a trade's own
    return tuple(dict.fromkeys((own_label(host), host.removesuffix(site_of(host)).rstrip("."), last)))


@lru_cache(maxsize=10_000)
def _trades_of_labels(labels: tuple[str, ...]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for label in labels:
        for name, weight in _lexicon().told_by(label):
            found[name] = max(weight, found.get(name, 0.0))
    return found
