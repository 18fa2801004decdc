"""The dates a page states, as ISO 8601 no more and no less precise than the page has them.

Owns reading of one date text. Refuses to guess: day and month are never swapped to make a date fit, and what lies
before the web or in the future is no date.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_ISO = re.compile(
    r"""(?x) ^\s* (\d{4}) [-/.] (\d{1,2}) [-/.] (\d{1,2})
    (?: [T\s,]+ (\d{1,2}) : (\d{2}) (?: : (\d{2}) (?: [.,] (\d{1,9}) )? )? )?
    \s* ( Z | UTC | GMT | [+-]\d{2}:?\d{2} | [+-]\d{1,2} )? (?: \[.*\] )? \s*$"""
)
_COMPACT = re.compile(r"^\s*(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\s*(Z|[+-]\d{2}:?\d{2})?\s*$")
_YEAR_MONTH = re.compile(r"^\s*(\d{4})-(\d{2})\s*$")
_EPOCH = re.compile(r"^\s*(\d{10})(?:\d{3})?\s*$")
_OLDEST = 1990
_SKEW = timedelta(days=2)  # zones and clocks that run ahead
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio januari janeiro styczeń stycznia января",
            "feb february februar février febrero febbraio februari fevereiro luty lutego февраля",
            "mar march märz mars marzo maart março marca марта",
            "apr april avril abril aprile kwietnia апреля",
            "may mai mayo maggio mei maio maja мая",
            "jun june juni juin junio giugno junho czerwca июня",
            "jul july juli juillet julio luglio julho lipca июля",
            "aug august août agosto augustus augusti sierpnia августа",
            "sep sept september septembre septiembre settembre setembro września сентября",
            "oct october oktober octobre octubre ottobre outubro października октября",
            "nov november novembre noviembre novembro listopada ноября",
            "dec december dezember décembre diciembre dicembre dezembro grudnia декабря",
        ),
        start=1,
    )
    for name in names.split()
}
_WORDED = (
    re.compile(r"(?i)\b(?P<month>[^\W\d]{3,12})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})\b"),
    re.compile(
        r"(?i)\b(?P<day>\d{1,2})(?:st|nd|rd|th|\.|º)?\s+(?:de\s+)?(?P<month>[^\W\d]{3,12})\.?,?\s+(?:de\s+)?(?P<year>\d{4})\b"
    ),
)


def iso_date(text: str, *, now: datetime) -> str | None:
    """Give a stated date as ISO 8601 (date, or date and time, with its zone where stated); None where there is none."""
    found = _ISO.match(text) or _COMPACT.match(text)
    if found:
        return _checked(_numeric(found), now)
    if month := _YEAR_MONTH.match(text):
        return _checked(f"{month[1]}-{month[2]}", now)
    if epoch := _EPOCH.match(text):
        return _checked(datetime.fromtimestamp(int(epoch[1]), UTC).isoformat(), now)
    try:
        return _checked(parsedate_to_datetime(text).isoformat(), now)
    except (ValueError, IndexError, TypeError, OverflowError):
        return _checked(_worded(text), now)


def _numeric(found: re.Match[str]) -> str:
    year, month, day, hour, minute, second, *rest = found.groups()
    fraction, zone = rest if len(rest) == 2 else (None, rest[0])
    date = f"{year}-{int(month):02}-{int(day):02}"
    if hour is None:
        return date
    time = f"T{int(hour):02}:{minute}" + (f":{second}" if second else "") + (f".{fraction[:6]}" if fraction else "")
    return date + time + _zone(zone)


def _zone(zone: str | None) -> str:
    if not zone:
        return ""
    if zone[0] not in "+-":
        return "+00:00"
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "00")
    return f"{zone[0]}{int(hours):02}:{minutes}"


def _worded(text: str) -> str | None:
    """Read "March 3, 2024" and "3. März 2024"; a date in figures alone (03/04/2024) is ambiguous."""
    for pattern in _WORDED:
        for found in pattern.finditer(text[:200]):
            if month := _MONTHS.get(found["month"].lower()):
                return f"{found['year']}-{month:02}-{int(found['day']):02}"
    return None


def _checked(stated: str | None, now: datetime) -> str | None:
    """Refuse what is no real date, lies before the web, or in the future."""
    if not stated:
        return None
    try:
        moment = datetime.fromisoformat(stated if len(stated) > 7 else f"{stated}-01")
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return stated if moment.year >= _OLDEST and moment <= now + _SKEW else None
