"""A crontab line and systemd units: what cron and systemd themselves would make of them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from commands import presskeep

from archive.errors import UsageError
from crawler.schedule import DAY, HOUR, MINUTE, WEEK, Schedule, crontab_line, systemd_units


def scheduled(every: float, archive: str = "/srv/news") -> Schedule:
    return Schedule(every=every, command=("/usr/bin/presskeep",), archive=Path(archive), user="daemon")


@pytest.mark.parametrize(
    ("every", "fields"),
    [
        (MINUTE, "* * * * *"),
        (15 * MINUTE, "*/15 * * * *"),
        (HOUR, "0 * * * *"),
        (6 * HOUR, "0 */6 * * *"),
        (DAY, "0 4 * * *"),
        (WEEK, "0 4 * * 1"),
    ],
)
def test_an_interval_becomes_the_five_fields_of_cron(every: float, fields: str) -> None:
    line = crontab_line(scheduled(every))
    assert line.split("  ")[0] == fields
    assert line.endswith("\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize("every", [7 * MINUTE, 90 * MINUTE, 5 * HOUR, 3 * DAY, 90])
def test_an_interval_that_cron_cannot_say_is_refused(every: float) -> None:
    with pytest.raises(UsageError, match="--systemd takes any"):
        crontab_line(scheduled(every))


def test_a_crontab_line_survives_spaces_quotes_and_percent_signs() -> None:
    line = crontab_line(scheduled(HOUR, "/srv/my news/50% 'off'"))
    command = line.split("  ", 1)[1].replace(r"\%", "%")  # what cron itself does to it
    said = subprocess.run(["sh", "-c", f"printf '%s|' {command}"], capture_output=True, text=True, check=True).stdout
    assert said.split("|")[:4] == ["/usr/bin/presskeep", "--archive", "/srv/my news/50% 'off'", "crawl"]
    assert "%" not in line.replace(r"\%", "")


def test_a_run_ends_before_the_next_one_begins() -> None:
    assert scheduled(10 * MINUTE).max_time < 600
    assert scheduled(WEEK).max_time == 12 * HOUR


@pytest.mark.parametrize("renders", [False, True])
def test_systemd_accepts_the_units(tmp_path: Path, *, renders: bool) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing: install systemd")
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    program = tmp_path / "my program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    archive = tmp_path / "the % news; $HOME"
    archive.mkdir()
    plan = Schedule(every=7 * MINUTE, command=(str(program),), archive=archive, user="daemon", renders=renders)
    for name, text in systemd_units(plan).items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", "--man=no", tmp_path / "presskeep.service", tmp_path / "presskeep.timer"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_prints_a_line_that_runs_this_program(tmp_path: Path) -> None:
    done = presskeep("schedule", "--every", "15m", "--archive", "news", "--ping", "https://hc.example/x", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("*/15 * * * *  ")
    assert f"--archive {tmp_path / 'news'} crawl --max-time" in done.stdout
    assert done.stdout.endswith("--ping https://hc.example/x\n")
    units = presskeep("schedule", "--every", "7m", "--systemd", "-o", tmp_path / "units", "--user", "news")
    assert units.returncode == 0
    assert "User=news\n" in (tmp_path / "units" / "presskeep.service").read_text()
    assert "OnUnitActiveSec=420\n" in (tmp_path / "units" / "presskeep.timer").read_text()


def test_a_source_that_is_rendered_gets_a_service_in_which_the_browsers_sandbox_works(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text('[sources."App"]\nurl = "http://app.example/"\nrender = true\n')
    said = {}
    for enabled in ("true", "false"):
        done = presskeep("schedule", "--every", "1h", "--systemd", "--archive", tmp_path)
        assert done.returncode == 0, done.stderr
        said[enabled] = done.stdout
        with (tmp_path / "sources.toml").open("a") as file:
            file.write("enabled = false\n")
    assert "RestrictNamespaces=user pid net\n" in said["true"]
    assert "SystemCallFilter=chroot capset seccomp" in said["true"]
    assert "RestrictNamespaces=yes\n" in said["false"]
    assert "chroot" not in said["false"]


def test_a_wrong_interval_is_one_line_and_exit_2() -> None:
    for every in ("7m", "10", "often"):
        done = presskeep("schedule", "--every", every)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
