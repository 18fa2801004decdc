"""Leave a host alone that answers 429 or 503: for as long as it says, at least for the rest of the run.

Stands last before the downloader (order 870), so that nothing slips in behind its check. Owns Retry-After (seconds or
a date, clamped to a day; RFC 9110, 10.2.3). Requests to the host that still wait are not sent: each becomes an outcome
"paused" and is due again later.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.outcomes import Refused
from pipelines.stages import session_of

PAUSING = frozenset({429, 503})
DEFAULT_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)


class HostPause:
    """Downloader middleware: remembers which hosts asked for a pause."""

    def __init__(self, crawler: Crawler) -> None:
        """Take the time from the session's clock."""
        self._crawler = crawler
        self._session = session_of(crawler)
        self._until: dict[str, datetime] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Hear of each answer before the next request to its host is sent."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.downloaded, signal=signals.response_downloaded)
        return middleware

    def process_request(self, request: Request) -> None:
        """Raise Refused for a request to a host that is left alone."""
        host = urlsplit(request.url).netloc
        if (until := self._until.get(host)) is not None:
            raise Refused("paused", f"{host} asked for a pause", retry_at=until)

    def downloaded(self, response: Response, request: Request) -> None:
        """Note the pause, in the request too (its answer becomes an outcome), and turn back what waits for its turn."""
        if _asks_for_pause(request, response):
            now = self._session.clock()
            wait = retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"), now)
            until = now + (DEFAULT_PAUSE if wait is None else wait)
            self._until[urlsplit(request.url).netloc] = request.meta["retry_at"] = until
            self._turn_back(request.meta.get("download_slot"), until)

    def _turn_back(self, slot_key: str | None, until: datetime) -> None:
        """Take back the host's requests that have passed this middleware and wait for their turn in the downloader."""
        assert self._crawler.engine is not None
        slot = self._crawler.engine.downloader.slots.get(slot_key or "")
        while slot is not None and slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(Refused("paused", f"{slot_key} asked for a pause", retry_at=until))


def _asks_for_pause(request: Request, response: Response) -> bool:
    return response.status in PAUSING and request.meta.get("purpose") != "robots"


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header; None where it is missing or cannot be read."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=int(value[:9])), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(moment - now, LONGEST_PAUSE))
