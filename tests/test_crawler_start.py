"""The command's entry: what Ctrl-C does before, while and after the command runs, and how the process ends."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.start import main


@pytest.mark.parametrize(
    ("before", "meanwhile", "behind"),
    [
        (signal.default_int_handler, signal.default_int_handler, signal.SIG_DFL),
        (signal.SIG_IGN, signal.SIG_IGN, signal.SIG_IGN),
    ],
    ids=["heeded", "ignored"],
)
def test_ctrl_c_is_the_commands_while_it_runs_and_silent_before_and_behind(
    monkeypatch: pytest.MonkeyPatch, before: Any, meanwhile: Any, behind: Any
) -> None:
    seen: list[Any] = []
    command = SimpleNamespace(run_main=lambda: seen.append(signal.getsignal(signal.SIGINT)))
    monkeypatch.setitem(sys.modules, "crawler.cli", command)
    found = signal.signal(signal.SIGINT, before)
    try:
        main()
        assert seen == [meanwhile]
        assert signal.getsignal(signal.SIGINT) == behind
    finally:
        signal.signal(signal.SIGINT, found)


@pytest.mark.parametrize(("closed", "left"), [(">&-", b""), ("<&-", b"presskeep 0."), ("2>&-", b"presskeep 0.")])
def test_a_stream_that_is_closed_takes_what_is_said_and_gives_nothing(closed: str, left: bytes) -> None:
    command = f'"$0" -c "from crawler.start import main; main()" --version {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith(left)
    assert (done.stdout == b"") == (left == b"")
    assert done.stderr == b""


@pytest.mark.parametrize("module", ["crawler.start", "crawler.cli"])
def test_the_command_is_a_module_too(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout[:12], done.stderr) == (0, b"presskeep 0.", b"")


def ended(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that ends as the command does."""
    code = f"import atexit, sys, threading, time\nfrom crawler.start import leave\n{program}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("code", "gives"), [("None", 0), ("0", 0), ("3", 3), ("130", 130)])
def test_a_command_ends_with_its_code_its_output_and_what_was_to_be_done_at_the_end(code: str, gives: int) -> None:
    done = ended(f"atexit.register(print, 'at the end'); print('said'); leave(SystemExit({code})); print('still here')")
    assert (done.returncode, done.stdout, done.stderr) == (gives, "said\nat the end\n", "")


def test_a_command_takes_nothing_apart_when_it_ends() -> None:
    done = ended("class Late:\n def __del__(self): print('taken apart')\nlate = Late(); leave(SystemExit(0))")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_thread_that_still_works_is_waited_for() -> None:
    done = ended("threading.Thread(target=lambda: (time.sleep(0.2), print('done'))).start(); leave(SystemExit(4))")
    assert (done.returncode, done.stdout) == (4, "done\n")


def test_a_reader_that_is_gone_is_no_reason_for_a_code_of_success() -> None:
    read, write = os.pipe()
    os.close(read)
    code = "import sys; from crawler.start import leave; sys.stdout = open(1, 'w'); print('x'); leave(SystemExit(0))"
    done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(write)
    assert done.returncode == 120, "as Python itself has it"
