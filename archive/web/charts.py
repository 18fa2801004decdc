"""The geometry of the charts on our pages: the bars of a timeline and of a sparkline.

Pure. Owns no colour: that is the style sheet's. A chart is SVG in the page, stretched to its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from archive.facets import Span
from archive.filters import Filters
from archive.web.asked import Asked

WIDTH, HEIGHT = 1000, 100
_LEAST = 3
"""Height of a bar that is not empty: a single article must be seen beside a thousand."""
_N_LABELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar that leads to the articles of its time; `slot` and `width` are its place, `top` and `height` the bar's."""

    slot: float
    width: float
    top: float
    height: float
    span: Span
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Bars, the labels below them, what the highest stands for, and the ways back to a longer time."""

    bars: tuple[Bar, ...]
    labels: tuple[str, ...]
    most: int
    unit: str
    wider: tuple[tuple[str, str], ...]
    """(name, URL) of the longer spans around the one that is shown, the longest first."""


def timeline(spans: Sequence[Span], asked: Asked, filters: Filters) -> Timeline | None:
    """Lay out a timeline; None where there is nothing to compare."""
    if not spans:
        return None
    most = max(span.articles for span in spans)
    step = WIDTH / len(spans)
    bars = [
        Bar(
            slot=round(n * step, 2),
            width=round(step, 2),
            top=round(HEIGHT - _height(span.articles, most), 2),
            height=round(_height(span.articles, most), 2),
            span=span,
            url=asked.url(since=span.first.isoformat(), until=span.last.isoformat(), undated=False),
        )
        for n, span in enumerate(spans)
    ]
    unit = {4: "year", 7: "month", 10: "day"}[len(spans[0].label)]
    return Timeline(bars=tuple(bars), labels=_labels(spans), most=most, unit=unit, wider=tuple(_wider(asked, filters)))


def _height(n: int, most: int) -> float:
    return max(HEIGHT * n / most, _LEAST) if n else 0.0


def _labels(spans: Sequence[Span]) -> tuple[str, ...]:
    if len(spans) <= _N_LABELS:
        return tuple(span.label for span in spans)
    places = [round(n * (len(spans) - 1) / (_N_LABELS - 1)) for n in range(_N_LABELS)]
    return tuple(spans[at].label for at in places)


def _wider(asked: Asked, filters: Filters) -> list[tuple[str, str]]:
    if not filters.dated:
        return []
    ways = [("All dates", asked.url(since="", until=""))]
    first, last = filters.since, filters.until
    if isinstance(first, date) and isinstance(last, date) and not isinstance(first, datetime):
        year, month = first.isoformat()[:4], first.isoformat()[:7]
        if last.isoformat()[:4] == year and (last - first).days < 364:
            ways.append((year, asked.url(since=f"{year}-01-01", until=f"{year}-12-31")))
        if first == last:
            ways.append((month, asked.url(since=month, until=month)))
    return ways


def sparkline(counts: Sequence[int]) -> tuple[tuple[float, float, float, float], ...]:
    """Lay out bars as (x, y, width, height) in a box of 100 by 20."""
    most = max(counts, default=0)
    if not most:
        return ()
    step = 100 / len(counts)
    heights = [max(20 * value / most, 1.2) if value else 0.0 for value in counts]
    return tuple(
        (round(n * step, 2), round(20 - height, 2), round(step * 0.8, 2), round(height, 2))
        for n, height in enumerate(heights)
        if height
    )
