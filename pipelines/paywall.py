"""Tell the stub of a paywall that the page does not declare: a short text, and a box behind it that says how to read on.

Owns the evidence, two kinds always: readers see a paywall's own words, and these stand in a paywall's own box, or the text breaks
off. Refuses a whole article, whatever its page appeals for. Words: data/paywall.toml.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache

from lxml.html import HtmlElement

from pipelines.clean.phrases import lower
from pipelines.clean.trace import listener
from pipelines.source_blocks import SourceBlock
from pipelines.word_lists import PAYWALL, shipped

_STUB = 1200
"""Characters; CJK texts say in a third what others say."""
_BOX = re.compile(
    r"(?i)(?:^|[\s_-])(?:pay-?wall|reg-?wall|piano|subscri(?:be|ber|ption)s?-?(?:wall|gate|only|required|prompt)|premium-?(?:wall|gate|locked)"
    r"|content-?(?:gate|lock|barrier)|locked(?:-?content)?|article-?(?:fade|blur|lock|gate)|fade-?out|gradient-?overlay|metered|meter-?wall"
    r"|abo-?(?:wall|box|schranke)|plus-?wall|bezahl-?schranke|mur-?payant|muro-?de-?pago|truncated|restricted|barrier)(?:$|[\s_-])"
)
_BREAKS_OFF = re.compile(r"(?:…|\.\.\.|\[…\]|[\w,;–-])\s*$")
_ENDS = re.compile(r"[.!?。！？।؟”\"»)\]]\s*$")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"\w+")
_WHOLE_WORD = re.compile(r"(?<=\W)\w+(?=\W)")
_SHORTEST, _LONGEST = 8, 300
_LEVELS = 6
_UNSEEN = frozenset({"script", "style", "noscript", "template", "head", "nav", "footer", "header"})
_HIDDEN = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")


def is_stub(blocks: Sequence[SourceBlock], body: str) -> bool:
    """Say whether a body is what a paywall leaves of an article; `blocks` are the page's, as they were before reading."""
    n_wide = len(_WIDE.findall(body[: 2 * _STUB]))
    if not body or len(body) + 2 * n_wide > _STUB:
        return False
    breaks_off = bool(_BREAKS_OFF.search(body)) and not _ENDS.search(body.rstrip("….").rstrip() or ".")
    breaks_off = breaks_off or body.rstrip().endswith(("…", "..."))
    for block in _saying_how_to_read_on(blocks):
        boxes = [block.element, *_ancestors(block.element)]
        if any(box.tag in _UNSEEN or _is_hidden(box) for box in boxes):
            continue
        if breaks_off or any(_BOX.search(f"{box.get('class') or ''} {box.get('id') or ''}") for box in boxes[:_LEVELS]):
            return True
    return False


def _ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    parent = element.getparent()
    while parent is not None and parent.tag not in {"body", "html"}:
        yield parent
        parent = parent.getparent()


def _is_hidden(element: HtmlElement) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN.search(element.get("style") or "") is not None
    )


def _saying_how_to_read_on(blocks: Sequence[SourceBlock]) -> Iterator[SourceBlock]:
    texts = [(block, lower(block.text)) for block in blocks if _SHORTEST <= len(block.text) <= _LONGEST]
    whole = "\n".join(text for _, text in texts)
    if texts and (asked := listener()) is not None:
        asked.items.update(map(_item, ("", *_WORD.findall(whole))))
    said = [phrase for phrase in _phrases() if phrase in whole]
    return (block for block, text in texts if any(phrase in text for phrase in said))


@cache
def _phrases() -> frozenset[str]:
    return phrases_of(shipped(PAYWALL))


def phrases_of(text: str) -> frozenset[str]:
    """Read a file of phrases; what the parts of one of another form raise is the parser's."""
    return frozenset(lower(phrase) for phrases in tomllib.loads(text)["phrases"].values() for phrase in phrases)


def paywall_touched(before: str, after: str) -> list[list[str]]:
    """Give what differs between two files of phrases, as items of which a touched page's trace has all of one list.

    A phrase stands anywhere in a text: its first and its last word may be parts of longer ones there.
    """
    return [[_item(""), *map(_item, _WHOLE_WORD.findall(phrase))] for phrase in phrases_of(before) ^ phrases_of(after)]


def _item(word: str) -> str:
    """Name the word of a text that was asked about; nothing: that some text was."""
    return f"paywall\0{word}"
