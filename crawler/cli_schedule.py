"""The command `presskeep schedule`: a thin skin on crawler/schedule.py."""

import getpass
import shutil
import sys
from pathlib import Path

import click

from archive.cli.durations import seconds
from archive.cli.options import common, common_options, warn
from archive.errors import UsageError


@click.command()
@click.option("--every", callback=seconds, required=True, metavar="TIME", help="How often: 15m, 1h, 1d.")
@click.option("--cron", "form", flag_value="cron", default=True, help="A line for `crontab -e`.  [default]")
@click.option("--systemd", "form", flag_value="systemd", help="A service and a timer for systemd.")
@click.option("--ping", metavar="URL", help="Passed on to crawl: tell a monitor of each run.")
@click.option("--user", metavar="NAME", help="Whom the service runs as.  [default: you]")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="With --systemd: write the two files there.",
)  # fmt: skip
@common_options
def schedule(*, every: float, form: str, ping: str | None, user: str | None, output: Path | None) -> None:
    """Print what makes the crawl run by itself: a crontab line, or a hardened systemd service and timer.

    \b
    presskeep schedule --every 15m
    presskeep schedule --every 15m --systemd -o /etc/systemd/system
    systemctl daemon-reload && systemctl enable --now presskeep.timer
    """
    from crawler.registry import declared
    from crawler.schedule import MINUTE, Schedule, crontab_line, systemd_units

    if every < MINUTE:
        raise UsageError("--every must be a minute at least")
    plan = Schedule(
        every=every,
        command=program(),
        archive=common().folder.absolute(),
        arguments=("--ping", ping) if ping else (),
        user=user or getpass.getuser(),
        renders=any(source.render for source in declared() if source.enabled),
    )
    if form == "cron":
        if output is not None or user is not None:
            raise UsageError("-o and --user go with --systemd; a crontab is its user's own")
        click.echo(crontab_line(plan), nl=False)
        return
    units = systemd_units(plan)
    if output is None:
        click.echo("\n".join(f"# {name}\n{text}" for name, text in units.items()), nl=False)
        return
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            (output / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write to {output}: {error.strerror}") from error
    warn(
        f"wrote {' and '.join(units)} to {output}: `systemctl daemon-reload`, `systemctl enable --now presskeep.timer`"
    )


def program() -> list[str]:
    """Give the command that is running now, as cron and systemd can find it."""
    invoked = Path(sys.argv[0])
    if invoked.name == "presskeep":
        found = shutil.which(str(invoked)) or shutil.which("presskeep")
        if found:
            return [str(Path(found).absolute())]
    return [sys.executable, "-m", "crawler.start"]
