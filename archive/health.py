"""The health of sources, judged from our own history: what broke at a source that still answers.

Owns the rules and the table health. A rule trips in a run by what the run saw; it is said when it tripped in two runs in
a row that could see it, and again in each run that confirms it. A run that could not see it changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from archive.times import from_iso, iso

if TYPE_CHECKING:
    from archive.store import Store

RUNS_IN_A_ROW = 2
LEAST_READ = 3
"""Pages of a run, before it says something about its source."""
LEAST_KNOWN = 5
"""Pages of earlier runs to compare with."""
MOST_RUNS = 200
"""Earlier runs that are looked at."""
BECOMES_USUAL = timedelta(days=30)
"""What has been so for so long is how the source is now."""
QUIET = timedelta(days=1)
"""The least silence that is odd, of a source that usually has something new."""


class Rule(StrEnum):
    """What can be wrong with a source."""

    NO_NEW = "no_new"
    EMPTY = "empty"
    SHORT = "short"
    UNDATED = "undated"
    UNTITLED = "untitled"
    ONE_TEXT = "one_text"
    FEED_GONE = "feed_gone"
    HOST_CHANGED = "host_changed"
    CANONICAL_ELSEWHERE = "canonical_elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A feed, sitemap or section as a run found it."""

    url: str
    gone: str | None = None
    """Why it lists nothing any more: an outcome word, or `lists nothing`."""
    useful_before: bool = False
    moved_to: str | None = None
    """The host that answers now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a run saw of a source."""

    n_answered: int = 0
    """Feeds, sitemaps and sections that answered."""
    n_new: int = 0
    n_read: int = 0
    """Pages with an article."""
    n_empty: int = 0
    """Pages without a text where one was expected."""
    length: float | None = None
    """Median length of the bodies, in characters."""
    n_undated: int = 0
    n_untitled: int = 0
    n_same: int = 0
    """Pages with the text that most of them had."""
    n_elsewhere: int = 0
    """Pages with an article that name another site's as their canonical URL."""
    n_moved: int = 0
    """Pages that another host answered."""
    moved_to: str | None = None
    places: tuple[Place, ...] = ()
    tripped: tuple[str, ...] = ()
    """The rules that tripped; in stored facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An earlier run."""

    at: datetime
    facts: Facts
    odd: bool = False
    """Something tripped, not long ago: nothing to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says of a run: `detail` is None where all is well. `subject` is a feed's URL for rules about one."""

    rule: Rule
    detail: str | None
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong with a source, since when, for people."""

    source: str
    rule: str
    subject: str
    detail: str
    since: str
    n_runs: int

    def __str__(self) -> str:
        """Give it in a line."""
        return f"{self.subject}: {self.detail}" if self.subject else self.detail


def judge(facts: Facts, past: Sequence[Past], now: datetime) -> Iterator[Finding]:
    """Give what each rule can say of a run; nothing where the run could not see it. `past` is latest first."""
    yield from _pages(facts, past)
    yield from _silence(facts, past, now)
    for place in facts.places:
        if place.useful_before:
            yield Finding(rule=Rule.FEED_GONE, subject=place.url, detail=place.gone)
        moved = f"now answered by {place.moved_to}" if place.moved_to else None
        yield Finding(rule=Rule.HOST_CHANGED, subject=place.url, detail=moved)
    if facts.n_read + facts.n_empty >= LEAST_READ:
        most = facts.n_moved * 2 >= facts.n_read + facts.n_empty
        detail = f"{facts.n_moved} pages now answered by {facts.moved_to}" if most else None
        yield Finding(rule=Rule.HOST_CHANGED, detail=detail)


def _pages(facts: Facts, past: Sequence[Past]) -> Iterator[Finding]:
    n_pages = facts.n_read + facts.n_empty
    if n_pages < LEAST_READ:
        return
    known = [run.facts for run in past if not run.odd]
    n_known = sum(run.n_read + run.n_empty for run in known)
    if n_known >= LEAST_KNOWN:
        usual = sum(run.n_empty for run in known) / n_known
        detail = f"{facts.n_empty} of {n_pages} pages without a text, usually {usual:.0%}"
        yield _odd(Rule.EMPTY, facts.n_empty / n_pages, usual, detail)
    if facts.n_read < LEAST_READ:
        return
    same = facts.n_same if facts.n_same >= LEAST_READ and facts.n_same * 2 >= facts.n_read else 0
    yield Finding(rule=Rule.ONE_TEXT, detail=f"the same text on {same} of {facts.n_read} pages" if same else None)
    n_texts = sum(run.n_read for run in known)
    if n_texts < LEAST_KNOWN:
        return
    for rule, what, number, before in (
        (Rule.UNDATED, "without a date", facts.n_undated, sum(run.n_undated for run in known)),
        (Rule.UNTITLED, "without a headline", facts.n_untitled, sum(run.n_untitled for run in known)),
        (
            Rule.CANONICAL_ELSEWHERE,
            "with a canonical URL of another site",
            facts.n_elsewhere,
            sum(run.n_elsewhere for run in known),
        ),
    ):
        usual = before / n_texts
        yield _odd(
            rule, number / facts.n_read, usual, f"{number} of {facts.n_read} articles {what}, usually {usual:.0%}"
        )
    lengths = [run.length for run in known for _ in range(min(run.n_read, 20)) if run.length is not None]
    if lengths and facts.length is not None:
        usual = statistics.median(lengths)
        detail = f"bodies of {facts.length:.0f} characters, usually {usual:.0f}"
        yield Finding(rule=Rule.SHORT, detail=detail if facts.length * 2 <= usual else None)


def _odd(rule: Rule, share: float, usual: float, detail: str) -> Finding:
    """Trip where at least half of a run's pages lack something that few of the earlier ones lacked."""
    return Finding(rule=rule, detail=detail if share >= 0.5 and usual <= 0.2 else None)


