"""Evidence of injection that lies in words and hosts: the lexicon, and host families under restricted suffixes.

Owns data/spam.toml. Gives evidence only; what is removed takes a second, structural kind (hidden.py, spam.py).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

URL = re.compile(r"""(?i)\b(?:https?://|www\.)[^\s<>"']+""")
_RESTRICTED = re.compile(r"(?i)^(.+?)\.((?:ac|edu|sch|or|go|gov|gob|gouv|mil|desa|k12)\.[a-z]{2}|edu|gov|mil)$")
_WORD = re.compile(r"\w+")
_SUFFIX_TALK = re.compile(r"(?i)(?<![\w-])\.?(?:ac|or|sch|go|edu|gov)\.[a-z]{2}\b")
_NO_SPACES = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_EVERYWHERE = frozenset(
    {
        "facebook.com",
        "twitter.com",
        "x.com",
        "instagram.com",
        "youtube.com",
        "youtu.be",
        "linkedin.com",
        "pinterest.com",
    }
    | {
        "whatsapp.com",
        "wa.me",
        "t.me",
        "telegram.me",
        "telegram.org",
        "reddit.com",
        "tiktok.com",
        "google.com",
        "goo.gl",
    }
    | {"bit.ly", "t.co", "flipboard.com", "tumblr.com", "vk.com", "line.me", "threads.net", "bsky.app", "apple.com"}
    | {"wordpress.com", "wordpress.org", "gravatar.com", "amazon.com", "wikipedia.org", "archive.org"}
)


@cache
def lexicon() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """Give the trades: name, pattern of their terms, pattern of their host labels (and of their words)."""
    text = resources.files("presskeep_data").joinpath("spam.toml").read_text("utf-8")
    trades = []
    for name, trade in tomllib.loads(text).items():
        if isinstance(trade, dict):
            spaced = [
                re.escape(term).replace("\\ ", r"[\s\W]{1,3}") for term in trade["terms"] if not _NO_SPACES.search(term)
            ]
            joined = [re.escape(term) for term in trade["terms"] if _NO_SPACES.search(term)]
            terms = rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)" + "".join(f"|{term}" for term in joined)
            trades.append((name, re.compile(terms, re.IGNORECASE), re.compile("|".join(trade["hosts"]), re.IGNORECASE)))
    return tuple(trades)


def trades_in(text: str) -> dict[str, int]:
    """Count the lexicon's terms in a text, by trade."""
    folded = unicodedata.normalize("NFKC", text)
    counts = {name: len(terms.findall(folded)) for name, terms, _ in lexicon()}
    return {name: count for name, count in counts.items() if count}


def trades_of_hosts(hosts: Iterable[str]) -> dict[str, int]:
    """Count the hosts whose own label speaks of a trade."""
    labels = [own_label(host) for host in hosts]
    counts = {name: sum(bool(pattern.search(label)) for label in labels) for name, _, pattern in lexicon()}
    return {name: count for name, count in counts.items() if count}


@cache
def _quick() -> tuple[tuple[frozenset[str], ...], tuple[str, ...], re.Pattern[str]]:
    """Give the words of each term, the terms of scripts without spaces, and the pattern of all hosts."""
    text = resources.files("presskeep_data").joinpath("spam.toml").read_text("utf-8")
    trades = [trade for trade in tomllib.loads(text).values() if isinstance(trade, dict)]
    terms = [term for trade in trades for term in trade["terms"]]
    spaced = tuple(frozenset(_WORD.findall(term.casefold())) for term in terms if not _NO_SPACES.search(term))
    joined = tuple(term for term in terms if _NO_SPACES.search(term))
    return spaced, joined, re.compile("|".join(host for trade in trades for host in trade["hosts"]), re.IGNORECASE)


def worth_a_look(text: str, urls: Iterable[str]) -> bool:
    """Say, quickly, whether anything on a page could be evidence at all: a term's words, a host or a restricted suffix."""
    spaced, joined, hosts = _quick()
    words = frozenset(_WORD.findall(text.casefold()))
    if any(term <= words for term in spaced) or any(term in text for term in joined):
        return True
    names = {host_of(url) for url in urls if "//" in url or url.startswith("www.")}
    return any(hosts.search(name) or _RESTRICTED.match(name) for name in names)


def host_of(url: str) -> str:
    """Give a URL's host in lower case, without `www.`; empty where there is none."""
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
    found = dict.fromkeys(host for url in urls if (host := host_of(url)))
    return [host for host in found if site_of(host) != own and site_of(host) not in _EVERYWHERE]


def host_family(hosts: Iterable[str]) -> bool:
    """Tell one label under several suffixes that are not for sale (ac.id, or.id, sch.id): nobody owns such a row."""
    families: dict[str, set[str]] = {}
    for host in hosts:
        if found := _RESTRICTED.match(site_of(host)):
            families.setdefault(found[1], set()).add(found[2])
    return any(len(suffixes) > 1 for suffixes in families.values())


def urls_in(text: str) -> tuple[str, ...]:
    """List the bare URLs in a text, without the punctuation that ends a sentence."""
    return tuple(found[0].rstrip(".,;:!?)]}»”’") for found in URL.finditer(text))


def spoken_of(story: str) -> frozenset[str]:
    """List the trades that a story itself speaks of: about those, words and hosts are no evidence."""
    words = re.findall(r"\w+", story.casefold())
    text = f" {' '.join(words)} "
    named = {name for name, _, hosts in lexicon() if any(f" {found}" in text for found in set(hosts.findall(text)))}
    return frozenset(named | set(trades_in(story)))


def content_evidence(text: str, urls: Iterable[str], *, story: str, page_url: str) -> str | None:
    """Say what in a suspicious block speaks of spam; None where nothing does, or where the story itself speaks of it."""
    hosts = foreign_hosts(urls, page_url)
    if host_family(hosts) and not _SUFFIX_TALK.search(story):
        return "host-family"
    terms, labels = trades_in(text), trades_of_hosts(hosts)
    if not terms and not labels:
        return None
    spoken = spoken_of(story)
    for trade, count in terms.items():
        if trade not in spoken and (hosts or count > 1):
            return f"lexicon:{trade}"
    for trade, count in labels.items():
        if trade not in spoken and count > 1:
            return f"hosts:{trade}"
    return None
