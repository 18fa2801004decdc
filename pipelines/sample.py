"""What a run saw of a source's pages and places, gathered as they come: what its health is judged by.

Owns the counting; the rules are archive/health.py's. Pure, and light: a run with nothing to do imports it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.url_key import host_of

if TYPE_CHECKING:
    from archive.health import Facts, Place
    from archive.records import Article

TEXTLESS = frozenset({"no_text", "empty", "consent_wall", "bot_wall", "too_complex", "extractor_error"})
"""Outcomes of pages that should have had a text."""
PASSING = frozenset(
    {"paused", "timeout", "refused", "connection_lost", "connection_failed", "dataloss", "robots_unreachable"}
)
"""Failures of a place that say nothing about whether it is still there."""


@dataclass(slots=True, kw_only=True)
class Sample:
    """What was seen; lengths are in characters."""

    lengths: list[int] = field(default_factory=list)
    n_undated: int = 0
    n_untitled: int = 0
    n_elsewhere: int = 0
    """Articles that name another site's page as their canonical URL."""
    texts: Counter[int] = field(default_factory=Counter)
    """Hash of a body -> on how many pages."""
    moved: Counter[str] = field(default_factory=Counter)
    """Host -> pages of another host that it answered."""
    places: list[Place] = field(default_factory=list)
    n_answered: int = 0

    def see_article(self, article: Article) -> None:
        """Count a page with an article."""
        self.lengths.append(len(article.body))
        self.n_undated += article.published is None
        self.n_untitled += not article.headline
        self.n_elsewhere += _is_elsewhere(article)
        self.texts[hash(article.body)] += 1

    def see_hop(self, asked: str, answered: str | None) -> None:
        """Count a page that another host answered."""
        if answered and (host := other_host(asked, answered)):
            self.moved[host] += 1


def other_host(asked: str, answered: str) -> str | None:
    """Give the host of the second URL where it is another one than the first's, `www.` aside."""
    try:
        host, before = host_of(_netloc(answered)), host_of(_netloc(asked))
    except ValueError:
        return None
    return None if host == before or host.endswith(f".{before}") else host


def _is_elsewhere(article: Article) -> bool:
    if not article.canonical_url:
        return False
    from pipelines.clean.hosts import foreign_hosts

    return bool(foreign_hosts([article.canonical_url], article.url))


def _netloc(url: str) -> str:
    return url.split("/", 3)[2].rpartition("@")[2].partition(":")[0] if url.count("/") >= 2 else url


def says_gone(word: str) -> bool:
    """Tell whether a place's failure means that it is not there any more."""
    return word not in PASSING and not word.startswith("http_5") and word != "http_429"


def facts_of(sample: Sample, reasons: Counter[str]) -> Facts:
    """Sum a run of one source up."""
    from archive.health import Facts

    ordered = sorted(sample.lengths)
    host, n_moved = max(sample.moved.items(), key=lambda item: item[1], default=(None, 0))
    return Facts(
        n_answered=sample.n_answered,
        n_new=reasons["new"],
        n_read=len(ordered),
        n_empty=sum(reasons[word] for word in TEXTLESS),
        length=float(ordered[len(ordered) // 2]) if ordered else None,
        n_undated=sample.n_undated,
        n_untitled=sample.n_untitled,
        n_elsewhere=sample.n_elsewhere,
        n_same=max(sample.texts.values(), default=0),
        n_moved=n_moved,
        moved_to=host,
        places=tuple(sample.places),
    )
