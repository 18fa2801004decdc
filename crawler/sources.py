"""Sources as sources.toml declares them: frozen, checked, each error with its file, line and key.

Owns what a declaration may say and which URLs are a source's own. Editing the file is crawler/sources_file.py's.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from archive.errors import UsageError
from archive.records import FeedKind, FoundFeed
from archive.url_key import host_of
from crawler.url_patterns import PatternError, compile_pattern, hosts_of, matches

MOST_DELAY = 3_600.0
_EVERY = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)\s*$", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")
_SYNTAX_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


class SourcesError(UsageError):
    """A sources file that cannot be used; `line` is where, as far as it is known."""

    def __init__(self, path: Path | str, line: int | None, why: str) -> None:
        super().__init__(f"{path}:{line}: {why}" if line else f"{path}: {why}")
        self.path = path
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One publication, as its declaration has it."""

    name: str
    url: str
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    """URL patterns (crawler/url_patterns.py): where there are any, only what one of them is about is wanted."""
    exclude: tuple[str, ...] = ()
    delay: float | None = None
    """Seconds between requests; None: the settings' own."""
    every: timedelta | None = None
    """How often its feeds and sections are asked; None: as often as they change."""
    recheck: tuple[timedelta, ...] | None = None
    """The ages at which an article is looked at again; empty: never; None: as the archive's settings say."""
    language: str | None = None
    tags: tuple[str, ...] = ()
    render: bool = False
    enabled: bool = True
    rules: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def allows(self, url: str) -> bool:
        """Say whether `include` and `exclude` want this URL."""
        return (not self.include or matches(self.include, url)) and not matches(self.exclude, url)

    def owns(self, url: str) -> bool:
        """Say whether a URL is on the source's own sites.

        These are the hosts of its declared URLs and of `include` patterns with a full host, with or without `www.`, and
        the subdomains of its main host; on the same port, since another port is another site unless it is declared.
        """
        origin = "/".join(url.split("/", 3)[:3])
        return _owns(origin, self.url, (*self.feeds, *self.sitemaps, *self.sections, *self.include))


@lru_cache(maxsize=20_000)
def _owns(origin: str, url: str, others: tuple[str, ...]) -> bool:
    try:
        place = _place(urlsplit(origin.partition("?")[0].partition("#")[0]))
    except ValueError:
        return False
    if place is None:
        return False
    main, places = _places(url, others)
    return place in places or (place[1] == main[1] and place[0].endswith("." + main[0]))


@lru_cache(maxsize=4_000)
def _places(url: str, others: tuple[str, ...]) -> tuple[tuple[str, int | None], frozenset[tuple[str, int | None]]]:
    main = _place(urlsplit(url)) or ("", None)
    hosts = hosts_of(text for text in others)
    found = {place for netloc in hosts if (place := _place(urlsplit("http://" + netloc)))}
    return main, frozenset({main, *found})


def _place(parts: SplitResult) -> tuple[str, int | None] | None:
    """Give host and port; None stands for the port that a scheme has by itself."""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    port = parts.port
    return _host(parts.hostname), None if port in {80, 443} else port


@lru_cache(maxsize=10_000)
def _host(host: str) -> str:
    return host_of(host)


def load_sources(path: Path) -> tuple[Source, ...]:
    """Read a sources file.

    Raises SourcesError for a file that is not there, is no TOML, or says what makes no sense: "FILE:LINE: key …".
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SourcesError(path, None, "no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SourcesError(path, None, f"cannot be read: {error}") from error
    return parse_sources(text, path)


def parse_sources(text: str, path: Path | str) -> tuple[Source, ...]:
    """Read the text of a sources file; `path` is for the errors. Raises SourcesError."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _SYNTAX_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        raise SourcesError(path, line, f"no valid TOML: {_SYNTAX_PLACE.sub('', str(error))}") from error
    for key in document:
        if key != "sources":
            raise SourcesError(
                path, line_of(text, None, key), f'unknown key {key!r}: sources are [sources."NAME"] tables'
            )
    tables = document.get("sources", {})
    if not isinstance(tables, dict):
        raise SourcesError(path, line_of(text, None, "sources"), 'sources: a table for each source, [sources."NAME"]')
    sources = []
    names: dict[str, str] = {}
    for name, table in tables.items():
        if (other := names.setdefault(name.casefold(), name)) != name:
            raise SourcesError(path, line_of(text, name, None), f"source {name!r}: the name is taken by {other!r}")
        try:
            sources.append(source_of(name, table))
        except _WrongKeyError as error:
            where = f"source {name!r}, key {error.key!r}" if error.key else f"source {name!r}"
            raise SourcesError(path, line_of(text, name, error.key), f"{where}: {error.why}") from error
    return tuple(sources)


class _WrongKeyError(Exception):
    def __init__(self, key: str | None, why: str) -> None:
        super().__init__(why)
        self.key = key
        self.why = why


def source_of(name: str, table: object) -> Source:
    """Check one table and make its source."""
    if not isinstance(table, dict):
        raise _WrongKeyError(None, f'is no table; write [sources."{name}"]')
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise _WrongKeyError(None, "the name must be printable text")
    for key in table:
        if key not in _READERS:
            near = difflib.get_close_matches(key, _READERS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_READERS)}"
            raise _WrongKeyError(key, f"unknown; {hint}")
    if "url" not in table:
        raise _WrongKeyError(None, "has no url")
    return Source(name=name, **{key: _READERS[key](key, value) for key, value in table.items()})


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _WrongKeyError(key, f"must be text, not {_shown(value)}")
    return value.strip()


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _WrongKeyError(key, f"must be a list of texts, not {_shown(value)}")
    return tuple(dict.fromkeys(_text(key, item) for item in value))


