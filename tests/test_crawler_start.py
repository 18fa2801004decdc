"""The command's entry: what Ctrl-C does before, while and after the command runs."""

import signal
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
