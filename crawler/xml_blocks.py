"""XML of feeds and sitemaps, read entry by entry: what is broken, huge or a bomb costs only its own entry.

Owns decoding, the search for entries in a stream of text, and their parsing. The document type is never parsed, so
entities cannot expand nor point anywhere. Refuses to know what an entry means. Never raises on any bytes.
"""

import codecs
import html
import html.entities
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from pipelines.decode import codec_of, is_mostly_utf8

MOST_BYTES = 50 * 1024 * 1024
"""Of a sitemap after decompression, as sitemaps.org has it."""
MOST_ENTRY = 512 * 1024
MOST_DEPTH = 12
HEAD = 64 * 1024
_CHUNK = 256 * 1024

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:(\w{2,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)?")
_PLAIN_CHILD = re.compile(r"<(\w{1,40})>([^<&]*)</\1>")
_PLAIN = re.compile(r"<\w{1,40}>\s*(?:<(\w{1,40})>[^<&]*</\1>\s*)*</\w{1,40}>")
_XMLNS = re.compile(r"\sxmlns(?::[\w.-]{1,40})?\s*=\s*(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}')")
_XML_BASE = re.compile(r"\sxml:base\s*=\s*(?:\"([^\"<>]{0,2000})\"|'([^'<>]{0,2000})')")
_XML_LANG = re.compile(r"\sxml:lang\s*=\s*[\x22\x27]([\w-]{1,35})[\x22\x27]")
ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(rss|RDF|feed|urlset|sitemapindex|html)(?=[\s>/])[^>]{0,4000}>")
_ENTRY_NAMES = {"rss": "item", "RDF": "item", "feed": "entry", "urlset": "url", "sitemapindex": "sitemap"}

NAMESPACES = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.google.com/schemas/sitemap-news/0.9": "news",
    "http://www.google.com/schemas/sitemap-image/1.1": "image",
    "http://www.google.com/schemas/sitemap-video/1.1": "video",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
"""Known vocabularies by the prefix that they have here; what stands in no or another namespace has no prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An element: its name (`dc:creator`), attributes, own text with that below it, and children."""

    name: str
    text: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: tuple["Node", ...] = ()

    def all(self, *names: str) -> Iterator["Node"]:
        """Give the children with one of these names, those of the first name first."""
        for name in names:
            yield from (child for child in self.children if child.name == name)

    def below(self, name: str) -> Iterator["Node"]:
        """Give the elements of this name at any depth."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.below(name)

    def first(self, *names: str) -> str | None:
        """Give the first text that says anything among the children of these names."""
        return next((text for child in self.all(*names) if (text := child.text.strip())), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The root's name, what stands before the first entry, and the entries to come."""

    root: str
    base: str | None
    """xml:base of the root."""
    language: str | None
    """xml:lang of the root."""
    head: Node
    entries: Iterator[Node]


def text_chunks(body: bytes, content_type: str | None) -> Iterator[str]:
    """Give the text of a body piece by piece: decompressed where it is gzip, at most MOST_BYTES, control characters out."""
    decoder: codecs.IncrementalDecoder | None = None
    left = MOST_BYTES
    for piece in _pieces(body):
        if decoder is None:
            decoder = _decoder(piece, content_type)
        yield _CONTROL.sub("", decoder.decode(piece[:left]))
        left -= len(piece)
        if left <= 0:
            return


def _pieces(body: bytes) -> Iterator[bytes]:
    if body[:2] != b"\x1f\x8b":
        yield from (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))
        return
    unpacker = zlib.decompressobj(wbits=31)
    try:
        pending = body
        while pending and not unpacker.eof:
            yield unpacker.decompress(pending, _CHUNK)
            pending = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error:
        return


def _decoder(start: bytes, content_type: str | None) -> codecs.IncrementalDecoder:
    """A byte order mark wins, then what the bytes are (UTF-8 is hard to be by accident), then what is declared and fits them."""
    for bom, name in _BOMS:
        if start.startswith(bom):
            return codecs.getincrementaldecoder(name)(errors="replace")
    if start[:4] in {b"<\x00?\x00", b"\x00<\x00?"}:
        return codecs.getincrementaldecoder("utf-16-le" if start[0] else "utf-16-be")(errors="replace")
    strict = codecs.getincrementaldecoder("utf-8")(errors="strict")
    try:
        strict.decode(start)
        return codecs.getincrementaldecoder("utf-8")(errors="replace")
    except UnicodeDecodeError:
        pass
    if is_mostly_utf8(start):
        return codecs.getincrementaldecoder("utf-8")(errors="replace")
    declared = _DECLARED.search(start[:1000])
    in_header = _CHARSET.search(content_type or "")
    names = [declared[1].decode("ascii") if declared else None, in_header[1] if in_header else None]
    named = (codec for name in names if name and (codec := codec_of(name)) not in {None, "utf-8"})
    return codecs.getincrementaldecoder(next(named, None) or "cp1252")(errors="replace")


def open_document(chunks: Iterator[str]) -> Document | str:
    """Find the root of an XML document in a stream of text; a text without a root of ours is given back as it begins."""
    buffer = ""
    for chunk in chunks:
        buffer += chunk
        if len(buffer) >= HEAD:
            break
    root = ROOT.search(buffer[:HEAD])
    if root is None or root[1] == "html":
        return buffer
    name = root[1]
    scopes = "".join(_XMLNS.findall(root[0])[:40])
    base = _XML_BASE.search(root[0])
    splitter = _Splitter(buffer[root.end() :], chunks, _ENTRY_NAMES[name])
    before = splitter.before_first()
    parser = _parser()
    return Document(
        root=name,
        base=html.unescape(base[1] or base[2] or "") if base else None,
        language=language[1] if (language := _XML_LANG.search(root[0])) else None,
        head=_parse(before[:HEAD], scopes, parser),
        entries=(entry for block in splitter.blocks() if (entry := _entry(block, scopes, parser)) is not None),
    )


