"""The look spider: asks for a few places of a site and hands the answers on, for `sources discover`. Keeps nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from scrapy.http import Request, Response
from twisted.python.failure import Failure as TwistedFailure

from crawler.outcomes import status_failure
from crawler.spiders.pages import PageSpider, header
from crawler.survey import Answer
from pipelines.stages import session_of
from pipelines.workers import Workers

Follow = Callable[[Answer, Workers], Awaitable[list[str]]]
"""Reads an answer in a worker, and gives the URLs that it makes worth a look."""


class LookSpider(PageSpider):
    """Asks for `urls` and for what `follow` makes of each answer."""

    name = "look"

    def __init__(self, urls: Sequence[str] = (), follow: Follow | None = None, **kwargs: Any) -> None:
        """Begin with `urls`; `follow` bounds what follows."""
        super().__init__(**kwargs)
        self._urls = urls
        self._follow = follow

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first places; what the user typed is listed."""
        for url in self._urls:
            self.settings["PRESSKEEP_ADDRESSES"].list_url(url)
            yield self._ask(url)

    def _ask(self, url: str) -> Request:
        return Request(
            url,
            callback=self.answered,
            errback=self.unanswered,
            cb_kwargs={"asked": url},
            meta={"purpose": "feed"},
            dont_filter=True,
        )

    async def answered(self, response: Response, asked: str) -> AsyncIterator[Request]:
        """Hand an answer on."""
        failure = status_failure(response)
        answer = Answer(
            url=asked,
            final_url=response.url,
            status=response.status,
            content_type=header(response, "Content-Type"),
            body=b"" if failure else response.body,
            failure=failure.reason if failure else None,
        )
        for url in await self._next(answer):
            yield self._ask(url)

    async def unanswered(self, failure: TwistedFailure) -> AsyncIterator[Request]:
        """Hand a failure on."""
        request: Request = failure.request  # type: ignore[attr-defined]
        found = self.name_error(failure, request)
        answer = Answer(
            url=request.cb_kwargs["asked"],
            final_url=request.url,
            status=found.http_status,
            content_type=None,
            body=b"",
            failure=found.reason,
        )
        for url in await self._next(answer):
            yield self._ask(url)

    async def _next(self, answer: Answer) -> list[str]:
        return [] if self._follow is None else await self._follow(answer, session_of(self.crawler).workers)
