"""The extractors that vote on a page: which of its text each would keep.

Owns the calls into trafilatura below its own parsing and metadata, and into the extractors beside it. Each gets a copy of
the tree and gives plain text; a failing extractor gives none, and the others still vote.
"""

import logging
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

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
_Reader = Callable[[HtmlElement, str], str]
_JUSTEXT_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ko": "Korean", "nl": "Dutch", "no": "Norwegian_Nynorsk", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese",
}  # fmt: skip


def readings(tree: HtmlElement, url: str, profile: str) -> Iterator[tuple[str, str]]:
    """Give each extractor's name and the text that it keeps: trafilatura's alone in the fast profile.

    The tree stays as it is.
    """
    alone = profile == "fast" or sum(1 for _ in tree.iter()) > _MOST_ELEMENTS
    for name, reader in READERS.items():
        if alone and name != "trafilatura":
            continue
        try:
            yield name, reader(deepcopy(tree), url)
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001 - an extractor's own fault on this page; the others decide
            log.info("extractor failed name=%s url=%s error=%r", name, url, error)
            yield name, ""


def strip_silent(tree: HtmlElement) -> None:
    """Empty what no extractor reads, so that each copy of the tree is small; every text node stays where it is."""
    for element in list(tree.iter("style", "svg", "canvas", "iframe", "link", "script")):
        if not (element.get("type") or "").startswith("application/ld+json"):  # trafilatura's rescue reads these
            element.clear(keep_tail=True)


def _trafilatura(tree: HtmlElement, url: str) -> str:
    from trafilatura.core import trafilatura_sequence
    from trafilatura.settings import Extractor

    options = Extractor(url=url, comments=False, formatting=True)
    body, _, _, _ = trafilatura_sequence(tree, options, url)
    return "".join(body.itertext())


def _readability(tree: HtmlElement, _url: str) -> str:
    from trafilatura.readability_lxml import Document

    return str(Document(tree, min_text_length=25).summary())


def _justext(tree: HtmlElement, _url: str) -> str:
    from justext.core import ParagraphMaker, classify_paragraphs, revise_paragraph_classification
    from trafilatura.baseline import basic_cleaning

    paragraphs = ParagraphMaker.make_paragraphs(basic_cleaning(tree))
    classify_paragraphs(paragraphs, _stop_words(), **_JUSTEXT_LIMITS)
    revise_paragraph_classification(paragraphs, 150)
    return "\n".join(each.text for each in paragraphs if not each.is_boilerplate)


@cache
def _stop_words() -> frozenset[str]:
    from justext.utils import get_stoplist

    return frozenset(word for name in _JUSTEXT_LANGUAGES.values() for word in get_stoplist(name))


def _resiliparse(tree: HtmlElement, _url: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    html = etree.tostring(tree, encoding="unicode", method="html")
    return str(
        extract_plain_text(
            HTMLTree.parse(html), main_content=True, alt_texts=False, links=False, comments=False, list_bullets=False
        )
    )


READERS: dict[str, _Reader] = {
    "trafilatura": _trafilatura,
    "readability": _readability,
    "resiliparse": _resiliparse,
    "justext": _justext,
}
