"""Read kept captures again, by the extractor, rules and templates of today: no network, no edit, nothing lost.

Owns which revisions are due, and the comparison of before and after. A reading is a new extraction of the same revision;
earlier ones stay. It can be stopped at any moment: what was read is no longer due.
"""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive.articles import add_extraction
from archive.errors import ArchiveError
from archive.fingerprint import signature
from archive.kept import KeptArticle, kept_article
from archive.links import read_hints
from archive.records import Article, Extractor, Hints
from archive.restored import RestoredBlock, host_in, restored_blocks
from archive.store import Store
from archive.times import from_iso
from pipelines.clean.template import Template, clean_template
from pipelines.extract import extractor_of
from pipelines.items import NoArticle, Page
from pipelines.part_reading import kept_pages, read_whole
from pipelines.templates import load_template
from pipelines.workers import Workers

AT_ONCE = 50
"""Pages in flight; each batch is a transaction."""
SAMPLE = 20
FIELDS = ("headline", "description", "authors", "published", "modified", "section", "keywords", "language", "image")
_WORD = re.compile(r"\w+")
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A reading before and after."""

    article_id: int
    revision: int
    before: Article
    after: Article


@dataclass(slots=True, kw_only=True)
class Replay:
    """What came of reading again."""

    n_looked: int = 0
    """Revisions looked at."""
    n_read: int = 0
    n_changed: int = 0
    """Of these, readings with another headline or body."""
    n_without_page: int = 0
    """Their captures are pruned, or were never ours."""
    words_gained: int = 0
    words_lost: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    emptied: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """Pages that are no article to the extractor of today, by reason; their readings stay as they are."""
    sample: list[Change] = field(default_factory=list)
    """Changed texts, drawn by a hash of their addresses: the same on every machine."""

    def note(self, change: Change) -> None:
        """Count a reading."""
        self.n_read += 1
        before, after = change.before, change.after
        for name in FIELDS:
            had, has = bool(getattr(before, name)), bool(getattr(after, name))
            self.filled[name] += has and not had
            self.emptied[name] += had and not has
        if (before.headline, before.body) == (after.headline, after.body):
            return
        self.n_changed += 1
        old, new = Counter(_WORD.findall(before.body)), Counter(_WORD.findall(after.body))
        self.words_gained += (new - old).total()
        self.words_lost += (old - new).total()
        self.sample = sorted([*self.sample, change], key=_lot)[:SAMPLE]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A revision that other versions, rules or templates have read."""

    kept: KeptArticle
    revision_id: int
    capture_id: int | None
    profile: str
    template: Template
    only_template: bool
    pages: tuple[Page, ...]


def _lot(change: Change) -> str:
    return hashlib.sha256(f"{change.before.url} {change.revision}".encode("utf-8", "replace")).hexdigest()


