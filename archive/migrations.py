"""What changed in the tables since they were first written down, step by step, as SQL to read.

Append only: a step that has been released is never edited, only followed by another. Prefer ADD COLUMN and new tables.
A comment for docs/schema.md stands after the semicolon of its ADD COLUMN: SQLite would keep one inside the statement,
and with it comment out the rest of the table. tests/migrating.py starts a test from the schema before a step.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step from a schema to the next; applied whole or not at all."""

    name: str
    """`m002_what_it_is_about`"""
    sql: str
    fill: Callable[[sqlite3.Connection], None] | None = None
    """What SQL alone cannot fill in, run after it in the same transaction; it must not commit."""


LATER: tuple[Migration, ...] = (
    Migration(
        name="m002_takedowns",
        sql="""
CREATE TABLE tombstones (            -- what was forgotten: never fetched and never kept again
  id INTEGER PRIMARY KEY,
  url_key TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  reason TEXT NOT NULL,              -- as it was given
  forgotten_at TEXT NOT NULL,
  article_id INTEGER                 -- the id that it had; no article has it any more
) STRICT;
CREATE TABLE erasures (              -- bytes of what was forgotten that still have to go; empty when all is done
  id INTEGER PRIMARY KEY,
  warc_file TEXT,                    -- NULL: the search index, which still holds words of deleted texts
  warc_offset INTEGER
) STRICT;
""",
    ),
)
"""The steps after `m001_tables` (archive/schema.py), in order."""
