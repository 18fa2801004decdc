"""The set phrases of boilerplate, read from data/boilerplate.toml once a process.

Owns compiling them. Which line they may remove, and where on a page, is decided in lines.py.
"""

import re
import tomllib
from functools import cache
from importlib import resources


@cache
def phrases(group: str) -> re.Pattern[str]:
    """Give one group of phrases as a pattern for `match` on a `lower` text; KeyError where there is no such group."""
    return re.compile(_one_i(_sources()[group]))


def lower(text: str) -> str:
    """Give a text in lower case, with the one i that Turkish capitals leave; without case, patterns are a third slower."""
    return text.lower() if text.isascii() else _one_i(text.lower())


def _one_i(text: str) -> str:
    return text.replace("i\u0307", "i").replace("ı", "i")


def says(text: str, *groups: str) -> bool:
    """Tell whether a text begins with a phrase of one of these groups, or is one where a group wants the whole line."""
    lowered = lower(text)
    return any(phrases(group).match(lowered) for group in groups)


@cache
def _sources() -> dict[str, str]:
    text = resources.files("presskeep_data").joinpath("boilerplate.toml").read_text("utf-8")
    sources: dict[str, str] = {}
    for name, group in tomllib.loads(text).items():
        if isinstance(group, dict):
            joined = "|".join(group["patterns"])
            sources[name] = rf"^\W*(?:{joined})" + (r"\W*$" if group["whole"] else "")
    return sources
