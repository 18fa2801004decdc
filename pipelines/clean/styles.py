"""How a style declaration hides what it applies to.

Owns the reading of one declaration block. What an element inherits is hidden.py's to find; sheets are sheets.py's.
"""

import colorsys
import re
from collections.abc import Mapping

_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_NUMBER = re.compile(
    r"(?<![\w.#])([-+]?\s*(?:\d+\.?\d*|\.\d+))(px|pt|pc|r?em|ex|ch|vw|vh|vmax|vmin|cm|mm|in|%|deg)?(?![\w.])"
)
_PIXELS = {"": 1, "px": 1, "pt": 1.33, "pc": 16, "em": 16, "rem": 16, "ex": 8, "ch": 8, "vw": 13, "vh": 8, "vmax": 13,
           "vmin": 8, "cm": 38, "mm": 3.8, "in": 96, "%": 5, "deg": 1}  # fmt: skip
LONGEST = 2_000  # nothing that is meant to hide takes more
_PER_CENT = re.compile(r"-?[\d.]+%")
_FAR = 400
_VERY_FAR = 3000
_OFFSETS = ("left", "right", "top", "bottom", "margin-left", "margin-top", "margin-right", "margin", "inset", "text-indent",
            "inset-inline-start", "margin-inline-start", "letter-spacing", "word-spacing", "translate")  # fmt: skip
_SIZES = ("width", "height", "max-width", "max-height", "block-size", "inline-size", "max-block-size")
_NO_OVERFLOW = ("overflow", "overflow-x", "overflow-y")
_SCALE = re.compile(r"scale(?:x|y|3d)?\(([^)]*)\)|(matrix)\(\s*0*\.?0*\s*,")
_TURNED = re.compile(r"rotate[xy]\(\s*-?(?:90|270)deg")
_RECT = re.compile(r"rect\(([^)]*)\)")
_CLIP_PATH = re.compile(
    r"inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%|circle\(\s*0|ellipse\(\s*0|polygon\(\s*0(?:px|%)?(?:[\s,]+0(?:px|%)?)+\s*\)"
)
_FONT_SHORTHAND = re.compile(r"(?:^|\s)(0|[\d.]+(?:px|pt|em|rem|%))(?=/|\s|$)")
_NAMED = {
    "white": "#ffffff", "black": "#000000", "snow": "#fffafa", "ivory": "#fffff0", "ghostwhite": "#f8f8ff",
    "whitesmoke": "#f5f5f5", "floralwhite": "#fffaf0", "red": "#ff0000", "blue": "#0000ff", "green": "#008000",
    "yellow": "#ffff00", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0", "navy": "#000080", "lightgray": "#d3d3d3",
    "lightgrey": "#d3d3d3", "gainsboro": "#dcdcdc", "darkgray": "#a9a9a9", "orange": "#ffa500", "maroon": "#800000",
    "teal": "#008080", "purple": "#800080", "lime": "#00ff00", "aqua": "#00ffff", "fuchsia": "#ff00ff", "olive": "#808000",
}  # fmt: skip
_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^)]*\)|\b[a-z]{3,12}\b")
_ALIKE = 12  # what no eye tells apart, per channel

Colour = tuple[int, int, int, float]


def declarations(style: str) -> dict[str, str]:
    """Read a declaration block: properties and values in lower case, without comments, escapes and `!important`."""
    style = style[:LONGEST]
    if "\\" in style:
        style = _ESCAPE.sub(_unescaped, style)
    if "/*" in style:
        style = _COMMENT.sub("", style)
    found: dict[str, str] = {}
    for part in style.lower().split(";"):
        name, colon, value = part.partition(":")
        if colon:
            found[name.strip()] = value.replace("!important", "").replace("! important", "").strip()
    return found


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return chr(code) if 31 < code < 0x110000 else ""
    return match[2]


def how_hidden(style: Mapping[str, str]) -> str | None:
    """Say how declarations hide; None if shown. Colours are not looked at, since they take a background."""
    if style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"}:
        return "gone"
    if style.get("content-visibility") == "hidden":
        return "gone"
    for way, hides in _WAYS:
        if hides(style):
            return way
    return None


def _lengths(value: str) -> list[float]:
    return [float(number.replace(" ", "").lstrip("+")) * _PIXELS[unit or ""] for number, unit in _NUMBER.findall(value)]


def _off_screen(style: Mapping[str, str]) -> bool:
    for name in _OFFSETS:
        value = style.get(name)
        if value and name.startswith("margin"):  # in per cent it is how columns are laid out
            value = _PER_CENT.sub("", value)
        if value and ("-" in value or len(value) > 3):
            lengths = _lengths(value)
            if any(length <= -_FAR for length in lengths):
                return True
            if name in {"letter-spacing", "word-spacing"} and any(length <= -14 for length in lengths):
                return True
            if name in {"left", "right", "margin-left", "text-indent", "translate"} and any(
                length >= _VERY_FAR for length in lengths
            ):
                return True
    if style.get("text-indent", "").replace(" ", "").startswith(("100%", "-100%", "101%", "150%", "200%")):
        return _clips(style)
    transform = style.get("transform", "") or style.get("-webkit-transform", "")
    return "translate" in transform and any(abs(length) >= 1000 for length in _lengths(transform.replace("(", " ")))


