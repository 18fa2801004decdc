"""The command `python -m benchmarks.extraction`: how well pages are read, by us and by the peers, in one run.

Owns the runs and the table. A corpus is a folder with pages.jsonl (url, file, truth) and its pages, gzipped or plain.
Each reader reads a corpus in a process of its own. Figures of time compare within one run on one machine.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import CommandError
from benchmarks.processes import measure as run_command
from benchmarks.read_corpus import truths
from benchmarks.readers import READERS, REFERENCE, Reading
from benchmarks.scoring import Figures, mean, page_key, score
from benchmarks.table import markdown

HEADINGS = (
    "corpus", "reader", "pages", "shingle F1", "± 95 %", "P", "R", "accuracy", "word F1", "segments F", "headline",
    "authors", "date", "dates invented", "CPU ms a page", f"CPU / {REFERENCE}", "peak MB", "no article",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one reader did on one corpus."""

    corpus: str
    reader: str
    figures: Figures
    cpu_ms: float | None
    """A page, the mean; None where the readings were not made here."""
    peak_mb: float | None
    rejected: Counter[str]
    readings: tuple[Reading, ...]
    """One a page, in order: url, cpu_ms, and reading or reason."""


def measure(folder: Path, name: str, *, rounds: int = 1, timeout: float = 3600) -> Result:
    """Run one reader over a corpus, the least CPU time of some rounds; raises CommandError where it fails."""
    runs = [run(folder, name, timeout) for _ in range(rounds)]
    found, peak_mb = runs[0]
    given: dict[tuple[str, str, str], Reading] = {}
    for each in found:
        if "reading" in each:
            given.setdefault(page_key(each["url"]), each["reading"])  # of two pages with one URL the first counts
    return Result(
        corpus=folder.name,
        reader=name,
        figures=score(truths(folder), given),
        cpu_ms=min(mean([each["cpu_ms"] for each in lines]) for lines, _ in runs),
        peak_mb=peak_mb,
        rejected=Counter(each["reason"] for each in found if "reason" in each),
        readings=tuple(found),
    )


def scored(folder: Path, export: Path) -> Result:
    """Score an export (JSON Lines: url, headline, authors, published, body) that somebody made before."""
    articles = [json.loads(line) for line in export.read_text(encoding="utf-8").split("\n") if line.strip()]
    given: dict[tuple[str, str, str], Reading] = {}
    for article in articles:
        for name in ("url", "canonical_url", "requested_url", "final_url"):
            if article.get(name):
                given.setdefault(page_key(article[name]), article)
    figures = score(truths(folder), given)
    return Result(
        corpus=folder.name,
        reader=export.name,
        figures=figures,
        cpu_ms=None,
        peak_mb=None,
        rejected=Counter(),
        readings=(),
    )


def run(folder: Path, name: str, timeout: float) -> tuple[list[Reading], float]:
    """Read a corpus in a process of its own; gives its lines and its peak memory in MB."""
    with tempfile.TemporaryDirectory(prefix="presskeep-readings-") as scratch:
        output, log = Path(scratch, "readings.jsonl"), Path(scratch, "log")
        command = [sys.executable, "-m", "benchmarks.read_corpus", name, str(output), str(folder.resolve())]
        run_command(command, environment=os.environ, log=log, timeout=timeout)
        *lines, last = output.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines], json.loads(last)["peak_mb"]


def row(result: Result, reference_ms: float | None) -> list[str]:
    """Lay out one result; `reference_ms` is what a page of the same corpus costs the reference."""
    figures = result.figures
    means = [mean(values) for values in (figures.precisions, figures.recalls, figures.matches, figures.word_f1s)]
    measured = (figures.shingle_f1, figures.bootstrap_error(), *means)
    shares = [figures.share(field_name) for field_name in ("headline", "authors", "date")]
    return [
        result.corpus,
        result.reader,
        str(figures.n_pages),
        *(f"{value:.4f}" if figures.precisions else "" for value in measured),
        f"{figures.segments_f:.4f}" if figures.n_with + figures.n_missed else "",
        *("" if share is None else f"{share:.3f}" for share in shares),
        f"{figures.n_invented_dates}/{figures.n_undated}" if figures.n_undated else "",
        f"{result.cpu_ms:.1f}" if result.cpu_ms else "",
        f"{result.cpu_ms / reference_ms:.2f}" if result.cpu_ms and reference_ms else "",
        f"{result.peak_mb:.0f}" if result.peak_mb else "",
        " ".join(f"{reason} {count}" for reason, count in result.rejected.most_common()),
    ]


def rows(results: Iterable[Result]) -> list[list[str]]:
    """Lay out the results of several corpora."""
    every = list(results)
    reference = {result.corpus: result.cpu_ms for result in every if result.reader == REFERENCE}
    return [row(result, reference.get(result.corpus)) for result in every]


def installed(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Part reader names into those that can be run, and a line for each that cannot."""
    present = [name for name in names if READERS[name].version]
    missing = [
        f"not measured: {name}: {READERS[name].distribution} is not installed (pip install -e '.[bench]')"
        for name in names
        if name not in present
    ]
    return present, missing


def versions(names: Iterable[str]) -> str:
    """Say which versions were compared."""
    return ", ".join(sorted({f"{READERS[name].distribution} {READERS[name].version}" for name in names}))


def export_lines(results: Iterable[Result]) -> str:
    """Give our readings as JSON Lines, an article a line."""
    articles = [
        {"url": each["url"], **each["reading"]}
        for result in results
        if result.reader == "ours"
        for each in result.readings
        if "reading" in each
    ]
    return "".join(json.dumps(article, ensure_ascii=False) + "\n" for article in articles)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__.partition("\n")[0])
    found.add_argument("folders", nargs="+", type=Path, metavar="CORPUS_FOLDER", help="a folder with pages.jsonl")
    found.add_argument("--reader", action="append", choices=list(READERS), metavar="NAME",
                       help=f"only this one, and others named so: {', '.join(READERS)} (default: all)")  # fmt: skip
    found.add_argument("--rounds", type=int, default=1, metavar="N", help="take the least CPU time of N (default: 1)")
    found.add_argument("--export", type=Path, metavar="FILE", help="write our readings there, as JSON Lines")
    found.add_argument("--score", type=Path, metavar="EXPORT", help="read nothing: score these readings (JSON Lines)")
    found.add_argument("--list-rejected", action="store_true", help="name each page in which we see no article")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    names, missing = installed(options.reader or READERS)
    results: list[Result] = []
    try:
        if options.score:
            print(markdown(HEADINGS, rows(scored(folder, options.score) for folder in options.folders)))
            return 0
        for folder in options.folders:
            for name in names:
                results.append(measure(folder, name, rounds=options.rounds))
                print(" ".join(filter(None, rows(results)[-1])), file=sys.stderr, flush=True)
    except (CommandError, OSError, ValueError) as error:
        print(f"benchmark failed: {error}", file=sys.stderr)
        return 1
    print(markdown(HEADINGS, rows(results)))
    print(f"Compared: {versions(names)}.")
    print("\n".join(missing), end="\n" if missing else "")
    if options.list_rejected:
        refused = [(each["reason"], each["url"]) for result in results if result.reader == "ours"
                   for each in result.readings if "reason" in each]  # fmt: skip
        print("\n".join(f"{reason} {url}" for reason, url in refused), file=sys.stderr)
    if options.export:
        options.export.write_text(export_lines(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
