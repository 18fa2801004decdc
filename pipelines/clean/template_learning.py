"""Learn a source's template: what stands on many of its articles and is none of them, and no newspaper repeats on purpose.

Owns how many articles it takes, and with what other evidence. Pure; what is learned is cut by template.py, kept by
archive/site_blocks.py and applied by pipelines/templates.py.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archive.records import Article
from pipelines.body_lines import lines_from
from pipelines.bodytext import Line
from pipelines.clean.hosts import urls_in
from pipelines.clean.phrases import says
from pipelines.clean.template import FEWEST_LETTERS, HEADINGS, STAGE, Place, edges, is_fit, line_key, only_elsewhere
from pipelines.source_blocks import key_of

WINDOW = 200
"""The newest articles of a source that are looked at: what none of them has any more is forgotten."""
INJECTED, FEW, SOME, MOST, BETWEEN = 3, 4, 5, 8, 8
"""Distinct articles that must have a line: nothing but links elsewhere, at the end; on all of them, at the end; with a second
kind of evidence, at the end; on most of them; between paragraphs. docs/templates.md has the measurements."""
STILL = 3
"""A learned line that fewer of the newest articles have is forgotten."""
MOST_BLOCKS = 200
"""Lines that one source's template may have."""
_ALL_SHARE, _MOST_SHARE = 0.9, 0.5
_AGENCY = re.compile(
    r"(?i)\b(?:reuters|afp|agence france[- ]presse|ap|associated press|dpa|apa|sda|ats|efe|ansa|tass|interfax|xinhua|pti|ians"
    r"|ani|upi|bloomberg|anp|belga|ritzau|ntb|tt|lusa|pap|kyodo|jiji|yonhap|canadian press|aap|press association|pa media)\b"
    r"|共同|時事|新华社|新華社|연합뉴스"
)


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
    own = frozenset(filter(lambda name: len(name) >= FEWEST_LETTERS, map(key_of, names)))
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
    keyed = [[line_key(line.text) if is_fit(line) else None for line in article.lines] for article in articles]
    n_articles = Counter(key for keys in keyed for key in set(keys) if key is not None)
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for article, keys in zip(articles, keyed, strict=True):
        repeated = [key if key is not None and n_articles[key] >= STILL else None for key in keys]
        near = edges([len(line.text) if key is None else 0 for line, key in zip(article.lines, repeated, strict=True)])
        counts = Counter(repeated)
        authors = tuple(filter(None, map(key_of, article.authors)))
        done: set[str] = set()
        for at, key in enumerate(repeated):
            if key is not None and key not in done:
                done.add(key)
                follower = repeated[at + 1] if at + 1 < len(repeated) else None
                _add(seen[key], article, article.lines[at], near[at], authors, follower, key)
                seen[key].n_twice += counts[key] > 1
    return seen


def _add(one: _Seen, article: Printed, line: Line, near: frozenset[Place], authors: tuple[str, ...],
         follower: str | None, key: str) -> None:  # fmt: skip
    one.text = min(one.text or line.text, line.text)
    one.n += 1
    one.n_linked += bool(article.targets.get(key)) or _is_linked(line)
    one.n_elsewhere += key in article.elsewhere
    one.n_heading += line.kind in HEADINGS
    one.n_author += any(author in key_of(line.text) for author in authors)
    # a page of template alone says nothing of the place
    one.places.update(near or (Place.BETWEEN,))
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
