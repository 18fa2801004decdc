"""Keyword in context: every place where a query's words stand, with what stands before and after them.

Owns the concordance. Which articles are read is archive/search.py, what matches in a stored text archive/snippets.py.
Reads only. Streams; only a sorted concordance is held in memory.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from archive.filters import NO_FILTERS, Filters
from archive.fold import words
from archive.query import Reading, Term
from archive.search import matching_ids
from archive.selection import select
from archive.snippets import find_matches, spans
from archive.text import cells, visible

WIDTH = 40
"""Terminal cells of context on each side, unless told."""
_SORTED_BY = 5
"""So many words on the chosen side decide the order."""
_SPACE = re.compile(r"\s+")
_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One place. `left` is what stands before the match in the text, whichever way its script runs."""

    article_id: int
    url: str
    source: str | None
    published: str | None
    language: str | None
    column: str
    """headline, description or body."""
    start: int
    end: int
    """The match is `text[start:end]` of that column as it is stored."""
    left: str
    match: str
    right: str

    @property
    def is_right_to_left(self) -> bool:
        """Tell whether the match is in a script that runs from right to left."""
        return any(unicodedata.bidirectional(character) in ("R", "AL") for character in self.match)


def concordance(
    db: sqlite3.Connection,
    query: str,
    *,
    filters: Filters = NO_FILTERS,
    raw: bool = False,
    width: int = WIDTH,
    sort: str | None = None,
    limit: int | None = None,
) -> Iterator[Line]:
    """Give every place where a word or phrase of the query stands, oldest article first.

    `width` is in terminal cells a side. `sort` (left, right) orders by the words beside the match, nearest first; then
    all lines are held in memory. What only stands among authors gives no line. `limit` reads so many places alone, before
    they are ordered.
    """
    lines = islice(_lines(db, query, filters=filters, raw=raw, width=width), limit)
    if sort is None:
        return lines
    return iter(sorted(lines, key=lambda line: _beside(line, sort)))


def _lines(db: sqlite3.Connection, query: str, *, filters: Filters, raw: bool, width: int) -> Iterator[Line]:
    reading = select(db, query, filters=filters, raw=raw).reading
    if not reading.terms:
        return
    for article_id in matching_ids(db, query, filters=filters, raw=raw):
        row = db.execute(
            "SELECT a.url, s.name AS source, a.published, a.language, e.headline, e.description, e.body FROM articles a"
            " JOIN revisions r ON r.id = a.revision_id JOIN extractions e ON e.id = r.extraction_id"
            " LEFT JOIN sources s ON s.id = a.source_id WHERE a.id = ?",
            (article_id,),
        ).fetchone()
        for column in _columns(reading, filters.field):
            text = row[column] or ""
            for start, end in spans(find_matches(text, _here(reading.terms, column, filters.field), column=column)):
                yield Line(
                    article_id=article_id,
                    url=row["url"],
                    source=row["source"],
                    published=row["published"],
                    language=row["language"],
                    column=column,
                    start=start,
                    end=end,
                    left=before(text, start, width),
                    match=_one_line(text[start:end]).strip(),
                    right=after(text, end, width),
                )


def _columns(reading: Reading, field: str | None) -> tuple[str, ...]:
    """Give the texts to read: a description mostly repeats the body, and is read where the query names it."""
    if field is not None:
        return tuple(
            dict.fromkeys([field, *(term.column for term in reading.terms if term.column not in (None, "authors"))])
        )
    named = {term.column for term in reading.terms}
    columns = ("headline", "description", "body")
    return tuple(name for name in columns if name in named or (None in named and name != "description"))


def _here(terms: tuple[Term, ...], column: str, field: str | None) -> tuple[Term, ...]:
    """Give the terms that are searched in a column; with --field the nameless are searched there alone."""
    if field in (None, column):
        return terms
    return tuple(term for term in terms if term.column == column)


def _beside(line: Line, sort: str) -> tuple[str, ...]:
    found = [word for word, _, _ in words(line.left if sort == "left" else line.right)]
    return tuple(reversed(found[-_SORTED_BY:])) if sort == "left" else tuple(found[:_SORTED_BY])


def _one_line(text: str) -> str:
    return visible(_SPACE.sub(" ", text))


def before(text: str, start: int, width: int) -> str:
    """Give what stands before `text[start]`, at most `width` cells, never less than a letter with its marks."""
    # a letter with its marks is rarely more than eight characters, white space may be
    stretch = _one_line(text[max(0, start - 8 * width - 200) : start])
    return _last_cells(stretch, width)


def after(text: str, end: int, width: int) -> str:
    """Give what stands from `text[end]` on, at most `width` cells."""
    return first_cells(_one_line(text[end : end + 8 * width + 200]), width)


def _last_cells(text: str, width: int) -> str:
    if text.isascii():
        return text[max(len(text) - width, 0) :]
    kept, room = len(text), width
    for at in range(len(text) - 1, -1, -1):
        size = cells(text[at])
        if size > room:
            break
        room -= size
        if size or at == 0:
            kept = at
    return text[kept:]


def first_cells(text: str, width: int) -> str:
    """Cut a text after at most `width` cells, never between a letter and its marks."""
    if text.isascii():
        return text[:width]
    room = width
    for at, character in enumerate(text):
        size = cells(character)
        if size > room:
            return text[:at]
        room -= size
    return text
