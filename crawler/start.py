"""The command's entry: while it loads and when it is done, Ctrl-C ends it without a word, where Python would print a traceback."""

import signal


def main() -> None:
    """Load and run the command; who has Ctrl-C ignored (nohup, a shell's background jobs) keeps that."""
    heeds = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    if heeds:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from crawler.cli import run_main

    if heeds:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run_main()
    finally:
        if heeds:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
