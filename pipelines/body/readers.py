"""The extractors that vote on a page: which of its text each would keep.

Owns the calls into trafilatura below its own parsing and metadata, and into the extractors beside it; running.py is one more
voter. Each gives plain text; a failing extractor gives none, and the others still vote.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy

from lxml import etree
from lxml.html import HtmlElement

from pipelines.source_blocks import BLOCK_TAGS, SILENT_TAGS, SourceBlock, add_with_ancestors, holders_of

log = logging.getLogger(__name__)
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page that it discards

_NAMED = ("div", "section", "aside", "details", "list", "ol", "ul")
_SCROLLED = re.compile("mvp-post-add|infinite|elementor-share")
"""What trafilatura's patterns for whole articles that follow, and for share buttons, ask for at least."""
_COMMENTS = re.compile("[Cc]omment|comol|disqus_thread|dsq-")
"""The same of its patterns for comments."""
_Reader = Callable[[HtmlElement, str], str]


def readings(tree: HtmlElement, url: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give the named extractors' names, and the text that each keeps. The tree stays as it is."""
    for name in names:
        try:
            yield name, READERS[name](tree, url)
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001 - an extractor's own fault on this page; the others decide
            log.info("extractor failed name=%s url=%s error=%r", name, url, error)
            yield name, ""


def strip_textless(tree: HtmlElement, blocks: Iterable[SourceBlock]) -> None:
    """Take out of a tree what holds none of its blocks' text, so that each copy is small; what parts text stays, empty."""
    holders = holders_of(blocks)
    for line_break in tree.iter("br"):
        add_with_ancestors(line_break, holders)
    for element in [each for each in tree.iter() if each not in holders]:
        is_block = element.tag in BLOCK_TAGS
        if element.getparent() not in holders or (not is_block and _parts_text(element)):
            continue
        blank = "" if element.tag in SILENT_TAGS else "".join(filter(str.isspace, element.itertext()))
        if blank or is_block or (element.tail and not element.tail.isspace()):
            element.clear(keep_tail=True)
            element.text = blank or None
        else:
            element.drop_tree()


def _parts_text(inline: HtmlElement) -> bool:
    return any(each.tag in BLOCK_TAGS for each in inline.iterdescendants())


def _trafilatura(tree: HtmlElement, url: str) -> str:
    """Ask trafilatura for much, and without its rescuers: readability votes itself, jusText's rule does, the judge cuts.

    Its steps are called one by one: its sequence keeps two copies more, for what is not asked of it here, and looks for comments
    and endless scrolling by patterns on each element, which matters where an element is called so: a quarter of its time together.
    """
    from trafilatura.core import trafilatura_sequence
    from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
    from trafilatura.main_extractor import extract_content
    from trafilatura.settings import Extractor
    from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

    options = Extractor(url=url, comments=False, formatting=True, fast=True, recall=True)
    pruned = deepcopy(tree)
    names = "\n".join(f"{element.get('id')} {element.get('class')}" for element in pruned.iter(*_NAMED))
    for pattern, nodes in ((_SCROLLED, RAW_TREE_PRUNE_XPATH), (_COMMENTS, REMOVE_COMMENTS_AND_LISTS_XPATH)):
        if pattern.search(names):
            pruned = prune_unwanted_nodes(pruned, nodes)
    body, text = extract_content(convert_tags(tree_cleaning(pruned, options), options, url), options)
    if len(text) < options.min_extracted_size:
        body, _, _, _ = trafilatura_sequence(deepcopy(tree), options, url)
    return "".join(body.itertext())


def _readability(tree: HtmlElement, _url: str) -> str:
    from trafilatura.readability_lxml import Document

    return str(Document(deepcopy(tree), min_text_length=25).summary())


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
}
