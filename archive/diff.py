"""What an edit changed: two texts of an article compared, by line or by word.

Pure. Owns the difference and its form for people; a difference, read on its "new" side, gives the new text back. Edits of
the headline are told apart from those of the body; what only changes spaces, quotes or case is called cosmetic, and what
puts a few words right, or says that it does, a correction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

import click

from archive.text import one_line, shorten, visible

_WORDS = r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]|\d+(?:[.,:]\d+)+|\w+"
"""An ideograph, a number with what groups its digits, a word."""
_TOKEN = re.compile(rf"\s+|{_WORDS}|[^\w\s]")
_WORD = re.compile(_WORDS)
_GROUPING = re.compile(r"(?<=\d)[.,:](?=\d)")
_COSTLY = 4_000_000
"""Pairs of tokens beyond which difflib may take seconds: from there on it may pass over frequent tokens."""
ALIKE = 0.3
"""Least share of characters in common for a comparison by word: below, it would be confetti."""
CONTEXT = 1
"""Unchanged paragraphs shown around a changed one."""


NOTICE = re.compile(
    r"""(?xi)
    ^\W*(?:
      corrections?|corrigendum|errat(?:um|a)(?:\ corrige)?|clarification|editor[’']s\ note
      | korrektur|berichtigung|richtigstellung | correctif|rectificatif|rectification
      | fe\ de\ erratas?|rectificación|corrección | rettifica | correção | düzeltme | исправление|уточнение|поправка
      | تصحیح|اصلاحیه|تصحيح | 更正 | 訂正 | お詫び | 정정
    )[^\n:：]{0,40}[:：–—】\]]
    | \b(?:an?|the)\ (?:earlier|previous|prior|original)\ version\ of\ th(?:is|e)\b
    | \bth(?:is|e)\ (?:article|story|report|headline|text|piece)\ (?:was|has\ been)\ (?:amended|corrected|updated\ to\ correct)
    | \bin\ einer\ (?:früheren|vorherigen)\ (?:version|fassung) | \bune\ version\ (?:antérieure|précédente)
    | \buna\ versión\ anterior\ de\ est[ea]
    """
)
"""How papers announce that they put something right; only a notice that the earlier text had not counts."""
FEW = 12
"""A silent correction replaces at most so many words, and no more than a tenth of the text, without a new paragraph."""


class Side(StrEnum):
    """Where a piece of text stands."""

    BOTH = "both"
    OLD = "old"
    NEW = "new"


class Edit(StrEnum):
    """What kind of edit a text saw."""

    NONE = "none"
    COSMETIC = "cosmetic"
    """Words and their order are the same."""
    CORRECTION = "correction"
    """A notice announces it, or a few words were replaced in their places."""
    REWRITE = "rewrite"
    """Anything else: an update, a new paragraph, another text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One revision's text."""

    headline: str | None
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text that both texts have, or only one of them."""

    side: Side
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that differs. `body` has one entry a paragraph (or gap between two); an edited one has pieces of several sides."""

    headline: tuple[Piece, ...]
    body: tuple[tuple[Piece, ...], ...]
    headline_edit: Edit
    body_edit: Edit
    notice: str | None
    """The line in which the new text announces a correction, where the old one had none such."""
    n_words_added: int
    n_words_removed: int

    @property
    def same(self) -> bool:
        """Tell whether nothing differs."""
        return not (self.headline_changed or self.body_changed)

    @property
    def headline_changed(self) -> bool:
        """Tell whether the headlines differ."""
        return self.headline_edit is not Edit.NONE

    @property
    def body_changed(self) -> bool:
        """Tell whether the bodies differ."""
        return self.body_edit is not Edit.NONE

    @property
    def cosmetic(self) -> bool:
        """Tell whether something differs, but no word."""
        return not self.same and {self.headline_edit, self.body_edit} <= {Edit.NONE, Edit.COSMETIC}

    @property
    def what(self) -> str:
        """Say in a word or two what changed: `headline, body (correction)`."""
        parts = [
            name + ("" if edit is Edit.REWRITE else f" ({edit})")
            for name, edit in (("headline", self.headline_edit), ("body", self.body_edit))
            if edit is not Edit.NONE
        ]
        return ", ".join(parts) or "nothing"


