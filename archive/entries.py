"""A line of a JSON Lines export, read and checked: the article and what its archive knew of it.

Pure. Owns what a line must have; whatever else it holds is left out. Refuses to guess: a field of another type than the
export's is an error of that line.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archive.articles import body_sha256
from archive.records import Article, Extractor, Mark, Removal, Signal
from archive.text import storable
from archive.times import from_iso, iso
from archive.url_twins import article_key

_EXTRACTOR = re.compile(r"(?s)(\S+) (.*?) \((.*?); (.*?)(?:; template ([^;()\s]+))?\)")


class BadLineError(ValueError):
    """A line that is no article of an export."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Typed access to what a line holds; another type than the export's is an error of that line."""

    values: Mapping[str, Any]

    def _get(self, name: str, *kinds: type) -> Any:
        value = self.values.get(name)
        if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            raise BadLineError(f"{name} is {json.dumps(value)[:40]}")
        return value

    def text(self, name: str) -> str | None:
        return storable(value) if (value := self._get(name, str)) is not None else None

    def number(self, name: str) -> int | None:
        value = self._get(name, int)
        if value is not None and not -(2**63) <= value < 2**63:
            raise BadLineError(f"{name} is {value}")
        return None if value is None else int(value)

    def truth(self, name: str) -> bool | None:
        return None if (value := self._get(name, bool)) is None else bool(value)

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._get(name, list) or []
        if not all(isinstance(value, str) for value in values):
            raise BadLineError(f"{name} is no list of texts")
        return tuple(map(storable, values))

    def objects(self, name: str) -> list[dict[str, Any]]:
        values = self._get(name, list) or []
        if not all(isinstance(value, dict) for value in values):
            raise BadLineError(f"{name} is no list of objects")
        return list(values)

    def mapping(self, name: str) -> Mapping[str, Any]:
        return self._get(name, dict) or {}

    def moment(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = from_iso(text)
        except ValueError as error:
            raise BadLineError(f"{name} is {text[:40]}") from error
        if moment.tzinfo is None:
            raise BadLineError(f"{name} has no time zone")
        return text if text == iso(moment) else iso(moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line, read: the article and what its archive knew of it. Moments are in their stored form."""

    article: Article
    url_key: str
    source: str | None
    word_count: int
    revision: int
    n_revisions: int
    revision_at: str
    first_seen_at: str
    fetched_at: str | None
    gone_at: str | None
    foreign_id: int | None
    warc: Mapping[str, Any]


def read_entry(line: str) -> Entry:
    """Read a line of an export; raises BadLineError with what is wrong."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"no JSON: {error}") from error
    if not isinstance(values, dict):
        raise BadLineError("no JSON object")
    read = Fields(values)
    article = _article(read)
    if read.text("body_sha256") not in (None, body_sha256(article.body)):
        raise BadLineError("its body does not have its body_sha256")
    fetched_at = read.moment("fetched_at")
    revision_at = read.moment("revision_at") or fetched_at or read.moment("first_seen_at")
    if revision_at is None:
        raise BadLineError("no revision_at, fetched_at or first_seen_at")
    revision = max(read.number("revision") or 1, 1)
    return Entry(
        article=article,
        url_key=read.text("url_key") or article_key(article.url, article.canonical_url),
        source=read.text("source"),
        word_count=read.number("word_count") or 0,
        revision=revision,
        n_revisions=max(read.number("n_revisions") or revision, revision),
        revision_at=revision_at,
        first_seen_at=read.moment("first_seen_at") or revision_at,
        fetched_at=fetched_at,
        gone_at=read.moment("gone_at"),
        foreign_id=read.number("id"),
        warc=read.mapping("warc"),
    )


def _article(read: Fields) -> Article:
    url = read.text("url")
    if url is None or not urlsplit(url).scheme:
        raise BadLineError("no url")
    if "body" not in read.values:
        raise BadLineError("no body: export all fields")
    body = read.text("body") or ""
    return Article(
        url=url,
        canonical_url=read.text("canonical_url"),
        headline=read.text("headline"),
        description=read.text("description"),
        authors=read.texts("authors"),
        published=read.text("published"),
        modified=read.text("modified"),
        section=read.text("section"),
        keywords=read.texts("keywords"),
        language=read.text("language"),
        image=read.text("image"),
        article_type=read.text("article_type"),
        paywall=read.truth("paywall"),
        body=body,
        marks=tuple(_marks(read, len(body))),
        signals=dict(_signals(read)),
        removals=tuple(_removals(read)),
        extractor=_extractor(read.text("extractor")),
    )


def _extractor(described: str | None) -> Extractor:
    """Take `name version (options; rules; template T)` apart, so that it reads the same when it is put together again."""
    found = _EXTRACTOR.fullmatch(described or "")
    if found is None:
        raise BadLineError("no extractor: export all fields")
    return Extractor(name=found[1], version=found[2], options=found[3], rules=found[4], template=found[5] or "")


def _marks(read: Fields, length: int) -> Iterator[Mark]:
    for one in read.objects("marks"):
        mark = Fields(one)
        kind, start, end = mark.text("kind"), mark.number("start"), mark.number("end")
        if kind is None or start is None or end is None or not 0 <= start <= end <= length:
            raise BadLineError("a mark that is not within the body")
        yield Mark(kind=kind, start=start, end=end, target=mark.text("target"))


def _signals(read: Fields) -> Iterator[tuple[str, Signal]]:
    for name, one in read.mapping("signals").items():
        if not isinstance(one, dict) or not isinstance(one.get("confidence"), int | float):
            raise BadLineError("a signal without confidence")
        yield name, Signal(origin=str(one.get("from")), confidence=one["confidence"])


def _removals(read: Fields) -> Iterator[Removal]:
    for position, one in enumerate(read.objects("removals")):
        removal = Fields(one)
        yield Removal(
            stage=removal.text("stage") or "",
            reason=removal.text("reason") or "",
            rule=removal.text("rule") or "imported",
            position=position,
            text=removal.text("text") or "",
            urls=removal.texts("urls"),
        )
