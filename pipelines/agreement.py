"""Which of several cleaned bodies is the page's: the one that the others agree with most.

Owns the measure (F1 over word 4-grams, as the benchmarks have it). Only trafilatura's and the readable extractors'
bodies keep structure, so a plain one wins only where it is clearly ahead.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from pipelines.bodytext import Line

_WORD = re.compile(r"\w+")
_N = 4
_STRUCTURED = ("trafilatura", "precise", "readability")
_LEAD = 0.02  # what a body without structure must be ahead by


def choose_body(bodies: Mapping[str, Sequence[Line]]) -> str:
    """Give the name of the body that the others agree with most; the first where there is nothing to compare."""
    filled = {name: _shingles(lines) for name, lines in bodies.items() if lines}
    if len(filled) < 3:
        return next(iter(filled), next(iter(bodies)))
    scores = {}
    for name, mine in filled.items():
        others = [_f1(mine, theirs) for other, theirs in filled.items() if other != name]
        scores[name] = sum(others) / len(others) - (0.0 if name in _STRUCTURED else _LEAD)
    return max(scores, key=lambda name: scores[name])


def _shingles(lines: Sequence[Line]) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(unicodedata.normalize("NFKC", " ".join(line.text for line in lines)).casefold())
    if len(words) < _N:
        return Counter([tuple(words)])
    return Counter(zip(*(words[at:] for at in range(_N)), strict=False))


def _f1(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    shared = sum(min(count, large[shingle]) for shingle, count in small.items() if shingle in large)
    return 2 * shared / max(1, one.total() + other.total())
