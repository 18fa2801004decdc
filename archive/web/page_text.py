"""The text of a captured page in the order in which it stands there, hidden parts included.

Owns reading it back from its WARC record, for showing where removed blocks stood. None where there is nothing to read.
"""

import re
from pathlib import Path

from archive.kept import KeptCapture
from archive.warc import DamagedWarcError
from archive.warc_read import read_record

_LARGEST = 8_000_000
_CHARSET = re.compile(r"(?i)charset\s*=\s*[\"']?([\w.:-]+)")


def page_text(folder: Path, capture: KeptCapture | None) -> str | None:
    """Give the text of the page of a capture."""
    if capture is None:
        return None
    try:
        kept = read_record(folder, capture.warc_file, capture.warc_offset, decode=True)
    except DamagedWarcError:
        return None
    if not kept.payload or len(kept.payload) > _LARGEST:
        return None
    kinds = [value for name, value in kept.headers if name.lower() == "content-type"]
    declared = _CHARSET.search(kinds[0]) if kinds else None
    return html_text(kept.payload, declared[1] if declared else None)


def html_text(page: bytes, encoding: str | None) -> str | None:
    """Give the text of an HTML page; None where it cannot be read."""
    from lxml import etree, html

    if encoding:
        # libxml2 knows fewer names than Python
        try:
            page, encoding = page.decode(encoding, "replace").encode("utf-8", "replace"), "utf-8"
        except LookupError:
            encoding = None
    try:
        tree = html.document_fromstring(page, parser=html.HTMLParser(encoding=encoding, huge_tree=False))
        for element in tree.iter("script", "style", "template"):
            element.text = None
        return "".join(str(piece) for piece in tree.itertext())
    except (etree.LxmlError, ValueError):
        return None
