"""The revisions of an article in the order of capture, when several archives saw it.

Pure. Owns what is an edit once the sightings of two archives stand in one row, by the rule of pipelines/verdict.py: two
texts are compared only as one extractor reads both, and where none does, no edit is claimed. Nothing is lost: a
sighting that turns out to be none stays as one, so that a third archive can still tell. A result depends on the set of
sightings alone, never on the order in which archives came.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from archive.records import Extractor

CaptureKey = tuple[str, str, str]
"""(fetched_at, WARC-Record-ID, url): what names a capture in any archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An extraction without its ids: `row` holds the other columns, `key` hashes them."""

    key: str
    made_at: str
    extractor: Extractor
    headline: str | None
    body_sha256: str
    by_hint: bool
    """Only the feed states the headline."""
    row: Mapping[str, Any]
    capture: CaptureKey | None
    removals: tuple[tuple[Any, ...], ...] = ()
    imported: tuple[Any, ...] | None = None
    trace: bytes | None = None
    id: int | None = None
    """In the archive that is merged into."""

    @property
    def rank(self) -> tuple[str, bool, str]:
        """What is made later is read; of one moment, what a template was cut from."""
        return self.made_at, bool(self.extractor.template), self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A text of an article that an archive took for an edit when it saw it, at the instant of its capture."""

    at: str
    capture: CaptureKey | None
    readings: tuple[Reading, ...]
    revision_id: int | None = None
    """In the archive that is merged into, where it is a revision there."""
    folded_id: int | None = None
    """The same, where it is no edit there."""


def united(ours: Iterable[Sighting], theirs: Iterable[Sighting]) -> list[Sighting]:
    """Give all sightings in the order of capture; what both have, with the readings of both."""
    found = {one.at: one for one in ours}
    for other in theirs:
        mine = found.get(other.at)
        found[other.at] = other if mine is None else _both(mine, other)
    return [found[at] for at in sorted(found)]


def _both(ours: Sighting, theirs: Sighting) -> Sighting:
    readings = {(one.made_at, one.key): one for one in ours.readings}
    for other in theirs.readings:
        name = (other.made_at, other.key)
        mine = readings.get(name)
        readings[name] = other if mine is None else replace(
            mine,
            capture=_first(mine.capture, other.capture),
            imported=mine.imported or other.imported,
            trace=mine.trace or other.trace,
        )  # fmt: skip
    ordered = tuple(sorted(readings.values(), key=lambda one: one.rank))
    return replace(ours, capture=_first(ours.capture, theirs.capture), readings=ordered)


def _first(left: CaptureKey | None, right: CaptureKey | None) -> CaptureKey | None:
    """What one archive pruned, the other may have."""
    return min((one for one in (left, right) if one is not None), default=None)


def grouped(sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    """Put sightings, in the order of capture, into revisions: the first of each is the edit, the others repeat it."""
    groups: list[list[Sighting]] = []
    for sighting in sightings:
        if groups and not _is_edit(groups[-1], sighting):
            groups[-1].append(sighting)
        else:
            groups.append([sighting])
    return groups


def _is_edit(revision: Sequence[Sighting], later: Sighting) -> bool:
    for earlier in reversed(revision):
        differs = compared(earlier, later)
        if differs is not None:
            return differs
    return False


def compared(earlier: Sighting, later: Sighting) -> bool | None:
    """Tell whether one extractor reads two sightings differently; None where none has read both."""
    pairs = [(one, two) for one in earlier.readings for two in later.readings if one.extractor == two.extractor]
    if not pairs:
        return None
    return any(
        one.body_sha256 != two.body_sha256 or (one.headline != two.headline and not two.by_hint) for one, two in pairs
    )


def current(revision: Iterable[Sighting]) -> Reading:
    """Give the reading that a revision shows: the latest made of any of its sightings."""
    return max((reading for one in revision for reading in one.readings), key=lambda one: one.rank)


def bridged(revisions: Sequence[Sequence[Sighting]]) -> list[Sighting]:
    """Give the sightings of one archive's revisions, with what it knew when it told one from the next.

    A live crawl that finds a page changed under another template has looked at the kept text through that template. Where
    that cut nothing, it wrote no reading: written down here, it keeps the two apart among other archives' sightings.
    """
    found = [list(revision) for revision in revisions]
    for earlier, later in pairwise(found):
        if _is_edit(earlier, later[0]):
            continue
        kept, edit = current(earlier), min(later[0].readings, key=lambda one: one.rank)
        extractor = replace(kept.extractor, template=edit.extractor.template)
        if extractor == edit.extractor and kept.extractor != extractor:
            seen = replace(kept, extractor=extractor, row={**kept.row, "template": extractor.template}, id=None)
            earlier[-1] = replace(earlier[-1], readings=(*earlier[-1].readings, _named(seen)))
    return [sighting for revision in found for sighting in revision]


def _named(reading: Reading) -> Reading:
    return replace(reading, key=key_of(reading.row), imported=None)


def key_of(row: Mapping[str, Any]) -> str:
    """Hash what an extraction says and who made it; its text by the hash that it has."""
    text = json.dumps({name: row[name] for name in sorted(row) if name not in {"body", "marks"}}, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
