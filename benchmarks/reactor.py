"""Run a presskeep command and note for how long its event loop was held up by one callback at most.

`python -m benchmarks.reactor RESULT COMMAND…`: RESULT becomes JSON, the longest callbacks in milliseconds, by what ran. Counted
is the CPU time of the loop's own thread, so that a busy machine does not count; what is imported before the loop runs, neither.
"""

import asyncio
import heapq
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

N_LONGEST = 10


class Watch:
    """Times each callback of every event loop in this process."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        self.longest: list[tuple[float, int, str]] = []
        self.n_callbacks = 0

    def install(self) -> None:
        """Begin to watch."""
        handles: Any = asyncio.Handle
        run: Callable[[Any], None] = handles._run  # noqa: SLF001 (the one door to all callbacks)

        def timed(handle: Any) -> None:
            name = repr(handle)  # a handle that has run forgets what it was
            before = time.thread_time()
            run(handle)
            self.note(time.thread_time() - before, name)

        handles._run = timed  # noqa: SLF001

    def note(self, seconds: float, name: str) -> None:
        """Count a callback, and keep it where it is among the longest."""
        self.n_callbacks += 1
        entry = (seconds, self.n_callbacks, name)
        if len(self.longest) < N_LONGEST:
            heapq.heappush(self.longest, entry)
        elif seconds > self.longest[0][0]:
            heapq.heapreplace(self.longest, entry)

    def as_json(self) -> str:
        """Write down what was seen."""
        found = sorted(self.longest, reverse=True)
        return json.dumps(
            {
                "callbacks": self.n_callbacks,
                "longest": [{"ms": round(1000 * seconds, 1), "number": n, "what": what} for seconds, n, what in found],
            },
            indent=1,
        )


def main(arguments: Sequence[str]) -> int:
    """Run the command; its exit code is given back."""
    from crawler.cli import main as presskeep

    result, *command = arguments
    watch = Watch()
    watch.install()
    code = 0
    try:
        with suppress(SystemExit):
            code = int(presskeep(command, standalone_mode=False) or 0)
    finally:
        Path(result).write_text(watch.as_json(), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
