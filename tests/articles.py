"""Pages for the extraction tests: a story in a WordPress theme, whole or with something injected."""

from html import escape

from archive.records import Article, Hints
from pipelines.extract import extract
from pipelines.items import NoArticle, Page

URL = "http://afghanistantimes.example/purging-insurgency-ready-to-work/"
HEADLINE = "Purging insurgency; Ready to work with US in Afghanistan: Putin"
STORY = (
    "AT Monitoring Desk-KABUL: Moscow is ready to work with Washington on a settlement in Afghanistan, President Vladimir "
    "Putin said on Thursday at his yearly news conference in the capital.",
    "He said that both countries have an interest in a stable neighbourhood, and that contacts between their diplomats "
    "were never broken off, whatever else has divided them in the past years.",
    "Officials in Kabul welcomed the remarks. A spokesman for the foreign ministry said that any effort which ends the "
    "fighting is welcome, as long as the government is part of it and the constitution stands.",
    "“The armed opposition can be part of the process if they lay down their weapons and if they respect the criteria "
    "established by the UN Security Council,” Russian foreign minister said.",
)
SPAM_URLS = ("https://www.markas303.ac.id/", "https://www.markas303.or.id/", "https://www.markas303.sch.id/")
_KNOWN = {
    name: name
    for name in (
        "breadcrumbs", "post-listing", "post-inner", "post-title", "post-meta", "entry", "share-post", "author-box",
        "block-head", "check-also-box", "check-also-post", "sidebar",
    )
}  # fmt: skip


def wordpress_page(
    body: str | None = None, *, known: bool = True, excerpt: str = "", head: str = "", headline: str = HEADLINE
) -> str:
    """Build a page in the manner of the Sahifa theme; `known` class names, or ones that tell nothing."""
    name = _KNOWN if known else {key: f"zq{at}" for at, key in enumerate(_KNOWN)}
    body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in STORY) if body is None else body
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{headline} - Afghanistan Times</title>
<meta property="og:site_name" content="Afghanistan Times">{head}</head><body><div id="wrapper">
<header><a href="/">Afghanistan Times</a><nav><ul><li><a href="/">Home</a></li>
<li><a href="/world">World</a></li></ul></nav></header>
<div class="content"><div id="{name["breadcrumbs"]}"><a href="/">Home</a> / <a href="/latest">Latest Updates</a>
/ {headline}</div>
<article class="{name["post-listing"]}"><div class="{name["post-inner"]}">
<h1 class="{name["post-title"]}"><span>{headline}</span></h1>
<p class="{name["post-meta"]}"><span>admin</span> <span>December 21, 2018</span> <span>Updates</span> <span>120 Views</span></p>
<div class="{name["entry"]}">
{body}</div>
<div class="{name["share-post"]}"><ul><li><a href="http://facebook.com/x">Facebook</a></li>
<li><a href="http://twitter.com/x">Twitter</a></li></ul>
</div></div></article>
<section id="{name["author-box"]}"><div class="{name["block-head"]}"><h3>About admin</h3></div></section>
<section id="{name["check-also-box"]}"><div class="{name["block-head"]}"><h3>Check Also</h3></div>
<div class="{name["check-also-post"]}"><h2><a href="/retirees-rally">Retirees in Kabul Rally Again, Demand Overdue Pensions from
Interim Government</a></h2><p>AT Kabul: Afghan Retirees in the capital city staged a protest once more,
demanding their &hellip; {excerpt}</p>
</div></section></div><aside id="{name["sidebar"]}"><h3>Weather</h3><p>Kabul 12</p></aside></div>
<footer>Copyright 2018 Afghanistan Times</footer></body></html>"""


def extracted(
    html: str | bytes, *, url: str = URL, content_type: str | None = "text/html", profile: str = "full"
) -> Article | NoArticle:
    """Extract a page."""
    body = html.encode() if isinstance(html, str) else html
    return extract(Page(url=url, body=body, content_type=content_type, hints=Hints()), profile=profile)


def article(
    html: str | bytes, *, url: str = URL, content_type: str | None = "text/html", profile: str = "full"
) -> Article:
    """Extract a page that must be an article."""
    result = extracted(html, url=url, content_type=content_type, profile=profile)
    assert isinstance(result, Article), result
    return result


def paragraphs(*texts: str) -> str:
    """Build paragraphs of HTML."""
    return "".join(f"<p>{escape(text)}</p>\n" for text in texts)
