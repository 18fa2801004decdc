"""A real browser for the tests of pages: the system's Chromium, which reaches loopback and nothing else."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
PHONE, TABLET, DESK = 400, 800, 1400


def chromium() -> str:
    """Give the path of a Chromium; skips the test where there is none, and fails it in CI."""
    found = os.environ.get("CHROMIUM") or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium: `make browser` installs it")
    pytest.skip("no Chromium on this machine: apt-get install chromium, or $CHROMIUM")


@contextmanager
def started() -> Iterator[Browser]:
    """Start the browser, with a new empty profile."""
    executable = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True, kw_only=True)
class Seen:
    """A page that was opened, and what the browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser,
    url: str,
    *,
    width: int = DESK,
    dark: bool = False,
    scripts: bool = True,
    bypass_csp: bool = False,
) -> Iterator[Seen]:
    """Open a page in a profile of its own; `scripts` says whether the browser has JavaScript."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        bypass_csp=bypass_csp,
        reduced_motion="reduce",
    )
    try:
        seen = Seen(page=context.new_page())
        seen.page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.goto(url)
        yield seen
    finally:
        context.close()


@cache
def _axe() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(browser: Browser, url: str, *, width: int = DESK, dark: bool = False) -> list[str]:
    """Let axe-core look for what keeps people out: every rule that it has, best practices, too."""
    # axe reads style sheets by itself, which our policy would forbid
    with opened(browser, url, width=width, dark=dark, bypass_csp=True) as seen:
        seen.page.evaluate(_axe())
        found: dict[str, Any] = seen.page.evaluate("axe.run()")
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
