"""The line cleaner: what an extractor kept in error, cut line by line.

Owns which phrase may cut which line where: at the head (before the story begins), anywhere (a whole line that is
nothing else), at the tail (backwards from the end, until a line of the story). Refuses to cut inside a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.bodytext import Line
from pipelines.bylines import signer
from pipelines.clean.phrases import says
from pipelines.page_dates import says_when
from pipelines.source_blocks import Sources, key_of

_HEAD_LINES = 12
_SHORT = 90
_META = 140
_STORY = 200  # a line this long is the story
_TRAILING_HEADINGS = 2
_FEW = 4
_TEASER = 25
_ITEMS = frozenset({"li", "oli"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A line that was cut, where it stood and why."""

    position: int
    line: Line
    reason: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What is known of a page beside its body: its titles and authors (as keys) and its own blocks."""

    titles: frozenset[str]
    authors: frozenset[str]
    sources: Sources


def clean_lines(lines: Sequence[Line], facts: PageFacts) -> tuple[list[Line], list[Cut]]:
    """Cut what is no story; give what is left and what was cut, both in order."""
    cuts: dict[int, tuple[str, str]] = {}
    _cut_head(lines, facts, cuts)
    _cut_anywhere(lines, cuts)
    _cut_link_lines(lines, facts, cuts)
    _cut_tail(lines, facts, cuts)
    if len(cuts) == len(lines):  # nothing would be left: then it was the story after all
        cuts = {at: why for at, why in cuts.items() if why[0] in {"headline", "advert", "button"}}
        if len(cuts) == len(lines):
            cuts = {}
    kept = [line for at, line in enumerate(lines) if at not in cuts]
    removed = [
        Cut(position=at, line=lines[at], reason=reason, rule=rule) for at, (reason, rule) in sorted(cuts.items())
    ]
    return kept, removed


def _cut_head(lines: Sequence[Line], facts: PageFacts, cuts: dict[int, tuple[str, str]]) -> None:
    """Cut the headline, breadcrumbs, byline and dateline above the story's first paragraph."""
    for at, line in enumerate(lines[:_HEAD_LINES]):
        key = key_of(line.text)
        if not key:
            cuts[at] = ("symbols", "symbols@1")
        elif key in facts.titles:
            cuts[at] = ("headline", "headline@1")
        elif len(line.text) < _SHORT and key in facts.authors:
            cuts[at] = ("byline", "byline@1")
        elif len(line.text) < _META and _is_dateline(line.text) and not _sentence(line.text):
            cuts[at] = ("dateline", "dateline@1")
        elif len(line.text) < _SHORT and _is_byline(line.text, facts):
            cuts[at] = ("byline", "byline@1")
        elif len(line.text) < _STORY and says(line.text, "breadcrumb"):
            cuts[at] = ("breadcrumb", "breadcrumb@1")
        elif len(line.text) >= _STORY:
            return


def _is_dateline(text: str) -> bool:
    return says_when(text) or says(text, "dateline")


def _is_byline(text: str, facts: PageFacts) -> bool:
    if (name := signer(text)) and key_of(name) in facts.authors:
        return True
    if not says(text, "byline") or _sentence(text):
        return False
    key = key_of(text)
    return any(author in key for author in facts.authors) or sum(word[:1].isupper() for word in text.split()[1:]) >= 2


def _sentence(text: str) -> bool:
    return text.rstrip("\"'”’»)").endswith((".", "!", "?", "。", "।")) and len(text.split()) > 7


def _cut_anywhere(lines: Sequence[Line], cuts: dict[int, tuple[str, str]]) -> None:
    """Cut whole lines that are a label, a button, a teaser or a credit."""
    for at, line in enumerate(lines):
        if at not in cuts and line.kind not in {"code", "row"} and (why := _why_anywhere(line)):
            cuts[at] = why


def _why_anywhere(line: Line) -> tuple[str, str] | None:
    text = line.text
    short = len(text) < _SHORT
    if len(text) < 320 and says(text, "advert"):
        return "advert", "advert@1"
    if short and line.kind not in _HEADINGS and says(text, "button"):
        return "button", "button@1"
    if short and says(text, "related_whole"):
        return "related", "related@1"
    if len(text) < 260 and says(text, "related_prefix") and not line.quoted:
        return "related", "related@1"
    if len(text) < 160 and line.kind in {"p", "caption"} and says(text, "caption") and not _sentence(text):
        return "caption", "caption@1"
    return None


