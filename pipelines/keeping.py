"""Commit what the stages found out of a page: verdict against the archive, then rows; the non-Scrapy half of the last stage.

Owns the order of writes of one page. Live crawls, one-off fetches and imports all end here; feeds are keeping_feeds.py's, what a
capture of the past does to an article's revisions is keeping_past.py's. The caller holds the transaction and has put the WARC
on disk.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from archive import erasure
from archive.articles import (
    Previous,
    add_article,
    add_extraction,
    add_revision,
    find_previous,
    find_previous_of,
    find_twin,
    is_own_key,
    mark_checked,
    mark_gone,
)
from archive.cascade import delete_rows
from archive.forget import is_forgotten
from archive.links import (
    Outcome,
    ensure_link,
    is_known_later,
    join_article,
    save_hop,
    save_outcome,
)
from archive.parts import is_part
from archive.records import Article, Capture, FoundIn
from archive.store import Store
from archive.timeline import missed, saw
from archive.times import iso
from archive.url_twins import article_key
from pipelines.items import Failure, FeedItem, NoArticle, PageItem
from pipelines.part_keeping import keep_parts
from pipelines.part_reading import PART
from pipelines.sample import other_host
from pipelines.tally import Tally
from pipelines.verdict import Kind, Verdict, decide

GONE = frozenset({"http_404", "http_410"})
ANSWERED_BADLY = frozenset({"bot_wall", "empty", "suspect_truncated", "unexpected_304"})
"""Answers that count as failed tries: asked again at growing intervals."""
SHORTER = 0.9
"""A page without its end is a part of the one before where it has less than this share of its bytes."""
NEVER_SENT = frozenset({"paused", "robots_unreachable"})
"""Outcomes of links that were not asked themselves: no try of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When things are due again; the crawler decides (crawler/frontier.py), a one-off fetch leaves that as it is."""

    keeps_schedule: bool = True
    link_due_at: Callable[[PageItem, str, int, datetime], datetime | None] = lambda *_: None
    feed_due_at: Callable[[FeedItem, bool, datetime], datetime | None] = lambda *_: None


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Writes pages and feeds of one run, and counts them per source (None: fetched by hand)."""

    store: Store
    run_id: int | None
    rhythm: Rhythm
    tallies: dict[int | None, Tally] = field(default_factory=dict)

    def tally(self, source_id: int | None) -> Tally:
        """Give the counts of a source, begun where it has none."""
        return self.tallies.setdefault(source_id, Tally())

    def keep_capture(self, capture: Capture, source_id: int | None) -> int:
        """Insert the row of a capture; redirects and robots.txt have no other."""
        self.tally(source_id).n_captures += 1
        return self.store.save_capture(capture, run_id=self.run_id)

    def keep_robots(
        self, url: str, word: str, capture: Capture | None, source_id: int | None, asked_at: datetime
    ) -> None:
        """Write what came of a robots.txt."""
        link_id = ensure_link(self.store, url, source_id=source_id, found_in=FoundIn.ROBOTS, now=asked_at)
        capture_id = self.keep_capture(capture, source_id) if capture else None
        status = capture.http_status if capture else None
        outcome = Outcome(word=word, at=asked_at, http_status=status, capture_id=capture_id, run_id=self.run_id)
        save_outcome(self.store, link_id, outcome)

    def keep_page(self, item: PageItem, now: datetime) -> tuple[str, int | None]:
        """Write a page's outcome and give its word and its article's id."""
        link = item.link
        tally = self.tally(link.source_id)
        link_id = link.id or ensure_link(
            self.store, link.url, source_id=link.source_id, found_in=link.found_in, now=now, hints=link.hints
        )
        capture_id = self.keep_capture(item.capture, link.source_id) if item.capture else None
        word, article_id = self._judge(item, capture_id, now)
        if word == "forgotten":
            capture_id = None
        n_tries = _tries(item, word)
        outcome = Outcome(
            word=word,
            at=item.asked_at,
            http_status=_status(item),
            detail=_detail(item),
            final_url=item.final_url,
            etag=item.etag,
            last_modified=item.last_modified,
            article_id=article_id,
            capture_id=capture_id,
            run_id=self.run_id,
            n_tries=n_tries,
            n_unchanged=link.n_unchanged + 1 if word in {"unchanged", "not_modified"} else 0,
            next_due_at=self.rhythm.link_due_at(item, word, n_tries, now),
            keeps_schedule=self.rhythm.keeps_schedule and link.id is not None,
        )
        if item.is_past and is_known_later(self.store, link_id, item.asked_at):
            join_article(self.store, link_id, article_id)
        else:
            save_outcome(self.store, link_id, outcome)
        self.pause(link.source_id, item.final_url or link.url, item.failure)
        for hop in {*item.hops, item.final_url or link.url} - {link.url}:
            save_hop(self.store, hop, outcome, source_id=link.source_id, found_at_url=link.url)
        keep_parts(self.store, item, outcome, self.keep_capture, now)
        if isinstance(item.extraction, Article):
            tally.sample.see_article(item.extraction)
        tally.sample.see_hop(link.url, item.final_url)
        tally.reasons[word] += 1
        tally.n_failed += item.failure is not None
        tally.n_rejected += isinstance(item.extraction, NoArticle)
        return word, article_id

    def _judge(self, item: PageItem, capture_id: int | None, now: datetime) -> tuple[str, int | None]:
        known = item.link.article_id
        is_own = known is not None and is_own_key(self.store, known, item.link.url_key)
        if item.failure is not None:
            if known is not None and is_own and item.failure.reason in GONE:
                (missed if item.is_past else mark_gone)(self.store, known, item.asked_at)
            return item.failure.reason, known
        if item.not_modified and item.is_past:
            if known is not None:
                saw(self.store, known, item.asked_at)
            return "not_modified" if known is not None else "unexpected_304", known
        if item.not_modified:
            if known is not None and (item.link.etag or item.link.last_modified):
                mark_checked(self.store, known, item.asked_at)
                return "not_modified", known
            return "unexpected_304", known
        assert item.extraction is not None
        if isinstance(item.extraction, Article) and self._is_forgotten(item.extraction):
            item.extraction = NoArticle(reason="forgotten", detail="the page of another URL was taken down")
            if item.capture is not None and capture_id is not None:
                erasure.order(self.store, [(item.capture.warc_file, item.capture.warc_offset)])
                delete_rows(self.store, "captures", [capture_id])
            return "forgotten", None
        if known is not None and is_own and _went_home(item):
            mark_gone(self.store, known, item.asked_at)
            return "gone_home", known
        if item.ends_early and self._is_cut(item, known):
            return "suspect_truncated", known
        if isinstance(item.extraction, NoArticle):
            return item.extraction.reason, known
        return self._keep_read(item, item.extraction, capture_id, now, is_own=is_own)

    def _holds(self, article_id: int, part: Article) -> bool:
        """Tell whether an article's current text has all lines of a page."""
        row = self.store.one("SELECT body FROM current_articles WHERE id = ?", (article_id,))
        return row is not None and set(part.body.splitlines()) <= set(row["body"].splitlines())

    def _keep_read(
        self, item: PageItem, article: Article, capture_id: int | None, now: datetime, *, is_own: bool
    ) -> tuple[str, int | None]:
        known = item.link.article_id
        if known is not None and not is_own and is_part(self.store, item.link.url, known):
            # it came by itself: it is no edit of the whole, but an article of its own where it says what that does not
            if self._holds(known, article):
                return PART, known
            item.link = replace(item.link, article_id=None)
        if item.is_past:
            from pipelines.keeping_past import keep_past

            return keep_past(self, item, article, capture_id, now)
        return self._keep_article(item, article, capture_id, now)

    def _is_forgotten(self, article: Article) -> bool:
        return is_forgotten(self.store, article_key(article.url, article.canonical_url))

    def _is_cut(self, item: PageItem, known: int | None) -> bool:
        """Tell whether a page without its end is a part of one.

        It is while the kept one is longer; where none is kept and only the connection's end ended it, until it has come
        twice. What was asked by hand and is not kept yet is taken as it is.
        """
        if known is not None:
            row = self.store.one(
                "SELECT c.payload_length FROM articles a JOIN revisions r ON r.id = a.revision_id"
                " JOIN captures c ON c.id = r.capture_id WHERE a.id = ?",
                (known,),
            )
        elif item.link.found_in is FoundIn.HAND or not item.unframed:
            return False
        else:
            row = self.store.one(
                "SELECT c.payload_length FROM links l JOIN captures c ON c.id = l.capture_id"
                " WHERE l.id = ? AND l.outcome = 'suspect_truncated'",
                (item.link.id,),
            )
        before = row["payload_length"] if row is not None else None
        now = item.capture.payload_length if item.capture is not None else 0
        return known is None if before is None else now < SHORTER * before

    def _keep_article(
        self, item: PageItem, article: Article, capture_id: int | None, now: datetime
    ) -> tuple[str, int | None]:
        previous = find_previous(self.store, article_key(article.url, article.canonical_url))
        is_double = previous is None and item.link.article_id is not None
        if previous is None and item.link.article_id is not None:
            # a second URL of a kept article: an edit seen here first is an edit of that article, and no new one
            previous = find_previous_of(self.store, item.link.article_id)
        if previous is not None and item.reread_failed:
            mark_checked(self.store, previous.article_id, item.asked_at)
            return Kind.UNCHANGED.value, previous.article_id
        if previous is None:
            return self.keep_first(item, article, capture_id, now)
        verdict = decide(
            article, previous=previous, previous_now=item.previous, twin=None, source_id=item.link.source_id
        )
        self._keep_next(item, article, previous, verdict, capture_id, now)
        word = Kind.DUPLICATE.value if is_double and verdict.kind is Kind.UNCHANGED else verdict.word
        return word, previous.article_id

    def keep_first(
        self, item: PageItem, article: Article, capture_id: int | None, now: datetime
    ) -> tuple[str, int | None]:
        """Write a page whose article the archive has not: a new one, or one that another URL of its source has brought."""
        source_id = item.link.source_id
        twin = find_twin(self.store, article.body, source_id)
        verdict = decide(article, previous=None, previous_now=None, twin=twin, source_id=source_id)
        if verdict.kind is Kind.DUPLICATE:
            return verdict.word, verdict.duplicate_of
        article_id = add_article(
            self.store,
            article,
            url_key=article_key(article.url, article.canonical_url),
            source_id=source_id,
            capture_id=capture_id,
            signature=item.signature,
            duplicate_of=verdict.duplicate_of,
            captured_at=item.asked_at,
            now=now,
        )
        return verdict.word, article_id

    def _keep_next(
        self,
        item: PageItem,
        article: Article,
        previous: Previous,
        verdict: Verdict,
        capture_id: int | None,
        now: datetime,
    ) -> None:
        """Write what a verdict on a known article asks for: another reading, the next revision, or neither."""
        mark_checked(self.store, previous.article_id, item.asked_at)
        self.keep_reading(item, article, previous, verdict, capture_id, now)
        if verdict.kind is Kind.REVISED:
            add_revision(
                self.store,
                previous.article_id,
                article,
                number=previous.number + 1,
                capture_id=capture_id,
                signature=item.signature,
                captured_at=item.asked_at,
                now=now,
            )

    def keep_reading(
        self,
        item: PageItem,
        article: Article,
        previous: Previous,
        verdict: Verdict,
        capture_id: int | None,
        now: datetime,
    ) -> None:
        """Write another reading of a kept revision, where the verdict asks for one."""
        if verdict.reread:
            is_revised = verdict.kind is Kind.REVISED and item.previous is not None
            add_extraction(
                self.store,
                previous.article_id,
                previous.revision_id,
                item.previous if is_revised and item.previous is not None else article,
                capture_id=previous.capture_id if is_revised else capture_id,
                signature=item.signature,
                now=now,
            )

    def pause(self, source_id: int | None, url: str, failure: Failure | None) -> None:
        """Remember for later runs, too, until when the source's own host wants to be left alone."""
        if source_id is None or failure is None or failure.retry_at is None:
            return
        row = self.store.one("SELECT url, paused_until FROM sources WHERE id = ?", (source_id,))
        if row is None or other_host(row["url"], url):
            return
        until = iso(failure.retry_at)
        if until > (row["paused_until"] or ""):
            self.store.update("sources", source_id, {"paused_until": until})


def _status(item: PageItem) -> int | None:
    if item.failure is not None:
        return item.failure.http_status
    if item.not_modified:
        return 304
    return item.capture.http_status if item.capture else None


def _detail(item: PageItem) -> str | None:
    if item.failure is not None:
        return item.failure.detail
    if isinstance(item.extraction, NoArticle):
        return item.extraction.detail
    return "the page has no end: it may have been cut off" if item.ends_early else None


def _tries(item: PageItem, word: str) -> int:
    """Count the failed tries in a row, this one included."""
    if word in NEVER_SENT:
        return item.link.n_tries
    return item.link.n_tries + 1 if item.failure is not None or word in ANSWERED_BADLY else 0


def _went_home(item: PageItem) -> bool:
    """Tell whether a page's URL now leads to the home page: a publisher's quiet way to take an article away."""
    if not item.final_url or item.final_url == item.link.url:
        return False
    return not urlsplit(item.final_url).path.strip("/") and bool(urlsplit(item.link.url).path.strip("/"))
