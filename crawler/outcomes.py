"""What an error of the network is called: one outcome word for each way in which a request can fail.

Owns the words for requests; those for pages are pipelines/'s (docs/outcomes.md has the list).
"""

import re
from datetime import datetime

from OpenSSL.SSL import Error as TlsError
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Request, Response
from service_identity import VerificationError
from twisted.web.client import ResponseFailed

from crawler.addresses import AddressPolicy, origin_of
from crawler.connections import TooCostlyError
from pipelines.items import Failure

_WHOLE_RANGE = re.compile(rb"(?i)^bytes\s+0-(\d{1,15})/(\d{1,15})$")


class Refused(IgnoreRequest):
    """A request that our own rules refuse, or that hangs on one that failed; `failure` has the outcome word."""

    def __init__(
        self,
        reason: str,
        detail: str | None = None,
        *,
        http_status: int | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        """Refuse with a reason word, and for people what it was about."""
        super().__init__(detail or reason)
        self.failure = Failure(reason=reason, detail=detail, http_status=http_status, retry_at=retry_at)


def failure_of(error: BaseException, request: Request, policy: AddressPolicy) -> Failure:
    """Name what an exception of Scrapy or Twisted means for the URL that was asked."""
    if isinstance(error, Refused):
        return error.failure
    text = _first_line(error)
    if (costly := next((each for each in _causes(error) if isinstance(each, TooCostlyError)), None)) is not None:
        return Failure(reason=costly.reason, detail=str(costly))
    if isinstance(error, CannotResolveHostError):
        origin = origin_of(request.url)
        refused = origin is not None and origin[0] in policy.refused_hosts
        return Failure(reason="refused_address" if refused else "dns", detail=text)
    if isinstance(error, DownloadCancelledError) or "exceeded DOWNLOAD_MAXSIZE" in text:
        return Failure(reason="too_large", detail=text)
    if isinstance(error, IgnoreRequest):
        return _ignored(request, text)
    for kinds, reason in (
        (DownloadTimeoutError, "timeout"),
        (DownloadConnectionRefusedError, "refused"),
        (ResponseDataLossError, "dataloss"),
        (UnsupportedURLSchemeError, "refused_scheme"),
        (DownloadFailedError, "tls" if _is_tls(error) else "connection_lost"),
        (TlsError, "tls"),
        (ValueError, "bad_redirect"),  # a Location of which no request can be made
        (TunnelError, "connection_failed"),  # the proxy refuses CONNECT
        (OSError, "connection_failed"),
    ):
        if isinstance(error, kinds):
            return Failure(reason=reason, detail=text)
    return Failure(reason="failed", detail=f"{type(error).__name__}: {text}")


def status_failure(response: Response) -> Failure | None:
    """Name what an HTTP status means for the URL, or None for a page (2xx) and for 304."""
    status = response.status
    if status == 206 and _is_part(response):
        return Failure(reason="suspect_truncated", detail="answers with a part, unasked", http_status=status)
    if 200 <= status < 300 or status == 304:
        return None
    if (until := response.meta.get("retry_at")) is not None:
        return Failure(reason="paused", detail=f"answers {status}", http_status=status, retry_at=until)
    if 300 <= status < 400:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        return Failure(reason="bad_redirect", detail=f"to {location[:200]!r}", http_status=status)
    return Failure(reason=f"http_{status}", http_status=status)


def _is_part(response: Response) -> bool:
    """Tell a part that says that there is more, from one that is all (bytes 0 to the last of them; RFC 9110, 14.4)."""
    stated = (response.headers.get("Content-Range") or b"").strip()
    whole = _WHOLE_RANGE.match(stated)
    return bool(stated) and (whole is None or int(whole[1]) + 1 < int(whole[2]))


def _ignored(request: Request, text: str) -> Failure:
    if "max redirections" in text:
        asked = [*request.meta.get("redirect_urls", []), request.url]
        return Failure(reason="redirect_loop" if len(set(asked)) < len(asked) else "too_many_redirects")
    return Failure(reason="ignored", detail=text)


def _is_tls(error: BaseException) -> bool:
    return any(isinstance(cause, TlsError | VerificationError) for cause in _causes(error))


def _causes(error: BaseException) -> list[object]:
    """Give what Twisted names as the reasons of a response that failed."""
    cause = error.__cause__
    reasons = cause.reasons if isinstance(cause, ResponseFailed) else []
    return [getattr(reason, "value", reason) for reason in reasons]


def _first_line(error: BaseException) -> str:
    # a failed response's own words are Python's of its reasons
    said = [str(each) for each in _causes(error)] or [str(error)]
    return (said[-1].strip().splitlines() or [type(error).__name__])[0][:300]
