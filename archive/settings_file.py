"""Files of settings: an archive's presskeep.toml, a user's config.toml.

Owns how such a file is read, and that no key in it goes unheeded. What the keys mean is their readers' own.
"""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from archive.errors import UsageError


def read_settings(path: Path, known: Collection[str]) -> dict[str, Any]:
    """Read a file of settings, none where it is not there; raises UsageError with the file and a key that is not known."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    for key in values:
        if key not in known:
            raise UsageError(f"{path}: unknown key {key!r} (known: {', '.join(sorted(known))})")
    return values
