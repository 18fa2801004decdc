"""Which URLs and network addresses may be asked: the public web, and what the user listed by name.

Pure. Owns the address guard's rules. Public means `ipaddress.is_global`; every other address, by whatever spelling
(decimal, hexadecimal, IPv4 in IPv6, `localhost`), is nobody's business unless it is listed.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All that has ever been given out as public (RFC 4291); Python's `is_global` knows only what is not, and not all."""
NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""What `is_global` takes for public in some versions: protocols' own, a relay of old, documentation (RFC 6890, 7526, 9637)."""
ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The middle of an address that carries an IPv4 address in its end (RFC 5214)."""
LOCAL_SUFFIXES = (".localhost", ".localdomain", ".local", ".internal", ".intranet", ".lan", ".home.arpa")


@dataclass(slots=True)
class AddressPolicy:
    """What a run may connect to."""

    typed: set[tuple[str, int]] = field(default_factory=set)
    """(host, port) of the URLs that the user typed: their ports, literal addresses and local names are meant."""
    allowed: set[tuple[str, int]] = field(default_factory=set)
    """(host, port) that the setting `allow` names: these may also resolve to private addresses."""
    networks: tuple[Network, ...] = ()
    proxies: set[tuple[str, int]] = field(default_factory=set)
    """The proxy's own address: exempt as a way, not as a destination."""
    unverified: set[tuple[str, int]] = field(default_factory=set)
    """(host, port) of sources that say `rules.insecure_tls`: their certificates are not checked."""
    refused_hosts: set[str] = field(default_factory=set)
    """Names that resolved to refused addresses only: so that the outcome tells them from unknown names."""

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Stay one object: Scrapy copies its settings for each crawler, and the guard and the resolver must agree."""
        return self

    def list_url(self, url: str, *, verified: bool = True) -> None:
        """Take the origin of a URL that the user typed (a source, a feed, an argument) into the list."""
        if (origin := origin_of(url)) is not None:
            self.typed.add(origin)
            if not verified:
                self.unverified.add(origin)

    def list_entry(self, entry: str) -> None:
        """Take an entry of the setting `allow`: `host`, `host:port`, an address or a network. Raises ValueError for any other."""
        try:
            self.networks = (*self.networks, ipaddress.ip_network(entry, strict=False))
        except ValueError:
            parts = urlsplit(f"//{entry}")
            host, port = parts.hostname, parts.port
            if not host or parts.netloc != entry or "@" in entry or not _HOST.fullmatch(host):
                raise
            self.allowed.update((host, number) for number in ([port] if port else DEFAULT_PORTS.values()))

    def judge_url(self, url: str) -> str | None:
        """Give the reason word for which a URL may not be asked, or None.

        Judges the scheme, the port, literal addresses and local names; what a public name resolves to is judged by
        `allows_address` when it is connected to.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            return "bad_url"
        if parts.scheme not in DEFAULT_PORTS:
            return "refused_scheme"
        if not host:
            return "bad_url"
        origin = (host, port or DEFAULT_PORTS[parts.scheme])
        if origin in self.typed or origin in self.allowed:
            return None
        address = literal_address(host)
        if address is not None and not self._public(address):
            return "refused_address"
        if address is None and is_local_name(host):
            return "refused_address"
        if "@" in parts.netloc:
            return "credentials"
        return None if origin[1] == DEFAULT_PORTS[parts.scheme] else "refused_port"

    def allows_address(self, host: str, port: int, address: str) -> bool:
        """Judge the address that a name resolved to, at the moment of connecting: DNS may answer anything."""
        if (host, port) in self.allowed or (host, port) in self.proxies:
            return True
        if (host, port) in self.typed and (literal_address(host) is not None or is_local_name(host)):
            return True  # a public name that now leads inside was not meant
        try:
            return self._public(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False

    def _public(self, address: Address) -> bool:
        if any(address in network for network in self.networks):
            return True
        if isinstance(address, ipaddress.IPv6Address) and not (
            address in PUBLIC_IPV6 or address in NAT64 or address.ipv4_mapped
        ):
            return False
        return all(
            part.is_global and not part.is_multicast and not any(part in network for network in NOT_PUBLIC)
            for part in _parts(address)
        )


def origin_of(url: str) -> tuple[str, int] | None:
    """Give (host, port) of an http or https URL, or None."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    return (host, port or DEFAULT_PORTS[parts.scheme]) if host and parts.scheme in DEFAULT_PORTS else None


def literal_address(host: str) -> Address | None:
    """Read a host that is an address in any spelling that a resolver takes: 127.1, 2130706433, 0x7f.1, ::1."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    if not host or host[0] not in "0123456789":
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):  # not ASCII, or with a NUL
        return None


def is_local_name(host: str) -> bool:
    """Tell names that never belong to the public web."""
    return "." not in host or host.endswith(LOCAL_SUFFIXES) or host == "localhost"


def _parts(address: Address) -> Iterable[Address]:
    """Give what is connected to in the end: the IPv4 addresses that an IPv6 address carries, or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64:
        return (last,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return (address, *address.teredo)
    return (address, last) if (int(address) >> 32) & 0xFFFFFFFF in ISATAP else (address,)
