"""Articles as entries of a bibliography: BibTeX, RIS and CSL-JSON, each a newspaper article.

Pure. Owns the fields, the names of authors and the keys. An entry says which text it cites: the revision and its body_sha256.
Sources: the RIS specification of 2011, the CSL 1.0.2 JSON schema, the manual of biblatex (entrysubtype), and what Zotero's
translators for the three and Better BibTeX's make of them (docs/design.md).
"""

import hashlib
import re
import unicodedata
from typing import Any

from archive.kept import KeptArticle
from archive.text import one_line

_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?!\d)")
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_LONE_BRACES = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
"""BibTeX counts braces whether a backslash stands before them or not: one too many would swallow the entries behind it."""

_PARTICLES = frozenset(
    ("al", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le", "les",
     "ten", "ter", "van", "von", "zu", "zum", "zur")
)  # fmt: skip
_NOT_A_PERSON = re.compile(
    r"(?i)\d|[@/|:;&+]|\b(?:agency|agencies|agence|agentur|bureau|correspondent|desk|editor|editors|editorial|media|monitoring"
    r"|network|news|newsroom|online|press|redaktion|redaction|reporter|reporters|service|staff|team|times|wire|und|and|by|the)\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def name_parts(name: str) -> tuple[str, str] | None:
    """Split a person's name in Latin letters into (family, given); None for all that is better left whole.

    A name is left whole where it may be an agency's, and in scripts and orders that a rule of thumb gets wrong. One that
    stands as “family, given” is one only where the other order would be taken apart alike: “Jane Doe, Reuters” is not.
    """
    if "," in name:
        family, _, given = (part.strip() for part in name.partition(","))
        return (family, given) if "," not in given and name_parts(f"{given} {family}") == (family, given) else None
    words = name.split()
    if not 2 <= len(words) <= 5 or _NOT_A_PERSON.search(name):
        return None
    if not all(word[0].isupper() or word in _PARTICLES for word in words):
        return None
    letters = [character for character in name if character.isalpha()]
    if name.isupper() or not letters or any("LATIN" not in unicodedata.name(letter, "") for letter in letters):
        return None
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start])


def entry_key(kept: KeptArticle) -> str:
    """Give an entry's key: host, day and six digits of the url_key's hash: the same in every archive."""
    host = re.sub(r"[^a-z0-9]+", "-", kept.url_key.partition("/")[0].lower()).strip("-")
    day = "".join(part for part in _date(kept) if part) or "undated"
    return f"{host}-{day}-{hashlib.sha256(kept.url_key.encode('utf-8', 'replace')).hexdigest()[:6]}"


def _date(kept: KeptArticle) -> tuple[str, str, str]:
    found = _DAY.match(kept.article.published or "")
    return (found[1], found[2] or "", found[3] or "") if found else ("", "", "")


def _cited_text(kept: KeptArticle) -> str:
    return f"revision {kept.revision} of {kept.url_key}, body_sha256 {kept.body_sha256}"


def _accessed(kept: KeptArticle) -> str:
    return (kept.capture.fetched_at if kept.capture else kept.revision_at)[:10]


def bibtex(kept: KeptArticle) -> str:
    """Give a BibTeX entry in UTF-8: @article, with biblatex's entrysubtype newspaper."""
    article = kept.article
    year, month, day = _date(kept)
    fields = {
        "author": " and ".join(_bibtex_name(author) for author in article.authors),
        "title": f"{{{_bibtex(article.headline)}}}" if article.headline else "",  # braces keep its capitals
        "journal": _bibtex(kept.source),
        "year": year,
        "month": _MONTHS[int(month) - 1] if month and 1 <= int(month) <= 12 else "",
        "day": day,  # two digits, or Better BibTeX takes it for another date than `date`
        "date": "-".join(part for part in (year, month, day) if part),
        "entrysubtype": "newspaper",
        "url": article.url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C"),
        "urldate": _accessed(kept),
        "langid": _bibtex(article.language),
        "keywords": ", ".join(_bibtex(keyword).replace(",", " ") for keyword in article.keywords),
        "abstract": _bibtex(article.description),
        "note": _bibtex(_cited_text(kept)),
    }
    lines = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}," for name, value in fields.items() if value]
    return "\n".join([f"@article{{{entry_key(kept)},", *lines, "}"]) + "\n\n"


def _bibtex_name(name: str) -> str:
    parts = name_parts(one_line(name))
    return f"{_bibtex(parts[0])}, {_bibtex(parts[1])}" if parts else f"{{{_bibtex(name)}}}"


def _bibtex(text: str | None) -> str:
    line = one_line(text or "")
    special = _SPECIAL if _is_balanced(line) else _SPECIAL | _LONE_BRACES
    return "".join(special.get(character, character) for character in line)


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def ris(kept: KeptArticle) -> str:
    """Give a RIS record of type NEWS."""
    article = kept.article
    date = _date(kept)
    lines = [("TY", "NEWS"), ("ID", entry_key(kept)), ("TI", article.headline)]
    for author in article.authors:
        parts = name_parts(one_line(author))
        lines.append(("AU", f"{parts[0]}, {parts[1]}" if parts else author))
    lines += [
        ("T2", kept.source),
        ("PY", date[0]),
        ("DA", "/".join(date) if date[0] else None),
        ("SE", article.section),
        ("AB", article.description),
        ("LA", article.language),
        *(("KW", keyword) for keyword in article.keywords),
        ("UR", article.url),
        ("Y2", _accessed(kept).replace("-", "/")),
        ("N1", _cited_text(kept)),
    ]
    return "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in lines if value) + "ER  - \r\n\r\n"


def csl(kept: KeptArticle) -> dict[str, Any]:
    """Give a CSL-JSON item of type article-newspaper."""
    article = kept.article
    issued = [int(part) for part in _date(kept) if part]
    values: dict[str, Any] = {
        "id": entry_key(kept),
        "type": "article-newspaper",
        "title": one_line(article.headline or ""),
        "author": [_csl_name(one_line(author)) for author in article.authors],
        "container-title": one_line(kept.source or ""),
        "issued": {"date-parts": [issued]} if issued else None,
        "accessed": {"date-parts": [[int(part) for part in _accessed(kept).split("-")]]},
        "section": one_line(article.section or ""),
        "abstract": one_line(article.description or ""),
        "language": article.language,
        "keyword": ", ".join(one_line(keyword) for keyword in article.keywords),
        "URL": article.url,
        "note": _cited_text(kept),
    }
    return {name: value for name, value in values.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    parts = name_parts(name)
    return {"family": parts[0], "given": parts[1]} if parts else {"literal": name}
