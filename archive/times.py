"""The stored form of a moment: ISO 8601 in UTC with microseconds and a trailing Z: text order is time order."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """Write an aware moment in its stored form."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def from_iso(text: str) -> datetime:
    """Read a stored moment back."""
    return datetime.fromisoformat(text)
