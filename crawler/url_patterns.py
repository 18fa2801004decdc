"""URL patterns of a sources file: which of a source's URLs are wanted.

Owns their language. Text without `*` is a beginning; `*` stands for any characters; `re:` begins a regular expression
that may match anywhere. One that begins with `/` is about the path and query, one with `://` about the whole URL, any
other about host, path and query.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

_FOREIGN = re.compile(r"[\\^{}|<>\s\[\]\"`]")


class PatternError(ValueError):
    """A pattern that cannot be read."""


@lru_cache(maxsize=4_000)
def compile_pattern(pattern: str) -> "re.Pattern[str]":
    """Compile a pattern, to be searched in a whole URL. Raises PatternError."""
    if pattern.startswith("re:"):
        try:
            return re.compile(pattern.removeprefix("re:"))
        except re.error as error:
            raise PatternError(f"{pattern!r} is no regular expression: {error}") from error
    if not pattern or _FOREIGN.search(pattern):
        raise PatternError(f"{pattern!r} is no URL pattern: `*` stands for anything, `re:` begins a regular expression")
    if pattern.startswith("/"):
        before = r"^[a-z]+://[^/]*"
    elif "://" in pattern:
        before = "^"
    else:
        before = r"^[a-z]+://" + ("" if pattern.startswith("*") else r"(?:www\.)?")
    # runs of `*` would only make the search slow
    body = ".*".join(re.escape(part) for part in re.split(r"\*+", pattern))
    return re.compile(before + body + ("$" if "*" in pattern else ""), re.IGNORECASE)


def matches(patterns: Iterable[str], url: str) -> bool:
    """Say whether any of the patterns is about this URL."""
    return any(compile_pattern(pattern).search(url) for pattern in patterns)


def hosts_of(patterns: Iterable[str]) -> frozenset[str]:
    """Give the hosts that patterns name in full: these belong to the source, too."""
    found = set()
    for pattern in patterns:
        if pattern.startswith(("http://", "https://")):
            try:
                netloc = urlsplit(pattern).netloc
            except ValueError:
                continue
            if netloc and "*" not in netloc:
                found.add(netloc)
    return frozenset(found)
