"""Durations and sizes as people type them: `90`, `90s`, `20m`, `2h`, `7d`, `2w`, `2y`; `500M`, `2G`. Pure."""

import re

import click

from archive.disk import parse_size

UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 365 * 86_400}
"""A year is 365 days."""
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhdwy]?)")


def seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Read an option's duration as seconds."""
    if value is None:
        return None
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise click.BadParameter(f"{value!r} is no duration: 90s, 20m, 2h")
    return float(found[1]) * UNITS[found[2]]


def some_seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Read an option's duration, which must be more than nothing, as seconds."""
    found = seconds(context, parameter, value)
    if found == 0:
        raise click.BadParameter("must be more than 0")
    return found


def size(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """Read an option's size as bytes: `500M`, `2G` (powers of 1000)."""
    if value is None:
        return None
    found = parse_size(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no size: 500M, 2G")
    return found
