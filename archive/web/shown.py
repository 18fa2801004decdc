"""How text, dates and addresses from the hostile web are shown on a page: escaped, marked, and nothing hidden.

Owns display safety in HTML. What could turn a line around or be unseen is shown by its code point; an address is a link only
where following it can run nothing. Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape

from archive.blocks import safe_target
from archive.records import Mark
from archive.snippets import Span
from archive.web.languages import NAMES

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")
"""What is made visible. Marks of direction (U+200E, U+200F, U+061C) are left to work: they turn nothing around."""
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_MONTHS = ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December")  # fmt: skip
_OUTCOMES = {"ok": "fine", "failed": "failed", "paused": "paused"}


def shown(text: object) -> Markup:
    """Give text for a page: escaped, with unseen characters as their code points."""
    parts: list[Markup] = []
    at, whole = 0, "" if text is None else str(text)
    for found in _UNSEEN.finditer(whole):
        code_point = Markup('<span class="unseen">U+{}</span>').format(f"{ord(found[0]):04X}")
        parts += [escape(whole[at : found.start()]), code_point]
        at = found.end()
    return Markup("").join([*parts, escape(whole[at:])])


def direction(*texts: str | None) -> str:
    """Tell which way a text is written, by its first letter of a direction (Unicode's rule P2), as dir="auto" would."""
    for letter in "".join(text or "" for text in texts)[:1000]:
        if (way := unicodedata.bidirectional(letter)) in ("L", "R", "AL"):
            return "ltr" if way == "L" else "rtl"
    return "ltr"


def marked(text: str, spans: Iterable[Span]) -> Markup:
    """Give text with the spans `text[start:end]` marked."""
    parts: list[Markup] = []
    at = 0
    for start, end in spans:
        parts += [shown(text[at:start]), Markup("<mark>"), shown(text[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, shown(text[at:])])


def day(published: str | None) -> str:
    """Give a date as the page states it: 16 April 2025, 08:30 UTC; as it stands where it is no date."""
    found = _ISO.fullmatch(published or "")
    if found is None:
        return _partial(published or "")
    try:
        stated = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return published or ""
    clock = f", {found[4]}{ {None: '', 'Z': ' UTC'}.get(found[5], f' {found[5]}') }" if found[4] else ""
    return long_day(stated) + clock


def _partial(text: str) -> str:
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    return f"{_MONTHS[int(found[2]) - 1]} {found[1]}" if found else text


def long_day(stated: date) -> str:
    """Give 16 April 2025."""
    return f"{stated.day} {_MONTHS[stated.month - 1]} {stated.year}"


def only_day(published: str | None) -> str:
    """Give a date without the hour."""
    return day((published or "")[:10]) if _ISO.match(published or "") else day(published)


def span_name(label: str) -> str:
    """Name a stretch of time: 2024, March 2024 or 5 March 2024."""
    return day(label)


def moment(stored: str | None) -> str:
    """Give a stored moment to the minute, in UTC."""
    return stored[:16].replace("T", " ") + " UTC" if stored else ""


def ago(stored: str | None, now: datetime) -> str:
    """Say how long ago a stored moment was."""
    if not stored:
        return "never"
    seconds = (now - datetime.fromisoformat(stored)).total_seconds()
    for size, word in ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), word)} ago"
    return "just now"


def number(value: int | float | None) -> str:
    """Give a number with its thousands apart."""
    return "–" if value is None else f"{value:,}"


def counted(n: int, noun: str) -> str:
    """Give `1 article`, `2 articles`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"
    return f"{n:,} {noun if n == 1 else plural}"


def link(url: str | None) -> str | None:
    """Give an address that may be a link: http or https; else None."""
    target = safe_target(Mark(kind="link", start=0, end=0, target=url)) if url else None
    return target if target and not target.lower().startswith("mailto:") else None


def address(url: str | None) -> Markup:
    """Give an address as a link that tells nothing of us, or as plain text where following it could run something."""
    text = Markup('<bdi dir="ltr">{}</bdi>').format(shown(url))
    target = link(url)
    if target is None:
        return text
    return Markup('<a class="outside" rel="noopener noreferrer nofollow" href="{}">{}</a>').format(target, text)


def language_tag(language: str | None) -> str:
    """Give a value for `lang`; empty where the archive holds none that a browser could use."""
    return language if language and _TAG.fullmatch(language) else ""


def language_name(code: str | None) -> str:
    """Name a language in English; the code where we know no name."""
    if not code:
        return "not known"
    return NAMES.get(code.partition("-")[0].lower(), code)


def outcome(word: str | None) -> str:
    """Give an outcome word for people."""
    return _OUTCOMES.get(word or "", (word or "").replace("_", " "))


def megabytes(n_bytes: int) -> str:
    """Give a size."""
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 100_000 else f"{n_bytes / 1e3:,.0f} kB"


def reasons(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """Give outcome words with their counts, the most frequent first."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


FILTERS: dict[str, Callable[..., Any]] = {
    "shown": shown, "marked": marked, "day": day, "only_day": only_day, "span_name": span_name, "moment": moment,
    "ago": ago, "number": number, "counted": counted, "outside": link, "address": address, "lang": language_tag,
    "language_name": language_name, "outcome": outcome, "megabytes": megabytes, "reasons": reasons,
}  # fmt: skip