class _Splitter:
    """Cuts a stream of text at the start and end tags of one element name, keeping little of it."""

    def __init__(self, buffer: str, chunks: Iterator[str], name: str) -> None:
        self._buffer = buffer
        self._at = 0
        self._chunks = chunks
        self._start = re.compile(rf"<(?:[\w.-]{{1,40}}:)?{name}(?=[\s>/])|<!--")
        self._stop = re.compile(rf"</(?:[\w.-]{{1,40}}:)?{name}\s*>|<(?:[\w.-]{{1,40}}:)?{name}(?=[\s>])")

    def _more(self) -> bool:
        """Take the next piece; what has been read is let go here and nowhere else, or each entry would copy the buffer."""
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        return True

    def before_first(self) -> str:
        """Give what stands before the first entry, as far as HEAD."""
        while (found := self._start.search(self._buffer)) is None and len(self._buffer) < HEAD and self._more():
            pass
        return self._buffer[: found.start() if found and found[0] != "<!--" else HEAD]

    def blocks(self) -> Iterator[str]:
        """Give the entries, each from its start tag to its end tag, or to the next entry where that is missing."""
        while True:
            found = self._start.search(self._buffer, self._at)
            if found is None:
                # a tag may be cut by the end of the piece
                self._at = max(self._at, len(self._buffer) - 64)
                if not self._more():
                    return
                continue
            self._at = found.start()
            if found[0] == "<!--":
                self._at = self._after_comment()
                continue
            stop = self._end()
            if stop - self._at > MOST_ENTRY:
                self._at += len(found[0])
                continue
            yield self._buffer[self._at : stop]
            self._at = stop

    def _after_comment(self) -> int:
        while (end := self._buffer.find("-->", self._at + 4)) < 0 and self._pending() < MOST_ENTRY and self._more():
            pass
        # one that never ends hides what follows, as it does for an XML parser
        return end + 3 if end >= 0 else max(len(self._buffer) - 2, self._at + 4)

    def _end(self) -> int:
        searched = self._at + 1
        while True:
            found = self._stop.search(self._buffer, searched)
            if found:
                return found.end() if found[0].startswith("</") else found.start()
            searched = max(1, self._pending() - 64)
            if self._pending() > MOST_ENTRY or not self._more():
                return len(self._buffer)
            searched = min(searched, len(self._buffer))

    def _pending(self) -> int:
        return len(self._buffer) - self._at


def _parser() -> "etree.XMLParser":
    return etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip


def _entry(block: str, scopes: str, parser: "etree.XMLParser") -> Node | None:
    if _PLAIN.fullmatch(block):
        # nine of ten sitemap entries; ten times as quick as a parser
        children = tuple(Node(name=name, text=text) for name, text in _PLAIN_CHILD.findall(block))
        return Node(name="plain", text="", children=children)
    return next(iter(_parse(block, scopes, parser).children), None)


def _parse(fragment: str, scopes: str, parser: "etree.XMLParser") -> Node:
    """Read a fragment of XML, mended where it is broken."""
    try:
        root = etree.fromstring(f"<presskeep{scopes}>{_mended(fragment)}</presskeep>".encode(errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return Node(name="presskeep", text="")
    return _node(root, 0) if root is not None else Node(name="presskeep", text="")


def _mended(fragment: str) -> str:
    """Make bare ampersands, HTML's entities and CDATA without an end what their authors meant."""
    first, *rest = fragment.split("<![CDATA[")
    parts = [_AMPERSAND.sub(_ampersand, first)]
    for part in rest:
        data, end, after = part.partition("]]>")
        parts.append(f"<![CDATA[{data}]]>{_AMPERSAND.sub(_ampersand, after)}" if end else html.escape(part))
    return "".join(parts)


def _ampersand(found: "re.Match[str]") -> str:
    if found[1] and found[1].startswith("#"):
        # a control character's reference would make the parser drop others with it
        code = int(found[1][2:], 16) if found[1][1] in "xX" else int(found[1][1:])
        return "" if code > 0x10FFFF or _CONTROL.match(chr(code)) else found[0]
    if found[1] and (text := html.entities.html5.get(found[1] + ";")):
        return html.escape(text)
    return "&amp;" + found[0][1:]


def _node(element: "etree._Element", depth: int) -> Node:
    if depth > MOST_DEPTH:
        return Node(name=_name(str(element.tag)), text="")
    children, text = [], element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            children.append(node := _node(child, depth + 1))
            text += node.text
        text += child.tail or ""
    return Node(
        name=_name(str(element.tag)),
        text=text,
        attributes={_name(str(name)): str(value) for name, value in element.attrib.items()} if element.attrib else {},
        children=tuple(children),
    )


@lru_cache(maxsize=1_000)
def _name(tag: str) -> str:
    if not tag.startswith("{"):
        return tag
    namespace, _, local = tag[1:].partition("}")
    prefix = NAMESPACES.get(namespace)
    return f"{prefix}:{local}" if prefix else local
