"""Give each answer without its content coding, and refuse one that is a bomb, cut short or in no coding at all.

Stands where Scrapy's HttpCompressionMiddleware would (590), between the capture tap, which keeps bodies as they were
sent, and the redirects. What may become of a coded body is crawler/codings.py's to say.
"""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.codings import ACCEPTED, BadCodingError, CutError, TooLargeError, codings, decoded
from crawler.outcomes import Refused


class ContentCodings:
    """Downloader middleware: asks for the codings that we can undo, and undoes them."""

    def __init__(self, limit: int) -> None:
        """Give bodies of at most `limit` bytes."""
        self._limit = limit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Hold bodies to the size that may be downloaded."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Say which codings we take."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    def process_response(self, request: Request, response: Response) -> Response:
        """Undo the codings of an answer; raises Refused with the outcome word."""
        names = codings(response.headers.getlist("Content-Encoding"))
        if not names:
            return response
        # robots.txt is read as far as it goes
        cut = request.meta.get("purpose") == "robots" or "download_stopped" in response.flags
        try:
            body = decoded(response.body, names, limit=self._limit, cut=cut)
        except TooLargeError as error:
            raise Refused("too_large", str(error), http_status=response.status) from error
        except CutError as error:
            raise Refused("dataloss", str(error), http_status=response.status) from error
        except BadCodingError as error:
            raise Refused("bad_encoding", str(error), http_status=response.status) from error
        response = response.replace(body=body)
        del response.headers["Content-Encoding"]
        return response
