"""The dates a page states, as ISO 8601 no more and no less precise than the page has them.

Owns reading of one date text. Refuses to guess: day and month are never swapped to make a date fit, and what lies
before the web or in the future is no date.
"""

import re
import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import resources

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
_MONTH = r"(?P<month>[^\W\d_](?:[^\s\d.,/|()]|\.(?=\w)){1,15})\.?"
_OF = r"(?:de|del|di|da|of|г\.|m\.)"
_WORDED = (
    re.compile(
        rf"(?i)(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|-(?:го|е))?,?\s*(?:{_OF}\s+)?{_MONTH},?\s*(?:{_OF}\s+)?(?P<year>\d{{4}})\b"
    ),
    re.compile(rf"(?i)\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(?P<year>\d{{4}})\b"),
    re.compile(rf"(?i)\b(?P<year>\d{{4}})\.?\s*(?:{_OF}\s+)?{_MONTH}\s+(?P<day>\d{{1,2}})(?!\d)"),
)
_ISO_WITHIN = re.compile(r"(?<![\d.])(?P<year>(?:19|20)\d{2})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)")
_CJK = re.compile(r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]")
_DOTTED = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>(?:19|20)\d{2}|\d{2}(?=\W|$))(?!\d)"
)
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})([/-])(\d{1,2})\2((?:19|20)\d{2})(?!\d)")
_MONTH_FIRST = frozenset({"en-us", "en-ph"})
_EITHER = frozenset({"en", "en-ca"})
_THAI = re.compile("[\u0e00-\u0e7f]")
_BUDDHIST = 543
_LONGEST = 200
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
    try:
        return _checked(parsedate_to_datetime(text).isoformat(), now)
    except (ValueError, IndexError, TypeError, OverflowError):
        return _checked(_within(text[:_LONGEST], language), now)


def iso_month(text: str, *, now: datetime, language: str | None = None) -> str | None:
    """Give a text that is nothing but a month and a year ("November 2015") as 2015-11."""
    found = _MONTH_ALONE.match(_latin_digits(text))
    month = _month(found["month"], language) if found else None
    return _checked(f"{found['year']}-{month:02}", now) if found and month else None


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


def _latin_digits(text: str) -> str:
    """Write the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char for char in text)


def _within(text: str, language: str | None) -> str | None:
    """Read the first date in a text: in words, in figures with the year first, or with the day and month told apart."""
    for pattern in (_CJK, *_WORDED, _ISO_WITHIN, _DOTTED):
        for found in pattern.finditer(text):
            month = found["month"] if found["month"].isdecimal() else _month(found["month"], language)
            year = int(found["year"])
            if month:
                year += 2000 if year < 100 else -_BUDDHIST if year > 2400 and _THAI.search(text) else 0
                return f"{year:04}-{int(month):02}-{int(found['day']):02}"
    return _slashed(text, language)


def _slashed(text: str, language: str | None) -> str | None:
    """Read 31/12/2024 and 12/31/2024; where both figures could be a month, the language's custom decides, or nothing does."""
    found = _SLASHED.search(text)
    if not found:
        return None
    first, _, second, year = found.groups()
    tag = (language or "").lower().replace("_", "-")
    american = tag in _MONTH_FIRST
    if int(first) <= 12 < int(second):
        return f"{year}-{int(first):02}-{int(second):02}"
    if int(second) <= 12 < int(first) or first == second or (tag and tag not in _EITHER and not american):
        return f"{year}-{int(second):02}-{int(first):02}"
    return f"{year}-{int(first):02}-{int(second):02}" if american else None


def _month(word: str, language: str | None) -> int | None:
    """Give the number of a month's name, in the language's own reading where another language's differs."""
    names, by_language = _month_names()
    name = unicodedata.normalize("NFC", word).lower().rstrip(".")
    own = by_language.get((language or "")[:2].lower(), {})
    return own.get(name) or names.get(name)


@cache
def _month_names() -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    table = tomllib.loads(resources.files("presskeep_data").joinpath("months.toml").read_text("utf-8"))
    names = {name: int(number) for number, line in table["names"].items() for name in line.split()}
    return names, table["by_language"]


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
