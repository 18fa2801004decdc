"""Where a source stands in a run: what is in flight, what has been asked, and which of its URLs bring nothing.

Owns when a kind of URL is spent. Pure; what is due is the archive's to say, and asking is the news spider's.
"""

from collections import Counter
from dataclasses import dataclass, field

from crawler.frontier import KEPT
from crawler.sources import Source
from crawler.traps import budget_key, page_key

NO_ARTICLE = frozenset(
    {"not_article", "no_text", "soft_404", "empty", "http_404", "http_410", "consent_wall", "not_html"}
)
BARREN = 100
"""Pages of one URL pattern that may bring no article, one after the other, before the rest of it is left alone."""
SAME_PAGE = 10
"""URLs that differ in the values of their queries alone and may bring one and the same article, before the rest is left alone."""


@dataclass(slots=True)
class Progress:
    """Where a source stands in this run."""

    source: Source
    id: int
    feeds: set[int] = field(default_factory=set)
    """Ids of the feeds that were asked in this run; each is asked once."""
    listing: set[int] = field(default_factory=set)
    """Of these, those that have not been committed yet."""
    links: set[int] = field(default_factory=set)
    """Ids of the links in flight."""
    aside: set[int] = field(default_factory=set)
    """Ids of links that need not be asked, until their outcomes are committed."""
    done: set[int] = field(default_factory=set)
    """Ids of links that may be due again before the run ends, and must wait for the next."""
    barren: Counter[str] = field(default_factory=Counter)
    """URL pattern -> pages in a row that brought no article."""
    same: Counter[str] = field(default_factory=Counter)
    """URL without the values of its query -> pages in a row that brought an article which was there already."""
    dirty: bool = True
    """There may be something due that has not been looked for."""
    linkless: bool = False
    """When it was last looked for, no link was due that was not given; nothing has been committed since."""
    paused: bool = False
    n_archives: int = 0
    """Older pages of lists that were asked."""

    def count(self, url: str, word: str) -> None:
        """Count a page that brought no article, or none of its own, against its URL's pattern; one that did gives it back."""
        if word == "duplicate":
            self.same[page_key(url)] += 1
        elif word == "new":
            self.same.pop(page_key(url), None)
        if word in KEPT:
            self.barren.pop(budget_key(url), None)
        elif word in NO_ARTICLE:
            self.barren[budget_key(url)] += 1

    @property
    def is_busy(self) -> bool:
        """Tell whether something of the source is on its way."""
        return bool(self.links or self.listing or self.aside)

    def end(self, link_id: int, *, again: bool) -> None:
        """Note that a link's outcome is committed, or its link given up; `again`: it may be due again before the run ends."""
        if again and link_id not in self.aside:
            self.done.add(link_id)
        self.links.discard(link_id)
        self.aside.discard(link_id)

    def is_spent(self, url: str) -> bool:
        """Tell whether enough URLs like this one brought nothing."""
        return self.barren[budget_key(url)] >= BARREN or self.same[page_key(url)] >= SAME_PAGE
