"""Run a command and measure its whole process tree: wall time, CPU and peak memory.

Owns reading /proc; where there is none (not Linux), what tells the main process from its workers is unknown. The total
is the kernel's own, from wait4: user and system time of the command and of all children that it has waited for.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from resource import struct_rusage

ROOT = Path(__file__).parent.parent
POLL = 0.02
SAMPLE = 0.2
"""Seconds between two looks at the tree: what a process did after the last one before its end is counted to the main process."""
TICK = os.sysconf("SC_CLK_TCK")


class CommandError(Exception):
    """A measured command did not end well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a command took: seconds and megabytes. `worker_cpu` is all its child processes', `worker_mb` the largest one's."""

    wall: float
    cpu: float
    worker_cpu: float | None
    main_mb: float
    worker_mb: float | None
    main_over_time: tuple[float, ...] = ()
    """What the main process held, at ten moments spread over the run."""

    @property
    def main_cpu(self) -> float | None:
        return None if self.worker_cpu is None else self.cpu - self.worker_cpu


@dataclass(slots=True)
class Seen:
    """What was last seen of a process."""

    cpu: float = 0.0
    megabytes: float = 0.0
    held: list[float] = field(default_factory=list)
    """Megabytes at each look."""


def measure(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    timeout: float,
    accepted: Sequence[int] = (0,),
    stdin: Path = Path(os.devnull),
) -> Usage:
    """Run a command to its end. Raises CommandError where it exits with another code, or takes over `timeout` seconds.

    It is a session of its own, so that all its processes are found, whoever their parent is by then.
    """
    with log.open("wb") as output, stdin.open("rb") as given:
        started_at = time.monotonic()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=given, stdout=output, stderr=output, start_new_session=True
        )
        seen: dict[int, Seen] = {}
        try:
            status, usage = wait(process.pid, seen, until=started_at + timeout)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, TimeoutError):
                raise CommandError(f"{' '.join(command)}: not done after {timeout:g} s") from error
            raise
        wall = time.monotonic() - started_at
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        raise CommandError(f"{' '.join(command)}: exit code {process.returncode}\n{tail(log)}")
    main = seen.pop(process.pid, None)
    return Usage(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        worker_cpu=sum(worker.cpu for worker in seen.values()) if main else None,
        # without /proc: of the main process or its largest child, in bytes on macOS
        main_mb=main.megabytes if main else usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10),
        worker_mb=max((worker.megabytes for worker in seen.values()), default=0.0) if main else None,
        main_over_time=tuple(main.held[len(main.held) * tenth // 10] for tenth in range(10))
        if main and main.held
        else (),
    )


def wait(pid: int, seen: dict[int, Seen], *, until: float) -> tuple[int, struct_rusage]:
    """Wait for a process, looking at its session now and then; raises TimeoutError at `until` (monotonic seconds)."""
    looked_at = 0.0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, usage
        now = time.monotonic()
        if now > until:
            raise TimeoutError
        if now - looked_at > SAMPLE:
            looked_at = now
            look(pid, seen)
        time.sleep(POLL)


def look(session: int, seen: dict[int, Seen]) -> None:
    """Note the CPU seconds and the peak memory of each process of a session (proc(5))."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            # after the name, which may hold anything: state ppid pgrp session … utime and stime are 12th and 13th
            fields = (path / "stat").read_text(encoding="latin-1").rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            status = (path / "status").read_text(encoding="latin-1")
        except OSError:  # it has just ended
            continue
        found = seen.setdefault(int(path.name), Seen())
        found.cpu = (int(fields[11]) + int(fields[12])) / TICK
        if "VmHWM:" in status:  # a zombie has none
            found.megabytes = _kilobytes(status, "VmHWM:") / 1024
            found.held.append(_kilobytes(status, "VmRSS:") / 1024)


def _kilobytes(status: str, name: str) -> int:
    return int(status.partition(name)[2].split()[0])


def tail(log: Path, n_lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-n_lines:])
