"""What injected text looks like as a whole: links elsewhere in a seller's words, or a heap of such words.

Owns the forms, each by itself enough. What a text holds is evidence.py's to weigh, where it stands spam.py's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.clean.evidence import Weight

MOSTLY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Which parts of a text's letters and digits are links."""

    foreign: float = 0.0
    """Links to other sites, and addresses there."""
    own: float = 0.0
    """Links within the site."""


def is_spam(weight: Weight, shares: Shares) -> bool:
    """Say whether a text is spam as a whole."""
    if weight.is_family:
        return shares.foreign > MOSTLY
    if weight.is_bare and weight.is_repeated and weight.n_foreign and shares.foreign > MOSTLY:
        return True
    return weight.trade is not None and any(form(weight, shares) for form in _FORMS)


def _row_of_hosts(weight: Weight, _: Shares) -> bool:
    """Bare hosts, half of them telling, and one that shares no word with the story."""
    return weight.is_bare and weight.n_strange > 0 and 2 * weight.n_told >= weight.n_foreign


def _stuffing(weight: Weight, shares: Shares) -> bool:
    """The same few words over and over."""
    return shares.own <= MOSTLY and weight.score >= (1 if weight.n_foreign else 2) and weight.is_stuffed


def _links_elsewhere(weight: Weight, shares: Shares) -> bool:
    """Nothing much but links elsewhere, which a seller's words or hosts tell."""
    if not weight.n_foreign or shares.foreign <= MOSTLY:
        return False
    if weight.is_other_script:
        return weight.coverage > 0.25 and (weight.n_words >= 1 or weight.n_hosts >= 2 or weight.score >= 1)
    return weight.coverage > 0.4 and (weight.n_words >= 1 or weight.n_hosts >= 2)


def _words_with_links(weight: Weight, _: Shares) -> bool:
    """A seller's words, with a link elsewhere among them."""
    return weight.n_foreign > 0 and weight.n_words >= 1 and weight.n_terms >= 2 and weight.coverage > MOSTLY


def _words_alone(weight: Weight, shares: Shares) -> bool:
    """A heap of a seller's words; the surer where it is no sentence, or in another language than the story."""
    if shares.own > MOSTLY:  # links to its own pages: headlines of other articles have such words, too
        return weight.n_words >= 3 and weight.coverage > 0.85
    if weight.is_other_language and weight.n_words >= 2 and weight.coverage > 0.3:
        return True
    if weight.is_other_script and weight.n_words >= 1 and weight.score > 1 and weight.coverage > 0.4:
        return not weight.is_sentence
    enough = 0.85 if weight.is_sentence else 0.6
    return (weight.n_words >= 3 and weight.coverage > enough) or (weight.n_words >= 2 and weight.coverage > 0.85)


_FORMS: tuple[Callable[[Weight, Shares], bool], ...] = (
    _row_of_hosts,
    _stuffing,
    _links_elsewhere,
    _words_with_links,
    _words_alone,
)
