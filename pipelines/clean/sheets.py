"""Which elements a page's own style elements and scripts hide or colour.

Owns the rules of <style>: selectors of tags, classes, ids and attributes with descendant and child combinators, outside of
media queries for other media or widths. No cascade: this is evidence, no rendering.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipelines.clean.styles import LONGEST, declarations, how_hidden

_COMMENT = re.compile(r"/\*.*?(?:\*/|$)|<!--|-->", re.DOTALL)
_MAY_MATTER = re.compile(
    r"(?i)display\s*:\s*n|visibility|opacity|indent|clip|scale|zoom|transform|translate|font(?:-size)?\s*:[^;]*(?<![\d.])[012]?\.?\d?(?:px|pt|em|%|\s*;|\s*$|\s*!|/)"
    r"|z-index\s*:\s*-|line-height\s*:\s*0|:[^;]*-\s*\d{2}|overflow|colou?r|background|\\|\d{4}"
)
_COMPOUND = re.compile(r"(?:^|\s+|\s*(?P<combinator>[>+~])\s*)(?P<compound>[^\s>+~]+)")
_NAME = r"(?:[\w-]|\\.|[^\x00-\x7f])+"
_SIMPLE = re.compile(
    rf"(?P<tag>^[\w-]+|^\*)|\.(?P<class>{_NAME})|#(?P<id>{_NAME})"
    r"|\[(?P<attribute>[\w-]+)(?:\s*(?P<operator>[~^$*|]?=)\s*[\"']?(?P<value>[^\"'\]]*)[\"']?)?\s*[is]?\]"
)
_OTHER_MEDIA = re.compile(r"(?i)\bprint\b|width|height|speech|orientation|prefers|not\s+all")
_HIDDEN_BY_SCRIPT = re.compile(
    r"getElementById\(\s*[\"']([\w-]+)[\"']\s*\)\s*\.\s*style\s*\.\s*(?:display\s*=\s*[\"']none|visibility\s*=\s*[\"']hidden"
    r"|(?:left|top|textIndent|marginLeft)\s*=\s*[\"']-\d{3}|height\s*=\s*[\"']0|position\s*=\s*[\"']absolute)"
    r"|\$\(\s*[\"']#([\w-]+)[\"']\s*\)\s*\.\s*(?:hide\(|css\(\s*[\"']display[\"']\s*,\s*[\"']none)"
)
_ESCAPED = re.compile(r"\\.")
_LONGEST_SHEET = 300_000
_MOST_RULES = 5_000
_MOST_COMPOUNDS = 6
_MOST_BRACES = 20_000
_MOST_MATCHES = 300_000  # a page of nothing but rules must not cost more than a page of text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compound:
    tag: str | None
    classes: frozenset[str]
    ids: frozenset[str]
    attributes: tuple[tuple[str, str | None, str | None], ...]
    is_child: bool
    """It must be the parent of the one that follows."""

    def matches(self, element: HtmlElement) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if self.ids and element.get("id") not in self.ids:
            return False
        if self.classes and not self.classes <= set((element.get("class") or "").split()):
            return False
        return all(_has(element, *attribute) for attribute in self.attributes)


def _has(element: HtmlElement, name: str, operator: str | None, value: str | None) -> bool:
    held = element.get(name)
    if held is None:
        return False
    value = value or ""
    match operator:
        case None:
            return True
        case "=":
            return held == value
        case "~=":
            return value in held.split()
        case "^=":
            return bool(value) and held.startswith(value)
        case "$=":
            return bool(value) and held.endswith(value)
        case "|=":
            return held == value or held.startswith(value + "-")
        case _:
            return bool(value) and value in held


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    compounds: tuple[_Compound, ...]
    style: Mapping[str, str]

    def matches(self, element: HtmlElement) -> bool:
        return self.compounds[-1].matches(element) and self._holds(len(self.compounds) - 2, element.getparent())

    def _holds(self, at: int, above: HtmlElement | None) -> bool:
        """Say whether the compounds up to `at` are found from `above` upwards."""
        if at < 0:
            return True
        compound = self.compounds[at]
        while above is not None:
            if compound.matches(above) and self._holds(at - 1, above.getparent()):
                return True
            if compound.is_child:
                return False
            above = above.getparent()
        return False


class Sheets:
    """The rules of a page's style elements, found by the class, id or tag of the element that they end in."""

    def __init__(self, tree: HtmlElement) -> None:
        self._rules: dict[str, list[_Rule]] = {}
        self._hidden_ids: set[str] = set()
        self._n_matches = 0
        n_rules = 0
        for style in tree.iter("style"):
            if _OTHER_MEDIA.search(style.get("media") or ""):
                continue
            text = _COMMENT.sub("", (style.text or "")[:_LONGEST_SHEET])
            for selectors, block in _blocks(text):
                if n_rules < _MOST_RULES and _MAY_MATTER.search(block[:LONGEST]):
                    n_rules += 1
                    self._add(selectors[:LONGEST], declarations(block))
        for script in tree.iter("script"):
            if script.text and ("getElementById" in script.text or "$(" in script.text):
                for found in _HIDDEN_BY_SCRIPT.finditer(script.text[:_LONGEST_SHEET]):
                    self._hidden_ids.add(found[1] or found[2])

    def _add(self, selectors: str, style: Mapping[str, str]) -> None:
        if not ({"color", "background", "background-color"} & style.keys() or how_hidden(style)):
            return
        for selector in selectors.split(","):
            compounds = _compounds(selector.strip())
            if 0 < len(compounds) <= _MOST_COMPOUNDS:
                last = compounds[-1]
                name = next(
                    (
                        prefix + word
                        for prefix, words in ((".", last.classes), ("#", last.ids))
                        for word in sorted(words)
                    ),
                    last.tag or "*",
                )
                self._rules.setdefault(name, []).append(_Rule(compounds=compounds, style=style))

    def of(self, element: HtmlElement) -> Iterator[Mapping[str, str]]:
        """Give the declarations that apply to an element."""
        if not self._rules or self._n_matches > _MOST_MATCHES:
            return
        names = ["*", str(element.tag)]
        names += ["." + name for name in (element.get("class") or "").split()]
        if identity := element.get("id"):
            names.append("#" + identity)
        for name in names:
            rules = self._rules.get(name, ())
            self._n_matches += len(rules)
            for rule in rules:
                if rule.matches(element):
                    yield rule.style

    def hidden_by_script(self, element: HtmlElement) -> bool:
        """Say whether a script hides an element by its id."""
        return bool(self._hidden_ids) and element.get("id") in self._hidden_ids


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Give selectors and declarations, those of media queries for all screens included."""
    position = 0
    inside: list[bool] = []
    """For each open group rule, whether it applies to screens of any width."""
    for _ in range(_MOST_BRACES):
        opened = text.find("{", position)
        closed = text.find("}", position)
        if opened < 0 and closed < 0:
            return
        if closed >= 0 and (opened < 0 or closed < opened):
            if inside:
                inside.pop()
            position = closed + 1
            continue
        head = text[position:opened].rpartition(";")[2].strip()
        position = opened + 1
        if head.startswith("@"):
            word = head.split(None, 1)[0].lower()
            inside.append(word in {"@media", "@supports", "@layer", "@container"} and not _OTHER_MEDIA.search(head))
            continue
        end = text.find("}", position)
        end = len(text) if end < 0 else end
        nested = text.find("{", position, end)
        if nested >= 0:  # a nested rule: its parent's own declarations are before it
            yield head, text[position:nested].rpartition(";")[0]
            inside.append(all(inside))
            position = max(position, text.rfind(";", position, nested) + 1)
            continue
        if all(inside):
            yield head, text[position:end]
        position = end + 1


def _compounds(selector: str) -> tuple[_Compound, ...]:
    """Read a selector; empty where it has what is not known (pseudo-classes, siblings)."""
    plain = _ESCAPED.sub("", selector).replace("~=", "")
    if not selector or len(selector) > 200 or any(mark in plain for mark in ":+~"):
        return ()
    found: list[_Compound] = []
    combinators = [match["combinator"] for match in _COMPOUND.finditer(selector)]
    for at, match in enumerate(_COMPOUND.finditer(selector)):
        text = match["compound"]
        simples = list(_SIMPLE.finditer(text))
        if sum(len(simple[0]) for simple in simples) != len(text):
            return ()
        tag = next((simple["tag"].lower() for simple in simples if simple["tag"]), None)
        found.append(
            _Compound(
                tag=None if tag == "*" else tag,
                classes=frozenset(simple["class"].replace("\\", "") for simple in simples if simple["class"]),
                ids=frozenset(simple["id"].replace("\\", "") for simple in simples if simple["id"]),
                attributes=tuple(
                    (simple["attribute"].lower(), simple["operator"], simple["value"])
                    for simple in simples
                    if simple["attribute"]
                ),
                is_child=combinators[at + 1] == ">" if at + 1 < len(combinators) else False,
            )
        )
    return tuple(found)
