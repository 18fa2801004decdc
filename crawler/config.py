"""The settings of an archive: `presskeep.toml` in its folder.

Owns that file's keys. Unknown keys and wrong types are refused with the key's name.
"""

import os
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive import __version__
from archive.drafts import drafted
from archive.errors import UsageError
from archive.settings_file import read_settings
from crawler.addresses import AddressPolicy
from crawler.sources import MOST_DELAY, rechecks_of

CONFIG = "presskeep.toml"
CONTACT_VARIABLE = "PRESSKEEP_CONTACT"
MOST_AT_ONCE = 1000
"""Processes, or requests under way."""
LEAST_TIMEOUT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What presskeep.toml may say."""

    contact: str | None = None
    """A mail address or page; it goes into the user agent, so that a publisher can reach you. Empty: nobody wants to give one."""
    allow: tuple[str, ...] = ()
    """Hosts (`intranet.example`, `10.0.0.5:8080`) and networks that may be asked although they are not public."""
    delay: float = 1.0
    """Seconds between two requests to one host, where the source does not say."""
    recheck: tuple[timedelta, ...] | None = None
    """The ages at which articles are looked at again, where the source does not say; None: as usual."""
    workers: int | None = None
    """Extraction processes; by default one a core."""
    concurrency: int = 32
    """Requests under way at once, over all hosts."""
    timeout: float = 30.0
    """Seconds that one answer may take, from the first byte asked to the last one sent."""


def load_config(folder: Path) -> Config:
    """Read an archive's settings; the defaults where it has none. Raises UsageError with the file and the key."""
    path = folder / CONFIG
    values = read_settings(path, {field.name for field in fields(Config)})
    contact = os.environ.get(CONTACT_VARIABLE) or _typed(path, values, "contact", str, None)
    allow = _typed(path, values, "allow", list, [])
    if not all(isinstance(entry, str) for entry in allow):
        raise UsageError(f"{path}: allow must be a list of strings")
    for entry in allow:
        try:
            AddressPolicy().list_entry(entry)
        except ValueError:
            raise UsageError(f"{path}: allow must list hosts, host:port and networks, not {entry!r}") from None
    recheck = rechecks_of(values["recheck"]) if "recheck" in values else None
    if isinstance(recheck, str):
        raise UsageError(f"{path}: recheck {recheck}")
    return Config(
        recheck=recheck,
        contact=contact,
        allow=tuple(allow),
        delay=float(_within(path, values, "delay", int | float, 1.0, bounds=(0, MOST_DELAY))),
        workers=_within(path, values, "workers", int, None, bounds=(1, MOST_AT_ONCE)),
        concurrency=_within(path, values, "concurrency", int, 32, bounds=(1, MOST_AT_ONCE)),
        timeout=float(_within(path, values, "timeout", int | float, 30.0, bounds=(LEAST_TIMEOUT, MOST_DELAY))),
    )


def _typed(path: Path, values: dict[str, Any], key: str, kind: Any, default: Any) -> Any:
    value = values.get(key, default)
    if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
        raise UsageError(f"{path}: {key} must be {getattr(kind, '__name__', 'a number')}, not {value!r}")
    return value


def _within(
    path: Path, values: dict[str, Any], key: str, kind: Any, default: Any, *, bounds: tuple[float, float]
) -> Any:
    value = _typed(path, values, key, kind, default)
    least, most = bounds
    if value is not default and not least <= value <= most:
        raise UsageError(f"{path}: {key} must be from {least:g} to {most:g}, not {value!r}")
    return value


def user_agent(config: Config) -> str:
    """Say who we are: honest, with a contact where one is set."""
    return f"presskeep/{__version__}" + (f" (+{config.contact})" if config.contact else "")


def address_policy(config: Config) -> AddressPolicy:
    """Give what may be connected to by these settings, and by the environment's proxies."""
    policy = AddressPolicy()
    for entry in config.allow:
        policy.list_entry(entry)
    policy.proxies.update(proxy_addresses())
    return policy


def proxy_addresses() -> set[tuple[str, int]]:
    """Give (host, port) of the proxies that the environment names."""
    from urllib.request import getproxies

    found = set()
    for url in getproxies().values():
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.hostname:
            found.add((parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)))
    return found


def keep_contact(folder: Path, contact: str) -> None:
    """Write a contact into presskeep.toml, with its comments left as they are; empty: nobody wants to give one."""
    import tomlkit

    path = folder / CONFIG
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        document["contact"] = contact
        folder.mkdir(parents=True, exist_ok=True)
        with drafted(path) as draft:
            draft.write_text(tomlkit.dumps(document), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
