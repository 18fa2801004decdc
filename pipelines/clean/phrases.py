"""The set phrases of boilerplate, read from data/boilerplate.toml once a process.

Owns compiling them. Which line they may remove, and where on a page, is decided in lines.py. What they are asked is
noted (trace.py).
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from pipelines.clean.trace import listener
from pipelines.word_lists import PHRASES, shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Phrases that mean the same."""

    patterns: tuple[str, ...]
    """Of which one must match a text in lower case from its first letter or digit on."""
    whole: bool
    """To its last, too."""

    @property
    def source(self) -> str:
        """One pattern for all."""
        return rf"^\W*(?:{'|'.join(self.patterns)})" + (r"\W*$" if self.whole else "")


def groups_of(text: str) -> dict[str, Group]:
    """Read the groups of a file by their names; what the parts of one of another form raise is the parser's."""
    return {
        name: Group(patterns=tuple(map(_one_i, group["patterns"])), whole=bool(group["whole"]))
        for name, group in tomllib.loads(text).items()
        if isinstance(group, dict)
    }


@cache
def _groups() -> dict[str, Group]:
    return groups_of(shipped(PHRASES))


@cache
def phrases(group: str) -> re.Pattern[str]:
    """Give one group of phrases as a pattern for `match` on a `lower` text; KeyError where there is no such group.

    Who asks it notes the text (trace.py).
    """
    return re.compile(_groups()[group].source)


def lower(text: str) -> str:
    """Give a text in lower case, with the one i that Turkish capitals leave; without case, patterns are a third slower."""
    return text.lower() if text.isascii() else _one_i(text.lower())


def _one_i(text: str) -> str:
    return text.replace("i\u0307", "i").replace("ı", "i")


def says(text: str, *groups: str) -> bool:
    """Tell whether a text begins with a phrase of one of these groups, or is one where a group wants the whole line."""
    lowered = lower(text)
    if (asked := listener()) is not None:
        asked.texts.add(lowered)
    return any(phrases(group).match(lowered) for group in groups)
