"""Run the command as a user does, in a process of its own, with no way to any name server."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command: no proxy, no archive and no contact of this machine's, and no name resolves."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("PRESSKEEP_")
    }
    return {**kept, "PRESSKEEP_HOSTS": os.devnull, "PYTHONPATH": str(HERE.parent), **changes}


def presskeep(
    *arguments: str | Path, stdin: str | None = None, cwd: Path | None = None, timeout: float = 60, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run `presskeep` with these arguments and wait for it."""
    return subprocess.run(
        [sys.executable, "-m", "crawler.start", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
        env=environment(**changes),
        check=False,
    )


def sources_file(folder: Path, sources: Mapping[str, str], **settings: Any) -> Path:
    """Write a sources file: name -> url, each without delay; `settings` are TOML values for each source."""
    path = folder / "sources-under-test.toml"
    lines = []
    for name, url in sources.items():
        lines += [
            f'[sources."{name}"]',
            f'url = "{url}"',
            "delay = 0",
            *(f"{key} = {value}" for key, value in settings.items()),
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def rows(archive: Path, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Ask the archive."""
    db = sqlite3.connect(archive / "archive.db")
    try:
        return [tuple(row) for row in db.execute(sql, parameters)]
    finally:
        db.close()


def outcomes(archive: Path) -> dict[str, str]:
    """Give the outcome word of each URL that has one."""
    return dict(rows(archive, "SELECT url, outcome FROM links WHERE outcome IS NOT NULL"))
