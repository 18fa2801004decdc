"""What a browser takes along: hits as JSON, CSV, references or an Atom feed, an article in each form, its WARC record.

Owns those files' names and kinds. Their contents are made in archive/. Long lists are streamed in constant memory.
"""

import io
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.errors import NotFoundError
from archive.export import file_name
from archive.export_files import TextWriter
from archive.kept import KeptArticle, json_text, kept_article
from archive.places import PlaceError
from archive.render import render
from archive.search import Hit, matching_ids, search
from archive.warc_frames import FrameReader, NoWarcError
from archive.warc_read import MOST_DECODED, opened_warc
from archive.web.asked import PER_PAGE, Asked, ask, folder_of, now, number, read, since
from archive.web.searching import searched

if TYPE_CHECKING:
    from datasette.app import Datasette

_RENDERED = {"txt": "text", "md": "markdown", "json": "json", "html": "html", "xml": "xml", "tei": "tei"}
_LISTED = {"csv": "csv", "jsonl": "jsonl", "bib": "bibtex", "ris": "ris", "csl": "csl"}
"""Address suffix -> format, of one article and of many."""
_KINDS = {
    "txt": "text/plain", "md": "text/markdown", "json": "application/json", "html": "text/html", "xml": "application/xml",
    "tei": "application/tei+xml", "csv": "text/csv", "jsonl": "application/x-ndjson", "bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems", "csl": "application/vnd.citationstyles.csl+json",
}  # fmt: skip
_FILES = {"tei": "tei.xml", "csl": "csl.json"}
"""What a file is called where the suffix of its address says too little."""
_REFERENCES = ("bib", "ris", "csl")
_BATCH = 100


def _attached(name: str) -> dict[str, str]:
    plain = name.encode("ascii", "replace").decode("ascii").replace("?", "_").replace('"', "_")
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}


async def article(datasette: "Datasette", request: Any) -> Any:
    """Give one article in a form, or its reference for Zotero and the like."""
    from datasette import Response

    suffix = request.url_vars["form"]
    if suffix not in _RENDERED and suffix not in _REFERENCES:
        raise NotFoundError("form", suffix)
    article_id, revision = int(request.url_vars["id"]), number(request, "revision")
    kept = await ask(datasette, lambda db: kept_article(db, article_id, revision))
    name = file_name(kept.id, kept.article.headline, f".{_FILES.get(suffix, suffix)}")
    # JSON is looked at, the rest is taken along: HTML of ours must not run beside our pages
    headers = {} if suffix == "json" else _attached(name)
    text = render(kept, _RENDERED[suffix]) if suffix in _RENDERED else _written([kept], _LISTED[suffix])
    return Response(text, headers=headers, content_type=f"{_KINDS[suffix]}; charset=utf-8")


def _written(found: Iterable[KeptArticle], form: str) -> str:
    text = io.StringIO()
    writer = TextWriter(text, form=form, fields=None)
    for kept in found:
        writer.add(kept)
    writer.close()
    return text.getvalue()


async def record(datasette: "Datasette", request: Any) -> Any:
    """Give the WARC record behind an article's text; a revisit record comes with the record that it repeats."""
    from datasette import Response

    article_id, revision = int(request.url_vars["id"]), number(request, "revision")
    folder = folder_of(datasette)
    assert folder is not None

    def read_bytes(db: sqlite3.Connection) -> bytes:
        kept = kept_article(db, article_id, revision)
        return b"".join(_members(db, folder, kept))

    data = await ask(datasette, read_bytes)
    name = f"{article_id:06d}.warc.gz"
    return Response(data, headers=_attached(name), content_type="application/warc")


def _members(db: sqlite3.Connection, folder: Path, kept: KeptArticle) -> list[bytes]:
    if kept.capture is None:
        raise NotFoundError("capture", f"of article {kept.id}")
    rows = db.execute(
        "SELECT o.warc_file, o.warc_offset FROM captures c JOIN captures o ON o.id = c.revisit_of"
        " WHERE c.record_id = :id UNION ALL SELECT warc_file, warc_offset FROM captures WHERE record_id = :id",
        {"id": kept.capture.record_id},
    ).fetchall()
    found = []
    for warc_file, offset in rows:
        try:
            with opened_warc(folder, warc_file) as file:
                reader = FrameReader(file, offset=offset, most=MOST_DECODED)
                frame = reader.frame_at(offset)
                data = reader.packed(frame) if frame is not None else b""
        except (OSError, PlaceError, NoWarcError) as error:
            raise NotFoundError("WARC file", warc_file) from error
        if not data:
            raise NotFoundError("WARC record", f"at {offset} of {warc_file}")
        found.append(data)
    return found


