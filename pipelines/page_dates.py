"""The dates that a page shows rather than declares: by its headline, in its time elements, its URL.

Owns the weaker evidence for `published` and `modified`. Refuses a date in running text, and one that nothing sets apart.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.dates import iso_date, iso_month
from pipelines.story_head import Snippet

_PATH_DATE = re.compile(
    r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2]|(?<=[/-])[1-9])[/-]?(0[1-9]|[12]\d|3[01]|(?<=[/-])[1-9])(?=[/_+.-]|$)"
)
_PATH_MONTH = re.compile(r"/((?:19|20)\d{2})/([^\W\d_]{3,12})/(\d{1,2})(?=/|$)")
_PIECES = re.compile(r"\s[|·•—–]\s")
_MOST_DAYS = 2
_LABEL = 25
_FEW_FIGURES = 3
_BARE_DATE = 40
_NAMED_DATE = 90
_DATE_NAME = re.compile(r"(?i)date|time|publish|posted|meta|byline|info|fecha|datum")
_DATE_CLASS = re.compile(
    r"(?i)(?<![a-z])(?:pub)?dates?(?![a-z])|(?:publish(?:ed)?|posted|post|entry|article)[-_]?(?:on|date|time)(?![a-z])"
)
_AUTHOR_URL = re.compile(r"(?i)/(?:authors?|autor|auteur|redaktion|contributors?|team|profile)/|^mailto:")
_AUTHOR_CLASS = re.compile(r"(?i)(?<![a-z])author(?![a-z])|byline")
_FAR, _NEAR = 100, 6
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
_DATE_LABEL = re.compile(r"(?i)publish|pubdate|entry-date|created")
_NOT_OURS = re.compile(
    r"(?i)comment|related|teaser|recommend|trending|popular|latest|sidebar|widget|event|copyright|next|prev"
    r"|(?<![a-z])hours|opening|weather|calendar|today"
)
# "updated" alone is hAtom's name for the date of any entry, edited or not
_UPDATED_NAME = re.compile(
    r"(?i)modified|changed|revised|(?:last|date|time)[-_]?(?:reviewed|updated)|updated?[-_]?(?:date|time|on|at)"
)
_HISTORY = re.compile(r"(?i)^\W*(?:received|submitted|accepted|eingegangen|reçu|recibido)\b")
_ORIGINALLY = re.compile(
    r"(?i)\b(?:article|story|post|piece|report|column|interview|it)\s+(?:was\s+)?(?:originally|first)\s+"
    r"(?:published|posted|appeared)\s+(?:on\s+)?(?=[\w, ]{0,12}\d)(.{6,40})"
)
_DATELINE = re.compile(
    r"^[^\W\d_][^\d!?:;|]{1,60}?,\s+(?P<date>[^\d,]{0,12}\d{1,2}[^\d,]{0,12},?\s+(?:19|20)\d{2})\s*(?:\([^)]{2,30}\)|[-–—])\s*\S"
)
_SAYS_PUBLISHED = re.compile(
    r"(?i)^\W*(?:(?:first|ngày|giờ|data\s+de|data\s+di|data|datum|fecha\s+de|date\s+de|дата|dato|tarikh|tanggal|تاريخ|تاریخ|दिनांक|วันที่)\s+)?"
    r"(?:published|posted|publish\s+date|date\s+(?:published|posted|created)|created|veröffentlicht|erstellt|stand|publi[ée]+|paru|publicado|publicaci[oó]n"
    r"|publicação|criado|pubblicat[oa]|pubblicazione|publicat|publicării|geplaatst|gepubliceerd|publicerad|publisert|publiceret|udgivet|julkaistu|avaldatud"
    r"|opublikowan[oay]|publikacji|dodano|publikováno|vydáno|zveřejněno|publikované|zverejnené|megjelent|közzétéve|publikálva|létrehozva|objavljeno|objavlj\w+"
    r"|objavljen\w*|publicēts|paskelbta|publikuota|опубликован[оа]?|опубліковано|публикаци[яи]|публікації|размещено|публикуван\w*|објављено|објавено|дата"
    r"|жарияла\w+|yayın\w*|giriş|oluşturulma|eklenme|dərc|diterbitkan|dipublikasikan|terbit|tayang|publikasi|diterbit\w*|ngày|đăng|xuất\s+bản"
    r"|δημοσ\w+|ημερομηνία|ανάρτηση|نشر\w*|نُشر\w*|انتشار|منتشر|شائع|اشاعت|פורסם|פרסום|प्रकाश\w*|पब्लिश\w*|প্রকাশ\w*|পোস্ট|பதிவு|வெளியீடு|వెలువడిన|ప్రచురణ|പ്രസിദ്ധീകരിച്ച\w*"
    r"|เผยแพร่|โพสต์|ลงวันที่|გამოქვეყნ\w+|հրապարակ\w+|公開|発行|掲載|配信|投稿|作成|发布|發布|發佈|发表|發表|刊登|时间|時間|日期|입력|등록|게재|작성|발행|기사입력|최초)"
)
_SAYS_UPDATED = re.compile(
    r"(?i)^\W*(?:(?:date|page|last|zuletzt|letzte|dernière|última|ultima|ultimo|senast|sist|sidst|viimeksi|ostatnia|poslední|posledná|utoljára|ultimele?|zadnja|posljednja"
    r"|последнее|последно|останнє|последња|son|terakhir|lần\s+cuối|cập\s+nhật|τελευταία|آخر|آخرین|أخر|अंतिम|সর্বশেষ|최종|最終|最后|最後)\s*){0,2}"
    r"(?:updated?|modified|reviewed|edited|aktualisier\w+|änderung|zuletzt|mise?\s+à\s+jour|modifi[ée]\w*|actualizad[oa]|actualización|atualizad[oa]|atualização"
    r"|aggiornat[oa]|aggiornamento|modifica\w*|actualizat\w*|modificat\w*|bijgewerkt|gewijzigd|laatst\w*|uppdatera[dt]|oppdatert|opdateret|päivitetty|muokattu|uuendatud|aktualiz\w+"
    r"|zaktualizowano|modyfikacj[ai]|upraveno|frissít\w+|módosít\w+|ažurirano|izmijenjeno|izmenjeno|posodobljeno|atjaunots|atnaujinta|обновл\w+|оновлен\w*|изменен\w*"
    r"|актуализир\w+|обновен\w*|ажурирано|измењено|жаңартыл\w+|güncelle\w*|yenilən\w+|diperbarui|dikemas\s*kini|perbaruan|cập\s+nhật|sửa\s+lần|ενημερ[ώω]\w+"
    r"|τροποποι\w+|تحديث|تعديل|به[\s\u200c-]?روز\s*رسانی|بروزرسانی|ویرایش|اپ\s*ڈیٹ\w*|تبدیلی|עודכן|עדכון|अपडेट\w*|अद्यतन|আপডেট|হালনাগাদ|புதுப்பிக்க\w+|అప్డేట్|నవీకరించ\w+"
    r"|പുതുക്കിയ\w*|อัปเดต|อัพเดท|ปรับปรุง|แก้ไข|განახლ\w+|թարմաց\w+|更新|修正|编辑于|수정|업데이트)"
)


def says_when(text: str) -> bool:
    """Say whether a line is hardly more than when a page was published or changed: "Updated: 3 May 2024, 10:30"."""
    return (
        len(text) <= _NAMED_DATE
        and sum(map(str.isdigit, text)) >= _FEW_FIGURES
        and bool(_SAYS_PUBLISHED.match(text) or _SAYS_UPDATED.match(text))
    )


def time_elements(tree: HtmlElement, now: datetime) -> list[str]:
    """Give the date of the page's own time element: a marked one, or the only day that its time elements state."""
    every: list[str] = []
    for element in tree.iter("time"):
        parent = element.getparent()
        if parent is not None and len(parent.text or "") + len(element.tail or "") > _NAMED_DATE:
            continue  # a date in running text
        date = iso_date(element.get("datetime") or element.text_content(), now=now)
        if date and not _says_updated(element):
            label = " ".join(
                filter(None, (element.get("class"), element.get("itemprop"), element.get("pubdate") and "pubdate"))
            )
            if label.startswith("comment"):
                continue
            if _DATE_LABEL.search(label):
                return [date]
            every.append(date)
    return every[:1] if every and len({date[:10] for date in every}) <= 2 else []


