"""Which source a host belongs to; one that no source has becomes a source of its own where something of it is kept.

Owns the rule: a source has its own host and those below it. A source that is made here is known, and not crawled: the sources
file is the truth about that.
"""

from datetime import datetime
from urllib.parse import urlsplit

from archive.errors import NotFoundError
from archive.store import Store
from archive.text import storable
from archive.url_key import host_of


class SourceHosts:
    """The sources of an archive by host, as they are now and as they come."""

    def __init__(self, store: Store) -> None:
        """Read the sources; the earlier of two with one host wins."""
        self._store = store
        self._ids: dict[str, int] = {}
        for row in store.db.execute("SELECT id, url FROM sources ORDER BY enabled DESC, id"):
            self._ids.setdefault(_host(row["url"]), row["id"])

    def find(self, url: str) -> int | None:
        """Give the id of the source that a URL belongs to, or None."""
        host = _host(url)
        while host:
            if (source_id := self._ids.get(host)) is not None:
                return source_id
            host = host.partition(".")[2]
        return None

    def find_or_make(self, url: str, *, now: datetime) -> int | None:
        """Give the id of the source that a URL belongs to, made where there is none; None for a URL without a host."""
        found, host = self.find(url), _host(url)
        if found is not None or not host:
            return found
        name = storable(host)
        row = self._store.one("SELECT id FROM sources WHERE name = ?", (name,))
        if row is None:
            parts = urlsplit(url)
            source_id = self._store.save_source(
                name=name, url=f"{parts.scheme}://{parts.netloc}/", language=None, tags=(), enabled=False, now=now
            )
        else:
            source_id = int(row["id"])
        self._ids[host] = source_id
        return source_id

    def host_of_source(self, name: str) -> str:
        """Give the host of a source by name; raises NotFoundError."""
        row = self._store.one("SELECT url FROM sources WHERE name = ?", (storable(name),))
        if row is None:
            raise NotFoundError("source", name)
        return _host(row["url"])

    def hosts_with(self, source_id: int) -> tuple[str, ...]:
        """Give the hosts that are known to be a source's."""
        return tuple(host for host, each in self._ids.items() if each == source_id)


def _host(url: str) -> str:
    try:
        return host_of(urlsplit(url).hostname or "")
    except ValueError:
        return ""
