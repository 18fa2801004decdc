"""The query language: words, "a phrase", prefix*, -not, OR, (groups), headline: author: description: body:.

Owns how a typed query becomes an FTS5 expression, and the note that says how a doubtful one was read. Pure.
Refuses nothing: whatever is typed is read as something that can be searched, or said to be nothing.
"""

import re
from dataclasses import dataclass, replace

from archive.doubts import Doubts, quoted
from archive.fold import spellings, words

MAX_WORDS = 64
"""So many words of a query are searched; each counts its phrase's words too."""

_MAX_DEPTH = 8
_MAX_LENGTH = 4000
_COLUMNS = {
    "headline": "headline", "title": "headline", "author": "authors", "authors": "authors", "by": "authors",
    "description": "description", "body": "body", "text": "body",
}  # fmt: skip
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂「」『』〝〞〟", '"') | {"−": "-", "－": "-", "（": "(", "）": ")"})
_TOKEN = re.compile(
    r"""(?x) \s*(?:
      (?P<open>\() | (?P<close>\)) | (?P<operator>(?:OR|AND|NOT|\|\|?|&&?)(?=[\s()]|$))
    | (?P<minus>-(?=[^\s\-)*|]))
    | (?P<field>(?i:headline|title|authors?|by|description|body|text)):\s*(?=[^\s):])
    | "(?P<phrase>[^"]*)"(?P<phrase_star>\*?)
    | (?P<word>[^\s]+)
    )"""
)
_ADDRESS = re.compile(r"(?i)(?:https?://|(?:[\w-]+\.)+[a-z]{2,}[/?])\S+")
"""A URL, or a `url_key`, as manifests cite articles."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase that is searched: in which column, in which spellings, each a run of folded words."""

    text: str
    column: str | None
    spellings: tuple[tuple[str, ...], ...]
    prefix: bool

    def fts5(self, column: str | None) -> str:
        """Write the term for FTS5, in `column` where the query names none."""
        star = " *" if self.prefix else ""
        ways = " OR ".join(f'"{" ".join(spelling)}"{star}' for spelling in self.spellings)
        grouped = f"({ways})" if len(self.spellings) > 1 else ways
        chosen = self.column or column
        return f"{chosen} : {grouped}" if chosen else grouped

    def __str__(self) -> str:
        """Say the term as it is searched."""
        said = self.text if len(self.spellings[0]) == 1 and " " not in self.text else f'"{self.text}"'
        return f"{self.column}:{said}" * bool(self.column) + said * (not self.column) + "*" * self.prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Terms or groups of which all (AND) or any (OR) must stand in an article, and none of `excluded`."""

    any_of: bool
    members: tuple["Term | Group", ...]
    excluded: tuple["Term | Group", ...] = ()

    def fts5(self, column: str | None) -> str:
        """Write the group for FTS5; it has at least one member."""
        joined = (" OR " if self.any_of else " AND ").join(member.fts5(column) for member in self.members)
        wanted = f"({joined})" if len(self.members) > 1 else joined
        if not self.excluded:
            return wanted
        return f"({wanted} NOT ({' OR '.join(member.fts5(column) for member in self.excluded)}))"

    def __str__(self) -> str:
        """Say the group as it is read."""
        said = (" OR " if self.any_of else " AND ").join(_said(member) for member in self.members)
        return " ".join([said, *(f"NOT {_said(member)}" for member in self.excluded)]).strip()


def _said(node: Term | Group) -> str:
    return f"({node})" if isinstance(node, Group) and len(node.members) + len(node.excluded) > 1 else str(node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a query is read. `match` and `exclude` are FTS5 expressions over articles_fts."""

    match: str | None
    exclude: str | None = None
    """Set where a query only excludes: all articles but these."""
    everything: bool = False
    """The query is blank: all articles."""
    address: str | None = None
    """The query is one URL: the article with that address comes before its words."""
    terms: tuple[Term, ...] = ()
    """What is to be marked in a hit."""
    note: str | None = None