def _url(key: str, value: object) -> str:
    url = _text(key, value)
    if why := wrong_url(url):
        raise _WrongKeyError(key, why)
    return url


def wrong_url(url: str) -> str | None:
    """Say what is wrong with a URL that is to be declared; None: nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"{url!r} is no URL: {error}"
    if parts.scheme not in {"http", "https"}:
        hint = f"; write 'https://{url}'" if not parts.scheme and "." in url.split("/", maxsplit=1)[0] else ""
        return f"{url!r} is no http or https URL{hint}"
    if not parts.hostname or port == 0 or not url.isprintable() or " " in url:
        return f"{url!r} is no URL" if parts.hostname else f"{url!r} has no host"
    return None


def _urls(key: str, value: object) -> tuple[str, ...]:
    return tuple(_url(key, url) for url in _texts(key, value))


def _patterns(key: str, value: object) -> tuple[str, ...]:
    patterns = _texts(key, value)
    for pattern in patterns:
        try:
            compile_pattern(pattern)
        except PatternError as error:
            raise _WrongKeyError(key, str(error)) from error
    return patterns


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _WrongKeyError(key, f"must be true or false, not {_shown(value)}")
    return value


def _delay(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_DELAY:
        raise _WrongKeyError(key, f"must be seconds from 0 to {MOST_DELAY:.0f}, not {_shown(value)}")
    return float(value)


def _every(key: str, value: object) -> timedelta:
    found = _EVERY.match(value) if isinstance(value, str) else None
    if found:
        seconds = float(found[1]) * _SECONDS[found[2].lower()]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    else:
        raise _WrongKeyError(key, f"must be seconds or a text such as '15m', '6h' or '1d', not {_shown(value)}")
    if not 0 <= seconds <= 366 * 86_400:
        raise _WrongKeyError(key, f"must be at most a year, not {_shown(value)}")
    return timedelta(seconds=seconds)


def rechecks_of(value: object) -> tuple[timedelta, ...] | str:
    """Read ages at which articles are looked at again; text: what is wrong with them."""
    if not isinstance(value, list):
        return f"must be a list of times such as ['1h', '1d', '30d'], not {_shown(value)}"
    try:
        ages = tuple(_every("", age) for age in value)
    except _WrongKeyError as error:
        return f"each {error.why}"
    if list(ages) != sorted(set(ages)) or not all(ages):
        return f"must be growing times above 0, not {_shown(value)}"
    return ages


def _recheck(key: str, value: object) -> tuple[timedelta, ...]:
    ages = rechecks_of(value)
    if isinstance(ages, str):
        raise _WrongKeyError(key, ages)
    return ages


def _language(key: str, value: object) -> str:
    text = _text(key, value)
    if not _LANGUAGE.match(text):
        raise _WrongKeyError(key, f"must be a language tag such as 'de' or 'pt-BR', not {_shown(value)}")
    return text


def _table(key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _WrongKeyError(key, f"must be a table, not {_shown(value)}")
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_READERS: dict[str, Any] = {
    "url": _url,
    "feeds": _urls,
    "sitemaps": _urls,
    "sections": _urls,
    "include": _patterns,
    "exclude": _patterns,
    "delay": _delay,
    "every": _every,
    "recheck": _recheck,
    "language": _language,
    "tags": _texts,
    "render": _flag,
    "enabled": _flag,
    "rules": _table,
}


def line_of(text: str, name: str | None, key: str | None) -> int | None:
    """Find the line of a source's table, or of a key in it; the TOML parsers that we have do not say."""
    table: tuple[str, ...] = ()
    header: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        path = _header(line)
        if path is not None:
            table = path
            if name is None and path[:1] == (key,):
                return number
            if name is not None and path[:2] == ("sources", name):
                header = header or number
                if key is not None and path[2:] == (key,):
                    return number
        elif name is not None and table == ("sources",) and _begins_with_key(line, name):
            header = header or number
        elif (
            key is not None and _begins_with_key(line, key) and table == (("sources", name) if name is not None else ())
        ):
            return number
    return header


def _header(line: str) -> tuple[str, ...] | None:
    if not line.lstrip().startswith("["):
        return None
    try:
        found: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    path = []
    while isinstance(found, dict) and len(found) == 1:
        key, found = next(iter(found.items()))
        path.append(key)
    return tuple(path)


def _begins_with_key(line: str, key: str) -> bool:
    return bool(re.match(rf"""\s*(?:{re.escape(key)}|"{re.escape(key)}"|'{re.escape(key)}')\s*[=.]""", line))


def declared(source: Source) -> list[FoundFeed]:
    """Give the places that a source's declaration names: its home page, feeds, sitemaps and sections."""
    found = [FoundFeed(url=source.url, kind=FeedKind.SECTION, found_in="home")]
    for urls, kind in (
        (source.feeds, FeedKind.FEED),
        (source.sitemaps, FeedKind.SITEMAP),
        (source.sections, FeedKind.SECTION),
    ):
        found += [FoundFeed(url=url, kind=kind, found_in="declared") for url in urls]
    return found
