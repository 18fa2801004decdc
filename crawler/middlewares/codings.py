"""Give each answer without its content coding, and refuse one that is a bomb, cut short or in no coding at all.

Stands where Scrapy's HttpCompressionMiddleware would (590), between the capture tap, which keeps bodies as they were
sent, and the redirects. What may become of a coded body is archive/codings.py's to say.
"""

from functools import partial
from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from archive.codings import ACCEPTED, BadCodingError, CutError, TooLargeError, codings, decoded
from crawler.connections import Room, room_of
from crawler.outcomes import Refused


class ContentCodings:
    """Downloader middleware: asks for the codings that we can undo, and undoes them."""

    def __init__(self, limit: int, room: Room) -> None:
        """Give bodies of at most `limit` bytes, as there is room for them."""
        self._limit = limit
        self._room = room

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Hold bodies to the size that may be downloaded."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"), room_of(crawler))

    def process_request(self, request: Request) -> None:
        """Say which codings we take."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Undo the codings of an answer; raises Refused with the outcome word."""
        names = codings(response.headers.getlist("Content-Encoding"))
        if not names:
            return response
        start = request.meta.get("read_start")  # of a robots.txt, which is read as far as it goes
        try:
            undo = partial(decoded, response.body, names, limit=start or self._limit, start=start is not None)
            body = await self._room.decode(request, undo)
        except TooLargeError as error:
            raise Refused("too_large", str(error), http_status=response.status) from error.with_traceback(None)
        except CutError as error:
            raise Refused("dataloss", str(error), http_status=response.status) from error.with_traceback(None)
        except BadCodingError as error:
            raise Refused("bad_encoding", str(error), http_status=response.status) from error.with_traceback(None)
        response = response.replace(body=body)
        del response.headers["Content-Encoding"]
        return response
