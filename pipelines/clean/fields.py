"""Guard the fields against injected spam: a description or a title that speaks of a trade the story knows nothing of.

Owns which fields are guarded. Two kinds of evidence: the lexicon's words, and a story that never speaks of them.
"""

from collections.abc import Sequence

from archive.records import Removal
from pipelines.clean.evidence import spoken_of, trades_in, urls_in
from pipelines.metadata import Fields

_TEXTS = ("headline", "description", "section")
_LISTS = ("authors", "keywords")


def guard_fields(fields: Fields, body: str, headlines: Sequence[str]) -> tuple[Removal, ...]:
    """Empty the fields that are spam, in place; a headline falls back to the first other one that the page has."""
    spoken: frozenset[str] | None = None
    removals: list[Removal] = []
    suspects = [(name, value) for name in _TEXTS if (value := fields.values.get(name)) and trades_in(value)]
    suspects += [(name, value) for name in _LISTS for value in fields.lists.get(name, ()) if trades_in(value)]
    for name, value in suspects:
        spoken = spoken_of(body) if spoken is None else spoken
        trades = [trade for trade in trades_in(value) if trade not in spoken]
        if not trades:
            continue
        removals.append(
            Removal(
                stage="dom",
                reason="field-spam",
                rule=f"{name}+lexicon-{trades[0]}@1",
                position=0,
                text=value[:4000],
                urls=urls_in(value),
            )
        )
        if name in _LISTS:
            fields.lists[name] = tuple(each for each in fields.lists[name] if each != value)
        else:
            del fields.values[name]
            del fields.signals[name]
    if "headline" not in fields.values:
        clean = next((text for text in headlines if text and not trades_in(text)), None)
        fields.put("headline", clean, "h1", 0.5)
    return tuple(removals)
