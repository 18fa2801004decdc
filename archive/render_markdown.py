"""An article as Markdown (CommonMark, with the tables and front matter that its tools know).

Pure. Owns the escaping: what the page has as text stays text, whatever Markdown would make of it.
"""

import re
from collections.abc import Iterator

from archive.blocks import Block, Run, blocks, inline, row_cells, safe_target
from archive.kept import KeptArticle, json_text
from archive.records import Article, Mark

_SPECIAL = re.compile(r"[\\`*\[\]<>~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_LINE_START = re.compile(r"^( *)(#{1,6}(?=\s|$)|[-+](?=\s|$|-)|=+ *$|\|)", re.MULTILINE)
_NUMBER = re.compile(r"^( *\d{1,9})([.)])(?=\s|$)", re.MULTILINE)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SIGNS = {"em": "*", "strong": "**"}


def markdown(document: KeptArticle | Article) -> str:
    """Give front matter, the headline as a heading of the first level, and the body."""
    article = document.article if isinstance(document, KeptArticle) else document
    parts = ["\n".join(_front_matter(document, article))]
    if article.headline:
        parts.append("# " + escaped(" ".join(article.headline.split())))
    parts.append(_body(blocks(article.body, article.marks)))
    return "\n\n".join(parts) + "\n"


def _front_matter(document: KeptArticle | Article, article: Article) -> Iterator[str]:
    kept = document if isinstance(document, KeptArticle) else None
    fields: dict[str, object] = {
        "url": article.url,
        "source": kept.source if kept else None,
        "headline": article.headline,
        "description": article.description,
        "authors": list(article.authors),
        "published": article.published,
        "modified": article.modified,
        "language": article.language,
        "section": article.section,
        "keywords": list(article.keywords),
        "id": kept.id if kept else None,
        "revision": kept.revision if kept else None,
        "body_sha256": kept.body_sha256 if kept else None,
    }
    yield "---"
    for name, value in fields.items():
        if value is not None and value != []:
            # JSON is YAML, with the invisible escaped
            yield f"{name}: {json_text(value)}"
    yield "---"


def _body(found: list[Block]) -> str:
    out: list[str] = []
    number = 0
    for i, block in enumerate(found):
        number = 1 if block.first else number + 1
        if i:
            before = found[i - 1]
            # the empty line between two quoted paragraphs belongs to the quotation
            gap = "\n>\n" if block.quoted and before.quoted else "\n\n"
            out.append(gap if block.first or block.quoted != before.quoted else "\n")
        prefix = "> " if block.quoted else ""
        lines = "\n".join(_lines(block, number)).split("\n")
        out.append("\n".join((prefix + line).rstrip() if prefix else line for line in lines))
    return "".join(out)


def _lines(block: Block, number: int) -> Iterator[str]:
    if block.kind == "code":
        longest = max((len(run) for run in re.findall("`+", block.text)), default=0)
        fence = "`" * max(3, longest + 1)
        yield from (fence, *_CONTROL.sub("\ufffd", block.text).split("\n"), fence)
        return
    if block.kind == "row":
        cells = [escaped(cell).replace("|", "\\|") for cell in row_cells(block.text)]
        yield "| " + " | ".join(cells) + " |"
        if number == 1:
            yield "|" + " --- |" * len(cells)
        return
    lines = _inline(block.runs).split("\n")
    if block.kind.startswith("h"):
        yield "#" * int(block.kind[1]) + " " + " ".join(lines)
    elif block.kind in {"li", "oli"}:
        sign = "- " if block.kind == "li" else f"{number}. "
        yield sign + ("\\\n" + " " * len(sign)).join(lines)
    elif block.kind == "caption":
        yield "*" + " ".join(line.strip() for line in lines).replace("*", "") + "*"
    else:
        yield "\\\n".join(lines)


def _inline(runs: tuple[Run, ...]) -> str:
    return _NUMBER.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", inline(runs, _tags, escaped)))


def _tags(mark: Mark) -> tuple[str, str]:
    if mark.kind != "link":
        return _SIGNS[mark.kind], _SIGNS[mark.kind]
    target = safe_target(mark)
    return ("[", f"](<{target}>)") if target else ("", "")


def escaped(text: str) -> str:
    """Escape what Markdown would take for markup; control characters, which no text has, become U+FFFD."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], _CONTROL.sub("\ufffd", text))
