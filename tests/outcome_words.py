"""Collect the outcome words from the code, without running it: what a request or a page can come to.

A word is given by `Failure`, `NoArticle`, `Refused`, `Refusal` and `_refused` calls, by the verdict's kinds, by functions
whose answer is a word, and by the tables of crawler/outcomes.py. `http_NNN` stands for every status.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
CALLS = frozenset({"Failure", "NoArticle", "Refusal"})
"""Their keyword `reason` is a word."""
FIRST = frozenset({"Refused", "_refused"})
"""Their first argument is a word."""
ANSWERS = frozenset({"trap", "judge_url", "wall", "outcome_word", "_judge", "_feed_word"})
"""Functions that return a word, alone or first in a tuple."""
_WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_STATUS = re.compile(r"http_\d{3}")


def outcome_words() -> frozenset[str]:
    """Give every outcome word that the crawler or the pipelines can give."""
    found: set[str] = set()
    for folder in ("crawler", "pipelines"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                found.update(_words_at(node, in_outcomes=path.name == "outcomes.py"))
    # a rejected page's word is its reason
    return frozenset(
        "http_NNN" if _STATUS.fullmatch(word) or word == "http_" else word for word in found - {"rejected"}
    )


def _words_at(node: ast.AST, *, in_outcomes: bool) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name in CALLS:
            yield from (word for keyword in node.keywords if keyword.arg == "reason" for word in _texts(keyword.value))
        elif name in FIRST and node.args:
            yield from _texts(node.args[0])
        elif name == "note_robots":
            yield "ok"
    elif isinstance(node, ast.FunctionDef) and node.name in ANSWERS:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return) and inner.value is not None:
                yield from _texts(inner.value.elts[0] if isinstance(inner.value, ast.Tuple) else inner.value)
    elif isinstance(node, ast.ClassDef) and node.name == "Kind":
        yield from (word for each in node.body if isinstance(each, ast.Assign) for word in _texts(each.value))
    elif (
        in_outcomes
        and isinstance(node, ast.Tuple)
        and len(node.elts) == 2
        and not isinstance(node.elts[0], ast.Constant)
    ):
        yield from _texts(node.elts[1])


def _texts(node: ast.expr) -> Iterator[str]:
    """Give the constants that an expression can come to: `a if b else c`, `a or b`, and the fixed part of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if _WORD.fullmatch(node.value.rstrip("_")):
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (word for value in node.values for word in _texts(value))
    elif isinstance(node, ast.JoinedStr) and node.values:
        yield from _texts(node.values[0])


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