def _scaled(style: Mapping[str, str]) -> bool:
    transform = style.get("transform", "") or style.get("-webkit-transform", "")
    if transform:
        if _TURNED.search(transform):
            return True
        for found in _SCALE.finditer(transform):
            if found[2] or any(abs(length) < 0.05 for length in _lengths(found[1] or "")):
                return True
    return any(
        bool(lengths) and min(map(abs, lengths)) < 0.05
        for name in ("scale", "zoom")
        if (value := style.get(name)) and (lengths := _lengths(value))
    )


def _tiny(style: Mapping[str, str]) -> bool:
    size = style.get("font-size")
    if size is None and "font" in style:
        found = _FONT_SHORTHAND.search(style["font"])
        size = found[1] if found else None
    if not size:
        return False
    lengths = _NUMBER.findall(size)
    if not lengths:
        return False
    number, unit = lengths[0]
    value = float(number.replace(" ", ""))
    return (
        value == 0
        or (value <= 2 and unit in {"px", "pt"})
        or (value <= 0.1 and unit in {"em", "rem"})
        or (value <= 8 and unit == "%")
    )


def _transparent(style: Mapping[str, str]) -> bool:
    value = style.get("opacity", "")
    if value:
        numbers = _NUMBER.findall(value)
        if numbers and float(numbers[0][0]) <= (5 if numbers[0][1] == "%" else 0.05):
            return True
    shade = style.get("filter", "").replace(" ", "")
    if shade.startswith(("opacity(0)", "opacity(0%)", "alpha(opacity=0)")):
        return True
    return any(
        (found := colour(style.get(name, ""))) is not None and found[3] <= 0.05
        for name in ("color", "-webkit-text-fill-color")
    )


def _clipped(style: Mapping[str, str]) -> bool:
    rect = _RECT.search(style.get("clip", ""))
    if rect and "auto" not in rect[1]:
        lengths = [abs(length) for length in _lengths(rect[1].replace(",", " "))]
        if lengths and max(lengths) <= 2:
            return True
    return bool(_CLIP_PATH.search(style.get("clip-path", "") or style.get("-webkit-clip-path", "")))


def _clips(style: Mapping[str, str]) -> bool:
    return any(word in style.get(name, "") for name in _NO_OVERFLOW for word in ("hidden", "clip", "scroll", "auto"))


def _no_size(style: Mapping[str, str]) -> bool:
    return _clips(style) and any(_is_next_to_nothing(style.get(name, "")) for name in _SIZES)


def _is_next_to_nothing(value: str) -> bool:
    numbers = _NUMBER.findall(value)
    if not numbers:
        return False
    size = float(numbers[0][0].replace(" ", ""))
    return size == 0 or (0 < size <= 2 and numbers[0][1] in {"", "px", "pt"})


def _no_line_height(style: Mapping[str, str]) -> bool:
    numbers = _NUMBER.findall(style.get("line-height", ""))
    return bool(numbers) and float(numbers[0][0].replace(" ", "")) <= 0.05


def _below(style: Mapping[str, str]) -> bool:
    return style.get("z-index", "").replace(" ", "").startswith("-") and style["z-index"].strip("- ") not in {"", "0"}


_WAYS = (
    ("off-screen", _off_screen),
    ("scaled-to-nothing", _scaled),
    ("tiny-font", _tiny),
    ("transparent", _transparent),
    ("clipped", _clipped),
    ("no-size", _no_size),
    ("no-line-height", _no_line_height),
    ("below", _below),
)


def colour(value: str) -> Colour | None:
    """Read the first colour of a value (names, #rgb, rgb(), hsl()); None where there is none that is known."""
    for found in _COLOUR.finditer(value):
        if (read := _colour(found[0])) is not None:
            return read
    return None


def _colour(word: str) -> Colour | None:
    if word == "transparent":
        return (0, 0, 0, 0.0)
    word = _NAMED.get(word, word)
    if word.startswith("#"):
        digits = word[1:]
        if len(digits) in {3, 4}:
            digits = "".join(digit * 2 for digit in digits)
        if len(digits) not in {6, 8}:
            return None
        red, green, blue, opaque = (int((digits + "ff")[at : at + 2], 16) for at in range(0, 8, 2))
        return (red, green, blue, opaque / 255)
    if "(" not in word:
        return None
    numbers = re.findall(r"([-\d.]+)(%?)", word.partition("(")[2])
    try:
        parts = [float(number) for number, _ in numbers]
    except ValueError:
        return None
    if len(parts) < 3:
        return None
    alpha = parts[3] / (100 if numbers[3][1] else 1) if len(parts) > 3 else 1.0
    if word.startswith("hsl"):
        shades = colorsys.hls_to_rgb(parts[0] % 360 / 360, parts[2] / 100, parts[1] / 100)
        return (round(shades[0] * 255), round(shades[1] * 255), round(shades[2] * 255), alpha)
    channels = [
        round(part * 2.55) if sign else round(part) for part, (_, sign) in zip(parts[:3], numbers, strict=False)
    ]
    return (channels[0], channels[1], channels[2], alpha)


def alike(one: Colour, other: Colour) -> bool:
    """Say whether no eye tells two colours apart."""
    return all(abs(mine - theirs) <= _ALIKE for mine, theirs in zip(one[:3], other[:3], strict=True))
