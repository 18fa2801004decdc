"""The invented newspapers of the demo, as data/demo holds them: their articles, in the edition that is asked for.

Owns reading the package data and what differs between editions. Refuses HTML (pages.py) and HTTP (site.py).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """An article as its newspaper has it in one edition."""

    slug: str
    path: str
    section: str
    headline: str
    description: str
    authors: tuple[str, ...]
    credit: str | None
    """The wire service that a story came from."""
    published: datetime
    modified: datetime
    keywords: tuple[str, ...]
    paragraphs: tuple[str, ...]
    spam: tuple[str, ...]
    """Names of what the newspaper's intruder injects into this page."""
    withdrawn: bool = False
    """Taken away: its page is a 404, though the sitemap still lists it."""

    @property
    def body(self) -> str:
        """The body as presskeep stores one: paragraphs separated by an empty line."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spam:
    """A piece of injected markup and the place in the template where it goes."""

    slot: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedForm:
    """Which feed a newspaper has: `rss`, `atom` or `json`, and the tracking parameters on its links."""

    kind: str
    path: str
    tracking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newspaper:
    """An invented source: its articles of one edition, newest first, and its templates."""

    stem: str
    """How its files in data/demo begin."""
    name: str
    host: str
    language: str
    tagline: str
    sections: Mapping[str, str]
    """Path → name."""
    metadata: frozenset[str]
    """`json-ld`, `opengraph`, both or nothing."""
    article_path: str
    amp_path: str | None
    date_format: str
    charset: str
    feed: FeedForm | None
    spam: Mapping[str, Spam]
    templates: Mapping[str, str] = field(repr=False)
    """page, article and, where it has such pages, amp."""
    articles: tuple[Printed, ...] = field(repr=False)

    @property
    def url(self) -> str:
        """The home page."""
        return f"http://{self.host}/"

    def url_of(self, path: str) -> str:
        """The absolute URL of a path."""
        return f"http://{self.host}{path}"

    def listed(self) -> tuple[Printed, ...]:
        """The articles that the newspaper itself still knows of."""
        return tuple(article for article in self.articles if not article.withdrawn)


def load_newspapers(*, edition: int, changed_at: datetime) -> list[Newspaper]:
    """Read the newspapers as they stand in an edition; `changed_at` is when the second edition came out."""
    folder = files("presskeep_data") / "demo"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return [_newspaper(folder, name.removesuffix(".toml"), edition, changed_at) for name in names]


def _newspaper(folder: Traversable, stem: str, edition: int, changed_at: datetime) -> Newspaper:
    data = tomllib.loads((folder / f"{stem}.toml").read_text(encoding="utf-8"))
    kinds = ["page", "article", *(["amp"] if "amp_path" in data else [])]
    articles = [
        _edited(_printed(entry, data["article_path"]), entry, edition, changed_at)
        for entry in data["articles"]
        if entry.get("edition", 1) <= edition
    ]
    return Newspaper(
        stem=stem,
        name=data["name"],
        host=data["host"],
        language=data["language"],
        tagline=data["tagline"],
        sections=data["sections"],
        metadata=frozenset(data["metadata"]),
        article_path=data["article_path"],
        amp_path=data.get("amp_path"),
        date_format=data["date_format"],
        charset=data.get("charset", "utf-8"),
        feed=FeedForm(**data["feed"]) if "feed" in data else None,
        spam={name: Spam(**entry) for name, entry in data.get("spam", {}).items()},
        templates={kind: (folder / f"{stem}.{kind}.html").read_text(encoding="utf-8") for kind in kinds},
        articles=tuple(sorted(articles, key=lambda article: article.published, reverse=True)),
    )


def _printed(entry: Mapping[str, Any], article_path: str) -> Printed:
    published = datetime.fromisoformat(entry["published"])
    return Printed(
        slug=entry["slug"],
        path=article_path.format(slug=entry["slug"], section=entry["section"], published=published),
        section=entry["section"],
        headline=entry["headline"],
        description=entry["description"],
        authors=tuple(entry["authors"]),
        credit=entry.get("credit"),
        published=published,
        modified=published,
        keywords=tuple(entry["keywords"]),
        paragraphs=_paragraphs(entry["body"]),
        spam=tuple(entry.get("spam", ())),
    )


def _edited(article: Printed, entry: Mapping[str, Any], edition: int, changed_at: datetime) -> Printed:
    if entry.get("withdrawn", edition + 1) <= edition:
        return replace(article, modified=changed_at, withdrawn=True)
    second = entry.get("second")
    if second is None or edition < 2:
        return article
    return replace(
        article,
        headline=second["headline"],
        description=second["description"],
        paragraphs=_paragraphs(second["body"]),
        modified=changed_at,
    )


def _paragraphs(body: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in body.strip().split("\n\n"))
