"""The limits of a worker: processor time, wherever it is spent, and not the time that others take from it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineError
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest
from pebble import ProcessExpired
from pebble.pool.channel import WorkerChannel

from pipelines import warm, workers
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
        pool = Workers(1)
        await pool.call(_prepared, seconds=60)
        try:
            return await pool.call(function, *args, seconds=seconds)
        finally:
            assert await pool.call(abs, -1, seconds=30) == 1
            pool.close()

    return asyncio.run(run())


@pytest.mark.parametrize("dear", [(_forever,), (pow, 3, 10**9)], ids=["in Python", "in C"])
def test_what_takes_too_much_processor_time_is_ended(dear: tuple[Any, ...]) -> None:
    with pytest.raises(DeadlineError):
        called(0.3, *dear)


def test_a_page_is_not_blamed_for_the_time_that_it_waits() -> None:
    assert called(0.5, time.sleep, 0.7) is None


def _die_in_its_turn() -> None:
    frame = sys._getframe()
    while not isinstance(frame.f_locals.get("channel"), WorkerChannel):
        assert frame.f_back is not None
        frame = frame.f_back
    frame.f_locals["channel"].mutex.acquire(timeout=30)
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_killed_in_its_turn_at_the_pipe_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "STUCK", 5)

    async def run() -> None:
        pool = Workers(2)
        await pool.call(_prepared, seconds=60)
        with pytest.raises((ProcessExpired, BrokenProcessPool)):
            await pool.call(_die_in_its_turn, seconds=30)
        try:
            assert await asyncio.gather(*(asyncio.wait_for(pool.call(abs, -n, seconds=30), 90) for n in range(6))) == [
                *range(6)
            ]
        finally:
            pool.close()

    asyncio.run(run())


def test_a_worker_begins_without_the_language_model_that_few_pages_need() -> None:
    code = "from pipelines.workers import prepare; from pipelines.language import _model; prepare(); print(_model.cache_info())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "currsize=0" in done.stdout, "it takes longer than all else"


def test_what_a_worker_paid_for_beforehand_is_what_a_page_needs() -> None:
    code = """if True:
        import re._compiler, sys
        from crawler.demo.content import load_newspapers
        from crawler.demo.pages import article_page
        from pipelines.items import Page
        from pipelines.warm import load, warm
        from pipelines.workers import read_page
        paper = load_newspapers(edition=1, changed_at=None)[0]
        body = article_page(paper, next(iter(paper.listed()))).encode()
        load(), warm()
        compile, compiled, modules = re._compiler.compile, [], set(sys.modules)
        re._compiler.compile = lambda *given: compiled.append(given) or compile(*given)
        assert read_page(Page(url="http://paper.example/a", body=body, content_type="text/html")).extraction.body
        print(len(compiled), *(name for name in sys.modules if name not in modules and "encodings" not in name))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n_compiled, *modules = done.stdout.split()
    assert not modules
    assert int(n_compiled) < 20, "a page without a beforehand compiles hundreds"


@pytest.mark.parametrize("is_there", [False, True])
def test_a_page_that_is_there_pays_for_what_it_needs_by_itself(
    monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    done = []
    monkeypatch.setattr(warm, "load", lambda: done.append("load"))
    monkeypatch.setattr(warm, "warm", lambda: done.append("warm"))
    monkeypatch.setattr(workers, "_a_page_is_there", event := threading.Event())
    if is_there:
        event.set()
    workers.prepare()
    assert done == (["load"] if is_there else ["load", "warm"])