def compare(old: Text, new: Text) -> Difference:
    """Compare two texts; counts are of words in the body and the headline."""
    headline = tuple(_words(old.headline or "", new.headline or ""))
    body = tuple(_paragraphs(old.body, new.body))
    pieces = [*headline, *(piece for paragraph in body for piece in paragraph)]
    notice = _new_notice(old, new)
    return Difference(
        headline=headline,
        body=body,
        headline_edit=_headline_edit(old.headline or "", new.headline or ""),
        body_edit=_body_edit(old.body, new.body, body, notice),
        notice=notice,
        n_words_added=_count_words(pieces, Side.NEW),
        n_words_removed=_count_words(pieces, Side.OLD),
    )


def _headline_edit(old: str, new: str) -> Edit:
    if old == new:
        return Edit.NONE
    return Edit.COSMETIC if _bare(old) == _bare(new) else Edit.REWRITE


def _body_edit(old: str, new: str, body: Sequence[Sequence[Piece]], notice: str | None) -> Edit:
    if old == new:
        return Edit.NONE
    if _bare(old) == _bare(new):
        return Edit.COSMETIC
    if notice is not None:
        return Edit.CORRECTION
    in_place = all(
        any(piece.side is Side.BOTH and not piece.text.isspace() for piece in paragraph)
        for paragraph in body
        if any(_WORD.search(piece.text) for piece in paragraph if piece.side is not Side.BOTH)
    )
    flat = [piece for paragraph in body for piece in paragraph]
    n_added, n_removed = _count_words(flat, Side.NEW), _count_words(flat, Side.OLD)
    few = min(FEW, len(_bare(old)) / 10)
    return Edit.CORRECTION if in_place and 0 < n_removed <= few and 0 < n_added <= few else Edit.REWRITE


def _new_notice(old: Text, new: Text) -> str | None:
    before = {said for said, _ in _notices(old)}
    return next((line for said, line in _notices(new) if said not in before), None)


def _notices(text: Text) -> Iterator[tuple[str, str]]:
    for line in (text.headline or "", *text.body.split("\n")):
        if found := NOTICE.search(line):
            yield found[0].casefold(), line.strip()


def _count_words(pieces: Sequence[Piece], side: Side) -> int:
    return sum(len(_WORD.findall(piece.text)) for piece in pieces if piece.side is side)


def _bare(text: str) -> list[str]:
    return _WORD.findall(_GROUPING.sub(" ", text.casefold()))


def side_of(pieces: Sequence[Piece], side: Side) -> str:
    """Give one side's text back."""
    return "".join(piece.text for piece in pieces if piece.side in (Side.BOTH, side))


def _paragraphs(old: str, new: str) -> Iterator[tuple[Piece, ...]]:
    """Compare by paragraph; those that were replaced by others are paired and compared by word."""
    ours, theirs = re.split(r"(?<=\n)(?!\n)", old), re.split(r"(?<=\n)(?!\n)", new)
    for tag, i, j, k, m in _opcodes(ours, theirs):
        if tag == "equal":
            yield from ((Piece(side=Side.BOTH, text=line),) for line in ours[i:j])
        elif tag == "replace" and j - i == m - k:
            yield from (tuple(_words(a, b)) for a, b in zip(ours[i:j], theirs[k:m], strict=True))
        elif tag == "replace":
            yield tuple(_words("".join(ours[i:j]), "".join(theirs[k:m])))
        else:
            yield from ((Piece(side=Side.OLD, text=line),) for line in ours[i:j])
            yield from ((Piece(side=Side.NEW, text=line),) for line in theirs[k:m])


