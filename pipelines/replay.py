"""Read kept captures again, by the extractor, rules and templates of today: no network, no edit, nothing lost.

Owns which revisions are due, the run's row, and the comparison of before and after. A reading is a new extraction of the same
revision; earlier ones stay. It can be stopped at any moment: what was read is no longer due. Pages are read where the engine runs
them (pipelines/engine.py); this process alone writes.
"""

import hashlib
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.articles import add_extraction
from archive.kept import KeptArticle, kept_article
from archive.links import read_hints
from archive.parts import find_payloads
from archive.records import Article
from archive.restored import host_in, restored_blocks
from archive.store import Store
from archive.times import from_iso, iso
from pipelines.capture_batches import AT_ONCE, CaptureBatch, CaptureToRead
from pipelines.clean.template import Template, clean_template
from pipelines.engine import Engine, in_order
from pipelines.extract import extractor_of
from pipelines.items import NoArticle
from pipelines.kept_lists import WordChanges, note_word_lists
from pipelines.memory import peak_mb
from pipelines.templates import load_template
from pipelines.workers import Reading, signed

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
    n_untouched: int = 0
    """Of these, readings by other word lists, which say the same about all that they asked: they are not read again."""
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

    number: int
    """Of its article, among those that were asked for."""
    kept: KeptArticle
    revision_id: int
    capture_id: int | None
    template: Template
    capture: CaptureToRead | None
    """None: only its template is another one, and the kept reading will do."""


def _lot(change: Change) -> str:
    return hashlib.sha256(f"{change.before.url} {change.revision}".encode("utf-8", "replace")).hexdigest()


