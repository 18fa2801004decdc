"""The words of injected spam, read from data/spam.toml once a process, and found in a text in one pass.

Owns the matching of terms, topics, shapes, fillers and host labels. A pattern is compiled for the first text that needs it.
Gives what it found; weighs nothing (evidence.py).
"""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from pipelines.clean.hosts import own_label, site_of

_WORD = re.compile(r"\w+")
_JOINED = re.compile("[\u0900-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
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


@cache
def _trades() -> dict[str, Any]:
    text = resources.files("presskeep_data").joinpath("spam.toml").read_text("utf-8")
    return {name: trade for name, trade in tomllib.loads(text).items() if isinstance(trade, dict)}


@cache
def _written() -> tuple[dict[str, dict[tuple[str, ...], tuple[str, bool]]], dict[str, tuple[str, bool]]]:
    """Give the phrases, each with its trade and whether it is a term: by first word, longest first, and those of joined scripts."""
    spaced: dict[str, dict[tuple[str, ...], tuple[str, bool]]] = {}
    joined: dict[str, tuple[str, bool]] = {}
    for name, trade in _trades().items():
        for phrase, is_term in _phrases(trade):
            if _JOINED.search(phrase):
                joined["".join(phrase.split())] = (name, is_term)
            else:
                first, *rest = _WORD.findall(phrase)
                spaced.setdefault(first, {}).setdefault(tuple(rest), (name, is_term))
    return {
        first: dict(sorted(found.items(), key=lambda item: -len(item[0]))) for first, found in spaced.items()
    }, joined


@cache
def _joined() -> re.Pattern[str]:
    words = sorted(_written()[1], key=len, reverse=True)
    return re.compile("|".join(r"\s*".join(map(re.escape, each)) for each in words))


@cache
def _squeezed() -> dict[str, str]:
    """Give the trades of terms of two words and more, written as one: in a host's label."""
    found: dict[str, str] = {}
    for first, phrases in _written()[0].items():
        for rest, (name, is_term) in phrases.items():
            squeezed = first + "".join(rest)
            if is_term and rest and squeezed.isascii() and len(squeezed) >= _LONG_ENOUGH:
                found.setdefault(squeezed, name)
    return found


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(shape)) for name, trade in _trades().items() for shape in trade["shapes"])


@cache
def _fillers() -> dict[str, frozenset[str]]:
    return {
        name: frozenset(word for filler in trade["fillers"] for word in _WORD.findall(fold(filler)))
        for name, trade in _trades().items()
    }


@cache
def _any_host() -> re.Pattern[str]:
    sources = (source for trade in _trades().values() for kind in ("hosts", "host_topics") for source in trade[kind])
    return re.compile("|".join(sources))


@cache
def _hosts() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile("|".join(trade["hosts"])), re.compile("|".join(trade["host_topics"])))
        for name, trade in _trades().items()
    )


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
    phrases, of_joined = _written()
    words = _WORD.findall(folded)
    held = frozenset(words)
    firsts = {first for first in phrases.keys() & held if any(map(held.issuperset, phrases[first]))}
    mixed = [word for word in held if not word.isalpha() and not word.isdigit()]
    shaped = {word: trade for word in mixed if (trade := _trade_of_shape(word))}
    found = _spaced_hits(folded, words, firsts, shaped) if firsts or shaped else []
    if not folded.isascii() and _JOINED.search(folded):
        for match in _joined().finditer(folded):
            name, is_term = of_joined["".join(match[0].split())]
            found.append(Hit(trade=name, is_term=is_term, start=match.start(), end=match.end()))
    return found


def _spaced_hits(folded: str, words: Sequence[str], firsts: Collection[str], shaped: Mapping[str, str]) -> list[Hit]:
    phrases, _ = _written()
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
    return next((name for name, shape in _shapes() if shape.fullmatch(word)), None)


def covered(folded: str, hits: Iterable[Hit], trades: Iterable[str], addresses: Iterable[tuple[int, int]]) -> float:
    """Give the share of a folded text's letters that are some trades' words, their fillers or addresses."""
    total = sum(not character.isspace() for character in folded)
    spans = [*addresses, *((hit.start, hit.end) for hit in hits)]
    fillers = frozenset[str]().union(*(_fillers()[trade] for trade in trades))
    spans += [(match.start(), match.end()) for match in _WORD.finditer(folded) if match[0] in fillers]
    taken = bytearray(len(folded))
    for start, end in spans:
        taken[start:end] = b"\x01" * (end - start)
    n_taken = sum(bool(flag) and not character.isspace() for flag, character in zip(taken, folded, strict=True))
    return n_taken / max(1, total)


@lru_cache(maxsize=10_000)
def term_in_label(label: str) -> str | None:
    """Give the trade of a term that a host's label spells without spaces: `slotgacor77`."""
    squeezed, terms = label.replace("-", "")[:_LABEL], _squeezed()
    spans = (
        (start, end) for start in range(len(squeezed)) for end in range(len(squeezed), start + _LONG_ENOUGH - 1, -1)
    )
    return next((terms[squeezed[start:end]] for start, end in spans if squeezed[start:end] in terms), None)


@lru_cache(maxsize=10_000)
def trades_of_host(host: str) -> Mapping[str, float]:
    """Weigh what a host's own label says, by trade: 1 for a label that no paper links to, half for one that some do."""
    found: dict[str, float] = {}
    for label in dict.fromkeys((own_label(host), host.removesuffix(site_of(host)).rstrip("."))):
        if not _any_host().search(label):
            continue
        for name, terms, topics in _hosts() if label else ():
            if terms.search(label):
                found[name] = 1.0
            elif topics.pattern and topics.search(label):
                found.setdefault(name, 0.5)
    return found
