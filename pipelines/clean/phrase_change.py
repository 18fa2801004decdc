"""What a change of the set phrases can touch: pages with a text that begins as one of the differing phrases does.

Pure. Owns taking patterns apart: each is written out as the single phrases that it stands for, and what two versions have in common
falls away. It errs to one side: where it cannot tell how a phrase begins, nor any of its words, it says so.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, product
from math import prod

from pipelines.clean.phrases import Group, groups_of
from pipelines.clean.trace import beginning

_MOST = 50_000
"""Phrases of one pattern; the shipped ones stand for 12,000 at most."""
_ATOM = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[()|])((?:[*+?]|\{\d*,?\d*\})[?+]?)?", re.DOTALL)
_REPEATED = re.compile(r"(?:(?:[*+?]|\{\d*,?\d*\})[?+]?)?")
_MAYBE = frozenset({"?", "??"})
_IN_CLASS = re.compile(r"\\.|.", re.DOTALL)
_ODD_ESCAPE = re.compile(r"\\[^\WbBdDsSwW]")
_BOUNDARY, _ANYTHING = "\0", "\1"
_WHOLE_WORD = re.compile(rf"(?<![\w{_ANYTHING}])\w+(?![\w{_ANYTHING}])")

Phrase = tuple[str, ...]
"""Pieces of a pattern, without alternatives: a character, a class, an escape, each with how often it comes."""


def phrases_touched(before: str, after: str) -> list[frozenset[str]]:
    """Give what differs between two files of set phrases, as items of which a touched page's trace has all of one set.

    ValueError where the groups are others, where a pattern cannot be taken apart, and where a phrase may begin with anything.
    """
    old, new = groups_of(before), groups_of(after)
    if old.keys() != new.keys():
        raise ValueError("other groups of phrases")
    return [items for name in old for items in _touched(old[name], new[name])]


def _touched(before: Group, after: Group) -> Iterator[frozenset[str]]:
    if not before.patterns or not after.patterns:
        raise ValueError("a group without phrases")
    same = set(before.patterns) & set(after.patterns) if before.whole == after.whole else set()
    old, new = ({(phrase, group.whole) for phrase in _all(group, same)} for group in (before, after))
    for phrase, whole in old ^ new:
        if not (items := _items(phrase, whole=whole)):
            raise ValueError(f"may begin with anything: {''.join(phrase)}")
        yield items


def _all(group: Group, but: set[str]) -> Iterator[Phrase]:
    for pattern in set(group.patterns) - but:
        found, end = _written_out(pattern, 0)
        if end < len(pattern):
            raise ValueError(f"unbalanced: {pattern}")
        yield from found


def _written_out(pattern: str, at: int) -> tuple[list[Phrase], int]:
    """Write out the alternatives from a place on to the end of their group; give them and where that is."""
    found: list[Phrase] = []
    parts: list[list[Phrase]] = []
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            found += _combined(parts)
            parts, at = [], at + 1
            continue
        part, at = _group(pattern, at) if pattern[at] == "(" else _atom(pattern, at)
        parts.append(part)
    return [*found, *_combined(parts)], at


def _combined(parts: list[list[Phrase]]) -> Iterable[Phrase]:
    if prod(map(len, parts)) > _MOST:
        raise ValueError("too many phrases in one pattern")
    return (tuple(chain.from_iterable(chosen)) for chosen in product(*parts))


def _group(pattern: str, at: int) -> tuple[list[Phrase], int]:
    if not pattern.startswith("(?:", at):
        raise ValueError(f"a kind of group that is not known: {pattern[at:]}")
    inner, end = _written_out(pattern, at + len("(?:"))
    if end == len(pattern):
        raise ValueError(f"unbalanced: {pattern}")
    repeated = _REPEATED.match(pattern, end + 1)
    assert repeated is not None
    if repeated[0] in _MAYBE:
        return [(), *inner], repeated.end()
    return ([(pattern[at : repeated.end()],)] if repeated[0] else inner), repeated.end()


def _atom(pattern: str, at: int) -> tuple[list[Phrase], int]:
    found = _ATOM.match(pattern, at)
    if found is None or _ODD_ESCAPE.match(found[1]):
        raise ValueError(f"not known: {pattern[at:]}")
    atom, repeated = found[1], found[2] or ""
    if repeated in _MAYBE:
        return [(), *_members(atom)], found.end()
    if (atom, repeated) == (r"\s", "*"):
        return [(), (r"\s+",)], found.end()
    return ([(atom + repeated,)] if repeated else _members(atom)), found.end()


def _members(atom: str) -> list[Phrase]:
    """Give the members of a class of single characters and white space; else what it is, alone."""
    members = _IN_CLASS.findall(atom[1:-1]) if atom[0] == "[" and atom[1] != "^" else []
    if not members or "-" in members[1:-1] or any(len(each) > 1 and each != r"\s" for each in members):
        return [(atom,)]
    return [(each if each == r"\s" else re.escape(each),) for each in members]


def _items(phrase: Phrase, *, whole: bool) -> frozenset[str]:
    """Name what is noted of every text that a phrase matches: how it begins, and its words."""
    text = "".join(map(_read, phrase)) + ("" if whole else _ANYTHING)
    words = _WHOLE_WORD.findall(text)
    known, anything, _ = text.partition(_ANYTHING)
    return frozenset({*words, *beginning(known.replace(_BOUNDARY, ""), is_all=not anything)})


def _read(atom: str) -> str:
    """Give what an atom surely is in a text."""
    if atom in {r"\s", r"\s+"}:
        return " "
    if atom == r"\b":
        return _BOUNDARY
    is_escaped = len(atom) == 2 and atom[0] == "\\" and not atom[1].isalnum()
    character = atom[1] if is_escaped else atom
    is_one = len(character) == 1 and character.isprintable() and (is_escaped or character not in ".^$")
    return character if is_one else _ANYTHING
