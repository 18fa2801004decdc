"""An article as HTML, as plain XML, and as TEI P5.

Pure. Owns the escaping of text from the hostile web: nothing of a page becomes an element, an attribute or a script of ours,
and a link only goes to http, https or mailto.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape as html_escape
from itertools import pairwise
from urllib.parse import urlsplit, urlunsplit

from archive import __version__
from archive.blocks import LISTS, Block, Run, blocks, inline, row_cells, safe_target
from archive.kept import KeptArticle, as_json
from archive.records import Article, Mark

_NOT_XML = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_W3C_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?)?)?")
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_STYLE = (
    "body{max-width:38em;margin:2em auto;padding:0 1em;font:1.1em/1.6 Georgia,serif;overflow-wrap:anywhere}"
    "h1{line-height:1.2}pre{overflow:auto}blockquote{margin-inline:1.5em}"
    "table{border-collapse:collapse}td{border:1px solid;padding:.2em .5em}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#9cf}}"
)
_CSP = "default-src 'none'; style-src 'unsafe-inline'"


def escaped(text: str) -> str:
    """Escape for element content and quoted attributes, in HTML and XML; what neither can hold becomes U+FFFD."""
    return html_escape(_NOT_XML.sub("\ufffd", text), quote=True)


def _article(document: KeptArticle | Article) -> Article:
    return document.article if isinstance(document, KeptArticle) else document


def html(document: KeptArticle | Article) -> str:
    """Give a whole page that loads nothing and runs nothing."""
    article = _article(document)
    headline = escaped(article.headline or article.url)
    source = document.source if isinstance(document, KeptArticle) else None
    byline = " · ".join(escaped(part) for part in (source, article.published, ", ".join(article.authors)) if part)
    language = f' lang="{article.language}"' if article.language and _LANGUAGE.fullmatch(article.language) else ""
    link = safe_target(Mark(kind="link", start=0, end=0, target=article.url))
    address = (
        f'<a rel="noopener noreferrer" href="{escaped(link)}">{escaped(article.url)}</a>'
        if link
        else escaped(article.url)
    )
    lines = [
        f'<!doctype html>\n<html{language} dir="auto">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{headline}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<article>",
        f'<h1 dir="auto">{headline}</h1>',
        *([f'<p dir="auto">{byline}</p>'] if byline else []),
        f"<p>{address}</p>",
        *flow(blocks(article.body, article.marks), _html_block, "blockquote", HTML_GROUPS),
        "</article>\n</body>\n</html>\n",
    ]
    return "\n".join(lines)


HTML_GROUPS = {"li": ("<ul>", "</ul>"), "oli": ("<ol>", "</ol>"), "row": ("<table>", "</table>")}


def _html_block(block: Block) -> str:
    if block.kind == "row":
        return "<tr>" + "".join(f'<td dir="auto">{escaped(cell)}</td>' for cell in row_cells(block.text)) + "</tr>"
    if block.kind == "code":
        return f"<pre><code>{escaped(block.text)}</code></pre>"
    inner = _inline(block.runs, _html_tags, "<br>\n")
    if block.kind in LISTS:
        return f'<li dir="auto">{inner}</li>'
    if block.kind == "caption":
        return f'<p dir="auto"><small>{inner}</small></p>'
    name = block.kind if block.kind in {"h2", "h3", "h4", "h5", "h6"} else "p"
    return f'<{name} dir="auto">{inner}</{name}>'


def _html_tags(mark: Mark) -> tuple[str, str]:
    if mark.kind != "link":
        return f"<{mark.kind}>", f"</{mark.kind}>"
    target = safe_target(mark)
    return (f'<a rel="noopener noreferrer nofollow" href="{escaped(target)}">', "</a>") if target else ("", "")


def flow(
    found: Sequence[Block], one: Callable[[Block], str], quotation: str, groups: dict[str, tuple[str, str]]
) -> Iterator[str]:
    """Write blocks in order, lists and quotations opened and closed around them."""
    group: str | None = None
    quoted = False
    for block in found:
        if group and (block.first or block.kind != group or block.quoted != quoted):
            yield groups[group][1]
            group = None
        if block.quoted != quoted:
            yield f"<{quotation}>" if block.quoted else f"</{quotation}>"
            quoted = block.quoted
        if block.kind in groups and group is None:
            yield groups[block.kind][0]
            group = block.kind
        yield one(block)
    if group:
        yield groups[group][1]
    if quoted:
        yield f"</{quotation}>"


def _inline(runs: Sequence[Run], tags: Callable[[Mark], tuple[str, str]], line_break: str) -> str:
    return inline(runs, tags, lambda text: escaped(text).replace("\n", line_break))


def xml(document: KeptArticle | Article) -> str:
    """Give the fields of the article's JSON as elements of the same names, the body in marked blocks."""
    article = _article(document)
    values = as_json(document)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<article>"]
    for name, value in values.items():
        if name == "body":
            lines.append("  <body>")
            lines.extend(flow(blocks(article.body, article.marks), _xml_block, "quote", _XML_GROUPS))
            lines.append("  </body>")
        elif name == "signals":
            lines.extend(
                f'  <signal field="{escaped(field)}" from="{escaped(signal["from"])}" confidence="{signal["confidence"]}"/>'
                for field, signal in value.items()
            )
        elif name == "removals":
            lines.extend(
                f'  <removal stage="{escaped(part["stage"])}" reason="{escaped(part["reason"])}">{escaped(part["text"])}'
                + "".join(f"<url>{escaped(url)}</url>" for url in part["urls"])
                + "</removal>"
                for part in value
            )
        elif name == "warc" and value:
            lines.append("  <warc " + " ".join(f'{key}="{escaped(str(part))}"' for key, part in value.items()) + "/>")
        elif name == "marks":
            continue  # they are the body's elements
        elif isinstance(value, list):
            singular = name.removesuffix("s")
            lines.extend(f"  <{singular}>{escaped(part)}</{singular}>" for part in value)
        elif value is not None:
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            lines.append(f"  <{name}>{escaped(shown)}</{name}>")
    return "\n".join([*lines, "</article>\n"])


