"""From a page's bytes to text: which charset, and which characters a parser must never see.

Owns the sniffing of what is no HTML at all. Refuses to trust a label: bytes that are valid UTF-8 are UTF-8.
The charset table follows the WHATWG Encoding Standard where Python's names part from it.
"""

import codecs
import re

_SNIFFED = 4096
_BEGIN = re.compile(rb"(?i)<(?:html|body)")
_END = re.compile(rb"(?i)</(?:html|body)")
_LAST = 1000
"""Bytes in which most pages end: the whole page need not be searched."""
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"wOFF", "font/woff"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_MARKUP = re.compile(
    rb"(?i)<(?:!doctype\s+html|html|head|body|title|meta|article|main|div|p|h1|span|table|section|script|br|a)[\s>/]"
)
_PROLOG = re.compile(rb"(?is)\s+|<\?xml[^>]*>|<!--.*?-->|<!doctype[^>]*>")
"""One piece of what stands before a root. All of them in one pattern would be tried in every way in which they can be parted."""
_XML_ROOT = re.compile(rb"(?i)<([a-z][\w:.-]*)")
_BINARY = bytes((*range(9), 11, *range(14, 27), *range(28, 32)))
"""Bytes that no text has, in any charset but UTF-16 (the WHATWG's "binary data bytes")."""
_MOST_BINARY = 0.05
"""Their share in what may still be a page with faults; of random bytes they are a tenth."""
_NO_PAGES = frozenset({b"rss", b"feed", b"rdf", b"urlset", b"sitemapindex", b"svg", b"opml"})
_JSON = re.compile(rb'^\s*(?:\{\s*["}]|\[\s*[\[{"\d])')
_HEADER_CHARSET = re.compile(r"(?i)charset\s*=\s*[\"']?\s*([\w:.+-]+)")
_META_CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.+-]{2,40})")
_XML_CHARSET = re.compile(rb"(?i)^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w:.+-]{2,40})")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WHATWG = {
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_OF_THE_WEB = [
    *(f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)), *(f"cp125{n}" for n in range(9)),
    "cp866", "cp874", "koi8_r", "koi8_u", "mac_roman", "mac_cyrillic", "gb18030", "big5", "big5hkscs", "euc_jp", "cp932",
    "euc_kr", "cp949",
]  # fmt: skip
"""The charsets that the WHATWG's standard knows, by Python's names: no page is in one of EBCDIC's."""
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_NO_CHARSET = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
"""Python's own codecs from bytes to text that are no charsets of pages."""
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,6})(?![0-9a-fA-F])|0*(\d{1,7})(?!\d));?")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_ASCII_CONTROLS = bytes(code for code in range(128) if _UNWANTED.match(chr(code)))
_OTHER_UNWANTED = [
    re.compile(rb"\xc2[\x80-\x9f]"), re.compile(rb"\xed[\xa0-\xbf]"), re.compile(rb"\xef(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])")
]  # fmt: skip
"""The others in UTF-8: by what such a sequence begins with, they are found at once."""
_MOST_PASSES = 3
_BAD_SEQUENCE = re.compile("[\udc80-\udcff]+")


def not_html(body: bytes, content_type: str | None) -> str | None:
    """Say what the bytes are where they are no HTML (a media type); None where they may be."""
    start = body[:_SNIFFED]
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" or start[4:8] == b"ftyp":
        return "video/mp4" if start[4:8] == b"ftyp" else "application/riff"
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"} or _is_utf16(start):
        return None
    if len(start) - len(start.translate(None, _BINARY)) > _MOST_BINARY * len(start):
        return "application/octet-stream"
    if _JSON.match(start):
        return "application/json"
    if _root_name(start) in _NO_PAGES:
        return "application/xml"
    if _MARKUP.search(start) or _MARKUP.search(body[_SNIFFED : 50 * _SNIFFED]):
        return None
    named = (content_type or "").split(";")[0].strip().lower()
    if b"\x00" in start and named not in {"text/html", "application/xhtml+xml", ""}:
        return "application/octet-stream"
    return named if named and named not in {"text/html", "application/xhtml+xml"} else None


def _root_name(start: bytes) -> bytes:
    """Give the local name of a document's root; empty where none can be seen."""
    at = 0
    while found := _PROLOG.match(start, at):
        at = found.end()
    root = _XML_ROOT.match(start, at)
    return root[1].lower().rpartition(b":")[2] if root else b""


def decode(body: bytes, content_type: str | None) -> str:
    """Decode a page and drop what no parser may see: controls, their references, lone surrogates."""
    return _clean(_decoded(body, content_type))


