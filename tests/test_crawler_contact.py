"""The contact: asked for once, on a terminal, and kept in presskeep.toml."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from commands import environment, presskeep, sources_file


def crawl_on_a_terminal(archive: Path, sources: Path, typed: str) -> str:
    """Run a crawl with a terminal for stdin and stderr, type a line, and give what it said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler.start", "--archive", archive, "crawl", "--sources", sources],
        stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs, env=environment(),
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, f"{typed}\n".encode())
    said = b""
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:
        pass  # the other end is closed: the process has ended
    os.close(ours)
    process.wait(timeout=60)
    return said.decode()


def test_it_is_asked_for_once_and_comments_stay(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    settings = archive / "presskeep.toml"
    settings.write_text("# ours\ndelay = 0.5\n")
    sources = sources_file(tmp_path, {"Dead": "http://127.0.0.3:9/"})
    assert "publishers can reach you" in crawl_on_a_terminal(archive, sources, "me@paper.example")
    assert settings.read_text() == '# ours\ndelay = 0.5\ncontact = "me@paper.example"\n'
    assert "publishers can reach you" not in crawl_on_a_terminal(archive, sources, "")


def test_who_does_not_want_to_give_one_is_not_asked_again(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    sources = sources_file(tmp_path, {"Dead": "http://127.0.0.3:9/"})
    assert "(it goes into the user agent; empty: none)" in crawl_on_a_terminal(archive, sources, "")
    assert (archive / "presskeep.toml").read_text() == 'contact = ""\n'
    again = crawl_on_a_terminal(archive, sources, "")
    assert "(it goes into the user agent; empty: none)" not in again
    assert "no contact is set" in again


def test_under_cron_it_is_missed_once_and_not_in_every_mail(tmp_path: Path) -> None:
    sources = sources_file(tmp_path, {"Dead": "http://127.0.0.3:9/"})
    crawl = ("--archive", tmp_path / "archive", "crawl", "--sources", sources)
    assert "no contact is set" in presskeep(*crawl).stderr
    assert presskeep(*crawl).stderr == ""
    assert "no contact is set" in (tmp_path / "archive" / "logs" / "crawl.log").read_text()
