"""The spam lexicon of today in an archive, and what a changed one can touch of its readings.

Owns when it is written down and when two readings' extractors differ by their lexicons alone. What a change touches is
pipelines/clean/lexicon_change.py's to say, rows are archive/traces.py's. The lexicon itself is imported where it is needed: a run
with nothing new does not compile it.
"""

from typing import TYPE_CHECKING

from archive.records import Extractor
from archive.store import Store
from archive.traces import find_lexicon, find_trace, keep_lexicon
from pipelines.extract import current_extractor, lexicon_of

if TYPE_CHECKING:
    from pipelines.clean.lexicon_change import LexiconChange


def note_lexicon(store: Store) -> None:
    """Write down the lexicon that this run reads by, once for each; the caller holds the transaction."""
    version, _ = lexicon_of(current_extractor())
    if find_lexicon(store, version) is None:
        from pipelines.clean.lexicon import lexicon_text

        keep_lexicon(store, version, lexicon_text())


class LexiconChanges:
    """What the changes from earlier lexicons to today's can touch."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, LexiconChange | None] = {}
        """By the version before."""

    def leave_alone(self, extraction_id: int, made_by: Extractor, today: Extractor) -> bool:
        """Say whether a reading would come out the same today, its template apart: the same extractor, or all that is different
        is a lexicon that says the same about everything that the reading asked.
        """
        before, others = lexicon_of(made_by)
        after, others_today = lexicon_of(today)
        if others != others_today:
            return False
        if before == after:
            return True
        if before not in self._known:
            self._known[before] = self._change_from(before)
        change = self._known[before]
        assert self._store.db.conn is not None
        return change is not None and not change.touches(find_trace(self._store.db.conn, extraction_id))

    def _change_from(self, before: str) -> "LexiconChange | None":
        from pipelines.clean.lexicon import lexicon_text
        from pipelines.clean.lexicon_change import change_between

        text = find_lexicon(self._store, before)
        return change_between(text, lexicon_text()) if text is not None else None
