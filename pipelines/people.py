"""Authors' names out of what bylines and author tags say.

Owns telling a name from a label, a role, an address or an account. An agency or a paper that signs stays: it is who
the page says wrote it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from pipelines.story_head import Snippet

_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(r"(?i)https?:|www\.|/|\S+@\S+|\.(?:com|html?|php)\b$|^@\w+$")
_BY = (
    r"(?:(?:written|posted|published|reported|words|story|text|review(?:ed)?|article|analysis|opinion|commentary|interview|story\s+and\s+photos|medically\s+reviewed)\s+by"
    r"|by|von|par|por|di|door|(?:ein\s+)?(?:beitrag|artikel|bericht)\s+von|interview(?:\s*:)|propos\s+recueillis\s+par|a\s+cura\s+di|redação|oleh|av|af|yazan"
    r"|autor(?:in|a|es|ka)?|author|auteur|autore|autori|szerző|írta|teksti|tekst|text|penulis|tác\s+giả|автор|редактор|от|текст|συντάκτης|του|της"
    r"|كتب|بقلم|الكاتب|نویسنده|מאת|लेखक|द्वारा|โดย|文|記者|作者|编辑|撰文|글|기자)"
)
_PREFIX = re.compile(rf"(?i)^{_BY}(?:\s*[:：/]\s*|\s+)")
_STUCK = re.compile(r"^By(?=[A-Z][a-z])")
_LABEL = re.compile(rf"(?i)^(?:{_BY})\s*[:：/]?$")
_SIGNED = re.compile(
    r"(?i)^(?:(?:written|posted|published|reported|words|story|text)\s+by|by|von|par|por|di|door|oleh|af|av|yazan|автор|текст|מאת|بقلم|كتب|โดย)"
    r"(?:\s*:\s*|\s+)(?=\S)"
)
_WROTE = re.compile(
    r"(?i)^(?:(?:this\s+)?(?:article|post|story|blog|piece)\s+(?:was\s+)?)?(?:written|authored|posted|reported|contributed)\s+by:?\s+(\S.*)$"
)
_WROTE_LABEL = re.compile(
    r"(?i)^(?:(?:article|written|authored|posted|story|words|contributed)\s+by|contributors?|author(?:\(?s\)?)?)\s*:?$"
)
_LINE = re.compile(r"\s*[|·•]\s*|\s[–—-]\s")
_DATED = re.compile(r"\d\D{1,12}(?:19|20)\d{2}\b|\b(?:19|20)\d{2}\D{1,12}\d")
_BEHALF = re.compile(r"(?i)\s+(?:on\s+behalf\s+of|for)\b.*$")
_JOINER = re.compile(r"(?i)^(?:and|und|et|y|e|en|och|og|i|a|и|و|&|,|;|\|)$")
_AGENCIES = frozenset(
    "dpa afp ap reuters apa sda ansa efe tass ritzau ntb tt stt belga anp pap čtk tasr mti kna epd sid lusa hina tanjug upi pti"
    " ani ians xinhua kyodo yonhap bloomberg dpa-afx dts afx keystone-sda".split()
)
_SHORT = re.compile(r"\s*\((?:[a-zäöüß]{1,5}\.?|/[a-z]{2,4})\)$")
_SEPARATOR = re.compile(r"\s*(?:;|\||\u2022|\u00b7|、|\n| – | — )\s*")
_JOINED = re.compile(r"(?i)\s*,\s*(?:and|und|et|y|e|en|och|og|&)\s+|\s+(?:and|und|et|och|og)\s+|\s*&\s*")
_NO_NAME = re.compile(
    r"""(?ix)^(?: admin(?:istrator)?\d* | root | editor | user\d* | author | autor(?:es)? | unknown | anonymous "
    r"| guest | none | null
    | undefined | webmaster
    | wordpress | wp[-_ ]?admin | super[-_ ]?admin | site[-_ ]?admin | default | test | n/?a | n\.n\.
    | (?:read|learn|see|show|view)\s+(?:more|all|full|bio|profile) .* | view\s+all\s+posts .* | more\s+from .*
    | (?:follow|contact|subscribe|share|updated?|published|posted|date|email|twitter|facebook|comments?) (?:\s.*)?
    | (?:the\s+)?author\W* | more\s+about\s .* | staff(?:\s+(?:reporter|writer|correspondent))? | newsroom
    | news | nachrichten | noticias | notizie | actualités | redaktion | redazione | rédaction | la\s+rédaction
    | super\s+user | publisher | uncategori[sz]ed | allgemein | guest\s+(?:author|post|contributor) | gast(?:autor|beitrag)?
    | (?:afficher|voir|zeige|alle\s+beiträge|mostrar|ver\s+(?:tod|más)|tous\s+les|please)\b.*
    | .+\s(?:von|by|am|con|par|por|un|mit|with|de|du)
    | (?:\d+\s+)?(?:mins?|minutes?|comments?|shares?)\s+.* | .*\sadmin | powered\s+by.* | [\W\d_]+ | see\s+bio
    )$"""
)
_ROLE = re.compile(
    r"(?i)\s*[,(–|-]\s*(?:(?:senior|chief|staff|political|business|news|sports?)\s+)*"
    r"(?:reporter|correspondent|editor|writer|journalist|contributor|columnist|redakteur(?:in)?)\b.*$"
)
_INITIALS = frozenset(
    {
        "jr",
        "jr.",
        "sr",
        "sr.",
        "ii",
        "iii",
        "iv",
        "md",
        "m.d.",
        "phd",
        "ph.d.",
        "ph.d",
        "mba",
        "esq.",
        "esq",
        "dds",
        "rn",
    }
    | {"cfa", "cpa", "rd", "ms", "msc", "bsc", "ba", "rdn", "ld", "cscs", "cfp", "jd", "llm", "mph", "dphil"}
)
_JOB = re.compile(
    r"(?i)^(?:senior\s+)?(?:analyst|writer|editor|contributor|journalist|reporter|correspondent|columnist|redakteur(?:in)?|journaliste|periodista|autorin)$"
)
_SLUG = re.compile(r"^[a-z]{2,}(?:-[a-z]{2,}){1,2}$")  # the account's name in its address
_ABBREVIATED = re.compile(r"(?:\b\w|\.\w{1,2}|\b(?:Jr|Sr|Esq|Inc))\.$")
_AUTHOR_LINK = re.compile(
    r"(?i)(?:^|[\s_-])(?:author|byline|by-line|redakt|autor|auteur|writer)(?:$|[\s_-])|author-?name|authorname"
)
_DATE_TAIL = re.compile(r"\s*(?:[|•·–—,-]|\bon\b)?\s*(?:[^\s\d]{3,12}\.?\s+)?\d.*$")
_PARTICLES = frozenset(
    "de da do dos das di del della van von der den la le el al bin ibn und and et y e i en og och zu ter ten af".split()
)
_CAPITALS = re.compile(r"^[A-Z]{2,6}$")
_LONGEST_BYLINE = 120
_LONGEST = 80
_MOST = 20


def names(stated: Iterable[str], *, whole: bool = False) -> tuple[str, ...]:
    """Give the authors that some texts name, in order and once each; `whole`: each text is one name (JSON-LD's list)."""
    found: dict[str, str] = {}
    for text in stated:
        for name in _split(text, whole=whole):
            if (clean := _name(name)) and len(found) < _MOST:
                found.setdefault(_folded(clean), clean)
    return tuple(found.values())


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _split(text: str, *, whole: bool) -> list[str]:
    text = _SPACE.sub(" ", _TAG.sub(" ", text)).strip()
    parts = [part for piece in _SEPARATOR.split(text) for part in _JOINED.split(piece)]
    result: list[str] = []
    for part in parts:
        pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
        # "Smith, John" and "Jane Doe, MD" are one name; "Jane Doe, John Smith" are two
        if len(pieces) > 1 and all(
            (" " in piece and piece.lower() not in _INITIALS) or piece.lower() in _AGENCIES for piece in pieces
        ):
            result += pieces
        elif len(pieces) > 1 and not whole and " " in pieces[0]:
            result += [piece for piece in pieces if piece.lower() not in _INITIALS]
        else:
            result.append(part.strip())
    return result


def _name(text: str) -> str | None:
    """Clean one name; None where it is none."""
    name = text.strip(" \t\n,:;|-–—\u2022*\"'／/@→»›")
    name = _SHORT.sub("", _STUCK.sub("", _PREFIX.sub("", name)).strip())
    name = _ROLE.sub("", name).strip(" ,:;|-–—*")
    if not _ABBREVIATED.search(name):
        name = name.rstrip(".")
    if _SLUG.match(name):
        name = name.replace("-", " ").title()
    if not 2 <= len(name) <= _LONGEST or name.count(" ") > 7 or name.casefold() in _INITIALS:
        return None
    if any(pattern.match(name) for pattern in (_NO_NAME, _LABEL, _JOB)) or _ADDRESS.search(name):
        return None
    return name if any(character.isalpha() for character in name) else None


def signed(head: Sequence[Snippet]) -> list[str]:
    """Give the names that stand by the headline after "By", or alone in an element that is called an author's."""
    found: list[str] = []
    for at, snippet in enumerate(head):
        text = snippet.text
        if _SIGNED.match(text) and len(text) <= _LONGEST_BYLINE:
            first = _DATE_TAIL.sub("", _SIGNED.sub("", text)).strip(" ,")
            if _looks_like_names(first) or _is_agency(first):
                return [first, *_joined(head[at + 1 :])] if text.rstrip().endswith((" and", ",", "&")) else [first]
        elif _LABEL.match(text) and (names_after := _joined(head[at + 1 :], begun=False)):
            return names_after
        elif snippet.linked and _AUTHOR_LINK.search(snippet.label) and _looks_like_names(text, least=1):
            found.append(text)
    return list(dict.fromkeys(found))[:4]


def dated_names(head: Sequence[Snippet]) -> list[str]:
    """Give the names in a line by the headline that dates the article, too: "Ann Lee | Senior Writer | May 2, 2024"."""
    texts = [snippet.text for snippet in head]
    for text, after in zip(texts, [*texts[1:], ""], strict=False):
        line = f"{text} {after}" if text.endswith(("|", "·", "•")) else text
        pieces = [piece for each in _LINE.split(line) if (piece := each.strip())]
        if not 2 <= len(pieces) <= 4 or len(line) > _LONGEST_BYLINE or not any(map(_DATED.search, pieces)):
            continue
        for piece in pieces:
            name = _BEHALF.sub("", _PREFIX.sub("", piece))
            if _looks_like_names(name):
                return [name]
    return []


def signed_text(before: str, text: str, *, linked: bool) -> str | None:
    """Give the name in a text that signs an article, or that follows "Written by"; `linked`: it links to an author's page."""
    if len(text) > _LONGEST_BYLINE:
        return None
    found = _WROTE.match(text)
    name = (found[1] if found else text) if found or linked or _WROTE_LABEL.match(before) else ""
    name = re.split(r",\s|\.\s|\s\|\s", name, maxsplit=1)[0].strip()
    return name if _looks_like_names(name) else None


def _joined(rest: Sequence[Snippet], *, begun: bool = True) -> list[str]:
    """Give the names that follow each other, with "and" or a comma between them or each a link."""
    found: list[str] = []
    linking = not begun
    for snippet in rest[:12]:
        if _JOINER.match(snippet.text):
            linking = True
            continue
        text = _DATE_TAIL.sub("", snippet.text).strip(" ,")
        if not (linking or begun) or not _looks_like_names(text, least=1):
            break
        found.append(text)
        linking, begun = snippet.text.endswith((",", " and", "&")), False
    return found


def _is_agency(text: str) -> bool:
    """Say whether who signs is an agency, or goes by capitals as agencies do."""
    return text.casefold() in _AGENCIES or _CAPITALS.match(text) is not None


def _looks_like_names(text: str, *, least: int = 2) -> bool:
    """Say whether a text may be names: few words, no figures, each name begun with a capital or in a script without them."""
    words = text.split()
    if (
        not least <= len(words) <= 10
        or len(text) > _LONGEST
        or any(map(str.isdigit, text))
        or text.endswith((":", "?", "!"))
    ):
        return False
    first = next((character for character in text if character.isalpha()), "")
    small = sum(word[0].islower() and word.lower() not in _PARTICLES for word in words)
    return bool(first) and not first.islower() and small == 0
