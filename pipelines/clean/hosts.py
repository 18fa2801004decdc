"""Whose a link is: hosts, owners, services that every site links to, and rows of hosts that nobody owns.

Owns what a host's name says by its form alone. Refuses to read words: those are lexicon.py's.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

_WITH_SCHEME = r"""(?:https?://|(?<![\w.-])www\.)(?:(?!https?://)[^\s<>"'|,;，、。])+"""
_WITHOUT_SCHEME = r"""(?<![\w.@/-])[a-z0-9-]{3,60}\.(?:ac|or|sch|go|desa)\.[a-z]{2}(?![\w.-])/?"""
_SCHEMED = re.compile(_WITH_SCHEME, re.IGNORECASE)
_SUFFIX = re.compile(r"\.(?:ac|or|sch|go|desa)\.[a-z]{2}", re.IGNORECASE)
URL = re.compile(f"{_WITH_SCHEME}|{_WITHOUT_SCHEME}", re.IGNORECASE)
"""Bare addresses; without a scheme only under suffixes that are not for sale, which no sentence ends in by chance."""
_ROOT = re.compile(r"(?i)(?:https?://|www\.)[^\s/?#|,;]+/?[.,;|]?")
_ROW = re.compile(r"(?i)(?:https?://|www\.)[^\s/?#]+/?\s+(?:https?://|www\.)[^\s/?#]+/?(?:\s|$)")
_RESTRICTED = re.compile(
    r"(?i)^(.+?)\.((?:ac|edu|sch|or|go|gov|gob|gouv|mil|desa|k12|in)\.[a-z]{2}|edu|gov|mil|ponpes\.id)$"
)
_PLAIN = re.compile(r"(?:https?:)?//([A-Za-z0-9.-]+)(?=[/?#]|$)")
_NUMBERED = re.compile(r"^[a-z-]*[a-z]\d{2,}[a-z]?$")
_EVERYWHERE = frozenset(
    {
        "facebook.com", "twitter.com", "x.com", "instagram.com", "youtube.com", "youtu.be", "linkedin.com",
        "pinterest.com", "whatsapp.com", "wa.me", "t.me", "telegram.me", "telegram.org", "reddit.com",
        "tiktok.com", "google.com", "goo.gl", "bit.ly", "t.co", "flipboard.com", "tumblr.com", "vk.com",
        "line.me", "threads.net", "bsky.app", "apple.com", "wordpress.com", "wordpress.org", "gravatar.com",
        "amazon.com", "wikipedia.org", "archive.org", "xing.com", "doi.org", "who.int", "github.com",
        "spotify.com", "ok.ru", "weibo.com", "hatena.ne.jp", "getpocket.com", "digg.com",
    }
)  # fmt: skip


def host_of(url: str) -> str:
    """Give a URL's host in lower case, without `www.`; empty where there is none."""
    if plain := _PLAIN.match(url):  # nearly all; urlsplit takes ten times as long
        return plain[1].lower().removeprefix("www.")
    try:
        return (urlsplit(url if "//" in url else f"//{url}").hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


def site_of(host: str) -> str:
    """Give the part of a host that is registered, to compare owners: `example.co.uk`, `example.org`."""
    labels = host.split(".")
    two_level = len(labels) > 2 and len(labels[-1]) == 2 and (len(labels[-2]) <= 3 or labels[-2] in {"desa", "gouv"})
    return ".".join(labels[-3:] if two_level else labels[-2:])


def own_label(host: str) -> str:
    """Give the label that the owner chose: `markas303` of `www.markas303.ac.id`."""
    return site_of(host).split(".")[0]


def foreign_hosts(urls: Iterable[str], page_url: str) -> list[str]:
    """List the hosts of some links that are neither the page's own site nor a service that every site links to."""
    own = site_of(host_of(page_url))
    found = dict.fromkeys(host for url in urls if is_web(url) and (host := host_of(url)))
    return [host for host in found if site_of(host) != own and site_of(host) not in _EVERYWHERE and "." in host]


def is_web(target: str) -> bool:
    """Tell a link to a host from a path, an anchor in the page, a mail address or a script."""
    if target.startswith(("http://", "https://", "//", "www.")) or target[:8].lower().startswith(
        ("http://", "https://")
    ):
        return True
    return "/" not in target.rstrip("/") and _RESTRICTED.match(target.rstrip("/")) is not None and ":" not in target


def host_families(hosts: Iterable[str]) -> frozenset[str]:
    """List the hosts of which one label stands under several suffixes that are not for sale (ac.id, or.id, sch.id).

    Nobody owns three such; two may be a university and its school, so there the label must have a number in it.
    """
    families: dict[tuple[str, str], set[str]] = {}
    for host in hosts:
        if found := _RESTRICTED.match(site_of(host)):
            families.setdefault((found[1], found[2].rsplit(".", 1)[-1]), set()).add(site_of(host))
    return frozenset(
        site
        for (label, _), sites in families.items()
        if len(sites) >= 3 or (len(sites) == 2 and _NUMBERED.match(label))
        for site in sites
    )


def urls_in(text: str) -> tuple[str, ...]:
    """List the bare URLs in a text, without the punctuation that ends a sentence."""
    if _SUFFIX.search(text):
        pattern = URL  # takes ten times as long
    elif "://" in text or "www." in text.lower():
        pattern = _SCHEMED
    else:
        return ()
    return tuple(found[0].rstrip(".,;:!?)]}»”’") for found in pattern.finditer(text))


def roots_in(text: str) -> tuple[str, ...]:
    """List the URLs of a text that is nothing but bare hosts without a path; none where it is anything else."""
    words = text.split()
    return tuple(words) if words and all(_ROOT.fullmatch(word) for word in words) else ()


def has_bare_row(text: str) -> bool:
    """Say whether two bare hosts without a path stand side by side in a text."""
    return "://" in text and _ROW.search(text) is not None


def words_of_url(url: str) -> str:
    """Give what a URL says in words: its host's labels and its path, as a hacked university's `/slot-gacor/` does."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        return unquote(f"{(parts.hostname or '').replace('.', ' . ')} {parts.path}", errors="replace").replace("_", " ")
    except ValueError:
        return ""
