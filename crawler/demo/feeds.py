"""The demo's feeds, sitemaps and robots.txt: RSS, Atom, JSON Feed, a sitemap index with a sitemap a month, news sitemap.

Pure: newspapers in, text out.
"""

import json
from email.utils import format_datetime
from html import escape
from itertools import groupby

from crawler.demo.content import Newspaper, Printed

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_SPACE = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
SITEMAP_INDEX = "/sitemap_index.xml"
NEWS_SITEMAP = "/news-sitemap.xml"


def feed(paper: Newspaper) -> tuple[str, str]:
    """Give the newspaper's feed as (content type, text)."""
    assert paper.feed is not None
    return FEEDS[paper.feed.kind](paper)


def _link(paper: Newspaper, article: Printed) -> str:
    tracking = paper.feed.tracking if paper.feed else ""
    return paper.url_of(article.path) + (f"?{tracking}" if tracking else "")


def _rss(paper: Newspaper) -> tuple[str, str]:
    items = "".join(
        f"<item><title>{escape(article.headline)}</title><link>{escape(_link(paper, article))}</link>"
        f"<guid isPermaLink='false'>{article.slug}</guid><pubDate>{format_datetime(article.published)}</pubDate>"
        f"<dc:creator>{escape(', '.join(article.authors))}</dc:creator>"
        f"<category>{escape(paper.sections[article.section])}</category>"
        f"<description>{escape(article.description)}</description></item>\n"
        for article in paper.listed()
    )
    return "application/rss+xml; charset=utf-8", (
        f'{XML}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(paper.name)}</title><link>{paper.url}</link><description>{escape(paper.tagline)}</description>"
        f"<language>{paper.language}</language>\n{items}</channel></rss>\n"
    )


def _atom(paper: Newspaper) -> tuple[str, str]:
    listed = paper.listed()
    entries = "".join(
        f"<entry><id>tag:{paper.host},2025:{article.slug}</id><title>{escape(article.headline)}</title>"
        f'<link rel="alternate" type="text/html" href="{_link(paper, article)}"/>'
        f"<published>{article.published.isoformat()}</published>"
        f"<updated>{article.modified.isoformat()}</updated>"
        f"<author><name>{escape(', '.join(article.authors))}</name></author>"
        f"<summary>{escape(article.description)}</summary></entry>\n"
        for article in listed
    )
    updated = max(article.modified for article in listed).isoformat()
    return "application/atom+xml; charset=utf-8", (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{paper.language}"><id>{paper.url}</id>'
        f"<title>{escape(paper.name)}</title><updated>{updated}</updated>\n{entries}</feed>\n"
    )


def _json_feed(paper: Newspaper) -> tuple[str, str]:
    items = [
        {
            "id": article.slug,
            "url": _link(paper, article),
            "title": article.headline,
            "summary": article.description,
            "date_published": article.published.isoformat(),
            "date_modified": article.modified.isoformat(),
            "authors": [{"name": name} for name in article.authors],
            "tags": list(article.keywords),
            "language": paper.language,
        }
        for article in paper.listed()
    ]
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": paper.name,
        "home_page_url": paper.url,
        "language": paper.language,
        "items": items,
    }
    return "application/feed+json; charset=utf-8", json.dumps(data, ensure_ascii=False, indent=1)


FEEDS = {"rss": _rss, "atom": _atom, "json": _json_feed}


def robots(paper: Newspaper) -> str:
    """Give robots.txt, with its Sitemap lines."""
    return (
        "User-agent: *\nDisallow: /search\nDisallow: /newsletter\n\n"
        f"Sitemap: {paper.url_of(SITEMAP_INDEX)}\nSitemap: {paper.url_of(NEWS_SITEMAP)}\n"
    )


def sitemaps(paper: Newspaper) -> dict[str, str]:
    """Give path → XML of the index, of each month's sitemap and of the news sitemap."""
    months = {
        f"/sitemap-{month}.xml": list(articles)
        for month, articles in groupby(paper.articles, key=lambda article: f"{article.published:%Y-%m}")
    }
    index = "".join(
        f"<sitemap><loc>{paper.url_of(path)}</loc>"
        f"<lastmod>{max(article.modified for article in articles).isoformat()}</lastmod></sitemap>\n"
        for path, articles in months.items()
    )
    return {
        SITEMAP_INDEX: f"{XML}<sitemapindex {SITEMAP_SPACE}>\n{index}</sitemapindex>\n",
        NEWS_SITEMAP: _news_sitemap(paper),
        **{path: _sitemap(paper, articles) for path, articles in months.items()},
    }


def _sitemap(paper: Newspaper, articles: list[Printed]) -> str:
    urls = "".join(
        f"<url><loc>{paper.url_of(article.path)}</loc><lastmod>{article.modified.isoformat()}</lastmod></url>\n"
        for article in articles
    )
    return f"{XML}<urlset {SITEMAP_SPACE}>\n{urls}</urlset>\n"


def _news_sitemap(paper: Newspaper) -> str:
    urls = "".join(
        f"<url><loc>{paper.url_of(article.path)}</loc><news:news><news:publication><news:name>{escape(paper.name)}"
        f"</news:name><news:language>{paper.language}</news:language></news:publication>"
        f"<news:publication_date>{article.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(article.headline)}</news:title></news:news></url>\n"
        for article in paper.listed()
    )
    return f"{XML}<urlset {SITEMAP_SPACE} {NEWS_SPACE}>\n{urls}</urlset>\n"
