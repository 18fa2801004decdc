"""An engine that runs each task at once in this process: for tests of what comes of tasks, not of how they are run."""

from concurrent.futures import Future
from typing import Any


class InlineEngine:
    """Two workers' worth of tasks, none of them elsewhere."""

    n_workers = 2
    alive = True

    def __init__(self) -> None:
        self.n_submitted = 0

    def submit(self, task: Any) -> Future[Any]:
        self.n_submitted += 1
        future: Future[Any] = Future()
        try:
            future.set_result(task.run())
        except Exception as error:  # noqa: BLE001 (as an engine hands on whatever it was)
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing to stop."""
