"""How injected blocks were put into a page, read from the rules that found them, in words for a webmaster.

Owns those words. A rule that it does not know is told by its removal's reason.
"""

_HIDDEN = {
    "gone": "hidden by display, visibility or an attribute",
    "off-screen": "moved off the screen",
    "tiny-font": "in letters of no size",
    "same-colour": "in the colour of what is behind it",
    "white-on-page": "white on the page",
    "transparent": "transparent",
    "clipped": "clipped away",
    "no-size": "in a box of no size",
    "no-line-height": "in lines of no height",
    "scaled-to-nothing": "scaled to nothing",
    "below": "behind the page",
    "marquee": "in a marquee of one pixel",
    "template": "in a template element",
    "noscript": "in a noscript element",
    "noframes": "in a noframes element",
}
_SEEN = {
    "tail": "visible, at the end of the text or beside it",
    "dropped": "visible, at the end of the text or beside it",
    "trailing": "visible, after the last sentence of a paragraph",
    "trailing-links": "visible, after the last sentence of a paragraph",
    "middle": "visible, in the middle of the text",
}
_FIELDS = frozenset({"headline", "description", "section", "authors", "keywords"})


def way_of(rule: str, reason: str) -> str:
    """Say how a block was hidden, or where readers see it."""
    place = rule.partition("@")[0].partition("+")[0]
    if place in _SEEN:
        return _SEEN[place]
    if place == "canonical":
        return "in the page's canonical URL, which hands it to another site"
    if place in _FIELDS:
        return f"in the page's {place}"
    return _HIDDEN.get(place.removeprefix("hidden-"), reason)
