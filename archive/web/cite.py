"""How an article is cited: a reference to be copied, and the forms in which it can be taken along.

Owns the wording of the reference. It names the archive's key and the text's hash, which `export verify` checks.
"""

from datetime import date

from archive.kept import KeptArticle
from archive.web.shown import long_day, only_day

FORMS = (
    ("txt", "Text"), ("md", "Markdown"), ("html", "HTML"), ("json", "JSON"), ("xml", "XML"), ("tei", "TEI"),
)  # fmt: skip
"""(suffix, name) of the forms of one article that can be downloaded."""

REFERENCES = (("bib", "BibTeX"), ("ris", "RIS"), ("csl", "CSL-JSON"))
"""(suffix, name) of the forms in which Zotero and its like take a reference."""


def citation(kept: KeptArticle) -> list[str]:
    """Give a reference in the manner of the Chicago notes style, with what makes it checkable, in its parts.

    In parts, so that a page can keep each in its own direction of writing.
    """
    article = kept.article
    seen = kept.capture.fetched_at if kept.capture else kept.first_seen_at
    parts = [
        ", ".join(article.authors),
        f"“{article.headline or 'No headline'}”",
        kept.source or "",
        only_day(article.published) if article.published else "undated",
        article.url,
        f"captured {long_day(date.fromisoformat(seen[:10]))}",
        f"revision {kept.revision} of {kept.n_revisions}" if kept.n_revisions > 1 else "",
        f"SHA-256 {kept.body_sha256[:16]}",
    ]
    return [part for part in parts if part]
