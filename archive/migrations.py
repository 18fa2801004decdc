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


def _make_clusters_anew(db: sqlite3.Connection) -> None:
    from archive.clusters import rebuild  # readers, too, ask what the steps are: they need not have what a step takes

    rebuild(db)


def _renew_bands(db: sqlite3.Connection) -> None:
    from archive.clusters import renew_bands

    renew_bands(db)


def _share_texts(db: sqlite3.Connection) -> None:
    from archive.search_index import share_texts

    share_texts(db)


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
    Migration(
        name="m003_health",
        sql="""
ALTER TABLE run_sources ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'; -- JSON: what later runs compare with (archive/health.py)
CREATE INDEX run_sources_source ON run_sources (source_id, run_id);
CREATE INDEX run_sources_facts ON run_sources (source_id, run_id) WHERE facts != '{}';
CREATE INDEX run_sources_new ON run_sources (source_id, run_id) WHERE n_new > 0;
CREATE TABLE health (                -- what is odd about a source, judged from its own history
  source_id INTEGER NOT NULL REFERENCES sources(id),
  rule TEXT NOT NULL,                -- docs/crawling.md has them
  subject TEXT NOT NULL,             -- the feed that it is about; else empty
  detail TEXT NOT NULL,              -- for people
  since_at TEXT NOT NULL,
  n_runs INTEGER NOT NULL,           -- in a row; it is said from the second on
  PRIMARY KEY (source_id, rule, subject)
) STRICT, WITHOUT ROWID;
""",
    ),
    Migration(
        name="m004_restored_blocks",
        sql="""
CREATE TABLE restored_blocks (       -- what cleaning had removed and `unremove` put back: a rule of its source
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles(id), -- where it was put back first; the rule goes with it
  source_id INTEGER REFERENCES sources(id), -- NULL: fetched by hand; then the rule is the host's
  host TEXT NOT NULL,
  reason TEXT NOT NULL,              -- of the removal
  rule TEXT NOT NULL,
  text TEXT NOT NULL,                -- as it was removed
  restored_at TEXT NOT NULL
) STRICT;
""",
    ),
    Migration(
        name="m005_imports",
        sql="""
ALTER TABLE near_duplicates ADD COLUMN scheme INTEGER NOT NULL DEFAULT 1; -- of signature and bands (archive/clusters.py)
CREATE TABLE imported (              -- readings that were made elsewhere: where they came from
  extraction_id INTEGER PRIMARY KEY REFERENCES extractions(id),
  run_id INTEGER REFERENCES runs(id),
  fetched_at TEXT,                   -- when the page was fetched there
  article_id INTEGER,                -- its id there
  warc_file TEXT,                    -- its WARC record there: provenance, and no capture of ours
  warc_offset INTEGER,
  warc_length INTEGER,
  record_id TEXT
) STRICT;
CREATE INDEX imported_run ON imported (run_id);
-- it was not asked again after an edit
UPDATE articles SET duplicate_of = NULL WHERE duplicate_of IS NOT NULL
  AND body_sha256 != (SELECT o.body_sha256 FROM articles o WHERE o.id = articles.duplicate_of);
""",
        fill=_make_clusters_anew,
    ),
    Migration(
        name="m006_frontier",
        sql="""
DROP INDEX links_due;
CREATE INDEX links_fresh ON links (source_id, newest_at DESC, id) WHERE outcome IS NULL AND next_due_at IS NOT NULL;
CREATE INDEX links_again ON links (source_id, next_due_at) WHERE outcome IS NOT NULL;
""",
    ),
    Migration(
        name="m007_depth",
        sql="""
ALTER TABLE feeds ADD COLUMN depth INTEGER NOT NULL DEFAULT 0; -- how many sitemap indexes stand above it; 3 at most
""",
    ),
    Migration(
        name="m008_opt_outs",
        sql="""
ALTER TABLE captures ADD COLUMN opt_out TEXT; -- JSON: what the publisher declares against text and data mining; NULL: nothing
""",
    ),
    Migration(
        name="m009_site_templates",
        sql="""
ALTER TABLE extractions ADD COLUMN template TEXT NOT NULL DEFAULT ''; -- version of the source's template that was cut; empty: none

CREATE TABLE site_blocks (           -- what repeats across a source's pages: the lines of its template
  source_id INTEGER NOT NULL REFERENCES sources(id),
  key TEXT NOT NULL,                 -- hash of the line's letters; any number in it is as good as another
  place TEXT NOT NULL,               -- head, between, tail
  rule TEXT NOT NULL,                -- the evidence that it was learned by (docs/templates.md)
  text TEXT NOT NULL,                -- the line, as one article has it
  n_articles INTEGER NOT NULL,       -- of the source's newest articles, so many have it
  learned_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  forgotten_at TEXT,                 -- the newest articles no longer have it; what was cut stays cut
  PRIMARY KEY (source_id, key)
) STRICT, WITHOUT ROWID;
""",
    ),
    Migration(
        name="m010_newest",
        sql="""
CREATE INDEX articles_newest ON articles ( -- all articles, the newest first, without sorting them (archive/search.py)
  coalesce(published_day, published) IS NULL, coalesce(published_day, published) DESC, published DESC, id DESC
);
""",
    ),
    Migration(
        name="m011_shared_texts",
        sql="""
DROP TRIGGER search_texts_insert;
DROP TRIGGER search_texts_delete;
DROP TRIGGER search_texts_update;
DROP TABLE articles_fts;
ALTER TABLE search_texts ADD COLUMN extraction_id INTEGER REFERENCES extractions(id); -- its body is what is indexed, `body` empty
CREATE INDEX search_texts_extraction ON search_texts (extraction_id) WHERE extraction_id IS NOT NULL;
""",
        fill=_share_texts,
    ),
    Migration(
        name="m012_body_first",
        sql="""
CREATE VIEW indexed_texts AS         -- what articles_fts indexes
SELECT t.article_id, coalesce(e.body, t.body) AS body, t.headline, t.description, t.authors
FROM search_texts t LEFT JOIN extractions e ON e.id = t.extraction_id;

-- the first column costs the index two bytes less for each word of an article: that is the body
CREATE VIRTUAL TABLE articles_fts USING fts5(
  body, headline, description, authors,
  content='indexed_texts', content_rowid='article_id',
  tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);
INSERT INTO articles_fts (articles_fts, rank) VALUES ('rank', 'bm25(1, 10, 4, 4)');
CREATE TRIGGER search_texts_insert AFTER INSERT ON search_texts BEGIN
  INSERT INTO articles_fts (rowid, body, headline, description, authors)
  VALUES (new.article_id, coalesce((SELECT body FROM extractions WHERE id = new.extraction_id), new.body),
          new.headline, new.description, new.authors);
END;
CREATE TRIGGER search_texts_delete AFTER DELETE ON search_texts BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, body, headline, description, authors)
  VALUES ('delete', old.article_id, coalesce((SELECT body FROM extractions WHERE id = old.extraction_id), old.body),
          old.headline, old.description, old.authors);
END;
CREATE TRIGGER search_texts_update AFTER UPDATE ON search_texts BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, body, headline, description, authors)
  VALUES ('delete', old.article_id, coalesce((SELECT body FROM extractions WHERE id = old.extraction_id), old.body),
          old.headline, old.description, old.authors);
  INSERT INTO articles_fts (rowid, body, headline, description, authors)
  VALUES (new.article_id, coalesce((SELECT body FROM extractions WHERE id = new.extraction_id), new.body),
          new.headline, new.description, new.authors);
END;
INSERT INTO articles_fts (articles_fts) VALUES ('rebuild');
""",
    ),
    Migration(name="m013_small_bands", sql="", fill=_make_clusters_anew),
    Migration(
        name="m014_folded_revisions",
        sql="""
CREATE TABLE folded_revisions (      -- revisions of merged archives that, in the order of capture, are no edits
  id INTEGER PRIMARY KEY,
  revision_id INTEGER NOT NULL REFERENCES revisions(id), -- the one that they repeat
  capture_id INTEGER REFERENCES captures(id),
  revision_at TEXT NOT NULL
) STRICT;
CREATE INDEX folded_revisions_revision ON folded_revisions (revision_id);
CREATE INDEX folded_revisions_capture ON folded_revisions (capture_id);
ALTER TABLE extractions ADD COLUMN folded_id INTEGER REFERENCES folded_revisions(id); -- of which of them it is; NULL: of none
CREATE INDEX extractions_folded ON extractions (folded_id) WHERE folded_id IS NOT NULL;
""",
    ),
    Migration(
        name="m015_foreign_warcs",
        sql="""
CREATE TABLE imported_files (        -- WARC files from elsewhere, and how far each was imported
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,                -- absolute path or URL
  filters TEXT NOT NULL,             -- JSON: what of it was wanted; with other filters it is another import
  size INTEGER NOT NULL,             -- when it was read; a file that has changed since is read again
  mark TEXT NOT NULL,                -- its time of change, or what the server calls its version
  done_to INTEGER NOT NULL,          -- every record before this offset has its rows
  finished_at TEXT,                  -- NULL: not to its end
  run_id INTEGER NOT NULL REFERENCES runs(id), -- the last run that read it
  UNIQUE (name, filters)
) STRICT;
CREATE TABLE broken_records (        -- places in such files where a record should be, and none can be read
  id INTEGER PRIMARY KEY,
  warc_file TEXT NOT NULL,
  warc_offset INTEGER NOT NULL,
  why TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs(id), -- that found it first
  UNIQUE (warc_file, warc_offset)
) STRICT;
CREATE INDEX captures_place ON captures (warc_file, warc_offset);
""",
    ),
    Migration(
        name="m016_counts",
        sql="""
DROP INDEX articles_day;
CREATE INDEX articles_day ON articles (published_day, source_id, language); -- these two are for counting without the articles
CREATE INDEX articles_language ON articles (source_id, language);
CREATE TABLE totals (                -- what would take long to count
  what TEXT PRIMARY KEY,             -- articles
  n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO totals SELECT 'articles', count(*) FROM articles;
CREATE TRIGGER articles_added AFTER INSERT ON articles BEGIN
  UPDATE totals SET n = n + 1 WHERE what = 'articles';
END;
CREATE TRIGGER articles_removed AFTER DELETE ON articles BEGIN
  UPDATE totals SET n = n - 1 WHERE what = 'articles';
END;
""",
    ),
    Migration(
        name="m017_parts",
        sql="""
CREATE TABLE parts (                 -- the further pages of articles that are spread over several
  capture_id INTEGER NOT NULL REFERENCES captures(id), -- of the first page
  number INTEGER NOT NULL,           -- 2, 3 …
  part_id INTEGER NOT NULL REFERENCES captures(id), -- of this page
  PRIMARY KEY (capture_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_part ON parts (part_id);
""",
    ),
    Migration(
        name="m018_recent_bands",
        sql="""
CREATE TABLE near_duplicate_recent ( -- bands that wait to be taken along to near_duplicate_bands (archive/clusters.py)
  band INTEGER NOT NULL,
  article_id INTEGER NOT NULL REFERENCES articles(id),
  PRIMARY KEY (band, article_id)
) STRICT, WITHOUT ROWID;
""",
        fill=_renew_bands,
    ),
    Migration(
        name="m019_traces",
        sql="""
CREATE TABLE lexicons (              -- the spam lexicons that readings were made with, as they are written
  version TEXT PRIMARY KEY,          -- as the last part of extractions.rules has it
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE traces (                -- what current readings asked of their lexicon (pipelines/clean/trace.py)
  extraction_id INTEGER PRIMARY KEY REFERENCES extractions(id),
  trace BLOB NOT NULL
) STRICT;
CREATE TRIGGER traces_of_current_readings AFTER UPDATE OF extraction_id ON revisions
WHEN old.extraction_id IS NOT NULL AND old.extraction_id IS NOT new.extraction_id BEGIN
  DELETE FROM traces WHERE extraction_id = old.extraction_id;
END;
""",
    ),
    Migration(
        name="m020_narrow_articles",
        sql="""
CREATE INDEX articles_narrow ON articles (id, source_id, published_day, language); -- for hits and their filters
""",
    ),
)
"""The steps after `m001_tables` (archive/schema.py), in order."""
