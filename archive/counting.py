"""Count the articles of a selection by day, by source and language, or by author, from indexes where words do not narrow it.

Owns these queries, which a million articles must not make slow: SQLite groups along an index, and never sorts the rows. What the
groups are called is archive/stats.py and archive/facets.py. Reads only; plain sqlite3.
"""

import json
import sqlite3
from collections import Counter
from operator import itemgetter

from archive.reader import tuples
from archive.selection import NARROW, Selection

Place = tuple[int | None, str | None]
"""A source's id and a language."""


def count_days(db: sqlite3.Connection, chosen: Selection) -> Counter[str | None]:
    """Count by the page's own day."""
    return _counted(db, f"SELECT a.published_day, count(*) FROM {_articles(chosen, NARROW)} GROUP BY 1", chosen)


def count_undated(db: sqlite3.Connection, chosen: Selection) -> Counter[str | None]:
    """Count those of which no day is known by what their page states instead: a month, a year, nothing."""
    return _counted(
        db, f"SELECT a.published, count(*) FROM {_articles(chosen)} AND a.published_day IS NULL GROUP BY 1", chosen
    )


def count_places(db: sqlite3.Connection, chosen: Selection) -> Counter[Place]:
    """Count by source and language."""
    # along a span of days their index is followed, and what it gives is summed here
    along = (
        "a.published_day, a.source_id, a.language" if "a.published_day" in chosen.where else "a.source_id, a.language"
    )
    found: Counter[Place] = Counter()
    sql = f"SELECT a.source_id, a.language, count(*) FROM {_articles(chosen, NARROW)} GROUP BY {along}"
    for source_id, language, n in tuples(db, sql, chosen.parameters):
        found[source_id, language] += n
    return found


def count_authors(db: sqlite3.Connection, chosen: Selection) -> Counter[str | None]:
    """Count by author; an article of two counts for both, one of none under None."""
    rows = tuples(db, f"SELECT a.authors FROM {_articles(chosen)}", chosen.parameters)
    lists = Counter(map(_first, rows))
    # most articles have one author, and there may be as many as articles: each is looked up but once
    found: Counter[str | None] = Counter({authors[2:-2]: n for authors, n in lists.items() if _is_one_name(authors)})
    for authors, n in lists.items():
        if not _is_one_name(authors):
            for name in json.loads(authors) or [None]:
                found[name] += n
    return found


_first = itemgetter(0)


def _is_one_name(authors: str) -> bool:
    """Tell whether a JSON list has one name, written as it is."""
    return authors.count('"') == 2 and authors[:2] == '["' and "\\" not in authors


def _counted(db: sqlite3.Connection, sql: str, chosen: Selection) -> Counter[str | None]:
    return Counter(dict(tuples(db, sql, chosen.parameters)))


def _articles(chosen: Selection, by_id: str = "articles a") -> str:
    """Give the chosen articles, as what follows FROM; `by_id` is where those with the words are looked up."""
    if chosen.reading.match is not None:
        return f"({chosen.sql}) h CROSS JOIN {by_id} ON a.id = h.id WHERE 1"
    return f"articles a WHERE {chosen.where or 1}"
