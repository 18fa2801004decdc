"""Look at pages politely in this process, and keep nothing."""

from collections.abc import Sequence

from crawler.config import Config
from crawler.process import prepared, run_settings
from crawler.spiders.look import Follow, LookSpider
from crawler.stopping import OrderlyStop

PATIENCE = 10.0
"""Seconds for one answer: whoever looks wants to know within seconds."""


def look(urls: Sequence[str], *, config: Config, follow: Follow) -> None:
    """Ask for `urls` politely and for what `follow` makes of each answer; nothing is kept."""
    settings = run_settings(config, None)
    # what does not answer now is an answer, too
    settings.setdict({"DOWNLOAD_TIMEOUT": min(config.timeout, PATIENCE), "RETRY_TIMES": 0}, priority="cmdline")
    process, crawler = prepared(settings, LookSpider)
    process.crawl(crawler, urls=urls, follow=follow)
    OrderlyStop(process, crawler).run()
