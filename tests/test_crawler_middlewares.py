"""What stands between the spiders and the network, through whole crawls where it takes one."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newsroom_faults as faults
import pytest
from commands import environment, outcomes, presskeep, rows, sources_file
from newsroom import Newsroom
from scrapy.http import HtmlResponse, Request, Response

from crawler.demo.server import Answer
from crawler.middlewares.pause import retry_after
from crawler.middlewares.tap import exchange_of
from crawler.outcomes import Refused, failure_of, status_failure

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("999999999999", 86400),
        ("Mon, 23 Nov 2026 12:10:00 GMT", 600),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 23 Nov 2029 12:00:00 GMT", 86400),
        ("Mon, 23 Nov 2026 12:10:00", 600),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_and_clamped_to_a_day(value: str, seconds: int | None) -> None:
    assert retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))


def test_an_exchange_is_written_as_it_went_over_the_wire() -> None:
    request = Request(
        "http://user:secret@example.org/a?b=1#top",
        headers={"User-Agent": "presskeep", "Proxy-Authorization": "Basic x"},
    )
    response = HtmlResponse(
        "http://example.org/a?b=1",
        status=200,
        headers={
            "Content-Type": "text/html",
            "Transfer-Encoding": "chunked",
            "X-Evil": "a\r\nb",
            "Set-Cookie": ["a=1", "b=2"],
        },
        body=b"hello",
        request=request,
        protocol="HTTP/1.1",
    )
    exchange = exchange_of(request, response, NOW)
    assert exchange.request_head == b"GET /a?b=1 HTTP/1.1\r\nHost: example.org\r\nUser-Agent: presskeep\r\n\r\n"
    head = exchange.response_head.decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert head.endswith("\r\n\r\n")
    assert "Content-Length: 5\r\n" in head
    assert "chunked" not in head
    assert "X-Evil: a  b\r\n" in head
    assert head.count("Set-Cookie: ") == 2
    assert exchange.payload == b"hello"


def test_every_status_has_its_word() -> None:
    def word(status: int, **headers: str) -> str | None:
        request = Request("http://example.org/")
        failure = status_failure(Response("http://example.org/", status=status, headers=headers, request=request))
        return failure.reason if failure else None

    assert [word(status) for status in (200, 206, 304)] == [None, None, None]
    assert [word(status) for status in (404, 410, 451, 500, 999)] == [
        "http_404",
        "http_410",
        "http_451",
        "http_500",
        "http_999",
    ]
    parts = ("bytes 0-9/10", "bytes 0-9/100", "bytes 5-9/10", "bytes 0-9/*")
    assert [word(206, **{"Content-Range": part}) for part in parts] == [None, *["suspect_truncated"] * 3]
    assert word(302) == "bad_redirect"
    assert word(301, Location="javascript:alert(1)") == "bad_redirect"


def test_every_error_has_its_word() -> None:

    from scrapy import exceptions as scrapy
    from scrapy.core.downloader.handlers.http11 import TunnelError

    from crawler.addresses import AddressPolicy

    request = Request("http://inside.example/")
    policy = AddressPolicy()
    named = {
        "dns": scrapy.CannotResolveHostError("no"),
        "refused": scrapy.DownloadConnectionRefusedError("no"),
        "timeout": scrapy.DownloadTimeoutError("no"),
        "dataloss": scrapy.ResponseDataLossError(),
        "too_large": scrapy.DownloadCancelledError("larger"),
        "connection_lost": scrapy.DownloadFailedError("lost"),
        "refused_scheme": scrapy.UnsupportedURLSchemeError("x"),
        "bad_redirect": ValueError("Missing scheme in request url: javascript:x"),
        "connection_failed": OSError("unreachable"),
        "robots": Refused("robots"),
        "ignored": scrapy.IgnoreRequest("by an addon"),
        "failed": KeyError("ours"),
    }
    for word, error in named.items():
        assert failure_of(error, request, policy).reason == word
    assert failure_of(TunnelError("405"), request, policy).reason == "connection_failed"
    policy.refused_hosts.add("inside.example")
    assert failure_of(named["dns"], request, policy).reason == "refused_address"


def crawl(tmp_path: Path, newsroom: Newsroom, **settings: object) -> tuple[int, Path]:
    archive = tmp_path / "archive"
    done = presskeep(
        "--archive", archive, "crawl", "--sources", sources_file(tmp_path, {"Daily": newsroom.url}, **settings)
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, archive


def test_a_long_robots_txt_counts_for_its_first_500_kib(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        rules = (
            "User-agent: *\nDisallow: /news/report-0001\n" + "# padding\n" * 1_200_000 + "Disallow: /\n"
        )  # more than a page may have
        newsroom.serve("/robots.txt", rules, content_type="text/plain")
        code, archive = crawl(tmp_path, newsroom)
        found = outcomes(archive)
        assert (code, found[newsroom.url_of("report-0001")], found[newsroom.url_of("report-0000")]) == (
            0,
            "robots",
            "new",
        )
    ((length, status),) = rows(archive, "SELECT payload_length, http_status FROM captures WHERE purpose = 'robots'")
    assert status == 200
    assert length < 1_000_000, "what is not read is not loaded either"


def test_a_page_whose_connection_breaks_is_asked_twice_and_no_more(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(4)
        newsroom.publish("report-that-breaks-off", fault=faults.reset())
        code, archive = crawl(tmp_path, newsroom)
        assert newsroom.n_requests("report-that-breaks-off") == 2
        assert all(newsroom.n_requests(f"report-{n:04}") == 1 for n in range(4))
    assert (code, outcomes(archive)[newsroom.url_of("report-that-breaks-off")]) == (0, "connection_lost")


def test_a_missing_robots_txt_allows_everything_and_html_in_its_place_says_nothing(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        newsroom.answer("/robots.txt", faults.status(404))
        assert crawl(tmp_path, newsroom)[0] == 0
        assert newsroom.n_requests("report-0001") == 1
    (tmp_path / "html").mkdir()
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        newsroom.serve("/robots.txt", "<html><body>Disallow: /</body></html>")
        assert crawl(tmp_path / "html", newsroom)[0] == 0
        assert newsroom.n_requests("report-0001") == 1


def test_where_redirects_of_feeds_and_robots_txt_lead_has_an_outcome_too(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        newsroom.redirect("/robots.txt", "/robots-2.txt")
        newsroom.serve("/robots-2.txt", "User-agent: *\nDisallow:\n", content_type="text/plain")
        newsroom.serve(
            "/moved.xml",
            "<rss version='2.0'><channel><title>x</title></channel></rss>",
            content_type="application/rss+xml",
        )
        newsroom.redirect("/feed.xml", "/moved.xml")
        code, archive = crawl(tmp_path, newsroom)
        asked = {exchange.url for exchange in newsroom.exchanges}
    known = set(outcomes(archive)) | {
        url for (url,) in rows(archive, "SELECT url FROM feeds WHERE outcome IS NOT NULL")
    }
    assert code == 0
    assert any(url.endswith("/moved.xml") for url in asked)
    assert asked <= known


def test_where_a_robots_txt_leads_that_leads_nowhere_has_an_outcome_too(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        for n in range(9):
            newsroom.redirect(f"/robots{n or ''}.txt", f"/robots{n + 1}.txt")
        code, archive = crawl(tmp_path, newsroom)
        asked = [exchange.url for exchange in newsroom.exchanges]
    assert (code, len(asked)) == (4, 1 + 5), "at most five hops"
    assert {outcomes(archive)[url] for url in asked} == {"too_many_redirects"}


def test_a_robots_txt_that_never_ends_closes_the_host_and_the_run_ends(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "presskeep.toml").write_text("timeout = 2.0\n")
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        newsroom.answer("/robots.txt", faults.drip())
        code, _ = crawl(tmp_path, newsroom)
        assert newsroom.n_requests("report-0001") == 0
    assert code == 4


def test_a_fault_in_reading_robots_txt_closes_that_host_and_nothing_else(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    broken = (
        "import crawler.middlewares.robots as robots\n"
        "def fail(text): raise RecursionError('a fault of ours')\n"
        "robots.ai_rules = fail\n"
        "from crawler.cli import run_main\n"
        "run_main()\n"
    )
    with Newsroom() as closed, Newsroom(address="127.0.0.2") as sound:
        closed.publish_many(2)
        closed.answer("/robots.txt", Answer(content_type="text/plain", body=b"User-agent: GPTBot\nDisallow: /\n"))
        sound.publish_many(2)
        sound.answer("/robots.txt", Answer(status=404, body=b"none"))
        sources = sources_file(tmp_path, {"Closed": closed.url, "Sound": sound.url})
        done = subprocess.run(
            [sys.executable, "-c", broken, "--archive", str(archive), "crawl", "--sources", str(sources)],
            env=environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert [path for _, path, _ in closed.requests] == ["/robots.txt"]
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert rows(archive, "SELECT outcome FROM links WHERE url LIKE '%127.0.0.1%/robots.txt'") == [
        ("robots_unreachable",)
    ]
    assert rows(archive, "SELECT count(*) FROM articles WHERE url LIKE '%report%'") == [(2,)]


def test_the_peak_of_memory_stays_low_under_bombs(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish_many(2)
        for n in range(3):
            newsroom.publish(f"bomb-of-the-day-{n}", fault=faults.gzip_bomb(500))
        code, archive = crawl(tmp_path, newsroom)
        assert outcomes(archive)[newsroom.url_of("bomb-of-the-day-1")] == "too_large"
    assert code == 0
    ((peak,),) = rows(archive, "SELECT peak_rss_mb FROM runs")
    assert peak < 2 * 250
