"""Scrapy's TLS contexts, imported without a look at the sources of all that is loaded.

Owns the one import of them. They bring deprecated classes, each of which asks inspect.stack for the module that it is made in:
that reads the sources of the whole call stack and the paths of every module, a tenth of what `fetch` of one page takes.
"""

import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast


def _modules_of_callers() -> list[tuple[ModuleType]]:
    """Give the modules of the two innermost callers, each in the place where inspect.stack has the frame."""
    frames = sys._getframe(1), sys._getframe(2)  # noqa: SLF001
    return [(sys.modules[frame.f_globals["__name__"]],) for frame in frames]


@contextmanager
def _without_sources() -> Iterator[None]:
    """Let inspect.stack tell no more than the modules of its callers: what inspect.getmodule is then asked for is itself."""
    module = cast(Any, inspect)
    module.stack, whole = _modules_of_callers, inspect.stack
    try:
        yield
    finally:
        module.stack = whole


with _without_sources():
    importlib.import_module("scrapy.core.downloader.contextfactory")

from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory as ClientContextFactory  # noqa: E402

__all__ = ["ClientContextFactory"]
