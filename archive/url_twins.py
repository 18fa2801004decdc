"""Which URL of a page makes its article's key: AMP and mobile pages are twins of the page that they copy.

Owns what counts as a twin. A page's own claim (`rel=canonical`) is believed only for a twin, on the same site,
and never for the home page: a poisoned canonical URL must not merge articles.
"""

import re
from urllib.parse import parse_qsl, urlsplit

from archive.url_key import host_of, url_key

_TWIN_HOST = re.compile(r"^(?:m|mobile|amp|touch|wap)\.")
_TWIN_PATH = re.compile(r"(?i)(?:^|/)amp(?:/|$)|[./_-]amp(?:\.html?)?/?$|^/(?:m|mobile)/")
_TWIN_QUERY = {"amp", "outputtype", "amphtml"}


def article_key(final_url: str, canonical_url: str | None) -> str:
    """Give the `url_key` of the article behind `final_url`: its canonical URL's where the page is a twin of that."""
    own = url_key(final_url)
    if not canonical_url or not is_twin(final_url) or is_twin(canonical_url):
        return own
    try:
        ours, theirs = urlsplit(final_url), urlsplit(canonical_url)
        same_site = _site(ours.hostname or "") == _site(theirs.hostname or "") and ours.port == theirs.port
    except ValueError:
        return own
    return url_key(canonical_url) if same_site and theirs.path.strip("/") else own


def is_twin(url: str) -> bool:
    """Tell whether a URL is the AMP or mobile form of another."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return bool(_TWIN_HOST.match(host) or _TWIN_PATH.search(parts.path) or names & _TWIN_QUERY)


def _site(host: str) -> str:
    return _TWIN_HOST.sub("", host_of(host))
