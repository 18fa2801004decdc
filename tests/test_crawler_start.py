"""The command's entry: what Ctrl-C does before, while and after the command runs, and how the process ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from archives import make_archive

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


@pytest.mark.parametrize("command", ["stats", "search a", "export", "--help", "stats --help"])
def test_a_reader_that_has_had_enough_is_no_fault(command: str, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run_into(write, command, tmp_path)
    os.close(write)
    assert (done.returncode, *said(done)) == (0,)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["stats", "search a", "export", "--help", "--version", "stats --help"])
def test_what_finds_no_room_is_one_line_and_no_success(command: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = run_into(full.fileno(), command, tmp_path)
    assert (done.returncode, *said(done)) == (1, "presskeep: the output cannot be written: No space left on device")


def test_a_pipe_to_a_process_of_our_own_that_breaks_is_no_reader_that_has_had_enough() -> None:
    code = """if True:
        import click
        from archive.cli.options import Commands
        def broken():
            raise BrokenPipeError(32, "Broken pipe")
        Commands("presskeep", commands={"fetch": click.Command("fetch", callback=broken)})(["fetch"])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "of presskeep's own has ended" in done.stderr) == (1, True)


def run_into(stdout: int, command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command on an archive of one article."""
    make_archive(folder, [{"headline": "A flood", "body": "a dam broke", "published": "2024-03-05"}])
    return subprocess.run(
        [sys.executable, "-m", "crawler.start", "--archive", str(folder), *command.split()],
        stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
    )  # fmt: skip


def said(done: "subprocess.CompletedProcess[str]") -> list[str]:
    """What was said of trouble: not how many articles there are."""
    return [line for line in done.stderr.splitlines() if "articles" not in line]
