"""What a run did to one source, counted by outcome word, and how the source fared.

Pure; imports nothing that costs, so that a run with nothing to do can end at once.
"""

from collections import Counter
from dataclasses import dataclass, field

from pipelines.sample import Sample


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run did to one source; `reasons` counts the outcome words of its pages."""

    reasons: Counter[str] = field(default_factory=Counter)
    feeds: Counter[str] = field(default_factory=Counter)
    n_links: int = 0
    n_captures: int = 0
    n_rejected: int = 0
    n_failed: int = 0
    n_requests: int = 0
    detail: str | None = None
    sample: Sample = field(default_factory=Sample)
    """What its health is judged by; not added up over sources."""

    def add(self, other: "Tally") -> None:
        """Add another source's counts."""
        self.reasons.update(other.reasons)
        self.feeds.update(other.feeds)
        for name in ("n_links", "n_captures", "n_rejected", "n_failed", "n_requests"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


HOST_FAILURES = frozenset(
    {
        "dns",
        "refused",
        "timeout",
        "tls",
        "connection_lost",
        "connection_failed",
        "robots_unreachable",
        "refused_address",
    }
)
"""Failures of a whole host; a page's 404 says nothing about its source."""


def status_of(tally: Tally) -> str:
    """Say how a source fared: ok, paused (it asked for a pause), or failed (it was asked and gave nothing).

    Single URLs do not count: each is an outcome row. A source fails where none of its feeds answered, or nothing of its
    host did.
    """
    if tally.reasons["paused"] or tally.feeds["paused"]:
        return "paused"
    if tally.feeds.total():
        return "ok" if tally.feeds["ok"] + tally.feeds["not_modified"] else "failed"
    n_down = sum(count for word, count in tally.reasons.items() if word in HOST_FAILURES)
    return "failed" if n_down and n_down == tally.reasons.total() else "ok"
