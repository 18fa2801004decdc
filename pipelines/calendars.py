"""The names of the months and the years of other calendars, as days of ours.

Owns the Persian calendar (also in Afghanistan), the Buddhist era, Japan's and Taiwan's years. Refuses the Islamic and the
Nepali calendar, whose days no arithmetic tells for sure.
"""

import re
import tomllib
import unicodedata
from datetime import date
from functools import cache
from importlib import resources

_PERSIAN_YEARS = range(1369, 1410)
"""1990 to 2031; the Islamic calendar's years of that time begin at 1410."""
_BUDDHIST_YEARS = range(2533, 2600)
_BUDDHIST = 543
_ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
_DAYS_BEFORE_PERSIAN_YEAR_0 = 226_526
_SHIFT_OF_CYCLE = 11
_ACCENTS = re.compile("[\u0300-\u036f\u200b-\u200f]")
_NUMBERED = re.compile(r"tháng (1[0-2]|0?[1-9])$")
_LETTERS = str.maketrans({"ı": "i", "ς": "σ", "ي": "ی", "ى": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "آ": "ا"})


def whole_year(stated: str, *, era: str = "", calendar: str = "", is_thai: bool = False) -> int:
    """Give a year with its century; 0 where it has too few figures to say which year it is."""
    if era:
        return _ERAS[era] + (1 if stated == "元" else int(stated))
    if len(stated) == 4:
        return int(stated)
    if len(stated) != 2 or calendar:
        return 0
    return int(stated) + (2500 if is_thai else 2000)


def gregorian(year: int, month: int, day: int) -> str | None:
    """Give a day as ISO 8601, whichever calendar its year is of; None where the calendar has no such day."""
    try:
        if year in _PERSIAN_YEARS:
            return _persian(year, month, day).isoformat()
        return date(year - _BUDDHIST if year in _BUDDHIST_YEARS else year, month, day).isoformat()
    except ValueError:
        return None


def _persian(year: int, month: int, day: int) -> date:
    """Give a day of the Persian calendar, by its cycle of 33 years, which holds from 1799 to 2256."""
    if not 1 <= month <= 12 or not 1 <= day <= (31 if month < 7 else 30):
        raise ValueError(f"no such day: {year}-{month}-{day}")
    at = year + _SHIFT_OF_CYCLE
    leap_days = at // 33 * 8 + (at % 33 + 3) // 4
    before = 31 * (month - 1) - max(0, month - 7)
    found = date.fromordinal(_DAYS_BEFORE_PERSIAN_YEAR_0 + 365 * year + leap_days + before + day)
    if (month, day) == (12, 30) and found == _persian(year + 1, 1, 1):
        raise ValueError(f"no leap year: {year}")
    return found


def month_named(word: str, language: str | None) -> tuple[str, int] | None:
    """Give the calendar of a month's name (empty: ours) and its number, as the language reads it where another differs."""
    names, folded_names, by_language = _month_names()
    name = " ".join(unicodedata.normalize("NFC", word).lower().rstrip(".").split())
    own = by_language.get((language or "")[:2].lower(), {})
    if number := own.get(name) or _numbered(name):
        return "", number
    return names.get(name) or folded_names.get(_folded(name)) or names.get(name.removeprefix("ב"))


def _numbered(name: str) -> int | None:
    """Give the number in a month's name, as Vietnamese has it: "tháng 5"."""
    found = _NUMBERED.match(name)
    return int(found[1]) if found else None


def _folded(name: str) -> str:
    """Fold what writers leave out or capitals lose: accents, the Turkish dotless i, hamza, Arabic letters for Persian ones."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", name.translate(_LETTERS)))
    return unicodedata.normalize("NFC", plain.translate(_LETTERS))


@cache
def _month_names() -> tuple[dict[str, tuple[str, int]], dict[str, tuple[str, int]], dict[str, dict[str, int]]]:
    """Give the names as they are written, folded (without those that would mean two months), and by language."""
    table = tomllib.loads(resources.files("presskeep_data").joinpath("months.toml").read_text("utf-8"))
    names = {
        name.replace("_", " "): (calendar, int(number))
        for calendar, group in (("", "names"), ("persian", "persian"))
        for number, line in table[group].items()
        for name in line.split()
    }
    folded: dict[str, set[tuple[str, int]]] = {}
    for name, month in names.items():
        folded.setdefault(_folded(name), set()).add(month)
    return names, {name: next(iter(found)) for name, found in folded.items() if len(found) == 1}, table["by_language"]
