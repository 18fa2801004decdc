"""The fields that have been chosen for an article so far, each with its signal.

Owns one rule: the first value that is put stays. Knows no field by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from archive.records import Signal

CONFIDENCE = {
    "json-ld": 0.9,
    "h1": 0.85,
    "opengraph": 0.8,
    "microdata": 0.8,
    "twitter": 0.7,
    "meta": 0.7,
    "feed": 0.7,
    "title": 0.5,
}


@dataclass(slots=True, kw_only=True)
class Fields:
    """The fields chosen so far, with their signals."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    signals: dict[str, Signal] = field(default_factory=dict)

    def put(self, name: str, value: str | None, origin: str, confidence: float | None = None) -> bool:
        """Set a field that has no value yet; say whether it took."""
        if not value or name in self.values:
            return False
        self.values[name] = value
        self.signals[name] = Signal(
            origin=origin, confidence=CONFIDENCE.get(origin, 0.5) if confidence is None else confidence
        )
        return True

    def put_all(self, name: str, values: Iterable[str], origin: str, confidence: float | None = None) -> bool:
        """Set a list field that has no value yet."""
        found = tuple(dict.fromkeys(value for value in values if value))
        if not found or name in self.lists:
            return False
        self.lists[name] = found
        self.signals[name] = Signal(
            origin=origin, confidence=CONFIDENCE.get(origin, 0.5) if confidence is None else confidence
        )
        return True
