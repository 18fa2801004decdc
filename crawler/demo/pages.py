"""The demo's pages: an article, a list of articles or a plain page in its newspaper's own template.

Pure: newspapers in, HTML out. Every value is escaped; only the injected spam is markup as it stands, as on a hacked
site. Feeds and sitemaps are in feeds.py.
"""

import json
from html import escape
from string import Template

from crawler.demo.content import Newspaper, Printed

PLAIN_PAGES = {
    "/about": ("About", "We are a newspaper in an invented town. Nothing that we report has happened."),
    "/contact": ("Contact", "Write to the newsroom. Letters are read aloud on Fridays."),
    "/privacy": ("Privacy", "We keep nothing about our readers but their letters."),
}
N_RELATED = 3


def article_page(paper: Newspaper, article: Printed) -> str:
    """Give an article's page, with whatever is injected there."""
    neighbours = _neighbours(paper, article)
    other = neighbours[0]
    values = {
        **_values(paper, article),
        "paragraphs": _paragraphs(paper, article),
        "related": "".join(f'<li><a href="{near.path}">{escape(near.headline)}</a></li>' for near in neighbours),
        "previous": f'<a href="{other.path}" rel="prev">&laquo; {escape(other.headline)}</a>',
        "neighbour_url": paper.url_of(other.path),
        "neighbour_headline": escape(other.headline),
        "neighbour_excerpt": escape(" ".join(other.paragraphs[0].split()[:22])),
        "body_spam": _spam(paper, article, "body"),
        "check_also_spam": _spam(paper, article, "check_also"),
        "comments_spam": _spam(paper, article, "comments"),
    }
    main = Template(paper.templates["article"]).substitute(values)
    return _page(paper, article.headline, _head(paper, article), main, footer_spam=_spam(paper, article, "footer"))


def amp_page(paper: Newspaper, article: Printed) -> str:
    """Give the AMP twin of an article, which names the full page as its canonical URL."""
    values = {**_values(paper, article), "paragraphs": _paragraphs(paper, article)}
    return Template(paper.templates["amp"]).substitute(values)


def list_page(paper: Newspaper, section: str | None) -> str:
    """Give the home page, or a section's: a card with headline, description and date for each article."""
    cards = "\n".join(
        f'<div class="card"><h2><a href="{article.path}">{escape(article.headline)}</a></h2>'
        f"<p>{escape(article.description)}</p><span>{_date(paper, article)}</span></div>"
        for article in paper.listed()
        if section in (None, article.section)
    )
    title = paper.sections[section] if section else paper.tagline
    return _page(paper, title, "", f'<div class="list"><h1>{escape(title)}</h1>\n{cards}\n</div>')


def plain_page(paper: Newspaper, path: str) -> str:
    """Give one of PLAIN_PAGES."""
    title, text = PLAIN_PAGES[path]
    return _page(paper, title, "", f"<h1>{title}</h1><p>{text}</p>")


def gone_page(paper: Newspaper) -> str:
    """Give the page of a 404."""
    return _page(paper, "404", "", "<h1>404</h1><p>There is nothing here, or there is nothing here any more.</p>")


def amp_path(paper: Newspaper, article: Printed) -> str | None:
    """Give the path of an article's AMP twin, where the newspaper has such pages."""
    return paper.amp_path.format(slug=article.slug) if paper.amp_path else None


def _page(paper: Newspaper, title: str, head: str, main: str, *, footer_spam: str = "") -> str:
    navigation = "".join(
        f'<li class="menu-item"><a href="/{path}/">{escape(name)}</a></li>' for path, name in paper.sections.items()
    )
    return Template(paper.templates["page"]).substitute(
        title=escape(title),
        head=head,
        tagline=escape(paper.tagline),
        navigation=navigation,
        main=main,
        footer_spam=footer_spam,
    )


def _values(paper: Newspaper, article: Printed) -> dict[str, str]:
    return {
        "headline": escape(article.headline),
        "description": escape(article.description),
        "authors": escape(", ".join(article.authors)),
        "published": article.published.isoformat(),
        "date": _date(paper, article),
        "keywords": escape(", ".join(article.keywords)),
        "section": article.section,
        "section_name": escape(paper.sections[article.section]),
        "url": paper.url_of(article.path),
    }


def _date(paper: Newspaper, article: Printed) -> str:
    return article.published.strftime(paper.date_format)


def _paragraphs(paper: Newspaper, article: Printed) -> str:
    *first, last = (escape(text, quote=False) for text in article.paragraphs)
    return "\n".join(f"<p>{text}</p>" for text in (*first, last + _spam(paper, article, "last_paragraph")))


def _spam(paper: Newspaper, article: Printed, slot: str) -> str:
    return "".join(paper.spam[name].html for name in article.spam if paper.spam[name].slot == slot)


def _neighbours(paper: Newspaper, article: Printed) -> list[Printed]:
    """Give the articles that follow this one, from the newest again at the end."""
    listed = list(paper.listed())
    at = listed.index(article)
    return [*listed[at + 1 :], *listed[:at]][:N_RELATED]


def _head(paper: Newspaper, article: Printed) -> str:
    lines = [f'<link rel="canonical" href="{paper.url_of(article.path)}">'] if paper.metadata else []
    if amp := amp_path(paper, article):
        lines.append(f'<link rel="amphtml" href="{paper.url_of(amp)}">')
    if "json-ld" in paper.metadata:
        # in a script, `</` would end it
        data = json.dumps(_json_ld(paper, article), ensure_ascii=False).replace("</", "<\\/")
        lines.append(f'<script type="application/ld+json">{data}</script>')
    if "opengraph" in paper.metadata:
        lines += [
            f'<meta property="{name}" content="{escape(value)}">' for name, value in _opengraph(paper, article).items()
        ]
    return "\n".join(lines)


def _json_ld(paper: Newspaper, article: Printed) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": paper.url_of(article.path),
        "headline": article.headline,
        "description": article.description,
        "datePublished": article.published.isoformat(),
        "dateModified": article.modified.isoformat(),
        "articleSection": paper.sections[article.section],
        "keywords": list(article.keywords),
        "inLanguage": paper.language,
        "author": [{"@type": "Person", "name": name} for name in article.authors if name != article.credit]
        or [{"@type": "Organization", "name": article.credit}],
        "publisher": {"@type": "NewsMediaOrganization", "name": paper.name, "url": paper.url},
        "image": [paper.url_of(f"/images/{article.slug}.svg")],
    }


def _opengraph(paper: Newspaper, article: Printed) -> dict[str, str]:
    return {
        "og:type": "article",
        "og:site_name": paper.name,
        "og:title": article.headline,
        "og:description": article.description + _spam(paper, article, "description"),
        "og:url": paper.url_of(article.path),
        "og:image": paper.url_of(f"/images/{article.slug}.svg"),
        "article:published_time": article.published.isoformat(),
        "article:modified_time": article.modified.isoformat(),
        "article:section": paper.sections[article.section],
        "article:author": ", ".join(article.authors),
        "article:tag": ", ".join(article.keywords),
    }
