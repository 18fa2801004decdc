"""Render the pages of sources with `render = true` in a browser, after they were fetched and kept like all others.

Stands where an answer is whole, decoded and final (order 540): robots.txt, delays, redirects, conditional requests and the
guards are those of every page. The rendered page is kept as a WARC record of its own and takes the answer's place; the
record of the answer goes on in `request.meta["shell"]`.
"""

import asyncio
import contextlib
import itertools
import logging
import re
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Request, Response

from crawler import browser
from crawler.guarding_proxy import GuardingProxy
from crawler.outcomes import Refused
from crawler.sources import Source
from pipelines.stages import session_of

logger = logging.getLogger(__name__)

HTML = "text/html; charset=utf-8"
CLOSE_SECONDS = 5.0
_NOT_GIVEN = frozenset(
    {b"content-encoding", b"content-length", b"transfer-encoding", b"connection", b"set-cookie", b"refresh"}
    | {b"content-security-policy-report-only", b"report-to", b"reporting-endpoints", b"nel"}  # nobody asked for reports
)
_REPORTS = re.compile(r"(?i)(^|[;,])\s*report-(?:uri|to)\b[^;,]*")
"""A directive of a policy; several policies of one page are joined by commas."""


class Rendering:
    """Downloader middleware: gives the page as readers see it, in place of the answer that makes it."""

    def __init__(self, crawler: Crawler) -> None:
        """Take scrapy-playwright's handler, which starts with the engine; the browser itself waits for the first page."""
        from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
        from twisted.internet import reactor

        # what fails here becomes an outcome
        logging.getLogger("scrapy-playwright").setLevel(logging.CRITICAL)
        self._session = session_of(crawler)
        self._agent: str = crawler.settings["USER_AGENT"]
        self._limit = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._numbers = itertools.count(1)
        self._room = asyncio.Semaphore(browser.PAGES_AT_ONCE)
        self._proxy = GuardingProxy(policy=crawler.settings["PRESSKEEP_ADDRESSES"], reactor=reactor)
        self._handler = ScrapyPlaywrightDownloadHandler.from_crawler(crawler)
        crawler.signals.connect(self._begin, signal=signals.engine_started)
        crawler.signals.connect(self._end, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Be there only where a source wants it: the extra may be missing."""
        if not crawler.settings.getbool("PRESSKEEP_RENDERS"):
            raise NotConfigured
        return cls(crawler)

    def _begin(self) -> None:
        # Playwright would let loopback bypass a proxy otherwise
        self._handler.config.launch_options["proxy"] = {"server": self._proxy.listen(), "bypass": "<-loopback>"}

    async def _end(self) -> None:
        self._proxy.close()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._handler.close(), CLOSE_SECONDS)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Render a page that asks for it; raises Refused where that fails."""
        source: Source | None = request.meta.get("render")
        if source is None or response.status != 200 or not _is_html(response):
            return response
        loads = browser.Loads(
            url=response.url, body=response.body, headers=given_headers(response.headers), owns=source.owns
        )
        async with self._room:
            name = f"page {next(self._numbers)}"
            try:
                html = await asyncio.wait_for(self._rendered(name, source, loads), browser.RENDER_SECONDS)
            except Exception as error:
                said = (str(error).strip().splitlines() or [""])[0][:300]
                logger.info("a page cannot be rendered url=%s error=%s %s", response.url, type(error).__name__, said)
                logger.debug("where", exc_info=error)
                raise Refused(
                    "render_failed", f"{type(error).__name__}: {said}", http_status=response.status
                ) from error
            finally:
                await self._put_away(name)
        await self._keep(request, response, html)
        logger.debug("rendered url=%s loaded=%s refused=%s", response.url, loads.n_loaded, loads.n_refused)
        return response.replace(body=html, headers={**response.headers, b"Content-Type": [HTML.encode()]})

    async def _rendered(self, name: str, source: Source, loads: browser.Loads) -> bytes:
        from scrapy_playwright.page import PageMethod

        async def guard(page: Any, _: Request) -> None:
            await loads.guard(page)
            # not before: scrapy-playwright goes on where this fails, and then nothing must get out
            let_through.enter_context(self._proxy.opened(source.owns, browser.MOST_LOADED))

        async def settle(page: Any) -> None:
            await browser.settle(page, self._limit)

        insecure = bool(source.rules.get("insecure_tls"))
        asked = Request(
            loads.url,
            headers={"User-Agent": self._agent},
            meta={
                "playwright": True,
                "playwright_context": name,
                "playwright_context_kwargs": browser.context_options(self._agent, insecure_tls=insecure),
                "playwright_page_init_callback": guard,
                "playwright_page_methods": [PageMethod(settle)],
                "playwright_include_page": True,
            },
            dont_filter=True,
        )
        with contextlib.ExitStack() as let_through:
            response = await self._handler.download_request(asked)
        if not loads.given:
            raise ValueError("the page was not guarded")
        return bytes(response.text.encode("utf-8", "replace"))

    async def _put_away(self, name: str) -> None:
        """Close a page's context; a browser that hangs is ended, and another one started for the next page."""
        made = self._handler.context_wrappers.get(name)
        if made is None:
            return
        try:
            await asyncio.wait_for(made.context.close(), CLOSE_SECONDS)
        except Exception as error:  # noqa: BLE001 (whatever it is, the browser goes)
            logger.warning("the browser hangs and is started anew error=%r", error)
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._handler.browser.close(), CLOSE_SECONDS)

    async def _keep(self, request: Request, response: Response, html: bytes) -> None:
        shell = request.meta.get("capture")
        if shell is None:
            return
        kept = await self._session.record_rendered(response.url, html, shell)
        request.meta["shell"] = shell
        request.meta["capture"] = kept


def _is_html(response: Response) -> bool:
    kind = (response.headers.get("Content-Type") or b"text/html").partition(b";")[0].strip().lower()
    return kind in {b"text/html", b"application/xhtml+xml"}


def given_headers(headers: Headers) -> dict[str, str]:
    """Give the headers that the browser must know: the type, the charset, the page's own policy."""
    given = {
        name.decode("latin-1"): b", ".join(values).decode("latin-1")
        for name, values in headers.items()
        if name.lower() not in _NOT_GIVEN
    }
    return {
        name: _REPORTS.sub(lambda found: found[1].strip(";"), value).strip(" ,")
        if name.lower() == "content-security-policy"
        else value
        for name, value in given.items()
    }
