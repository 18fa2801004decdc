"""Delete rows with all that cannot be without them, as the schema's own references say.

Owns no table: a reference that may be NULL is cut, a row whose reference may not be NULL goes too. So a table that is
added later is cared for by its foreign keys alone.
"""

from collections.abc import Collection
from dataclasses import dataclass

from archive.store import Store

AT_ONCE = 500
"""Ids in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    table: str
    column: str
    key: str
    """How a row of the table is named: its primary key's column."""
    belongs: bool
    """A row cannot be without what it refers to."""


def delete_rows(store: Store, table: str, ids: Collection[int]) -> None:
    """Delete rows by id; the caller holds the transaction. References are checked when it is committed."""
    store.db.execute("PRAGMA defer_foreign_keys = ON")
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        _delete(store, table, "id", ordered[start : start + AT_ONCE])


def _delete(store: Store, table: str, key: str, ids: list[int]) -> None:
    if not ids:
        return
    marks = f"({', '.join(map(str, map(int, ids)))})"
    if key == "id":
        for reference in _references(store, table):
            if not reference.belongs:
                store.db.execute(
                    f"UPDATE {reference.table} SET {reference.column} = NULL WHERE {reference.column} IN {marks}"
                )
            elif reference.key == "id":
                rows = store.db.execute(f"SELECT id FROM {reference.table} WHERE {reference.column} IN {marks}")
                _delete(store, reference.table, "id", [row[0] for row in rows])
            else:
                _delete(store, reference.table, reference.column, ids)
    store.db.execute(f"DELETE FROM {table} WHERE {key} IN {marks}")


def _references(store: Store, target: str) -> list[_Reference]:
    """Give the columns that refer to the ids of a table."""
    found = []
    tables = [row[0] for row in store.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = {row["name"]: row for row in store.db.execute(f"PRAGMA table_info([{table}])")}
        key = "id" if "id" in columns and columns["id"]["pk"] else ""
        for row in store.db.execute(f"PRAGMA foreign_key_list([{table}])"):
            if row["table"] == target:
                column = columns[row["from"]]
                belongs = bool(column["notnull"] or column["pk"])
                found.append(_Reference(table=table, column=row["from"], key=key, belongs=belongs))
    return found
