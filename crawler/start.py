"""The command's entry: what a process does before its command runs, and when that is done.

While it loads and when it is done, Ctrl-C ends it without a word, where Python would print a traceback: so nothing is imported
here before that is seen to.
"""

import signal


def main() -> None:
    """Load and run the command, as `presskeep` and `python -m crawler.start` do.

    Who has Ctrl-C ignored (nohup, a shell's background jobs) keeps that.
    """
    heeds = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    if heeds:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    open_closed_streams()
    from pipelines.memory import without_garbage

    with without_garbage():
        from crawler.cli import run_main

    if heeds:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        try:
            run_main()
        finally:
            if heeds:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
    except SystemExit as end:
        leave(end)


def open_closed_streams() -> None:
    """Take streams that were closed by whoever started this (`>&-`) as ones that nobody reads and that are empty."""
    import os
    import sys

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 (for as long as the process)


def leave(end: SystemExit) -> None:
    """End this process at once: Python would take all that was imported apart first, which takes as long as a search.

    Where threads still work, the last output cannot be written or somebody looks on (a profiler, a debugger), Python's own way
    out is taken.
    """
    import atexit
    import os
    import sys
    import threading

    code = 0 if end.code is None else end.code
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    watched = sys.gettrace() is not None or sys.getprofile() is not None
    if not isinstance(code, int) or watched or any(not thread.daemon for thread in others):
        raise end
    atexit._run_exitfuncs()  # noqa: SLF001
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # a reader that is gone
        raise end from None
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
