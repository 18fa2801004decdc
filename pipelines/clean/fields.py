"""Guard the fields against injected spam: a description, a title, keywords that speak of a trade the story does not know.

Owns which fields are guarded, and the second evidence that each takes beside the words: its form, a clean twin of the field
on the same page, or other spam found there. A field that only mentions a trade stays.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from archive.records import Removal
from pipelines.clean.evidence import Ground, Weight, ground_of, trades_in, weigh
from pipelines.clean.hosts import foreign_hosts, urls_in
from pipelines.clean.lexicon import trades_of_host
from pipelines.clean.restore import NOTHING_RESTORED, Restored
from pipelines.clean.spam import sentences
from pipelines.decode import without_controls
from pipelines.field_values import Fields
from pipelines.structured import Declared

RULES = 2
_LABELS = ("section",)
_LISTS = ("authors", "keywords")
_WHOLE = 0.85
_MOSTLY = 0.5
_WORD = re.compile(r"\w{3,}")


def guard_fields(
    fields: Fields, body: str, titles: Sequence[str], claims: Declared, page_url: str, *, is_hacked: bool,
    restored: Restored = NOTHING_RESTORED,
) -> tuple[Removal, ...]:  # fmt: skip
    """Empty or trim the fields that are spam, in place; `is_hacked`: other spam was found on the page."""
    return (*_guard_canonical(fields, page_url, restored), *_guard_texts(
        fields, body, titles, claims, page_url, restored, is_hacked=is_hacked
    ))  # fmt: skip


def _guard_canonical(fields: Fields, page_url: str, restored: Restored) -> Iterator[Removal]:
    """Flag a canonical URL that hands the page to a host of a seller's name. It stays: it is what the page claims."""
    value = fields.values.get("canonical_url")
    if not value or restored.has(value):
        return
    sellers = [
        trade for host in foreign_hosts([value], page_url) for trade, sure in trades_of_host(host).items() if sure == 1
    ]
    if sellers:
        yield replace(_removal(f"canonical+host-{sellers[0]}@{RULES}", value, (value,)), stage="flag")


def _guard_texts(
    fields: Fields, body: str, titles: Sequence[str], claims: Declared, page_url: str, restored: Restored, *, is_hacked: bool
) -> tuple[Removal, ...]:  # fmt: skip
    texts = [fields.values.get(name) for name in ("headline", "description", *_LABELS)]
    texts += [value for name in _LISTS for value in fields.lists.get(name, ())]
    if not any(text and trades_in(text) for text in texts):
        return ()
    guard = _Guard(fields, ground_of(page_url, body, ()), titles, claims, restored, is_hacked=is_hacked)
    guard.headline()
    guard.description()
    guard.labels()
    guard.lists()
    return tuple(guard.removals)


def scrub_fields(fields: Fields) -> None:
    """Drop control characters from the fields, in place: JSON-LD and entities in attributes can still hold some."""
    for name, value in fields.values.items():
        fields.values[name] = without_controls(value)
    for name, values in fields.lists.items():
        fields.lists[name] = tuple(map(without_controls, values))


class _Guard:
    """One page's fields and what was taken from them."""

    def __init__(
        self, fields: Fields, ground: Ground, titles: Sequence[str], claims: Declared, restored: Restored, *,
        is_hacked: bool,
    ) -> None:  # fmt: skip
        self._fields = fields
        self._ground = ground
        self._restored = restored
        self._titles = [title for title in dict.fromkeys(titles) if title]
        self._descriptions = [claim.value for claim in claims.of("description")]
        self._is_hacked = is_hacked
        self.removals: list[Removal] = []

    def headline(self) -> None:
        """Replace a headline of which the body knows nothing by another title, of which it knows more."""
        value = self._fields.values.get("headline")
        if not value or not weigh(value, (), self._ground).n_words:
            return
        known = self._known(value)
        others = [title for title in self._titles if not trades_in(title) and self._known(title) > max(known, 1)]
        if others and not self._restored.has(value):
            self._take("headline", value)
            best = max(others, key=lambda title: (self._known(title), -len(title)))
            self._fields.put("headline", best, "h1", 0.5)

    def description(self) -> None:
        """Cut what trails a description, or all of it."""
        value = self._fields.values.get("description")
        if not value or not weigh(value, (), self._with_titles()).n_words:
            return
        ground = self._with_titles()
        parts = sentences(value)
        cut = len(parts)
        while cut and self._is_heap(weigh(parts[cut - 1], (), ground)):
            cut -= 1
        kept, gone = "".join(parts[:cut]).strip(), "".join(parts[cut:]).strip()
        signal = self._fields.signals["description"]
        if self._restored.has(gone) or self._restored.has(value):
            return
        if cut < len(parts):
            self._take("description", gone)
            if len(kept) > 20:
                self._fields.put("description", kept, signal.origin, signal.confidence)
        elif self._is_heap(weigh(value, (), ground)) or self._is_hacked or self._has_clean_twin(value):
            self._take("description", value)
        if "description" not in self._fields.values:
            clean = next((text for text in self._descriptions if len(text) > 20 and not trades_in(text)), None)
            self._fields.put("description", clean, signal.origin, 0.5)

    def labels(self) -> None:
        """Empty a section that is nothing but a seller's words."""
        for name in _LABELS:
            value = self._fields.values.get(name)
            if value and self._is_label(value) and not self._restored.has(value):
                self._take(name, value)

    def lists(self) -> None:
        """Take out authors and keywords that are nothing but a seller's words."""
        for name in _LISTS:
            values = self._fields.lists.get(name, ())
            spam = [value for value in values if self._is_label(value)]
            if name == "keywords" and len(spam) < 2 and not self._is_hacked:
                continue  # one odd keyword may be the page's own
            if spam and not self._restored.has(", ".join(spam)):
                self._fields.lists[name] = tuple(value for value in values if value not in spam)
                self._tell(name, ", ".join(spam))

    def _is_label(self, value: str) -> bool:
        weight = weigh(value, (), self._with_titles())
        return weight.n_words >= 1 and weight.coverage > _WHOLE and (self._is_hacked or len(value.split()) > 1)

    def _is_heap(self, weight: Weight) -> bool:
        if weight.n_foreign and weight.n_terms:
            return weight.coverage > _MOSTLY
        return weight.n_words >= 1 and (weight.coverage > _WHOLE or (weight.n_words >= 2 and weight.coverage > 0.6))

    def _has_clean_twin(self, value: str) -> bool:
        """Say whether the page describes itself a second time, in words of its body and without the trade."""
        return any(
            not trades_in(other) and self._known(other) >= 3 > self._known(value) for other in self._descriptions
        )

    def _known(self, text: str) -> int:
        return len(self._ground.words & set(_WORD.findall(text.casefold())))

    def _with_titles(self) -> Ground:
        """Give what the page speaks of in its body and in its chosen headline."""
        headline = ground_of(self._ground.page_url, self._fields.values.get("headline", ""), ())
        return replace(self._ground, spoken=self._ground.spoken | headline.spoken)

    def _take(self, name: str, value: str) -> None:
        self._tell(name, value)
        del self._fields.values[name]
        del self._fields.signals[name]

    def _tell(self, name: str, value: str) -> None:
        trade = next(iter(trades_in(value)), "hosts")
        self.removals.append(_removal(f"{name}+lexicon-{trade}@{RULES}", value, urls_in(value)))


def _removal(rule: str, value: str, urls: tuple[str, ...]) -> Removal:
    return Removal(stage="field", reason="field-spam", rule=rule, position=0, text=value[:4000], urls=urls)