async def spam_report(datasette: "Datasette", request: Any) -> Any:
    """Give the report that a source's webmaster can act on, of one source or of all."""
    from datasette import Response

    from archive.spam_report import as_html, as_markdown, as_text, spam_reports

    form, source = request.url_vars["form"], request.args.get("source") or None
    moment = since(request)
    found = await ask(datasette, lambda db: spam_reports(db, source=source, since=moment))
    text = as_html(found) if form == "html" else "\n".join(map(as_markdown if form == "md" else as_text, found))
    headers = _attached(f"injected-spam.{form}")
    return Response(text, headers=headers, content_type=f"{_KINDS[form]}; charset=utf-8")


async def hits(datasette: "Datasette", request: Any) -> Any:
    """Give the hits of a search: a page of them as JSON, all their articles as a list, the newest as Atom."""
    form, asked = request.url_vars["form"], read(request.query_string)
    if form == "json":
        return await _page_of_hits(datasette, asked)
    if form == "atom":
        return await _feed(datasette, request, asked)
    from datasette.utils.asgi import AsgiStream

    at = now()
    ids = await ask(datasette, lambda db: list(matching_ids(db, asked.q, filters=asked.filters(at), raw=asked.raw)))

    async def write(stream: Any) -> None:
        text = io.StringIO()
        writer = TextWriter(text, form=_LISTED[form], fields=None)
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            await ask(datasette, lambda db, batch=batch: _add(db, batch, writer))  # type: ignore[misc]
            await stream.write(text.getvalue())
            text.seek(0)
            text.truncate()
        writer.close()
        await stream.write(text.getvalue())

    name = f"articles.{_FILES.get(form, form)}"
    return AsgiStream(write, headers=_attached(name), content_type=f"{_KINDS[form]}; charset=utf-8")


def _add(db: sqlite3.Connection, ids: list[int], writer: TextWriter) -> None:
    for article_id in ids:
        try:
            writer.add(kept_article(db, article_id))
        except NotFoundError:  # forgotten meanwhile
            continue


async def _page_of_hits(datasette: "Datasette", asked: Asked) -> Any:
    from archive.cli.ask import as_json as hit_json

    at = now()
    found = await ask(datasette, lambda db: searched(db, asked, at))
    result, counts = found.result, found.facets
    following = asked.url("/search.json", page=asked.page + 1) if result.n_hits > asked.page * PER_PAGE else None
    body = {
        "query": asked.q,
        "note": result.note,
        "n_hits": result.n_hits,
        "n_articles": result.n_articles,
        "hits": [hit_json(hit) for hit in result.hits],
        "facets": {
            "source": dict(counts.sources),
            "language": dict(counts.languages),
            "month": {span.label: span.articles for span in counts.months},
            "undated": counts.undated,
        },
        "next": following,
    }
    return _text(json_text(body, indent=1) + "\n", "application/json")


async def _feed(datasette: "Datasette", request: Any, asked: Asked) -> Any:
    at = now()
    found = await ask(datasette, lambda db: search(db, asked.q, filters=asked.filters(at), sort="date", limit=50))
    home = f"{request.scheme}://{request.host}"
    return _text(atom(found.hits, title=f"presskeep: {asked.q or 'all articles'}", home=home, asked=asked, at=at),
                 "application/atom+xml")  # fmt: skip


def atom(hits: tuple[Hit, ...], *, title: str, home: str, asked: Asked, at: datetime) -> str:
    """Write hits as an Atom feed (RFC 4287), so that a reader of feeds keeps a search."""
    from archive.render_markup import escaped
    from archive.times import iso

    def updated(hit: Hit) -> str:
        day = (hit.published or "")[:10]
        return f"{day}T00:00:00Z" if len(day) == 10 else iso(at)[:19] + "Z"

    entries = [
        f"<entry><id>{escaped(home)}/article/{hit.article_id}</id><title>{escaped(hit.headline or hit.url)}</title>"
        f'<link href="{escaped(home)}/article/{hit.article_id}"/><updated>{updated(hit)}</updated>'
        f"<author><name>{escaped(hit.source or 'unknown')}</name></author><summary>{escaped(hit.snippet)}</summary></entry>"
        for hit in hits
    ]
    own = escaped(home + asked.url("/search.atom"))
    newest = max((updated(hit) for hit in hits), default=iso(at)[:19] + "Z")
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<feed xmlns="http://www.w3.org/2005/Atom"><id>{own}</id><title>{escaped(title)}</title>',
            f'<link rel="self" href="{own}"/><link href="{escaped(home + asked.url())}"/><updated>{newest}</updated>',
            *entries,
            "</feed>\n",
        ]
    )


def _text(body: str, kind: str) -> Any:
    from datasette import Response

    return Response(body, content_type=f"{kind}; charset=utf-8")
