"""Archives as earlier schemas left them, for the tests of migrations.

tests/schemas holds an archive of each schema, `NAME.tar.gz`, made by the presskeep of that time (crawled, not written by
hand): `python tests/migrating.py` keeps one of the present schema. `archive_before` starts from the newest kept one that is
old enough and goes on with the real migrations where none is as new as it may be:

    folder = archive_before("m007_weather", tmp_path)   # rows in every table of m001 … m006
    open_store(folder).close()                           # migrates
"""

import sqlite3
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from archive.schema import MIGRATIONS, migrate

SCHEMAS = Path(__file__).parent / "schemas"
NEVER_ALONE = frozenset({"m011_shared_texts", "m012_body_first"})
"""They came with the step after them: no archive was ever left so."""


def archive_before(migration: str, folder: Path) -> Path:
    """Make in `folder` an archive of the schema before `migration`, holding rows, and give the folder."""
    earlier = MIGRATIONS[: MIGRATIONS.index(migration)]
    kept = next(name for name in reversed(earlier) if (SCHEMAS / f"{name}.tar.gz").exists())
    with tarfile.open(SCHEMAS / f"{kept}.tar.gz") as packed:
        packed.extractall(folder, filter="data")
    with closing(Database(folder / "archive.db")) as db:
        migrate(db, stop_before=migration)
        assert applied(db.conn) == earlier
    return folder


def applied(db: sqlite3.Connection) -> tuple[str, ...]:
    """The migrations that an archive has seen, in order."""
    return tuple(row[0] for row in db.execute("SELECT name FROM _sqlite_migrations ORDER BY id"))


def keep_present_schema() -> Path:
    """Crawl a small newsroom twice, with an edit, a withdrawal and spam between, and keep its archive."""
    from commands import presskeep, sources_file
    from newsroom import Newsroom

    target = SCHEMAS / f"{MIGRATIONS[-1]}.tar.gz"
    with tempfile.TemporaryDirectory() as made, Newsroom() as newsroom:
        archive = Path(made) / "archive"
        sources = sources_file(Path(made), {"Daily": newsroom.url})
        newsroom.publish_many(4)
        newsroom.publish("odds", tail='<div style="display:none"><a href="http://x.example">slot gacor</a></div>')
        presskeep("--archive", archive, "crawl", "--sources", sources)
        newsroom.edit("report-0001", headline="Council takes it all back")
        newsroom.withdraw("report-0002", status=410, listed=True)
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            db.execute("UPDATE feeds SET next_due_at = '2020-01-01T00:00:00.000000Z'")
            db.execute("UPDATE links SET next_due_at = '2020-01-01T00:00:00.000000Z'")
            db.commit()
        presskeep("--archive", archive, "crawl", "--sources", sources)
        with closing(sqlite3.connect(archive / "archive.db")) as db:
            db.execute("VACUUM INTO ?", (str(archive / "small.db"),))
        with tarfile.open(target, "w:gz") as packed:
            packed.add(archive / "small.db", "archive.db")
            packed.add(archive / "warc", "warc")
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{keep_present_schema()}\n")
