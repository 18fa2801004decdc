"""A hosts file in the place of a name server: $PRESSKEEP_HOSTS, for tests and closed networks. Pure but for the reading."""

import os
from pathlib import Path

HOSTS_VARIABLE = "PRESSKEEP_HOSTS"


def hosts_path() -> Path | None:
    """Give the file that names come from, where one is set."""
    name = os.environ.get(HOSTS_VARIABLE)
    return Path(name) if name else None


def read_hosts(path: Path) -> dict[str, list[str]]:
    """Read `ADDRESS NAME…` lines as name -> addresses."""
    addresses: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        for name in names:
            addresses.setdefault(name.lower(), []).append(address)
    return addresses
