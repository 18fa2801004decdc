"""Home and section pages: the feeds that they announce, and article links told from navigation.

Owns the marks of both: a link's URL, its words, and where on the page it stands. Pure; the page is cut where reading it
would cost too much. Refuses other hosts: what is the source's own is crawler/sources.py's to say.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml import etree, html

from archive.records import FeedKind, FoundFeed, FoundIn, FoundLink, Hints
from crawler.feeds import language_of, plain
from crawler.found_urls import clean_url, is_article_link, is_media, place
from crawler.older_pages import MAY_BE_OLDER, older_pages
from crawler.sources import Source
from crawler.tally import Found
from crawler.traps import budget_key

MOST_BYTES = 4 * 1024 * 1024
MOST_TAGS = 120_000
MOST_ANCHORS = 10_000
MOST_LINKS = 3_000
MOST_FEEDS = 20
MOST_PIECES = 60
ENOUGH = 2
"""The score from which a link counts as an article's."""

_NAVIGATION = re.compile(
    r"(?i)(?:^|[\s_-])(?:nav|navi|navbar|navigation|menu|submenu|topbar|breadcrumbs?|crumbs?|pagination|pager|footer|foot|social|share"
    r"|sharing|tags?|tagcloud|login|cookie|consent|langs?|languages?|skip|toolbar|masthead|colophon)(?:$|[\s_-])"
)
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_DATE = re.compile(
    r"/(?:19|20)\d\d[-/]?(?:0?[1-9]|1[0-2])(?:[-/]?(?:0?[1-9]|[12]\d|3[01]))?(?=[-/_.]|$)|/(?:19|20)\d{6}(?!\d)"
)
_NUMBER = re.compile(r"\d{5,}")
_ID_QUERY = re.compile(
    r"(?i)(?:^|&)(?:p|id|nid|aid|cid|sid|news_?id|story_?id|art(?:icle)?_?id|article|story|newsid|doc|item)=[\w-]*\d"
)
_PAGE_NAME = re.compile(r"(?i)\.(?:s?html?|php\d?|aspx?|jsp|cfm|ece|story)$")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_FEED_TYPES = re.compile(r"(?i)application/(?:rss|atom|rdf)\+xml|application/feed\+json|application/json.*feed")
_FEED_PATH = re.compile(
    r"(?i)(?:/(?:feeds?|rss|atom)/?|/(?:feeds?|rss|atom)[\w/-]*\.(?:xml|rss|rdf|atom|json)|\.(?:rss|rdf|atom)"
    r"|/(?:rss|feed|atom|index)\.xml)$"
)
_COMMENTS = re.compile(r"(?i)comment|kommentar|commentaire|comentari")


@dataclass(slots=True, kw_only=True)
class Place:
    """Where an anchor stands."""

    navigation: bool = False
    aside: bool = False
    heading: bool = False
    article: bool = False
    main: bool = False


@dataclass(slots=True, kw_only=True)
class Anchor:
    """A link of a page, with all the places that it stands in merged."""

    url: str
    words: str
    place: Place
    n: int = 1


@dataclass(slots=True, kw_only=True)
class Walk:
    """The open regions while a page is read from top to bottom."""

    found: Found
    anchors: dict[str, Anchor] = field(default_factory=dict)
    n: int = 0


