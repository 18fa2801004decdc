import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import ArchiveError, BusyError
from archive.lock import hold, holder


def test_the_second_run_is_told_who_holds_the_archive(tmp_path: Path) -> None:
    with hold(tmp_path):
        with pytest.raises(BusyError, match=f"process {os.getpid()}, since 20") as caught, hold(tmp_path):
            pass
        assert caught.value.exit_code == 75
        assert (holder(tmp_path) or "").startswith(f"process {os.getpid()}")
    assert holder(tmp_path) is None
    with hold(tmp_path):
        pass


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from archive.lock import hold\n"
        "with hold(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with hold(tmp_path):
        pass


def test_a_waiting_run_gets_the_archive_when_it_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from archive.lock import hold\n"
        "with hold(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert other.stdin is not None
        other.stdin.close()
        with hold(tmp_path, wait=30):
            pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="cannot use"), hold(tmp_path / "file"):
        pass
    assert holder(tmp_path / "nowhere") is None
