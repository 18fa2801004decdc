"""Twisted's name resolver under guard: an answer counts only where the address may be connected to.

Owns the last word before a connection, so a redirect, a DNS trick or a rebinding cannot get around it. With
$PRESSKEEP_HOSTS (a hosts file) names come from that file alone and no name server is asked: tests and closed networks.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from scrapy.crawler import Crawler
from scrapy.resolver import CachingHostnameResolver, HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer, provider

from crawler.addresses import AddressPolicy
from crawler.hosts_file import hosts_path, read_hosts


@provider(IResolutionReceiver)
class GuardingReceiver:
    """Passes on the addresses that the policy allows."""

    def __init__(self, receiver: Any, policy: AddressPolicy, host: str, port: int) -> None:
        """Stand between a resolver and whoever asked it for `host`."""
        self._receiver = receiver
        self._policy = policy
        self._host = host
        self._port = port
        self._n_passed = self._n_refused = 0

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802 (Twisted's interface)
        """Pass on."""
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        """Pass an address on, or count it as refused."""
        if self._policy.allows_address(self._host, self._port, str(address.host)):
            self._n_passed += 1
            self._receiver.addressResolved(address)
        else:
            self._n_refused += 1

    def resolutionComplete(self) -> None:  # noqa: N802
        """Pass on; note a name that had refused addresses only."""
        if self._n_refused and not self._n_passed:
            self._policy.refused_hosts.add(self._host)
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardingResolver:
    """Scrapy's caching resolver (or a hosts file) behind the address policy of the crawl."""

    def __init__(self, reactor: ReactorBase, policy: AddressPolicy, cache_size: int) -> None:
        """Wrap the resolver of `reactor`."""
        self._reactor = reactor
        self._policy = policy
        hosts = hosts_path()
        self._resolver: Any = FileResolver(hosts) if hosts else CachingHostnameResolver(reactor, cache_size)

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> "GuardingResolver":
        """Take the policy of the crawl from the settings."""
        return cls(reactor, crawler.settings["PRESSKEEP_ADDRESSES"], crawler.settings.getint("DNSCACHE_SIZE"))

    def install_on_reactor(self) -> None:
        """Take the place of the reactor's resolver."""
        cast(Any, self._reactor).installNameResolver(self)

    def resolveHostName(  # noqa: N802 (Twisted's interface)
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[Any]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve a name and pass on what may be connected to."""
        receiver = GuardingReceiver(resolutionReceiver, self._policy, hostName, portNumber)
        return self._resolver.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IHostnameResolver)
class FileResolver:
    """Resolves names from a hosts file (`ADDRESS NAME…` a line) and literal addresses; every other name is unknown."""

    def __init__(self, path: Path) -> None:
        """Read the file once."""
        self._addresses = read_hosts(path)
        self._n_asked: Counter[str] = Counter()

    def _next(self, addresses: str) -> str:
        """Give the answer to this lookup: `A>B` is A the first time and B from then on."""
        steps = addresses.split(">")
        n = self._n_asked[addresses]
        self._n_asked[addresses] += 1
        return steps[min(n, len(steps) - 1)]

    def resolveHostName(  # noqa: N802 (Twisted's interface)
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[Any]] | None = None,  # noqa: ARG002, N803
        transportSemantics: str = "TCP",  # noqa: ARG002, N803
    ) -> Any:
        """Answer from the file."""
        from twisted.internet.abstract import isIPAddress, isIPv6Address

        literal = [hostName] if isIPAddress(hostName) or isIPv6Address(hostName) else []
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        for address in map(self._next, self._addresses.get(hostName.lower(), literal)):
            kind = IPv6Address if ":" in address else IPv4Address
            resolutionReceiver.addressResolved(kind("TCP", address, portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution
