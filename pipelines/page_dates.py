"""The dates that a page shows rather than declares: by its headline, in its time elements, its URL.

Owns the weaker evidence for `published` and `modified`. Refuses a date in running text, and one that nothing sets apart.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.dates import iso_date
from pipelines.story_head import Snippet

_PATH_DATE = re.compile(
    r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2]|(?<=[/-])[1-9])[/-]?(0[1-9]|[12]\d|3[01]|(?<=[/-])[1-9])(?=[/_+.-]|$)"
)
_PIECES = re.compile(r"\s[|·•—–]\s")
_MOST_DAYS = 2
_LABEL = 25
_BARE_DATE = 40
_NAMED_DATE = 90
_DATE_NAME = re.compile(r"(?i)date|time|publish|posted|meta|byline|info|fecha|datum")
_DATE_CLASS = re.compile(
    r"(?i)(?<![a-z])(?:pub)?dates?(?![a-z])|(?:publish(?:ed)?|posted|post|entry|article)[-_]?(?:on|date|time)(?![a-z])"
)
_DATE_LABEL = re.compile(r"(?i)publish|pubdate|entry-date|created")
_NOT_OURS = re.compile(
    r"(?i)comment|related|teaser|recommend|trending|popular|latest|sidebar|widget|event|copyright|next|prev"
)
_SAYS_PUBLISHED = re.compile(
    r"(?i)^\W*(?:first\s+)?(?:published|posted|publish\s+date|date\s+(?:published|posted|created)|created|veröffentlicht|erstellt|stand|publi[ée]+|publicado|pubblicato|geplaatst"
    r"|gepubliceerd|publicerad|publisert|publiceret|udgivet|opublikowan[oay]|publikováno|zveřejněno|опубликован[оа]?|опубліковано|дата"
    r"|yayın\w*|giriş|diterbitkan|dipublikasikan|ngày|نشر|تاريخ|公開|発行|掲載|发布|發布|입력|등록)"
)
_SAYS_UPDATED = re.compile(
    r"(?i)^\W*(?:last\s+)?(?:updated?|modified|reviewed|edited|aktualisiert|zuletzt|mis\s+à\s+jour|modifi[ée]|actualizado|atualizado|aggiornato"
    r"|bijgewerkt|laatst|uppdaterad|oppdatert|opdateret|aktualizováno|aktualizacja|обновлен[оа]?|оновлено|güncelle\w*|diperbarui|cập\s+nhật"
    r"|تحديث|更新|수정)"
)


def time_elements(tree: HtmlElement, now: datetime) -> list[str]:
    """Give the date of the page's own time element: a marked one, or the only day that its time elements state."""
    every: list[str] = []
    for element in tree.iter("time"):
        parent = element.getparent()
        if parent is not None and len(parent.text or "") + len(element.tail or "") > _NAMED_DATE:
            continue  # a date in running text
        date = iso_date(element.get("datetime") or element.text_content(), now=now)
        if date:
            label = " ".join(
                filter(None, (element.get("class"), element.get("itemprop"), element.get("pubdate") and "pubdate"))
            )
            if "modified" in label.lower() or label.startswith("comment"):
                continue
            if _DATE_LABEL.search(label):
                return [date]
            every.append(date)
    return every[:1] if every and len({date[:10] for date in every}) <= 2 else []


def named_date(tree: HtmlElement, now: datetime, language: str | None) -> str | None:
    """Give the day that short texts anywhere name as that of publication, where they name one day only."""
    days = set()
    before = ""
    for text in tree.itertext():
        if len(text) > 2 * _NAMED_DATE or not (folded := " ".join(text.split())):
            continue
        if any(map(str.isdigit, folded)) and len(folded) <= _NAMED_DATE:
            named = _SAYS_PUBLISHED.match(folded) or (
                len(folded) <= _BARE_DATE and len(before) <= _LABEL and _SAYS_PUBLISHED.match(before)
            )
            if named and (date := iso_date(folded, now=now, language=language)):
                days.add(date)
        before = folded
    return days.pop() if len(days) == 1 else None


def labelled_date(tree: HtmlElement, now: datetime, language: str | None) -> str | None:
    """Give the day in elements that are called a date, wherever they stand, where all of them state one day."""
    days: dict[str, str] = {}
    for element in tree.iter("span", "div", "p", "li", "small", "time", "em", "i", "b", "a", "td", "h2", "h3", "h4"):
        name = element.get("class")
        if not name or not _DATE_CLASS.search(name):
            continue
        text = " ".join(element.text_content().split())
        if len(text) <= _NAMED_DATE and any(map(str.isdigit, text)) and not _SAYS_UPDATED.match(text):
            date = iso_date(text, now=now, language=language)
            if date and (_NOT_OURS.search(name) or len(days) > 1):
                return None
            if date:
                days.setdefault(date[:10], date)
    return next(iter(days.values())) if len(days) == 1 else None


def url_date(url: str, now: datetime) -> str | None:
    """Give the day that a URL's path spells out: /2024/05/01/, /2024-05-01-, /20240501/."""
    found = _PATH_DATE.search(urlsplit(url).path)
    return iso_date("-".join(found.groups()), now=now) if found else None


def shown_dates(head: Sequence[Snippet], now: datetime, language: str | None) -> tuple[str | None, str | None]:
    """Give the dates (published, updated) that stand by the headline; none where so many stand there that it is a list."""
    published: list[str] = []
    updated: list[str] = []
    before = ""
    for snippet in head:
        text = snippet.text
        said = f"{before} {text}" if len(before) <= _LABEL and not any(map(str.isdigit, before)) else text
        before = text
        if not (snippet.time or _likely(snippet, said)) or _NOT_OURS.search(snippet.label):
            continue
        date = iso_date(snippet.time or text, now=now, language=language)
        if date is None or len(date) < 10:
            continue
        says_updated = _SAYS_UPDATED.match(text) or _SAYS_UPDATED.match(said) or "modified" in snippet.label.lower()
        (updated if says_updated else published).append(date)
    if len({date[:10] for date in published}) > _MOST_DAYS:
        published = []
    return next(iter(published), None), next(iter(updated), None)


def days_before(shown: str, declared: str | None) -> int:
    """Give how many days a shown date lies before a declared one; 0 where it does not, or nothing is declared."""
    if declared is None or len(declared) < 10:
        return 0
    return max(0, (datetime.fromisoformat(declared[:10]) - datetime.fromisoformat(shown[:10])).days)


def _likely(snippet: Snippet, said: str) -> bool:
    """Say whether a snippet is hardly more than a date, or is named for one."""
    text = snippet.text
    if not 6 <= len(text) <= _NAMED_DATE or not any(map(str.isdigit, text)):
        return False
    named = _DATE_NAME.search(snippet.label) or _SAYS_PUBLISHED.match(said) or _SAYS_UPDATED.match(said)
    piece = next((each for each in _PIECES.split(text) if any(map(str.isdigit, each))), text)
    return len(piece) <= _BARE_DATE or (bool(named) and not snippet.linked)
