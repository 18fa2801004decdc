"""What a page is when it is no article: a bot wall, a consent wall, an error page, a list of links.

Owns the reasons of NoArticle that a page's own words and shape give. When in doubt a page is an article.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.bodytext import Line
from pipelines.structured import Declared

_BOT_WALL = re.compile(
    r"(?i)^(?:just a moment\b|attention required! \| cloudflare|access (?:to this page has been )?denied"
    r"|pardon our interruption"
    r"|are you (?:a )?(?:human|robot)|robot or human|verify(?:ing)? (?:you are|that you are) human|ddos-guard"
    r"|security check(?:ing)?\b"
    r"|please wait\.\.\.|one more step|checking your browser|human verification|un momento\.\.\.|nur einen moment|un instant)"
)
_BOT_MARKUP = re.compile(
    r"(?i)cf-chl-|cf_chl_opt|challenge-platform/h/|_incapsula_|px-captcha|captcha-delivery|ddos-guard|perfdrive\.com"
)
_CONSENT_URL = re.compile(r"(?i)^consent\.|/(?:consent|cmp|privacy-?gate|cookie-?wall)(?:/|$|\.|\?)")
_CONSENT_WORDS = re.compile(
    r"(?i)\b(?:cookies?|consent|privacy settings|personalised ads|datenschutz|einwilligung|consentement)\b"
)
_ERROR_TITLE = re.compile(
    r"""(?ix)^(?: (?:error\s*)?40[34]\b.* | .{0,40}\b404\b.{0,40} | (?:oops!?\W*)?(?:sorry\W*)?(?:the\s+)?
      (?:page|article|story|post|url|content)\s+(?:(?:you\s+\w+\s+)?(?:is|was|could|can|has|does)?\s*(?:not|n[o']t|longer)\b.{0,60}|not\s+found.*|unavailable.*|missing.*)
    | not\s+found\b.{0,30} | nothing\s+(?:was\s+)?found.{0,30} | seite\s+(?:wurde\s+)?nicht\s+gefunden.{0,40}
    | page\s+(?:non\s+trouv[ée]e|introuvable).{0,40}
    | p[áa]gina\s+n(?:o|ão)\s+(?:encontrada|existe).{0,40} | pagina\s+(?:non\s+trovata|niet\s+gevonden).{0,40}
    | страница\s+не\s+найдена.{0,40}
    | sidan\s+(?:hittades\s+inte|finns\s+inte).{0,40} | nie\s+znaleziono.{0,40} | 404.* )$"""
)
_LISTING_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage", "ImageGallery"})
_SECTION_SEGMENT = re.compile(
    r"(?i)^(?:tags?|topics?|categor(?:y|ies|ia|ie)|sections?|authors?|autor(?:en|es)?|search|suche|archives?|page"
    r"|rubrik(?:en)?|themen?|tema|sujet|kategori\w*|etiket\w*)$"
)
_HOME = frozenset({"index.html", "index.php", "index.htm", "home"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_TEASER = 500
_FEWEST_TEASERS = 4
_MOSTLY_TEASERS = 0.6
_ARTICLE_NUMBER = re.compile(r"\d{4}")


def wall(tree: HtmlElement, title: str, url: str, n_text: int) -> str | None:
    """Tell a bot wall or a consent wall: a telling title or script, and hardly any text."""
    if n_text > 4000:
        return None
    scripts = " ".join(
        f"{script.get('src') or ''} {(script.text or '')[:2000]}"
        for script in tree.iter("script")
        if script.get("type") != "application/ld+json"
    )
    if _BOT_WALL.match(title) or (n_text < 1500 and _BOT_MARKUP.search(scripts) and not list(tree.iter("article"))):
        return "bot_wall"
    parts = urlsplit(url)
    if (
        n_text < 4000
        and (_CONSENT_URL.search(parts.hostname or "") or _CONSENT_URL.search(parts.path))
        and _CONSENT_WORDS.search(title)
    ):
        return "consent_wall"
    return None


def soft_404(title: str, headings: Sequence[str], body: str) -> bool:
    """Tell an error page that was served as a success: its title or heading says so and there is no long text."""
    if len(body) > 1500:
        return False
    said = [text for text in (title, *headings[:2]) if text]
    matches = [text for text in said if _ERROR_TITLE.match(re.split(r"\s[|–—-]\s", text)[0].strip())]
    return bool(matches) and (len(matches) >= len(said) or len(body) < 600)


def declared_article(declared: Declared) -> bool:
    """Say whether the page calls itself an article."""
    kinds = {each.value.lower() for each in declared.of("type")}
    return (
        declared.article_type is not None
        or "article" in kinds
        or bool(declared.of("published", "opengraph", "json-ld"))
    )


def teaser_share(lines: Sequence[Line], url: str) -> float:
    """Give the share of a body that is teasers: linked headings of the site's other pages, few words under each; 0 for a few."""
    host, own = urlsplit(url).netloc, url.partition("#")[0]
    n_teasers = n_letters = under = 0
    in_teaser = False
    for line in (*lines, Line(text="", kind="h2")):
        if line.kind not in _HEADINGS:
            under += len(line.text)
            continue
        if in_teaser and under < _TEASER:
            n_teasers += 1
            n_letters += under
        in_teaser, under = _is_elsewhere(line, host, own), len(line.text)
    return n_letters / sum(len(line.text) for line in lines) if n_teasers >= _FEWEST_TEASERS else 0.0


def _is_elsewhere(heading: Line, host: str, own: str) -> bool:
    """Say whether a heading is nothing but a link to another page of the site."""
    targets = [
        span.target for span in heading.spans if span.target and span.end - span.start >= 0.9 * len(heading.text)
    ]
    return bool(targets) and all(
        urlsplit(target).netloc == host and target.partition("#")[0] != own for target in targets
    )


def listing(
    url: str, declared: Declared, running: int, link_share: float, n_long: int, teasers: Callable[[], float]
) -> bool:
    """Tell a home, tag or section page: no claim to be an article, and what text there is is links or teasers.

    `running`: characters of running text in the body; `link_share`: the share of the page's text that is links; `n_long`:
    long paragraphs anywhere on the page; `teasers`: gives the share of the body that is teasers.
    """
    if declared_article(declared):
        return False
    parts = urlsplit(url)
    path = [segment for segment in parts.path.split("/") if segment]
    last = path[-1].lower() if path else ""
    home = (not path or last in _HOME) and not parts.query
    slug = last.count("-") >= 3 or _ARTICLE_NUMBER.search(last) is not None
    section = not slug and (
        any(_SECTION_SEGMENT.match(segment) for segment in path[:-1])
        or (len(path) >= 2 and last.isdigit() and path[-2].lower() == "page")
    )
    if home:
        return link_share > 0.35 or teasers() > _MOSTLY_TEASERS
    collection = bool(declared.types & _LISTING_TYPES)
    if section or collection:
        return (link_share > 0.5 and running < 400) or teasers() > _MOSTLY_TEASERS
    if len(path) == 1 and not slug and teasers() > _MOSTLY_TEASERS:
        return True
    return (link_share > 0.75 and running < 200) or (n_long == 0 and link_share > 0.8 and running < 400 and not slug)
