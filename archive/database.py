"""sqlite-utils, as the archive uses it: without numpy and pandas.

Owns the one import of it. sqlite-utils imports both wherever they are installed, to name the column types of their values, which
no archive holds: 78 MB and half a second for each run of a crawl beside pandas, 20 MB with numpy alone.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

_NOT_WANTED = ("numpy", "pandas")


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    """Let imports of modules fail that have not been imported yet; sqlite-utils then goes on without them."""
    hidden = [name for name in names if name not in sys.modules]
    modules = cast(dict[str, Any], sys.modules)
    modules.update(dict.fromkeys(hidden))  # None stands for "there is no such module"
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]


with _without(_NOT_WANTED):
    importlib.import_module("sqlite_utils")

from sqlite_utils import Database  # noqa: E402
from sqlite_utils.migrations import Migrations  # noqa: E402

__all__ = ["Database", "Migrations"]