def read_page(text: str, *, url: str, source: Source) -> Found:
    """Read a page: its title, language, feeds and article links, in the order of the page."""
    found = Found()
    text = _bounded(text, found)
    root = _parsed(text)
    if root is None:
        found.problems.append("no HTML that can be read")
        return found
    base = _base(root, url)
    found.title = plain(root.findtext(".//title"), 300)
    found.language = language_of(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    _announced_feeds(root, base, found)
    found.older = older_pages(url, _anchors(root, base))
    walk = Walk(found=found)
    _walk(root, base, url, source, walk)
    places = [anchor.place for anchor in walk.anchors.values()]
    bare = not any(here.navigation or here.heading or here.article for here in places)
    shapes = Counter(budget_key(anchor.url) for anchor in walk.anchors.values() if not anchor.place.navigation)
    for anchor in walk.anchors.values():
        wanted = bare or score(anchor, siblings=shapes[budget_key(anchor.url)]) >= ENOUGH
        if not wanted or not is_article_link(anchor.url):
            found.n_refused += 1
        elif len(found.links) < MOST_LINKS:
            found.add(FoundLink(url=anchor.url, found_in=FoundIn.SECTION, hints=_hints(anchor)))
    return found


def _bounded(text: str, found: Found) -> str:
    if len(text) > MOST_BYTES:
        found.problems.append(f"page of {len(text)} characters: the first {MOST_BYTES} are read")
        text = text[:MOST_BYTES]
    if text.count("<") > MOST_TAGS:
        found.problems.append(f"more than {MOST_TAGS} tags: the first are read")
        at = -1
        for _ in range(MOST_TAGS):
            at = text.find("<", at + 1)
        text = text[:at]
    return text


def _parsed(text: str) -> "html.HtmlElement | None":
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(text.encode(errors="replace"), parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return root


def _base(root: "html.HtmlElement", url: str) -> str:
    for element in root.iter("base"):
        stated = clean_url(element.get("href"), url)
        return stated if isinstance(stated, str) else url
    return url


def _announced_feeds(root: "html.HtmlElement", base: str, found: Found) -> None:
    """Find the feeds in `<link rel=alternate>`, then anchors that are feeds by their name; comment feeds left out."""
    for element in root.iter("link"):
        rel = (element.get("rel") or "").lower().split()
        if "alternate" in rel and _FEED_TYPES.search(element.get("type") or ""):
            _feed(element.get("href"), element.get("title") or "", base, found)
    for element in root.iter("a"):
        href = element.get("href") or ""
        if len(found.feeds) >= MOST_FEEDS:
            return
        if len(href) < 500 and _FEED_PATH.search(_path(href, base)):
            _feed(href, "", base, found, same_host=True)


def _anchors(root: "html.HtmlElement", base: str) -> Iterator[tuple[str, bool]]:
    """Give each link of a page as an absolute URL, and whether it is stated to be the next page."""
    for element in islice(root.iter("a", "link"), MOST_LINKS):
        href, is_next = element.get("href") or "", "next" in (element.get("rel") or "").lower().split()
        if not is_next and (element.tag == "link" or not MAY_BE_OLDER.search(href)):
            continue
        address = place(href, base)
        if address is not None:
            yield address, is_next


def _path(href: str, base: str) -> str:
    url = clean_url(href, base)
    return urlsplit(url).path if isinstance(url, str) else ""


def _feed(href: str | None, title: str, base: str, found: Found, *, same_host: bool = False) -> None:
    address = place(href, base)
    if address is None or len(found.feeds) >= MOST_FEEDS or _COMMENTS.search(title) or _COMMENTS.search(address):
        return
    if "wp-json" in address or "oembed" in address:
        return
    if same_host and urlsplit(address).hostname != urlsplit(base).hostname:
        return
    found.add_feed(FoundFeed(url=address, kind=FeedKind.FEED, found_in="autodiscovered"))


def _walk(root: "html.HtmlElement", base: str, url: str, source: Source, walk: Walk) -> None:
    """Go through the page once, with the regions that are open; recursion would meet deep pages' depth."""
    stack: list[tuple[etree._Element, Place]] = []
    here = Place()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if event == "end":
            if stack and stack[-1][0] is element:
                here = stack.pop()[1]
            continue
        entered = _entered(element, here)
        if entered is not here:
            stack.append((element, here))
            here = entered
        if element.tag == "a" and element.get("href"):
            _take(element, here, base, url, source, walk)


def _entered(element: "etree._Element", here: Place) -> Place:
    """Give the place inside an element: the same object where nothing changes."""
    tag = str(element.tag)
    if tag in {"html", "body", "a", "li", "img", "p", "span", "br", "td", "tr"}:
        return here
    marks = f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
    role = (element.get("role") or "").lower()
    place_ = Place(
        navigation=here.navigation or _is_navigation(tag, role, marks, here),
        aside=here.aside or tag == "aside" or role == "complementary",
        heading=here.heading or tag in _HEADINGS,
        article=here.article or tag == "article" or role == "article",
        main=here.main or tag == "main" or role == "main",
    )
    return here if place_ == here else place_


def _is_navigation(tag: str, role: str, marks: str, here: Place) -> bool:
    if tag == "nav" or role in _ROLES:
        return True
    if here.article:
        # a card's own header and footer hold its headline, too
        return False
    return tag in {"header", "footer"} or bool(
        _NAVIGATION.search(marks) and tag not in {"main", "article", "h1", "h2", "h3"}
    )


def _take(element: "etree._Element", here: Place, base: str, page_url: str, source: Source, walk: Walk) -> None:
    walk.n += 1
    if walk.n > MOST_ANCHORS:
        return
    url = clean_url(element.get("href"), base)
    if not isinstance(url, str) or is_media(url) or url == page_url or not source.owns(url):
        if (
            not isinstance(url, str)
            and url is not None
            and url.reason == "scheme"
            and url.url.startswith(("file:", "ftp:", "data:"))
        ):
            walk.found.refuse(url)
        return
    words, in_heading = _words(element)
    known = walk.anchors.get(url)
    place_ = Place(
        navigation=here.navigation,
        aside=here.aside,
        heading=here.heading or in_heading,
        article=here.article,
        main=here.main,
    )
    if known is None:
        walk.anchors[url] = Anchor(url=url, words=words, place=place_)
        return
    # the better of two places counts: an article that a menu also teases is one
    known.n += 1
    known.words = max(known.words, words, key=len)
    known.place.navigation = known.place.navigation and place_.navigation
    known.place.aside = known.place.aside and place_.aside
    known.place.heading = known.place.heading or place_.heading
    known.place.article = known.place.article or place_.article
    known.place.main = known.place.main or place_.main


def _words(element: "etree._Element") -> tuple[str, bool]:
    """Give an anchor's words, those of a heading in it first, and whether there is one.

    Only the first pieces are read: broken pages nest anchors, and each would hold all that follow.
    """
    for inner in islice(element.iter(), MOST_PIECES):
        if inner.tag in _HEADINGS and (text := _text(inner)):
            return text, True
    return _text(element) or (element.get("title") or element.get("aria-label") or "")[:500], False


def _text(element: "etree._Element") -> str:
    return " ".join(" ".join(str(text) for text in islice(element.itertext(), MOST_PIECES)).split())[:500]


def score(anchor: Anchor, *, siblings: int) -> int:
    """Weigh a link; ENOUGH and more is an article's. `siblings` is how many links of the page have its URL's shape."""
    total = _score_url(anchor.url) + _score_words(anchor.words)
    total += 2 * anchor.place.heading + anchor.place.article + anchor.place.main + (anchor.n > 1) + (siblings >= 3)
    total -= anchor.place.aside
    return total - 5 * anchor.place.navigation


def _score_url(url: str) -> int:
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    last = unquote(_PAGE_NAME.sub("", segments[-1])) if segments else ""
    total = 0
    if _DATE.search(parts.path):
        total += 3
    words = [word for word in re.split(r"[-_+ ,.]+", last) if word and not word.isdigit()]
    if len(words) >= 4 or (len(words) >= 3 and len(last) >= 20):
        total += 3
    elif len(words) >= 3 or len(_UNSPACED.findall(last)) >= 8:
        total += 2
    if _NUMBER.search(last) or _ID_QUERY.search(parts.query):
        total += 2
    elif last.isdigit() or re.search(r"\d{3,}", last):
        total += 1
    if segments and _PAGE_NAME.search(segments[-1]) and last not in {"index", "default"}:
        total += 1
    if total == 0 and not parts.query and len(segments) <= 2:
        # /sport, /news/europe
        total -= 1 + (len(segments) <= 1)
    return total


def _score_words(words: str) -> int:
    n_unspaced = len(_UNSPACED.findall(words))
    n_words = len([word for word in words.split() if any(character.isalnum() for character in word)])
    if n_words >= 5 or n_unspaced >= 12 or (n_words >= 4 and len(words) >= 25):
        return 2
    if n_words >= 3 or n_unspaced >= 7:
        return 1
    if not words or words.isdigit():
        return -1 if words else 0
    return 0 if len(words) >= 20 else -1


def _hints(anchor: Anchor) -> Hints:
    """Take an anchor's words for a headline where they can be one: in a heading, or a few words and no more."""
    words = anchor.words
    can_be = anchor.place.heading or _score_words(words) >= 1
    return Hints(headline=plain(words, 300)) if can_be and len(words) <= 300 else Hints()
