"""When an article was published and modified: the declared dates, held against what the page shows.

Owns which date is believed and when none is. Refuses a declaration that nothing bears out on a page that does not call
itself an article: templates of shops, services and home pages date every page. Null is an answer.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archive.records import Hints, Signal
from pipelines.dates import iso_date
from pipelines.field_values import Fields
from pipelines.page_dates import (
    dateline_date,
    days_before,
    labelled_date,
    named_date,
    original_date,
    shown_dates,
    shown_month,
    shows_day,
    signed_date,
    time_elements,
    url_date,
)
from pipelines.story_head import Snippet
from pipelines.structured import Declared

_NEWS_TYPE = re.compile("News|Report|LiveBlog")
_DECLARED = ("json-ld", "opengraph", "microdata", "meta")
_EVERGREEN_DAYS = 365


def put_dates(
    fields: Fields,
    tree: HtmlElement,
    declared: Declared,
    hints: Hints,
    head: Sequence[Snippet],
    *,
    url: str,
    now: datetime,
    language: str | None,
) -> None:
    """Choose `published` and `modified`; `head` is what stands by the headline."""
    for name in ("published", "modified"):
        _put_declared(fields, name, declared, now, language)
        hint = hints.published if name == "published" else hints.modified
        fields.put(name, hint and iso_date(hint, now=now), "feed")
    shown, updated = shown_dates(head, now, language)
    is_refused = not _is_borne_out(fields, tree, declared, url, shown, now)
    if is_refused:
        del fields.values["published"], fields.signals["published"]
    fields.put("modified", updated, "text", 0.6)
    if shown and _later_than(shown, fields, declared):
        fields.values["published"], fields.signals["published"] = shown, Signal(origin="text", confidence=0.7)
    if "published" not in fields.values and not _is_list(declared):
        _put_shown(fields, tree, url, head, shown, now=now, language=language)
        if not updated:
            fields.put("published", shown_month(head, now, language), "text", 0.5)
    for each in () if is_refused else declared.of("created"):
        fields.put("published", iso_date(each.value, now=now), each.origin, 0.6)
    fields.put("published", updated, "updated", 0.3)  # nothing else is shown: it is of that day or before


def _put_declared(fields: Fields, name: str, declared: Declared, now: datetime, language: str | None) -> None:
    """Take a field's declaration: the first origin's, of the same day the most precise one."""
    stated: list[tuple[str, str]] = []
    latest = None
    if name == "published":
        modified = [iso_date(each.value, now=now, language=language) for each in declared.of("modified")]
        latest = max((date for date in modified if date and len(date) >= 10), default=None)
    for origin in _DECLARED:
        dates = [iso_date(each.value, now=now, language=language) for each in declared.of(name, origin)]
        found = [date for date in dates if date]
        # what was published after it was last modified is the day of a move or of the template
        sound = [date for date in found if latest is None or days_before(latest, date) <= 1]
        stated += [(date, origin) for date in (sound or found)[:1]]
    if not stated:
        return
    sound_ones = [each for each in stated if latest is None or days_before(latest, each[0]) <= 1]
    date, origin = _most_precise(sound_ones or stated)
    agreed = sum(other[:10] == date[:10] for other, _ in stated)
    fields.put(name, date, origin, 0.95 if agreed > 1 else 0.85)


def _put_shown(
    fields: Fields,
    tree: HtmlElement,
    url: str,
    head: Sequence[Snippet],
    shown: str | None,
    *,
    now: datetime,
    language: str | None,
) -> None:
    """Take the best of the dates that the page shows rather than declares."""
    fields.put("published", url_date(url, now, language), "url", 0.8)
    if "published" not in fields.values:
        fields.put("published", original_date(tree, now, language), "text", 0.7)
    fields.put("published", shown, "text", 0.7)
    if "published" not in fields.values:
        for date in time_elements(tree, now):
            fields.put("published", date, "time", 0.6)
    if "published" not in fields.values:
        fields.put("published", dateline_date(head, now, language), "text", 0.6)
    if "published" not in fields.values:
        fields.put("published", named_date(tree, now, language), "text", 0.6)
    if "published" not in fields.values:
        day = labelled_date(tree, now, language) or signed_date(tree, now, language)
        if day and day[:10] != fields.values.get("modified", "")[:10]:  # else it is the last edit's
            fields.put("published", day, "text", 0.5)


def _is_borne_out(
    fields: Fields, tree: HtmlElement, declared: Declared, url: str, shown: str | None, now: datetime
) -> bool:
    """Say whether a declared date is believable: the page calls itself an article, or shows that day or the last edit's.

    NewsArticle is such a call, too, unless the page was edited more than a year later: some services call every page news.
    """
    signal = fields.signals.get("published")
    if (
        signal is None
        or signal.origin == "feed"
        or any("article" in each.value.lower() for each in declared.of("type"))
    ):
        return True
    published, modified = fields.values["published"], fields.values.get("modified")
    is_home = not urlsplit(url).path.strip("/") and not urlsplit(url).query
    is_news = _NEWS_TYPE.search(declared.article_type or "") is not None
    if is_news and not is_home and days_before(published, modified) <= _EVERGREEN_DAYS:
        return True
    return bool(shown or url_date(url, now)) or shows_day(tree, [published, *([modified] if modified else [])], now)


def _is_list(declared: Declared) -> bool:
    """Say whether the page declares that it is a list, and no article: a date on it is one of its items'."""
    return "ItemList" in declared.types and declared.article_type is None


def _later_than(shown: str, fields: Fields, declared: Declared) -> bool:
    """Say whether a declared date is doubtful and later than the one that the page shows.

    A system that articles were moved to declares the day of the move. A day's difference may be the zone.
    """
    signal = fields.signals.get("published")
    if (
        signal is None
        or signal.origin == "feed"
        or signal.confidence > 0.9
        or _NEWS_TYPE.search(declared.article_type or "")
    ):
        return False
    return days_before(shown, fields.values["published"]) > 1


def _most_precise(stated: list[tuple[str, str]]) -> tuple[str, str]:
    """Take the first statement, or one of the same day that says more of the time."""
    first = stated[0]
    same = [each for each in stated if each[0][:10] == first[0][:10]]
    return first if len(first[0]) > 10 else max(same, key=lambda each: (len(each[0]) > 10, each is first))
