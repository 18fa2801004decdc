"""The pages of an article: reading it, its revisions, its near-duplicates, and a difference by word.

Owns what those pages show. What an article is and what differs is asked in archive/.
"""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from archive.diff import CONTEXT, Difference, Piece, Side, Text, compare
from archive.errors import UsageError
from archive.history import Change, history
from archive.kept import KeptArticle, kept_article
from archive.records import Article, Removal
from archive.related import Copy, related
from archive.search import ids_in_order
from archive.selection import count, select
from archive.snippets import Span, find_matches, mark, spans
from archive.web.asked import Asked, ask, folder_of, now, number, read, whole
from archive.web.body import Part, cuts, parts, places
from archive.web.cite import FORMS, REFERENCES, citation
from archive.web.page_text import page_text
from archive.web.pages import render
from archive.web.shown import direction

if TYPE_CHECKING:
    from datasette.app import Datasette

    from archive.query import Term

_MOST_HITS = 100_000
_MOST_ALIKE = 20
"""Near-duplicates shown: each is compared with the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an article stands among the hits of the search that led to it."""

    number: int
    n_hits: int
    previous: str | None
    next: str | None
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An article and what stands beside it."""

    kept: KeptArticle
    changes: tuple[Change, ...]
    alike: tuple[Copy, ...]
    """Its cluster, this one included, the first to be out first; empty where nothing is like it."""
    terms: "tuple[Term, ...]"
    place: Place | None


async def article_page(datasette: "Datasette", request: Any) -> Any:
    """Show an article at its latest or a given revision, with what was removed in its place where that is asked for."""
    article_id, asked = int(request.url_vars["id"]), read(request.query_string)
    revision = number(request, "revision")
    with_removed = request.args.get("removed") == "1"
    hit = whole(request.args.get("hit") or "", most=_MOST_HITS) if request.args.get("hit") else None
    opened = await ask(datasette, lambda db: _open(db, article_id, revision, asked, hit))
    kept, folder = opened.kept, folder_of(datasette)
    placed: dict[int, list[Removal]] = {}
    lost: list[Removal] = []
    if with_removed and kept.article.removals and folder:
        text = await _in_thread(datasette, folder, kept)
        placed, lost = places(kept.article, text)
    context = {
        "kept": kept,
        "article": kept.article,
        "direction": direction(kept.article.headline, kept.article.body),
        "standfirst": standfirst(kept.article),
        "headline_marks": _headline(kept, opened.terms),
        "parts": _parts(kept, opened.terms, placed),
        "lost": cuts(lost),
        "with_removed": with_removed,
        "removed": Counter(removal.reason for removal in kept.article.removals).most_common(),
        "toggle_url": _toggle_url(request, article_id, with_removed=with_removed),
        "changes": opened.changes,
        "alike": opened.alike,
        "place": opened.place,
        "citation": citation(kept),
        "forms": FORMS,
        "references": REFERENCES,
        "suffix": f"?revision={kept.revision}" if kept.revision != kept.n_revisions else "",
        "now": now(),
    }
    return await render(datasette, request, "article.html", context)


async def _in_thread(datasette: "Datasette", folder: Path, kept: KeptArticle) -> str | None:
    return await ask(datasette, lambda _: page_text(folder, kept.capture))


def _open(db: sqlite3.Connection, article_id: int, revision: int | None, asked: Asked, hit: int | None) -> Opened:
    kept = kept_article(db, article_id, revision)
    terms: tuple[Term, ...] = ()
    if asked.q:
        terms = select(db, asked.q, filters=asked.filters(now()), raw=asked.raw).reading.terms
    return Opened(
        kept=kept,
        changes=tuple(history(db, article_id)),
        alike=tuple(related(db, article_id, limit=_MOST_ALIKE)) if (kept.cluster_size or 1) > 1 else (),
        terms=terms,
        place=_place(db, asked, hit) if hit else None,
    )


def _place(db: sqlite3.Connection, asked: Asked, hit: int) -> Place:
    chosen = select(db, asked.q, filters=asked.filters(now()), raw=asked.raw)
    first = max(hit - 2, 0)
    around = dict(enumerate(ids_in_order(db, chosen, sort=asked.sort, limit=3, offset=first), first + 1))
    page = (hit - 1) // 20 + 1
    return Place(
        number=hit,
        n_hits=count(db, chosen),
        previous=asked.hit_url(around[hit - 1], hit - 1) if hit - 1 in around else None,
        next=asked.hit_url(around[hit + 1], hit + 1) if hit + 1 in around else None,
        back=asked.url(page=page) + f"#hit-{hit}",
    )


def standfirst(article: Article) -> str | None:
    """Give the description where it says something that the text does not begin with."""
    said = article.description
    if not said or said.split()[:8] == article.body.split()[:8] or said in article.body[: len(said) + 300]:
        return None
    return said


def _headline(kept: KeptArticle, terms: "tuple[Term, ...]") -> tuple[str, tuple[Span, ...]]:
    made = mark(kept.article.headline or "No headline", terms, column="headline")
    return made.text, made.marks


def _parts(kept: KeptArticle, terms: "tuple[Term, ...]", placed: dict[int, list[Removal]]) -> list[Part]:
    found = spans(find_matches(kept.article.body, terms, column="body")) if terms else ()
    return parts(kept.article, marks=found, removals=placed)


def _toggle_url(request: Any, article_id: int, *, with_removed: bool) -> str:
    from urllib.parse import parse_qsl, urlencode

    pairs = [(name, value) for name, value in parse_qsl(request.query_string) if name != "removed"]
    query = urlencode(pairs if with_removed else [*pairs, ("removed", "1")])
    return f"/article/{article_id}{'?' if query else ''}{query}{'' if with_removed else '#removed-1'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two texts and what differs: the old or other one on the left."""

    old: KeptArticle
    new: KeptArticle
    difference: Difference
    changes: tuple[Change, ...]


