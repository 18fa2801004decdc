"""The command `python -m benchmarks.extraction`: how well pages are read, ours beside trafilatura's in one run.

Owns the readers that are compared and the table. A corpus is a folder with pages.jsonl (url, file, truth) and its pages,
gzipped or plain. Figures of time compare within one run on one machine.
"""

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.records import Article
from benchmarks.scoring import Figures, page_key, score
from pipelines.extract import extract, warm
from pipelines.items import NoArticle, Page

Reading = dict[str, Any]
Reader = Callable[[str, bytes], Reading | NoArticle]


@dataclass(slots=True, kw_only=True)
class Result:
    """What one reader did on one corpus."""

    figures: Figures
    cpu_ms: float
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_urls: list[tuple[str, str]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


def ours(profile: str) -> Reader:
    def read(url: str, body: bytes) -> Reading | NoArticle:
        found = extract(Page(url=url, body=body, content_type="text/html"), profile=profile)
        if not isinstance(found, Article):
            return found
        return {
            "url": found.url,
            "headline": found.headline,
            "authors": list(found.authors),
            "published": found.published,
            "body": found.body,
        }

    return read


def trafilatura(**options: Any) -> Reader:
    def read(url: str, body: bytes) -> Reading | NoArticle:
        from trafilatura import bare_extraction

        found: Any = bare_extraction(body, url=url, with_metadata=True, include_comments=False, **options)
        if found is None:
            return NoArticle(reason="none")
        authors = (found.author or "").split("; ") if found.author else []
        return {"url": url, "headline": found.title, "authors": authors, "published": found.date, "body": found.text}

    return read


def readers(*, peers: bool) -> dict[str, Reader]:
    """Name the readers to compare."""
    chosen = {"ours": ours("full"), "ours fast": ours("fast"), "trafilatura": trafilatura()}
    if peers:
        chosen |= {
            "trafilatura precision": trafilatura(favor_precision=True),
            "trafilatura recall": trafilatura(favor_recall=True),
            "trafilatura fast": trafilatura(fast=True),
        }
    return chosen


def pages(folder: Path) -> Iterator[tuple[Reading, bytes]]:
    """Give a corpus's pages: the truth, and the bytes."""
    for line in (folder / "pages.jsonl").read_text(encoding="utf-8").split("\n"):
        if line.strip():
            truth = json.loads(line)
            stored = (folder / truth["file"]).read_bytes()
            yield truth, gzip.decompress(stored) if stored[:2] == b"\x1f\x8b" else stored


def measure(folder: Path, reader: Reader) -> Result:
    """Run one reader over a corpus."""
    truths: list[Reading] = []
    readings: list[Reading] = []
    rejected: Counter[str] = Counter()
    rejected_urls: list[tuple[str, str]] = []
    spent = 0.0
    for truth, body in pages(folder):
        truths.append(truth)
        before = time.process_time()
        found = reader(truth["url"], body)
        spent += time.process_time() - before
        if isinstance(found, NoArticle):
            rejected[found.reason] += 1
            rejected_urls.append((found.reason, truth["url"]))
        else:
            readings.append(found)
    figures = score(
        truths, {page_key(reading["url"]): reading for reading in reversed(readings)}
    )  # the first one counts
    return Result(
        figures=figures,
        cpu_ms=1000 * spent / max(1, len(truths)),
        rejected=rejected,
        rejected_urls=rejected_urls,
        readings=readings,
    )


HEADINGS = (
    "corpus", "reader", "pages", "shingle F1", "±", "P", "R", "word F1", "segments F", "headline", "authors", "date",
    "dates invented", "CPU ms a page", "rejected",
)  # fmt: skip


def row(corpus: str, name: str, result: Result) -> list[str]:
    """Lay out one result."""
    figures = result.figures
    bodies = bool(figures.precisions)
    precision = sum(figures.precisions) / max(1, len(figures.precisions))
    recall = sum(figures.recalls) / max(1, len(figures.recalls))
    word = sum(figures.word_f1s) / max(1, len(figures.word_f1s))
    measured = (figures.shingle_f1, figures.bootstrap_error(), precision, recall, word)
    shares = [figures.share(field_name) for field_name in ("headline", "authors", "date")]
    return [
        corpus,
        name,
        str(figures.n_pages),
        *(f"{value:.4f}" if bodies else "" for value in measured),
        f"{figures.segments_f:.4f}" if figures.n_with + figures.n_missed else "",
        *("" if share is None else f"{share:.3f}" for share in shares),
        f"{figures.n_invented_dates}/{figures.n_undated}" if figures.n_undated else "",
        f"{result.cpu_ms:.1f}",
        " ".join(f"{reason} {count}" for reason, count in result.rejected.most_common()),
    ]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows as a Markdown table."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="CORPUS_FOLDER", help="a folder with pages.jsonl")
    parser.add_argument("--export", type=Path, help="write our readings there, as JSON Lines")
    parser.add_argument("--peers", action="store_true", help="trafilatura's other modes, too")
    parser.add_argument("--list-rejected", action="store_true", help="name each page that ours rejects")
    options = parser.parse_args(arguments)
    warm()
    rows: list[list[str]] = []
    exported: list[Reading] = []
    for folder in options.folders:
        for name, reader in readers(peers=options.peers).items():
            result = measure(folder, reader)
            rows.append(row(folder.name, name, result))
            print(" ".join(filter(None, rows[-1])), file=sys.stderr, flush=True)
            if name == "ours":
                exported += result.readings
                if options.list_rejected:
                    print("\n".join(f"  {reason} {url}" for reason, url in result.rejected_urls), file=sys.stderr)
    print(table(rows))
    if options.export:
        options.export.write_text(
            "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in exported), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
