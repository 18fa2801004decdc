"""The log of an archive's crawls: logs/crawl.log, which rotates, so that a year of runs fits in a few megabytes.

Owns that file. A run with nothing to do writes nothing to it; the caller holds the archive's lock.
"""

import contextlib
import logging
import logging.handlers
import sys
import time
from collections.abc import Iterator
from pathlib import Path

FOLDER = "logs"
NAME = "crawl.log"
MOST_BYTES = 2_000_000
N_EARLIER = 4

logger = logging.getLogger(__name__)


class _LogFile(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's interface)
        """Lose a line where it cannot be written: the run itself says that the disk is full, not a traceback."""


def log_path(folder: Path) -> Path:
    """Give the log's place."""
    return folder / FOLDER / NAME


@contextlib.contextmanager
def kept_log(folder: Path) -> Iterator[None]:
    """Write our own remarks and the errors of the libraries to the log until the run ends, tracebacks too."""
    path = log_path(folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(
            path, maxBytes=MOST_BYTES, backupCount=N_EARLIER, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        # a full disk or a read-only folder is said by what matters more
        logger.warning("no log can be written path=%s error=%s", path, error)
        yield
        return
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    handler.addFilter(_worth_keeping)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    except Exception:
        # to the file alone: on stderr a run ends in one line
        handler.handle(logger.makeRecord(logger.name, logging.ERROR, __file__, 0, "the run failed", (), sys.exc_info()))
        raise
    finally:
        root.removeHandler(handler)
        with contextlib.suppress(OSError):  # a full disk takes no last line
            handler.close()


def _worth_keeping(record: logging.LogRecord) -> bool:
    ours = record.name.startswith(("crawler", "pipelines", "archive"))
    return record.levelno >= (logging.INFO if ours else logging.ERROR)
