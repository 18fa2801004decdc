"""From text to an element tree that is safe to work on, and how much of it there is.

Owns the limits on a page's complexity: they are checked on the bytes, before anything is parsed.
"""

import re
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

MAX_TAGS = 25_000
"""Real article pages have 750 tags at the median and 10,000 at most; the extractors' cost grows faster than tags."""
MAX_DEPTH = 400
MAX_BYTES = 12_000_000
_TAG_START = re.compile(rb"<[a-zA-Z]")
_A_STORY = 500
_END = re.compile(rb"(?i)</(?:body|html)\s*>")
"""As browsers do, read on behind it: a template's header may close the page before the story begins, and libxml2 would stop."""
_DEEPER = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 2)})")
_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)
"""lxml.html asks Python for the class of each element at each visit; forms and inputs of a class of their own need no one here."""


def too_complex(body: bytes) -> str | None:
    """Say what is too much about a page, where something is."""
    if len(body) > MAX_BYTES:
        return f"{len(body)} bytes"
    if body.count(b"<") <= MAX_TAGS:
        return None
    # one at a time: a list of a million would take a hundred megabytes
    is_more = next(islice(_TAG_START.finditer(body), MAX_TAGS, None), None) is not None
    return f"more than {MAX_TAGS} tags" if is_more else None


def parse(text: str) -> HtmlElement | None:
    """Parse a page; None where there is nothing to parse. Elements may be nested deeper than the parser's default."""
    parser = HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8", huge_tree=True)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = document_fromstring(_END.sub(b"", text.encode("utf-8", "replace")), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    if not isinstance(tree, HtmlElement):
        return None
    _show_noscript(tree)
    return tree


def _show_noscript(tree: HtmlElement) -> None:
    """Turn a noscript element into a plain one where most of the page's running text is in it: scripts draw that page."""
    for element in list(tree.iter("noscript")):
        inside = _running(element)
        if inside > _A_STORY and 2 * inside > _running(tree):
            element.tag = "div"


def _running(element: HtmlElement) -> int:
    return sum(len(paragraph.text_content()) for paragraph in element.iter("p"))


def too_deep(tree: HtmlElement) -> bool:
    """Say whether elements are nested deeper than any template nests them: extractors then take a minute a page."""
    return bool(_DEEPER(tree))


def base_url(tree: HtmlElement, url: str) -> str:
    """Give the address that relative links start from; a broken base element is passed over."""
    target = next((each.get("href") for each in tree.iter("base") if each.get("href")), None)
    if target:
        try:
            if urlsplit(target).scheme in {"http", "https"} and urlsplit(target).hostname:
                return target
        except ValueError:
            return url
    return url