def read_query(query: str, *, field: str | None = None) -> Reading:
    """Read a query as typed. `field` (headline, body …) is where words are searched that name no field."""
    if not query.strip().strip("\0"):
        return Reading(match=None, everything=True)
    doubts = Doubts()
    root = _Parser(query, doubts).group()
    if not root.members and not root.excluded:
        return Reading(match=None, note=doubts.note(None) or "the query has no word or number to search for")
    text = _clean(query).strip()
    address = text if _ADDRESS.fullmatch(text) and len(text) <= _MAX_LENGTH else None
    if not root.members:
        exclude = " OR ".join(member.fts5(field) for member in root.excluded)
        return Reading(match=None, exclude=exclude, note=doubts.note(root))
    return Reading(match=root.fts5(field), address=address, terms=tuple(_positive(root)), note=doubts.note(root))


def read_raw(query: str, *, field: str | None = None) -> Reading:
    """Take FTS5's own syntax as it stands."""
    query = query.replace("\0", " ")
    if not query.strip():
        return Reading(match=None, everything=True)
    return Reading(match=f"{field} : ({query})" if field else query, terms=tuple(_raw_terms(query)))


def _clean(query: str) -> str:
    return _CONTROLS.sub(" ", query.encode("utf-8", "replace").decode())


def phrase(text: str) -> str | None:
    """Write `text` as one FTS5 phrase; None where it has no word."""
    term = _term(text)
    return term.fts5(None) if term else None


def _raw_terms(query: str) -> list[Term]:
    found = re.findall(r'"((?:[^"]|"")*)"\s*(\*?)|([^\s"*(){}:^+\-,]++)(\*?)(?!\s*:)', query)
    terms = (_term(quoted or bare, prefix=bool(star or bare_star)) for quoted, star, bare, bare_star in found
             if quoted or bare not in {"AND", "OR", "NOT", "NEAR"})  # fmt: skip
    return [term for term in terms if term]


def _positive(node: Term | Group) -> list[Term]:
    if isinstance(node, Term):
        return [node]
    return [term for member in node.members for term in _positive(member)]


def _term(text: str, *, column: str | None = None, prefix: bool = False) -> Term | None:
    ways = (tuple(word for word, _, _ in words(spelling))[:MAX_WORDS] for spelling in spellings(text))
    found = tuple(dict.fromkeys(way for way in ways if way))
    return Term(text=" ".join(text.split()), column=column, spellings=found, prefix=prefix) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    kind: str
    """open, close, operator, minus, field, phrase or word."""
    text: str
    prefix: bool = False


def _pieces(text: str, doubts: Doubts) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = depth = 0
    while found := _TOKEN.match(text, at):
        at, kind = found.end(), found.lastgroup or ""
        if kind == "word" and found["word"].startswith('"'):
            doubts.add("a quote is not closed and was left out")
            at = found.start("word") + 1
        elif kind == "word":
            word = found["word"]
            # brackets at a word's end close the groups around it, but those of f(x) are its own
            closing = min(depth, len(word) - len(word.rstrip(")")), max(word.count(")") - word.count("("), 0))
            at -= closing
            word = word[: len(word) - closing]
            pieces.append(_Piece(kind="word", text=word, prefix=word.endswith("*")))
        elif kind in ("phrase", "phrase_star"):
            pieces.append(_Piece(kind="phrase", text=found["phrase"], prefix=bool(found["phrase_star"])))
        else:
            depth = max(depth + (kind == "open") - (kind == "close"), 0)
            pieces.append(_Piece(kind=kind, text=found[kind]))
    return pieces


