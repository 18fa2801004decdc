"""The dates a page states, as ISO 8601 no more and no less precise than the page has them.

Owns reading of one date text. Refuses to guess: day and month are never swapped to make a date fit, and what lies
before the web or in the future is no date. Years of other calendars are calendars.py's.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pipelines.calendars import gregorian, month_named, whole_year

_ISO = re.compile(
    r"""(?x) ^\s* (\d{4}) [-/.] (\d{1,2}) [-/.] (\d{1,2})
    (?: [T\s,]+ (\d{1,2}) : (\d{2}) (?: : (\d{2}) (?: [.,] (\d{1,9}) )? )? )?
    \s* ( Z | UTC | GMT | [+-]\d{2}:?\d{2} | [+-]\d{1,2} )? (?: \[.*\] )? \s*$"""
)
_COMPACT = re.compile(r"^\s*((?:19|20)\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\s*(Z|[+-]\d{2}:?\d{2})?\s*$")
_YEAR_MONTH = re.compile(r"^\s*(\d{4})-(\d{2})\s*$")
_EPOCH = re.compile(r"^\s*(\d{10})(?:\d{3})?\s*$")
_OLDEST = 1990
_SKEW = timedelta(days=2)  # zones and clocks that run ahead
_MONTH = (
    r"(?P<month>(?:كانون|تشرين|tháng)\s+[^\s,،/]+(?:\s(?:một|hai)\b)?|[^\W\d_](?:[^\s\d.,،/|()-]|\.(?=\w)){1,15})"
    r"\.?(?:\s*/\s*[^\W\d_]+)?"
)
_OF = r"(?:de|del|di|da|of|г\.|m\.|พ\.ศ\.|ค\.ศ\.|ខែ|ឆ្នាំ|năm)"
_COMMA = "[,،、]?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_WORDED = (
    re.compile(
        rf"(?i)(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|-(?:го|е))?{_COMMA}\s*(?:{_OF}\s+)?{_MONTH}\s*{_COMMA}\s*(?:{_OF}\s*)?{_YEAR}"
    ),
    re.compile(rf"(?i)\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:{_COMMA}\s*|\s+){_YEAR}"),
    re.compile(rf"(?i)\b(?P<year>\d{{4}})\.?\s*(?:{_OF}\s+)?{_MONTH}\s+(?P<day>\d{{1,2}})(?!\d)"),
    re.compile(rf"(?i)\b(?P<year>\d{{4}})\.?\s*(?:gada|жылғы|жылдын)\s+(?P<day>\d{{1,2}})[.-]?\s*{_MONTH}"),
    re.compile(rf"(?i)(?<![\d-])(?P<day>\d{{1,2}})-{_MONTH}(?:-|{_COMMA}\s+)(?P<year>\d{{4}}|\d{{2}})(?![\d-])"),
    re.compile(r"(?P<day>\d{1,2})\s+(?P<month>[\u0e00-\u0e7f][\u0e00-\u0e7f.]{2,14})\s*(?P<year>\d{2})(?![\d:])"),
)
_ISO_WITHIN = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20|25)\d\d)(?:([-/.])|\.\s)(?P<month>\d{1,2})(?:\2|\.\s)(?P<day>\d{1,2})(?!\d)"
)
_PERSIAN_WITHIN = re.compile(r"(?<![\d.])(?P<year>1[34]\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)")
_PERSIAN = frozenset({"fa", "ps"})
_COUNTED = (
    re.compile(
        r"(?P<era>令和|平成|民[國国])?\s*(?P<year>\d{1,4}|元)\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일號号]"
    ),
    re.compile(r"(?P<year>\d{4})\s*оны\s+(?P<month>\d{1,2})\s*(?:-р\s+|дугаар\s+|дүгээр\s+)?сарын\s+(?P<day>\d{1,2})"),
)
_DOTTED = re.compile(
    r"(?<![\d.])(?<!\d\.\s)(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>(?:19|20|25)\d{2}|\d{2}(?![\w:.]))(?!\d)"
)
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})([/-])(\d{1,2})\2((?:19|20|25)\d{2}|\d{2})(?![\d/-])")
_MONTH_FIRST = frozenset({"en-us", "en-ph"})
_EITHER = frozenset({"en", "en-ca"})
_THAI = re.compile("[\u0e00-\u0e7f]")
_LONGEST = 200
_NO_YEAR = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[\s-]+00\d\d\b")
"""01 Jan 0000: the reader of RFC 822 would take it for a year of two digits."""
_MONTH_ALONE = re.compile(rf"(?i)^\W*{_MONTH},?\s+(?:{_OF}\s+)?(?P<year>(?:19|20)\d{{2}})\W*$")


def iso_date(text: str, *, now: datetime, language: str | None = None) -> str | None:
    """Give a stated date as ISO 8601 (date, or date and time, with its zone where stated); None where there is none.

    `language` is the text's tag: it says what month a word is, and whether 03/04/2024 is in March or April.
    """
    if not text.isascii():
        text = _latin_digits(text)
    found = _ISO.match(text) or _COMPACT.match(text)
    if found:
        return _checked(_numeric(found), now)
    if month := _YEAR_MONTH.match(text):
        return _checked(f"{month[1]}-{month[2]}", now)
    if epoch := _EPOCH.match(text):
        return _checked(datetime.fromtimestamp(int(epoch[1]), UTC).isoformat(), now)
    if _NO_YEAR.search(text):
        return None
    try:
        return _checked(parsedate_to_datetime(text).isoformat(), now)
    except (ValueError, IndexError, TypeError, OverflowError):
        return _checked(_within(text[:_LONGEST], language), now)


def iso_month(text: str, *, now: datetime, language: str | None = None) -> str | None:
    """Give a text that is nothing but a month and a year ("November 2015") as 2015-11."""
    found = _MONTH_ALONE.match(_latin_digits(text))
    calendar, month = (found and month_named(found["month"], language)) or ("", 0)
    return _checked(f"{found['year']}-{month:02}", now) if found and month and not calendar else None


def _numeric(found: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, *rest = found.groups()
    fraction, zone = rest if len(rest) == 2 else (None, rest[0])
    date = gregorian(int(year), int(month), int(day))
    if hour is None or date is None:
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


def _latin_digits(text: str) -> str:
    """Write the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char for char in text)


