"""When things are due again, what is believed of dates, and what is a trap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Feed, FeedKind, Hints
from crawler.frontier import believable_at, budget_key, feed_due_at, link_due_at, parse_moment, trap
from crawler.moments import stated_date
from crawler.progress import SAME_PAGE, Progress
from crawler.sources import Source

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def feed(kind: FeedKind = FeedKind.FEED, *, n_unchanged: int = 0, n_failures: int = 0) -> Feed:
    return Feed(
        id=1,
        source_id=1,
        url="https://p.example/f",
        kind=kind,
        found_in="declared",
        n_unchanged=n_unchanged,
        n_failures=n_failures,
    )


def wait(kind: FeedKind = FeedKind.FEED, *, changed: bool = False, failed: bool = False, **state: int) -> timedelta:
    return feed_due_at(feed(kind, **state), changed=changed, failed=failed, now=NOW) - NOW


def test_a_feed_is_asked_soon_after_a_change_and_less_and_less_while_nothing_changes() -> None:
    waits = [wait(changed=True), *(wait(n_unchanged=n) for n in range(30))]
    assert waits[0] == timedelta(minutes=10)
    assert waits == sorted(waits)
    assert waits[-1] == DAY


def test_sitemaps_are_asked_less_than_feeds() -> None:
    assert (
        wait(FeedKind.SITEMAP, changed=True) > wait(FeedKind.SECTION, changed=True) > wait(FeedKind.FEED, changed=True)
    )
    assert wait(FeedKind.SITEMAP, n_unchanged=100) == 7 * DAY


def test_the_sources_own_interval_holds_for_feeds() -> None:
    every = timedelta(minutes=5)
    for n in (0, 50):
        assert feed_due_at(feed(n_unchanged=n), changed=False, failed=False, now=NOW, every=every) == NOW + every
    sitemap = feed(FeedKind.SITEMAP, n_unchanged=50)
    assert feed_due_at(sitemap, changed=False, failed=False, now=NOW, every=every) == NOW + 7 * DAY


def test_a_feed_that_fails_is_asked_later_each_time() -> None:
    waits = [wait(failed=True, n_failures=n) for n in range(8)]
    assert waits[0] == HOUR
    assert waits == sorted(waits)
    assert waits[-1] == DAY


def test_retry_after_is_honoured_up_to_a_day() -> None:
    for asked, given_ in ((2 * HOUR, 2 * HOUR), (9 * DAY, DAY), (-HOUR, 10 * timedelta(minutes=1))):
        assert link_due_at("http_429", now=NOW, n_tries=1, retry_at=NOW + asked) == NOW + given_


def test_an_article_is_looked_at_again_at_growing_intervals_for_a_year() -> None:
    seen, now, waits = NOW, NOW, []
    while (due := link_due_at("unchanged", now=now, first_seen_at=seen)) is not None:
        waits.append(due - now)
        now = due
        assert len(waits) < 40
    assert waits[0] == HOUR
    assert waits == sorted(waits)
    assert 300 * DAY < now - seen <= 366 * DAY
    assert len(waits) < 16


def test_an_old_article_is_seldom_looked_at_and_one_of_last_year_never() -> None:
    due = link_due_at("new", now=NOW, first_seen_at=NOW, published_at=NOW - 40 * DAY)
    assert due is not None
    assert due - NOW > DAY
    assert link_due_at("new", now=NOW, first_seen_at=NOW, published_at=NOW - 400 * DAY) is None


def test_a_future_date_does_not_make_an_article_younger_than_its_first_sight() -> None:
    honest = link_due_at("new", now=NOW, first_seen_at=NOW - 5 * DAY)
    assert link_due_at("new", now=NOW, first_seen_at=NOW - 5 * DAY, published_at=NOW + 900 * DAY) == honest


@pytest.mark.parametrize(
    "outcome", ["dns", "timeout", "refused", "http_503", "robots_unreachable", "dataloss", "connection_lost"]
)
def test_what_may_pass_is_tried_again_and_again_and_then_no_more(outcome: str) -> None:
    dues = [link_due_at(outcome, now=NOW, n_tries=n) for n in range(1, 9)]
    waits = [due - NOW for due in dues if due]
    assert waits == sorted(waits)
    assert dues[-1] is None


@pytest.mark.parametrize(
    "outcome", ["not_article", "not_html", "http_404", "http_410", "redirect_loop", "too_large", "refused_scheme"]
)
def test_what_will_not_pass_is_not_tried_again(outcome: str) -> None:
    assert link_due_at(outcome, now=NOW, n_tries=1) is None


def test_what_is_forbidden_is_asked_again_rarely() -> None:
    due = link_due_at("robots", now=NOW, n_tries=1)
    assert due is not None
    assert due - NOW >= 10 * DAY


def test_the_frontier_is_ordered_by_the_latest_believable_moment() -> None:
    assert believable_at(Hints(published="2024-05-01", modified="2024-05-20T08:00:00Z"), NOW) == datetime(
        2024, 5, 20, 8, tzinfo=UTC
    )
    for wrong in ("2099-01-01", "1970-01-01", "0000-00-00", "soon"):
        assert believable_at(Hints(published=wrong), NOW) is None


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Tue, 21 May 2024 10:00:00 GMT", "2024-05-21T10:00:00+00:00"),
        ("21 May 24 10:00 EST", "2024-05-21T10:00:00-05:00"),
        ("Tue, 21 May 2024 10:00:00 GMT+0200", "2024-05-21T10:00:00+02:00"),
        ("Di, 21 Mai 2024 10:00:00 +0200", "2024-05-21T10:00:00+02:00"),
        ("Вт, 21 мая 2024 10:00:00 +0300", "2024-05-21T10:00:00+03:00"),
        ("21 de mayo de 2024", "2024-05-21"),
        ("May 21, 2024 3:05 PM", "2024-05-21T15:05:00"),
        ("2024-05-21T10:00:00.5+0530", "2024-05-21T10:00:00.500000+05:30"),
        ("2024-05-21T10:00Z", "2024-05-21T10:00:00+00:00"),
        ("20240521T100000Z", "2024-05-21T10:00:00+00:00"),
        ("2024-05-21 24:00:00", "2024-05-22T00:00:00"),
        ("2024-05-21T23:59:60Z", "2024-05-21T23:59:59+00:00"),
        ("2024-05", "2024-05"),
        ("2024", "2024"),
        ("21.05.2024 10:00", "2024-05-21T10:00:00"),
        ("1716285600", "2024-05-21T10:00:00+00:00"),
        ("1716285600000", "2024-05-21T10:00:00+00:00"),
        ("5/6/2024", None),
        ("2024-13-45", None),
        ("0000-00-00", None),
        ("9999-12-31T24:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_as_precise_as_they_were_stated(text: str | None, stated: str | None) -> None:
    assert stated_date(text) == stated


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_as_iso_is_read_back(moment: datetime) -> None:
    assert parse_moment(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://p.example/" + "a" * 5_000, "url_too_long"),
        ("https://p.example/a/b/a/b/a/b", "repeated_segments"),
        ("https://p.example/x/x/x", "repeated_segments"),
        ("https://p.example/" + "/".join(f"d{n}" for n in range(20)), "too_deep"),
        ("https://p.example/calendar/2031/05", "calendar"),
        ("https://p.example/events/2031-05-07/", "calendar"),
        ("https://p.example/?month=5&year=2031", "calendar"),
        ("http://[bad", "bad_url"),
        ("https://p.example/2024/01/01/", None),
        ("https://p.example/events/2024/05/21/the-town-fair-opens", None),
        ("https://p.example/2024/05/21/calendar-reform-fails", None),
        ("https://p.example/?p=1", None),
    ],
)
def test_traps_are_told_by_their_shape(url: str, word: str | None) -> None:
    assert trap(url) == word


def test_urls_that_differ_in_numbers_and_sessions_share_a_budget() -> None:
    same = [
        ("https://p.example/cal/2024/05", "https://P.example/cal/1999/12"),
        ("https://p.example/a;jsessionid=1A", "https://p.example/a;jsessionid=2B"),
        ("https://p.example/a?sid=x&page=1", "https://p.example/a?page=9&sid=y"),
        ("https://p.example/s/0123456789abcdef0123/x", "https://p.example/s/fedcba98765432100000/x"),
    ]
    for one, other in same:
        assert budget_key(one) == budget_key(other)
    assert budget_key("https://p.example/news/floods") != budget_key("https://p.example/news/fires")


def test_one_page_under_endless_queries_is_soon_spent_and_articles_numbered_by_their_query_are_not() -> None:
    source = Progress(Source(name="P", url="https://p.example/"), 1)
    page = "https://p.example/story.html?sid={}&lang=en"
    for n in range(SAME_PAGE):
        assert not source.is_spent(page.format(n))
        source.count(page.format(n), "duplicate")
    assert source.is_spent(page.format("another"))
    assert not source.is_spent("https://p.example/other.html?sid=1&lang=en")
    numbered = "https://p.example/article.php?id={}"
    for n in range(3 * SAME_PAGE):
        source.count(numbered.format(n), "duplicate" if n % 2 else "new")
    assert not source.is_spent(numbered.format("next"))


def test_who_looks_seconds_before_a_step_has_taken_it() -> None:
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    first_seen_at = now - timedelta(minutes=59, seconds=59)
    due_at = link_due_at("unchanged", now=now, first_seen_at=first_seen_at, n_unchanged=0)
    assert due_at == first_seen_at + timedelta(hours=6)
