"""The command `python -m benchmarks.read_corpus READER OUTPUT CORPUS_FOLDER`: one reader over one corpus, in a process of its own.

Owns the time that a page takes and the rule that nothing is fetched: a reader that looks a name up or connects gets an
error. Writes one JSON object a page, and a last one with the peak memory.
"""

import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.readers import READERS, Read, Reader, Reading
from pipelines.decode import decode
from pipelines.items import NoArticle
from pipelines.memory import peak_mb

_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})
_FIRST_PAGE = (
    "<html><head><title>Warm</title></head><body><article><h1>Warm</h1><p>2 March 2024</p>"
    + "<p>The harbour was reopened on Monday, three years after the storm, said the mayor of the town.</p>" * 6
    + "</article></body></html>"
)


def refuse_network(event: str, _arguments: tuple[Any, ...]) -> None:
    """Audit hook: no reader fetches anything."""
    if event in _NETWORK:
        raise OSError(f"a benchmark fetches nothing: {event}")


def truths(folder: Path) -> list[Reading]:
    """Give the truth of a corpus's pages, in order."""
    lines = (folder / "pages.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


def stored(folder: Path, truth: Reading) -> bytes:
    """Give the bytes of a page, kept gzipped or plain."""
    kept = (folder / truth["file"]).read_bytes()
    return gzip.decompress(kept) if kept[:2] == b"\x1f\x8b" else kept


def readings(folder: Path, reader: Reader) -> Iterator[Reading]:
    """Read a corpus: for each page its url, the CPU milliseconds, and the reading or why there is none."""
    read = reader.open()
    timed(read, "http://warm.invalid/", _FIRST_PAGE)  # imports and tables are no page's cost
    for truth in truths(folder):
        body = stored(folder, truth)
        page = decode(body, "text/html") if reader.wants_text else body
        found, cpu = timed(read, truth["url"], page)
        if isinstance(found, NoArticle):
            yield {"url": truth["url"], "cpu_ms": cpu, "reason": found.reason}
        else:
            yield {"url": truth["url"], "cpu_ms": cpu, "reading": found}


def timed(read: Read, url: str, page: str | bytes) -> tuple[Reading | NoArticle, float]:
    """Read one page; a reader's own fault is an answer, too."""
    before = time.process_time()
    try:
        found = read(url, page)
    except Exception as error:  # noqa: BLE001 - a peer's exception on a page is its result
        found = NoArticle(reason=type(error).__name__)
    return found, 1000 * (time.process_time() - before)


def main(arguments: Sequence[str]) -> int:
    name, output, folder = arguments
    sys.addaudithook(refuse_network)
    with Path(output).open("w", encoding="utf-8") as lines:
        for each in readings(Path(folder), READERS[name]):
            lines.write(json.dumps(each, ensure_ascii=True) + "\n")
        lines.write(json.dumps({"peak_mb": peak_mb()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
