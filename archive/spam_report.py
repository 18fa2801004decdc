"""The report on a hacked source that one can send to its webmaster: since when, on which pages, which hosts, how hidden.

Owns its facts and their Markdown, HTML and text. Injected addresses are never links in it: whoever reads it must not
land there, and no mail filter should take it for what it reports.
"""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from archive.injection_ways import way_of
from archive.page import moment
from archive.spam import foreign_hosts, injected_blocks
from archive.text import one_line

MOST_PAGES = 200
"""Pages that are listed one by one; all are counted."""
MOST_HOSTS = 200
_EXCERPT = 160
_OFTEN = 3
_SCHEME = re.compile(r"(?i)\bhtt(?=ps?://)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One injected block."""

    way: str
    hosts: tuple[str, ...]
    text: str
    rule: str
    is_left: bool
    """It stands in the middle of the text that was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HackedPage:
    """A page with what was injected into it."""

    url: str
    headline: str | None
    since: str
    """The first capture that shows it."""
    until: str
    """The last time that the publisher was asked and it was still there."""
    clean_until: str | None
    """The last capture of an earlier revision that does not show it."""
    record_id: str | None
    """The WARC record that proves it."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What was injected into one source."""

    source: str
    n_kept: int
    """Articles of the source in the archive."""
    since: str
    until: str
    hosts: tuple[tuple[str, int], ...]
    """Each with the number of pages that name it, most first."""
    ways: tuple[tuple[str, int], ...]
    """Each with its number of blocks, most first."""
    repeated: tuple[tuple[str, int], ...]
    """Blocks that stand on several pages alike: text and number of pages."""
    pages: tuple[HackedPage, ...]


def spam_reports(
    db: sqlite3.Connection, *, source: str | None = None, since: datetime | None = None
) -> list[SourceReport]:
    """Give a report for each source that was injected; raises NotFoundError for a source that is not there."""
    by_source: dict[str | None, dict[int, list[sqlite3.Row]]] = {}
    for row in injected_blocks(db, source=source, since=since):
        by_source.setdefault(row["source"], {}).setdefault(row["article_id"], []).append(row)
    reports = [_report(db, name, pages) for name, pages in by_source.items()]
    return sorted(reports, key=lambda report: (-len(report.pages), report.source))


def _report(db: sqlite3.Connection, source: str | None, pages: dict[int, list[sqlite3.Row]]) -> SourceReport:
    found = sorted((_page(db, article_id, rows) for article_id, rows in pages.items()), key=lambda page: page.since)
    hosts = Counter(host for page in found for host in {host for block in page.blocks for host in block.hosts})
    ways = Counter(block.way for page in found for block in page.blocks)
    texts = Counter(text for page in found for text in {block.text for block in page.blocks})
    (n_kept,) = db.execute(
        "SELECT count(*) FROM articles a LEFT JOIN sources s ON s.id = a.source_id WHERE s.name IS ?", (source,)
    ).fetchone()
    return SourceReport(
        source=source or "pages fetched by hand",
        n_kept=n_kept,
        since=min(page.since for page in found),
        until=max(page.until for page in found),
        hosts=tuple(hosts.most_common()),
        ways=tuple(ways.most_common()),
        repeated=tuple((text, count) for text, count in texts.most_common(10) if count >= _OFTEN),
        pages=tuple(found),
    )


def _page(db: sqlite3.Connection, article_id: int, rows: Sequence[sqlite3.Row]) -> HackedPage:
    since = min(row["revision_at"] for row in rows)
    clean = db.execute(
        "SELECT max(revision_at) FROM revisions WHERE article_id = ? AND revision_at < ?", (article_id, since)
    ).fetchone()[0]
    blocks = dict.fromkeys(
        Block(
            way=way_of(row["rule"], row["reason"]),
            hosts=tuple(dict.fromkeys(foreign_hosts(row["url"], json.loads(row["urls"])))),
            text=row["text"],
            rule=row["rule"],
            is_left=row["stage"] == "flag",
        )
        for row in rows
    )
    return HackedPage(
        url=rows[0]["url"],
        headline=rows[0]["headline"],
        since=since,
        until=max(row["seen_at"] for row in rows),
        clean_until=clean,
        record_id=rows[-1]["record_id"],
        blocks=tuple(blocks),
    )


_INTRODUCTION = (
    "While archiving {source}, we found text and links in its pages that look as if somebody else had put them there:"
    " {n_pages} of {n_kept} articles that we hold, first seen on {since}, last on {until}."
)
_WHAT_TO_DO = (
    "The injected blocks stand in the pages as your server sent them; readers may not see them, search engines do."
    " What is the same on many pages usually comes from the theme or a plugin, what is in single articles from the"
    " database. Times are those of our captures: the change was made before."
)


def as_markdown(report: SourceReport) -> str:
    """Write a report as Markdown; injected hosts and texts are code, never links."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: SourceReport) -> Iterator[str]:
    yield f"# Injected links in {_plain(report.source)}"
    yield from ("", _introduction(report), "", _WHAT_TO_DO, "", "## How they are hidden", "")
    yield from (f"- {way}: {_number(count, 'block')}" for way, count in report.ways)
    yield from ("", "## Hosts", "", "| host | pages |", "|---|---|")
    yield from (f"| {_code(host)} | {count} |" for host, count in report.hosts[:MOST_HOSTS])
    if len(report.hosts) > MOST_HOSTS:
        yield from ("", f"… and {len(report.hosts) - MOST_HOSTS} more.")
    if report.repeated:
        yield from ("", "## The same on several pages", "")
        yield from (f"- on {count} pages: {_code(_short(text))}" for text, count in report.repeated)
    yield from ("", "## Pages")
    for page in report.pages[:MOST_PAGES]:
        yield from (
            "",
            f"### {_plain(page.headline or page.url)}",
            "",
            f"<{one_line(page.url).replace('>', '%3E')}>",
            "",
        )
        yield f"{_seen(page)}"
        yield ""
        for block in page.blocks:
            left = ", left in the text that we keep" if block.is_left else ""
            yield f"- {block.way}{left} (rule {_code(block.rule)}): {_code(_short(block.text))}"
    if len(report.pages) > MOST_PAGES:
        yield from ("", f"… and {len(report.pages) - MOST_PAGES} more pages.")


def as_html(reports: Sequence[SourceReport]) -> str:
    """Write reports as one HTML page without scripts, styles from elsewhere, or links to what was injected."""
    title = "Injected links in " + ", ".join(report.source for report in reports) if reports else "No injected links"
    body = "\n".join(line for report in reports for line in _html(report)) or "<p>Nothing was found.</p>"
    style = (
        "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
        "code{background:#eee;overflow-wrap:anywhere}td,th{text-align:left;padding-right:2rem}"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body>\n{body}\n</body></html>\n"
    )


def _html(report: SourceReport) -> Iterator[str]:
    yield f"<h1>Injected links in {_inert(report.source)}</h1>"
    yield f"<p>{_inert(_introduction(report))}</p><p>{_inert(_WHAT_TO_DO)}</p>"
    yield "<h2>How they are hidden</h2><ul>"
    yield from (f"<li>{_inert(way)}: {_number(count, 'block')}</li>" for way, count in report.ways)
    yield "</ul><h2>Hosts</h2><table><tr><th>host</th><th>pages</th></tr>"
    yield from (f"<tr><td><code>{_inert(host)}</code></td><td>{count}</td></tr>" for host, count in report.hosts)
    yield "</table>"
    if report.repeated:
        yield "<h2>The same on several pages</h2><ul>"
        yield from (
            f"<li>on {count} pages: <code>{_inert(_short(text))}</code></li>" for text, count in report.repeated
        )
        yield "</ul>"
    yield "<h2>Pages</h2>"
    for page in report.pages:
        name = _inert(page.headline or page.url)
        is_web = page.url.startswith(("http://", "https://"))
        link = (
            f'<a rel="nofollow noopener" href="{escape(page.url)}">{_inert(page.url)}</a>'
            if is_web
            else _inert(page.url)
        )
        yield f"<h3>{name}</h3><p>{link}<br>{_inert(_seen(page))}</p><ul>"
        for block in page.blocks:
            left = ", left in the text that we keep" if block.is_left else ""
            yield (
                f"<li>{_inert(block.way)}{left} (rule <code>{_inert(block.rule)}</code>):"
                f" <code>{_inert(_short(block.text))}</code></li>"
            )
        yield "</ul>"


def as_text(report: SourceReport) -> str:
    """Write a report as plain text, as a mail has it."""
    lines = []
    for line in _markdown(report):
        if line.startswith("|---"):
            continue
        bare = line.strip("|").replace(" | ", "  ").strip() if line.startswith("|") else line.lstrip("#").strip()
        plain = (bare if not line.startswith("- ") else line).replace("`", "")
        # mail programs make links of what looks like one; the page's own address stands in angle brackets
        lines.append(plain if line.startswith("<") else _SCHEME.sub("hxx", plain))
    return "\n".join(lines) + "\n"


def _introduction(report: SourceReport) -> str:
    return _INTRODUCTION.format(
        source=_plain(report.source), n_pages=len(report.pages), n_kept=report.n_kept, since=moment(report.since),
        until=moment(report.until),
    )  # fmt: skip


def _seen(page: HackedPage) -> str:
    clean = f", not there on {moment(page.clean_until)}" if page.clean_until else ""
    record = f"; WARC record {page.record_id}" if page.record_id else ""
    return f"First seen on {moment(page.since)}{clean}, last on {moment(page.until)}{record}."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _plain(text: str) -> str:
    """Give a text on one line without what Markdown reads."""
    return one_line(text).translate({ord(mark): f"\\{mark}" for mark in "\\`*_[]<>#|"})


def _code(text: str) -> str:
    return f"`{one_line(text).replace('`', 'ʼ').replace('|', '¦')}`"


def _inert(text: str) -> str:
    return escape(one_line(text))


def _short(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= _EXCERPT else folded[: _EXCERPT - 1] + "…"
