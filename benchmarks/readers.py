"""The readers that are compared: ours and the peers, each as one function from a page to its fields.

Owns how each peer is called: with its own defaults, without fetching anything. A reader is imported where it is opened.
A peer that wants text gets it decoded by us, outside of the time that is measured.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Any

from archive.records import Article
from pipelines.bodytext import lines_of, text_of
from pipelines.extract import extract
from pipelines.items import NoArticle, Page
from pipelines.language import language_of
from pipelines.source_blocks import source_blocks
from pipelines.workers import prepare

Reading = dict[str, Any]
Read = Callable[[str, str | bytes], Reading | NoArticle]
REFERENCE = "trafilatura"
"""What costs are compared with: trafilatura as it is, with metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One way to read a page; `open` imports what it needs and gives the function."""

    open: Callable[[], Read]
    distribution: str
    wants_text: bool = False

    @property
    def version(self) -> str | None:
        """The installed version of what it stands on; None where it is not installed."""
        try:
            return metadata.version(self.distribution)
        except metadata.PackageNotFoundError:
            return None


def load_language_model() -> None:
    """Pay beforehand what the first page without a stated language pays, once a process."""
    language_of("What was said by the mayor on Monday is known. " * 3, None)


def ours(profile: str) -> Read:
    prepare()  # as a worker of a crawl begins
    load_language_model()

    def read(url: str, page: str | bytes) -> Reading | NoArticle:
        body = page.encode() if isinstance(page, str) else page
        found = extract(Page(url=url, body=body, content_type="text/html"), profile=profile)
        if not isinstance(found, Article):
            return found
        return {
            "headline": found.headline,
            "authors": list(found.authors),
            "published": found.published,
            "body": found.body,
        }

    return read


def trafilatura(**options: Any) -> Read:
    from htmldate.extractors import external_date_parser
    from trafilatura import bare_extraction

    external_date_parser("warm", "%Y")  # over a second at first use, on whatever page that is

    def read(url: str, page: str | bytes) -> Reading | NoArticle:
        found: Any = bare_extraction(page, url=url, with_metadata=True, include_comments=False, **options)
        if found is None:
            return NoArticle(reason="none")
        authors = found.author.split("; ") if found.author else []
        return {"headline": found.title, "authors": authors, "published": found.date, "body": found.text}

    return read


def readability() -> Read:
    """Open readability-lxml: a title and the body's HTML, which our own lines turn into text."""
    document = importlib.import_module("readability").Document
    parse = importlib.import_module("lxml.html").document_fromstring

    def read(url: str, page: str | bytes) -> Reading | NoArticle:
        found = document(page, url=url)
        tree = parse(found.summary())
        return {"headline": found.short_title(), "body": text_of(lines_of(tree, source_blocks(tree)))}

    return read


def newspaper4k() -> Read:
    newspaper = importlib.import_module("newspaper")

    def read(url: str, page: str | bytes) -> Reading | NoArticle:
        config = newspaper.Config()
        config.fetch_images = False
        found = newspaper.Article(url, config=config)
        found.download(input_html=page)
        found.parse()
        return {
            "headline": found.title,
            "authors": list(found.authors),
            "published": found.publish_date.isoformat() if found.publish_date else None,
            "body": found.text,
        }

    return read


def resiliparse() -> Read:
    """Open Resiliparse: a title and the body, no authors and no date."""
    tree = importlib.import_module("resiliparse.parse.html").HTMLTree
    plain_text = importlib.import_module("resiliparse.extract.html2text").extract_plain_text

    def read(_url: str, page: str | bytes) -> Reading | NoArticle:
        found = tree.parse(page)
        return {"headline": found.title, "body": plain_text(found, main_content=True)}

    return read


def news_please() -> Read:
    library = importlib.import_module("newsplease").NewsPlease

    def read(url: str, page: str | bytes) -> Reading | NoArticle:
        found = library.from_html(page, url=url, fetch_images=False)
        return {
            "headline": found.title,
            "authors": list(found.authors or []),
            "published": found.date_publish.isoformat() if found.date_publish else None,
            "body": found.maintext,
        }

    return read


def goose3() -> Read:
    goose = importlib.import_module("goose3").Goose({"enable_image_fetching": False, "strict": False})

    def read(_url: str, page: str | bytes) -> Reading | NoArticle:
        found = goose.extract(raw_html=page)
        authors = found.authors or []
        return {
            "headline": found.title,
            # of an author that JSON-LD gives as a text it makes a list of letters
            "authors": ["".join(authors)] if authors and all(len(name) == 1 for name in authors) else list(authors),
            "published": found.publish_date,
            "body": found.cleaned_text,
        }

    return read


READERS: dict[str, Reader] = {
    "ours": Reader(open=partial(ours, "full"), distribution="presskeep"),
    "ours fast": Reader(open=partial(ours, "fast"), distribution="presskeep"),
    REFERENCE: Reader(open=trafilatura, distribution="trafilatura"),
    "trafilatura precision": Reader(open=partial(trafilatura, favor_precision=True), distribution="trafilatura"),
    "trafilatura recall": Reader(open=partial(trafilatura, favor_recall=True), distribution="trafilatura"),
    "trafilatura fast": Reader(open=partial(trafilatura, fast=True), distribution="trafilatura"),
    "readability-lxml": Reader(open=readability, distribution="readability-lxml", wants_text=True),
    "newspaper4k": Reader(open=newspaper4k, distribution="newspaper4k", wants_text=True),
    "resiliparse": Reader(open=resiliparse, distribution="resiliparse", wants_text=True),
    "news-please": Reader(open=news_please, distribution="news-please", wants_text=True),
    "goose3": Reader(open=goose3, distribution="goose3", wants_text=True),
}
