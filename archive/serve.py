"""The web archive: Datasette over the archive, read-only, with our own pages and what each table is about.

Owns Datasette's metadata and the server's socket; the pages are archive/web/. It reads beside a running crawl and never writes.
"""

import os
import socket
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.errors import UsageError
from archive.reader import DATABASE, open_reader

if TYPE_CHECKING:
    from datasette.app import Datasette

_TABLES: dict[str, dict[str, Any]] = {
    "current_articles": {
        "title": "Articles with their current text",
        "description": "What `show` and `export` give: one row an article, as its latest revision reads.",
        "sort_desc": "published",
        "fts_table": "articles_fts",
        "fts_pk": "id",
    },
    "articles": {
        "title": "Articles",
        "description": "The enduring works, one a url_key; their texts are in extractions.",
        "sort_desc": "first_seen_at",
        "facets": ["source_id", "language"],
        "label_column": "headline",
        "fts_table": "articles_fts",
        "fts_pk": "id",
    },
    "revisions": {"title": "Revisions", "description": "The publishers' edits, numbered from 1 in order of capture."},
    "extractions": {
        "title": "Extractions",
        "description": "Our readings of the revisions; a revision points to its current one.",
    },
    "removals": {
        "title": "Removals",
        "description": "What cleaning took out of pages, and why: injected spam, boilerplate, teasers.",
        "facets": ["reason", "stage"],
    },
    "sources": {"title": "Sources", "description": "The publications that are crawled.", "label_column": "name"},
    "feeds": {
        "title": "Feeds",
        "description": "Feeds, sitemaps and sections: places that list links.",
        "facets": ["kind", "outcome"],
    },
    "links": {
        "title": "Links",
        "description": "Every URL found or asked, and what came of it: the frontier.",
        "facets": ["outcome", "found_in"],
        "label_column": "url",
    },
    "captures": {
        "title": "Captures",
        "description": "HTTP exchanges, each kept as a WARC record at (warc_file, warc_offset).",
        "sort_desc": "fetched_at",
        "label_column": "url",
    },
    "runs": {"title": "Runs", "description": "What each crawl, fetch --save or import did.", "sort_desc": "id"},
    "run_sources": {
        "title": "Runs by source",
        "description": "What each run did to each source.",
        "facets": ["status"],
    },
    "near_duplicates": {"title": "Near-duplicates", "description": "Clusters of articles with nearly the same text."},
    "health": {"title": "Health", "description": "What breaks quietly at a source, since when, in how many runs."},
    "restored_blocks": {
        "title": "Restored blocks",
        "description": "What `unremove` put back, as a rule for its source.",
    },
    "tombstones": {"title": "Tombstones", "description": "What `forget` took away, so that it is not fetched again."},
    "erasures": {"hidden": True},
    "near_duplicate_bands": {"hidden": True},
    "near_duplicate_recent": {"hidden": True},
    "search_texts": {"hidden": True},
    "indexed_texts": {"hidden": True},
    "totals": {"hidden": True},
    "_sqlite_migrations": {"hidden": True},
}


def metadata(folder: Path) -> dict[str, Any]:
    """Give Datasette's metadata of an archive."""
    return {
        "title": "presskeep",
        "description": f"The news archive in {folder.resolve().name}: search it, read it, ask it in SQL.",
        "databases": {"archive": {"tables": _TABLES}},
    }


def web_archive(folder: Path) -> "Datasette":
    """Give the Datasette application over the archive in `folder`; raises what open_reader raises."""
    open_reader(folder).close()
    from datasette.app import Datasette
    from datasette.plugins import pm

    from archive.web import plugin

    if not pm.is_registered(plugin):
        pm.register(plugin, name="presskeep")
        # Datasette's own handler prints every error with its traceback, a 404, too; ours answers for all pages
        pm.unregister(name="datasette.handle_exception")
    path = str(folder / DATABASE)
    # in an unwritable folder SQLite cannot make the -shm that reading a live archive takes
    live = os.access(folder, os.W_OK)
    return Datasette(
        files=[path] if live else [],
        immutables=[] if live else [path],
        metadata=metadata(folder),
        template_dir=str(Path(plugin.__file__).parent / "templates"),
        settings={
            "allow_download": False,
            "default_page_size": 50,
            "sql_time_limit_ms": 5000,
            "truncate_cells_html": 160,  # a row of a table is no place to read a body
        },
    )


def serve(folder: Path, *, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the archive until it is stopped; `on_ready` gets the address. Port 0 takes a free one.

    Raises UsageError where the address cannot be used.
    """
    application = web_archive(folder)
    import uvicorn

    from archive.web.policy import local_only

    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno and error.errno > 0 else str(error)
        raise UsageError(f"cannot listen on {host}:{port}: {why}") from error
    # asyncio sets this for sockets that it made: else a page waits 40 ms for the browser's acknowledgement of its head
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        shown = f"[{host}]" if ":" in host else host
        on_ready(f"http://{shown}:{listener.getsockname()[1]}/")
        app = local_only(application.app()) if _is_loopback(listener) else application.app()
        config = uvicorn.Config(app, log_level="warning", lifespan="on", server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


def _is_loopback(listener: socket.socket) -> bool:
    return ip_address(listener.getsockname()[0]).is_loopback
