"""An article as text, Markdown, JSON, HTML, XML or TEI: the forms that `show`, `fetch` and `export` give.

Pure: an article in, a string out. Owns text and JSON; the others are render_markdown.py and render_markup.py. The page for
a terminal is archive/page.py.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from archive.records import Article

if TYPE_CHECKING:
    from archive.kept import KeptArticle

FORMATS = ("text", "markdown", "json", "html", "xml", "tei")
"""What --format takes."""


def render(document: "KeptArticle | Article", form: str, *, fetched_at: datetime | None = None) -> str:
    """Give the article in a form of FORMATS, ending in a line break."""
    if form == "text":
        return text(document)
    if form == "json":
        from archive.kept import as_json, json_text

        return json_text(as_json(document, fetched_at=fetched_at), indent=1) + "\n"
    from archive.render_markdown import markdown
    from archive.render_markup import html, tei, xml

    forms: dict[str, Callable[[KeptArticle | Article], str]] = {
        "markdown": markdown,
        "html": html,
        "xml": xml,
        "tei": tei,
    }
    return forms[form](document)


def text(document: "KeptArticle | Article") -> str:
    """Give the headline and the body as they are kept, and nothing else."""
    article = document if isinstance(document, Article) else document.article
    return "\n\n".join(part for part in (article.headline, article.body) if part) + "\n"
