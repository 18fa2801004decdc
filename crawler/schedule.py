"""A crawl at regular intervals, as text to install: a crontab line, or a hardened systemd service with its timer.

Pure: it writes nothing and installs nothing. What cron cannot say, it refuses with the intervals that it can.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.errors import UsageError

MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 604_800
NAME = "presskeep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is to run, how often, as whom."""

    every: float
    """Seconds."""
    command: Sequence[str]
    """The program with its first arguments: absolute, since cron and systemd know no PATH of yours."""
    archive: Path
    arguments: Sequence[str] = ()
    user: str = NAME
    renders: bool = False
    """A source wants a browser, whose own sandbox needs what the service forbids otherwise."""

    @property
    def max_time(self) -> int:
        """Seconds after which a run ends in good order: before the next one begins, 12 hours at most."""
        return int(min(self.every * 0.9, 12 * HOUR))

    @property
    def words(self) -> list[str]:
        """Give the words of the command."""
        fixed = [*self.command, "--archive", str(self.archive), "crawl", "--max-time", f"{self.max_time}s"]
        return [*fixed, *self.arguments]


def crontab_line(schedule: Schedule) -> str:
    """Give the line of a crontab; raises UsageError for an interval that cron's five fields cannot say."""
    # in a crontab an unescaped % ends the command
    command = shlex.join(schedule.words).replace("%", r"\%")
    return f"{_fields(schedule.every)}  {command}\n"


def _fields(every: float) -> str:
    if every == WEEK:
        return "0 4 * * 1"
    if every == DAY:
        return "0 4 * * *"
    hours, rest = divmod(every, HOUR)
    if not rest and 0 < hours < 24 and 24 % hours == 0:
        return "0 * * * *" if hours == 1 else f"0 */{hours:.0f} * * *"
    minutes, rest = divmod(every, MINUTE)
    if not rest and 0 < minutes < 60 and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes:.0f} * * * *"
    raise UsageError(
        "cron cannot say that interval: minutes that divide an hour (5m, 10m, 15m, 30m), hours that divide a day"
        " (1h, 2h, 6h, 12h), 1d or 7d; --systemd takes any"
    )


def systemd_units(schedule: Schedule) -> dict[str, str]:
    """Give a service and its timer by their file names."""
    every = int(schedule.every)
    return {f"{NAME}.service": _service(schedule), f"{NAME}.timer": _TIMER.format(every=every, spread=every // 20)}


def _service(schedule: Schedule) -> str:
    return _SERVICE.format(
        user=schedule.user,
        command=" ".join(map(_quoted, schedule.words)),
        archive=_quoted(str(schedule.archive)),
        patience=schedule.max_time + 120,
        **(_BROWSER if schedule.renders else _NO_BROWSER),
    )


def _quoted(word: str) -> str:
    """Quote a word as systemd reads it: % and $ are its own (systemd.service(5), systemd.syntax(7))."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{word}"' if not word or any(mark in word for mark in " \t;'\"\\#") else word


_NO_BROWSER = {"namespaces": "yes", "families": "AF_INET AF_INET6 AF_UNIX", "browser": ""}
_BROWSER = {
    "namespaces": "user pid net",
    "families": "AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "browser": """\
# Chromium shuts its pages in by these, in namespaces of its own
SystemCallFilter=chroot capset seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self @pkey
Environment=XDG_CONFIG_HOME=/tmp XDG_CACHE_HOME=/tmp
""",
}

_SERVICE = """\
[Unit]
Description=presskeep: crawl news sources into the archive
Documentation=man:systemd.exec(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
ExecStart={command}
# 75: a run that somebody began by hand holds the archive; the next turn will do
SuccessExitStatus=75
TimeoutStartSec={patience}
TimeoutStopSec=30
Nice=10
UMask=0027
# it may write its archive, and nothing else
ProtectSystem=strict
ReadWritePaths={archive}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RestrictNamespaces={namespaces}
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
RestrictAddressFamilies={families}
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
{browser}"""

_TIMER = """\
[Unit]
Description=presskeep: when to crawl

[Timer]
OnBootSec=60
OnUnitActiveSec={every}
# not every reader of a publisher at the same second
RandomizedDelaySec={spread}
AccuracySec=10
Unit=presskeep.service

[Install]
WantedBy=timers.target
"""