def reextract(
    store: Store,
    article_ids: Sequence[int],
    *,
    engine: Engine,
    clock: Callable[[], datetime],
    older_than: str | None = None,
    dry_run: bool = False,
    options: Mapping[str, object] | None = None,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> Replay:
    """Read all revisions of these articles again that today's extractor would read differently.

    `older_than`: only readings by an extractor of a version before it. With `dry_run` nothing is kept, no run's row either, which
    else has `options`. `tell` hears how many articles are done, and of how many. The caller holds the archive's lock.
    """
    rereading = _Rereading(store, older_than, clock, tell, keep=not dry_run)
    run_id = None
    if not dry_run:
        with store.transaction():
            note_word_lists(store)
            run_id = store.start_run(command="reextract", options=options or {}, now=clock())
    reason = "failed"
    try:
        rereading.run(engine, article_ids)
        reason = "finished"
    except KeyboardInterrupt:
        reason = "shutdown"
        raise
    finally:
        if run_id is not None:
            with store.transaction():
                store.update("runs", run_id, _run_values(rereading.found, reason, clock()))
    return rereading.found


def _run_values(found: Replay, reason: str, now: datetime) -> dict[str, Any]:
    reasons = Counter(reread=found.n_changed, unchanged=found.n_read - found.n_changed, no_page=found.n_without_page)
    reasons.update(found.refused)
    return {
        "finished_at": iso(now),
        "finish_reason": reason,
        "exit_code": {"finished": 0, "shutdown": 130}.get(reason, 1),
        "n_unchanged": found.n_read - found.n_changed,
        "n_rejected": found.refused.total(),
        "reasons": json.dumps({word: number for word, number in sorted(reasons.items()) if number}),
        "peak_rss_mb": peak_mb(),
    }


class _Rereading:
    """One re-extraction on its way."""

    def __init__(
        self,
        store: Store,
        older_than: str | None,
        clock: Callable[[], datetime],
        tell: Callable[[int, int], None],
        *,
        keep: bool,
    ) -> None:
        self.found = Replay()
        self._store, self._older_than, self._clock, self._tell, self._keeps = store, older_than, clock, tell, keep
        self._rules = restored_blocks(store)
        self._words = WordChanges(store)
        self._waiting: deque[_Due] = deque()
        """What the engine has been given, in order."""
        self._n_all = 0

    def run(self, engine: Engine, article_ids: Sequence[int]) -> None:
        self._n_all = len(article_ids)
        self._tell(0, self._n_all)
        n_done = 0
        for batch in in_order(engine, self._tasks(article_ids)):
            with self._store.transaction():
                for reading in batch.readings:
                    due = self._waiting.popleft()
                    self._take(due, reading)
                    n_done = due.number
            self._tell(n_done, self._n_all)
        self._tell(self._n_all, self._n_all)

    def _tasks(self, article_ids: Sequence[int]) -> Iterator[CaptureBatch]:
        """Give what is due as tasks; called whenever the engine has room."""
        captures: list[CaptureToRead] = []
        for number, article_id in enumerate(article_ids, 1):
            for due in self._due(article_id, number):
                if due.capture is None:
                    with self._store.transaction():
                        self._take(due, signed(clean_template(due.kept.article, due.template)))
                    continue
                self._waiting.append(due)
                captures.append(due.capture)
            if len(captures) >= AT_ONCE:
                yield CaptureBatch(folder=self._store.folder.absolute(), captures=tuple(captures))
                captures = []
        if captures:
            yield CaptureBatch(folder=self._store.folder.absolute(), captures=tuple(captures))

    def _take(self, due: _Due, reading: Reading | None) -> None:
        """Count a reading, and keep it."""
        if reading is None:
            self.found.n_without_page += 1
            return
        after = reading.extraction
        if isinstance(after, NoArticle):
            self.found.refused[after.reason] += 1
            return
        if due.capture is None and after.body == due.kept.article.body:
            return  # another template that cuts nothing else is no other reading
        self.found.note(
            Change(article_id=due.kept.id, revision=due.kept.revision, before=due.kept.article, after=after)
        )
        if self._keeps:
            add_extraction(
                self._store, due.kept.id, due.revision_id, after, capture_id=due.capture_id, signature=reading.signature,
                now=self._clock(),
            )  # fmt: skip

    def _due(self, article_id: int, number: int) -> Iterator[_Due]:
        store = self._store
        rows = store.db.execute(
            "SELECT r.id, r.number, r.revision_at, r.extraction_id, e.capture_id, e.options, a.source_id, a.url,"
            " (SELECT hints FROM links WHERE article_id = a.id ORDER BY id) AS hints"
            " FROM revisions r JOIN articles a ON a.id = r.article_id JOIN extractions e ON e.id = r.extraction_id"
            " WHERE a.id = ? ORDER BY r.number",
            (article_id,),
        ).fetchall()
        for row in rows:
            self.found.n_looked += 1
            assert store.db.conn is not None
            kept = kept_article(store.db.conn, article_id, row["number"])
            made_by = kept.article.extractor
            if self._older_than is not None and not is_older(made_by.version, self._older_than):
                continue
            profile = row["options"] if row["options"] in {"full", "fast"} else "full"
            texts = tuple(rule.text for rule in self._rules if rule.covers(row["source_id"], host_in(row["url"])))
            template = load_template(store, row["source_id"], at=from_iso(row["revision_at"]))
            today = extractor_of(profile, texts)
            only_template = self._words.leave_alone(row["extraction_id"], made_by, today)
            self.found.n_untouched += only_template and made_by.rules != today.rules
            if only_template and made_by.template == template.version:
                continue
            capture = None
            if not only_template:
                payloads = find_payloads(store, row["id"])
                if not payloads:
                    self.found.n_without_page += 1
                    continue
                hints = read_hints(row["hints"] or "{}")
                capture = CaptureToRead(
                    payload=payloads[0],
                    further=payloads[1:],
                    profile=profile,
                    template=template,
                    hints=hints,
                    restored=texts,
                )
            yield _Due(
                number=number, kept=kept, revision_id=row["id"], capture_id=row["capture_id"], template=template, capture=capture
            )  # fmt: skip


def is_older(version: str, than: str) -> bool:
    """Compare versions by their numbers, ours before trafilatura's: `1+trafilatura-2.3.1` is older than `2`."""

    def numbers(text: str) -> list[int]:
        return [int(number) for number in _NUMBERS.findall(text)]

    return numbers(version) < numbers(than)
