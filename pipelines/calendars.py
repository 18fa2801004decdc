"""The names of the months and the years of other calendars, as days of ours.

Owns the Persian calendar (also in Afghanistan), the Buddhist era, Japan's and Taiwan's years. Refuses the Islamic and the
Nepali calendar, whose days no arithmetic tells for sure.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache

from pipelines.clean.trace import listener
from pipelines.word_lists import MONTHS, shipped

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthNames:
    """The names of the months, each with its calendar (empty: ours) and number."""

    written: dict[str, tuple[str, int]]
    folded: dict[str, tuple[str, int]]
    """Without those that would mean two months."""
    by_language: dict[str, dict[str, int]]
    """Of our calendar, where a name means another month in another language."""

    def of_languages(self) -> dict[tuple[str, str], int]:
        """Give the numbers of such names by name and language."""
        return {
            (name, language): number for language, names in self.by_language.items() for name, number in names.items()
        }


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
    names = _month_names()
    name = " ".join(unicodedata.normalize("NFC", word).lower().rstrip(".").split())
    folded, without_in = _folded(name), name.removeprefix("ב")
    if (asked := listener()) is not None:
        asked.items.update(map(_item, (name, folded, without_in)))
    own = names.by_language.get((language or "")[:2].lower(), {})
    if number := own.get(name) or _numbered(name):
        return "", number
    return names.written.get(name) or names.folded.get(folded) or names.written.get(without_in)


def months_touched(before: str, after: str) -> list[list[str]]:
    """Give what differs between two files of months, as items of which a touched page's trace has all of one list."""
    old, new = month_names(before), month_names(after)
    differing = {
        name for name, _ in (old.written.items() ^ new.written.items()) | (old.folded.items() ^ new.folded.items())
    }
    differing |= {name for (name, _), _ in old.of_languages().items() ^ new.of_languages().items()}
    return [[_item(name)] for name in differing]


def _item(name: str) -> str:
    return f"month\0{name}"


def _numbered(name: str) -> int | None:
    """Give the number in a month's name, as Vietnamese has it: "tháng 5"."""
    found = _NUMBERED.match(name)
    return int(found[1]) if found else None


def _folded(name: str) -> str:
    """Fold what writers leave out or capitals lose: accents, the Turkish dotless i, hamza, Arabic letters for Persian ones."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", name.translate(_LETTERS)))
    return unicodedata.normalize("NFC", plain.translate(_LETTERS))


@cache
def _month_names() -> MonthNames:
    return month_names(shipped(MONTHS))


def month_names(text: str) -> MonthNames:
    """Read a file of months; what the parts of one of another form raise is the parser's."""
    table = tomllib.loads(text)
    written = {
        name.replace("_", " "): (calendar, int(number))
        for calendar, group in (("", "names"), ("persian", "persian"))
        for number, line in table[group].items()
        for name in line.split()
    }
    folded: dict[str, set[tuple[str, int]]] = {}
    for name, month in written.items():
        folded.setdefault(_folded(name), set()).add(month)
    return MonthNames(
        written=written,
        folded={name: next(iter(found)) for name, found in folded.items() if len(found) == 1},
        by_language=table["by_language"],
    )
