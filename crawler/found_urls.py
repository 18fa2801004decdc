"""URLs as hostile documents write them: made absolute and clean, or refused with a reason word.

Owns which found URL may become a link, and the shapes that are never an article. Pure; never raises.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from crawler.sources import Source

LONGEST_READ = 16_000
"""What is longer is not even looked at; crawler/traps.py refuses much shorter ones."""
_PLAIN = re.compile(r"https?://[a-z0-9][a-z0-9.-]*/[!$%&'()*+,/:;=?@\[\]~\w.-]*", re.ASCII)
_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_NEEDS_QUOTING = re.compile(r"[^!#$%&'()*+,/:;=?@\[\]~\w.-]|[^\x00-\x7f]")
_MEDIA = re.compile(
    r"(?i)\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|pdf|docx?|xlsx?|pptx?|od[tsp]|epub|mobi|mp[34]|m4[av]|ogg|oga|opus|wav"
    r"|aac|flac|webm|mov|avi|wmv|mkv|m3u8?|zip|gz|bz2|xz|7z|rar|tar|tgz|exe|dmg|apk|iso|css|js|mjs|json|xml|rss|atom|ics|woff2?|ttf"
    r"|otf|eot|swf|torrent|csv|txt)$"
)
_NEVER_ALONE_WORDS = """
    tag tags category categories kategorie kategorien categoria categorie author authors autor autores auteur
    auteurs autoren search suche buscar busca recherche rechercher cerca zoeken login log-in signin sign-in signup
    sign-up register registrieren logout account accounts subscribe subscription subscriptions newsletter
    newsletters about about-us aboutus contact contact-us contacts kontakt contacto contatti privacy privacy-policy
    datenschutz terms terms-of-service terms-of-use agb impressum imprint cookie cookies cookie-policy
    advertise advertising werbung publicidad faq help hilfe sitemap rss feeds feed wp-admin wp-json wp-login.php
    xmlrpc.php cgi-bin cart checkout shop jobs careers archive archives archiv page topics topic comments user
    users profile share print
"""
_NEVER_ALONE = frozenset(_NEVER_ALONE_WORDS.split())
_FIRST_NEVER_WORDS = """
    tag tags author authors autor search suche login signin sign-in register account subscribe wp-admin wp-json
    wp-login.php wp-content xmlrpc.php cgi-bin cart checkout category cdn-cgi
"""
_FIRST_NEVER = frozenset(_FIRST_NEVER_WORDS.split())
_ACTIONS = re.compile(r"(?i)(?:^|&)(?:replytocom|share|action=(?:login|edit|print)|s=|q=|query=|search=|add-to-cart)")
_PAGES = re.compile(r"(?i)/(?:page|seite|pagina|strana)[/-]?\d+/?$")
_FEED_PATH = re.compile(r"(?i)/(?:feed|rss|atom)(?:/|$)|/(?:feed|rss|atom|index)\.(?:xml|rss|rdf|json)$|/comments/feed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A found URL that does not become a link."""

    url: str
    reason: str
    """scheme, bad_url, credentials, offsite or media."""


def clean_url(text: str | None, base: str) -> str | Refusal | None:
    """Make a found URL absolute, without fragment and with what must be quoted quoted; None where there is none."""
    if not text:
        return None
    if _PLAIN.fullmatch(text) and len(text) <= LONGEST_READ:
        # nine of ten sitemap entries, in a tenth of the time
        return text.replace("&amp;", "&")
    if len(text) > LONGEST_READ:
        return Refusal(url=text[:LONGEST_READ], reason="url_too_long")
    text = _BLANK.sub(" ", text).strip().replace("&amp;", "&")
    if not text or text.startswith("#"):
        return None
    try:
        joined = urljoin(base, _CONTROL.sub("", text))
        parts = urlsplit(joined)
        parts.port  # noqa: B018 (raises for a port that is no number)
    except ValueError:
        return Refusal(url=text, reason="bad_url")
    if parts.scheme not in {"http", "https"}:
        return Refusal(url=joined, reason="scheme")
    if not parts.hostname:
        return Refusal(url=joined, reason="bad_url")
    if "@" in parts.netloc:
        return Refusal(url=joined, reason="credentials")
    url = joined.partition("#")[0]
    path_at = url.find("/", url.find("//") + 2)
    if path_at < 0:
        query_at = url.find("?", url.find("//") + 2)
        return url + "/" if query_at < 0 else url[:query_at] + "/" + url[query_at:]
    return url[:path_at] + _NEEDS_QUOTING.sub(lambda found: quote(found[0], errors="replace"), url[path_at:])


def feed_link(text: str | None, base: str, source: Source, feed_url: str) -> str | Refusal | None:
    """Judge a URL that a feed or sitemap lists: on the source's own sites, and not a media file."""
    url = clean_url(text, base)
    if not isinstance(url, str):
        return url
    if not (source.owns(url) or (_same_origin(url, feed_url) and source.owns(feed_url))):
        return Refusal(url=url, reason="offsite")
    return Refusal(url=url, reason="media") if _MEDIA.search(url.partition("?")[0]) else url


def place(text: str | None, base: str) -> str | None:
    """Judge the URL of a feed or sitemap that a source announces: any host, but no other port of the same host."""
    url = clean_url(text, base)
    if not isinstance(url, str) or len(url) > 2_000:
        return None
    ours, theirs = urlsplit(base), urlsplit(url)
    if ours.hostname == theirs.hostname and ours.port != theirs.port and (ours.port or theirs.port):
        return None
    return url


def _same_origin(url: str, other: str) -> bool:
    return urlsplit(url).netloc.lower() == urlsplit(other).netloc.lower()


def is_media(url: str) -> bool:
    """Tell a media file, a download or a piece of a page by its name."""
    return bool(_MEDIA.search("/" + url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]))


def is_article_link(url: str) -> bool:
    """Say whether a URL may be an article's: not a file, a home page, a tag, an author, a search, an action or a feed.

    What is not clearly navigation may be one: `/?p=2895`, `/node/12` and `/a/b` all are.
    """
    address, _, query = url.partition("#")[0].partition("?")
    path = "/" + address.partition("://")[2].lower().partition("/")[2]
    segments = [segment for segment in path.split("/") if segment]
    if not segments or segments in (["index.html"], ["index.php"]):
        return bool(query) and not _ACTIONS.search(query)
    if segments[0] in _FIRST_NEVER and len(segments) <= 3:
        return False
    if segments[-1].removesuffix(".html").removesuffix(".php") in _NEVER_ALONE and len(segments) <= 2:
        return False
    if len(segments) >= 2 and segments[-2] in {"tag", "tags", "author", "authors", "autor"} and len(segments) <= 3:
        return False
    if _MEDIA.search(path) or _PAGES.search(path) or _FEED_PATH.search(path):
        return False
    return not (query and _ACTIONS.search(query) and len(segments) <= 1)
