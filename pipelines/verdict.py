"""The verdict on a page: new, revised, unchanged, a duplicate, or rejected with a reason word.

Pure: values in, a value out. Owns what counts as a publisher's edit. Refuses to look anything up or to write.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from archive.articles import Previous, Twin, body_sha256
from archive.records import Article, Extractor
from pipelines.items import NoArticle


class Kind(StrEnum):
    """What becomes of a page."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A verdict; `reason` is the outcome word of a rejection."""

    kind: Kind
    reason: str | None = None
    duplicate_of: int | None = None
    """NEW: the earlier article of another source with the same body. DUPLICATE: the article that holds this one."""
    reread: bool = False
    """The kept revision was read by another extractor: our reading of it now is a new extraction, not an edit."""

    @property
    def word(self) -> str:
        """The outcome word: the counter's and the column's."""
        return self.reason or self.kind.value


def decide(
    extraction: Article | NoArticle,
    *,
    previous: Previous | None,
    previous_now: Article | None,
    twin: Twin | None,
    source_id: int | None,
) -> Verdict:
    """Judge a page against the archive.

    `previous` is the latest revision under the same url_key, `previous_now` its page as the current extractor reads it
    (only where another extractor made the kept reading, and its capture is still there), `twin` an article with the same
    body under another url_key. A revision is claimed only between two readings by the same extractor and rules.
    """
    if isinstance(extraction, NoArticle):
        return Verdict(kind=Kind.REJECTED, reason=extraction.reason)
    if previous is None:
        return _first_seen(extraction, twin, source_id)
    if same_reading(previous.extractor, extraction.extractor):
        same = body_sha256(extraction.body) == previous.body_sha256 and (
            extraction.headline == previous.headline or _is_hint(extraction)
        )
        return Verdict(kind=Kind.UNCHANGED if same else Kind.REVISED)
    if previous_now is None:
        return Verdict(kind=Kind.UNCHANGED, reread=True)
    by_template = replace(previous.extractor, template=extraction.extractor.template) == extraction.extractor
    same = extraction.body == previous_now.body and (
        extraction.headline == previous_now.headline or _is_hint(extraction)
    )
    # another template that cuts nothing else is no other reading
    reread = not by_template or body_sha256(previous_now.body) != previous.body_sha256
    return Verdict(kind=Kind.UNCHANGED if same else Kind.REVISED, reread=reread)


def _is_hint(article: Article) -> bool:
    """Tell a headline that only the feed states: a feed that rewords its title is no edit of the page."""
    signal = article.signals.get("headline")
    return signal is not None and signal.origin == "feed"


def same_reading(kept: Extractor, current: Extractor) -> bool:
    """Tell whether two readings can be compared: an upgrade or a lexicon change must never look like an edit."""
    return kept == current


def _first_seen(article: Article, twin: Twin | None, source_id: int | None) -> Verdict:
    if twin is None:
        return Verdict(kind=Kind.NEW)
    if source_id is not None and twin.source_id == source_id and twin.headline == article.headline:
        # the same publisher serves one text under two URLs: a session id, a second section
        return Verdict(kind=Kind.DUPLICATE, duplicate_of=twin.article_id)
    return Verdict(kind=Kind.NEW, duplicate_of=twin.article_id)