def _silence(facts: Facts, past: Sequence[Past], now: datetime) -> Iterator[Finding]:
    """Compare how long a source has had nothing new with its longest silence so far."""
    if not facts.n_answered:
        return
    moments = [run.at for run in past if run.facts.n_new]
    if facts.n_new or len(moments) < 3:
        yield Finding(rule=Rule.NO_NEW, detail=None)
        return
    longest = max(later - earlier for later, earlier in pairwise(moments))
    silence = now - moments[0]
    detail = f"no new article for {_span(silence)}, at most {_span(longest)} before"
    yield Finding(rule=Rule.NO_NEW, detail=detail if silence > max(QUIET, 2 * longest) else None)


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span.days > 1 else f"{span.total_seconds() / 3600:.0f} hours"


def note_run(store: Store, source_id: int, facts: Facts, now: datetime) -> tuple[str, tuple[Complaint, ...]]:
    """Judge a run of a source, write its health, and give the facts to keep with the run and what has to be said."""
    found = list(judge(facts, _past(store, source_id, now), now))
    said = []
    for finding in found:
        n_runs = _note(store, source_id, finding, now)
        if n_runs >= RUNS_IN_A_ROW and finding.detail is not None:
            said.append((finding.rule.value, finding.subject))
    standing = complaints(store.db.conn, source_id) if said else ()
    return _stored(facts, found), tuple(one for one in standing if (one.rule, one.subject) in said)


def _stored(facts: Facts, found: Sequence[Finding]) -> str:
    """Give what later runs compare with, as JSON; nothing of a run that read no page."""
    if not facts.n_read + facts.n_empty:
        return "{}"
    tripped = sorted({finding.rule.value for finding in found if finding.detail is not None})
    values = {name: value for name, value in asdict(facts).items() if value and name not in {"places", "n_answered"}}
    return json.dumps(values | ({"tripped": tripped} if tripped else {}), sort_keys=True)


def _past(store: Store, source_id: int, now: datetime) -> list[Past]:
    """Give the earlier runs of a source that read pages or brought something new, latest first."""
    runs = {}
    for condition in ("s.facts != '{}'", "s.n_new > 0"):
        for row in store.db.execute(
            "SELECT s.run_id, r.started_at, s.facts, s.n_new FROM run_sources s JOIN runs r ON r.id = s.run_id"
            f" WHERE s.source_id = ? AND {condition} ORDER BY s.run_id DESC LIMIT ?",
            (source_id, MOST_RUNS),
        ):
            at, facts = from_iso(row["started_at"]), _read({**json.loads(row["facts"]), "n_new": row["n_new"]})
            runs[row["run_id"]] = Past(at=at, facts=facts, odd=bool(facts.tripped) and now - at <= BECOMES_USUAL)
    return [runs[run_id] for run_id in sorted(runs, reverse=True)]


def _read(values: Mapping[str, Any]) -> Facts:
    known = {name: value for name, value in values.items() if name in Facts.__slots__}
    return Facts(**{**known, "places": (), "tripped": tuple(known.get("tripped", ()))})


def _note(store: Store, source_id: int, finding: Finding, now: datetime) -> int:
    """Write what a rule says, and give in how many runs in a row it has tripped."""
    place = (source_id, finding.rule.value, finding.subject)
    if finding.detail is None:
        store.db.execute("DELETE FROM health WHERE source_id = ? AND rule = ? AND subject = ?", place)
        return 0
    row = store.db.execute(
        "INSERT INTO health (source_id, rule, subject, detail, since_at, n_runs) VALUES (?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (source_id, rule, subject) DO UPDATE SET n_runs = n_runs + 1, detail = excluded.detail"
        " RETURNING n_runs",
        (*place, finding.detail, iso(now)),
    ).fetchone()
    return int(row[0])


def complaints(db: sqlite3.Connection, source_id: int | None = None) -> tuple[Complaint, ...]:
    """Give what has been wrong for two runs or more, of one source or of all."""
    rows = db.execute(
        "SELECT s.name AS source, h.rule, h.subject, h.detail, h.since_at AS since, h.n_runs FROM health h"
        " JOIN sources s ON s.id = h.source_id WHERE h.n_runs >= ? AND (?2 IS NULL OR h.source_id = ?2)"
        " ORDER BY s.name, h.rule, h.subject",
        (RUNS_IN_A_ROW, source_id),
    )
    return tuple(Complaint(**dict(row)) for row in rows)
