"""Which sources are crawled by one process of a cluster: shards of whole hosts.

Pure. Owns that no host is asked from two shards: sources with a registrable domain in common are in one. So politeness, which each
process keeps for its hosts, holds over the cluster by construction.
"""

import contextlib
import ipaddress
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from crawler.sources import Source
from crawler.url_patterns import hosts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Sources that are crawled together."""

    name: str
    sources: tuple[Source, ...]
    domains: frozenset[str]

    def is_near(self, url: str) -> bool:
        """Tell a URL of one of its hosts."""
        return domain_of(url) in self.domains


@cache
def _suffixes() -> object:
    import tldextract

    # the list that comes with the package: it would fetch another
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def _registrable(host: str) -> str:
    extract = _suffixes()
    assert callable(extract)
    if found := str(extract(host).top_domain_under_public_suffix):
        return found
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    # a top-level domain that is not on the list is a public suffix itself (https://publicsuffix.org/list/, "*")
    return ".".join(host.split(".")[-2:])


def domain_of(url: str) -> str:
    """Give the registrable domain of a URL's host (`news.bbc.co.uk`: bbc.co.uk); the host itself where it has none."""
    try:
        return _registrable((urlsplit(url).hostname or "").lower().rstrip("."))
    except ValueError:
        return ""


def domains_of(source: Source, known: Collection[str] = ()) -> frozenset[str]:
    """Give the domains that a crawl of a source asks; `known`: URLs of feeds, sitemaps and sections that it was found to have."""
    urls = (source.url, *source.feeds, *source.sitemaps, *source.sections, *known)
    patterns = (f"http://{host}/" for host in hosts_of(source.include))
    return frozenset(filter(None, map(domain_of, (*urls, *patterns))))


def make_shards(
    sources: Sequence[Source],
    *,
    known: Mapping[str, Collection[str]],
    weights: Mapping[str, int],
    most: int,
) -> list[Shard]:
    """Put sources into at most `most` shards, the heaviest first; `known` and `weights` (pages that are due) by name."""
    groups: list[tuple[set[str], list[Source]]] = []
    for source in sources:
        domains, members = set(domains_of(source, known.get(source.name, ()))), [source]
        apart = []
        for group in groups:
            if group[0].isdisjoint(domains):
                apart.append(group)
            else:
                domains, members = domains | group[0], [*group[1], *members]
        groups = [*apart, (domains, members)]
    packed: list[tuple[set[str], list[Source]]] = [(set(), []) for _ in range(min(most, len(groups)))]
    loads = [0] * len(packed)
    for domains, members in sorted(groups, key=lambda group: -_weight(group[1], weights)):
        lightest = loads.index(min(loads))
        packed[lightest][0].update(domains)
        packed[lightest][1].extend(members)
        loads[lightest] += _weight(members, weights)
    return [
        Shard(name=f"shard{number:04d}", sources=tuple(members), domains=frozenset(domains))
        for number, (domains, members) in enumerate(packed, 1)
    ]


def _weight(members: Sequence[Source], weights: Mapping[str, int]) -> int:
    return sum(1 + weights.get(source.name, 0) for source in members)
