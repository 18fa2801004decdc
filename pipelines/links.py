"""The links of a body: found in the page's own blocks and laid over the lines as marks.

Owns the search for an anchor's words in a line. Only web and mail addresses become targets.
"""

from collections.abc import Sequence
from dataclasses import replace

from archive.records import Mark
from pipelines.bodytext import Line
from pipelines.metadata import absolute
from pipelines.source_blocks import Sources


def with_links(lines: Sequence[Line], sources: Sources, base: str) -> list[Line]:
    """Give the lines with a link mark for each anchor of the block that a line came from."""
    return [_linked(line, sources, base) for line in lines]


def _linked(line: Line, sources: Sources, base: str) -> Line:
    source = sources.find(line.text) if line.kind != "code" else None
    if source is None or not source.anchors:
        return line
    marks: list[Mark] = []
    position = 0
    for words, target in source.anchors:
        start = line.text.find(words, position) if words else -1
        url = absolute(base, target) if start >= 0 and target and not target.startswith("#") else None
        if url is not None:
            marks.append(Mark(kind="link", start=start, end=start + len(words), target=url))
            position = start + len(words)
    return replace(line, spans=(*line.spans, *marks)) if marks else line