def _decoded(body: bytes, content_type: str | None) -> str:
    for bom, charset in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(charset, "replace")
    labels = _labels(body, content_type)
    if "iso2022_jp" in labels and b"\x1b$" in body:
        return body.decode("iso2022_jp", "replace")
    if _is_utf16(body):
        return body.decode("utf-16-le" if body[1:2] == b"\x00" else "utf-16-be", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_quite_utf8(body, labels)


def _is_utf16(body: bytes) -> bool:
    """Tell UTF-16 without a mark at its front: markup has a zero in every other place."""
    return body[:200].count(b"\x00") > 60


def _not_quite_utf8(body: bytes, labels: list[str]) -> str:
    """Decode bytes that are not valid UTF-8: by their labels, or mended, or by what charset they look like."""
    legacy = [label for label in labels if label != "utf-8"]
    if is_mostly_utf8(body):
        return _BAD_SEQUENCE.sub(lambda bad: _as_cp1252(bad[0]), body.decode("utf-8", "surrogateescape"))
    if legacy:
        readings = [body.decode(label, "replace") for label in legacy]
        return min(readings, key=lambda text: text.count("\ufffd"))
    return body.decode(_guessed(body), "replace")


def is_mostly_utf8(body: bytes) -> bool:
    """Tell UTF-8 with some bad bytes: a legacy text is hardly ever four fifths valid UTF-8."""
    escaped = body.decode("utf-8", "surrogateescape")
    n_bad = len(_BAD_SEQUENCE.findall(escaped))
    n_good = len(re.findall("[\u0080-\ud7ff\ue000-\U0010ffff]", escaped))
    return n_good > 4 * n_bad


def _as_cp1252(bad: str) -> str:
    return bad.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def _guessed(body: bytes) -> str:
    """Guess the charset of unlabelled bytes from what their text, without markup, looks like."""
    from charset_normalizer import from_bytes

    text = b" ".join(re.findall(rb">([^<>]*[\x80-\xff][^<>]*)<", body))[:20_000] or body[:20_000]
    best = from_bytes(text, cp_isolation=_OF_THE_WEB, steps=5, chunk_size=512).best()
    guess = codec_of(best.encoding) if best is not None else None
    if guess is None or (_has_few_accents(text) and (_stand_alone(text) or _is_of_single_bytes(guess, text))):
        return "cp1252"  # short Western texts are often guessed as Central European, Greek or Chinese
    return guess


def _has_few_accents(text: bytes) -> bool:
    return sum(byte > 127 for byte in text) * 12 < len(text)


def _stand_alone(text: bytes) -> bool:
    """Tell whether most bytes beyond ASCII have none beside them, as accents do: in East Asian charsets they stand in rows."""
    return 2 * len(_ALONE.findall(text)) > sum(byte > 127 for byte in text)


def _is_of_single_bytes(codec: str, text: bytes) -> bool:
    return len(text.decode(codec, "replace")) == len(text)


def _labels(body: bytes, content_type: str | None) -> list[str]:
    """List the codecs that the header, then the page, name; unknown names are left out."""
    named = [found[1] for found in [_HEADER_CHARSET.search(content_type or "")] if found]
    start = body[: 4 * _SNIFFED]
    named += [
        found[1].decode("ascii", "replace")
        for found in [_META_CHARSET.search(start), _XML_CHARSET.match(start)]
        if found
    ]
    codecs_named = [codec_of(name) for name in named]
    return list(dict.fromkeys(name for name in codecs_named if name))


def codec_of(label: str) -> str | None:
    """Give the codec that a charset's label means; None for one that nobody knows, or that is no charset of documents."""
    try:
        b" ".decode(label, "replace")  # codecs.lookup also knows codecs that give no text
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if name.startswith(("utf-16", "utf-32", "utf-7", "utf_7")):
        return "utf-8"  # a label that could be read as ASCII is wrong
    return None if name in _NO_CHARSET else _WHATWG.get(name, name)


def without_controls(text: str) -> str:
    """Drop the characters that no text has: controls, lone surrogates, what is no character."""
    return _UNWANTED.sub("", text)


def _has_controls(text: str) -> bool:
    """Say whether there is anything to drop, in a third of the time that dropping takes: a page hardly ever has such characters."""
    written = text.encode("utf-8", "surrogatepass")
    return len(written.translate(None, _ASCII_CONTROLS)) < len(written) or (
        not text.isascii() and any(pattern.search(written) for pattern in _OTHER_UNWANTED)
    )


def _clean(text: str) -> str:
    if _has_controls(text):
        text = without_controls(text)
    for _ in range(_MOST_PASSES):  # what is dropped may leave a new reference behind
        if "&#" not in text or (mended := _REFERENCE.sub(_reference, text)) == text:
            break
        text = mended
    return text


def _reference(found: re.Match[str]) -> str:
    """Drop a reference to a control, mend one to a cp1252 byte, leave every other."""
    code = int(found[1], 16) if found[1] else int(found[2])
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "replace").replace("\ufffd", "")
    if code > 0x10FFFF or (code not in {9, 10, 13} and _UNWANTED.match(chr(code))):
        return ""
    return found[0]


def ends_early(body: bytes) -> bool:
    """Tell a page that begins as a document and has no end: cut off on its way, or (one of 250) made that way."""
    if _END.search(body, max(0, len(body) - _LAST)) or _END.search(body):
        return False
    return _BEGIN.search(body, 0, 65_536) is not None