def _words(old: str, new: str) -> Iterator[Piece]:
    """Compare by word. A space between two changed words is changed with them, and texts with little in common are two."""
    ours, theirs = _TOKEN.findall(old), _TOKEN.findall(new)
    codes = _opcodes(ours, theirs)
    n_alike = sum(
        len(token) for tag, i, j, _, _ in codes if tag == "equal" for token in ours[i:j] if not token.isspace()
    )
    if n_alike < ALIKE * max(len(old), len(new)):
        codes = [("replace", 0, len(ours), 0, len(theirs))] if old != new else codes
    removed = added = ""
    for n, (tag, i, j, k, m) in enumerate(codes):
        before, after = "".join(ours[i:j]), "".join(theirs[k:m])
        if tag != "equal" or (before.isspace() and "\n" not in before and 0 < n < len(codes) - 1):
            removed += before
            added += after
            continue
        yield from _pieces(removed, added)
        removed = added = ""
        yield Piece(side=Side.BOTH, text=before)
    yield from _pieces(removed, added)


def _pieces(removed: str, added: str) -> Iterator[Piece]:
    if removed == added:
        if removed:
            yield Piece(side=Side.BOTH, text=removed)
        return
    if removed:
        yield Piece(side=Side.OLD, text=removed)
    if added:
        yield Piece(side=Side.NEW, text=added)


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    costly = len(old) * len(new) > _COSTLY
    return list(SequenceMatcher(None, old, new, autojunk=costly).get_opcodes())


def rendered(difference: Difference, *, words: bool) -> str:
    """Write a difference for people: by word as [-old-]{+new+}, or by line after - and +; with click's colours."""
    lines: list[str] = []
    if difference.headline_changed:
        lines.extend(["Headline", *_paragraph(difference.headline, words=words), ""])
    if difference.body_changed:
        lines.extend(["Body", *_changes(difference.body, words=words), ""])
    counts = f"{difference.n_words_added} words added, {difference.n_words_removed} removed"
    if difference.notice:
        lines.append(f"the page announces it: {shorten(one_line(difference.notice), 200)}")
    lines.append(f"changed: {difference.what}; {counts}")
    return "\n".join(lines) + "\n"


def _changes(body: Sequence[tuple[Piece, ...]], *, words: bool) -> Iterator[str]:
    changed = [any(piece.side is not Side.BOTH for piece in paragraph) for paragraph in body]
    skipped = 0
    for i, paragraph in enumerate(body):
        if any(changed[max(i - CONTEXT, 0) : i + CONTEXT + 1]):
            if skipped:
                yield _skipped(skipped)
                skipped = 0
            yield from _paragraph(paragraph, words=words)
        else:
            skipped += 1
    if skipped:
        yield _skipped(skipped)


def _skipped(count: int) -> str:
    return click.style(f"  … {count} unchanged line{'s' if count > 1 else ''} …", dim=True)


def _paragraph(pieces: Sequence[Piece], *, words: bool) -> Iterator[str]:
    if all(piece.side is Side.BOTH for piece in pieces):
        yield from ("  " + line for line in _text_lines(side_of(pieces, Side.BOTH)))
    elif words:
        yield from ("  " + line for line in "".join(_marked(piece) for piece in pieces).rstrip("\n").split("\n"))
    else:
        yield from (click.style("- " + line, fg="red") for line in _text_lines(side_of(pieces, Side.OLD)))
        yield from (click.style("+ " + line, fg="green") for line in _text_lines(side_of(pieces, Side.NEW)))


def _text_lines(text: str) -> list[str]:
    return [line for line in visible(text).split("\n") if line]


def _marked(piece: Piece) -> str:
    text = visible(piece.text)
    if piece.side is Side.BOTH:
        return text
    bare = text.rstrip("\n")
    end = "\n" if bare != text else ""
    if piece.side is Side.OLD:
        return click.style(f"[-{bare}-]", fg="red") + end
    return click.style(f"{{+{bare}+}}", fg="green") + end
