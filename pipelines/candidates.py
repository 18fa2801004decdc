"""The bodies that different extractors see in one page.

Owns the calls into trafilatura below its own parsing and metadata, and into the extractors that vote beside it. A
failing extractor gives no lines: the others still do.
"""

import logging
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.bodytext import Line, lines_of

log = logging.getLogger(__name__)
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page that it discards

# as trafilatura's own rescue has them: news paragraphs are shorter than justext's defaults expect
_JUSTEXT_LIMITS: dict[str, Any] = {
    "length_low": 50,
    "length_high": 150,
    "stopwords_low": 0.1,
    "stopwords_high": 0.2,
    "max_link_density": 0.25,
    "no_headings": True,
}
_MOST_ELEMENTS = 5_000  # beyond it the others take minutes: their cost grows with the square
_Reader = Callable[[HtmlElement, str], list[Line]]
_JUSTEXT_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ko": "Korean", "nl": "Dutch", "no": "Norwegian_Nynorsk", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese",
}  # fmt: skip


def candidates(tree: HtmlElement, url: str, profile: str) -> dict[str, list[Line]]:
    """Give the bodies by extractor: trafilatura's alone in the fast profile, all of them in the full one.

    The tree is used up.
    """
    _strip_silent(tree)
    alone = profile == "fast" or sum(1 for _ in tree.iter()) > _MOST_ELEMENTS
    readers = {"trafilatura": _READERS["trafilatura"]} if alone else _READERS
    found: dict[str, list[Line]] = {}
    last = next(reversed(readers))
    for name, reader in readers.items():
        try:
            found[name] = reader(tree if name == last else deepcopy(tree), url)
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001 - an extractor's own fault on this page; the others decide
            log.info("extractor failed name=%s url=%s error=%r", name, url, error)
            found[name] = []
    return found


def _strip_silent(tree: HtmlElement) -> None:
    """Drop what no extractor reads, so that each copy of the tree is small."""
    etree.strip_elements(tree, "style", "svg", "canvas", "iframe", "link", with_tail=False)
    for script in list(tree.iter("script")):
        if not (script.get("type") or "").startswith("application/ld+json"):  # trafilatura's rescue reads these
            parent = script.getparent()
            if parent is not None:
                script.drop_tree()


def _trafilatura(tree: HtmlElement, url: str) -> list[Line]:
    return _sequence(tree, url, precision=False)


def _precise(tree: HtmlElement, url: str) -> list[Line]:
    return _sequence(tree, url, precision=True)


def _sequence(tree: HtmlElement, url: str, *, precision: bool) -> list[Line]:
    from trafilatura.core import trafilatura_sequence
    from trafilatura.settings import Extractor

    options = Extractor(url=url, comments=False, formatting=True, precision=precision)
    body, _, _, _ = trafilatura_sequence(tree, options, url)
    return lines_of(body)


def _readability(tree: HtmlElement, _url: str) -> list[Line]:
    from trafilatura.readability_lxml import Document
    from trafilatura.utils import fromstring_bytes

    body = fromstring_bytes(Document(tree, min_text_length=25).summary())
    return [] if body is None else lines_of(body)


def _justext(tree: HtmlElement, _url: str) -> list[Line]:
    from justext.core import ParagraphMaker, classify_paragraphs, revise_paragraph_classification
    from trafilatura.baseline import basic_cleaning

    paragraphs = ParagraphMaker.make_paragraphs(basic_cleaning(tree))
    classify_paragraphs(paragraphs, _stop_words(), **_JUSTEXT_LIMITS)
    revise_paragraph_classification(paragraphs, 150)
    return [
        Line(text=" ".join(each.text.split())) for each in paragraphs if not each.is_boilerplate and each.text.strip()
    ]


@cache
def _stop_words() -> frozenset[str]:
    from justext.utils import get_stoplist

    return frozenset(word for name in _JUSTEXT_LANGUAGES.values() for word in get_stoplist(name))


def _resiliparse(tree: HtmlElement, _url: str) -> list[Line]:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    html = etree.tostring(tree, encoding="unicode", method="html")
    text = extract_plain_text(
        HTMLTree.parse(html), main_content=True, alt_texts=False, links=False, comments=False, list_bullets=False
    )
    return [Line(text=" ".join(line.split())) for line in text.splitlines() if line.strip()]


_READERS: dict[str, _Reader] = {
    "trafilatura": _trafilatura,
    "precise": _precise,
    "readability": _readability,
    "resiliparse": _resiliparse,
    "justext": _justext,
}
