"""What changed word lists can touch: readings that asked about something on which the two versions differ.

Pure. Owns the comparison of all lists together; what a change of one of them is, its own module says. It errs to one side: what is
said to be untouched comes out the same.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Self

from pipelines.calendars import months_touched
from pipelines.clean.lexicon import Lexicon
from pipelines.clean.lexicon_change import LexiconChange
from pipelines.clean.phrase_change import phrases_touched
from pipelines.clean.trace import SetsOfItems, is_known, unpacked
from pipelines.paywall import paywall_touched
from pipelines.word_lists import MONTHS, PAYWALL, PHRASES, SPAM, by_name

_TOUCHED: Mapping[str, Callable[[str, str], Iterable[Collection[str]]]] = {
    PHRASES: phrases_touched,
    PAYWALL: paywall_touched,
    MONTHS: months_touched,
}


class WordChange:
    """The difference between two versions of the word lists."""

    def __init__(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        self._lexicon = LexiconChange(Lexicon(before[SPAM]), Lexicon(after[SPAM]))
        self._items = SetsOfItems(
            items for name, touched in _TOUCHED.items() for items in touched(before[name], after[name])
        )

    @classmethod
    def between(cls, before: str, after: str) -> Self | None:
        """Compare lists as they are kept (word_lists.py); None where one of them has a form that is not known (any more)."""
        try:
            return cls(by_name(before), by_name(after))
        except (AttributeError, KeyError, TypeError, ValueError, re.error):
            return None

    def touches(self, trace: bytes) -> bool:
        """Say whether a reading with this trace could come out otherwise; without a trace it could."""
        return not is_known(trace) or any(
            self._items.any_in(page) or self._lexicon.touches(page) for page in unpacked(trace)
        )
