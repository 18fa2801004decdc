"""robots.txt by RFC 9309: asked once an hour and host, a server error closes the host, 500 KiB are read.

Owns each host's rules for the run. Scrapy's own middleware takes a failed robots.txt for "everything allowed" and reads
without bound. Parsing is Protego's.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK

from crawler.outcomes import Refused, failure_of
from crawler.robots_text import MOST_BYTES, ai_rules, groups_for, sitemaps_in
from pipelines.items import Failure
from pipelines.stages import session_of

logger = logging.getLogger(__name__)

AGENT = "presskeep"
MOST_DELAY = 60.0
"""A longer Crawl-delay is clamped: it would stop a source for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a host's robots.txt says; `failure` is why it is closed for this run."""

    robots: Protego | None = None
    sitemaps: tuple[str, ...] = ()
    delay: float | None = None
    """Crawl-delay in seconds, where it asks for more than the source's own."""
    failure: Failure | None = None
    ai_agents: tuple[tuple[str, Protego], ...] = ()
    """The AI agents that it names, each with its rules."""

    def closing(self, url: str) -> Failure | None:
        """Say why a URL may not be asked, where it may not."""
        if self.failure is not None:
            detail = f"robots.txt: {self.failure.detail or self.failure.reason}"
            return Failure(reason=self.failure.reason, detail=detail)
        if self.robots is not None and not self.robots.can_fetch(url, AGENT):
            return Failure(reason="robots", detail="robots.txt forbids it")
        return None


class RobotsRules:
    """Downloader middleware: lets pass what robots.txt allows. Groups are matched by our product token alone."""

    def __init__(self, crawler: Crawler) -> None:
        """Read each host's rules once a run."""
        self._crawler = crawler
        self._rules: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Watch the bytes of each robots.txt as they come."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.bytes_received, signal=signals.bytes_received)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Raise Refused for what robots.txt closes."""
        if request.meta.get("purpose") == "robots":
            request.meta["n_bytes"] = 0  # of each try, and of each hop
            return
        if request.meta.get("ignore_robots"):
            request.meta["robots"] = "ignored"
            return
        rules = await self.rules_for(request.url, request.meta.get("source_id"))
        if (failure := rules.closing(request.url)) is not None:
            raise Refused(failure.reason, failure.detail)
        request.meta["robots"] = "allowed"
        request.meta["opt_out"] = self._opt_out(rules, request.url)
        if rules.delay:
            # AutoThrottle would halve it with every quick answer
            request.meta["autothrottle_dont_adjust_delay"] = True

    def _opt_out(self, rules: Rules, url: str) -> dict[str, Any] | None:
        """Say which AI agents may not fetch a URL: it is kept with the capture."""
        refused = [agent for agent, robots in rules.ai_agents if not robots.can_fetch(url, agent)]
        return {"robots_agents": refused} if refused else None

    async def rules_for(self, url: str, source_id: int | None) -> Rules:
        """Give the rules of a URL's host, asked for where this run has not yet."""
        host = _host(url)
        if (waiting := self._rules.get(host)) is None:
            waiting = self._rules[host] = asyncio.ensure_future(self._rules_of(f"{host}/robots.txt", source_id))
        return await asyncio.shield(waiting)

    def known(self, url: str) -> Rules | None:
        """Give the rules of a URL's host where they have been read; asks nobody."""
        waiting = self._rules.get(_host(url))
        return waiting.result() if waiting is not None and waiting.done() else None

    def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """Give the sitemaps that the robots.txt of a URL's host names, as far as it has been read."""
        rules = self.known(url)
        return rules.sitemaps if rules is not None else ()

    async def _rules_of(self, url: str, source_id: int | None) -> Rules:
        """Give the rules of a robots.txt that one of the last runs has kept, or ask for it."""
        kept = await session_of(self._crawler).kept_robots(url, MOST_BYTES)
        if kept is not None and kept.status is not None:
            rules = self._read(kept.status, kept.url, kept.payload)
        else:
            rules = await self._ask(url, source_id)
        if rules.robots is not None:
            rules = replace(rules, delay=self._slow_down(rules.robots, urlsplit(url).hostname or ""))
        return rules

    async def _ask(self, url: str, source_id: int | None) -> Rules:
        host = urlsplit(url).hostname or ""
        assert self._crawler.engine is not None
        # a slot of its own: the page that waits for it need not wait for the host's delay, too
        slot = f"robots {host}"
        self._crawler.engine.downloader.per_slot_settings.setdefault(slot, {"delay": 0, "concurrency": 1})
        trail: list[Request] = []
        meta: dict[str, Any] = {
            "purpose": "robots",
            "source_id": source_id,
            "n_bytes": 0,
            "download_slot": slot,
            "download_maxsize": 0,  # it is read as far as it goes, whatever length it claims
            "read_start": MOST_BYTES,
            "trail": trail,
        }
        request = Request(url, callback=NO_CALLBACK, priority=1000, meta=meta, headers={"Accept-Encoding": "identity"})
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 (every error of the network has a name)
            failure = failure_of(error, trail[-1] if trail else request, self._crawler.settings["PRESSKEEP_ADDRESSES"])
            rules = Rules(failure=failure)
        else:
            rules = self._read(response.status, response.url, response.body)
        request = trail[-1] if trail else request
        word = rules.failure.reason if rules.failure else "ok"
        session_of(self._crawler).note_robots(url, request.meta, word, source_id)
        for hop in {each.url for each in trail} - {url}:
            session_of(self._crawler).note_robots(hop, {}, word, source_id)
        return rules

    def _read(self, status: int, url: str, body: bytes) -> Rules:
        if status >= 500 or status == 429:
            return Rules(failure=Failure(reason="robots_unreachable", detail=f"answers {status}"))
        if status >= 300:
            return Rules()
        body = _start(body)
        try:
            text = body.decode("utf-8-sig", "replace")
            return Rules(
                robots=Protego.parse(groups_for(AGENT, text)),
                sitemaps=sitemaps_in(text, url=url),
                ai_agents=ai_rules(text),
            )
        except Exception as error:  # noqa: BLE001 (a parser on hostile bytes: closed is the safe answer)
            return Rules(failure=Failure(reason="robots_unreachable", detail=f"cannot be read: {error}"))

    def _slow_down(self, robots: Protego, host: str) -> float | None:
        """Apply Crawl-delay, which Scrapy parses and does not apply; give it where it counts."""
        delay = robots.crawl_delay(AGENT)
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        settings = downloader.per_slot_settings.setdefault(host, {})
        usual = settings.get("delay", self._crawler.settings.getfloat("DOWNLOAD_DELAY"))
        if delay and delay > usual:
            settings["delay"] = min(float(delay), MOST_DELAY)
            if host in downloader.slots:
                downloader.slots[host].delay = settings["delay"]
            logger.info("crawl delay host=%s seconds=%s asked=%s", host, settings["delay"], delay)
            return float(settings["delay"])
        return None

    def bytes_received(self, data: bytes, request: Request) -> None:
        """Stop a robots.txt after what RFC 9309 says must be read."""
        if request.meta.get("purpose") == "robots":
            request.meta["n_bytes"] += len(data)
            if request.meta["n_bytes"] > MOST_BYTES:
                raise StopDownload(fail=False)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _start(body: bytes) -> bytes:
    """Give what has to be read of a robots.txt (RFC 9309, 2.5): whole lines, or half a rule would close more than it says."""
    if len(body) < MOST_BYTES:
        return body
    body = body[:MOST_BYTES]
    return body[: max(body.rfind(b"\n"), body.rfind(b"\r"), 0)]
