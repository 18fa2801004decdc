"""Tell a monitor how each run went, in the form of healthchecks.io: URL/start, then URL or URL/fail with the summary.

Owns what is said when; how it is sent is crawler/guarded_http.py. The requests obey the address guard (the user typed the
URL), and never fail a crawl: what goes wrong is a line in the log.
"""

import contextlib
import logging
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from crawler.config import Config, address_policy, user_agent

logger = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds for each: a monitor that is down must not hold up a crawl for long."""
MOST_TEXT = 10_000
"""Bytes of a body that healthchecks.io keeps."""


class Monitor:
    """Pings one URL at the start and the end of a run."""

    def __init__(self, url: str | None, config: Config) -> None:
        """Ping `url`, which the user typed; None: tell nobody."""
        self._url = url
        self._config = config
        self._started = False

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Say, once, that a run begins, and that it failed where it raises; a run that ends says so itself."""
        if not self._started:
            self._started = True
            self._ping("/start", "")
        try:
            yield
        except Exception as error:
            self.end(getattr(error, "exit_code", 1), f"{error}\n")
            raise

    def end(self, exit_code: int, text: str) -> None:
        """Say how the run ended."""
        self._ping("" if exit_code == 0 else "/fail", text)

    def _ping(self, event: str, text: str) -> None:
        if self._url is None:
            return
        from crawler.guarded_http import post

        parts = urlsplit(self._url)
        url = urlunsplit(parts._replace(path=parts.path.rstrip("/") + event)) if event else self._url
        policy = address_policy(self._config)
        policy.list_url(self._url)
        try:
            post(
                url,
                text.encode("utf-8", "replace")[:MOST_TEXT],
                policy=policy,
                agent=user_agent(self._config),
                timeout=TIMEOUT,
            )
        except (OSError, ValueError) as error:
            logger.info("ping failed event=%s error=%s", event or "/", error)
