"""Dates as feeds and sitemaps write them: RFC 822, ISO 8601 and the usual errors.

Owns how such a text becomes a date as precise as it was stated. Refuses to guess between day and month.
Pure; never raises.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

_MONTHS = {
    prefix: number
    for number, names in enumerate(
        (
            "jan gen ene янв sty led oca",
            "feb fev fév febb févr feb febr фев lut úno şub sub",
            "mar mär mrz maa mars мар mart",
            "apr avr abr апр kwi dub nis",
            "may mai mag mei май мая maj kvě",
            "jun jui juin giu iun июн cze čvn haz",
            "jul juil lug iul июл lip čvc tem",
            "aug aoû aou ago août авг sie srp ağu agu",
            "sep set sept сен wrz zář eyl",
            "oct okt ott out окт paź říj eki",
            "nov ноя lis kas",
            "dec dez déc dic дек gru pro ara",
        ),
        1,
    )
    for prefix in names.split()
}
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "met": 60, "mez": 60, "cest": 120, "mest": 120,
    "mesz": 120, "sast": 120, "eet": 120, "eest": 180, "msk": 180, "eat": 180, "pkt": 300, "wib": 420, "ict": 420, "hkt": 480,
    "sgt": 480, "awst": 480, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
    "ast": -240, "adt": -180, "edt": -240, "est": -300, "cdt": -300, "cst": -360, "mdt": -360, "mst": -420, "pdt": -420,
    "pst": -480, "brt": -180, "art": -180,
}  # fmt: skip
_ISO = re.compile(
    r"""(?x) ^ (\d{4}) [-/.]? (?: (\d{1,2}) (?: [-/.]? (\d{1,2}) (?: (?:\s*T\s*|\s+|,\s*) (?P<rest>.+) )? )? )? $"""
)
_DAY_FIRST = re.compile(r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:[\s,]+(?P<rest>\d.*))?$")
_NAMED = re.compile(
    r"^(?:[^\W\d]+\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:de\s+)?([^\W\d]{3,12})\.?,?[\s-]+(?:de\s+)?(\d{4}|\d{2})\b,?(?P<rest>.*)$"
)
_MONTH_FIRST = re.compile(
    r"^(?:[^\W\d]+,\s+)?([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b,?(?P<rest>.*)$"
)
_CLOCK = re.compile(
    r"(?ix) ^\D{0,4}? (\d{1,2}) [:.] (\d{2}) (?: [:.] (\d{2}) (?:[.,](\d+))? )? \s* ([ap]\.?m\.?)? \s* (?P<zone>.*) $"
)
_COMPACT_CLOCK = re.compile(r"^(\d{2})(\d{2})(\d{2})(?P<zone>Z|[+-]\d{2}:?\d{2})?$")
_OFFSET = re.compile(r"^(?:gmt|utc)?\s*([+\-−])\s?(\d{1,2}):?(\d{2})?\b", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def stated_date(text: str | None) -> str | None:
    """Write a date in ISO 8601 as precise as `text` states it, with its zone where it has one; None if unreadable."""
    if not text:
        return None
    text = " ".join(text[:80].split())
    if text.isdigit() and len(text) in (10, 13):
        return _from_epoch(int(text[:10]))
    try:
        return _from_parts(text)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4_096)
def parse_moment(text: str | None) -> datetime | None:
    """Give the moment of a date: aware, in UTC. A date without a zone counts as UTC, one without a time as its start."""
    stated = stated_date(text)
    if stated is None:
        return None
    if len(stated) < len("2024-05-01"):
        stated += "-01-01"[: 0 if len(stated) == len("2024-05") else None] or "-01"
    try:
        moment = datetime.fromisoformat(stated)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_epoch(seconds: int) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _from_parts(text: str) -> str | None:
    if found := _ISO.match(text):
        year, month, day = int(found[1]), found[2], found[3]
        if month is None or day is None:
            date(year, int(month or 1), 1)
            return f"{year:04d}-{int(month):02d}" if month else f"{year:04d}"
        return _with_clock(date(year, int(month), int(day)), found["rest"])
    if found := _DAY_FIRST.match(text):
        return _with_clock(date(int(found[3]), int(found[2]), int(found[1])), found["rest"])
    if found := _NAMED.match(text):
        month_number = _month(found[2])
        return _with_clock(date(_year(found[3]), month_number, int(found[1])), found["rest"]) if month_number else None
    if found := _MONTH_FIRST.match(text):
        month_number = _month(found[1])
        return _with_clock(date(int(found[3]), month_number, int(found[2])), found["rest"]) if month_number else None
    return None


def _month(name: str) -> int | None:
    name = name.lower()
    return _MONTHS.get(name) or _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)


def _with_clock(day: date, rest: str | None) -> str | None:
    if not rest or not rest.strip():
        return day.isoformat()
    rest = rest.strip()
    found = _COMPACT_CLOCK.match(rest)
    if found:
        hour, minute, second, fraction = int(found[1]), int(found[2]), int(found[3]), ""
    else:
        found = _CLOCK.match(rest)
        if not found:
            return day.isoformat()
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        fraction = (found[4] or "")[:6]
        if half := (found[5] or "").lower():
            hour = hour % 12 + (12 if half.startswith("p") else 0)
    midnight = hour == 24 and minute == second == 0
    moment = datetime(day.year, day.month, day.day, 0 if midnight else hour, minute, min(second, 59))  # noqa: DTZ001
    moment += timedelta(days=midnight)
    zone = _zone((found["zone"] or "").strip())
    if fraction.strip("0"):
        moment = moment.replace(microsecond=int(fraction.ljust(6, "0")))
    return (moment.replace(tzinfo=zone) if zone else moment).isoformat()


def _zone(text: str) -> timezone | None:
    if found := _OFFSET.match(text):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > 14 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(offset if found[1] == "+" else -offset)
    name = text.split(" ", maxsplit=1)[0].strip("()").lower()
    return timezone(timedelta(minutes=_ZONES[name])) if name in _ZONES else None
