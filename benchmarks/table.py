"""Lay out what the crawl benchmark measured, as Markdown: the ways side by side, and the stages of our crawl.

Pure: runs in, text out. Owns which figures are compared and what the medians are taken of.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.crawl import Run, Way
from benchmarks.processes import Usage

OUTSIDE = 0.01
"""CPU seconds a page that all but extraction may take: the bound is the workers' CPU and these, spread over the cores."""
HEADINGS = (
    "way",
    "pages stored",
    "texts",
    "requests",
    "wall s",
    "pages/s",
    "CPU ms a page",
    "main's",
    "wall / bound",
    "main MB",
    "worker MB",
    "speed / fetch only",
    "speed / afternoon",
    "CPU / afternoon",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """CPU seconds of one of our crawls, taken apart; `n_workers` processes extracted."""

    n_pages: int
    n_workers: int
    crawl: Usage
    idle: Usage
    """The same crawl again, with nothing due."""
    warm: float
    """Starting one worker: imports and tables."""
    extraction: float
    """Every page once, in one warm process."""


def ways_table(runs: Sequence[Run], n_pages: int) -> str:
    """Compare the ways: medians over their runs, and whether each stored the same pages."""
    medians = {way: [run for run in runs if run.way is way] for way in Way}
    present = {way: found for way, found in medians.items() if found}
    walls = {way: median(run.usage.wall for run in found) for way, found in present.items()}
    cpus = {way: median(run.usage.cpu for run in found) for way, found in present.items()}
    rows = []
    for way, found in present.items():
        rows.append(
            (
                way.value,
                _range([len(run.keys) for run in found]),
                _range([run.n_texts for run in found if run.n_texts is not None]),
                _range([run.n_requests for run in found]),
                f"{walls[way]:.1f}",
                f"{n_pages / walls[way]:.1f}",
                f"{1000 * cpus[way] / n_pages:.1f}",
                *_main_and_bound(found, n_pages),
                f"{median(run.usage.main_mb for run in found):.0f}",
                _megabytes([run.usage.worker_mb for run in found]),
                _ratio(walls.get(Way.FETCH_ONLY), walls[way]),
                _ratio(walls.get(Way.AFTERNOON), walls[way]),
                _ratio(cpus[way], cpus.get(Way.AFTERNOON)),
            )
        )
    return markdown(HEADINGS, rows) + "\n" + same_pages(runs, n_pages)


def same_pages(runs: Sequence[Run], n_pages: int) -> str:
    """Say whether every run stored the same pages, and which are missing where they did not."""
    everything = frozenset().union(*(run.keys for run in runs))
    missing = {
        run.way.value: sorted(everything - run.keys) for run in runs if run.keys != everything
    }  # the last run of a way speaks for it
    if not missing:
        return f"The same {len(everything)} of {n_pages} pages were stored by each.\n"
    lines = [f"NOT the same pages were stored by each: {len(everything)} by one or another, of {n_pages}."]
    lines += [f"- {way} lacks {len(keys)}: {', '.join(keys[:5])}" for way, keys in missing.items()]
    return "\n".join(lines) + "\n"


def stages_table(stages: Stages) -> str:
    """Take one of our crawls apart: what is extraction, and what is all the rest."""
    main, workers = stages.crawl.main_cpu, stages.crawl.worker_cpu
    if main is None or workers is None:
        return "No stages: this system has no /proc to tell the main process from its workers.\n"
    warming = stages.warm * stages.n_workers
    rows = [
        ("main process: start, fetch, robots, capture, dedupe, store, index", main),
        (f"workers: start ({stages.n_workers} of them, {stages.warm:.2f} s each)", warming),
        ("workers: extraction (alone, in one warm process)", stages.extraction),
        ("workers: feeds, hand-over, and what running beside each other costs", workers - warming - stages.extraction),
        ("everything", stages.crawl.cpu),
        ("everything outside extraction", stages.crawl.cpu - stages.extraction),
        ("everything outside extraction and the workers' start", stages.crawl.cpu - stages.extraction - warming),
    ]
    cells = [(name, f"{cpu:.2f}", f"{1000 * cpu / stages.n_pages:.2f}") for name, cpu in rows]
    note = f"The crawl again, with nothing due: {stages.idle.wall:.2f} s, {stages.idle.cpu:.2f} s CPU.\n"
    return markdown(("stage", "CPU s", "ms a page"), cells) + "\n" + note


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a table that reads well as it is, too: the first column left, numbers right."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        "| "
        + " | ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        + " |"
        for row in (headings, rules, *rows)
    ]
    return "\n".join(lines) + "\n"


def _main_and_bound(runs: Sequence[Run], n_pages: int) -> tuple[str, str]:
    """Give the main process' CPU milliseconds a page, and how much longer a run was than its bound."""
    taken = [(run.usage.wall, run.usage.main_cpu, run.usage.worker_cpu) for run in runs]
    known = [(wall, main, workers) for wall, main, workers in taken if main is not None and workers]
    if not known:
        return "–", "–"
    cores = len(os.sched_getaffinity(0))
    bounds = [wall * cores / (workers + OUTSIDE * n_pages) for wall, _, workers in known]
    return f"{1000 * median(main for _, main, _ in known) / n_pages:.1f}", f"{median(bounds):.2f}"


def _range(counts: Sequence[int]) -> str:
    if not counts:
        return "–"
    least, most = min(counts), max(counts)
    return str(least) if least == most else f"{least}–{most}"


def _megabytes(values: Sequence[float | None]) -> str:
    known = [value for value in values if value]
    return f"{median(known):.0f}" if known else "–"


def _ratio(over: float | None, under: float | None) -> str:
    return "–" if over is None or under is None else f"{over / under:.2f}"
