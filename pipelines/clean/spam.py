"""Injected spam that readers see: tails of bare URLs, link words and stuffed keywords, found in a page's own blocks.

Owns the structural half of the evidence: a block, or the end of one, that is nothing but that, and stands outside of the
story. The other half is evidence.py's. What stands in the middle of the story is flagged and left in place.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress, pairwise

from lxml.html import HtmlElement

from archive.records import Removal
from pipelines.clean.evidence import Ground, Weight, weigh
from pipelines.clean.hosts import URL, foreign_hosts, has_bare_row, urls_in
from pipelines.clean.runs import Run
from pipelines.clean.spam_forms import MOSTLY, Shares, is_spam
from pipelines.source_blocks import key_of

RULES = 3
_MOST_OF_IT = 0.6
_INTRODUCED = (":", "：", "–", "—", "->", "→")
_SENTENCE = re.compile(r"(?:[.!?…]|\.\.\.)[\"'”’»)\]]*\s+|[。！？][」』”）]?\s*|\s+(?:\.\.\.|…)\s*")
_WORD = re.compile(r"\w")
_FEW_WORDS = 3
_MOST_RUNS = 3000
_MOST_MARKS = 100
_LONG = 40  # a shorter line may stand twice on a page, and says little about where the body ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """Runs of a page, or the end of the first of them, that are spam by form and words."""

    first: int
    last: int
    start: int
    """Where in the first run's text it begins; 0: the run is spam as a whole."""
    text: str
    urls: tuple[str, ...]
    evidence: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The letters and digits of each of its lines."""
        return tuple(key for line in self.text.split("\n") if (key := key_of(line)))


def sentences(text: str) -> list[str]:
    """Split a text where its sentences end."""
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if text[start:end].strip()]


def suspects_among(runs: Sequence[Run], ground: Ground) -> list[Suspect]:
    """Find what is spam by form and words, wherever it stands."""
    verdicts = [_verdict(run, ground) for run in runs[:_MOST_RUNS]]
    _judge_lists(runs, verdicts, ground)
    found: list[Suspect] = []
    at = 0
    while at < len(verdicts):
        start, evidence = verdicts[at].start, verdicts[at].evidence
        if evidence is None:
            at += 1
            continue
        last = _end_of_group(verdicts, at)
        first = at if start else _start_of_group(verdicts, at, found[-1].last if found else -1)
        introduced = not start and first > 0 and runs[first - 1].raw.rstrip().endswith(_INTRODUCED)
        if not introduced:
            found.append(_suspect(runs, first, last, start, evidence))
        at = last + 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run of a page lies."""

    key: str
    above: tuple[int, ...]
    """The elements that hold it, by number, the innermost first."""

    @property
    def weight(self) -> int:
        """How much it says: a Chinese character is worth three letters."""
        return len(self.key.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    start: int
    evidence: str | None
    is_neutral: bool
    """Nothing but links elsewhere, or a few words: it may stand among spam."""
    is_linked: bool
    """Nothing but links elsewhere."""
    speaks: bool = False
    """It has a seller's word or host, if too little of it alone."""


def _judge_lists(runs: Sequence[Run], verdicts: list[_Verdict], ground: Ground) -> None:
    """Judge the lines of a list of links together, where each alone says too little."""
    at = 0
    while at < len(verdicts):
        end = at
        while end < len(verdicts) and verdicts[end].is_linked:
            end += 1
        if end - at >= 2 and any(verdict.evidence is None for verdict in verdicts[at:end]):
            group = runs[at:end]
            text = "\n".join(run.text for run in group)
            weight = weigh(text, [target for run in group for _, _, target in run.links()], ground)
            n_speaking = sum(verdict.speaks for verdict in verdicts[at:end])
            if 2 * n_speaking >= len(group) and is_spam(weight, Shares(foreign=1.0)):
                for place in range(at, end):
                    verdicts[place] = replace(verdicts[place], evidence=weight.name)
        at = end + 1


def _verdict(run: Run, ground: Ground) -> _Verdict:
    text = run.text
    if run.is_dumb:
        return _Verdict(start=0, evidence=None, is_neutral=len(text.split()) <= _FEW_WORDS, is_linked=False)
    links = list(run.links())
    targets = [target for _, _, target in links]
    weight = weigh(text, targets, ground)
    shares = _shares(run.raw, links, ground)
    is_linked = shares.foreign > 0.8
    neutral = is_linked or len(text.split()) <= _FEW_WORDS
    if weight.trade or weight.is_family or has_bare_row(run.raw):
        start, evidence = _trailing(run, links, ground)
        if evidence:
            return _Verdict(start=start, evidence=evidence, is_neutral=False, is_linked=False)
    if is_spam(weight, shares):
        return _Verdict(start=0, evidence=weight.name, is_neutral=True, is_linked=is_linked, speaks=True)
    return _Verdict(start=0, evidence=None, is_neutral=neutral, is_linked=is_linked, speaks=weight.score > 0)


def _shares(raw: str, links: Sequence[tuple[int, int, str]], ground: Ground) -> Shares:
    bare = [match.span() for match in URL.finditer(raw) if foreign_hosts([match[0]], ground.page_url)]
    foreign: list[tuple[int, int]] = []
    own: list[tuple[int, int]] = []
    for start, end, target in links:
        (foreign if foreign_hosts([target], ground.page_url) else own).append((start, end))
    return Shares(foreign=_share(raw, [*foreign, *bare]), own=_share(raw, own))


def _share(raw: str, spans: Iterable[tuple[int, int]]) -> float:
    taken = bytearray(len(raw))
    for start, end in spans:
        taken[start:end] = b"\x01" * (end - start)
    return sum(map(str.isalnum, compress(raw, taken))) / max(1, sum(map(str.isalnum, raw)))


def _trailing(run: Run, links: Sequence[tuple[int, int, str]], ground: Ground) -> tuple[int, str | None]:
    """Find where spam begins that trails a run's last sentence."""
    raw = run.raw
    marks = {start for start, _, _ in links} | {match.start() for match in URL.finditer(raw)}
    marks |= {match.end() for match in _SENTENCE.finditer(raw)}
    start, evidence = len(raw), None
    end = len(raw)
    for mark in sorted((mark for mark in marks if mark < len(raw)), reverse=True)[:_MOST_MARKS]:
        segment = _part(raw, links, mark, end, ground)
        if segment.shares.foreign <= 0.8 and segment.has_words and not segment.is_spam:
            break
        end = mark
        rest = _part(raw, links, mark, len(raw), ground)
        if rest.is_spam:
            start, evidence = mark, rest.weight.name
    before = raw[:start].rstrip()
    if evidence is None or not _WORD.search(before) or before.endswith(_INTRODUCED):
        return 0, None
    kept = _part(raw, links, 0, len(before), ground)
    if kept.shares.foreign > MOSTLY or (kept.weight.n_terms and not _SENTENCE.search(before + " ")):
        return 0, None  # it is spam from its beginning
    return len(before), evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of a run, weighed."""

    has_words: bool
    weight: Weight
    shares: Shares

    @property
    def is_spam(self) -> bool:
        return is_spam(self.weight, self.shares)


def _part(raw: str, links: Sequence[tuple[int, int, str]], start: int, end: int, ground: Ground) -> _Part:
    text = raw[start:end]
    inside = [(first - start, last - start, target) for first, last, target in links if start <= first and last <= end]
    return _Part(
        has_words=bool(_WORD.search(text)),
        weight=weigh(text, [target for _, _, target in inside], ground),
        shares=_shares(text, inside, ground),
    )


def _end_of_group(verdicts: Sequence[_Verdict], at: int) -> int:
    """Give the last of the runs that go with one: spam next to it, and what stands among spam."""
    last, step = at, at + 1
    while step < len(verdicts) and step - last <= 3:
        verdict = verdicts[step]
        if verdict.evidence is not None and verdict.start == 0:
            last = step
        elif not verdict.is_neutral:
            break
        step += 1
    n_marked = sum(verdict.evidence is not None for verdict in verdicts[at : last + 1])
    while last + 1 < len(verdicts) and verdicts[last + 1].is_linked and n_marked >= 2:  # more links of the same list
        last += 1
        n_marked -= 1
    return last


def _start_of_group(verdicts: Sequence[_Verdict], at: int, after: int) -> int:
    """Give the first of the runs that go with one: the same list's links above it."""
    n_marked = sum(verdict.evidence is not None for verdict in verdicts[at : at + 4])
    while at - 1 > after and verdicts[at - 1].is_linked and verdicts[at - 1].evidence is None and n_marked >= 2:
        at -= 1
        n_marked -= 1
    return at


def places_of(runs: Sequence[Run], suspects: Sequence[Suspect]) -> tuple[Place, ...]:
    """Say where a page's runs lie, those of suspects as they are when what is spam is cut from them."""
    runs = runs[:_MOST_RUNS]
    keys = [run.key for run in runs]
    for suspect in suspects:
        keys[suspect.first : suspect.last + 1] = [""] * (suspect.last + 1 - suspect.first)
        if suspect.start:
            keys[suspect.first] = key_of(runs[suspect.first].raw[: suspect.start])
    numbers: dict[HtmlElement, int] = {}  # not id(): lxml's elements live only as long as somebody holds them
    return tuple(
        Place(
            key=key,
            above=tuple(numbers.setdefault(each, len(numbers)) for each in (run.holder, *run.holder.iterancestors())),
        )
        for key, run in zip(keys, runs, strict=True)
    )


def _suspect(runs: Sequence[Run], first: int, last: int, start: int, evidence: str) -> Suspect:
    group = runs[first : last + 1]
    texts = [group[0].raw[start:], *(run.raw for run in group[1:])]
    text = "\n".join(" ".join(part.split()) for part in texts)
    targets = [target for at, run in enumerate(group) for begin, _, target in run.links() if at or begin >= start]
    urls = dict.fromkeys([*urls_in(text), *(target for target in targets if target)])
    return Suspect(first=first, last=last, start=start, text=text, urls=tuple(urls)[:200], evidence=evidence)


def cut_from_page(runs: Sequence[Run], suspects: Iterable[Suspect]) -> None:
    """Cut suspects from their page."""
    for suspect in suspects:
        for at in range(suspect.first, suspect.last + 1):
            runs[at].cut(suspect.start if at == suspect.first else 0)


def in_the_middle(places: Sequence[Place], suspects: Sequence[Suspect], body_keys: Collection[str]) -> list[int]:
    """Give the suspects with lines of the body before and after them; `places` are the page's runs, with all cut out."""
    inside = [at for at, place in enumerate(places) if len(place.key) >= _LONG and place.key in body_keys]
    if not inside:
        inside = [at for at, place in enumerate(places) if place.key and place.key in body_keys]
    if not inside:
        return []
    inside = _of_one_container(places, inside)
    first, last = inside[0], inside[-1]
    return [
        at
        for at, suspect in enumerate(suspects)
        if (first < suspect.first or (suspect.start and first <= suspect.first)) and suspect.last < last
    ]


def _of_one_container(places: Sequence[Place], inside: list[int]) -> list[int]:
    """Keep the lines of the innermost element that holds most of a body: a stray teaser below it is not its end."""
    weights: Counter[int] = Counter()
    for at in inside:
        for above in places[at].above:
            weights[above] += places[at].weight
    most = _MOST_OF_IT * sum(places[at].weight for at in inside)
    holding = [at for at in inside for above in places[at].above if weights[above] >= most]
    if not holding:
        return inside
    container = next(above for above in places[holding[0]].above if weights[above] >= most)
    return [at for at in inside if container in places[at].above]


def removal(suspect: Suspect, position: int, *, stage: str) -> Removal:
    """Give the row of a suspect; stage `flag`: it stands in the middle of the body and was left there."""
    place = {"flag": "middle", "extractor": "dropped"}.get(stage, "trailing" if suspect.start else "tail")
    return Removal(
        stage=stage,
        reason="spam",
        rule=f"{place}+{suspect.evidence}@{RULES}",
        position=position,
        text=suspect.text[:4000],
        urls=suspect.urls,
    )
