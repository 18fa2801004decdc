"""The process that crawls a shard: `python -m crawler.shard_process FOLDER`. The ordinary crawl, into the archive in FOLDER.

Owns its end: it dies with the worker that started it, whose end of the pipe it reads.
"""

import os
import pickle
import signal
import sys
import threading
from pathlib import Path

from archive.errors import PresskeepError
from crawler.ping import Monitor
from crawler.run import crawl
from crawler.shard_worker import ARCHIVE, FAULT, JOB, ShardJob


def main(place: Path) -> int:
    """Crawl; what failed as a whole is said in a file."""
    threading.Thread(target=_die_with_the_worker, daemon=True).start()
    job = pickle.loads((place / JOB).read_bytes())  # noqa: S301 (written by our own worker, on this machine)
    assert isinstance(job, ShardJob)
    try:
        crawl(
            place / ARCHIVE,
            job.shard.sources,
            config=job.config,
            options=job.options,
            monitor=Monitor(None, job.config),
            part=job.shard.name,
        )
    except PresskeepError as error:
        (place / FAULT).write_text(str(error), encoding="utf-8")
        return error.exit_code
    return 0


def _die_with_the_worker() -> None:
    while os.read(0, 1):  # not sys.stdin: its lock, held here, would break the interpreter's own end
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
