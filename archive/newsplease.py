"""Articles as news-please writes them: a JSON object each, in files of one, in lists or in lines; crawled, or from Common Crawl.

Pure, but for reading the files. Owns what its fields mean here. The text is news-please's own reading, and says so: it is never
taken for an extraction of ours. https://github.com/fhamborg/news-please
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from archive.entries import BadLineError, Entry, Fields
from archive.errors import UsageError
from archive.records import Article, Extractor, Signal
from archive.times import iso
from archive.url_key import url_key

EXTRACTOR = Extractor(name="news-please", version="unknown", options="imported", rules="none")
ENDINGS = (".json", ".jsonl")


def documents(path: Path) -> Iterator[tuple[str, str]]:
    """Give the JSON texts of a file, or of all .json and .jsonl files in and below a folder, each with its place."""
    files = sorted(each for each in path.rglob("*") if each.suffix in ENDINGS) if path.is_dir() else [path]
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from error
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError):
            for number, line in enumerate(text.splitlines(), 1):
                yield f"{file}, line {number}", line
            continue
        for number, one in enumerate(whole if isinstance(whole, list) else [whole], 1):
            yield (f"{file}, article {number}" if isinstance(whole, list) else str(file)), json.dumps(one)


def read_newsplease(text: str) -> Entry:
    """Read an article; raises BadLineError with what is wrong."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"no JSON: {error}") from error
    if not isinstance(values, dict):
        raise BadLineError("no JSON object")
    read = Fields(values)
    url, body = read.text("url"), read.text("maintext")
    if url is None or urlsplit(url).scheme not in {"http", "https"}:
        raise BadLineError("no url")
    if not body:
        raise BadLineError("no maintext")
    published, modified = _stated(read, "date_publish"), _stated(read, "date_modify")
    fetched_at = _moment(read, "date_download") or _moment(read, "date_publish")
    if fetched_at is None:
        raise BadLineError("neither date_download nor date_publish")
    article = Article(
        url=url,
        canonical_url=None,
        headline=read.text("title") or read.text("title_rss"),
        description=read.text("description") or None,
        authors=read.texts("authors"),
        published=published,
        modified=modified,
        section=None,
        keywords=(),
        language=read.text("language") or None,
        image=read.text("image_url") or None,
        article_type=None,
        paywall=None,
        body="\n\n".join(line.strip() for line in body.splitlines() if line.strip()),
        marks=(),
        signals={"body": Signal(origin="news-please", confidence=0.5)},
        removals=(),
        extractor=EXTRACTOR,
    )
    return Entry(
        article=article, url_key=url_key(url), source=read.text("source_domain"), word_count=0, revision=1, n_revisions=1,
        revision_at=iso(fetched_at), first_seen_at=iso(fetched_at), fetched_at=iso(fetched_at), gone_at=None,
        foreign_id=None, warc={},
    )  # fmt: skip


def _moment(read: Fields, name: str) -> datetime | None:
    """Read a moment; news-please writes `2024-03-05 10:11:12` without a zone, and means UTC."""
    text = read.text(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadLineError(f"{name} is {text[:40]}") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _stated(read: Fields, name: str) -> str | None:
    """Give a date as the page stated it, as far as that is known: midnight is how news-please writes a day."""
    if _moment(read, name) is None:
        return None
    text = (read.text(name) or "").replace(" ", "T")
    return text[:10] if text[10:] in {"", "T00:00:00"} else text
