"""The word lists that presskeep ships: spam lexicon, set phrases of boilerplate, words of paywalls, names of months.

Owns where they lie and what identifies them together. What is in them belongs to those who match them (clean/lexicon.py,
clean/phrases.py, paywall.py, calendars.py); whoever does so notes what it was asked (clean/trace.py).
"""

import hashlib
import json
from collections.abc import Mapping
from importlib import resources

SPAM = "spam.toml"
PHRASES = "boilerplate.toml"
PAYWALL = "paywall.toml"
MONTHS = "months.toml"
WORD_LISTS = (PHRASES, MONTHS, PAYWALL, SPAM)


def shipped(name: str) -> str:
    """Give a list as it is written."""
    return resources.files("presskeep_data").joinpath(name).read_text("utf-8")


def all_shipped() -> str:
    """Give all lists as one text, which `by_name` takes apart again."""
    return as_kept({name: shipped(name) for name in WORD_LISTS})


def as_kept(lists: Mapping[str, str]) -> str:
    """Give lists by their names as one text."""
    return json.dumps(lists, ensure_ascii=False)


def by_name(text: str) -> dict[str, str]:
    """Take lists apart."""
    return {str(name): str(each) for name, each in json.loads(text).items()}


def digest(data: bytes) -> str:
    """Give what identifies shipped data."""
    return hashlib.sha256(data).hexdigest()[:8]
