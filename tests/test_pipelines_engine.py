"""Tasks on worker processes: in order, bounded, and no item lost to one that kills, hangs or fills its worker."""

import itertools
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from inline_engine import InlineEngine

from archive.errors import UsageError
from pipelines.deadline import OverdueError, within
from pipelines.engine import EngineError, LocalEngine, in_order


@dataclass(frozen=True)
class Numbers:
    """What a task brought."""

    found: tuple[str, ...]
    rest: "Count | None" = None


@dataclass(frozen=True)
class Count:
    """Counts from `start` to `end`, and does something terrible at some numbers."""

    start: int
    end: int
    folder: str = ""
    kills: tuple[int, ...] = ()
    """Ends its worker, always."""
    dies_once: tuple[int, ...] = ()
    hangs: tuple[int, ...] = ()
    at_most: int = 10
    passed_over: str = ""
    seconds: float = 20.0

    def run(self) -> Numbers:
        found: list[str] = []
        for number in range(self.start, self.end):
            if len(found) == self.at_most:
                return Numbers(tuple(found), replace(self, start=number, at_most=10, passed_over=""))
            if self.passed_over:
                found.append(f"{number}: {self.passed_over}")
                continue
            if number in self.kills:
                os.kill(os.getpid(), signal.SIGKILL)
            if number in self.hangs:
                time.sleep(60)
            mark = Path(self.folder, f"died-{number}")
            if number in self.dies_once and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            found.append(str(number))
        return Numbers(tuple(found))

    def alone(self) -> "Count | None":
        return None if self.at_most == 1 else replace(self, at_most=1)

    def blamed(self, reason: str, detail: str) -> "Count":
        return replace(self, at_most=1, passed_over=reason)


def test_batches_come_in_the_order_of_the_tasks_and_nothing_is_lost_to_bad_items(tmp_path: Path) -> None:
    tasks = [
        Count(0, 25),
        Count(25, 40, kills=(27,)),
        Count(40, 50, folder=str(tmp_path), dies_once=(41, 44)),
        Count(50, 53, hangs=(51,), seconds=0.7),
        Count(53, 60),
    ]
    with LocalEngine(2) as engine:
        found = [number for batch in in_order(engine, tasks) for number in batch.found]
    expected = [str(number) for number in range(60)]
    expected[27], expected[51] = "27: worker_died", "51: too_complex"
    assert found == expected


def test_no_more_is_submitted_than_is_taken_but_for_a_few() -> None:
    engine = InlineEngine()
    for n_taken, _ in enumerate(in_order(engine, (Count(at, at + 1) for at in range(1000))), 1):
        assert engine.n_submitted - n_taken <= 3 * engine.n_workers
        if n_taken == 50:
            break
    assert engine.n_submitted < 60


class Failing(Count):
    """Fails whatever it is asked for."""

    def run(self) -> Numbers:
        raise UsageError("no such file")


def test_what_a_task_says_is_wrong_with_the_question_ends_the_work() -> None:
    with pytest.raises(UsageError, match="no such file"):
        list(in_order(InlineEngine(), [Failing(0, 1)]))


class Broken(Count):
    """Ends its worker whatever it does."""

    def run(self) -> Numbers:
        raise RuntimeError("gone")

    def alone(self) -> None:
        return None

    def blamed(self, reason: str, detail: str) -> "Broken":
        return self


def test_workers_that_end_whatever_they_do_end_the_work_with_one_line() -> None:
    with pytest.raises(EngineError, match="did nothing"):
        list(in_order(InlineEngine(), [Broken(0, 1)]))


def test_a_deadline_interrupts_what_runs_too_long_and_nothing_else() -> None:
    with pytest.raises(OverdueError), within(0.05):
        sum(each for each in itertools.count() if each < 0)
    with within(0.05):
        time.sleep(0.2)  # who waits for a turn is not dear
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
