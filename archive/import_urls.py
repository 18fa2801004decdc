"""Take URLs in as links: the next crawl of the source that has their host asks for them.

Owns that each line has a row: a link that is due, or the word why it is not followed. Idempotent.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

from archive.forget import is_forgotten
from archive.links import add_link, add_refused
from archive.records import FoundIn, FoundLink
from archive.source_hosts import SourceHosts
from archive.store import Store
from archive.text import one_line, storable
from archive.times import iso
from archive.url_key import url_key
from archive.url_list import listed

BATCH = 500
LONGEST = 2000
_LISTED = 20


@dataclass(slots=True, kw_only=True)
class UrlsImported:
    """What became of the URLs."""

    n_new: int = 0
    n_known: int = 0
    n_refused: int = 0
    n_forgotten: int = 0
    refused: list[str] = field(default_factory=list)
    """Lines that are not followed, each with its number and why; at most 20."""
    without_source: Counter[str] = field(default_factory=Counter)
    """Hosts of links that no source has: nothing crawls them."""


def import_urls(store: Store, lines: Iterable[str], *, name: str, clock: Callable[[], datetime]) -> UrlsImported:
    """Take a URL from each line of a list (archive/url_list.py). The caller holds the lock."""
    found, now, hosts = UrlsImported(), clock(), SourceHosts(store)
    with store.transaction():
        run_id = store.start_run(command="import", options={"urls": name}, now=now)
    rest = listed(lines)
    while batch := list(islice(rest, BATCH)):
        with store.transaction():
            for number, text in batch:
                _take(store, storable(text), name, number, hosts, found, now)
    with store.transaction():
        reasons = {"link": found.n_new, "known": found.n_known, "refused": found.n_refused}
        store.update(
            "runs",
            run_id,
            {
                "finished_at": iso(clock()), "finish_reason": "finished", "exit_code": 3 if found.n_refused else 0,
                "n_links": found.n_new, "n_rejected": found.n_refused,
                "reasons": json.dumps({word: number for word, number in reasons.items() if number}),
            },
        )  # fmt: skip
    return found


def _take(
    store: Store, url: str, name: str, number: int, hosts: SourceHosts, found: UrlsImported, now: datetime
) -> None:
    if (reason := _refused(url)) is not None:
        add_refused(store, url, reason, source_id=None, found_in=FoundIn.IMPORT, found_at_url=name, now=now)
        found.n_refused += 1
        if len(found.refused) < _LISTED:
            found.refused.append(f"{name}, line {number}: {one_line(url)[:200]} [{reason}]")
    elif is_forgotten(store, url_key(url)):
        found.n_forgotten += 1
    else:
        source_id = hosts.find(url)
        if source_id is None:
            found.without_source[urlsplit(url).hostname or ""] += 1
        link = FoundLink(url=url, found_in=FoundIn.IMPORT)
        is_new = add_link(store, link, source_id=source_id, found_at_url=name, now=now)
        found.n_new += is_new
        found.n_known += not is_new


def _refused(url: str) -> str | None:
    """Say why a URL is not followed, or None."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "bad_url"
    if parts.scheme not in {"http", "https"}:
        return "scheme" if parts.scheme else "bad_url"
    if not host:
        return "bad_url"
    if parts.username is not None or parts.password is not None:
        return "credentials"
    return "url_too_long" if len(url) > LONGEST else None
