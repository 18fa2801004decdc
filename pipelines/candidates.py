"""The bodies that different extractors see in one page.

Owns the calls into trafilatura below its own parsing and metadata. A failing extractor gives no lines.
"""

import logging
from copy import deepcopy

from lxml.html import HtmlElement

from pipelines.bodytext import Line, lines_of

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page that it discards


def candidates(tree: HtmlElement, url: str, profile: str) -> list[list[Line]]:
    """Give the candidate bodies, the most trusted first."""
    from trafilatura.core import trafilatura_sequence
    from trafilatura.settings import Extractor

    options = Extractor(url=url, comments=False, formatting=True, fast=profile == "fast")
    body, _, _, _ = trafilatura_sequence(deepcopy(tree), options, url)
    return [lines_of(body)]
