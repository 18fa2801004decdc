"""The set phrases of boilerplate, read from data/boilerplate.toml once a process.

Owns compiling them. Which line they may remove, and where on a page, is decided in lines.py.
"""

import re
import tomllib
from functools import cache
from importlib import resources


@cache
def phrases(group: str) -> re.Pattern[str]:
    """Give one group of phrases as a pattern for `match`; KeyError where there is no such group."""
    return re.compile(_sources()[group])


@cache
def _sources() -> dict[str, str]:
    text = resources.files("presskeep_data").joinpath("boilerplate.toml").read_text("utf-8")
    sources: dict[str, str] = {}
    for name, group in tomllib.loads(text).items():
        if isinstance(group, dict):
            joined = "|".join(group["patterns"])
            sources[name] = rf"(?i)^\W*(?:{joined})" + (r"\W*$" if group["whole"] else "")
    return sources
