"""A source's template: what stands on many of its articles and is none of them, learned from these and cut from others.

Owns which repeated line is template and which a newspaper repeats on purpose, and cutting whole lines. Pure: the
archive keeps what was learned (archive/site_blocks.py), pipelines/templates.py applies it. Refuses to cut inside a line.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
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
from pipelines.clean.phrases import says
from pipelines.source_blocks import key_of

STAGE = "template"
RULES = 1
"""Part of each removal's rule and of a template's version."""
WINDOW = 200
"""The newest articles of a source that are looked at: what none of them has any more is forgotten."""
INJECTED, FEW, SOME, MOST, BETWEEN = 3, 4, 5, 8, 8
"""Distinct articles that must have a line: nothing but links elsewhere, at the end; on all of them, at the end; with a second
kind of evidence, at the end; on most of them; between paragraphs. docs/templates.md has the measurements."""
STILL = 3
"""A learned line that fewer of the newest articles have is forgotten."""
MOST_BLOCKS = 200
"""Lines that one source's template may have."""
_LONGEST = 800  # a longer line is the story
_LETTERS = 4
_AWAY = 160  # characters of story between a line and the body's edge, at most, that leave it at that edge
_ALL_SHARE, _MOST_SHARE = 0.9, 0.5
_NEARLY_ALL = 0.7
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_UNFIT = frozenset({"code", "row"})
_QUOTES = "\"'“”„«»‘’‚‹›「『《〈"
_DIGITS = re.compile(r"\d+")
_AGENCY = re.compile(
    r"(?i)\b(?:reuters|afp|agence france[- ]presse|ap|associated press|dpa|apa|sda|ats|efe|ansa|tass|interfax|xinhua|pti|ians"
    r"|ani|upi|bloomberg|anp|belga|ritzau|ntb|tt|lusa|pap|kyodo|jiji|yonhap|canadian press|aap|press association|pa media)\b"
    r"|共同|時事|新华社|新華社|연합뉴스"
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """An article as evidence: its lines before the template is cut, and who wrote it where."""

    lines: tuple[Line, ...]
    targets: Mapping[str, bool] = field(default_factory=dict)
    """Line keys that are known to hold a link, where the line's own marks are gone."""
    elsewhere: frozenset[str] = frozenset()
    """Keys of the lines that are nothing but links to other hosts."""
    authors: tuple[str, ...] = ()
    section: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A line of the template, as the newest articles have it."""

    key: str
    text: str
    place: Place
    rule: str
    n_articles: int


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
    if sum(1 for _ in islice((letter for letter in letters if not letter.isdigit()), _LETTERS)) < _LETTERS:
        return None
    return hashlib.sha256(letters.encode()).hexdigest()[:16]


def _fit(line: Line) -> bool:
    """Tell what may be template at all: no quotation, no table, no code."""
    return line.kind not in _UNFIT and not line.quoted and line.text[:1] not in _QUOTES


def cut_template(lines: Sequence[Line], template: Template) -> tuple[list[Line], list[tuple[int, Line]]]:
    """Cut the template's lines; give what is left, and what was cut with its position.

    A short line is cut only where it was learned to stand, and there once. Where nothing would be left, nothing is cut.
    """
    keys = [line_key(line.text) if _fit(line) else None for line in lines]
    places = [template.blocks.get(key) if key is not None else None for key in keys]
    near = _edges([len(line.text) if place is None else 0 for line, place in zip(lines, places, strict=True)])
    cut = {
        at
        for at, place in enumerate(places)
        if place is not None and (place is Place.BETWEEN or place in near[at] or len(lines[at].text) > _AWAY)
    }
    cut = {at for at in cut if not _repeats(keys, places, at)}
    # a heading goes only with the line under it: "Conclusion" heads the last part of many a story, too
    alone = {0, len(lines) - 1}
    cut = {at for at in cut if lines[at].kind not in _HEADINGS or at + 1 in cut or at in alone}
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


def printed(article: Article) -> Printed:
    """Give an article as evidence: what the template was cut from is put back first."""
    lines = lines_from(article.body, article.marks)
    targets: dict[str, bool] = {}
    for removal in sorted(article.removals, key=lambda removal: removal.position):
        if removal.stage == STAGE:
            lines.insert(removal.position, Line(text=removal.text))
            if removal.urls and (key := line_key(removal.text)):
                targets[key] = True
    elsewhere = {line_key(line.text) for line in lines if only_elsewhere(line, article.url)}
    return Printed(
        lines=tuple(lines),
        targets=targets,
        elsewhere=frozenset(filter(None, elsewhere)),
        authors=article.authors,
        section=article.section,
    )


def cut_alike(article: Article, earlier: Article) -> Article:
    """Cut from an article what an older template cut from its earlier reading: it must not come back as an edit."""
    removals = [removal for removal in earlier.removals if removal.stage == STAGE]
    keys = [key for removal in removals if (key := line_key(removal.text)) is not None]
    cleaned = clean_template(article, template_of((key, Place.BETWEEN) for key in keys))
    return replace(cleaned, extractor=article.extractor)


def _edges(story: Sequence[int]) -> list[frozenset[Place]]:
    """Say of each line at which edges of the body it stands; `story`: how much of each line is story."""
    total = sum(story)
    found = []
    before = 0
    for length in story:
        at = {Place.HEAD: before <= _AWAY / 2, Place.TAIL: total - before - length <= _AWAY}
        found.append(frozenset(place for place, near in at.items() if near))
        before += length
    return found


@dataclass(slots=True)
class _Seen:
    """What the articles show of one line."""

    text: str = ""
    n: int = 0
    n_twice: int = 0
    n_linked: int = 0
    n_elsewhere: int = 0
    n_heading: int = 0
    n_author: int = 0
    places: Counter[Place] = field(default_factory=Counter)
    by: set[tuple[str, ...]] = field(default_factory=set)
    sections: set[str] = field(default_factory=set)
    followers: Counter[str | None] = field(default_factory=Counter)

    @property
    def place(self) -> Place:
        """Where it stands: at an edge only where it nearly always does."""
        place, number = max(self.places.items(), key=lambda item: (item[1], item[0].value))
        return place if number >= _ALL_SHARE * self.n else Place.BETWEEN


def learn(articles: Sequence[Printed], *, names: Iterable[str] = (), known: Iterable[str] = ()) -> list[Learned]:
    """Learn a source's template from distinct articles (near-duplicates count once); the order does not matter.

    `names`: the source's own. `known`: keys learned before, which stay for as long as enough articles have them.
    """
    seen = _survey(articles)
    own = frozenset(filter(lambda name: len(name) >= _LETTERS, map(key_of, names)))
    before = frozenset(known)
    rules = {
        key: rule
        for key, one in seen.items()
        if (rule := _rule(one, len(articles), own) or ("known" if key in before and one.n >= STILL else None))
    }
    # the heading of a box goes with the box
    for key, one in seen.items():
        if key not in rules and one.n_heading and one.n >= SOME and one.place is not Place.HEAD:
            following = sum(number for follower, number in one.followers.items() if follower in rules)
            if following >= _ALL_SHARE * one.n:
                rules[key] = "box"
    found = [
        Learned(key=key, text=seen[key].text, place=seen[key].place, rule=rule, n_articles=seen[key].n)
        for key, rule in rules.items()
    ]
    return sorted(found, key=lambda one: (-one.n_articles, one.key))[:MOST_BLOCKS]


def _survey(articles: Sequence[Printed]) -> dict[str, _Seen]:
    keyed = [[line_key(line.text) if _fit(line) else None for line in article.lines] for article in articles]
    n_articles = Counter(key for keys in keyed for key in set(keys) if key is not None)
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for article, keys in zip(articles, keyed, strict=True):
        repeated = [key if key is not None and n_articles[key] >= STILL else None for key in keys]
        edges = _edges(
            [len(line.text) if key is None else 0 for line, key in zip(article.lines, repeated, strict=True)]
        )
        counts = Counter(repeated)
        authors = tuple(filter(None, map(key_of, article.authors)))
        done: set[str] = set()
        for at, key in enumerate(repeated):
            if key is not None and key not in done:
                done.add(key)
                follower = repeated[at + 1] if at + 1 < len(repeated) else None
                _add(seen[key], article, article.lines[at], edges[at], authors, follower, key)
                seen[key].n_twice += counts[key] > 1
    return seen


def _add(one: _Seen, article: Printed, line: Line, edges: frozenset[Place], authors: tuple[str, ...],
         follower: str | None, key: str) -> None:  # fmt: skip
    one.text = min(one.text or line.text, line.text)
    one.n += 1
    one.n_linked += bool(article.targets.get(key)) or _is_linked(line)
    one.n_elsewhere += key in article.elsewhere
    one.n_heading += line.kind in _HEADINGS
    one.n_author += any(author in key_of(line.text) for author in authors)
    # a page of template alone says nothing of the place
    one.places.update(edges or (Place.BETWEEN,))
    if authors:
        one.by.add(authors)
    if article.section:
        one.sections.add(article.section)
    one.followers[follower] += 1


def _is_linked(line: Line) -> bool:
    return bool(urls_in(line.text)) or "@" in line.text or any(span.target for span in line.spans)


def _rule(one: _Seen, n: int, own: frozenset[str]) -> str | None:
    """Name the rule by which a repeated line is template, or None where a newspaper may repeat it on purpose.

    Kept, whatever their number: quotations and tables (never counted), what a body repeats within itself (a refrain), an
    agency's name at the head, headings between paragraphs, and a sentence at one writer's end or a column's head that
    shows nothing but that it is repeated.
    """
    share = one.n / n
    place = one.place
    diverse = len(one.by) > 1 or len(one.sections) > 1
    if one.n >= INJECTED and one.n_elsewhere == one.n and place is Place.TAIL and (diverse or not one.by):
        return "elsewhere"
    if one.n < FEW or one.n_twice * 2 > one.n:
        return None
    if place is Place.HEAD and _AGENCY.search(one.text):
        return None
    if one.n_heading and (place is Place.BETWEEN or share < _MOST_SHARE):
        return None
    everywhere = share >= _MOST_SHARE and one.n >= MOST and (diverse or (not one.by and share >= _ALL_SHARE))
    second = _second_evidence(one, own)
    if place is Place.BETWEEN:
        return "between" if one.n >= BETWEEN and diverse and second and second != "author" else None
    if everywhere:
        return "most"
    if place is Place.HEAD:
        return None
    if diverse and share >= _ALL_SHARE:
        return "all"
    return second if one.n >= SOME else None


def _second_evidence(one: _Seen, own: frozenset[str]) -> str | None:
    """Say what, beside its repetition, speaks against a line's being story."""
    if one.n_linked >= _ALL_SHARE * one.n:
        return "link"
    if says(one.text, "promo", "legal", "credit_tail", "about_author"):
        return "phrase"
    letters = key_of(unicodedata.normalize("NFC", one.text))
    if any(name in letters for name in own):
        return "name"
    if one.n_author >= _ALL_SHARE * one.n:
        return "author"
    return None
