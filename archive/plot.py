"""Plots of counts: a light, accessible, printable SVG of our own, and Vega-Lite for those who go on from it.

Owns both forms. Refuses scripts, fonts and anything fetched; what the archive holds is escaped.
"""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from archive.errors import UsageError
from archive.stats import By, Count, Counts
from archive.text import one_line, shorten

_SUFFIXES = (".svg", ".vl.json")
_WIDTH = 760
_HEIGHT = 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 56, 48
_NAMES = 200
"""Room for the names of sources and authors."""
_MAX_BARS = 40
_INK, _BAR, _GRID = "#222", "#1f5a8a", "#d0d0d0"
_THINGS = {By.SOURCE: "Source", By.LANG: "Language", By.AUTHOR: "Author"}


def check_name(path: Path) -> None:
    """Refuse a file name that says no form. Raises UsageError."""
    if not path.name.lower().endswith(_SUFFIXES):
        raise UsageError(f"cannot tell how to plot to {path}: give FILE.svg or FILE.vl.json")


def write_plot(counts: Counts, path: Path, *, query: str) -> None:
    """Write a plot in the form that the file's name says. Raises UsageError."""
    check_name(path)
    text = svg(counts, query=query) if path.name.lower().endswith(".svg") else vega_lite(counts, query=query)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def title_of(counts: Counts, query: str) -> str:
    """Say what a plot shows."""
    what = f"{'share of all articles' if counts.shared else 'articles'} by {_by(counts)}"
    return f"{one_line(query)}: {what}" if query.strip() else what.capitalize()


def _by(counts: Counts) -> str:
    return "language" if counts.by is By.LANG else counts.by.value


def _footnote(counts: Counts, n_shown: int) -> str:
    said = [f"{counts.n_articles:,} of {counts.n_total:,} articles"]
    if counts.n_undated:
        said.append(f"{counts.n_undated:,} undated, not shown")
    if counts.has_gaps:
        said.append(f"{counts.by.value}s without an article are left out")
    if n_shown < len(counts.known):
        said.append(f"the {n_shown} largest of {len(counts.known):,}")
    return "; ".join(said)


def vega_lite(counts: Counts, *, query: str) -> str:
    """Give a Vega-Lite 5 specification with its data inside."""
    key, value = counts.by.value, "share" if counts.shared else "articles"
    rows: list[dict[str, Any]] = [{key: one_line(row.group or ""), "articles": row.articles} for row in counts.known]
    if counts.shared:
        for row, made in zip(counts.known, rows, strict=True):
            made.update(total=row.total, share=row.share)
    amount: dict[str, Any] = {"field": value, "type": "quantitative", "title": _amount(counts)}
    if counts.shared:
        amount["axis"] = {"format": "%"}
    group = {"field": key, "type": "ordinal" if counts.by.timed else "nominal", "title": _axis(counts)}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": title_of(counts, query), "subtitle": _footnote(counts, len(counts.known))},
        "description": f"{title_of(counts, query)}. {_footnote(counts, len(counts.known))}.",
        "width": 640,
        "data": {"values": rows},
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {"x": {**group, "sort": None}, "y": amount}
        if counts.by.timed
        else {"y": {**group, "sort": "-x"}, "x": amount},
    }
    return json.dumps(spec, ensure_ascii=False, indent=2) + "\n"


def _amount(counts: Counts) -> str:
    return "Share of articles" if counts.shared else "Articles"


def _axis(counts: Counts) -> str:
    return _THINGS.get(counts.by, counts.by.value.capitalize())


def svg(counts: Counts, *, query: str) -> str:
    """Give an SVG: upright bars for time, lying ones for names."""
    rows = counts.known if counts.by.timed else counts.known[:_MAX_BARS]
    height = _HEIGHT if counts.by.timed else _TOP + 22 * max(len(rows), 1) + _BOTTOM
    title, footnote = title_of(counts, query), _footnote(counts, len(rows))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">',
        f'<title id="title">{_xml(title)}</title>',
        f'<desc id="desc">{_xml(_description(counts, rows))} {_xml(footnote)}.</desc>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="24" font-size="16" font-weight="600">{_xml(shorten(title, 84))}</text>',
        f'<text x="16" y="42" fill="#555">{_xml(footnote)}</text>',
    ]
    parts += _upright(counts, rows) if counts.by.timed else _lying(counts, rows, height)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _xml(text: str) -> str:
    return escape(one_line(text))


