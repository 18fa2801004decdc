"""The record of what cleaning and the extractor left out, so that it can be judged and put back.

Owns turning cuts into removals, and naming those blocks of the page that the extractor itself dropped and that a rule
knows: captions, teasers, author boxes. What was injected is injected.py's to tell.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from archive.records import Removal
from pipelines.bodytext import Line, is_caption
from pipelines.clean.hosts import urls_in
from pipelines.clean.lines import Cut, PageFacts
from pipelines.clean.phrases import says
from pipelines.source_blocks import SourceBlock, key_of

_SECTIONS = (
    ("about_author", "author", "author-section@1"),
    ("related_heading", "related", "related-section@1"),
    ("comments_heading", "comments", "comments-section@1"),
)
_HEADING = 60
_FOLLOWING = 3
_MOST = 40
_BEFORE = 8
"""Blocks above the story's first that may be the caption of its first picture."""
_ABOVE = 3


def removals_of(cuts: Iterable[Cut], facts: PageFacts) -> list[Removal]:
    """Give the removals of the lines that the text stage cut."""
    return [
        Removal(
            stage="text",
            reason=cut.reason,
            rule=cut.rule,
            position=cut.position,
            text=cut.line.text[:4000],
            urls=_urls(cut.line.text, facts),
        )
        for cut in cuts
    ]


def _urls(text: str, facts: PageFacts) -> tuple[str, ...]:
    source = facts.sources.find(text)
    targets = [target for _, target in source.anchors if target] if source else []
    return tuple(dict.fromkeys([*urls_in(text), *targets]))[:100]


def dropped_by_extractor(lines: Sequence[Line], cuts: Sequence[Cut], facts: PageFacts) -> list[Removal]:
    """Name the page's blocks that are in no line and that a rule knows: captions in the story, teasers and author boxes below."""
    seen = {key_of(line.text) for line in lines} | {key_of(cut.line.text) for cut in cuts}
    blocks = facts.sources.blocks
    inside = [at for at, block in enumerate(blocks) if block.key in seen]
    first, last = (inside[0], inside[-1]) if inside else (0, -1)
    found: list[Removal] = []
    section: tuple[str, str] | None = None
    n_following = 0
    for at, block in enumerate(blocks):
        if block.key in seen or not block.key or len(found) >= _MOST:
            continue
        if first - _BEFORE <= at <= last and _in_caption(block):
            found.append(_removal(block, at, "caption", "caption-block@1"))
            continue
        known = _section(block) if at > last else None
        if known is not None:
            section, n_following = known, 0
        elif section is not None:
            n_following += 1
        if section is not None and n_following <= _FOLLOWING:
            found.append(_removal(block, at, *section))
    return found


def _in_caption(block: SourceBlock) -> bool:
    around = [block.element, *islice(block.element.iterancestors(), _ABOVE)]
    return any(map(is_caption, around))


def _section(block: SourceBlock) -> tuple[str, str] | None:
    if len(block.text) > _HEADING:
        return None
    return next(((reason, rule) for group, reason, rule in _SECTIONS if says(block.text, group)), None)


def _removal(block: SourceBlock, position: int, reason: str, rule: str) -> Removal:
    urls = dict.fromkeys([*urls_in(block.text), *(target for _, target in block.anchors if target)])
    return Removal(
        stage="extractor", reason=reason, rule=rule, position=position, text=block.text[:4000], urls=tuple(urls)[:100]
    )
