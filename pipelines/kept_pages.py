"""The kept pages behind an article, ready to be extracted again.

Owns how a page comes back out of its WARC records. What is then read of it is the workers' to say.
"""

from collections.abc import Sequence
from pathlib import Path

from archive.articles import Payload
from archive.parts import find_payloads
from archive.records import Hints
from archive.store import Store
from archive.warc_read import read_record
from pipelines.items import Page

NO_HINTS = Hints()


def kept_pages(store: Store, revision_id: int, hints: Hints, restored: tuple[str, ...] = ()) -> tuple[Page, ...]:
    """Give the pages behind a revision to extraction again; none where they are not kept. Raises what `read_back` raises."""
    return read_back(store.folder, find_payloads(store, revision_id), hints, restored)


def read_back(
    folder: Path, payloads: Sequence[Payload], hints: Hints = NO_HINTS, restored: tuple[str, ...] = ()
) -> tuple[Page, ...]:
    """Read an article's pages back from their records; raises ArchiveError and OSError where one cannot be read."""
    return tuple(
        Page(
            url=payload.url,
            body=read_record(folder, payload.warc_file, payload.warc_offset, decode=True).payload,
            content_type=payload.content_type,
            hints=hints,
            restored=restored,
            part=number,
        )
        for number, payload in enumerate(payloads, 1)
    )
