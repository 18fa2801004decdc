"""Tasks on a Dask cluster of real processes on loopback: what holds on one machine, and workers that die."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dask_cluster import DaskCluster, wait_until
from test_pipelines_engine import Count, Failing, Numbers

from archive.errors import UsageError
from pipelines.cluster import ClusterError, DaskEngine
from pipelines.engine import in_order


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path_factory.mktemp("cluster"), 3) as started:
        yield started


def test_batches_come_in_the_order_of_the_tasks_and_nothing_is_lost_to_bad_items(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    tasks = [
        Count(0, 25),
        Count(25, 40, kills=(27,)),
        Count(40, 50, folder=str(tmp_path), dies_once=(41, 44)),
        Count(50, 53, hangs=(51,), seconds=0.7),
        Count(53, 60),
    ]
    with DaskEngine(cluster.address) as engine:
        wait_until("three workers", lambda: engine.n_workers == 3)
        found = [number for batch in in_order(engine, tasks) for number in batch.found]
        with pytest.raises(UsageError, match="no such file"):
            list(in_order(engine, [Failing(0, 1)]))
    expected = [str(number) for number in range(60)]
    expected[27], expected[51] = "27: worker_died", "51: too_complex"
    assert found == expected
    assert all(worker.poll() is None for worker in cluster.workers), "a page must cost its own process alone"


@dataclass(frozen=True)
class Slow:
    """Takes its time, and leaves a mark that it began."""

    number: int
    folder: str
    seconds: float = 20.0

    def run(self) -> Numbers:
        Path(self.folder, f"{self.number}-{time.monotonic_ns()}").touch()
        time.sleep(0.4)
        return Numbers((str(self.number),))

    def alone(self) -> None:
        return None

    def blamed(self, reason: str, detail: str) -> "Slow":
        raise AssertionError(f"task {self.number} is blamed: {reason} {detail}")


def test_workers_that_are_killed_in_the_middle_lose_nothing_and_double_nothing(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    with DaskEngine(cluster.address) as engine:
        engine.submit(Count(0, 1)).result()
        batches = in_order(engine, [Slow(number, str(tmp_path)) for number in range(18)])
        found = list(next(batches).found)
        for n_begun in (5, 9):
            wait_until("tasks run", lambda n=n_begun: len(list(tmp_path.iterdir())) >= n)
            cluster.kill_worker(cluster.workers[0])
            cluster.add_worker()
        found += [number for batch in batches for number in batch.found]
    assert found == [str(number) for number in range(18)]
    assert len(list(tmp_path.iterdir())) > 18, "what a dead worker had begun was begun again"


def test_a_cluster_that_is_not_there_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"write tcp://{address}"):
            DaskEngine(address)
        with pytest.raises(ClusterError, match=f"no Dask scheduler answers at tcp://{address}"):
            DaskEngine(f"tcp://{address}", wait=0.5)


def test_a_cluster_without_workers_is_said_in_one_line(tmp_path: Path) -> None:
    with DaskCluster(tmp_path, 0) as idle, pytest.raises(ClusterError, match="has no workers"):
        DaskEngine(idle.address, wait=3)