async def diff_page(datasette: "Datasette", request: Any) -> Any:
    """Show what differs between two revisions (`from`, `to`), or between two articles (`with`)."""
    article_id = int(request.url_vars["id"])
    asked = parse_qs(request.query_string)
    other = number(request, "with") if "with" in asked else None
    first, last = number(request, "from"), number(request, "to")
    found = await ask(datasette, lambda db: _compare(db, article_id, other, first, last))
    context = {
        "old": found.old,
        "new": found.new,
        "between": other is not None,
        "difference": found.difference,
        "paragraphs": shown_paragraphs(found.difference),
        "changes": found.changes,
    }
    return await render(datasette, request, "diff.html", context)


def _compare(
    db: sqlite3.Connection, article_id: int, other: int | None, first: int | None, last: int | None
) -> Compared:
    if other is not None:
        old, new = kept_article(db, other), kept_article(db, article_id)
    else:
        new = kept_article(db, article_id, last)
        if new.n_revisions == 1:
            raise UsageError(f"Article {article_id} has only one revision: there is nothing to compare.")
        old = kept_article(db, article_id, first if first is not None else max(new.revision - 1, 1))
    difference = compare(_text(old), _text(new))
    changes = () if other is not None else tuple(history(db, article_id))
    return Compared(old=old, new=new, difference=difference, changes=changes)


def _text(kept: KeptArticle) -> Text:
    return Text(headline=kept.article.headline, body=kept.article.body)


def shown_paragraphs(difference: Difference) -> list[tuple[Piece, ...] | int]:
    """Give the changed paragraphs with one around each, and a number where so many unchanged ones were left out."""
    body = [paragraph for paragraph in difference.body if any(piece.text.strip() for piece in paragraph)]
    changed = [any(piece.side is not Side.BOTH for piece in paragraph) for paragraph in body]
    found: list[tuple[Piece, ...] | int] = []
    for at, paragraph in enumerate(body):
        if any(changed[max(at - CONTEXT, 0) : at + CONTEXT + 1]):
            found.append(paragraph)
        elif found and isinstance(found[-1], int):
            found[-1] += 1
        else:
            found.append(1)
    return found