def _description(counts: Counts, rows: tuple[Count, ...]) -> str:
    if not rows:
        return "No articles."
    top = max(rows, key=counts.value)
    span = f"From {rows[0].group} to {rows[-1].group}. " if counts.by.timed else ""
    return f"Bar chart. {span}Highest: {top.group} with {_figure(counts, counts.value(top))}."


def _figure(counts: Counts, value: float) -> str:
    if counts.shared:
        if round(value * 100, 6).is_integer():
            return f"{value:.0%}"
        return f"{value:.2%}" if value < 0.01 else f"{value:.1%}"
    return f"{value:,.0f}"


def _scale(counts: Counts, rows: tuple[Count, ...]) -> list[float]:
    """Choose round values for the grid, from 0 to just above the highest."""
    top = max((counts.value(row) for row in rows), default=0.0) or 1.0
    least = 0.001 if counts.shared else 1.0
    step = least
    while step * 5 < top:
        step *= 2.5 if str(step).lstrip("0.")[:1] == "2" else 2
    n = 1
    while step * n < top:
        n += 1
    return [step * at for at in range(n + 1)]


def _upright(counts: Counts, rows: tuple[Count, ...]) -> Iterator[str]:
    ticks = _scale(counts, rows)
    bottom, room = _HEIGHT - _BOTTOM, _HEIGHT - _TOP - _BOTTOM
    for tick in ticks:
        y = bottom - room * tick / ticks[-1]
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_figure(counts, tick)}</text>'
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(rows), 1)
    every = max(1, -(-len(rows) // 8))
    for n, row in enumerate(rows):
        x, size = _LEFT + n * step, room * counts.value(row) / ticks[-1]
        if size:
            yield (
                f'<rect x="{x + step * 0.1:.2f}" y="{bottom - size:.1f}" width="{max(step * 0.8, 0.5):.2f}"'
                f' height="{size:.1f}" fill="{_BAR}"><title>{_said(counts, row)}</title></rect>'
            )
        if n % every == 0:
            yield f'<text x="{x + step / 2:.1f}" y="{bottom + 16}" text-anchor="middle">{_xml(row.group or "")}</text>'
    yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}" stroke="{_INK}"/>'
    yield f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 10}" text-anchor="middle">{_axis(counts)}</text>'
    yield (
        f'<text transform="translate(14 {_TOP + room / 2:.0f}) rotate(-90)" text-anchor="middle">{_amount(counts)}</text>'
    )


def _lying(counts: Counts, rows: tuple[Count, ...], height: int) -> Iterator[str]:
    ticks = _scale(counts, rows)
    bottom, room = height - _BOTTOM, _WIDTH - _NAMES - 56
    for tick in ticks:
        x = _NAMES + room * tick / ticks[-1]
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}" stroke="{_GRID}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_figure(counts, tick)}</text>'
    for n, row in enumerate(rows):
        y, size = _TOP + n * 22, room * counts.value(row) / ticks[-1]
        name = _xml(shorten(one_line(row.group or ""), 26))
        yield f'<text x="{_NAMES - 6}" y="{y + 15}" text-anchor="end" direction="ltr">{name}</text>'
        if size:
            yield (
                f'<rect x="{_NAMES}" y="{y + 3}" width="{size:.1f}" height="16" fill="{_BAR}">'
                f"<title>{_said(counts, row)}</title></rect>"
            )
        yield f'<text x="{_NAMES + size + 4:.1f}" y="{y + 15}">{_figure(counts, counts.value(row))}</text>'
    yield f'<line x1="{_NAMES}" x2="{_NAMES}" y1="{_TOP}" y2="{bottom}" stroke="{_INK}"/>'
    yield f'<text x="{_NAMES + room / 2:.0f}" y="{height - 10}" text-anchor="middle">{_amount(counts)}</text>'
    yield f'<text x="{_NAMES - 6}" y="{height - 10}" text-anchor="end">{_axis(counts)}</text>'


def _said(counts: Counts, row: Count) -> str:
    return _xml(f"{row.group}: {_figure(counts, counts.value(row))}")
