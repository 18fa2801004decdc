"""Kept captures as a task: read back and extracted in a worker, wherever their WARC files lie.

Owns how a pointer becomes a page again. Reads no database and writes nothing. The engine's contract is pipelines/engine.py.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.articles import Payload
from archive.errors import ArchiveError
from archive.records import Article, Hints
from pipelines.clean.template import Template, clean_template
from pipelines.items import NoArticle
from pipelines.kept_pages import read_back
from pipelines.part_reading import joined
from pipelines.warc_pages import read_within
from pipelines.workers import Reading, signed

AT_ONCE = 50
"""Captures a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureToRead:
    """A capture, and how its page is to be read."""

    payload: Payload
    further: tuple[Payload, ...] = ()
    """The article's further pages, where it is spread over several."""
    profile: str = "full"
    template: Template = field(default_factory=Template)
    hints: Hints = field(default_factory=Hints)
    restored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturesRead:
    """What a batch of captures brought, one for each in order; None where the record is not there or is damaged."""

    readings: tuple[Reading | None, ...]
    rest: "CaptureBatch | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureBatch:
    """Some captures of one archive."""

    folder: Path
    captures: tuple[CaptureToRead, ...]
    at_most: int = AT_ONCE
    passed_over: tuple[str, str] | None = None

    @property
    def seconds(self) -> float:
        """How long it may take."""
        return 60.0 if self.at_most == 1 else 300.0

    def alone(self) -> "CaptureBatch | None":
        """Give its first capture as a task of its own."""
        return None if self.at_most == 1 else replace(self, at_most=1)

    def blamed(self, reason: str, detail: str) -> "CaptureBatch":
        """Give a task that does not read its first capture."""
        return replace(self, at_most=1, passed_over=(reason, detail))

    def run(self) -> CapturesRead:
        """Read them."""
        readings: list[Reading | None] = []
        for capture in self.captures[: self.at_most]:
            if self.passed_over is not None:
                reason, detail = self.passed_over
                readings.append(Reading(extraction=NoArticle(reason=reason, detail=detail)))
            else:
                readings.append(_read(self.folder, capture))
        left = self.captures[self.at_most :]
        more = min(AT_ONCE, 2 * self.at_most)
        rest = replace(self, captures=left, at_most=more, passed_over=None) if left else None
        return CapturesRead(readings=tuple(readings), rest=rest)


def _read(folder: Path, capture: CaptureToRead) -> Reading | None:
    try:
        pages = read_back(folder, (capture.payload, *capture.further), capture.hints, capture.restored)
    except (ArchiveError, OSError):
        return None  # `doctor` says which records are damaged
    readings = []
    for page in pages:
        reading = read_within(page, capture.profile)
        if capture.template.version and isinstance(reading.extraction, Article):
            reading = signed(clean_template(reading.extraction, capture.template))
        readings.append(reading)
    return joined(readings)
