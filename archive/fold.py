"""The normalised search text: what is indexed and what a query is turned into, so that spellings of a word meet.

Owns the folding of case, diacritics, Arabic-script variants and digits, and the splitting of scripts that are written
without spaces. Pure. A change here asks for a new index: the stored text stays as it is, only the indexed one is folded.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

ZWNJ = "\u200c"


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    """Compile when first used: most queries and many texts need none of the long classes below."""
    return re.compile(expression)


_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f\u3105-\u312f\u31a0-\u31bf"
    "\uff66-\uff9d\uac00-\ud7a3"  # Korean has spaces, but its particles cling to the word
)
_SOUTH_EAST_ASIAN = (  # Thai, Lao, Burmese, Khmer, Tai
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17dd\u1950-\u19df\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
)
"""Scripts indexed by character, the latter with the marks that cling to it: where their words end cannot be seen."""

_ARABIC = "\u0620-\u064a\u066e-\u06d3\u06d5\u06ee-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c7"

_INVISIBLE = (
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180b-\u180f\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0001-\U000e01ef]+"
)
_NOT_ASCII = r"[^\x00-\x7f]+"
_IS_CJK = f"[{_CJK}]"
_HAS_MARKS = f"[{_SOUTH_EAST_ASIAN}]"
_SARA_AM = "([\u0e4d\u0ecd])([\u0e48-\u0e4b\u0ec8-\u0ecb]?)([\u0e32\u0eb2])"
_SPACES = re.compile(" {2,}")
_HALF_SPACED = f"[{_ARABIC}]+(?:{ZWNJ}+[{_ARABIC}]+)+"

_LATIN_WORD = r"[^\W_]+"


def _pairs(*rows: tuple[str, str]) -> dict[str, str]:
    return {character: target for characters, target in rows for character in characters}


_LETTERS = _pairs(
    # Arabic script: how a word is typed depends on the keyboard and the schooling, not on the word
    ("آأإٱٲٳٵ", "ا"), ("ؤٶ", "و"), ("ىئیېۍےۓۑؽؾؿ", "ي"), ("کڪ", "ك"), ("ګ", "گ"), ("ةۃہۂۀەھۿ", "ه"), ("ں", "ن"), ("ڤ", "ف"),
    ("ءٴـ", ""),
    # Latin letters that Unicode does not take apart
    ("ıɪ", "i"), ("øɵ", "o"), ("ł", "l"), ("đðɖ", "d"), ("ħ", "h"), ("ŧ", "t"), ("ŋ", "n"), ("ƙ", "k"), ("ɓ", "b"),
    ("þ", "th"), ("æ", "ae"), ("œ", "oe"),
    ("ё", "е"), ("ँ", "ं"), ("़", ""),
    ("ʹʻʼʽʾʿˈꞌ՚՝＇‘’‛′", "'"),
)  # fmt: skip
_MARKS_DROPPED = (
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)


def _fold_character(character: str) -> str:
    """Fold one character of NFKC text, case folded."""
    if character in _LETTERS:
        return _LETTERS[character]
    if _pattern(_MARKS_DROPPED).match(character):
        return ""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cc", "Cs", "Zl", "Zp"):
        return " "
    if _pattern(_IS_CJK).match(character):
        return f" {character} "
    parts = unicodedata.normalize("NFD", character)
    if len(parts) > 1 and (parts[0] < "\u0400" or parts[0] in _LETTERS):  # Latin and Greek; й is a letter of its own
        return "".join(map(_fold_character, parts))
    return character


class _Table(dict[int, str]):
    """What each character folds to, worked out when it is first met."""

    def __missing__(self, codepoint: int) -> str:
        self[codepoint] = folded = _fold_character(chr(codepoint))
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """Give the text that is indexed: folded, by character where a script has no spaces.

    A Persian word with a half space (ZWNJ) stays split where it stands, and its joined form is added at the end.
    """
    folded = _fold_letters(text)
    if ZWNJ not in folded:
        return _split(folded)
    joined = dict.fromkeys(found[0].replace(ZWNJ, "") for found in _pattern(_HALF_SPACED).finditer(folded))
    split = _split(_half_spaces_to_spaces(folded))
    return f"{split}\n{' '.join(joined)}" if joined else split


def _fold_letters(text: str) -> str:
    if text.isascii():
        return text.lower().replace("\0", " ")
    text = unicodedata.normalize("NFKC", _pattern(_INVISIBLE).sub("", text)).casefold()
    text = _pattern(_INVISIBLE).sub("", unicodedata.normalize("NFKC", text))  # case folding takes some letters apart
    return _pattern(_NOT_ASCII).sub(lambda found: found[0].translate(_TABLE), text).replace("\0", " ")


def _half_spaces_to_spaces(folded: str) -> str:
    return _pattern(_HALF_SPACED).sub(lambda found: found[0].replace(ZWNJ, " "), folded).replace(ZWNJ, "")


def _split(folded: str) -> str:
    if folded.isascii():
        return folded
    if _pattern(_HAS_MARKS).search(folded):
        # one letter of its own, typed with the tone mark before or after its ring
        folded = _pattern(_SARA_AM).sub(
            lambda found: found[2] + ("\u0e33" if found[3] == "\u0e32" else "\u0eb3"), folded
        )
        folded = _clusters().sub(r" \g<0> ", folded)
    return _SPACES.sub(" ", folded)


def _marks_in(blocks: Iterable[range]) -> str:
    characters = (chr(codepoint) for block in blocks for codepoint in block)
    return "".join(character for character in characters if unicodedata.category(character)[0] == "M")


@cache
def _clusters() -> re.Pattern[str]:
    """Match a letter of a South-East Asian script with the marks that cling to it."""
    marks = _marks_in((range(0xE00, 0xF00), range(0x1000, 0x1AB0), range(0xA9E0, 0xAAE0)))
    return re.compile(rf"(?=[^\W\d_])[{_SOUTH_EAST_ASIAN}][{marks}]*")


@cache
def _words() -> re.Pattern[str]:
    """Match a word as the index has it, in text that is not folded yet."""
    blocks = (range(0x300, 0x1E00), range(0x20D0, 0x20F1), range(0x302A, 0x309B), range(0xA66F, 0xAC00),
              range(0xFB1E, 0xFB1F), range(0xFE00, 0xFE30), range(0x10A00, 0x12000))  # fmt: skip
    clinging = rf"{_marks_in(blocks)}\u00ad\u200b-\u200f\u2060\ufeff\u0640\uff9e\uff9f"
    alone = rf"(?=[^\W\d_])[{_CJK}{_SOUTH_EAST_ASIAN}]"
    return re.compile(
        rf"{alone}[{clinging}]*|(?:(?!{alone})[^\W_]|[\ue000-\uf8ff])(?:(?!{alone})[^\W_]|[{clinging}\ue000-\uf8ff])*"
    )


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Give each folded word of a stored text with the span `text[start:end]` that it stands for.

    Joined forms of words with a half space come last, as in the index.
    """
    joined: list[tuple[str, int, int]] = []
    for found in (_pattern(_LATIN_WORD) if _is_latin(text) else _words()).finditer(text):
        raw = found[0]
        if raw.isascii():
            yield raw.lower(), found.start(), found.end()
            continue
        if ZWNJ in raw:
            split, together = _fold_half_spaced(raw)
            if together:
                joined.append((together, found.start(), found.end()))
            at = found.start()
            for part in raw.split(ZWNJ) if together else ():
                yield from ((word, at, at + len(part)) for word in _fold_word(part))
                at += len(part) + 1
            if together:
                continue
            yield from ((word, found.start(), found.end()) for word in split)
            continue
        for word in _fold_word(raw):
            yield word, found.start(), found.end()
    yield from joined


