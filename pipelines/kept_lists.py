"""The word lists of today in an archive, and what changed ones can touch of its readings.

Owns when they are written down and when two readings' extractors differ by their word lists alone. What a change touches is
pipelines/word_change.py's to say, rows are archive/traces.py's. The comparison is imported where it is needed: a run with nothing
new compiles no list.
"""

import logging
from typing import TYPE_CHECKING

from archive.records import Extractor
from archive.store import Store
from archive.traces import find_trace, find_word_lists, keep_word_lists
from pipelines.extract import current_extractor, word_lists_of
from pipelines.word_lists import all_shipped

if TYPE_CHECKING:
    from pipelines.word_change import WordChange

log = logging.getLogger(__name__)


def note_word_lists(store: Store) -> None:
    """Write down the lists that this run reads by, once for each version; the caller holds the transaction."""
    version, _ = word_lists_of(current_extractor())
    if find_word_lists(store, version) is None:
        keep_word_lists(store, version, all_shipped())


class WordChanges:
    """What the changes from earlier word lists to today's can touch."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, WordChange | None] = {}
        """By the version before."""

    def leave_alone(self, extraction_id: int, made_by: Extractor, today: Extractor) -> bool:
        """Say whether a reading would come out the same today, its template apart: the same extractor, or all that is different
        is word lists that say the same about everything that the reading asked.
        """
        before, others = word_lists_of(made_by)
        after, others_today = word_lists_of(today)
        if others != others_today:
            return False
        if before == after:
            return True
        if before not in self._known:
            self._known[before] = self._change_from(before)
        change = self._known[before]
        assert self._store.db.conn is not None
        return change is not None and not change.touches(find_trace(self._store.db.conn, extraction_id))

    def _change_from(self, before: str) -> "WordChange | None":
        from pipelines.word_change import WordChange

        text = find_word_lists(self._store, before)
        change = None if text is None else WordChange.between(text, all_shipped())
        if change is None:
            log.warning(
                "word lists cannot be compared: all that was read by the earlier ones is read again version=%s", before
            )
        return change
