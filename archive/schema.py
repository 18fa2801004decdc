"""The tables of an archive, as SQL to read.

Owns the first schema and how an archive is brought to the present one; the steps since then are archive/migrations.py.
Times are ISO 8601 in UTC with a trailing Z; lists and mappings are JSON text.
"""

import sqlite3
from typing import TYPE_CHECKING

from archive.errors import MigrationError
from archive.migrations import LATER, Migration

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.database import Database

TABLES = """
CREATE TABLE sources (               -- one publication; sources.toml is the truth, this mirrors it and holds the state
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  language TEXT,
  tags TEXT NOT NULL DEFAULT '[]',   -- JSON list
  enabled INTEGER NOT NULL DEFAULT 1,
  first_seen_at TEXT NOT NULL,
  discovered_at TEXT,                -- when robots.txt and the home page were last searched for feeds
  paused_until TEXT                  -- the host asked for a pause (429, 503, Retry-After)
) STRICT;

CREATE TABLE runs (                  -- one crawl, fetch --save or import
  id INTEGER PRIMARY KEY,
  command TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '{}', -- JSON
  version TEXT NOT NULL,             -- of presskeep
  started_at TEXT NOT NULL,
  finished_at TEXT,                  -- NULL: still running, or killed
  finish_reason TEXT,
  exit_code INTEGER,
  n_requests INTEGER NOT NULL DEFAULT 0,
  n_bytes INTEGER NOT NULL DEFAULT 0,
  n_links INTEGER NOT NULL DEFAULT 0, -- new links found
  n_captures INTEGER NOT NULL DEFAULT 0,
  n_new INTEGER NOT NULL DEFAULT 0,
  n_revised INTEGER NOT NULL DEFAULT 0,
  n_unchanged INTEGER NOT NULL DEFAULT 0,
  n_duplicates INTEGER NOT NULL DEFAULT 0,
  n_rejected INTEGER NOT NULL DEFAULT 0,
  n_failed INTEGER NOT NULL DEFAULT 0,
  reasons TEXT NOT NULL DEFAULT '{}', -- JSON: outcome word -> count
  peak_rss_mb REAL
) STRICT;

CREATE TABLE run_sources (           -- what one run did to one source
  run_id INTEGER NOT NULL REFERENCES runs(id),
  source_id INTEGER NOT NULL REFERENCES sources(id),
  status TEXT NOT NULL,              -- ok, failed (nothing could be fetched), paused
  detail TEXT,
  n_requests INTEGER NOT NULL DEFAULT 0,
  n_links INTEGER NOT NULL DEFAULT 0,
  n_new INTEGER NOT NULL DEFAULT 0,
  n_revised INTEGER NOT NULL DEFAULT 0,
  n_unchanged INTEGER NOT NULL DEFAULT 0,
  n_duplicates INTEGER NOT NULL DEFAULT 0,
  n_rejected INTEGER NOT NULL DEFAULT 0,
  n_failed INTEGER NOT NULL DEFAULT 0,
  reasons TEXT NOT NULL DEFAULT '{}', -- JSON: outcome word -> count
  PRIMARY KEY (run_id, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE feeds (                 -- a place that lists links
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES sources(id),
  url TEXT NOT NULL,
  kind TEXT NOT NULL,                -- feed, sitemap, section
  found_in TEXT NOT NULL,            -- declared, robots, autodiscovered, sitemap_index, guessed, home
  first_seen_at TEXT NOT NULL,
  etag TEXT,                         -- validators of the last complete answer
  last_modified TEXT,
  payload_digest TEXT,
  outcome TEXT,                      -- of the last request: a word (docs/outcomes.md); NULL: never asked
  outcome_at TEXT,
  http_status INTEGER,
  detail TEXT,
  n_links INTEGER NOT NULL DEFAULT 0, -- listed by the last complete answer
  n_unchanged INTEGER NOT NULL DEFAULT 0, -- answers in a row that brought nothing new
  n_failures INTEGER NOT NULL DEFAULT 0, -- failures in a row
  changed_at TEXT,
  next_due_at TEXT,                  -- NULL: never again
  UNIQUE (source_id, url)
) STRICT;

CREATE TABLE captures (              -- one HTTP exchange kept at one instant
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL,
  fetched_at TEXT NOT NULL,
  run_id INTEGER REFERENCES runs(id),
  http_status INTEGER NOT NULL,
  content_type TEXT,
  payload_digest TEXT NOT NULL,      -- sha1: and base32, as in the WARC record
  payload_length INTEGER NOT NULL,   -- bytes, as sent (still compressed)
  record_type TEXT NOT NULL,         -- response, or revisit where the payload was known
  record_id TEXT NOT NULL,           -- WARC-Record-ID
  warc_file TEXT NOT NULL,           -- relative to the archive's folder
  warc_offset INTEGER NOT NULL,
  warc_length INTEGER NOT NULL,
  revisit_of INTEGER REFERENCES captures(id),
  ip_address TEXT,
  purpose TEXT NOT NULL,             -- page, feed, robots, redirect
  robots TEXT                        -- allowed, ignored; NULL: not asked
) STRICT;
CREATE INDEX captures_url ON captures (url);
CREATE INDEX captures_record ON captures (record_id);
CREATE INDEX captures_revisits ON captures (revisit_of) WHERE revisit_of IS NOT NULL;
CREATE INDEX captures_payload ON captures (payload_digest) WHERE record_type = 'response';

CREATE TABLE articles (              -- the enduring work; its text is in extractions
  id INTEGER PRIMARY KEY,
  url_key TEXT NOT NULL UNIQUE,      -- our own key (archive/url_key.py)
  url TEXT NOT NULL,                 -- final URL of the capture that made it
  source_id INTEGER REFERENCES sources(id), -- NULL: fetched by hand
  first_seen_at TEXT NOT NULL,
  checked_at TEXT NOT NULL,          -- last time the publisher was asked
  gone_at TEXT,                      -- the publisher took it away; our copy stays
  n_revisions INTEGER NOT NULL,
  revision_id INTEGER REFERENCES revisions(id), -- the latest
  duplicate_of INTEGER REFERENCES articles(id), -- same text, kept earlier under another url_key
  -- copied from the current extraction, for lists, filters and facets
  headline TEXT,
  authors TEXT NOT NULL DEFAULT '[]', -- JSON list
  published TEXT,                    -- ISO 8601 as precise as the page is
  published_day TEXT,                -- the page's own local date; NULL where the precision is less
  language TEXT,
  section TEXT,
  word_count INTEGER NOT NULL,
  body_sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX articles_source ON articles (source_id, published_day);
CREATE INDEX articles_day ON articles (published_day);
CREATE INDEX articles_duplicates ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX articles_text ON articles (body_sha256);

CREATE TABLE revisions (             -- the publisher's edits, numbered from 1 in order of capture
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles(id),
  number INTEGER NOT NULL,
  capture_id INTEGER REFERENCES captures(id), -- the capture that first showed it
  revision_at TEXT NOT NULL,         -- when that capture was made
  extraction_id INTEGER REFERENCES extractions(id), -- the current reading; earlier ones stay
  UNIQUE (article_id, number)
) STRICT;
CREATE INDEX revisions_capture ON revisions (capture_id);

CREATE TABLE extractions (           -- our reading of a revision
  id INTEGER PRIMARY KEY,
  revision_id INTEGER NOT NULL REFERENCES revisions(id),
  capture_id INTEGER REFERENCES captures(id), -- the capture that was read; NULL: pruned, or imported without one
  extractor TEXT NOT NULL,
  version TEXT NOT NULL,
  options TEXT NOT NULL,
  rules TEXT NOT NULL,               -- version of our rules and lexicon
  made_at TEXT NOT NULL,
  headline TEXT,
  description TEXT,
  authors TEXT NOT NULL DEFAULT '[]',
  published TEXT,
  modified TEXT,
  section TEXT,
  keywords TEXT NOT NULL DEFAULT '[]',
  language TEXT,
  image TEXT,
  canonical_url TEXT,                -- what the page claims
  article_type TEXT,
  paywall INTEGER,                   -- 1, 0 or NULL where the page does not say
  body TEXT NOT NULL,
  marks TEXT NOT NULL DEFAULT '[]',  -- JSON: [[kind, start, end, target or null], …] over body
  body_sha256 TEXT NOT NULL,
  word_count INTEGER NOT NULL,
  signals TEXT NOT NULL DEFAULT '{}' -- JSON: field -> [from, confidence]
) STRICT;
CREATE INDEX extractions_revision ON extractions (revision_id);
CREATE INDEX extractions_capture ON extractions (capture_id);

CREATE TABLE removals (              -- what cleaning took out of an extraction
  id INTEGER PRIMARY KEY,
  extraction_id INTEGER NOT NULL REFERENCES extractions(id),
  position INTEGER NOT NULL,         -- order on the page
  stage TEXT NOT NULL,               -- dom, text, extractor
  reason TEXT NOT NULL,
  rule TEXT NOT NULL,                -- name@version
  text TEXT NOT NULL,
  urls TEXT NOT NULL DEFAULT '[]'    -- JSON list
) STRICT;
CREATE INDEX removals_extraction ON removals (extraction_id);

CREATE TABLE links (                 -- the frontier: every URL found or asked, and what came of it
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  url_key TEXT NOT NULL,
  source_id INTEGER REFERENCES sources(id), -- NULL: fetched by hand
  found_in TEXT NOT NULL,            -- feed, sitemap, news_sitemap, section, redirect, robots, hand
  found_at_url TEXT,                 -- the feed, sitemap or page that listed it
  discovered_at TEXT NOT NULL,
  hints TEXT NOT NULL DEFAULT '{}',  -- JSON: headline, published, modified … as the lister has them
  newest_at TEXT NOT NULL,           -- latest moment known of it: the order of the frontier
  next_due_at TEXT,                  -- NULL: not to be asked again
  n_tries INTEGER NOT NULL DEFAULT 0, -- failures in a row
  n_unchanged INTEGER NOT NULL DEFAULT 0, -- answers in a row without an edit
  outcome TEXT,                      -- of the last request: a word (docs/outcomes.md); NULL: never asked
  outcome_at TEXT,
  http_status INTEGER,
  detail TEXT,
  final_url TEXT,
  etag TEXT,
  last_modified TEXT,
  article_id INTEGER REFERENCES articles(id),
  capture_id INTEGER REFERENCES captures(id), -- the last one
  run_id INTEGER REFERENCES runs(id) -- the run that last asked
) STRICT;
CREATE INDEX links_due ON links (source_id, next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX links_key ON links (url_key);
CREATE INDEX links_article ON links (article_id);
CREATE INDEX links_capture ON links (capture_id);

CREATE TABLE near_duplicates (       -- each article's near-duplicate signature and cluster
  article_id INTEGER PRIMARY KEY REFERENCES articles(id),
  cluster_id INTEGER NOT NULL,       -- the smallest article id in the cluster
  signature BLOB NOT NULL            -- MinHash: 128 little-endian 32-bit values
) STRICT;
CREATE INDEX near_duplicates_cluster ON near_duplicates (cluster_id);

CREATE TABLE near_duplicate_bands (  -- locality-sensitive hashing: articles that share a band are candidates
  band INTEGER NOT NULL,             -- hash of (band number, its values)
  article_id INTEGER NOT NULL REFERENCES articles(id),
  PRIMARY KEY (band, article_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_texts (          -- what is indexed: folded by archive/fold.py; the stored text stays as it is
  article_id INTEGER PRIMARY KEY REFERENCES articles(id),
  headline TEXT NOT NULL,
  description TEXT NOT NULL,
  body TEXT NOT NULL,
  authors TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE articles_fts USING fts5(
  headline, description, body, authors,
  content='search_texts', content_rowid='article_id',
  tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);
INSERT INTO articles_fts (articles_fts, rank) VALUES ('rank', 'bm25(10, 4, 1, 4)');
CREATE TRIGGER search_texts_insert AFTER INSERT ON search_texts BEGIN
  INSERT INTO articles_fts (rowid, headline, description, body, authors)
  VALUES (new.article_id, new.headline, new.description, new.body, new.authors);
END;
CREATE TRIGGER search_texts_delete AFTER DELETE ON search_texts BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, headline, description, body, authors)
  VALUES ('delete', old.article_id, old.headline, old.description, old.body, old.authors);
END;
CREATE TRIGGER search_texts_update AFTER UPDATE ON search_texts BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, headline, description, body, authors)
  VALUES ('delete', old.article_id, old.headline, old.description, old.body, old.authors);
  INSERT INTO articles_fts (rowid, headline, description, body, authors)
  VALUES (new.article_id, new.headline, new.description, new.body, new.authors);
END;

CREATE VIEW current_articles AS      -- an article with its current text: what `show` and `export` give
SELECT
  a.id, a.url, a.url_key, e.canonical_url, s.name AS source, e.headline, e.description, e.authors,
  e.published, e.modified, e.language, e.section, e.keywords, e.image, e.body, e.marks, e.body_sha256, e.word_count,
  r.number AS revision, a.n_revisions, a.first_seen_at, c.fetched_at, r.revision_at, a.checked_at, a.gone_at,
  e.extractor, e.version, e.options, e.rules, e.signals, e.paywall, e.article_type,
  c.warc_file, c.warc_offset, c.warc_length, c.record_id, a.duplicate_of, n.cluster_id AS cluster,
  a.source_id, a.published_day, r.id AS revision_id, e.id AS extraction_id
FROM articles a
JOIN revisions r ON r.id = a.revision_id
JOIN extractions e ON e.id = r.extraction_id
LEFT JOIN sources s ON s.id = a.source_id
LEFT JOIN captures c ON c.id = e.capture_id
LEFT JOIN near_duplicates n ON n.article_id = a.id;
"""

MIGRATIONS = ("m001_tables", *(step.name for step in LATER))
"""The names of all migrations, in order: what a reader compares without importing sqlite_utils."""


def migrate(db: "Database", *, stop_before: str | None = None) -> None:
    """Bring `db` to this schema, or to the one before `stop_before`; each migration whole or not at all."""
    from archive.database import Migrations

    migrations = Migrations("presskeep")
    for step in (Migration(name="m001_tables", sql=TABLES), *LATER):
        migrations(name=step.name)(_applying(step))
    migrations.apply(db, stop_before=stop_before)


def _applying(step: Migration) -> "Callable[[Database], None]":
    def apply(db: "Database") -> None:
        try:
            db.executescript(step.sql)
            if step.fill is not None:
                step.fill(db.conn)
        except sqlite3.Error as error:
            raise MigrationError(step.name, str(error)) from error

    return apply
