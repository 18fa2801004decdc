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

    Where threads still work or somebody looks on (a profiler, a debugger), Python's own way out is taken.
    """
    import atexit
    import os
    import sys
    import threading

    code = 0 if end.code is None else end.code
    if not isinstance(code, int):
        raise end
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if sys.gettrace() is not None or sys.getprofile() is not None or any(not thread.daemon for thread in others):
        raise SystemExit(write_out(code)) from None
    atexit._run_exitfuncs()  # noqa: SLF001
    os._exit(write_out(code) & 0xFF)


def write_out(code: int) -> int:
    """Write what waits for stdout and stderr; give the exit code, which is 1 where there is no room for the output."""
    import os
    import sys

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except ValueError:  # closed by whoever ran the command from Python
            continue
        except OSError as error:
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):  # a reader that had enough is no fault
                from archive.cli.options import say_unwritten

                code = code if code == 1 else say_unwritten(error)
            # it would be tried again when the process ends, and Python would complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


if __name__ == "__main__":
    main()
