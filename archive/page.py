"""An article as a page for a terminal: headline, byline, text folded to the width; what was removed; where it came from.

Pure but for click's styles. Every piece of text from the web is made safe to show; the colours are the caller's to strip.
"""

import re
from collections.abc import Iterator

import click

from archive.blocks import Block, blocks, row_cells
from archive.kept import KeptArticle, Origin, described
from archive.records import Article, Removal
from archive.text import one_line, visible
from archive.wrap import wrap

WIDEST = 80
_ISO_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


def page(kept: KeptArticle, *, width: int, removals: bool = False, provenance: bool = False) -> str:
    """Give the page, lines at most `width` cells (and never more than 80)."""
    width = max(min(width, WIDEST), 20)
    lines = [*_head(kept, width), *_body(kept.article, width)]
    if removals:
        lines.extend(_removed(kept.article.removals, width))
    if provenance:
        lines.extend(_provenance(kept, width))
    return "\n".join(lines).rstrip() + "\n"


def _head(kept: KeptArticle, width: int) -> Iterator[str]:
    article = kept.article
    for line in wrap(one_line(article.headline or "(no headline)"), width):
        yield click.style(line, bold=True)
    published = day(article.published) if article.published else "undated"
    byline = [kept.source or "fetched by hand", published, ", ".join(article.authors)]
    for line in wrap(" · ".join(one_line(part) for part in byline if part), width):
        yield click.style(line, fg="cyan")
    yield click.style(one_line(article.url), dim=True)
    notes = []
    if kept.n_revisions > 1:
        notes.append(f"revision {kept.revision} of {kept.n_revisions}, {moment(kept.revision_at)}")
    if kept.gone_at:
        notes.append(f"taken away by the publisher, noticed {moment(kept.gone_at)}")
    if article.paywall:
        notes.append("behind a paywall: the text may be a part")
    if kept.duplicate_of:
        notes.append(f"same text as article {kept.duplicate_of}")
    for note in notes:
        yield click.style(note, fg="yellow")
    yield ""


def day(published: str) -> str:
    """Give a date as the page states it, to the minute, readable where it is ISO 8601."""
    found = _ISO_MOMENT.fullmatch(published)
    if found is None:
        return one_line(published)
    zone = {None: "", "Z": " UTC"}.get(found[3], f" {found[3]}")
    return f"{found[1]} {found[2]}{zone}"


def moment(stored: str) -> str:
    """Give a stored moment to the minute, in UTC."""
    return stored[:16].replace("T", " ") + " UTC"


def _body(article: Article, width: int) -> Iterator[str]:
    number = 0
    previous: Block | None = None
    for block in blocks(article.body, article.marks):
        number = 1 if block.first else number + 1
        if previous is not None and block.first:
            yield ""
        margin = "  │ " if block.quoted else ""
        for line in _lines(block, number, width - len(margin)):
            yield (margin + line).rstrip()
        previous = block


def _lines(block: Block, number: int, width: int) -> Iterator[str]:
    text = visible(block.text)
    if block.kind == "code":
        yield from ("    " + line for line in text.split("\n"))
        return
    if block.kind == "row":
        text = " │ ".join(row_cells(text))
    sign = {"li": "• ", "oli": f"{number}. "}.get(block.kind, "")
    for i, part in enumerate(text.split("\n")):
        for line in wrap(part, width, first=" " * len(sign) if i else sign, indent=" " * len(sign)):
            if block.kind.startswith("h"):
                yield click.style(line, bold=True)
            else:
                yield click.style(line, dim=True) if block.kind == "caption" else line


def _removed(removals: tuple[Removal, ...], width: int) -> Iterator[str]:
    yield ""
    yield click.style("Removed", bold=True, underline=True) + ("" if removals else ": nothing")
    for removal in removals:
        yield ""
        number = "" if removal.id is None else f"{removal.id} "
        left = " · left in the text" if removal.stage == "flag" else ""
        yield click.style(f"{number}{one_line(removal.reason)}", fg="red") + click.style(
            f" · {one_line(removal.stage)} · rule {one_line(removal.rule)}{left}", dim=True
        )
        for paragraph in visible(removal.text).split("\n"):
            if paragraph.strip():
                yield from wrap(paragraph, width, first="  ", indent="  ")
        for url in removal.urls:
            yield click.style("  → " + one_line(url), dim=True)


def _provenance(kept: KeptArticle, width: int) -> Iterator[str]:
    yield ""
    yield click.style("Provenance", bold=True, underline=True)
    for name, value in _facts(kept):
        yield from wrap(one_line(value), width, first=f"  {name:<14}", indent=" " * 16)
    signals = kept.article.signals
    for field, signal in signals.items():
        confidence = f"{signal.confidence:.2f}".rstrip("0").rstrip(".")
        yield f"  {one_line(field):<14}from {one_line(signal.origin)} ({confidence})"


def _came_from(origin: Origin) -> Iterator[tuple[str, str]]:
    number = f", as article {origin.article_id} of another archive" if origin.article_id is not None else ""
    yield "imported", f"{moment(origin.imported_at)}{number}"
    if origin.fetched_at:
        yield "captured", f"{moment(origin.fetched_at)}, elsewhere"
    if origin.warc_file:
        yield "WARC file", f"{origin.warc_file} at {origin.warc_offset}, elsewhere"
    if origin.record_id:
        yield "record id", origin.record_id


def _facts(kept: KeptArticle) -> Iterator[tuple[str, str]]:
    capture = kept.capture
    yield "article", f"{kept.id}, key {kept.url_key}"
    yield "first seen", moment(kept.first_seen_at)
    yield "last checked", moment(kept.checked_at)
    if capture:
        address = f" from {capture.ip_address}" if capture.ip_address else ""
        yield "captured", f"{moment(capture.fetched_at)}, HTTP {capture.http_status}{address}, {capture.url}"
        yield "WARC file", capture.warc_file
        yield "WARC record", f"{capture.record_type} at {capture.warc_offset}, {capture.warc_length} bytes"
        yield "record id", capture.record_id
        yield "payload", capture.payload_digest
        for number, part in enumerate(kept.parts, 2):
            yield f"page {number}", f"{part.url}, captured {moment(part.fetched_at)}"
            yield "WARC record", f"{part.warc_file} at {part.warc_offset}, {part.record_id}"
        if capture.robots:
            yield "robots.txt", capture.robots
    elif kept.origin:
        yield from _came_from(kept.origin)
    else:
        yield "captured", "no capture is kept of this revision"
    yield "extractor", described(kept.article.extractor)
    yield "text", f"{kept.word_count} words, SHA-256 {kept.body_sha256}"
    if kept.cluster:
        yield "cluster", f"{kept.cluster}, {kept.cluster_size} articles with nearly this text"
