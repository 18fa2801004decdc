"""What both spiders do with an answer: turn it, or the error in its place, into a page item.

Owns how a Scrapy response becomes a PageItem. Not a spider itself.
"""

import json
import logging
from dataclasses import replace
from functools import partial
from typing import Any

from scrapy import Spider
from scrapy.http import Request, Response
from twisted.python.failure import Failure as TwistedFailure

from archive.errors import ArchiveError
from archive.records import Link
from crawler.opt_outs import as_text, from_page
from crawler.outcomes import failure_of, status_failure
from pipelines.decode import ends_early
from pipelines.items import Failure, Page, PageItem, Part
from pipelines.stages import session_of

logger = logging.getLogger(__name__)


class PageSpider(Spider):
    """Asks for links and gives one page item for each, whatever happens."""

    def page_request(self, link: Link, *, source_id: int | None, **meta: Any) -> Request:
        """Ask for a link, conditionally where the last answer left validators."""
        own = {"source_id": source_id, "purpose": "page", **meta}
        headers = {}
        # a page that scripts fill may have changed although its own bytes have not
        if link.article_id is not None and "render" not in meta:
            if link.etag:
                headers["If-None-Match"] = link.etag
            if link.last_modified:
                headers["If-Modified-Since"] = link.last_modified
        return Request(
            link.url,
            headers=headers,
            callback=self.page,
            errback=self.page_failed,
            cb_kwargs={"link": link},
            meta={**own, "asks_with": own},
            dont_filter=True,
        )

    def page(self, response: Response, link: Link) -> PageItem:
        """Give the item of an answer."""
        request = response.request
        assert request is not None
        item = self._item(request, link)
        item.final_url = response.url
        item.etag, item.last_modified = header(response, "ETag"), header(response, "Last-Modified")
        if response.status == 304:
            item.not_modified = True
            return item
        item.failure = status_failure(response)
        if item.failure is None:
            item.ends_early = ends_early(response.body)
            item.unframed = "partial" in response.flags
            if item.capture is not None and (stated := from_page(response.body)):
                item.capture = replace(item.capture, opt_out=as_text(json.loads(item.capture.opt_out or "{}"), stated))
            item.page = Page(
                url=response.url,
                body=response.body,
                content_type=header(response, "Content-Type"),
                hints=link.hints,
            )
            item.ask = partial(self.ask_part, meta=request.meta["asks_with"])
        return item

    async def ask_part(self, url: str, *, meta: dict[str, Any]) -> Part:
        """Ask for a further page of an article, under the rules of its first page: robots.txt, delay, limits, WARC."""
        trail: list[Request] = []
        request = Request(url, meta={**meta, "trail": trail}, dont_filter=True)
        part = Part(url=url, asked_at=session_of(self.crawler).clock())
        try:
            assert self.crawler.engine is not None
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is this page's outcome)
            last = trail[-1] if trail else request
            part.failure = self.name_error(TwistedFailure(error), last)  # type: ignore[no-untyped-call]
            part.capture = last.meta.pop("capture", None)
            part.hops = tuple({hop.url for hop in trail} - {url})
            return part
        asked = response.request
        assert asked is not None
        part.asked_at = asked.meta.get("asked_at") or part.asked_at
        part.capture = asked.meta.pop("capture", None)
        redirects = asked.meta.get("redirect_urls", [])
        part.final_url, part.hops = (response.url if redirects else None), tuple(hop for hop in redirects if hop != url)
        part.http_status, part.failure = response.status, status_failure(response)
        if part.failure is None:
            part.page = Page(url=response.url, body=response.body, content_type=header(response, "Content-Type"))
        return part

    def page_failed(self, failure: TwistedFailure) -> PageItem:
        """Give the item of a request that brought no answer."""
        request: Request = failure.request  # type: ignore[attr-defined]
        item = self._item(request, request.cb_kwargs["link"])
        item.failure = self.name_error(failure, request)
        return item

    def name_error(self, failure: TwistedFailure, request: Request) -> Failure:
        """Name what went wrong; what has no name of its own is a fault of ours, and is logged as one."""
        error = failure.value
        assert error is not None
        found = failure_of(error, request, self.settings["PRESSKEEP_ADDRESSES"])
        if found.reason == "failed" and not isinstance(error, ArchiveError):
            logger.error("request failed url=%s", request.url, exc_info=error)
        return found

    def _item(self, request: Request, link: Link) -> PageItem:
        asked_at = request.meta.get("asked_at") or session_of(self.crawler).clock()
        return PageItem(
            link=link,
            asked_at=asked_at,
            final_url=request.url if request.meta.get("redirect_urls") else None,
            hops=tuple(url for url in request.meta.get("redirect_urls", []) if url != link.url),
            capture=request.meta.pop("capture", None),
            shell=request.meta.pop("shell", None),
            rechecks=request.meta.get("rechecks"),
        )


def header(response: Response, name: str) -> str | None:
    """Give a response header as text."""
    value = response.headers.get(name)
    return value.decode("latin-1")[:1000] if value else None
