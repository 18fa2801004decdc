"""Whether an element is hidden from the reader, and how.

Owns what an element is and inherits: its style, the sheets' rules, attributes, colours on backgrounds, and the elements
that are never shown. Much that is hidden is legitimate (tabs, accordions, screen-reader text): this is evidence, no more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipelines.clean.sheets import Sheets
from pipelines.clean.styles import Colour, alike, colour, declarations, how_hidden

_NEVER_SHOWN = frozenset({"template", "noscript", "noframes"})
_COVERT = frozenset({"off-screen", "tiny-font", "same-colour", "below", "no-line-height", "marquee"})
_WHITE: Colour = (255, 255, 255, 1.0)
_ROOTS = frozenset({"html", "body"})
_SMALL = frozenset({"0", "1", "2", "0px", "1px", "2px", "0%"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """How an element is hidden."""

    way: str
    is_own: bool
    """By its own style or attributes, not by a sheet."""

    @property
    def is_covert(self) -> bool:
        """No template hides links to others in this way, by a style attribute."""
        return self.is_own and self.way in _COVERT


class Hiding:
    """Tells hidden elements of a page; without `sheets` by what stands on the elements themselves."""

    def __init__(self, sheets: Sheets | None) -> None:
        self._sheets = sheets
        self._read: dict[str, Mapping[str, str]] = {}

    def how(self, element: HtmlElement) -> Hidden | None:
        """Say how an element itself is hidden; None where it is not."""
        tag = element.tag
        if tag in _NEVER_SHOWN:
            return Hidden(way=str(tag), is_own=False)
        attributes = element.attrib
        if tag in {"details", "dialog"} and "open" not in attributes:
            return Hidden(way="gone", is_own=False)
        if not attributes and self._sheets is None:
            return None
        if style := self._own(element):
            way = how_hidden(style)
            if way or (way := self._same_colour(element, style)):
                return Hidden(way=way, is_own=True)
        if "hidden" in attributes or attributes.get("aria-hidden", "").lower() == "true":
            return Hidden(way="gone", is_own=False)
        if tag == "marquee" and self._is_small(element):
            return Hidden(way="marquee", is_own=True)
        if tag == "font":
            if attributes.get("size") in {"0", "-7"}:
                return Hidden(way="tiny-font", is_own=True)
            if "color" in attributes and (way := self._same_colour(element, {"color": attributes["color"].lower()})):
                return Hidden(way=way, is_own=True)
        return self._by_sheet(element)

    def _is_small(self, element: HtmlElement) -> bool:
        style = self._own(element)
        return any((element.get(side) or style.get(side)) in _SMALL for side in ("width", "height"))

    def _by_sheet(self, element: HtmlElement) -> Hidden | None:
        if self._sheets is None:
            return None
        if self._sheets.hidden_by_script(element):
            return Hidden(way="gone", is_own=False)
        if element.tag in _ROOTS:
            return None
        joined: dict[str, str] = {}
        for style in self._sheets.of(element):
            joined |= style
        if not joined:
            return None
        way = how_hidden(joined) or self._same_colour(element, joined)
        return Hidden(way=way, is_own=False) if way else None

    def _own(self, element: HtmlElement) -> Mapping[str, str]:
        style = element.get("style")
        if not style:
            return {}
        if style not in self._read:
            self._read[style] = declarations(style)
        return self._read[style]

    def _styles(self, element: HtmlElement) -> Iterator[Mapping[str, str]]:
        """Give what applies to an element, the strongest first."""
        if own := self._own(element):
            yield own
        if self._sheets is not None:
            yield from self._sheets.of(element)

    def _same_colour(self, element: HtmlElement, style: Mapping[str, str]) -> str | None:
        """Compare a text's colour with what lies behind it; white on a page that states no background is a hint, too."""
        value = style.get("color")
        if not value:
            return None
        ink = self._inherited_ink(element.getparent()) if value.startswith("inherit") else colour(value)
        if ink is None or ink[3] < 1:
            return None
        behind, is_stated = self._background(element)
        if behind is None or behind[3] < 1 or not alike(ink, behind):
            return None
        return "same-colour" if is_stated else "white-on-page"

    def _inherited_ink(self, element: HtmlElement | None) -> Colour | None:
        while element is not None:
            for style in self._styles(element):
                if (value := style.get("color")) and not value.startswith("inherit"):
                    return colour(value)
            element = element.getparent()
        return None

    def _background(self, element: HtmlElement | None) -> tuple[Colour | None, bool]:
        """Give the colour behind an element, and whether the page states it; None where there is a picture."""
        while element is not None:
            if stated := element.get("bgcolor"):
                return colour(stated.lower()), True
            for style in self._styles(element):
                value = style.get("background-color") or style.get("background") or style.get("background-image")
                if value and ("url(" in value or "gradient" in value):
                    return None, True
                if value and (found := colour(value)) is not None and found[3] > 0:
                    return found, True
            element = element.getparent()
        return _WHITE, False
