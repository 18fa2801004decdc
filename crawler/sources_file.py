"""Changes to a sources file: comments and order stay, and the file is whole at every moment.

Owns writing sources.toml (tomlkit, atomic replace). What a declaration may say is crawler/sources.py's.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from archive.drafts import drafted
from archive.errors import NotFoundError, UsageError
from archive.url_key import host_of
from crawler.opml import looks_like_opml, read_opml
from crawler.sources import Source, SourcesError, load_sources, parse_sources, wrong_url

HEADING = """\
# The sources of this archive: one table for each. Only `url` is required; docs/sources.md has the other keys.
# People may edit this file; `presskeep sources add` and its kin keep comments and order.
"""


def add_source(path: Path, url: str, *, name: str | None = None, **keys: Any) -> str:
    """Add a source and give its name, made from the host where none is given; the file is made where there is none.

    `keys` are further keys of its table; empty ones are left out. Raises UsageError for a URL that is none, for a name
    that is taken and for a URL that is declared already.
    """
    if why := wrong_url(url):
        raise UsageError(why)
    with _editing(path) as document:
        known = _known(document, path)
        if same := next((source.name for source in known if _same_place(source.url, url)), None):
            raise UsageError(f"{url} is declared already, as source {same!r}")
        names = {source.name.casefold() for source in known}
        if name is not None and name.casefold() in names:
            raise UsageError(f"a source {name!r} is there already: choose another --name")
        chosen = name or free_name(url, names)
        _append(document, chosen, {"url": url, **{key: value for key, value in keys.items() if value}})
    return chosen


def free_name(url: str, taken: set[str]) -> str:
    """Make a name from a URL: its host; with the path, then a number, where that is taken (`taken` is casefolded)."""
    parts = urlsplit(url)
    host = host_of(parts.hostname or url) + (f":{parts.port}" if parts.port not in {None, 80, 443} else "")
    path = "/".join(segment for segment in parts.path.split("/") if segment)
    for name in (host, f"{host}/{path}" if path else host):
        if name.casefold() not in taken:
            return name
    return next(name for n in range(2, len(taken) + 3) if (name := f"{host}-{n}").casefold() not in taken)


def enable_source(path: Path, name: str) -> None:
    """Let a source be crawled again. Raises NotFoundError."""

    def change(table: Table) -> None:
        # enabled is the default: where it was only added to disable the source, it goes again
        table.pop("enabled", None)

    _change(path, name, change)


def disable_source(path: Path, name: str) -> None:
    """Keep a source from being crawled; its articles stay. Raises NotFoundError."""

    def change(table: Table) -> None:
        table["enabled"] = False

    _change(path, name, change)


def remove_source(path: Path, name: str) -> None:
    """Take a source out of the file; its articles stay in the archive. Raises NotFoundError."""
    with _editing(path) as document:
        _known(document, path)
        _table(document, name)
        del document["sources"][name]


def import_sources(path: Path, sources: Sequence[Source]) -> tuple[list[str], list[str]]:
    """Add sources from elsewhere: (names that were added, names that were there already, by name or by URL)."""
    added, kept = [], []
    with _editing(path) as document:
        known = _known(document, path)
        names = {source.name.casefold() for source in known}
        urls = {_place_of(source.url) for source in known}
        for source in sources:
            if source.name.casefold() in names or _place_of(source.url) in urls:
                kept.append(source.name)
                continue
            _append(document, source.name, as_table(source))
            names.add(source.name.casefold())
            urls.add(_place_of(source.url))
            added.append(source.name)
    return added, kept


def as_table(source: Source) -> dict[str, Any]:
    """Give the keys of a source's table that are not the defaults."""
    table: dict[str, Any] = {"url": source.url}
    for key in ("feeds", "sitemaps", "sections", "include", "exclude", "tags"):
        if value := getattr(source, key):
            table[key] = list(value)
    if source.delay is not None:
        table["delay"] = source.delay
    if source.every is not None:
        table["every"] = source.every.total_seconds()
    if source.recheck is not None:
        table["recheck"] = [age.total_seconds() for age in source.recheck]
    if source.language:
        table["language"] = source.language
    if source.render:
        table["render"] = True
    if not source.enabled:
        table["enabled"] = False
    if source.rules:
        table["rules"] = dict(source.rules)
    return table


def read_elsewhere(path: Path) -> tuple[Source, ...]:
    """Read the sources of another file, TOML or OPML. Raises SourcesError."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise SourcesError(path, None, f"cannot be read: {error.strerror}") from error
    if looks_like_opml(body, path.suffix):
        return read_opml(body, path)
    return load_sources(path)


def starter_sources() -> tuple[Source, ...]:
    """Read the list of real sources that ships with presskeep."""
    file = resources.files("presskeep_data") / "starter.toml"
    return parse_sources(file.read_text(encoding="utf-8"), "starter.toml")


def _same_place(url: str, other: str) -> bool:
    return _place_of(url) == _place_of(other)


def _place_of(url: str) -> tuple[str, int | None, str, str]:
    parts = urlsplit(url)
    port = None if parts.port in {80, 443} else parts.port
    return host_of(parts.hostname or ""), port, parts.path.rstrip("/"), parts.query


def _known(document: tomlkit.TOMLDocument, path: Path) -> tuple[Source, ...]:
    """Check the file before it is changed: a mistake in it is told now, with its line."""
    return parse_sources(tomlkit.dumps(document), path)


def _table(document: tomlkit.TOMLDocument, name: str) -> Table:
    tables = document.get("sources", {})
    if name not in tables:
        raise NotFoundError("source", repr(name))
    table: Table = tables[name]
    return table


def _change(path: Path, name: str, change: Callable[[Table], None]) -> None:
    with _editing(path) as document:
        _known(document, path)
        change(_table(document, name))


def _append(document: tomlkit.TOMLDocument, name: str, keys: dict[str, Any]) -> None:
    if "sources" not in document:
        document["sources"] = tomlkit.table(is_super_table=True)
    table = tomlkit.table()
    for key, value in keys.items():
        table[key] = _value(value)
    table.add(tomlkit.nl())
    document["sources"][name] = table


def _value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        array.extend(value)
        return array.multiline(sum(len(str(item)) for item in value) > 80)
    return int(value) if isinstance(value, float) and value.is_integer() else value


@contextmanager
def _editing(path: Path) -> Iterator[tomlkit.TOMLDocument]:
    """Give the file as a document to change, and write it when all went well; two editors at once take turns."""
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        document = _parsed(path)
        before = tomlkit.dumps(document)
        yield document
        text = tomlkit.dumps(document)
        parse_sources(text, path)
        if text != before or not path.exists():
            _replace(path, text)
    finally:
        os.close(folder)


def _parsed(path: Path) -> tomlkit.TOMLDocument:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        text = HEADING + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise SourcesError(path, None, f"cannot be read: {error}") from error
    parse_sources(text, path)
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise SourcesError(path, getattr(error, "line", None), f"no valid TOML: {error}") from error


def _replace(path: Path, text: str) -> None:
    """Write beside the file and rename: a reader sees the old or the new one, and never half."""
    try:
        with drafted(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
