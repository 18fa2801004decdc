"""What a reader reads before its first page, so that the first need not pay for patterns, word lists and imports.

Owns a page of our own that has what pages of news have. The language model's cost, which few pages need, is not paid here.
"""

from pipelines.clean.template import Template
from pipelines.items import Page
from pipelines.workers import read_page

_STORY = (
    "The harbour of the small town was reopened on Monday, three years after the storm, said the mayor.",
    "“We had waited for it,” she said – and there was music, coffee and much talk of what comes next.",
    "The ministry of transport paid for the new pier, which is twice as long and has room for the ferry to Öland.",
)
_PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The harbour is open again | The Warm Post</title>
<meta property="og:site_name" content="The Warm Post"><meta name="author" content="Ada Berg">
<meta property="article:published_time" content="2024-03-02T08:00:00Z"><link rel="canonical" href="/2024/03/02/harbour">
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "The harbour is open
again", "datePublished": "2024-03-02T08:00:00Z", "author": {{"@type": "Person", "name": "Ada Berg"}}}}</script></head><body>
<header><nav class="menu"><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article><h1>The harbour is open again</h1><div class="byline">By Ada Berg <time>2 March 2024</time></div>
<figure><img src="/pier.jpg" alt=""><figcaption>The pier. Photo: Ada Berg</figcaption></figure>
{"".join(f"<p>{sentence} {sentence}</p>" for sentence in _STORY * 3)}
<h2>What is next</h2><ul><li>A ferry, twice a day</li><li>A market</li></ul>
<p>More is told by <a href="https://town.example/harbour">the town</a>.</p><a rel="next" href="?page=2">Next page</a></article>
<div class="share">Share: <a href="https://social.example/share">Post</a></div><div class="tags"><a href="/tag/sea">Sea</a></div>
<aside class="related"><h3>Related</h3><ul><li><a href="/2024/03/01/storm">A storm, three years on</a></li></ul></aside></main>
<div class="about-author"><h3>About admin</h3></div><footer><p>© 2024 The Warm Post. All rights reserved.
<a href="/newsletter">Subscribe to our newsletter</a></p></footer></body></html>"""


def load() -> None:
    """Import what every page needs."""
    import trafilatura.core  # noqa: F401

    import pipelines.reading  # noqa: F401


def warm() -> None:
    """Pay the costs of the first page."""
    read_page(
        Page(url="http://warm.invalid/2024/03/02/harbour", body=_PAGE.encode(), content_type="text/html"),
        template=Template(),
    )
