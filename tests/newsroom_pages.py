"""What the newsroom's hosts serve: their articles, with texts of their own, as pages, lists, feeds and sitemaps."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import urljoin

from crawler.demo.server import Answer, Raw

FIRST_DAY = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)
WHO = (
    "the harbour master", "a teacher from the upper town", "the clerk of the council", "two of the ferry's engineers",
    "the baker on Mill Street", "a retired pilot", "the head of the water board", "the choir's conductor",
    "an inspector from the coast guard", "the owner of the last cinema", "a night nurse", "the station's cook",
)  # fmt: skip
DID = (
    "explained why {name} would need another season", "asked for a slower start to {name}", "wrote against {name}",
    "counted eleven reasons to begin {name} before the rains", "showed the drawings for {name} to a full hall",
    "wanted to know who would pay for {name} once the grant ends", "called {name} the best idea since the tram",
    "put forward a smaller plan than {name}", "read aloud from the contract behind {name}", "praised {name}",
)  # fmt: skip
WHERE = (
    "at a meeting in the old customs house", "while rain kept most boats in the basin", "during the market on Saturday",
    "in front of some forty residents", "on the steps of the library", "over tea in the sailors' mission",
    "after the school play", "between two trains at the junction", "at the yearly dinner of the rowing club",
)  # fmt: skip
BECAUSE = (
    "because the roof of the landing has leaked since autumn", "since nobody had been asked before",
    "as the price of timber rose again last month", "so that the school boats can leave before eight",
    "although the bank has not yet answered the letter", "until the survey of the river bed is done",
    "now that the bridge is closed to lorries", "even though the mayor is away at the coast",
    "for which the town has set aside less than it spent on salt", "which the neighbours learned from the notice board",
)  # fmt: skip


@dataclass(slots=True)
class Piece:
    """A published article."""

    slug: str
    headline: str
    paragraphs: tuple[str, ...]
    published: datetime
    modified: datetime
    section: str
    fault: Answer | Raw | None = None
    head: str = ""
    """Markup for <head>: JSON-LD, canonical, meta."""
    tail: str = ""
    """Markup after the last paragraph, inside the article."""


@dataclass(slots=True)
class Host:
    """What one host serves."""

    name: str
    pieces: dict[str, Piece] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    fixed: dict[str, Answer | Raw] = field(default_factory=dict)
    """Path → what is served there, before anything else."""


def path_of(slug: str) -> str:
    return f"/news/{slug}.html"


def filler(slug: str) -> tuple[str, ...]:
    """Four paragraphs that no other slug has, and that are near to no other slug's either."""
    chance = random.Random(slug)
    name = slug.replace("-", " ")

    def sentence() -> str:
        who, did, where, because = (chance.choice(part) for part in (WHO, DID, WHERE, BECAUSE))
        return f"{who[0].upper()}{who[1:]} {did.format(name=name)} {where}, {because}."

    return tuple(" ".join(sentence() for _ in range(3)) for _ in range(4))


def newest_first(host: Host) -> list[Piece]:
    return sorted(host.pieces.values(), key=lambda piece: piece.published, reverse=True)


def page(host: Host, piece: Piece) -> str:
    """An article's HTML: navigation, headline, dates, paragraphs, related links, footer."""
    paragraphs = "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in piece.paragraphs)
    related = "".join(
        f'<li><a href="{path_of(other.slug)}">{escape(other.headline)}</a></li>'
        for other in newest_first(host)[:4]
        if other.slug != piece.slug
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(piece.headline)} | {host.name}</title>
<meta property="og:type" content="article"><meta property="og:title" content="{escape(piece.headline)}">
<meta property="article:published_time" content="{piece.published.isoformat()}">
<link rel="alternate" type="application/rss+xml" href="/feed.xml">{piece.head}</head>
<body><header><a href="/">{host.name}</a>
<nav><a href="/{piece.section}/">{piece.section}</a> <a href="/about">About</a></nav></header>
<main><article><h1>{escape(piece.headline)}</h1>
<p class="byline">By Ada Writer · <time datetime="{piece.published.isoformat()}">{piece.published:%d %B %Y}</time></p>
{paragraphs}
{piece.tail}</article>
<aside><h2>More from us</h2><ul>{related}</ul></aside></main>
<footer>© {host.name} <a href="/terms">Terms</a> <a href="/contact">Contact</a></footer></body></html>
"""


def listing(base: str, host: Host, section: str | None) -> str:
    """The home page or a section: a link with its headline for each article, and navigation."""
    cards = "\n".join(
        f'<article><h2><a href="{urljoin(base, path_of(piece.slug))}">{escape(piece.headline)}</a></h2>'
        f'<time datetime="{piece.published.isoformat()}">{piece.published:%d %B %Y}</time></article>'
        for piece in newest_first(host)
        if section in (None, piece.section)
    )
    sections = sorted({piece.section for piece in host.pieces.values()})
    navigation = " ".join(f'<a href="/{name}/">{name.title()}</a>' for name in sections)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{host.name}</title>'
        '<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>\n'
        f'<body><nav><a href="/">Home</a> {navigation} <a href="/about">About</a></nav>\n'
        f'<main>{cards}</main>\n<footer><a href="/contact">Contact</a></footer></body></html>\n'
    )


def feed(base: str, host: Host) -> str:
    items = "".join(
        f"<item><title>{escape(piece.headline)}</title><link>{base}{path_of(piece.slug)}</link>"
        f"<guid>{base}{path_of(piece.slug)}</guid><pubDate>{format_datetime(piece.published)}</pubDate></item>\n"
        for piece in newest_first(host)[:100]
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{host.name}</title><link>{base}/</link>\n{items}</channel></rss>\n"
    )


def sitemap(base: str, host: Host, *, news: bool) -> str:
    urls = "".join(
        f"<url><loc>{base}{path_of(piece.slug)}</loc>"
        + (
            f"<news:news><news:publication_date>{piece.published.isoformat()}</news:publication_date>"
            f"<news:title>{escape(piece.headline)}</news:title></news:news>"
            if news
            else f"<lastmod>{piece.modified.isoformat()}</lastmod>"
        )
        + "</url>\n"
        for piece in newest_first(host)
    )
    space = ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"' if news else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{space}>\n{urls}</urlset>\n'
    )
