"""The connections of a crawl: what one may cost, and what all of them may hold in memory at once.

Owns three bounds that neither Scrapy nor Twisted has: the bytes before a body (header floods, interim answers for ever),
the CPU that reading one answer costs (bodies in pieces of one byte), and the bytes of large bodies on their way, beyond which
connections are read no further until there is room. Certificates are checked, but for hosts whose source says otherwise.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _LenientHTTP11ClientProtocol
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import BODY
from twisted.web.client import _HTTP11ClientFactory
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from crawler.addresses import AddressPolicy
from crawler.tls import ClientContextFactory
from pipelines.stages import session_of

MOST_HEAD = 512 * 1024
"""Bytes before a body: real ones are a few KiB."""
MOST_CPU = 3.0
"""Seconds of the reactor's thread for one answer: 10 MB take 0.05."""
SMALL = 256 * 1024
"""Bytes of a body that are always read; most pages end before that."""
MOST_HELD = 16 * 1024 * 1024
"""Bytes of bodies on their way, from the network to the end of extraction, beyond which large ones wait."""
LOOK_AGAIN = 0.02
LONGEST_TURN = 0.5
"""Seconds without a byte after which the next large body has its turn."""


class TooCostlyError(Exception):
    """An answer cost more than any may."""

    def __init__(self, reason: str, detail: str) -> None:
        """Say the outcome word and what it cost."""
        super().__init__(detail)
        self.reason = reason


class Room:
    """Counts the bytes that bodies hold from the network to the end of extraction, and lets large ones wait."""

    def __init__(self, crawler: Crawler) -> None:
        """Count what the engine of `crawler` holds; use `room_of`."""
        self._crawler = crawler
        self._waiting: deque[GuardedProtocol] = deque()
        self._turn: GuardedProtocol | None = None
        self._turn_at = 0.0
        self._decoding = asyncio.Lock()
        self.receiving = 0
        """Bytes that connections have read of bodies that have not ended."""
        self.received: WeakKeyDictionary[Request, int] = WeakKeyDictionary()
        """The length of the body of each request, as sent; of use while it is on its way through the middlewares."""
        self._decoded: WeakKeyDictionary[Request, int] = WeakKeyDictionary()

    def must_wait(self, protocol: "GuardedProtocol") -> bool:
        """Tell whether a connection that brings a large body must stop reading: there is no room, nor is it its turn."""
        if protocol is self._turn:
            self._turn_at = time.monotonic()
            return False
        return self.receiving + self._in_middlewares() + self._in_extraction() > MOST_HELD

    def wait(self, protocol: "GuardedProtocol") -> None:
        """Let a paused connection go on as soon as there is room; its request's deadline goes on meanwhile."""
        self._waiting.append(protocol)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self._look)

    async def decode(self, request: Request, undo: Callable[[], bytes]) -> bytes:
        """Undo a body's coding, one at a time, when what was decoded before has left room: a small bomb becomes large here."""
        async with self._decoding:
            while self._n_decoded() + self._in_extraction() > MOST_HELD / 2:
                await asyncio.sleep(LOOK_AGAIN)
            body = undo()
            self._decoded[request] = len(body)
            return body

    def _look(self) -> None:
        """Let the next one go on. Where all room is taken by those that wait, they take turns, or none would ever end."""
        while self._waiting and not self._waiting[0].waits:
            self._waiting.popleft()
        if self._waiting and self._next_may_go():
            protocol = self._waiting.popleft()
            self._turn, self._turn_at = protocol, time.monotonic()
            protocol.go_on()
        if self._waiting:
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self._look)

    def _next_may_go(self) -> bool:
        if self._in_middlewares() + self._in_extraction() > MOST_HELD / 2:
            return False
        is_idle = time.monotonic() - self._turn_at > LONGEST_TURN
        return self._turn is None or self._turn.has_ended or is_idle

    def _in_middlewares(self) -> int:
        engine = self._crawler.engine
        if engine is None:
            return 0
        return sum(self.received.get(request, 0) for request in engine.downloader.active) + self._n_decoded()

    def _n_decoded(self) -> int:
        engine = self._crawler.engine
        return sum(self._decoded.get(request, 0) for request in engine.downloader.active) if engine is not None else 0

    def _in_extraction(self) -> int:
        engine = self._crawler.engine
        slot = getattr(engine.scraper, "slot", None) if engine is not None else None
        return slot.active_size if slot is not None else 0


_rooms: WeakKeyDictionary[Crawler, Room] = WeakKeyDictionary()


