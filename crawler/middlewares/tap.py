"""The capture tap: every HTTP exchange becomes a WARC record before anything else happens to it.

Stands nearest to the network (order 860), so that it sees redirects, retried answers and robots.txt, bodies as sent and
request headers as they went out. The capture goes on in `request.meta["capture"]`.
"""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Headers, Request, Response

from archive.warc import Exchange
from crawler.opt_outs import as_text, from_headers
from pipelines.session import Session
from pipelines.stages import session_of

NOT_SENT = frozenset({b"proxy-authorization"})
"""Headers for the proxy alone."""


class CaptureTap:
    """Downloader middleware: hands each exchange to the session's WARC writer."""

    def __init__(self, session: Session) -> None:
        """Write through `session`."""
        self._session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Share the crawl's session."""
        return cls(session_of(crawler))

    def process_request(self, request: Request) -> None:
        """Note the moment, and that a capture of an earlier try or hop has no item to carry it."""
        request.meta["asked_at"] = self._session.clock()
        if (trail := request.meta.get("trail")) is not None:
            trail.append(request)  # one list for all hops: an error does not say which of them it met
        self._session.note_request(request.meta.get("source_id"))
        self._let_go(request)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Write the exchange; a 304 is an outcome and no record."""
        self._let_go(request)
        if response.status != HTTPStatus.NOT_MODIFIED:
            content_type = response.headers.get("Content-Type")
            capture = await self._session.record(
                exchange_of(request, response, request.meta["asked_at"]),
                purpose=str(request.meta.get("purpose", "page")),
                content_type=content_type.decode("latin-1") if content_type else None,
                status=response.status,
                robots=request.meta.get("robots"),
            )
            if capture is not None:
                stated = from_headers(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, values in response.headers.items()
                    for value in values
                )
                opt_out = as_text(request.meta.get("opt_out") or {}, stated)
                request.meta["capture"] = replace(capture, opt_out=opt_out)
        return response

    def _let_go(self, request: Request) -> None:
        if (capture := request.meta.pop("capture", None)) is not None:
            self._session.let_go(capture, request.meta.get("source_id"))


def exchange_of(request: Request, response: Response, asked_at: datetime) -> Exchange:
    """Write down an exchange as it went over the wire.

    Scrapy does not keep the spelling of header names, and Twisted has removed chunked transfer coding: the head says the
    length that the body has now.
    """
    parts = urlsplit(request.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request_headers = {name: values for name, values in request.headers.items() if name.lower() not in NOT_SENT}
    request_head = f"{request.method} {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n".encode(
        "latin-1", "replace"
    ) + _lines(request_headers)
    headers = {
        name: values
        for name, values in response.headers.items()
        if name.lower() not in {b"transfer-encoding", b"content-length"}
    }
    headers[b"Content-Length"] = [str(len(response.body)).encode("ascii")]
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    response_head = f"{response.protocol or 'HTTP/1.1'} {response.status} {phrase}\r\n".encode("latin-1") + _lines(
        headers
    )
    return Exchange(
        url=request.url,
        fetched_at=asked_at,
        request_head=request_head,
        response_head=response_head,
        payload=response.body,
        ip_address=str(response.ip_address) if response.ip_address else None,
        truncated="length" if "download_stopped" in response.flags else None,
    )


def _lines(headers: Headers | dict[bytes, list[bytes]]) -> bytes:
    lines = []
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [values]:
            lines.append(name + b": " + bytes(value).replace(b"\r", b" ").replace(b"\n", b" "))
    return b"\r\n".join([*lines, b"", b""])
