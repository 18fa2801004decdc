"""Injected spam that readers see: tails of bare URLs or link words, and stuffed keywords, at the end of a body.

Owns the structural half of the evidence (what stands at the very end and is nothing but links or keywords); the other
half is evidence.py's. Refuses to touch the middle of a body.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipelines.bodytext import Line
from pipelines.clean.evidence import content_evidence, trades_in, urls_in
from pipelines.clean.lines import Cut, PageFacts

_TRAILING_URL = re.compile(r"(?i)[\s\u00a0]*(?:https?://|www\.)[^\s<>\"']+[\s|,;·•/-]*$")
_MOST_LINES = 12
_INTRODUCED = (":", "：", "–", "—", "->", "→")
_WORD = re.compile(r"\w+")


def cut_spam_tail(lines: Sequence[Line], facts: PageFacts, page_url: str, story: str) -> tuple[list[Line], list[Cut]]:
    """Cut spam at a body's end: whole lines first, then what trails the last line; `story`: title and description."""
    kept = list(lines)
    cuts: list[Cut] = []
    start = _tail_start(kept, facts)
    if start < len(kept):
        tail = kept[start:]
        urls = [url for line in tail for url in _urls(line, facts)]
        text = "\n".join(line.text for line in tail)
        rest = "\n".join([story, *(line.text for line in kept[:start])])
        evidence = content_evidence(text, urls, story=rest, page_url=page_url)
        introduced = start > 0 and kept[start - 1].text.rstrip().endswith(_INTRODUCED)
        if evidence and start and not introduced:
            cuts = [_cut(start + at, line, f"tail+{evidence.replace(':', '-')}@1") for at, line in enumerate(tail)]
            del kept[start:]
    if kept:
        shorter, trailing = _trimmed(kept[-1], facts, page_url, "\n".join([story, *(line.text for line in kept[:-1])]))
        if trailing is not None:
            cuts.insert(0, _cut(len(kept) - 1, trailing, "trailing-links@1"))
            kept[-1:] = [shorter] if shorter.text else []
    return kept, cuts


def _cut(position: int, line: Line, rule: str) -> Cut:
    return Cut(position=position, line=line, reason="spam", rule=rule)


def _urls(line: Line, facts: PageFacts) -> list[str]:
    source = facts.sources.find(line.text)
    return [*urls_in(line.text), *(target for _, target in (source.anchors if source else ()))]


def _tail_start(lines: Sequence[Line], facts: PageFacts) -> int:
    """Find where the tail of lines begins that are nothing but links or keywords."""
    start = len(lines)
    while start > 0 and len(lines) - start < _MOST_LINES and _is_tail(lines[start - 1], facts):
        start -= 1
    return start


def _is_tail(line: Line, facts: PageFacts) -> bool:
    bare = sum(len(url) for url in urls_in(line.text))
    if bare > 0.6 * len(line.text):
        return True
    source = facts.sources.find(line.text)
    if source is not None and source.link_share > 0.6:
        return True
    return _stuffed(line)


def _stuffed(line: Line) -> bool:
    """Tell keywords from a sentence: the lexicon's terms are a third of the words, and there are at least two of them."""
    words = _WORD.findall(line.text)
    n_terms = sum(trades_in(line.text).values())
    return (n_terms >= 2 and 6 * n_terms >= len(words)) or (n_terms >= 1 and len(words) <= 4)


def _trimmed(line: Line, facts: PageFacts, page_url: str, story: str) -> tuple[Line, Line | None]:
    """Cut URLs, and link words, that trail a line's last sentence."""
    text = line.text
    cut = _trailing_start(text, facts)
    body, trailing = text[:cut].rstrip(), text[cut:].strip()
    if not trailing or body.endswith(_INTRODUCED):
        return line, None
    source = facts.sources.find(text)
    targets = [target for words, target in (source.anchors if source else ()) if words and words in trailing]
    if not content_evidence(trailing, [*urls_in(trailing), *targets], story=f"{story}\n{body}", page_url=page_url):
        return line, None
    spans = tuple(replace(span, end=min(span.end, len(body))) for span in line.spans if span.start < len(body))
    return replace(line, text=body, spans=spans), replace(line, text=trailing, spans=())


def _trailing_start(text: str, facts: PageFacts) -> int:
    end = len(text)
    source = facts.sources.find(text)
    anchors = [words for words, _ in (source.anchors if source else ()) if words]
    while True:
        if found := _TRAILING_URL.search(text[:end]):
            end = found.start()
            continue
        stripped = text[:end].rstrip(" \u00a0|,;·•/-")
        anchor = next((words for words in reversed(anchors) if stripped.endswith(words)), None)
        if anchor is None:
            return end
        anchors.remove(anchor)
        end = len(stripped) - len(anchor)
