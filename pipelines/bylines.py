"""The lines in which an article is signed, as the papers of many languages write them.

Owns the words that come before a name ("By", "Autor:"), the forms without spaces ("记者李明", "김철수 기자"), and which
of the texts by a headline sign it. Whether a name is one is people.py's.
"""

import re
from collections.abc import Sequence

from pipelines.story_head import Snippet

_BY = (
    r"(?:written|posted|published|reported|words|story|text|review(?:ed)?|article|analysis|opinion|commentary|interview|story\s+and\s+photos"
    r"|medically\s+reviewed)\s+by|by|(?:eine?\s+[^\W\d_]+\s+)?von|(?:beitrag|artikel|bericht|interview)\s+von|par|propos\s+recueillis\s+par|por"
    r"|di|a\s+cura\s+di|door|oleh|(?:skrevet\s+|skriven\s+)?av|(?:skrevet\s+)?af|yazan|oprac\.|της|του|автор|текст|מאת|بقلم|كتب|كتبت|โดย|द्वारा"
)
_LABELS = (
    r"authors?|author\(s\)|writer|reporter|text[eo]?|interview|autor(?:in|a|es|ka|i|ius|s)?|auteure?s?|autric[ei]|autor[ei]|redação|szerző(?:k)?"
    r"|írta|teksti|tekst|kirjoittaja|toimittaja|journalist|skribent|forfatter|författare|penulis|reportase|pewarta|kontributor|wartawan|tác\s+giả"
    r"|người\s+viết|bài\s+viết|phóng\s+viên|bài|автор(?:и|ы|ка)?|журналист|корреспондент|кореспондент|подготовила?|підготува(?:в|ла)|аутор"
    r"|пише|piše|napisała?|avtor|novinar|συντάκτης|συντάκτρια|γράφει|κείμενο|ρεπορτάζ|yazar|haber|muhabir|röportaj|الكاتب|الكاتبة|كتابة|نویسنده|نویسندگان"
    r"|گزارشگر|خبرنگار|گزارش|لیکوال|تحریر|כתב|כתבה|लेखक|रिपोर्टर|রিপোর্ট|লেখক|প্রতিবেদক|লিখেছেন|எழுதியவர்|கட்டுரையாளர்|రచయిత|ലേഖകൻ|ผู้เขียน|เรื่อง|작성자|글"
    r"|文|文字|撰文|撰稿|作者|記者|记者|執筆|著者|ライター|기자"
)
AGENCIES = frozenset(
    "dpa afp ap reuters apa sda ansa efe tass ritzau ntb tt stt belga anp pap čtk tasr mti kna epd sid lusa hina tanjug upi pti"
    " ani ians xinhua kyodo yonhap bloomberg dpa-afx dts afx keystone-sda".split()
)
_COLON = r"\s*[:：/／]\s*"
SIGNED = re.compile(rf"(?i)^(?:(?:{_BY}|{_LABELS}){_COLON}|(?:{_BY})\s+)(?=\S)")
"""What comes before the names in a line that signs an article."""
LABEL = re.compile(rf"(?i)^(?:{_BY}|{_LABELS})\s*[:：/／]?$")
"""A whole text that says no more than that a name follows."""
_HAN_NAME = r"(?!报道|報導|报导|報道|摄影|攝影)[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,8})?"
_JAPANESE_NAME = r"[\u4e00-\u9fff\u3040-\u30ff]{2,5}(?:[\s\u3000][\u4e00-\u9fff\u3040-\u30ff]{1,5})?"
_UNSPACED = (
    re.compile(
        r"(?:^|[\]】)=]\s*)(?:기자\s+(?P<after>[가-힣]{2,4})$|(?P<name>[가-힣]{2,4})\s*(?:\S{2,4})?(?:기자|특파원|논설위원|통신원)(?:\s|=|\(|$))"
    ),
    re.compile(
        rf"^[\[【(（]?\s*(?:\S{{0,6}}(?:记者|記者|作者)|编译|編譯)\s*[:：/／|]?\s*(?P<name>{_HAN_NAME}(?:[、\s]{_HAN_NAME}){{0,3}})"
        rf"\s*(?:[/／]?\s*\S{{0,6}}(?:报道|報導|报导|報道|撰|摄|攝)|[/／]\S{{1,6}}|[\]】)）]|$)"
    ),
    re.compile(
        rf"^(?:取材)?・?(?:文|撰文|文字|執筆|著者|筆者|記者|ライター|構成)(?:・(?:写真|構成))?\s*[:：/／=＝・]\s*(?P<name>{_JAPANESE_NAME})\s*(?:[/／]|$)"
    ),
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
_REST = re.compile(r",\s|\s[–—|/-]\s|\s\(")


def signed(head: Sequence[Snippet]) -> list[str]:
    """Give the names that stand by the headline after "By", or alone in an element that is called an author's."""
    found: list[str] = []
    for at, snippet in enumerate(head):
        text = snippet.text
        if len(text) <= _LONGEST_BYLINE and (first := signer(text)):
            return [first, *_joined(head[at + 1 :])] if text.rstrip().endswith((" and", ",", "&")) else [first]
        if LABEL.match(text) and (names_after := _joined(head[at + 1 :], begun=False)):
            return names_after
        if snippet.linked and _AUTHOR_LINK.search(snippet.label) and _looks_like_names(text, least=1):
            found.append(text)
    return list(dict.fromkeys(found))[:4]


def signer(text: str) -> str:
    """Give the names that a text signs with; empty where it signs nothing."""
    for pattern in _UNSPACED:
        if found := pattern.search(text):
            return found["name"] or found["after"]
    found = SIGNED.match(text)
    if not found:
        return ""
    rest = _DATE_TAIL.sub("", text[found.end() :]).strip(" ,")
    least = 1 if found[0].rstrip().endswith((":", "：")) else 2
    for names in (rest, _REST.split(rest, maxsplit=1)[0].strip()):
        if _looks_like_names(names, least=least) or _is_agency(names):
            return names
    return ""


def dated_names(head: Sequence[Snippet]) -> list[str]:
    """Give the names in a line by the headline that dates the article, too: "Ann Lee | Senior Writer | May 2, 2024"."""
    texts = [snippet.text for snippet in head]
    for text, after in zip(texts, [*texts[1:], ""], strict=False):
        line = f"{text} {after}" if text.endswith(("|", "·", "•")) else text
        pieces = [piece for each in _LINE.split(line) if (piece := each.strip())]
        if not 2 <= len(pieces) <= 4 or len(line) > _LONGEST_BYLINE or not any(map(_DATED.search, pieces)):
            continue
        for piece in pieces:
            name = _BEHALF.sub("", SIGNED.sub("", piece))
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
    return text.casefold() in AGENCIES or _CAPITALS.match(text) is not None


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
