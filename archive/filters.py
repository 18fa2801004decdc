"""Filters: what narrows a query by date, source, language and author, and the SQL conditions that say so.

Owns what a filter means. Reads only; plain sqlite3.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.query import phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a query. Several sources, languages or authors mean any of them."""

    since: date | datetime | None = None
    until: date | datetime | None = None
    """A day belongs to the span; an aware moment is compared to the second."""
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    field: str | None = None
    """headline or body: where words are searched that name no field."""
    undated: bool = False
    """Only those of which no day is known."""

    @property
    def dated(self) -> bool:
        """Whether articles without a date are left out."""
        return self.since is not None or self.until is not None

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day that could pass."""
        first = _outermost(self.since, -1) if self.since else ""
        last = _outermost(self.until, 1) if self.until else "9999-12-31"
        return first, last

    @property
    def by_the_hour(self) -> bool:
        """Whether a bound is a moment, for which the day alone does not do."""
        return isinstance(self.since, datetime) or isinstance(self.until, datetime)

    @property
    def indexed(self) -> bool:
        """Whether what passes can be listed along an index: sources and days alone."""
        return not (self.languages or self.authors or self.by_the_hour)


NO_FILTERS = Filters()


def conditions(filters: Filters) -> tuple[list[str], list[str | int]]:
    """Give the SQL conditions on `articles a`, all of which must hold, and their parameters."""
    where: list[str] = []
    parameters: list[str | int] = []
    sources = [name.encode("utf-8", "replace").decode() for name in filters.sources]
    for bound, sign in ((filters.since, ">="), (filters.until, "<=")):
        if isinstance(bound, datetime):
            _add_moment(bound, sign, where, parameters)
        elif bound is not None:
            where.append(f"a.published_day {sign} ?")
            parameters.append(bound.isoformat())
    if filters.undated:
        where.append("a.published_day IS NULL")
    if filters.sources:
        marks = ", ".join("?" * len(sources))
        where.append(f"a.source_id IN (SELECT id FROM sources WHERE name COLLATE NOCASE IN ({marks}))")
        parameters += sources
    if filters.languages:
        # `en` finds en-GB, too
        where.append(
            "(" + " OR ".join(["lower(a.language) = ? OR lower(a.language) GLOB ?"] * len(filters.languages)) + ")"
        )
        for language in filters.languages:
            plain = language.lower().replace("_", "-").encode("utf-8", "replace").decode()
            parameters += [plain, "".join(c for c in plain if c not in "*?[]") + "-*"]
    if filters.authors:
        named = " OR ".join(found for author in filters.authors if (found := phrase(author)))
        where.append("a.id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)" if named else "0")
        parameters += [f"authors : ({named})"] if named else []
    return where, parameters


def _outermost(bound: date | datetime, days: int) -> str:
    """Give the day of a bound; of a moment the one so many days beyond, since a page's day is local to it."""
    if isinstance(bound, datetime):
        return (bound.astimezone(UTC).date() + timedelta(days=days)).isoformat()
    return bound.isoformat()


def _add_moment(bound: datetime, sign: str, where: list[str], parameters: list[str | int]) -> None:
    """Compare to the second where the page states the hour, else by day; the index on days narrows it first."""
    moment = bound.astimezone(UTC)
    where.append(
        f"a.published_day {sign} ? AND CASE WHEN length(a.published) > 10 AND julianday(a.published) NOT NULL"
        f" THEN julianday(a.published) {sign} julianday(?) ELSE a.published_day {sign} ? END"
    )
    parameters += [
        _outermost(bound, -1 if sign == ">=" else 1),
        moment.strftime("%Y-%m-%dT%H:%M:%S"),
        moment.date().isoformat(),
    ]


def unknown_sources(db: sqlite3.Connection, wanted: Sequence[str]) -> str | None:
    """Say which sources the archive does not have, and which have such a name; None where it has all."""
    if not wanted:
        return None
    from difflib import get_close_matches

    names = {str(row[0]).lower(): str(row[0]) for row in db.execute("SELECT name FROM sources")}
    said = []
    for name in wanted:
        if name.lower() not in names:
            near = [names[close] for close in get_close_matches(name.lower(), list(names), n=3)]
            said.append(f"no source “{name}” in this archive" + (f" (there is {', '.join(near)})" if near else ""))
    return notes(*said)


def notes(*each: str | None) -> str | None:
    """Join what is said beside a result; None where it is nothing."""
    return "; ".join(note for note in each if note) or None
