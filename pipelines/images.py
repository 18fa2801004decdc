"""Tell an article's picture from what a site shows where an article has none: its logo, a card for sharing, a placeholder.

Owns what such a picture's file is called. Refuses to look at pictures, and to judge a name that says anything else.
"""

import re
from urllib.parse import unquote, urlsplit

_TOKEN = re.compile(r"[a-z]+|\d+", re.IGNORECASE)
_STANDS_IN = frozenset(
    "logo logos default placeholder fallback favicon icon blank generic dummy noimage emblem share"
    " sharing social og opengraph".split()
)
_FILLS = frozenset(
    "image images img picture photo thumb thumbnail facebook twitter fb card wide square dark light white black site page home"
    " web banner graph open meta seo main new large small medium big header v x w h no the of and for link preview unfurling"
    " png jpg jpeg svg webp gif".split()
)


def stands_in(url: str) -> bool:
    """Say whether a picture's file is called nothing but logo, default, placeholder and the like, or that and the site's name."""
    parts = urlsplit(url)
    name = unquote(parts.path.rsplit("/", 1)[-1]).casefold()
    host = (parts.hostname or "").casefold()
    tokens = _TOKEN.findall(name)
    if not _STANDS_IN & set(tokens):
        return False
    return all(
        token in _STANDS_IN
        or token in _FILLS
        or token.isdigit()
        or len(token) == 1
        or (len(token) > 2 and token in host)
        for token in tokens
    )