def room_of(crawler: Crawler) -> Room:
    """Give the crawl's room, made on first use."""
    return _rooms.setdefault(crawler, Room(crawler))


class GuardedProtocol(_LenientHTTP11ClientProtocol):
    """One connection: counts what each answer costs."""

    transport: Any

    def __init__(self, room: Room, quiescent: Callable[[Any], None]) -> None:
        """Share `room` with the other connections."""
        super().__init__(quiescent)  # type: ignore[no-untyped-call]
        self._room = room
        self._n_head = self._n_body = 0
        self._cpu = 0.0
        self._waits = False

    def request(self, request: Any) -> Any:
        """Begin counting anew."""
        self._n_head, self._cpu = 0, 0.0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's interface)
        """Read what came; end a connection that costs too much, let one wait that brings too much at once."""
        parser = self._parser
        in_body = parser is not None and parser.state == BODY
        started = time.thread_time()
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        self._cpu += time.thread_time() - started
        if self._parser is None or self._parser is not parser:
            self._let_go()
            return
        if self._cpu > MOST_CPU:
            self._refuse("too_complex", f"reading the answer took more than {MOST_CPU:g} s")
        elif in_body:
            self._n_body += len(data)
            self._room.receiving += len(data)
            if self._n_body > SMALL and self._room.must_wait(self):
                self._waits = True
                self.transport.pauseProducing()
                self._room.wait(self)
        else:
            self._n_head += len(data)
            if self._n_head > MOST_HEAD:
                self._refuse("too_large", f"more than {MOST_HEAD} bytes before the body")

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Give back what this held."""
        self._let_go()
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    @property
    def waits(self) -> bool:
        """Whether this still waits for room; an answer that ended meanwhile does not."""
        return self._waits

    @property
    def has_ended(self) -> bool:
        """Whether the answer that was being read has ended."""
        return self._n_body == 0

    def go_on(self) -> None:
        """Read on, now that there is room."""
        self._waits = False
        self.transport.resumeProducing()

    def _let_go(self) -> None:
        self._room.receiving -= self._n_body
        self._n_body, self._waits = 0, False

    def _refuse(self, reason: str, detail: str) -> None:
        self._let_go()
        self._giveUp(Failure(TooCostlyError(reason, detail)))  # type: ignore[no-untyped-call]


class GuardedFactory(_HTTP11ClientFactory):
    """Makes guarded connections."""

    noisy = False

    def __init__(self, room: Room, quiescent: Callable[[Any], None], metadata: Any) -> None:
        """Take what Twisted's connection pool gives."""
        super().__init__(quiescent, metadata)  # type: ignore[no-untyped-call]
        self._room = room

    def buildProtocol(self, addr: Any) -> GuardedProtocol:  # noqa: ARG002, N802 (Twisted's interface)
        """Make the protocol of one connection."""
        return GuardedProtocol(self._room, self._quiescentCallback)


@implementer(IPolicyForHTTPS)
class Certificates:
    """Checks certificates, but for the hosts whose source says that its own cannot be."""

    def __init__(self, crawler: Crawler) -> None:
        """Take the crawl's TLS settings and the hosts that the address policy lists."""
        self._strict = ClientContextFactory.from_crawler(crawler)
        self._lax = ClientContextFactory(verify_certificates=False)
        self._policy: AddressPolicy = crawler.settings["PRESSKEEP_ADDRESSES"]

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802
        """Give what makes the TLS connection to a host."""
        lax = (hostname.decode("ascii", "replace"), port) in self._policy.unverified
        return (self._lax if lax else self._strict).creatorForNetloc(hostname, port)


class GuardedHandler(HTTP11DownloadHandler):
    """Scrapy's download handler for http and https, on guarded connections."""

    def __init__(self, crawler: Crawler) -> None:
        """Put guarded connections into the pool."""
        super().__init__(crawler)
        self._room = room_of(crawler)
        self._session = session_of(crawler)
        pool: Any = self._pool
        pool._factory = partial(GuardedFactory, self._room)  # noqa: SLF001 (as Scrapy itself does: there is no other door)
        # how often is asked is RETRY_TIMES' to say; Twisted would ask again in between, unseen
        pool.retryAutomatically = False
        self._contextFactory: Any = Certificates(crawler)

    async def download_request(self, request: Request) -> Response:
        """Download, and count the body until it has left the middlewares."""
        # when it is sent, and not when it began to wait for its host's turn: WARC-Date
        request.meta["asked_at"] = self._session.clock()
        response = await super().download_request(request)
        self._room.received[request] = len(response.body)
        return response
