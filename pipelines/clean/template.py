"""A source's template: what stands on many of its articles and is none of them, cut from an article.

Owns by what a repeated line is known, and cutting whole lines. Pure: template_learning.py says what is template, the archive
keeps it (archive/site_blocks.py), pipelines/templates.py applies it. Refuses to cut inside a line.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from archive.records import Article, Removal
from pipelines.body_lines import lines_from
from pipelines.bodytext import Line, compose
from pipelines.clean.evidence import trades_in
from pipelines.clean.hosts import foreign_hosts, host_of, is_web, urls_in
from pipelines.clean.lexicon import trades_of_host
from pipelines.source_blocks import key_of

STAGE = "template"
RULES = 1
"""Part of each removal's rule and of a template's version."""
_LONGEST = 800  # a longer line is the story
FEWEST_LETTERS = 4
_AWAY = 160  # characters of story between a line and the body's edge, at most, that leave it at that edge
_NEARLY_ALL = 0.7
HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_UNFIT = frozenset({"code", "row"})
_QUOTES = "\"'“”„«»‘’‚‹›「『《〈"
_DIGITS = re.compile(r"\d+")


class Place(StrEnum):
    """Where a line of the template stands."""

    HEAD = "head"
    BETWEEN = "between"
    TAIL = "tail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What is cut from a source's articles: line keys, each with its place. `version` is part of every extraction."""

    blocks: Mapping[str, Place] = field(default_factory=dict)
    version: str = ""
    """Empty where there is nothing to cut."""


def template_of(blocks: Iterable[tuple[str, Place]]) -> Template:
    """Make a template of line keys and places; its version depends on nothing else."""
    places = dict(sorted(blocks))
    if not places:
        return Template()
    text = "\n".join(f"{key} {place.value}" for key, place in places.items())
    return Template(blocks=places, version=f"{RULES}-{hashlib.sha256(text.encode()).hexdigest()[:8]}")


def line_key(text: str) -> str | None:
    """Give what a repeated line is known by (any number is as good as another), or None for what is never template."""
    if len(text) > _LONGEST:
        return None
    letters = _DIGITS.sub("0", key_of(text))
    # no further than needed: most lines are long
    if sum(1 for _ in islice((letter for letter in letters if not letter.isdigit()), FEWEST_LETTERS)) < FEWEST_LETTERS:
        return None
    return hashlib.sha256(letters.encode()).hexdigest()[:16]


def is_fit(line: Line) -> bool:
    """Tell what may be template at all: no quotation, no table, no code."""
    return line.kind not in _UNFIT and not line.quoted and line.text[:1] not in _QUOTES


def cut_template(lines: Sequence[Line], template: Template) -> tuple[list[Line], list[tuple[int, Line]]]:
    """Cut the template's lines; give what is left, and what was cut with its position.

    A short line is cut only where it was learned to stand, and there once. Where nothing would be left, nothing is cut.
    """
    keys = [line_key(line.text) if is_fit(line) else None for line in lines]
    places = [template.blocks.get(key) if key is not None else None for key in keys]
    near = edges([len(line.text) if place is None else 0 for line, place in zip(lines, places, strict=True)])
    cut = {
        at
        for at, place in enumerate(places)
        if place is not None and (place is Place.BETWEEN or place in near[at] or len(lines[at].text) > _AWAY)
    }
    cut = {at for at in cut if not _repeats(keys, places, at)}
    # a heading goes only with the line under it: "Conclusion" heads the last part of many a story, too
    alone = {0, len(lines) - 1}
    cut = {at for at in cut if lines[at].kind not in HEADINGS or at + 1 in cut or at in alone}
    if len(cut) == len(lines):
        return list(lines), []
    return [line for at, line in enumerate(lines) if at not in cut], [(at, lines[at]) for at in sorted(cut)]


def _repeats(keys: Sequence[str | None], places: Sequence[Place | None], at: int) -> bool:
    """Tell whether the template's own line stands nearer to the edge: then this one is the article's ("Conclusion")."""
    nearer = keys[at + 1 :] if places[at] is Place.TAIL else keys[:at] if places[at] is Place.HEAD else ()
    return keys[at] in nearer


def clean_template(article: Article, template: Template) -> Article:
    """Give an article without its source's template, each cut as a removal; read by that template from now on."""
    extractor = replace(article.extractor, template=template.version)
    if not template.blocks:
        return replace(article, extractor=extractor)
    lines = lines_from(article.body, article.marks)
    kept, cuts = cut_template(lines, template)
    if not cuts:
        return replace(article, extractor=extractor)
    body, marks = compose(kept)
    taken = {removal.position for removal in article.removals if removal.stage == STAGE}
    removals = tuple(_removal(at, line, template, article.url) for at, line in _shifted(cuts, taken))
    return replace(
        article, body=body, marks=marks, extractor=extractor, removals=(*article.removals, *removals)
    )  # fmt: skip


def _shifted(cuts: Sequence[tuple[int, Line]], taken: set[int]) -> list[tuple[int, Line]]:
    """Count the positions of a second cut as the first one's: by the lines before either."""
    free: list[int] = []
    at = 0
    last = cuts[-1][0]
    while len(free) <= last:
        if at not in taken:
            free.append(at)
        at += 1
    return [(free[position], line) for position, line in cuts]


def _removal(at: int, line: Line, template: Template, page_url: str) -> Removal:
    place = template.blocks[line_key(line.text) or ""]
    urls = _urls(line)
    reason, evidence = "repeated", ""
    if only_elsewhere(line, page_url) and (trade := _trade(line.text, urls)):
        reason, evidence = "spam", f"+lexicon-{trade}"
    return Removal(
        stage=STAGE, reason=reason, rule=f"site-{place.value}{evidence}@{RULES}", position=at, text=line.text, urls=urls
    )  # fmt: skip


def _urls(line: Line) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*urls_in(line.text), *(span.target for span in line.spans if span.target)]))


def _trade(text: str, urls: Sequence[str]) -> str | None:
    """Name the trade that a row of links speaks of, by its words or its hosts."""
    told = Counter(trades_in(text))
    for url in urls:
        told.update({trade: weight for trade, weight in trades_of_host(host_of(url)).items() if weight >= 1})
    return next((trade for trade, _ in told.most_common(1)), None)


def only_elsewhere(line: Line, page_url: str) -> bool:
    """Say whether a line is nothing but links, and all of them to hosts that are neither the page's nor a common service."""
    urls = _urls(line)
    n_linked = sum(span.end - span.start for span in line.spans if span.target) + sum(map(len, urls_in(line.text)))
    if not urls or n_linked < _NEARLY_ALL * len(line.text):
        return False
    return all(map(is_web, urls)) and len(foreign_hosts(urls, page_url)) == len(set(map(host_of, urls)))


def cut_alike(article: Article, earlier: Article) -> Article:
    """Cut from an article what an older template cut from its earlier reading: it must not come back as an edit."""
    removals = [removal for removal in earlier.removals if removal.stage == STAGE]
    keys = [key for removal in removals if (key := line_key(removal.text)) is not None]
    cleaned = clean_template(article, template_of((key, Place.BETWEEN) for key in keys))
    return replace(cleaned, extractor=article.extractor)


def edges(story: Sequence[int]) -> list[frozenset[Place]]:
    """Say of each line at which edges of the body it stands; `story`: how much of each line is story."""
    total = sum(story)
    found = []
    before = 0
    for length in story:
        at = {Place.HEAD: before <= _AWAY / 2, Place.TAIL: total - before - length <= _AWAY}
        found.append(frozenset(place for place, near in at.items() if near))
        before += length
    return found
