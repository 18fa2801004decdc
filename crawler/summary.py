"""What a run was asked to do and how it ended, for people and as JSON.

Pure. On failure it says at most 20 lines: which run, which sources, why, and what to ask next.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.text import one_line
from archive.times import iso
from pipelines.tally import Tally

MOST_SOURCES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """What a crawl is asked to do; seconds for times."""

    limit: int | None = None
    max_time: float | None = None
    wait: float = 0.0
    fast: bool = False
    since: datetime | None = None
    until: datetime | None = None
    backfill: bool = False
    min_free: int | None = None
    """Bytes."""

    def as_json(self) -> dict[str, Any]:
        """Give what the run's row says of it."""
        values = {name: value for name in self.__slots__ if (value := getattr(self, name))}
        return {name: iso(value) if isinstance(value, datetime) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """How one source fared in a run."""

    name: str
    status: str
    detail: str | None
    tally: Tally
    health: tuple[str, ...] = ()
    """What its health rules say, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """How a run ended."""

    run_id: int
    exit_code: int
    finish_reason: str
    total: Tally
    sources: tuple[SourceSummary, ...]


def as_text(summary: RunSummary, *, log: Path | None = None) -> str:
    """Give the summary in at most 20 lines; sources that are not well are named, and where more is to be read."""
    total = summary.total
    lines = [
        f"run {summary.run_id}: {total.n_requests} requests, {total.n_links} new links,"
        f" {total.reasons['new']} new articles, {total.reasons['revised']} revised,"
        f" {total.reasons['unchanged'] + total.reasons['not_modified']} unchanged, {total.reasons['duplicate']} duplicates,"
        f" {total.n_rejected} rejected, {total.n_failed} failed"
    ]
    if summary.finish_reason not in {"finished", "shutdown"}:
        lines.append(f"  ended early: {summary.finish_reason}")
    if odd := odd_reasons(total):
        lines.append("  why: " + ", ".join(f"{word} {count}" for word, count in odd))
    unwell = [line for source in summary.sources for line in _unwell(source)]
    lines += unwell[:MOST_SOURCES]
    if len(unwell) > MOST_SOURCES:
        lines.append(f"  … and {len(unwell) - MOST_SOURCES} more")
    if unwell:
        lines.append(f"  more: presskeep runs show {summary.run_id}")
    if log is not None and summary.exit_code != 0:
        lines.append(f"  log: {log}")
    return "\n".join(lines) + "\n"


def _unwell(source: SourceSummary) -> list[str]:
    name = one_line(source.name)
    lines = [f"  unwell: {name}: {one_line(said)}" for said in source.health]
    if source.status != "ok":
        lines.insert(0, f"  {source.status}: {name}" + (f" ({one_line(source.detail)})" if source.detail else ""))
    return lines


def odd_reasons(tally: Tally) -> list[tuple[str, int]]:
    """Give the outcome words of pages that brought no article, the most frequent first."""
    well = {"new", "revised", "unchanged", "duplicate", "not_modified"}
    return [(word, count) for word, count in tally.reasons.most_common(8) if word not in well]


def as_json(summary: RunSummary) -> str:
    """Give the whole summary as JSON (`--report`)."""
    return (
        json.dumps(
            {
                "run": summary.run_id,
                "exit_code": summary.exit_code,
                "finish_reason": summary.finish_reason,
                **_counts(summary.total),
                "sources": [
                    {
                        "name": source.name,
                        "status": source.status,
                        "detail": source.detail,
                        "health": list(source.health),
                        **_counts(source.tally),
                    }
                    for source in summary.sources
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def _counts(tally: Tally) -> dict[str, object]:
    return {
        "requests": tally.n_requests,
        "links": tally.n_links,
        "captures": tally.n_captures,
        "new": tally.reasons["new"],
        "revised": tally.reasons["revised"],
        "unchanged": tally.reasons["unchanged"] + tally.reasons["not_modified"],
        "duplicates": tally.reasons["duplicate"],
        "rejected": tally.n_rejected,
        "failed": tally.n_failed,
        "reasons": dict(sorted(tally.reasons.items())),
        "feeds": dict(sorted(tally.feeds.items())),
    }