def _cut_link_lines(lines: Sequence[Line], facts: PageFacts, cuts: dict[int, tuple[str, str]]) -> None:
    """Cut paragraphs, and whole lists, that are one link to elsewhere: teasers among a story's paragraphs."""
    linked = [at not in cuts and _is_link_line(line, facts) for at, line in enumerate(lines)]
    if sum(linked) > len(lines) / 3:  # a page of links is what it is
        return
    groups: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        if line.kind in _ITEMS and line.group:
            groups.setdefault(line.group, []).append(at)
    for at, line in enumerate(lines):
        whole_list = all(linked[other] for other in groups.get(line.group, ()))
        if linked[at] and (line.kind == "p" or whole_list):
            cuts[at] = ("links", "link-line@1")


def _is_link_line(line: Line, facts: PageFacts) -> bool:
    if line.kind not in {"p", *_ITEMS} or len(line.text) < _TEASER:
        return False
    source = facts.sources.find(line.text)
    return source is not None and source.link_share > 0.95 and len(source.anchors) == 1


def _cut_tail(lines: Sequence[Line], facts: PageFacts, cuts: dict[int, tuple[str, str]]) -> None:
    """Cut from the end: sections of other articles, comments and authors, then promotion, credits and legal lines."""
    end = _section_start(lines, facts, cuts)
    at = end - 1
    n_headings = n_other = 0
    while at >= 0:
        if at not in cuts:
            why = _why_tail(lines[at], facts)
            if why is None or (why[0] == "heading" and n_other and n_headings >= _TRAILING_HEADINGS):
                break
            n_headings += why[0] == "heading"
            n_other += why[0] != "heading"
            cuts[at] = why
        at -= 1


_SECTIONS = (
    ("related_heading", "related", "related-section@1"),
    ("comments_heading", "comments", "comments-section@1"),
    ("about_author", "author", "author-section@1"),
)


def _section_start(lines: Sequence[Line], facts: PageFacts, cuts: dict[int, tuple[str, str]]) -> int:
    """Find a heading after which only teasers, comments or an author's note follow; cut from there on."""
    total = sum(len(line.text) for line in lines)
    before = 0
    for at, line in enumerate(lines):
        if before > total * 0.3 and _label(line):
            for group, reason, rule in _SECTIONS:
                if says(line.text, group) and _only_other(lines[at + 1 :], reason, facts):
                    for position in range(at, len(lines)):
                        cuts.setdefault(position, (reason, rule))
                    return at
        before += len(line.text)
    return len(lines)


def _label(line: Line) -> bool:
    """Tell a heading from a sentence and from a teaser that names its article after a colon."""
    text = line.text.rstrip()
    return (
        len(text) < _SHORT
        and line.kind != "row"
        and not text.endswith((".", "。", "!", "”", "»", '"', ","))
        and not any(mark in text[:-1] for mark in (":", "：", "|"))
    )


def _only_other(rest: Sequence[Line], reason: str, facts: PageFacts) -> bool:
    """Say whether what follows a heading is no running story: teasers are links, an author's note is short."""
    n_long = sum(len(line.text) >= _STORY for line in rest)
    if reason == "author":
        return n_long <= 2
    if reason == "comments":
        return n_long <= max(1, len(rest) / 2)
    sources = [source for line in rest if (source := facts.sources.find(line.text)) is not None]
    linked = sum(min(source.n_link, len(source.text)) for source in sources)
    total = sum(len(line.text) for line in rest)
    return linked > 0.4 * total or (n_long <= 1 and len(rest) <= _FEW and total < _STORY * (len(rest) + 1))


def _why_tail(line: Line, facts: PageFacts) -> tuple[str, str] | None:
    text = line.text
    if not key_of(text):
        return "symbols", "symbols@1"
    if line.kind in _HEADINGS:
        return "heading", "trailing-heading@1"
    for group, longest in (("promo", 420), ("legal", 700), ("credit_tail", 300)):
        if len(text) <= longest and says(text, group):
            return {"promo": "promotion", "legal": "legal", "credit_tail": "credit"}[
                group
            ], f"{group.replace('_', '-')}@1"
    if len(text) < _SHORT and (_is_dateline(text) or _is_byline(text, facts)) and not _sentence(text):
        return "dateline", "dateline@1"
    if key_of(text) in facts.authors:
        return "byline", "byline@1"
    source = facts.sources.find(text)
    if source is not None and source.link_share > 0.9 and line.kind in {"p", "li"}:
        return "links", "link-only@1"
    return None
