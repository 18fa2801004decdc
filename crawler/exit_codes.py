"""How a crawl ended, as a number (docs/cli.md): from what really happened, since Scrapy ends with 0 even when every request failed.

Pure.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.summary import SourceSummary

OK, FAILED, PARTIAL, NOTHING, INTERRUPTED = 0, 1, 3, 4, 130


def exit_code(sources: "Sequence[SourceSummary]", finish_reason: str) -> int:
    """Give the exit code of a crawl from what really happened (docs/cli.md)."""
    if finish_reason in {"start_error", "disk_full"}:
        return FAILED
    if finish_reason == "shutdown":
        return INTERRUPTED
    statuses = [source.status for source in sources]
    if statuses and all(status == "failed" for status in statuses):
        return NOTHING
    return PARTIAL if any(source.status != "ok" or source.health for source in sources) else OK
