"""Authors' names out of what bylines and author tags say.

Owns telling a name from a label, a role, an address or an account. An agency or a paper that signs stays: it is who
the page says wrote it.
"""

import re
import unicodedata
from collections.abc import Iterable

from pipelines.bylines import AGENCIES, LABEL, SIGNED

_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(r"(?i)https?:|www\.|/|\S+@\S+|\.(?:com|html?|php)\b$|^@\w+$")
_STUCK = re.compile(r"^By(?=[A-Z][a-z])")
_SHORT = re.compile(r"\s*\((?:[a-zäöüß]{1,5}\.?|/[a-z]{2,4})\)$")
_SEPARATOR = re.compile(r"\s*(?:;|\||\u2022|\u00b7|、|\n| – | — )\s*")
_JOINED = re.compile(r"(?i)\s*,\s*(?:and|und|et|y|e|en|och|og|&)\s+|\s+(?:and|und|et|och|og)\s+|\s*&\s*")
_NO_NAME = re.compile(
    r"""(?ix)^(?: admin(?:istrator)?\d* | root | editor | user\d* | author | autor(?:es)? | unknown | guest
    | none | null
    | undefined | webmaster
    | wordpress | wp[-_ ]?admin | super[-_ ]?admin | site[-_ ]?admin | default | test | n/?a | n\.n\.
    | (?:read|learn|see|show|view)\s+(?:more|all|full|bio|profile) .* | view\s+all\s+posts .* | more\s+from .*
    | (?:follow|contact|subscribe|share|updated?|published|posted|date|email|twitter|facebook|comments?) (?:\s.*)?
    | (?:the\s+)?author\W* | more\s+about\s .* | staff(?:\s+(?:reporter|writer|correspondent))? | newsroom
    | news | nachrichten | noticias | notizie | actualités | redaktion | redazione | rédaction | la\s+rédaction
    | super\s+user | publisher | uncategori[sz]ed | allgemein | guest\s+(?:author|post|contributor) | gast(?:autor|beitrag)?
    | (?:afficher|voir|zeige|alle\s+beiträge|mostrar|ver\s+(?:tod|más)|tous\s+les|please)\b.*
    | .+\s(?:von|by|am|con|par|por|un|mit|with|de|du)
    | (?:tim\s+)?redaksi
    | redacci[oó]n | redação | redactie
    | redakce | redakcia | redakcja | redakcija | redaktsioon | redaktionen | toimitus | szerkesztőség | redacția | bbt
    | ban\s+biên\s+tập
    | (?:от\s+)?редакци[яиї] | редакція | админ(?:истратор)? | συντακτική\s+ομάδα | (?:ה)?מערכת(?:\s.*)? | مدیر(?:\s+سایت)? | ادمین
    | المحرر
    | (?:هيئة\s+)?التحرير | نیوز\s+ڈیسک | ویب\s+ڈیسک | (?:न्यूज\s+)?डेस्क | (?:নিজস্ব|স্টাফ)\s+(?:প্রতিবেদক|রিপোর্টার) | ডেস্ক(?:\s+রিপোর্ট)?
    | กองบรรณาธิการ | (?:本報|本报)?(?:編輯部|编辑部|編集部|讯|訊) | 관리자 | 편집부 | 온라인뉴스팀
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
            (" " in piece and piece.lower() not in _INITIALS) or piece.lower() in AGENCIES for piece in pieces
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
    name = _SHORT.sub("", _STUCK.sub("", SIGNED.sub("", name)).strip())
    name = _ROLE.sub("", name).strip(" ,:;|-–—*")
    if not _ABBREVIATED.search(name):
        name = name.rstrip(".")
    if _SLUG.match(name):
        name = name.replace("-", " ").title()
    if not 2 <= len(name) <= _LONGEST or name.count(" ") > 7 or name.casefold() in _INITIALS:
        return None
    if any(pattern.match(name) for pattern in (_NO_NAME, LABEL, _JOB)) or _ADDRESS.search(name):
        return None
    return name if any(character.isalpha() for character in name) else None
