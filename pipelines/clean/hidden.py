"""Whether an element is hidden from the reader, and how.

Owns the reading of style attributes, of classes that a style element hides, of the hidden attribute and of the elements
that are never shown. Much that is hidden is legitimate (tabs, accordions, screen-reader text): this is evidence, no more.
"""

import re

from lxml.html import HtmlElement

_OFF_SCREEN = re.compile(
    r"(?i)(?:^|[;\s])(?:left|right|top|bottom|margin-left|margin-top|margin|inset|text-indent)\s*:[^;]*?-\s*"
    r"(?:\d{3,}(?:\.\d+)?(?:px|pt)?(?![\d%])"
    r"|\d{2,}(?:\.\d+)?(?:r?em|vw|vh|cm|in)|[1-9]\d{2,}%)"
)
_TRANSLATED = re.compile(r"(?i)translate(?:x|y|3d)?\([^)]*-\s*\d{3,}")
_SCALED = re.compile(r"(?i)scale(?:x|y|3d)?\(\s*0?\.?0*\s*[,)]")
_TINY_FONT = re.compile(
    r"(?i)font(?:-size)?\s*:[^;]*?(?<![\d.])(?:0(?:\.\d+)?|1)(?:px|pt)\b"
    r"|font-size\s*:\s*(?:0(?:\.0\d*)?)(?:r?em|%)?\s*(?:;|!|$)"
)
_TRANSPARENT = re.compile(r"(?i)(?<![\w-])opacity\s*:\s*(?:0(?:\.0\d*)?|\.0\d*)\s*%?\s*(?:;|!|$)")
_CLIPPED = re.compile(
    r"(?i)clip\s*:\s*rect\(\s*[01](?:px)?(?:[\s,]+[01](?:px)?){3}\s*\)"
    r"|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(0)"
)
_NO_SIZE = re.compile(r"(?i)(?:^|[;\s])(?:max-)?(?:height|width)\s*:\s*(?:0|1px|0px)\s*(?:;|!|$)")
_OVERFLOW = re.compile(r"(?i)overflow(?:-[xy])?\s*:\s*hidden")
_LINE_HEIGHT = re.compile(r"(?i)line-height\s*:\s*0(?:px)?\s*(?:;|!|$)")
_BELOW = re.compile(r"(?i)z-index\s*:\s*-\s*\d")
_COLOUR = re.compile(r"(?i)(?:^|;)\s*color\s*:\s*([^;!]+)")
_BACKGROUND = re.compile(r"(?i)(?:^|;)\s*background(?:-color)?\s*:\s*([^;!]+)")
_GONE = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden")
_RULE = re.compile(r"([.#][\w-]+(?:\s*,\s*[\w.#-]+)*)\s*\{([^{}]{0,1000})\}")
_MAY_HIDE = re.compile(
    r"(?i)display\s*:\s*n|visibility|opacity\s*:\s*\.?0|indent|clip|scale|translate|font(?:-size)?\s*:[^;]*\b[01](?:px|pt|\s*;|\s*$)"
    r"|z-index\s*:\s*-|line-height\s*:\s*0|:[^;]*-\d{3}|overflow"
)
_LONGEST_STYLE = 200_000
_SIMPLE = re.compile(r"^(?:[a-zA-Z][\w-]*)?([.#])([\w-]+)$")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COLOURS = {
    "white": "#fff",
    "black": "#000",
    "rgb(255,255,255)": "#fff",
    "rgb(0,0,0)": "#000",
    "#ffffff": "#fff",
    "#000000": "#000",
}
_NEVER_SHOWN = frozenset({"template", "noscript"})


def how_hidden(style: str) -> str | None:
    """Say how a style declaration hides: gone (as tabs are, too) or in a covert way (off-screen, tiny …); None if shown."""
    for name, pattern in (
        ("off-screen", _OFF_SCREEN),
        ("off-screen", _TRANSLATED),
        ("scaled-to-nothing", _SCALED),
        ("tiny-font", _TINY_FONT),
        ("transparent", _TRANSPARENT),
        ("clipped", _CLIPPED),
        ("no-line-height", _LINE_HEIGHT),
        ("below", _BELOW),
    ):
        if pattern.search(style):
            return name
    if _NO_SIZE.search(style) and _OVERFLOW.search(style):
        return "no-size"
    if _same_colour(style):
        return "same-colour"
    return "gone" if _GONE.search(style) else None


def _same_colour(style: str) -> bool:
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    if colour is None:
        return False
    value = _colour(colour[1])
    if value == "transparent" or value.endswith(",0)"):
        return True
    return background is not None and value == _colour(background[1])


def _colour(value: str) -> str:
    plain = value.strip().lower().replace(" ", "")
    return _COLOURS.get(plain, plain)


class Styles:
    """The classes and ids that a page's style elements hide."""

    def __init__(self, tree: HtmlElement, *, sheets: bool) -> None:
        """Read the style elements only where `sheets` says so: it costs more than all else here."""
        self._hidden: dict[str, str] = {}
        for style in tree.iter("style") if sheets else ():
            for selectors, declarations in _RULE.findall(_COMMENT.sub("", (style.text or "")[:_LONGEST_STYLE])):
                if _MAY_HIDE.search(declarations) and (how := how_hidden(declarations)):
                    for selector in selectors.split(","):
                        if found := _SIMPLE.match(selector.strip()):
                            self._hidden[found[1] + found[2]] = how

    def how(self, element: HtmlElement) -> str | None:
        """Say how an element itself is hidden; None where it is not."""
        tag = element.tag
        if tag in _NEVER_SHOWN:
            return str(tag)
        attributes = element.attrib
        if not attributes:
            return None
        style = attributes.get("style")
        if style and (how := how_hidden(style)):
            return how
        if "hidden" in attributes or attributes.get("aria-hidden", "").lower() == "true":
            return "gone"
        if tag == "marquee" and {attributes.get("width"), attributes.get("height")} & {"0", "1", "2"}:
            return "no-size"
        if tag == "font" and attributes.get("size") in {"0", "-7"}:
            return "tiny-font"
        if self._hidden:
            names = ["." + name for name in attributes.get("class", "").split()]
            names.append("#" + attributes.get("id", ""))
            return next((self._hidden[name] for name in names if name in self._hidden), None)
        return None
