"""The key of an article: one string for all the URLs under which a publisher serves the same work.

Owns URL_KEY_VERSION and the list of parameters that only track. Pure; idempotent: url_key(url_key(u)) == url_key(u).
Merge and import depend on it, so a change of rules is a new version with a migration.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import idna

URL_KEY_VERSION = 1

_TRACKING = re.compile(
    r"""(?xi) ^(?:
      utm_.* | mtm_.* | pk_(?:campaign|kwd|source|medium|content|cid) | matomo_.* | hsa_.* | _hs(?:enc|mi) | vero_.*
    | at_(?:medium|campaign|custom\d|link.*|format|ptr.*|bbc.*) | ns_(?:campaign|mchannel|source|linkname|fee)
    | fbclid | gclid | gclsrc | dclid | msclkid | twclid | yclid | ttclid | wbraid | gbraid | li_fat_id | irclickid | s_cid
    | fb_(?:action|source|ref).*
    | igshid | mc_[ce]id | mkt_tok | oly_(?:anon|enc)_id | ref_(?:src|url) | rss | feed(?:name|type)? | ftag | cmpid? | icid | ncid
    | ito | s_kwcid | smid | smtyp | spm | sr_share | trk(?:campaign|info)? | wt\.?_?mc.* | wtrid | xtor | __?twitter_impression
    | cmp | guccounter | guce_referrer(?:_sig)? | soc_(?:src|trk) | amp(?:_.*)? | outputtype | _ga | _gl | yptr
    | share(?:d|bandeau|_from|_source|_medium)? | shareuid | socialshare | from_source | traffic_source
    )$"""
)
_SESSION = re.compile(
    r"(?i)^(?:phpsessid|jsessionid|aspsessionid.*|asp\.net_sessionid|session_?id|cfid|cftoken|zenid|osc?sid)$"
)
_MAYBE_SESSION = re.compile(r"(?i)^s(?:ess)?(?:id)?$")
_SESSION_VALUE = re.compile(r"(?i)^(?:(?=[0-9]*[a-f])[0-9a-f]{16,}|(?=.*[0-9])(?=.*[a-z])[0-9a-z_-]{24,})$")
_PATH_SESSION = re.compile(r"(?i);(?:jsessionid|phpsessid|sid)=[^/?#;]*")
_HOST = re.compile(r"^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$")
_PATH_SAFE = "!$&'()*+,;=:@-._~/"


@lru_cache(maxsize=4096)
def url_key(url: str) -> str:
    """Give the key of a URL: `host/path?query`, without scheme, `www.`, default port, fragment and tracking.

    A URL that cannot be read (a broken IPv6 literal, a port that is no number, a host that is none) is its own key.
    """
    try:
        parts = urlsplit(url.strip() if "//" in url else "//" + url.strip())
        host, port = host_of(parts.hostname or ""), parts.port
    except ValueError:  # idna's errors are, too
        return url.strip()
    if not _HOST.match(host):
        return url.strip()
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    path = re.sub(r"/{2,}", "/", _encoded(_PATH_SESSION.sub("", parts.path))).rstrip("/")
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted(pair for pair in pairs if not _only_tracks(*pair))
    query = urlencode(kept, errors="surrogateescape")
    return host + path + (f"?{query}" if query else "")


def _only_tracks(name: str, value: str) -> bool:
    """Tell a parameter that changes nothing about the article. `sid` is a session or the article's own number."""
    if _TRACKING.match(name) or _SESSION.match(name):
        return True
    return bool(_MAYBE_SESSION.match(name) and _SESSION_VALUE.match(value))


def _encoded(path: str) -> str:
    """Percent-encode what needs it, once and in one spelling: `%7e`, `%7E` and `~` are the same, `%2F` is no slash."""
    quoted = quote(path, safe="%" + _PATH_SAFE, errors="surrogateescape")
    quoted = re.sub("%(?![0-9A-Fa-f]{2})", "%25", quoted)
    return re.sub("%[0-9A-Fa-f]{2}", lambda found: _one_spelling(found[0]), quoted)


def _one_spelling(escape: str) -> str:
    character = chr(int(escape[1:], 16))
    return character if character.isascii() and (character.isalnum() or character in "-._~") else escape.upper()


def host_of(host: str) -> str:
    """Give a host in lower case and IDNA form, without `www.` and the final dot; ValueError where it has none."""
    host = host.lower().rstrip(".")
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii")
    bare = host.removeprefix("www.")
    return f"[{bare}]" if ":" in bare else bare
