"""A Dask cluster on loopback for tests: a scheduler and worker processes as `dask` starts them, no dashboard, no nanny."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from commands import environment

HERE = Path(__file__).parent


class DaskCluster:
    """A scheduler and `n_workers` worker processes with one thread each, all on 127.0.0.1."""

    def __init__(self, folder: Path, n_workers: int = 3, **changes: str) -> None:
        self.folder = folder
        self._n_workers = n_workers
        self._environment = environment(
            DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING="False",
            DASK_DISTRIBUTED__ADMIN__LOG_FORMAT="%(message)s",
            **changes,
        )
        self._environment["PYTHONPATH"] += os.pathsep + str(HERE)
        self._log = (folder / "cluster.log").open("ab")
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def __enter__(self) -> Self:
        port = _free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"
        )
        for _ in range(self._n_workers):
            self.add_worker()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            process.kill()
            process.wait()
        self._log.close()

    def add_worker(self) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        worker = self._start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--no-dashboard",
            "--local-directory", str(self.folder), "--memory-limit", "0",
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def kill_worker(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a worker as the kernel does when memory is short."""
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        self.workers.remove(worker)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            env=self._environment, stdout=self._log, stderr=self._log, cwd=self.folder,
        )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: str, happened: "object", seconds: float = 30.0) -> None:
    """Wait for something that happens in another process; fails with `what` where it does not."""
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
