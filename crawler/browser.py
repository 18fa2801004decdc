"""The browser for sources with `render = true`: which one, how it is started, and what one page may load with it.

Owns these rules; scrapy-playwright owns the browser's life. The page itself is never asked for by the browser: it is given
the answer that the crawl has fetched and kept. Of what the page wants then, scripts, styles and data of its own site are let
through, so many and no more; no frame, no second page, no picture, no socket.
"""

import asyncio
import contextlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

from archive.errors import UsageError
from crawler.sources import Source

EXTRA = "scrapy_playwright"
VARIABLE = "CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LOADED = frozenset({"script", "stylesheet", "xhr", "fetch"})
MOST_LOADED = 50
"""Requests of one page."""
NAVIGATION_SECONDS = 15.0
"""Until the page has loaded what it names."""
SETTLE_SECONDS = 5.0
"""For what its scripts ask then."""
RENDER_SECONDS = 40.0
"""For all of it, the start of the browser included."""
PAGES_AT_ONCE = 2
FLAGS = (
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
    "--mute-audio",
    "--dns-prefetch-disable",
    "--disable-shared-workers",  # they are no page's, so nobody would count what they ask
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # names are the proxy's to resolve, under the address guard
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--js-flags=--max-old-space-size=512",
)


def check(sources: Sequence[Source]) -> None:
    """Raise UsageError where a source is to be rendered and nothing can render it."""
    wanted = next((source for source in sources if source.render and source.enabled), None)
    if wanted is None:
        return
    why = f"source {wanted.name!r} has `render = true`"
    if importlib.util.find_spec(EXTRA) is None:
        raise UsageError(f"{why}, which needs the extra `render`: pip install 'presskeep[render]'")
    if chromium() is None:
        names = " or ".join(NAMES[::2])
        raise UsageError(f"{why}, which needs Chromium: install {names}, or let ${VARIABLE} name one")


def chromium() -> str | None:
    """Give the path of a Chromium: $CHROMIUM, or the first on the path."""
    found = os.environ.get(VARIABLE) or next((path for name in NAMES if (path := shutil.which(name))), None)
    return found if found and Path(found).exists() else None


def settings(timeout: float) -> dict[str, Any]:
    """Give Scrapy's settings for scrapy-playwright, an answer's `timeout` in seconds; the proxy's address comes when it listens."""
    return {
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": chromium(),
            "args": list(FLAGS),
            "headless": True,
            # root has no sandbox; whoever runs as root has chosen so
            "chromium_sandbox": os.geteuid() != 0,
            "timeout": RENDER_SECONDS * 1000,
        },
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": min(NAVIGATION_SECONDS, timeout) * 1000,
        "PRESSKEEP_RENDERS": True,
    }


def context_options(user_agent: str, *, insecure_tls: bool) -> dict[str, Any]:
    """Give the options of a page's own context: no memory of other pages, and honest about who asks."""
    return {
        "user_agent": user_agent,
        "accept_downloads": False,
        "service_workers": "block",
        "ignore_https_errors": insecure_tls,
        "reduced_motion": "reduce",
    }


@dataclass(kw_only=True)  # no slots: Playwright writes into the object that a handler is bound to
class Loads:
    """What one page loads: its own document from us, and a little of its own site."""

    url: str
    body: bytes
    headers: dict[str, str]
    owns: Callable[[str], bool]
    page: Any = None
    n_loaded: int = 0
    n_refused: int = 0
    given: bool = False
    """Whether the page has got its document."""
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def guard(self, page: Any) -> None:
        """Stand between a new page and everything that it may ask for."""
        self.page, self.given = page, False
        await page.context.route(
            "**/*", lambda route: route.abort("blockedbyclient")
        )  # other pages that this one opens
        await page.route("**/*", self.answer)
        await page.route_web_socket("**/*", lambda socket: socket.close())
        page.on("popup", lambda popup: popup.close())
        await self._guard_redirects(page)

    async def answer(self, route: Any) -> None:
        """Give the document, let through what may be loaded, and refuse all else."""
        request = route.request
        if request.is_navigation_request():
            if not self.given and request.frame == self.page.main_frame and _same(request.url, self.url):
                self.given = True
                await route.fulfill(status=200, headers=self.headers, body=self.body)
                return
        elif request.resource_type in LOADED and self.n_loaded < MOST_LOADED and self.owns(request.url):
            self.n_loaded += 1
            await route.fallback()  # to scrapy-playwright, which sets our user agent
            return
        self.n_refused += 1
        await route.abort("blockedbyclient")

    async def _guard_redirects(self, page: Any) -> None:
        """Look at each answer before Chromium follows it: Playwright lets redirects pass unseen."""
        tools = await page.context.new_cdp_session(page)

        def paused(event: dict[str, Any]) -> None:
            task = asyncio.ensure_future(self._answered(tools, event))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

        tools.on("Fetch.requestPaused", paused)
        await tools.send("Fetch.enable", {"patterns": [{"urlPattern": "*", "requestStage": "Response"}]})

    async def _answered(self, tools: Any, event: dict[str, Any]) -> None:
        """Let an answer pass; a redirect only as what it leads to would be let through."""
        from playwright.async_api import Error

        with contextlib.suppress(Error):  # the page is gone
            if not 300 <= event.get("responseStatusCode", 0) < 400 or self._leads_on(event):
                await tools.send("Fetch.continueRequest", {"requestId": event["requestId"]})
            else:
                self.n_refused += 1
                told = {"requestId": event["requestId"], "errorReason": "BlockedByClient"}
                await tools.send("Fetch.failRequest", told)

    def _leads_on(self, event: dict[str, Any]) -> bool:
        places = [each["value"] for each in event.get("responseHeaders", ()) if each["name"].lower() == "location"]
        try:
            if not all(self.owns(urljoin(event["request"]["url"], place)) for place in places):
                return False
        except ValueError:  # no URL
            return False
        self.n_loaded += len(places)
        return self.n_loaded <= MOST_LOADED


def _same(url: str, other: str) -> bool:
    return urldefrag(url)[0].rstrip("/") == urldefrag(other)[0].rstrip("/")


async def settle(page: Any, most_bytes: int) -> None:
    """Wait until a page asks for nothing more, then stop its scripts; raises ValueError where it has become too large.

    Its size is asked outside the page's own world, whose every answer the page can forge.
    """
    from playwright.async_api import TimeoutError as NotSettledError

    with contextlib.suppress(NotSettledError):
        await page.wait_for_load_state("networkidle", timeout=SETTLE_SECONDS * 1000)
    tools = await page.context.new_cdp_session(page)
    await tools.send("Emulation.setScriptExecutionDisabled", {"value": True})
    frame = (await tools.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    world = (await tools.send("Page.createIsolatedWorld", {"frameId": frame}))["executionContextId"]
    asked = {"expression": "document.documentElement.outerHTML.length", "contextId": world, "returnByValue": True}
    size = (await tools.send("Runtime.evaluate", asked))["result"].get("value") or 0
    if size > most_bytes:
        raise ValueError(f"the rendered page has {size} characters")
