"""The command's entry: what a process does before its command runs, and when that is done.

While it loads and when it is done, Ctrl-C ends it without a word, where Python would print a traceback.
"""

import atexit
import gc
import os
import signal
import sys
import threading
from pathlib import Path


def main() -> None:
    """Load and run the command; who has Ctrl-C ignored (nohup, a shell's background jobs) keeps that."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started this (`>&-`): what would be said there is lost
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 (for as long as the process)
    heeds = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    if heeds:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # what is imported stays
    from crawler.cli import run_main

    gc.freeze()
    gc.enable()
    if heeds:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run_main()
    except SystemExit as end:
        if heeds:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        leave(end)
    finally:
        if heeds:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def leave(end: SystemExit) -> None:
    """End this process at once: Python would take all that was imported apart first, which takes as long as a search.

    Where threads still work, or the last output cannot be written, Python's own way out is taken.
    """
    code = 0 if end.code is None else end.code
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if not isinstance(code, int) or any(not thread.daemon for thread in others):
        raise end
    atexit._run_exitfuncs()  # noqa: SLF001
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # a reader that is gone
        raise end from None
    os._exit(code & 0xFF)