def _says_updated(element: HtmlElement) -> bool:
    """Say whether a time element is that of an update: by its own words, its name, its box's name, or the label before it."""
    if _SAYS_UPDATED.match(element.text_content()) or _UPDATED_NAME.search(_names(element)):
        return True
    for box in islice(element.iterancestors(), 2):
        if _UPDATED_NAME.search(box.get("class") or ""):
            return True
        before = box.getprevious()
        words = " ".join((box.text or (before.text_content() if before is not None else "")).split())
        if words and len(words) <= _LABEL and (_SAYS_UPDATED.match(words) or _UPDATED_NAME.search(words)):
            return True
    return False


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('itemprop') or ''}"


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
        if not name or not _DATE_CLASS.search(name) or _UPDATED_NAME.search(name):
            continue
        text = " ".join(element.text_content().split())
        if len(text) <= _NAMED_DATE and any(map(str.isdigit, text)) and not _SAYS_UPDATED.match(text):
            date = iso_date(text, now=now, language=language)
            if date and (_NOT_OURS.search(name) or len(days) > 1):
                return None
            if date:
                days.setdefault(date[:10], date)
    return next(iter(days.values())) if len(days) == 1 else None


def url_date(url: str, now: datetime, language: str | None = None) -> str | None:
    """Give the day that a URL's path spells out: /2024/05/01/, /2024-05-01-, /20240501/, /2024/may/01/."""
    path = urlsplit(url).path
    if found := _PATH_DATE.search(path):
        return iso_date("-".join(found.groups()), now=now)
    worded = _PATH_MONTH.search(path)
    return iso_date(f"{worded[3]} {worded[2]} {worded[1]}", now=now, language=language) if worded else None


