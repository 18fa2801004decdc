"""Scrapy in this process: its settings with what a run knows laid over them, and the process that runs one spider.

One run a process, because Twisted's reactor starts only once.
"""

from pathlib import Path

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

import crawler.tls  # noqa: F401 (before what brings the same modules in its own, slow way)
from archive.disk import FullDiskError, is_full_disk
from archive.errors import ArchiveError
from crawler.config import Config, address_policy, user_agent

LEAST_DELAY = 0.001
"""Seconds. Without any delay Scrapy 2.19 sends all that waits for a host at once, whatever the slot's concurrency: it
counts a transfer only when its coroutine begins to run."""


def run_settings(config: Config, folder: Path | None) -> Settings:
    """Lay what a run knows over crawler/settings.py."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    policy = address_policy(config)
    settings.setdict(
        {
            "PRESSKEEP_ARCHIVE": str(folder) if folder else "",
            "PRESSKEEP_ADDRESSES": policy,
            "PRESSKEEP_WORKERS": config.workers or 0,
            "PRESSKEEP_RECHECKS": config.recheck,
            "USER_AGENT": user_agent(config),
            "DOWNLOAD_DELAY": max(config.delay, LEAST_DELAY),
            "AUTOTHROTTLE_START_DELAY": config.delay,
            "CONCURRENT_REQUESTS": config.concurrency,
            "DOWNLOAD_TIMEOUT": config.timeout,
        },
        priority="cmdline",
    )
    return settings


def prepared(settings: Settings, spider: type[Spider]) -> tuple[AsyncCrawlerProcess, Crawler]:
    """Give a process for a spider, and its crawler; the process has yet to be told what to crawl."""
    settings.set("SPIDER_MODULES", [], priority="cmdline")  # or all spiders are imported to find the one that is here
    process = AsyncCrawlerProcess(settings)
    return process, process.create_crawler(spider)


def write_fault(fault: Exception) -> ArchiveError:
    """Say why a run could not go on writing."""
    if is_full_disk(fault):
        return FullDiskError("the archive's disk, or your share of it, is full; what was kept before is whole")
    return ArchiveError(f"the archive could not be written: {fault}")
