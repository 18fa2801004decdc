"""A page with what was injected into it taken out: hidden blocks first, then the tails that readers see.

Owns the order, and the question whether a page is worth the search at all. Deterministic, so that a page can be parsed and
cleared again with some of its suspects left in place.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from archive.records import Removal
from pipelines.clean.dom import hidden_elements, spam_among, styled_links, take_out
from pipelines.clean.evidence import Ground, ground_of, script_of, weigh, worth_a_look
from pipelines.clean.hosts import foreign_hosts, urls_in
from pipelines.clean.lexicon import fold, hits_in
from pipelines.clean.restore import NOTHING_RESTORED, Restored
from pipelines.clean.runs import Run, runs_of
from pipelines.clean.spam import (
    Place,
    Suspect,
    cut_from_page,
    in_the_middle,
    places_of,
    removal,
    sentences,
    suspects_among,
)
from pipelines.source_blocks import SourceBlock

_LONG = 30  # a block this long, and not of links, is running text that may speak of a trade
_MOSTLY = 0.5
_WORD = re.compile(r"\w+")
_SHARED = 2
_MOST_TEXT = 600_000
_ENOUGH_LETTERS = 5_000
_LONGEST_RUN = 20_000
_MOST_WEIGHED = 1_000  # runs with words or links worth it; the longest real page has a tenth


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What was taken out of a page's tree."""

    hidden: tuple[Removal, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    left: frozenset[int] = frozenset()
    """The suspects that were left in place."""
    places: tuple[Place, ...] = ()
    """The page's runs after the cut."""

    @property
    def changed(self) -> bool:
        """Something was taken out."""
        return bool(self.hidden or len(self.suspects) > len(self.left))

    def in_the_middle(self, body_keys: Collection[str]) -> frozenset[int]:
        """Give the suspects that stand in the middle of a body: they go back to where they were."""
        return frozenset(in_the_middle(self.places, self.suspects, body_keys))

    def removals(self, body_key: str) -> tuple[Removal, ...]:
        """Give the rows: what was hidden, what was cut, and what is flagged since it stands in the body."""
        rows = list(self.hidden)
        for at, suspect in enumerate(self.suspects):
            stage = "dom"
            if at in self.left:
                stage = "flag" if any(key in body_key for key in suspect.keys) else "extractor"
            rows.append(removal(suspect, len(self.hidden) + at, stage=stage))
        return tuple(rows)


def clear(
    tree: HtmlElement,
    blocks: Sequence[SourceBlock],
    page_url: str,
    titles: Sequence[str],
    *,
    leave: frozenset[int] = frozenset(),
    restored: Restored = NOTHING_RESTORED,
) -> Cleared:
    """Take out of a tree what was injected, but for the suspects in `leave`; `titles` are all that the page states.

    What was put back in this source stays, and is not flagged.
    """
    never_shown = [
        (" ".join(element.itertext()), [link.get("href", "") for link in element.iter("a")])
        for element in tree.iter("template", "noscript")
    ]
    text = _within_bounds("\n".join([*(block.text for block in blocks), *(text for text, _ in never_shown)]))
    urls = [target for block in blocks for _, target in block.anchors]
    urls += [target for _, targets in never_shown for target in targets]
    urls += urls_in(text)
    if not worth_a_look(text, urls):
        covert = list(styled_links(tree))
        chosen = spam_among(covert, Ground(page_url=page_url)) if covert else []
        return Cleared(hidden=tuple(take_out([each for each in chosen if not restored.has(each[0].text)])))
    story = "\n".join(_agreed(titles))
    runs = runs_of(tree, never_shown=True)
    for run in runs:
        run.is_dumb = not _speaks(run, page_url)
    elements = hidden_elements(tree, [piece.holder for run in runs if not run.is_dumb for piece in run.pieces])
    inside = {each for found in elements if found.is_whole for each in found.element.iter()}
    ground = _ground(_visible(runs, inside), page_url, story, urls)
    hidden = take_out([each for each in spam_among(elements, ground) if not restored.has(each[0].text)])
    dumb = {(piece.element, piece.is_tail) for run in runs if run.is_dumb for piece in run.pieces}
    runs = runs_of(tree)
    for run in runs:
        run.is_dumb = all((piece.element, piece.is_tail) in dumb for piece in run.pieces) or restored.has(run.text)
    suspects = [suspect for suspect in suspects_among(runs, ground) if not restored.has(suspect.text)]
    if not suspects:
        return Cleared(hidden=tuple(hidden))
    places = places_of(runs, suspects)
    cut_from_page(runs, [suspect for at, suspect in enumerate(suspects) if at not in leave])
    return Cleared(hidden=tuple(hidden), suspects=tuple(suspects), left=leave, places=places)


def _speaks(run: Run, page_url: str) -> bool:
    """Say whether a run has a seller's word or a link to others: only such are worth a look at how they are hidden."""
    if len(run.raw) > _LONGEST_RUN:
        return False
    if hits_in(fold(run.raw)):
        return True
    targets = [target for _, _, target in run.links()]
    return bool(foreign_hosts([*targets, *urls_in(run.raw)], page_url))


def _visible(runs: Sequence[Run], hidden: Collection[HtmlElement]) -> Iterator[Run]:
    """Give the runs without the pieces that stand in hidden elements."""
    for run in runs:
        pieces = [piece for piece in run.pieces if piece.holder not in hidden]
        if pieces:
            yield Run(holder=run.holder, pieces=pieces, is_dumb=run.is_dumb)


def _within_bounds(text: str) -> str:
    """Give the beginning and the end of a text that no article has the length of."""
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT // 2] + text[-_MOST_TEXT // 2 :]


def _agreed(titles: Sequence[str]) -> list[str]:
    """Give the titles that share words with another: an injected h1 must not speak for the page."""
    words = [set(_WORD.findall(title.casefold())) for title in titles]
    agreed = [
        title
        for at, title in enumerate(titles)
        if any(at != other and len(words[at] & theirs) >= _SHARED for other, theirs in enumerate(words))
    ]
    return agreed or list(titles)


def _ground(runs: Iterable[Run], page_url: str, story: str, urls: Sequence[str]) -> Ground:
    """Say what a page's story speaks of: its titles, and its running text without what is spam by the titles alone."""
    titles = ground_of(page_url, story, urls)
    running: list[tuple[str, bool]] = []
    doubtful: list[str] = []
    n_weighed = 0
    for run in runs:
        text = run.text
        links = list(run.links())
        n_link = sum(end - start for start, end, _ in links) + sum(map(len, urls_in(text)))
        if len(text) < _LONG or n_link >= _MOSTLY * len(text):
            continue
        if run.is_dumb:
            running.append((text, False))
            continue
        n_weighed += 1
        if n_weighed > _MOST_WEIGHED:
            continue
        whole = weigh(text, [target for _, _, target in links], titles)
        if whole.trade and whole.is_stuffed:
            continue  # who says a few words over and over tells nothing
        if not whole.n_terms:
            running.append((text, whole.score > 0))
            continue
        for sentence in sentences(text):
            weight = weigh(sentence, (), titles)
            if not weight.n_terms or weight.coverage <= _MOSTLY:
                running.append((sentence, weight.score > 0))
            elif weight.is_sentence and not weight.is_other_language and not weight.n_foreign:
                doubtful.append(sentence)
    script = script_of("\n".join(text for text, _ in running)[:_ENOUGH_LETTERS])
    # what is written in another script and has a seller's word speaks for nobody but itself
    spoken = [text for text, has_words in running if not has_words or script_of(text) in {None, script}]
    if sum(map(len, doubtful)) > sum(map(len, spoken)):  # what a page mostly says is its story
        spoken += doubtful
    return ground_of(page_url, "\n".join([story, *spoken]), urls)