def reextract(
    store: Store,
    article_ids: Sequence[int],
    *,
    now: datetime,
    older_than: str | None = None,
    dry_run: bool = False,
    n_workers: int | None = None,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> Replay:
    """Read all revisions of these articles again that today's extractor would read differently.

    `older_than`: only readings by an extractor of a version before it. With `dry_run` nothing is kept. `tell` hears how many
    articles are done, and of how many. The caller holds the archive's lock.
    """
    return asyncio.run(_reextract(store, article_ids, now, older_than, n_workers, tell, keep=not dry_run))


async def _reextract(
    store: Store,
    article_ids: Sequence[int],
    now: datetime,
    older_than: str | None,
    n_workers: int | None,
    tell: Callable[[int, int], None],
    *,
    keep: bool,
) -> Replay:
    found = Replay()
    rules = restored_blocks(store)
    pools: dict[str, Workers] = {}
    try:
        for start in range(0, len(article_ids), AT_ONCE):
            chosen = article_ids[start : start + AT_ONCE]
            due = [one for article_id in chosen for one in _due(store, article_id, rules, older_than, found)]
            for at in range(0, len(due), AT_ONCE):
                batch = due[at : at + AT_ONCE]
                readings = await asyncio.gather(*(_read(one, pools, n_workers) for one in batch))
                with store.transaction():
                    for one, (after, signed) in zip(batch, readings, strict=True):
                        _keep(store, found, one, after, signed, now, keep=keep)
            tell(start + len(chosen), len(article_ids))
    finally:
        for workers in pools.values():
            workers.close()
    return found


async def _read(
    due: _Due, pools: dict[str, Workers], n_workers: int | None
) -> tuple[Article | NoArticle, bytes | None]:
    if due.only_template:
        after = clean_template(due.kept.article, due.template)
        return after, signature(after.body)
    if due.profile not in pools:
        pools[due.profile] = Workers(n_workers, profile=due.profile)
    reading = await read_whole(pools[due.profile], due.pages, due.template)
    return reading.extraction, reading.signature


def _keep(
    store: Store,
    found: Replay,
    due: _Due,
    after: Article | NoArticle,
    signed: bytes | None,
    now: datetime,
    *,
    keep: bool,
) -> None:
    if isinstance(after, NoArticle):
        found.refused[after.reason] += 1
        return
    if due.only_template and after.body == due.kept.article.body:
        return  # another template that cuts nothing else is no other reading
    change = Change(article_id=due.kept.id, revision=due.kept.revision, before=due.kept.article, after=after)
    found.note(change)
    if keep:
        add_extraction(
            store, due.kept.id, due.revision_id, after, capture_id=due.capture_id, signature=signed, now=now
        )  # fmt: skip


def _due(
    store: Store, article_id: int, rules: Sequence[RestoredBlock], older_than: str | None, found: Replay
) -> Iterator[_Due]:
    rows = store.db.execute(
        "SELECT r.id, r.number, r.revision_at, e.capture_id, e.options, a.source_id, a.url,"
        " (SELECT hints FROM links WHERE article_id = a.id ORDER BY id) AS hints"
        " FROM revisions r JOIN articles a ON a.id = r.article_id JOIN extractions e ON e.id = r.extraction_id"
        " WHERE a.id = ? ORDER BY r.number",
        (article_id,),
    ).fetchall()
    for row in rows:
        found.n_looked += 1
        assert store.db.conn is not None
        kept = kept_article(store.db.conn, article_id, row["number"])
        made_by = kept.article.extractor
        if older_than is not None and not is_older(made_by.version, older_than):
            continue
        profile = row["options"] if row["options"] in {"full", "fast"} else "full"
        texts = tuple(rule.text for rule in rules if rule.covers(row["source_id"], host_in(row["url"])))
        template = load_template(store, row["source_id"], at=from_iso(row["revision_at"]))
        current = extractor_of(profile, texts)
        only_template = _bare(made_by) == _bare(current)
        if only_template and made_by.template == template.version:
            continue
        pages = () if only_template else _pages(store, row["id"], read_hints(row["hints"] or "{}"), texts)
        if not pages and not only_template:
            found.n_without_page += 1
            continue
        yield _Due(
            kept=kept,
            revision_id=row["id"],
            capture_id=row["capture_id"],
            profile=profile,
            template=template,
            only_template=only_template,
            pages=pages,
        )


def _bare(extractor: Extractor) -> tuple[str, str, str, str]:
    return extractor.name, extractor.version, extractor.options, extractor.rules


def _pages(store: Store, revision_id: int, hints: Hints, restored: tuple[str, ...]) -> tuple[Page, ...]:
    try:
        return kept_pages(store, revision_id, hints, restored)
    except (ArchiveError, OSError):
        return ()  # `doctor` says which records are damaged


def is_older(version: str, than: str) -> bool:
    """Compare versions by their numbers, ours before trafilatura's: `1+trafilatura-2.3.1` is older than `2`."""

    def numbers(text: str) -> list[int]:
        return [int(number) for number in _NUMBERS.findall(text)]

    return numbers(version) < numbers(than)
