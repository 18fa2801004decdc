"""How extraction is scored: shingle F1 (Scrapinghub), word F1 (WCXB), segments (trafilatura), exact fields.

Owns the formulas. Pure: a page's truth and what an extractor gave go in, figures come out.
"""

import math
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_SHINGLE = 4


@dataclass(slots=True, kw_only=True)
class Figures:
    """The sums over a corpus's pages, from which every figure follows."""

    n_pages: int = 0
    n_found: int = 0
    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    matches: list[float] = field(default_factory=list)
    """1 where a page's body has all the truth's shingles and no other: their mean is Scrapinghub's accuracy."""
    word_f1s: list[float] = field(default_factory=list)
    n_with: int = 0
    n_missed: int = 0
    n_without: int = 0
    exact: Counter[str] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    n_invented_dates: int = 0
    n_undated: int = 0

    @property
    def shingle_f1(self) -> float:
        """The harmonic mean of the mean precision and the mean recall."""
        return harmonic(mean(self.precisions), mean(self.recalls))

    @property
    def segments_f(self) -> float:
        """F over the segments that must be in the text and those that must not."""
        precision = self.n_with / max(self.n_with + self.n_without, 1)
        return harmonic(precision, self.n_with / max(self.n_with + self.n_missed, 1))

    def share(self, name: str) -> float | None:
        """The share of the pages that state a field where it was got exactly."""
        return self.exact[name] / self.stated[name] if self.stated[name] else None

    def bootstrap_error(self, *, rounds: int = 1000, seed: int = 1) -> float:
        """Half the 95 % interval of the shingle F1 over pages drawn again, as Scrapinghub's script has it."""
        if len(self.precisions) < 2:
            return 0.0
        draw = random.Random(seed)
        pages = range(len(self.precisions))
        values = []
        for _ in range(rounds):
            sample = draw.choices(pages, k=len(pages))
            values.append(
                harmonic(mean([self.precisions[at] for at in sample]), mean([self.recalls[at] for at in sample]))
            )
        centre = mean(values)
        return 1.96 * math.sqrt(sum((value - centre) ** 2 for value in values) / (len(values) - 1))


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def page_key(url: str) -> tuple[str, str, str]:
    """The part of a URL by which an export's line finds its page."""
    parts = urlsplit(url.strip())
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def shingles(text: str | None, size: int = _SHINGLE) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text or "")
    if len(words) < size:
        return Counter([tuple(words)]) if words else Counter()
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def precision_recall(true: str, got: str) -> tuple[float, float]:
    wanted, found = shingles(true), shingles(got)
    shared = (wanted & found).total()
    too_much, missing = found.total() - shared, wanted.total() - shared
    precision = shared / (shared + too_much) if shared + too_much else (0.0 if missing else 1.0)
    return precision, shared / (shared + missing) if shared + missing else 1.0


def word_f1(true: str, got: str) -> float:
    wanted = Counter(re.findall(r"\w+", (true or "").lower()))
    found = Counter(re.findall(r"\w+", (got or "").lower()))
    if not wanted or not found:
        return float(not wanted and not found)
    return 2 * (wanted & found).total() / (wanted.total() + found.total())


def flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text or "")).strip().casefold()


def people(value: str | Iterable[str] | None) -> set[str]:
    if not value:
        return set()
    names = re.split(r"[,;]| and ", value) if isinstance(value, str) else value
    return {flat(name) for name in names if flat(name)}


def day(value: object) -> str | None:
    return str(value)[:10] if value else None


def score(truths: Iterable[Mapping[str, Any]], got: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> Figures:
    """Score what an extractor gave for a corpus's pages; a page that it lacks scores as an empty text."""
    figures = Figures()
    for truth in truths:
        article = got.get(page_key(truth["url"]))
        figures.n_pages += 1
        figures.n_found += article is not None
        _score_body(figures, truth, (article or {}).get("body") or "")
        _score_fields(figures, truth, article or {})
    return figures


def _score_body(figures: Figures, truth: Mapping[str, Any], body: str) -> None:
    if truth.get("body"):
        precision, recall = precision_recall(truth["body"], body)
        figures.precisions.append(precision)
        figures.recalls.append(recall)
        figures.matches.append(float(precision == recall == 1.0))
        figures.word_f1s.append(word_f1(truth["body"], body))
    for segment in truth.get("with") or []:
        figures.n_with += segment in body
        figures.n_missed += segment not in body
    figures.n_without += sum(segment in body for segment in truth.get("without") or [])


def _score_fields(figures: Figures, truth: Mapping[str, Any], article: Mapping[str, Any]) -> None:
    if truth.get("headline"):
        figures.stated["headline"] += 1
        figures.exact["headline"] += flat(truth["headline"]) == flat(article.get("headline"))
    if wanted := people(truth.get("authors") or truth.get("author")):
        figures.stated["authors"] += 1
        figures.exact["authors"] += wanted == people(article.get("authors"))
    if truth.get("published"):
        figures.stated["date"] += 1
        figures.exact["date"] += day(truth["published"]) == day(article.get("published"))
    elif "published" in truth:
        figures.n_undated += 1
        figures.n_invented_dates += bool(article.get("published"))
