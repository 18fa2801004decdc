"""Make an archive of invented articles, as large as wanted, for benchmarks of searching and of scale.

Owns what they are like: bodies of about 3 kB whose words are as frequent as in a language (Zipf), in some papers and
languages, over some years; a few hundredths undated, a few edited, a few nearly alike. The same seed gives the same articles.
The rows are written as the store writes them, without pages behind them: no WARC, captures that point nowhere.
"""

import argparse
import hashlib
import itertools
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from archive.clusters import SCHEME, bands
from archive.fold import fold
from archive.reader import DATABASE
from archive.url_key import url_key

N_WORDS = 60_000
N_SOURCES = 60
FIRST_DAY = date(2019, 1, 1)
N_DAYS = 365 * 6
LANGUAGES = ("en",) * 12 + ("de", "de-AT", "fr", "es", "pt", "fa", "tr", "sw")
_BATCH = 1000
_AT = "2025-01-01T00:00:00.000000Z"
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "en", "or", "il", "us")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """An article as it is written."""

    id: int
    source_id: int
    url: str
    language: str
    published: str | None
    headline: str
    author: str
    body: str
    earlier: str | None
    """The body before an edit."""
    cluster: int


class Writer:
    """Draws words as frequent as a language's, and articles made of them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = vocabulary(seed)
        self.weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))

    def text(self, n_words: int) -> list[str]:
        """Draw so many words."""
        return self.random.choices(self.words, cum_weights=self.weights, k=n_words)

    def sentences(self, n_words: int) -> str:
        """Draw a body: sentences in paragraphs."""
        words = self.text(n_words)
        paragraphs, at = [], 0
        while at < len(words):
            sentences = []
            for _ in range(3):
                length = self.random.randint(9, 26)
                if chosen := words[at : at + length]:
                    sentences.append(" ".join(chosen).capitalize() + ".")
                at += length
            paragraphs.append(" ".join(sentences))
        return "\n\n".join(paragraphs)


def vocabulary(seed: int) -> list[str]:
    """Give the words, the most frequent first: short ones before long ones, as languages have it."""
    drawn = random.Random(seed)
    words: dict[str, None] = {}
    while len(words) < N_WORDS:
        n_syllables = 1 + (len(words) > 60) + (len(words) > 2500) + (len(words) > 20_000)
        words["".join(drawn.choices(_SYLLABLES, k=n_syllables))] = None
    return list(words)


def articles(n: int, *, seed: int = 1) -> Iterator[Invented]:
    """Invent articles, with ids from 1."""
    writer = Writer(seed)
    draw = writer.random
    body, cluster = "", 1
    for number in range(1, n + 1):
        source = min(int(draw.expovariate(0.08)), N_SOURCES - 1)
        alike = number > 1 and draw.random() < 0.03
        if alike:
            paragraphs = body.split("\n\n")
            body = "\n\n".join(paragraphs[:-1] or paragraphs)
        else:
            body, cluster = writer.sentences(max(int(draw.gauss(480, 180)), 40)), number
        headline = " ".join(writer.text(draw.randint(5, 12))).capitalize()
        day = FIRST_DAY + timedelta(days=draw.randrange(N_DAYS))
        yield Invented(
            id=number,
            source_id=source + 1,
            url=f"https://paper{source}.example/{day:%Y/%m}/{number}-{headline.split()[0].lower()}",
            language=LANGUAGES[(source * 7) % len(LANGUAGES)],
            published=None if draw.random() < 0.03 else f"{day.isoformat()}T{draw.randrange(24):02}:15:00Z",
            headline=headline,
            author=" ".join(writer.text(2)).title(),
            body=body,
            earlier=body + "\n\nThis was said before." if draw.random() < 0.04 else None,
            cluster=cluster,
        )


def write_articles(folder: Path, n: int, *, seed: int = 1) -> Path:
    """Write an archive of `n` articles into `folder`, which must hold none yet, and give the folder."""
    from sqlite_utils import Database

    from archive.schema import migrate

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DATABASE
    if path.exists():
        raise ValueError(f"{path} is there already")
    made = Database(path)
    migrate(made)
    made.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        db.executemany(
            "INSERT INTO sources (id, name, url, first_seen_at) VALUES (?, ?, ?, ?)",
            [(at + 1, f"Paper {at}", f"https://paper{at}.example/", _AT) for at in range(N_SOURCES)],
        )
        for batch in _batches(articles(n, seed=seed)):
            with db:
                _write(db, batch)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def _batches(found: Iterator[Invented]) -> Iterator[list[Invented]]:
    while batch := list(itertools.islice(found, _BATCH)):
        yield batch


def _write(db: sqlite3.Connection, batch: Sequence[Invented]) -> None:
    db.execute("PRAGMA defer_foreign_keys = ON")
    last = int(db.execute("SELECT coalesce(max(id), 0) FROM revisions").fetchone()[0])
    rows: dict[str, list[tuple[object, ...]]] = {"articles": [], "revisions": [], "extractions": [], "texts": []}
    for article in batch:
        authors = json.dumps([article.author])
        bodies = [article.body] if article.earlier is None else [article.earlier, article.body]
        for number, body in enumerate(bodies, 1):
            last += 1
            rows["revisions"].append((last, article.id, number, _AT, last))
            rows["extractions"].append(
                (last, last, _AT, article.headline, authors, article.published, article.language, body, _sha256(body),
                 len(body.split()))
            )  # fmt: skip
        rows["articles"].append(
            (article.id, url_key(article.url), article.url, article.source_id, _AT, _AT, len(bodies), last, article.headline,
             authors, article.published, article.published and article.published[:10], article.language,
             len(article.body.split()), _sha256(article.body))
        )  # fmt: skip
        rows["texts"].append((article.id, fold(article.headline), fold(article.body), fold(article.author)))
    db.executemany(
        "INSERT INTO articles (id, url_key, url, source_id, first_seen_at, checked_at, n_revisions, revision_id, headline,"
        " authors, published, published_day, language, word_count, body_sha256)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows["articles"],
    )
    db.executemany(
        "INSERT INTO revisions (id, article_id, number, revision_at, extraction_id) VALUES (?, ?, ?, ?, ?)",
        rows["revisions"],
    )
    db.executemany(
        "INSERT INTO extractions (id, revision_id, extractor, version, options, rules, made_at, headline, authors, published,"
        " language, body, body_sha256, word_count) VALUES (?, ?, 'invented', '1', '', '1', ?, ?, ?, ?, ?, ?, ?, ?)",
        rows["extractions"],
    )
    db.executemany(
        "INSERT INTO search_texts (article_id, headline, description, body, authors) VALUES (?, ?, '', ?, ?)",
        rows["texts"],
    )
    # those of a cluster are alike, all others differ: nothing may take them for copies of one another
    signatures = [(article, random.Random(article.cluster).randbytes(512)) for article in batch]
    db.executemany(
        "INSERT INTO near_duplicates (article_id, cluster_id, signature, scheme) VALUES (?, ?, ?, ?)",
        [(article.id, article.cluster, signature, SCHEME) for article, signature in signatures],
    )
    db.executemany(
        "INSERT INTO near_duplicate_bands (band, article_id) VALUES (?, ?)",
        [(band, article.id) for article, signature in signatures for band in bands(signature)],
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write an archive of invented articles."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.articles", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the archive is made")
    parser.add_argument("--articles", type=int, default=100_000, metavar="N", help="how many (default: 100,000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other articles for another seed (default: 1)")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        write_articles(options.folder, options.articles, seed=options.seed)
    except (OSError, ValueError) as error:
        print(f"not made: {error}", file=sys.stderr)
        return 1
    size = (options.folder / DATABASE).stat().st_size
    seconds = time.monotonic() - started
    print(f"{options.articles:,} articles, {size / 1e6:,.0f} MB, in {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
