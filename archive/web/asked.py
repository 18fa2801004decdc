"""What a browser asks: the archive behind a Datasette, and a search as the query string of a URL.

Owns that a search is its URL: the same search always has the same one, so that it can be kept, sent and cited.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from archive.errors import UsageError
from archive.export import snapshot
from archive.filters import Filters
from archive.moments import first_moment, parse_since, parse_until
from archive.reader import DATABASE

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette

T = TypeVar("T")

NAME = Path(DATABASE).stem
"""What Datasette calls the archive's database."""
PER_PAGE = 20
_LAST_PAGE = 5000
_FIELDS = ("headline", "body")


def folder_of(datasette: "Datasette") -> Path | None:
    """Give the folder of the archive that a Datasette serves; None where it serves something else."""
    database = datasette.databases.get(NAME)
    path = Path(database.path) if database is not None and database.path else None
    return path.parent if path is not None and path.name == DATABASE else None


async def ask(datasette: "Datasette", question: Callable[["sqlite3.Connection"], T]) -> T:
    """Ask the archive in a thread, on a read-only connection; all of one question sees one state of it."""

    def inside(db: "sqlite3.Connection") -> T:
        # what the archive holds is UTF-8; Datasette's own way mends what is not, by a call in Python for each text
        mending, db.text_factory = db.text_factory, str
        try:
            with snapshot(db):
                return question(db)
        finally:
            db.text_factory = mending

    found: T = await datasette.get_database(NAME).execute_fn(inside)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as it stands in a URL."""

    q: str = ""
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    field: str = ""
    undated: bool = False
    raw: bool = False
    sort: str = "rank"
    page: int = 1

    def filters(self, now: datetime) -> Filters:
        """Give the filters; a date that cannot be read is left out (`misread` says so)."""
        return Filters(
            since=_moment(parse_since, self.since, now),
            until=_moment(parse_until, self.until, now),
            sources=self.sources,
            languages=self.languages,
            authors=self.authors,
            field=self.field or None,
            undated=self.undated,
        )

    def misread(self, now: datetime) -> str | None:
        """Say which dates could not be read."""
        notes = []
        for parse, text in ((parse_since, self.since), (parse_until, self.until)):
            try:
                parse(text or "today", now=now)
            except UsageError as error:
                notes.append(f"{error}; it was left out")
        return "; ".join(notes) or None

    @property
    def narrowed(self) -> bool:
        """Whether anything but words narrows the search."""
        return bool(self.sources or self.languages or self.authors or self.since or self.until or self.undated)

    @property
    def offset(self) -> int:
        """How many hits stand on the pages before."""
        return (self.page - 1) * PER_PAGE

    def pairs(self) -> list[tuple[str, str]]:
        """Give the parameters that say this search, in a fixed order, without what says nothing."""
        single = (("since", self.since), ("until", self.until), ("field", self.field))
        flags = (("undated", self.undated), ("raw", self.raw))
        return [
            *([("q", self.q)] if self.q else []),
            *(("source", name) for name in self.sources),
            *(("lang", code) for code in self.languages),
            *(("author", name) for name in self.authors),
            *((name, value) for name, value in single if value),
            *((name, "1") for name, value in flags if value),
            *([("sort", self.sort)] if self.sort != "rank" else []),
            *([("page", str(self.page))] if self.page > 1 else []),
        ]

    def url(self, path: str = "/search", **changes: Any) -> str:
        """Give the URL of this search with some parts changed; any change but of the page begins at page 1."""
        changed = replace(self, **({"page": 1} | changes if changes else {}))
        query = urlencode(changed.pairs())
        return f"{path}?{query}" if query else path

    def hit_url(self, article_id: int, number: int) -> str:
        """Give the URL of an article as hit `number` of this search."""
        return f"/article/{article_id}?" + urlencode([*replace(self, page=1).pairs(), ("hit", str(number))])


def read(query_string: str) -> Asked:
    """Read a search from the query string of a URL; what makes no sense is left out."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query_string, encoding="utf-8", errors="replace", max_num_fields=200):
        if kept := value.replace("\0", " ").strip():
            found.setdefault(name, []).append(kept)

    def last(name: str) -> str:
        return found.get(name, [""])[-1]

    def every(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found.get(name, ())))

    return Asked(
        q=last("q"),
        sources=every("source"),
        languages=tuple(dict.fromkeys(code.lower() for code in found.get("lang", ()))),
        authors=every("author"),
        since=last("since"),
        until=last("until"),
        field=last("field") if last("field") in _FIELDS else "",
        undated=last("undated") == "1",
        raw=last("raw") == "1",
        sort="date" if last("sort") == "date" else "rank",
        page=whole(last("page"), most=_LAST_PAGE),
    )


def whole(text: str, *, most: int) -> int:
    """Read a whole number from 1 to `most`; 1 where it is none."""
    return min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 12 else 1


def number(request: Any, name: str) -> int | None:
    """Read a number from the query string, None where there is none; raises UsageError for what is no number."""
    text = request.args.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"“{text[:40]}” is no number of a {name}")
    return int(text)


def since(request: Any) -> datetime | None:
    """Read the moment `since` from the query string, None where there is none; raises UsageError for what is no moment."""
    text = request.args.get("since")
    return first_moment(parse_since(text, now=now())) if text else None


def now() -> datetime:
    """Tell the time, in the server's zone, as the command line does."""
    return datetime.now(UTC).astimezone()


def _moment(
    parse: Callable[..., date | datetime],
    text: str,
    now: datetime,
) -> date | datetime | None:
    try:
        return parse(text, now=now) if text else None
    except UsageError:
        return None
