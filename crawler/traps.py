"""Traps without end: URLs that a site makes up for ever, told by their shape.

Owns the limits of a URL and the pattern under which URLs share a budget. Pure and never raises.
"""

import re
from collections import Counter
from urllib.parse import SplitResult, urlsplit

LONGEST = 2_000
DEEPEST = 16
_CALENDAR = re.compile(
    r"(?i)(?:^|/)(?:calendar|kalender|calendario|calendrier|kalendar|agenda|events?|takvim)(?:/[^/]+)*/\d{4}(?:[-/]\d{1,2}){0,2}(?:[-/]\w+)?/?$"
)
_CALENDAR_QUERY = re.compile(r"(?i)(?:^|&)(?:month|mon|monat|mois|mes|week|tribe-bar-date|eventdate|ical)=")
_UNIQUE = re.compile(
    r"(?i)^(?:[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[^-_]*\d)(?=[^-_]*[a-z])[0-9a-z]{12,})$"
)
_SESSION = re.compile(
    r"(?i)^(?:s|sid|sess\w*|\w*session\w*|phpsessid|token|nonce|hash|cfid|cftoken|zenid|v|_|ts|t|rnd|rand\w*)$"
)


def trap(url: str) -> str | None:
    """Give the reason word for a URL that looks like a trap, else None.

    `url_too_long`, `repeated_segments` (/a/b/a/b/a/b), `too_deep`, `calendar`; `bad_url` for one that cannot be read.
    """
    if len(url) > LONGEST:
        return "url_too_long"
    parts = _split(url)
    if parts is None:
        return "bad_url"
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) > DEEPEST:
        return "too_deep"
    if _repeats(segments):
        return "repeated_segments"
    if _CALENDAR.search(parts.path) or _CALENDAR_QUERY.search(parts.query):
        return "calendar"
    return None


def _repeats(segments: list[str]) -> bool:
    """Tell the same segments three times over; numbers may recur (/2024/01/01/)."""
    words = [segment for segment in segments if not segment.isdigit()]
    if len(words) < 3:
        return False
    return Counter(words).most_common(1)[0][1] >= 3


def budget_key(url: str) -> str:
    """Give the pattern of a URL, under which it shares a budget with what a trap would make of it.

    Digits become `#`, segments that look like sessions or hashes `@`, values of a query `*`.
    """
    parts = _split(url)
    if parts is None:
        return url[:LONGEST]
    segments = [_fold(segment) for segment in parts.path.split("/")[: DEEPEST + 1]]
    names = sorted({pair.partition("=")[0] for pair in parts.query[:LONGEST].split("&") if pair})
    query = "&".join(f"{'@' if _SESSION.match(name) else re.sub('[0-9]+', '#', name)}=*" for name in names)
    return (parts.netloc.lower() + "/".join(segments))[:LONGEST] + (f"?{query}" if query else "")


def page_key(url: str) -> str:
    """Give a URL with the values of its query left out: under it stands one page where they only name a session."""
    address, _, query = url[:LONGEST].partition("#")[0].partition("?")
    return (
        address + "?" + "&".join(sorted({pair.partition("=")[0] for pair in query.split("&") if pair}))
        if query
        else address
    )


def _fold(segment: str) -> str:
    head, _, session = segment.partition(";")
    if _UNIQUE.match(head):
        return "@"
    return re.sub(r"\d+", "#", head) + (";@" if session else "")


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