_XML_GROUPS = {"li": ("<list>", "</list>"), "oli": ('<list type="ordered">', "</list>"), "row": ("<table>", "</table>")}


def _xml_block(block: Block) -> str:
    if block.kind == "row":
        return "<row>" + "".join(f"<cell>{escaped(cell)}</cell>" for cell in row_cells(block.text)) + "</row>"
    if block.kind == "code":
        return f'<code xml:space="preserve">{escaped(block.text)}</code>'
    name = "item" if block.kind in LISTS else block.kind
    return f"<{name}>{_inline(block.runs, _xml_tags, '<br/>')}</{name}>"


def _xml_tags(mark: Mark) -> tuple[str, str]:
    if mark.kind != "link":
        return f"<{mark.kind}>", f"</{mark.kind}>"
    target = safe_target(mark)
    return (f'<link target="{escaped(target)}">', "</link>") if target else ("", "")


def tei(document: KeptArticle | Article) -> str:
    """Give a TEI P5 document: a header with the bibliography, and the body in divisions that its headings open."""
    article = _article(document)
    language = article.language if article.language and _LANGUAGE.fullmatch(article.language) else "und"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="{language}">',
            *_tei_header(document, article, language),
            "<text>\n<body>\n<div>",
            *([f"<head>{escaped(article.headline)}</head>"] if article.headline else []),
            *_tei_body(blocks(article.body, article.marks)),
            "</div>\n</body>\n</text>\n</TEI>\n",
        ]
    )


