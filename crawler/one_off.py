"""One-off fetches: a URL in, a clean document out; nothing is kept unless asked.

Owns how results leave `fetch`: documents on stdout in the order of the URLs, one line on stderr for each that failed.
"""

import contextlib
import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

import click

from archive.cli.options import warn
from archive.errors import UsageError
from archive.records import Article
from archive.render import render
from archive.text import one_line
from archive.url_list import listed

if TYPE_CHECKING:
    from crawler.fetching import FetchResult

GLANCE = 0.02
"""Seconds between pebble's looks at its processes, of which the last is waited for; for longer work its own 0.1 do."""
SEPARATORS = {"text": "\n\n", "markdown": "\n\n", "json": "", "html": "\n", "xml": "\n", "tei": "\n"}
"""What stands between two documents on one stdout; JSON is one object a line."""

WHY = {
    "bad_url": "is no http or https URL",
    "dns": "the host is unknown",
    "refused": "the connection was refused",
    "timeout": "no answer in time",
    "tls": "no safe connection (TLS)",
    "robots": "robots.txt forbids it (--ignore-robots fetches it all the same)",
    "robots_unreachable": "robots.txt cannot be read, which closes the site (RFC 9309)",
    "too_large": "larger than 10 MB",
    "redirect_loop": "redirects in a circle",
    "too_many_redirects": "redirects more than 5 times",
    "refused_address": "leads to a private address (list it under `allow` in presskeep.toml)",
    "refused_port": "leads to another port (list it under `allow` in presskeep.toml)",
    "refused_scheme": "leads to something other than http or https",
    "dataloss": "the answer ended before its end",
    "connection_lost": "the connection was lost",
    "not_html": "is no HTML page",
    "not_article": "is no article (a list of links?)",
    "no_text": "has no text",
    "empty": "answers with an empty page",
    "bot_wall": "answers with a wall against bots",
    "soft_404": "says that the page does not exist",
    "consent_wall": "answers with a consent form",
    "too_complex": "is too complex to extract",
    "paused": "asks for a pause",
    "not_modified": "has not changed since it was kept",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line and stdin ask for."""

    urls: tuple[str, ...]
    bad_lines: tuple[str, ...] = ()
    """Of a list: what is no URL, with where it stands."""


def read_urls(arguments: Sequence[str], stdin: Iterable[bytes]) -> Asked:
    """Give the URLs of the command line; `-` stands for those on stdin, one a line.

    Raises UsageError for an argument that is none, before stdin is read, and where there is none at all.
    """
    for argument in arguments:
        if argument != "-" and not _is_url(argument):
            raise UsageError(f"{one_line(argument)[:200]!r} is no http or https URL")
    lines = (line.decode("utf-8", "surrogateescape") for line in stdin)  # whatever the locale: lists are made elsewhere
    urls: list[str] = []
    bad_lines = []
    for argument in arguments:
        if argument != "-":
            urls.append(argument)
            continue
        for number, text in listed(lines):
            if _is_url(text):
                urls.append(text)
            else:
                bad_lines.append(f"stdin, line {number}: {one_line(text)[:200]}")
    if not urls and not bad_lines:
        raise UsageError("no URL on stdin")
    return Asked(urls=tuple(urls), bad_lines=tuple(bad_lines))


def _is_url(text: str) -> bool:
    try:
        text.encode()  # an argument's bytes may be no text
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return good and not any(character.isspace() for character in text)


def fetch_file(path: Path, url: str, *, form: str, output: Path | None, profile: str) -> int:
    """Extract a local page as if it had been fetched from `url`; 0, or 4 where it holds no article."""
    gc.disable()  # an eighth of the time: imports and one page leave nothing that is worth a search
    from pipelines.extract import extract
    from pipelines.items import Page

    try:
        body = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    article = extract(Page(url=url, body=body, content_type=None), profile=profile)
    if not isinstance(article, Article):
        say_failure(str(path), article.reason, article.detail)
        return 4
    with writer(output, form) as write:
        write(article)
    return 0


def fetch_urls(
    asked: Asked,
    *,
    form: str,
    output: Path | None,
    folder: Path,
    save: bool,
    ignore_robots: bool,
    fast: bool,
) -> int:
    """Fetch URLs and print their documents; give the exit code. A line that is no URL is one that failed."""
    from pebble import CONSTS

    from crawler.config import load_config
    from crawler.exit_codes import NOTHING
    from pipelines.memory import without_garbage
    from pipelines.workers import Workers

    config = load_config(folder)
    for line in asked.bad_lines:
        say_failure(line, "bad_url", None)
    if not asked.urls:
        return NOTHING
    profile = "fast" if fast else "full"
    workers = Workers(min(len(asked.urls), config.workers or 2), profile=profile)
    CONSTS.sleep_unit = GLANCE
    with contextlib.closing(workers), writer(output, form) as write:
        workers.warm_up()  # they import while this process does
        with without_garbage():
            from crawler.fetching import fetch

        def tell(result: "FetchResult") -> None:
            if result.article is not None:
                write(result.article)
            else:
                say_failure(result.url, result.word, result.detail)

        return fetch(
            asked.urls,
            n_bad=len(asked.bad_lines),
            config=config,
            folder=folder if save else None,
            ignore_robots=ignore_robots,
            workers=workers,
            tell=tell,
        )


@contextlib.contextmanager
def writer(path: Path | None, form: str) -> Iterator[Callable[[Article], None]]:
    """Give what writes documents to stdout or to a file, which is made at the first document."""
    n_written = 0
    file: TextIO | None = None

    def write(article: Article) -> None:
        nonlocal n_written, file
        if path is not None and file is None:
            try:
                file = path.open("w", encoding="utf-8")
            except OSError as error:
                raise UsageError(f"cannot write {path}: {error.strerror}") from error
        document = render(article, form).rstrip("\n") + "\n"
        text = (SEPARATORS[form] if n_written else "") + document
        n_written += 1
        if file is not None:
            file.write(text)
        else:
            click.echo(text, nl=False)

    try:
        yield write
    finally:
        if file is not None:
            file.close()


def say_failure(url: str, word: str, detail: str | None) -> None:
    """Say in one line on stderr why a URL brought no document."""
    why = WHY.get(word, f"answers {word[5:]}" if word.startswith("http_") else word)
    warn(
        f"presskeep: {one_line(url)}: {why} [{word}]" + (f" – {one_line(detail)}" if detail and word not in WHY else "")
    )
