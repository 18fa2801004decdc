"""The older pages of a list: `rel=next`, page numbers, archives by year and month; what a backfill works back through.

Pure. Owns which of a page's links lead further into the past; a bounded number of them, on the page's own host.
"""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, urlsplit

MOST_OLDER = 40
MAY_BE_OLDER = re.compile(r"(?i)pag|seite|strana|[/?&]p[=/]|archiv|arkiv|arhiva|(?:19|20)\d\d")
"""Cheap: what no rule could take need not be made absolute first."""
_NUMBERED = re.compile(r"(?i)^(.*?)/(?:page|seite|pagina|strana|p)[/-]?(\d{1,5})/?$")
_NUMBER_KEYS = frozenset({"page", "paged", "p", "seite", "pagina"})
_ARCHIVE = re.compile(r"(?i)/(?:archiv[eo]?s?|arkiv|arhiva)(?:/[a-z-]{1,30})?(?:/\d{4}(?:[/-]\d{1,2})?)?/?$")
_MONTH = re.compile(r"^/?(?:[a-z-]{1,30}/)?(?:19|20)\d{2}(?:/(?:0?[1-9]|1[0-2]))?/?$")


def older_pages(url: str, anchors: Iterable[tuple[str, bool]]) -> list[str]:
    """Give the links of the page `url` that lead to older lists; `anchors` are (absolute URL, stated as rel=next)."""
    here = urlsplit(url)
    _, number = _page(here)
    found: dict[str, None] = {}
    for target, is_next in anchors:
        there = urlsplit(target)
        if there.netloc != here.netloc or target == url:
            continue
        if is_next or _is_further(here, there, number) or _ARCHIVE.search(there.path) or _MONTH.match(there.path):
            found[target] = None
            if len(found) >= MOST_OLDER:
                break
    return list(found)


def _is_further(here: SplitResult, there: SplitResult, number: int) -> bool:
    """Tell the next few numbered pages of the same list."""
    place, theirs = _page(there)
    return place == _page(here)[0] and number < theirs <= number + 10


def _page(parts: SplitResult) -> tuple[str, int]:
    """Give a list without its page number, and the number; 1 where it has none."""
    if found := _NUMBERED.match(parts.path):
        return found[1].rstrip("/") + "?" + parts.query, int(found[2])
    rest, number = [], 1
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key.lower() in _NUMBER_KEYS and value.isascii() and value.isdigit():
            number = int(value[:6])
        else:
            rest.append(f"{key}={value}")
    return parts.path.rstrip("/") + "?" + "&".join(rest), number