def _tei_header(document: KeptArticle | Article, article: Article, language: str) -> Iterator[str]:
    kept = document if isinstance(document, KeptArticle) else None
    authors = "".join(f"<author>{escaped(author)}</author>" for author in article.authors)
    title = f"<title>{escaped(article.headline or article.url)}</title>"
    publisher = f"<publisher>{escaped((kept and kept.source) or _host(article.url))}</publisher>"
    day = article.published
    when = f' when="{day}"' if day and _is_w3c_date(day) else ""
    date = f"<date{when}>{escaped(day)}</date>" if day else ""
    address = f'<idno type="url">{escaped(article.url)}</idno>'
    yield f"<teiHeader>\n<fileDesc>\n<titleStmt>{title}{authors}</titleStmt>"
    yield f"<publicationStmt>{publisher}{date}{address}"
    if kept:
        yield f'<idno type="url_key">{escaped(kept.url_key)}</idno><idno type="body_sha256">{kept.body_sha256}</idno>'
    yield "</publicationStmt>"
    yield (
        "<sourceDesc><biblStruct>"
        f'<analytic><title level="a">{escaped(article.headline or article.url)}</title>{authors}{address}</analytic>'
        f'<monogr><title level="j">{escaped((kept and kept.source) or _host(article.url))}</title>'
        f"<imprint>{publisher}{date or '<date/>'}</imprint></monogr></biblStruct></sourceDesc>\n</fileDesc>"
    )
    yield (
        f'<encodingDesc><appInfo><application ident="presskeep" version="{__version__}"><label>presskeep</label>'
        "</application></appInfo></encodingDesc>"
    )
    keywords = "".join(f"<item>{escaped(keyword)}</item>" for keyword in article.keywords)
    subjects = f"<textClass><keywords><list>{keywords}</list></keywords></textClass>" if keywords else ""
    yield f'<profileDesc><langUsage><language ident="{language}"/></langUsage>{subjects}</profileDesc>\n</teiHeader>'


def _is_w3c_date(text: str) -> bool:
    """Tell whether TEI takes a date: the form alone lets 30 February through, which no calendar knows."""
    if not _W3C_DATE.fullmatch(text) or text.startswith("0000"):
        return False
    try:
        moment = datetime.fromisoformat(text if len(text) >= 10 else (text + "-01-01")[:10])
    except ValueError:
        return False
    return abs(moment.utcoffset() or timedelta()) <= timedelta(hours=14)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


_TEI_GROUPS = {
    "li": ('<list rend="bulleted">', "</list>"),
    "oli": ('<list rend="numbered">', "</list>"),
    "row": ("<table>", "</table>"),
}


def _tei_body(found: Sequence[Block]) -> Iterator[str]:
    """Write the body; after a heading's division has begun, all that follows stands in such divisions."""
    starts = [i for i, block in enumerate(found) if block.kind.startswith("h") and not block.quoted]
    before = found[: starts[0]] if starts else found
    yield from flow(before, _tei_block, "quote", _TEI_GROUPS) if before or starts else ["<p/>"]
    for start, end in pairwise([*starts, len(found)]):
        head = found[start]
        yield f'<div>\n<head rend="{head.kind}">{_inline(head.runs, _tei_tags, "<lb/>")}</head>'
        yield from flow(found[start + 1 : end], _tei_block, "quote", _TEI_GROUPS) if start + 1 < end else ["<p/>"]
        yield "</div>"


def _tei_block(block: Block) -> str:
    if block.kind == "row":
        return "<row>" + "".join(f"<cell>{escaped(cell)}</cell>" for cell in row_cells(block.text)) + "</row>"
    if block.kind == "code":
        return f'<p><code xml:space="preserve">{escaped(block.text)}</code></p>'
    inner = _inline(block.runs, _tei_tags, "<lb/>")
    if block.kind in LISTS:
        return f"<item>{inner}</item>"
    return f"<p>{inner}</p>" if block.kind == "p" else f'<p rend="{block.kind}">{inner}</p>'


def _tei_tags(mark: Mark) -> tuple[str, str]:
    if mark.kind != "link":
        return f'<hi rend="{"italic" if mark.kind == "em" else "bold"}">', "</hi>"
    target = _pointer(safe_target(mark) or "")
    return (f'<ref target="{escaped(target)}">', "</ref>") if target else ("", "")


def _pointer(target: str) -> str | None:
    """Give a URL as TEI's pointers want it, which are anyURI of XML Schema; None where its host is none."""
    parts = urlsplit(_LONE_PERCENT.sub("%25", target))
    try:
        is_host = parts.netloc.count("@") < 2 and (parts.port is not None or not parts.netloc.endswith(":"))
    except ValueError:
        return None
    if not parts.netloc and parts.path.startswith("/"):
        return None
    path, query, fragment = (part.replace("[", "%5B").replace("]", "%5D") for part in parts[2:])
    return urlunsplit((*parts[:2], path, query, fragment.replace("#", "%23"))) if is_host else None
