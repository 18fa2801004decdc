"""What a run's stages share: the extraction workers, the clock, and how it ends.

Owns the way without an archive: a one-off fetch extracts and keeps nothing. archive_session.py's session keeps; nothing that only
keeping needs is imported here, for whoever fetches one page waits for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archive.records import Article, Capture, Link
from pipelines.items import FeedItem, Page, PageItem
from pipelines.tally import Tally
from pipelines.workers import Workers

if TYPE_CHECKING:
    from archive.warc import Exchange
    from archive.warc_read import KeptResponse
    from pipelines.clean.template import Template

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Give the present moment: the clock of every run but the tests'."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A committed page: what its outcome was."""

    item: PageItem
    word: str
    article_id: int | None


@dataclass(slots=True, kw_only=True)
class Session:
    """A run's shared state, where nothing is kept."""

    workers: Workers = field(default_factory=Workers)
    clock: Clock = wall_clock
    run_id: int | None = None
    """The row of the run; None where there is no archive."""
    forgotten: frozenset[str] = frozenset()
    """The url_keys that must not be asked for."""
    short: str | None = None
    """What is said of the room on the disk, once there is too little."""
    total: Tally | None = None
    """The counts of the finished run."""
    fault: Exception | None = None
    """Why the archive could not be written any more."""
    is_over: bool = False
    """The run's rows are closed, or being closed: what a stop that did not wait leaves behind is due in the next run."""

    def fail(self, error: Exception) -> None:
        """Remember why the archive cannot be written, the first reason; after the run's end there is none."""
        if not self.is_over:
            self.fault = self.fault or error

    def hurry(self) -> None:
        """Hear that the run is to end within seconds."""

    async def known_link(self, url: str) -> Link | None:
        """Give the link that is kept under a URL."""
        return None

    def note_request(self, source_id: int | None) -> None:
        """Count a request for a source."""

    def let_go(self, capture: Capture, source_id: int | None) -> None:
        """Keep, with the next batch, a capture that no item carries: of a redirect, of an answer that was asked for again."""

    async def record(self, exchange: "Exchange", *, purpose: str, content_type: str | None, status: int,
                     robots: str | None) -> Capture | None:  # fmt: skip
        """Write an exchange down; None where nothing is kept."""
        return None

    async def record_rendered(self, url: str, html: bytes, shell: Capture) -> Capture:
        """Write a rendered page down; `shell` is the capture of the response that it was made of."""
        return shell

    async def kept_robots(self, url: str, most: int) -> "KeptResponse | None":
        """Give a robots.txt that one of the last runs was answered with, at most so many bytes; None where it must be asked for."""
        return None

    def note_robots(self, url: str, meta: dict[str, Any], word: str, source_id: int | None) -> None:
        """Remember what came of a robots.txt until the next batch; `meta` is its request's, as the tap left it."""
        meta.pop("capture", None)

    def with_restored(self, page: Page, source_id: int | None) -> Page:
        """Give a page with the texts that cleaning must leave in."""
        return page

    async def template_of(self, source_id: int | None) -> "Template | None":
        """Give the template of a source, as the run found it."""
        return None

    async def reread(self, item: PageItem, article: Article, template: "Template | None") -> None:
        """Make the kept article of an item comparable with what was read now, where other rules read it."""

    async def commit(self, items: Sequence[PageItem | FeedItem]) -> list[Kept]:
        """Keep a batch; raises ArchiveWriteError where that cannot be done."""
        return []

    async def learn_templates(self) -> None:
        """Learn the templates of the sources that brought enough new texts."""

    def finish(self, *, reason: str, n_requests: int, n_bytes: int) -> Tally:
        """Stop the workers, and give the run's counts."""
        self.is_over = True
        self.workers.close()
        return Tally()

    def close(self) -> None:
        """Let go of what the session holds open."""
