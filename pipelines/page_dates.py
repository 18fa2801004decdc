"""The dates that a page shows rather than declares: its time elements, its URL, a short text by the headline.

Owns the weaker evidence for `published`. Refuses a date in running text, and one that nothing names or sets apart.
"""

import re
from datetime import datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.dates import iso_date

_PATH_DATE = re.compile(r"/((?:19|20)\d{2})[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_-]|$)")
_NEAR = 3
_BARE_DATE = 18
_DATE_NAME = re.compile(r"(?i)date|time|publish|posted|meta|byline|info")
_DATE_LABEL = re.compile(r"(?i)publish|pubdate|entry-date|created")


def time_elements(tree: HtmlElement, now: datetime) -> list[str]:
    """Give the date of the page's own time element: a marked one, or the only day that its time elements state."""
    marked: list[str] = []
    every: list[str] = []
    for element in tree.iter("time"):
        date = iso_date(element.get("datetime") or element.text_content(), now=now)
        if date:
            every.append(date)
            label = " ".join(
                filter(None, (element.get("class"), element.get("itemprop"), element.get("pubdate") and "pubdate"))
            )
            if re.search(r"(?i)publish|pubdate|entry-date|created", label) and not element.get("class", "").startswith(
                "comment"
            ):
                marked.append(date)
    if marked:
        return marked[:1]
    return every[:1] if every and len({date[:10] for date in every}) <= 2 else []


def url_date(url: str, now: datetime) -> str | None:
    """Give the day that a URL's path spells out: /2024/05/01/ or /2024-05-01-."""
    found = _PATH_DATE.search(urlsplit(url).path)
    return iso_date("-".join(found.groups()), now=now) if found else None


def visible_date(tree: HtmlElement, now: datetime) -> str | None:
    """Give the date in a short text around the headline: an element named for it, just above or below the first h1."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return None
    near = [*heading.itersiblings("*"), *heading.itersiblings("*", preceding=True)]
    for ancestor in list(heading.iterancestors())[:_NEAR]:
        near += list(ancestor.itersiblings("*"))[:_NEAR]
    for element in near:
        for inner in list(element.iter("*"))[:60]:
            text = " ".join((inner.text or "").split())
            likely = 6 <= len(text) <= 60 and any(map(str.isdigit, text)) and _says_date(inner, text)
            if likely and (date := iso_date(text, now=now)):
                return date
    return None


def _says_date(element: HtmlElement, text: str) -> bool:
    """Say whether an element is named for a date, or its text is hardly more than one."""
    parent = element.getparent()
    names = [each.get("class", "") for each in (element, parent) if each is not None]
    return any(map(_DATE_NAME.search, names)) or len(text) <= _BARE_DATE