def dateline_date(head: Sequence[Snippet], now: datetime, language: str | None) -> str | None:
    """Give the day in a dateline, with which an agency begins its report: "DHAKA, Dec 20, 2025 (BSS) - "."""
    for snippet in head:
        if found := _DATELINE.match(snippet.text):
            return iso_date(found["date"], now=now, language=language)
    return None


def signed_date(tree: HtmlElement, now: datetime, language: str | None) -> str | None:
    """Give the day that stands bare behind an author's name, where one day only does so on the page."""
    days: dict[str, str] = {}
    since_author = _FAR
    for element in tree.iter("a", "p", "span", "div", "small", "time", "li", "em", "strong", "address"):
        since_author += 1
        text, name = " ".join((element.text or "").split()), _names(element)
        if (element.tag == "a" and _AUTHOR_URL.search(element.get("href") or "")) or _AUTHOR_CLASS.search(name):
            since_author = 0
        elif since_author <= _NEAR and text and len(text) <= _BARE_DATE and any(map(str.isdigit, text)):
            around = " ".join(_names(box) for box in islice(element.iterancestors(), 6))
            date = iso_date(element.get("datetime") or text, now=now, language=language)
            if date and len(date) >= 10 and not _SAYS_UPDATED.match(text) and not _NOT_OURS.search(f"{name} {around}"):
                days.setdefault(date[:10], date)
    return next(iter(days.values())) if len(days) == 1 else None


def shows_day(tree: HtmlElement, stated: Sequence[str], now: datetime) -> bool:
    """Say whether readers see one of these days anywhere on the page, a day earlier or later for the zone's sake."""
    days = {_ordinal(each) + shift for each in stated if len(each) >= 10 for shift in (-1, 0, 1)}
    years = {str(datetime.fromordinal(day).year) for day in days}
    for element in tree.iter():
        own = "" if element.tag in _UNSEEN else element.text or ""
        for text in (own, element.tail or "", element.get("datetime") or ""):
            for year in years:
                at = text.find(year)
                while at >= 0:
                    if _read_both_ways(text[max(0, at - 25) : at + 16], now) & days:
                        return True
                    at = text.find(year, at + 4)
    return False


def _read_both_ways(text: str, now: datetime) -> set[int]:
    """Give the days that 5/2/2024 may be, on either side of the Atlantic."""
    read = (iso_date(text, now=now, language=language) for language in ("en-US", "en-GB"))
    return {_ordinal(day) for day in read if day and len(day) >= 10}


def _ordinal(day: str) -> int:
    return datetime.fromisoformat(day[:10]).toordinal()


def shown_dates(head: Sequence[Snippet], now: datetime, language: str | None) -> tuple[str | None, str | None]:
    """Give the dates (published, updated) that stand by the headline; none where so many stand there that it is a list."""
    published: list[str] = []
    updated: list[str] = []
    before = ""
    for snippet in head:
        text = snippet.text
        said = f"{before} {text}" if len(before) <= _LABEL and not any(map(str.isdigit, before)) else text
        before = text
        if not (snippet.time or _likely(snippet, said)) or _NOT_OURS.search(snippet.label) or _HISTORY.match(text):
            continue
        date = iso_date(snippet.time or text, now=now, language=language)
        if date is None or len(date) < 10:
            continue
        says_updated = _SAYS_UPDATED.match(text) or _SAYS_UPDATED.match(said) or _UPDATED_NAME.search(snippet.label)
        (updated if says_updated else published).append(date)
    if len({date[:10] for date in published}) > _MOST_DAYS:
        published = []
    return next(iter(published), None), next(iter(updated), None)


def shown_month(head: Sequence[Snippet], now: datetime, language: str | None) -> str | None:
    """Give the month that stands bare by the headline, as magazines date their pieces; None where several do."""
    found = {
        month
        for snippet in head
        if not snippet.linked and not _NOT_OURS.search(snippet.label) and len(snippet.text) <= _LABEL
        if (month := iso_month(snippet.text, now=now, language=language))
    }
    return found.pop() if len(found) == 1 else None


def original_date(tree: HtmlElement, now: datetime, language: str | None) -> str | None:
    """Give the day of which a note below the story says that the article was first published then."""
    for element in tree.iter("p", "div", "em", "i", "span", "small"):
        text = " ".join((element.text or "").split())
        if (found := _ORIGINALLY.search(text)) and len(text) <= 2 * _NAMED_DATE:
            return iso_date(found[1], now=now, language=language)
    return None


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
