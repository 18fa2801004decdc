"""Moments as people type them for --since and --until: 2024, 2024-03, 2024-03-05, an ISO moment, 7d, 12h, 30m, 2w.

Pure: the clock is an argument. A day stays a day (`date`), so that an article that states no hour is not cut off.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from archive.errors import UsageError

_AGO = re.compile(r"(?i)(\d{1,6})\s*([mhdw])")
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d{1,2}))?")
_HINT = "an ISO date (2024-03-05, 2024-03, 2024) or an age (30m, 12h, 7d, 2w)"


def parse_since(text: str, *, now: datetime) -> date | datetime:
    """Read the start of a span. Hours and minutes give an aware moment in UTC, all else a day.

    Raises UsageError with what would be right.
    """
    return _parse(text, now=now, last=False)


def parse_until(text: str, *, now: datetime) -> date | datetime:
    """Read the end of a span, which belongs to it: `2024-03` is the last day of March."""
    return _parse(text, now=now, last=True)


def first_moment(value: date | datetime) -> datetime:
    """Give the moment at which a span that begins with `value` begins, in UTC."""
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.combine(value, time.min, UTC)


def last_moment(value: date | datetime) -> datetime:
    """Give the moment at which a span that ends with `value` ends, in UTC."""
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.combine(value, time.max, UTC)


def _parse(text: str, *, now: datetime, last: bool) -> date | datetime:
    text = text.strip()
    try:
        if found := _AGO.fullmatch(text):
            return _ago(int(found[1]), found[2].lower(), now)
        if text.lower() in ("today", "yesterday"):
            return now.date() - timedelta(days=text.lower() == "yesterday")
        if found := _YEAR_MONTH.fullmatch(text):
            return _edge(int(found[1]), int(found[2]) if found[2] else None, last=last)
        if len(text) <= 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"“{text}” is no moment: give {_HINT}") from error
    return moment.replace(tzinfo=now.tzinfo) if moment.tzinfo is None else moment


def _ago(n: int, unit: str, now: datetime) -> date | datetime:
    if unit in "dw":
        return now.date() - timedelta(days=n * (7 if unit == "w" else 1))
    return (now - timedelta(minutes=n * (60 if unit == "h" else 1))).astimezone(UTC)


def _edge(year: int, month: int | None, *, last: bool) -> date:
    if not last:
        return date(year, 1 if month is None else month, 1)
    if month in (None, 12):
        return date(year, 12, 31)
    assert month is not None
    date(year, month, 1)
    return date(year, month + 1, 1) - timedelta(days=1)
