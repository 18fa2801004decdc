"""End a crawl in good order on SIGTERM and Ctrl-C: what is done is kept, what is in flight is due in the next run.

Owns the signals of a run. Scrapy waits for every download under way, which a dripping host can draw out for minutes;
this waits a few seconds, and after a second signal not at all.
"""

import logging
import signal
from types import FrameType
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.utils.defer import deferred_from_coro

from pipelines.stages import KeepStage, session_of

logger = logging.getLogger(__name__)

GRACE = 4.0
"""Seconds for the answers under way, after the first signal."""


def the_reactor() -> Any:
    """Give Twisted's reactor; importing it installs one, so not before the process has chosen its own."""
    from twisted.internet import reactor

    return reactor


class OrderlyStop:
    """Runs a crawler process under our own signal handlers; a process runs one crawl."""

    def __init__(self, process: AsyncCrawlerProcess, crawler: Crawler) -> None:
        """Stop `crawler` when the process is told to."""
        self._process = process
        self._crawler = crawler
        self._n_signals = 0
        self._ended = False

    def run(self) -> None:
        """Run the process until the crawl ends."""
        reactor = the_reactor()

        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        reactor.callWhenRunning(self._listen)
        try:
            self._process.start(install_signal_handlers=False)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @property
    def stopped(self) -> bool:
        """Whether a signal ended the run."""
        return self._n_signals > 0

    def _listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)

    def _signalled(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (a signal handler's signature)
        reactor = the_reactor()

        self._n_signals += 1
        reactor.callFromThread(self._stop if self._n_signals == 1 else self._stop_now)

    def _stop(self) -> None:
        reactor = the_reactor()

        logger.warning("stopping: what is done is kept (a second signal does not wait for the answers under way)")
        session_of(self._crawler).hurry()
        deferred_from_coro(self._crawler.stop_async())
        reactor.callLater(GRACE, self._stop_now)

    def _stop_now(self) -> None:
        if not self._ended:
            self._ended = True
            deferred_from_coro(self._end())

    async def _end(self) -> None:
        reactor = the_reactor()

        stage = self._crawler.get_item_pipeline(KeepStage)
        try:
            if stage is not None and session_of(self._crawler).total is None:
                await stage.flush()
                stage.close("shutdown")
        finally:
            reactor.stop()