def _within(text: str, language: str | None) -> str | None:
    """Read the first date in a text: in words, in figures with the year first, or with the day and month told apart."""
    persian = (_PERSIAN_WITHIN,) if (language or "")[:2].lower() in _PERSIAN else ()
    for pattern in (*_COUNTED, *_WORDED, _ISO_WITHIN, *persian, _DOTTED):
        for found in pattern.finditer(text):
            if date := _day_in(found, language):
                return date
    return _slashed(text, language)


def _day_in(found: re.Match[str], language: str | None) -> str | None:
    parts = found.groupdict()
    word = parts["month"]
    calendar, month = ("", int(word)) if word.isdecimal() else month_named(word, language) or ("", 0)
    year = whole_year(parts["year"], era=parts.get("era") or "", calendar=calendar, is_thai=bool(_THAI.search(word)))
    return gregorian(year, month, int(parts["day"])) if month and year else None


def _slashed(text: str, language: str | None) -> str | None:
    """Read 31/12/2024 and 12/31/2024; where both figures could be a month, the language's custom decides, or nothing does."""
    found = _SLASHED.search(text)
    if not found:
        return None
    first, _, second, year = found.groups()
    tag = (language or "").lower().replace("_", "-")
    american = tag in _MONTH_FIRST
    if int(second) <= 12 < int(first) or first == second or (tag and tag not in _EITHER and not american):
        first, second = second, first
    elif not american and int(second) <= 12:
        return None
    return gregorian(whole_year(year), int(first), int(second))


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