def _is_latin(text: str) -> bool:
    """Tell whether a text has neither marks nor scripts for which words are more than runs of letters."""
    return text.isascii() or all(
        (character < "\u02b0" and character != "\u00ad") or "\u1e00" <= character < "\u1f00" or "\u2010" <= character < "\u2028"
        or "\u2030" <= character < "\u205f" or "\u20a0" <= character < "\u20c0"
        for character in set(text)
    )  # fmt: skip


@lru_cache(maxsize=20_000)
def _fold_word(raw: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\s'⁄]+", _split(_fold_letters(raw).replace(ZWNJ, ""))))


def _fold_half_spaced(raw: str) -> tuple[tuple[str, ...], str]:
    folded = _fold_letters(raw)
    if _pattern(_HALF_SPACED).fullmatch(folded):
        return tuple(folded.split(ZWNJ)), folded.replace(ZWNJ, "")
    return _fold_word(raw), ""


_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_WRITTEN_OUT = re.compile(r"(?<![aeoq])(?:ae(?!l)|oe|ue)(?!l?$)")
"""An umlaut written out (Mueller, Praesident); not the ue of Steuer, Quelle or Samuel, nor the ae of Israel."""

_HALF_NASAL = "ङ्(?=[क-ङ])|ञ्(?=[च-ञ])|ण्(?=[ट-ण])|न्(?=[त-न])|म्(?=[प-म])"
_NASALS = "ङञणनम"
"""Devanagari: a nasal before a letter of its own row is written with its half letter or with a dot, हिन्दी or हिंदी."""


def _dotted(folded: str) -> str:
    return _pattern(_HALF_NASAL).sub("ं", folded)


def _undotted(folded: str) -> str:
    return _pattern("ं([क-नप-म])").sub(lambda found: f"{_nasal_before(found[1])}्{found[1]}", folded)


def _nasal_before(letter: str) -> str:
    """Give the nasal of a letter's row; the rows lie one after the other, the last one a place further."""
    return _NASALS[4 if letter >= "प" else (ord(letter) - ord("क")) // 5]


def spellings(text: str) -> tuple[str, ...]:
    """Give the ways in which a word or phrase of a query may stand in the index, the plain one first."""
    folded = _fold_letters(text)
    found = [_split(_half_spaces_to_spaces(folded))]
    if ZWNJ in folded:
        found.append(_split(folded.replace(ZWNJ, "")))
    if "ं" in folded or "्" in folded:
        found += [_dotted(found[0]), _undotted(found[0])]
    lowered = unicodedata.normalize("NFC", text).lower()
    if any(umlaut in lowered for umlaut in _UMLAUTS):
        for umlaut, pair in _UMLAUTS.items():
            lowered = lowered.replace(umlaut, pair)
        found.append(_split(_half_spaces_to_spaces(_fold_letters(lowered))))
    elif folded.isascii():
        parts = re.split(r"(\W+)", folded)
        short = [_WRITTEN_OUT.sub(lambda pair: pair[0][0], part) if len(part) >= 5 else part for part in parts]
        found.append("".join(short))
    return tuple(dict.fromkeys(spelling.strip() for spelling in found))
