"""The command `python -m benchmarks.gate`: no reading of ours may become worse than it was.

Owns floors.json: for each corpus, told by the checksum of its pages and truth, and each profile of ours what must be
held. Figures rise with `--raise` and fall only with `--lower`, in a commit that says why.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.extraction import Result, measure
from benchmarks.processes import CommandError
from benchmarks.read_corpus import truths
from benchmarks.readers import REFERENCE

FLOORS = Path(__file__).with_name("floors.json")
PROFILES = {"ours": 3.3, "ours fast": 1.3}
"""What a page may cost at most, in pages of the reference. It is no floor that rises: costs wander from run to run."""
FEW = 200
"""Pages of a corpus below which one round says little of what they cost."""
_AT_MOST = frozenset({"dates_invented"})
Floor = dict[str, float]
Floors = dict[str, dict[str, Any]]


def checksum(folder: Path) -> str:
    """Give the sha256 of a corpus: its truth and the files that it names, in order."""
    digest = hashlib.sha256((folder / "pages.jsonl").read_bytes())
    for truth in truths(folder):
        digest.update(hashlib.sha256((folder / truth["file"]).read_bytes()).digest())
    return digest.hexdigest()


def measured(result: Result, references: Sequence[Result]) -> Floor:
    """Give the figures of a reading that the gate looks at, rounded so that they hold when they are read back.

    Its cost is in pages of the reference as it ran before and after it: a machine is not equally fast all the time.
    """
    reference_ms = fmean(reference.cpu_ms or 1.0 for reference in references)
    figures = result.figures
    found: dict[str, float | None] = {
        "body_f1": figures.shingle_f1 if figures.precisions else None,
        "segments_f": figures.segments_f if figures.n_with + figures.n_missed else None,
        "headline": figures.share("headline"),
        "authors": figures.share("authors"),
        "date": figures.share("date"),
        "dates_invented": figures.n_invented_dates / figures.n_undated if figures.n_undated else None,
        "cost": (result.cpu_ms or 0.0) / reference_ms,
    }
    return {name: round(value, 4) for name, value in found.items() if value is not None}


def broken(floor: Mapping[str, float], got: Mapping[str, float], limit: float) -> list[str]:
    """Say which floors do not hold; a figure that is gone does not hold either. `limit` is the highest cost."""
    faults = []
    for name, bound in floor.items():
        value = got.get(name)
        if value is None:
            faults.append(f"{name} is not measured any more, it was {bound:.4f}")
        elif name in _AT_MOST and value > bound:
            faults.append(f"{name} {value:.4f} is above {bound:.4f}")
        elif name not in _AT_MOST and value < bound:
            faults.append(f"{name} {value:.4f} is below {bound:.4f}")
    if got["cost"] > limit:
        faults.append(f"cost {got['cost']:.2f} is above the limit of {limit}")
    return faults


def raised(floor: Mapping[str, float], got: Mapping[str, float], *, lower: bool = False) -> Floor:
    """Give the floors after a measurement: the better of both, or what was measured where they may be lowered."""
    got = {name: value for name, value in got.items() if name != "cost"}
    if lower:
        return got
    better = {name: min(floor.get(name, value), value) if name in _AT_MOST else max(floor.get(name, value), value)
              for name, value in got.items()}  # fmt: skip
    return {**floor, **better}


def read_floors(path: Path) -> Floors:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_floors(path: Path, floors: Floors) -> None:
    path.write_text(json.dumps(floors, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def check(folder: Path, profiles: Iterable[str], rounds: int) -> dict[str, Floor]:
    """Measure a corpus: the gate's figures for each profile."""
    before, found = measure(folder, REFERENCE, rounds=rounds), {}
    for name in profiles:
        result = measure(folder, name, rounds=rounds)
        after = measure(folder, REFERENCE, rounds=rounds)
        found[name], before = measured(result, (before, after)), after
    return found


def judge(name: str, kept: Mapping[str, Floor], got: Mapping[str, Floor]) -> list[str]:
    """Give a line for each floor of a corpus that does not hold."""
    return [
        f"{name}: {profile}: {fault}"
        for profile, figures in got.items()
        for fault in broken(kept.get(profile, {}), figures, PROFILES[profile])
    ]


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__.partition("\n")[0])
    found.add_argument("folders", nargs="+", type=Path, metavar="CORPUS_FOLDER", help="a folder with pages.jsonl")
    found.add_argument("--floors", type=Path, default=FLOORS, help="the file (default: floors.json beside this module)")
    found.add_argument("--rounds", type=int, metavar="N",
                       help=f"take the least CPU time of N (default: 1, of fewer than {FEW} pages 3)")  # fmt: skip
    change = found.add_mutually_exclusive_group()
    change.add_argument("--raise", action="store_true", dest="raise_", help="record what is better than the floors")
    change.add_argument("--lower", action="store_true", help="record what was measured, even where it is worse")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    faults: list[str] = []
    try:
        floors = read_floors(options.floors)
        for folder in options.folders:
            identity = checksum(folder)
            kept = floors.get(identity, {})
            got = check(folder, PROFILES, options.rounds or (3 if len(truths(folder)) < FEW else 1))
            if not options.lower:
                faults += judge(folder.name, kept.get("floors", {}), got)
            for profile, figures in got.items():
                said = " ".join(f"{name} {value:.4f}" for name, value in figures.items())
                print(f"{folder.name}: {profile}: {said}{'' if kept else ' (no floors for this corpus)'}", flush=True)
            if options.raise_ or options.lower:
                better = {profile: raised(kept.get("floors", {}).get(profile, {}), figures, lower=options.lower)
                          for profile, figures in got.items()}  # fmt: skip
                floors[identity] = {"corpus": folder.name, "pages": len(truths(folder)), "floors": better}
                write_floors(options.floors, floors)
    except (CommandError, OSError, ValueError, KeyError) as error:
        print(f"gate failed: {error!r}", file=sys.stderr)
        return 2
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
