"""The links of a body: an anchor's target as an address of its own.

Only web and mail addresses become targets; what leads nowhere outside the page is no link.
"""

from collections.abc import Iterable
from dataclasses import replace

from archive.records import Mark
from pipelines.bodytext import Line
from pipelines.metadata import absolute


def with_links(lines: Iterable[Line], base: str) -> list[Line]:
    """Give the lines with each link mark's target made absolute from `base`, or without it."""
    return [_linked(line, base) if line.spans else line for line in lines]


def _linked(line: Line, base: str) -> Line:
    return replace(line, spans=tuple(mark for span in line.spans if (mark := _resolved(span, base)) is not None))


def _resolved(span: Mark, base: str) -> Mark | None:
    if span.kind != "link":
        return span
    target = span.target or ""
    url = absolute(base, target) if target and not target.startswith("#") else None
    return None if url is None else replace(span, target=url)
