"""The limits of a worker: processor time, wherever it is spent, and not the time that others take from it."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineError
from typing import Any

import pytest

from pipelines.workers import PREPARING, Workers


def _forever() -> None:
    while True:
        pass


def _prepared() -> None:
    for thread in threading.enumerate():
        if thread.name == PREPARING:
            thread.join()


def called(seconds: float, function: Callable[..., Any], *args: Any) -> Any:
    """What a call gives in a pool of one process, which must be good for another call afterwards."""

    async def run() -> Any:
        workers = Workers(1)
        await workers.call(_prepared, seconds=60)
        try:
            return await workers.call(function, *args, seconds=seconds)
        finally:
            assert await workers.call(abs, -1, seconds=30) == 1
            workers.close()

    return asyncio.run(run())


@pytest.mark.parametrize("dear", [(_forever,), (pow, 3, 10**9)], ids=["in Python", "in C"])
def test_what_takes_too_much_processor_time_is_ended(dear: tuple[Any, ...]) -> None:
    with pytest.raises(DeadlineError):
        called(0.3, *dear)


def test_a_page_is_not_blamed_for_the_time_that_it_waits() -> None:
    assert called(0.5, time.sleep, 0.7) is None


def test_a_worker_begins_without_the_language_model_that_few_pages_need() -> None:
    code = "from pipelines.workers import prepare; from pipelines.language import _model; prepare(); print(_model.cache_info())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "currsize=0" in done.stdout, "it takes longer than all else"