class _Clauses:
    """The members of one group as they are gathered, with the operator that waits for its right side."""

    def __init__(self, doubts: Doubts) -> None:
        self.doubts = doubts
        self.members: list[Term | Group] = []
        self.excluded: list[Term | Group] = []
        self.column: str | None = None
        self.either = self.both = self.negative = self.has_either = False

    def operator(self, text: str) -> None:
        if text in ("-", "NOT"):
            self.negative = True
        else:
            self._miss()
            self.either = text in ("OR", "|", "||")
            self.both = not self.either
            if not self.members and not (self.both and self.excluded):
                self._miss()
                self.either = self.both = False

    def add(self, node: Term | Group | None) -> None:
        """Take the next term or group; None is one that has nothing to search for."""
        if isinstance(node, Group):
            node = self._simple(node)
        if node is None:
            self._miss()
        elif self.negative:
            if self.either:
                self.doubts.add("what is excluded cannot stand beside OR")
            self.excluded.append(node)
        elif self.either:
            self.members[-1] = _either(self.members[-1], node)
            self.has_either = True
        else:
            self.members.append(node)
        self.column, self.either, self.both, self.negative = None, False, False, False

    def group(self) -> Group:
        self._miss()
        if self.negative:
            self.doubts.add("NOT stands before a word")
        if self.has_either and len(self.members) > 1:
            self.doubts.show_reading = True
        only = self.members[0] if len(self.members) == 1 else None
        if isinstance(only, Group) and not only.excluded:
            return replace(only, excluded=tuple(self.excluded))
        return Group(any_of=False, members=tuple(self.members), excluded=tuple(self.excluded))

    def _miss(self) -> None:
        if self.either or self.both:
            self.doubts.add(f"{'OR' if self.either else 'AND'} stands between two words")

    def _simple(self, group: Group) -> Term | Group | None:
        """Take a group that only excludes as a part of this one; -(-a) is a."""
        if group.members:
            return group.members[0] if len(group.members) == 1 and not group.excluded else group
        if not self.negative:
            self.excluded.extend(group.excluded)
            return None
        self.negative = not group.excluded
        return Group(any_of=True, members=group.excluded) if group.excluded else None


class _Parser:
    """One pass over the pieces of a query."""

    def __init__(self, query: str, doubts: Doubts) -> None:
        text = _clean(query).translate(_QUOTES)
        self.doubts = doubts
        self.pieces = iter(_pieces(text, doubts))
        self.n_words = 0

    def group(self, depth: int = 0) -> Group:
        clauses = _Clauses(self.doubts)
        for piece in self.pieces:
            if piece.kind == "close":
                if depth:
                    break
                self.doubts.add("a bracket too many was left out")
            elif piece.kind in ("minus", "operator"):
                clauses.operator(piece.text)
            elif piece.kind == "field":
                clauses.column = _COLUMNS[piece.text.lower()]
            elif piece.kind != "open":
                clauses.add(self._leaf(piece, clauses.column))
            elif depth >= _MAX_DEPTH:
                self.doubts.add("brackets within brackets were left out")
            else:
                column, inner = clauses.column, self.group(depth + 1)
                clauses.add(_in_column(inner, column) if column else inner)
        return clauses.group()

    def _leaf(self, piece: _Piece, column: str | None) -> Term | None:
        text = piece.text.rstrip("*") if piece.prefix else piece.text
        full = f"only the first {MAX_WORDS} words are searched"
        if self.n_words >= MAX_WORDS:
            self.doubts.add(full, show_reading=False)
            return None
        term = _term(text[:_MAX_LENGTH], column=column, prefix=piece.prefix)
        if term is None:
            if piece.text.strip(" -–—,.;:/|"):
                self.doubts.add(f"nothing in {quoted(piece.text)} can be searched", show_reading=False)
            return None
        self.n_words += len(term.spellings[0])
        if len(term.spellings[0]) >= MAX_WORDS or len(text) > _MAX_LENGTH:
            self.doubts.add(full, show_reading=False)
        self.doubts.of_text(text)
        if piece.kind == "word":
            self.doubts.of_word(text, first=self.n_words == len(term.spellings[0]))
        return term


def _in_column(node: Group, column: str) -> Group:
    def put(member: Term | Group) -> Term | Group:
        if isinstance(member, Group):
            return _in_column(member, column)
        return member if member.column else replace(member, column=column)

    return replace(node, members=tuple(map(put, node.members)), excluded=tuple(map(put, node.excluded)))


def _either(one: Term | Group, other: Term | Group) -> Group:
    members = one.members if isinstance(one, Group) and one.any_of and not one.excluded else (one,)
    return Group(any_of=True, members=(*members, other))
