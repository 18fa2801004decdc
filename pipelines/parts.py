"""Articles that are spread over several pages: which page comes next, whether it goes on with the same article, the joined text.

Owns the forms of a page's number in a URL, and the negatives: the next article, the next page of a section or of comments. Pure;
the crawler asks for the pages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from archive.records import Article
from archive.url_key import url_key
from pipelines.body_lines import lines_from
from pipelines.bodytext import Line, compose
from pipelines.clean.trace import of_pages
from pipelines.decode import decode
from pipelines.headlines import folded
from pipelines.items import Page

MOST_PARTS = 20
"""Pages of one article, the first one included."""
_WORDS = r"(?:page|pages|seite|página|pagina|strona|sayfa|sida|side|strana|stranka|halaman|trang)"
_QUERY = re.compile(rf"(?i)^(?:{_WORDS}|pg|page_?n(?:o|um|umber|r)?|paged)$")
_PATH = re.compile(
    rf"""(?xi)^(?P<stem>/.+?) (?:
      /{_WORDS}[-/]?(?P<worded>\d{{1,2}}) (?P<worded_end>\.\w{{3,5}})?
    | /(?P<bare>\d{{1,2}}) (?P<bare_end>\.\w{{3,5}})?
    | [-_,](?:{_WORDS}|p|s)[-_,]?(?P<named>\d{{1,2}}) (?P<named_end>\.\w{{3,5}})?
    | [-_,](?P<tail>\d{{1,2}}) (?P<tail_end>\.s?html?|\.php|\.aspx?)
    )/?$"""
)
_FILE = re.compile(r"(?i)\.(?:s?html?|php|aspx?)$")
# a literal at the front of a pattern is searched for several times as fast as a boundary or either case
_ORDERED = re.compile(rb"rel(?<=\brel)\s*=\s*[\"']?[^\"'>]{0,200}\b(?:next|prev)")
_SPACE = rb"(?:\s|\xc2\xa0)*"
_DIGIT = rb"(?:\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0[\xa5\xa7][\xa6-\xaf]|\xef\xbc[\x90-\x99])"
"""One that is not ASCII's, in UTF-8."""
_TAG = re.compile(
    r"(?is)<(a|link)\b([^<>]{1,3000})>(?:\s*(?:<(?:span|b|strong|em|i)\b[^<>]{0,300}>\s*)?(\d{1,2})?\s*<)?"
)
_HREF = re.compile(r"""(?is)(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_REL = re.compile(r"""(?is)(?:^|\s)rel\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_BASE = re.compile(r"""(?is)<base\b[^<>]{0,300}?href\s*=\s*["']?([^"'\s>]+)""")
_LISTING = re.compile(
    r"(?i)^(?:tags?|topics?|categor(?:y|ies|ia|ie)|sections?|authors?|autor(?:en|es)?|search|suche|archives?|rubrik(?:en)?|themen?"
    r"|tema|sujet|kategori\w*|etiket\w*|blog|news|index|latest|home)$"
)
_MARKER = re.compile(
    rf"(?i)\s*(?:[-–—|:,(\[]\s*)?(?:{_WORDS}|part|teil|parte|partie)?\s*\d{{1,2}}(?:\s*(?:/|of|von|de|sur|di|z|iz)\s*\d{{1,2}})?\s*[)\]]?\s*$"
)
_NEW_SHARE = 0.5
_DECLARED = frozenset({"json-ld", "opengraph", "microdata"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A page's URL, taken apart: whose page it is, and which."""

    stem: str
    """The url_key of the first page, without the ending of a file."""
    number: int
    is_worded: bool
    """/page/2, as archives of blogs have it, too."""


def numbered(url: str) -> Numbered | None:
    """Take a URL apart that says which page it is; None where it says nothing."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return None
    said = [(name, value) for name, value in pairs if _QUERY.match(name) and re.fullmatch(r"\d{1,2}", value)]
    if len(said) == 1:
        rest = urlencode([pair for pair in pairs if pair not in said])
        first = urlunsplit((parts.scheme, parts.netloc, parts.path, rest, ""))
        return Numbered(stem=_stem(first), number=int(said[0][1]), is_worded=False)
    if found := _PATH.match(parts.path):
        kind = next(name for name in ("worded", "bare", "named", "tail") if found[name])
        path = found["stem"] + (found[f"{kind}_end"] or "")
        first = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
        return Numbered(stem=_stem(first), number=int(found[kind]), is_worded=kind == "worded")
    return None


def _stem(url: str) -> str:
    key = url_key(url)
    path, question, query = key.partition("?")
    return _FILE.sub("", path) + question + query


def next_part(page: Page, article: Article) -> str | None:
    """Give the URL of the page on which an article goes on, as this page links it; None where it ends here."""
    if not _may_go_on(article, page.url) or not (_reads(page.part + 1).search(page.body) or _has_order(page)):
        return None
    own = numbered(page.url)
    stem = own.stem if own and (page.part > 1 or own.number == 1) else _stem(page.url)
    for link in _links(page):
        there = numbered(link.url)
        if there is None or there.stem != stem or there.number != page.part + 1:
            continue
        if not (link.is_next or link.number == there.number):
            continue
        if page.part > 1 or _calls_itself_article(article) or (link.is_next and not there.is_worded):
            return link.url
    return None


def first_part(page: Page, article: Article) -> str | None:
    """Give the URL of the first page where this is a later one of its article; None where that is not certain."""
    own = numbered(page.url)
    if own is None or not 2 <= own.number <= MOST_PARTS or not _calls_itself_article(article):
        return None
    if article.canonical_url and article.canonical_url != page.url and _stem(article.canonical_url) == own.stem:
        return article.canonical_url
    if own.number == 2 and _has_order(page):
        return next((link.url for link in _links(page) if link.is_previous and _stem(link.url) == own.stem), None)
    return None


@cache
def _reads(number: int) -> re.Pattern[bytes]:
    """Give the pattern of a number as all that an element says; in digits that are not ASCII's, of any."""
    return re.compile(rb">%b(?:0?%d|%b{1,2})%b<" % (_SPACE, number, _DIGIT, _SPACE))


def _has_order(page: Page) -> bool:
    return _ORDERED.search(page.body.lower()) is not None


def goes_on(first: Article, so_far: Sequence[Article], part: Article) -> bool:
    """Say whether a page goes on with an article: the same headline or canonical URL, and text that is new."""
    own = numbered(part.url)
    stem = own.stem if own else _stem(part.url)
    if part.canonical_url:
        stated = numbered(part.canonical_url)
        if stem not in {_stem(part.canonical_url), stated.stem if stated else ""}:
            return False
    heads = {_bare(article.headline) for article in (first, part)}
    is_same = heads == {_bare(first.headline)} and first.headline is not None
    points_home = part.canonical_url is not None and first.canonical_url == part.canonical_url
    if not (is_same or points_home):
        return False
    known = {line.text for article in so_far for line in _lines(article)}
    lines = _lines(part)
    n_new = sum(len(line.text) for line in lines if line.text not in known)
    return n_new > _NEW_SHARE * sum(len(line.text) for line in lines)


def join(parts: Sequence[Article]) -> Article:
    """Join the pages of an article in order; what begins or ends each page alike stands once. The first page's fields count."""
    first = parts[0]
    lines = _lines(first)
    for part in parts[1:]:
        more = _lines(part)
        while more and any(more[0].text == line.text for line in [*lines, *_headline(first)]):
            more.pop(0)
        while lines and more and lines[-1].text == more[-1].text:
            lines.pop()
        shift = max((line.group for line in lines), default=0)
        lines += [replace(line, group=line.group + shift) for line in more]
    body, marks = compose(lines)
    position = 0
    removals = []
    for part in parts:
        removals += [replace(removal, position=removal.position + position) for removal in part.removals]
        position += max((removal.position for removal in part.removals), default=-1) + 1
    paywall = True if any(part.paywall for part in parts) else first.paywall
    trace = of_pages([part.trace for part in parts])
    return replace(first, body=body, marks=marks, removals=tuple(removals), paywall=paywall, trace=trace)


def _lines(article: Article) -> list[Line]:
    return lines_from(article.body, article.marks)


def _headline(article: Article) -> list[Line]:
    return [Line(text=article.headline)] if article.headline else []


def _bare(headline: str | None) -> str:
    return folded(_MARKER.sub("", headline)) if headline else ""


def _calls_itself_article(article: Article) -> bool:
    published = article.signals.get("published")
    return article.article_type is not None or (published is not None and published.origin in _DECLARED)


def _may_go_on(article: Article, url: str) -> bool:
    """Refuse home pages, and sections that do not call themselves articles."""
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    if not segments:
        return False
    return _calls_itself_article(article) or not any(_LISTING.match(_FILE.sub("", each)) for each in segments[-2:])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    url: str
    is_next: bool
    is_previous: bool
    number: int | None
    """What it reads, where that is a number."""


def _links(page: Page) -> Iterator[_Link]:
    """Give a page's links of the same host that state an order or read as numbers."""
    text = decode(page.body, page.content_type)
    stated = _BASE.search(text)
    base = urljoin(page.url, unescape(stated[1])) if stated else page.url
    host = urlsplit(page.url).netloc
    for found in _TAG.finditer(text):
        href, rel = _HREF.search(found[2]), _REL.search(found[2])
        relation = next(filter(None, rel.groups()), "").lower().split() if rel else []
        is_next, is_previous = "next" in relation, bool({"prev", "previous"} & set(relation))
        if href is None or not (is_next or is_previous or found[3]):
            continue
        try:
            url = urljoin(base, unescape(next(filter(None, href.groups()), "")).strip()).partition("#")[0]
            if urlsplit(url).netloc != host or urlsplit(url).scheme not in {"http", "https"}:
                continue
        except ValueError:
            continue
        yield _Link(url=url, is_next=is_next, is_previous=is_previous, number=int(found[3]) if found[3] else None)
