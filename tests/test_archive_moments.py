"""Moments as people type them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.articles import day_of
from archive.errors import UsageError
from archive.moments import first_moment, last_moment, parse_since, parse_until

NOW = datetime(2024, 3, 15, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("2024-03-05", date(2024, 3, 5)),
        ("20240305", date(2024, 3, 5)),
        ("2024-02", date(2024, 2, 1)),
        ("2024", date(2024, 1, 1)),
        ("7d", date(2024, 3, 8)),
        ("2w", date(2024, 3, 1)),
        ("today", date(2024, 3, 15)),
        ("yesterday", date(2024, 3, 14)),
        ("12h", NOW - timedelta(hours=12)),
        ("30m", NOW - timedelta(minutes=30)),
        ("2024-03-05T08:00Z", datetime(2024, 3, 5, 8, tzinfo=UTC)),
        ("2024-03-05 08:00", datetime(2024, 3, 5, 8, tzinfo=UTC)),
    ],
)
def test_the_start_of_a_span_is_read(text: str, since: date) -> None:
    assert parse_since(text, now=NOW) == since


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2024", date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 31)),
        ("2024-03-05", date(2024, 3, 5)),
    ],
)
def test_the_end_of_a_span_belongs_to_it(text: str, until: date) -> None:
    assert parse_until(text, now=NOW) == until


def test_a_day_covers_its_first_and_last_moment() -> None:
    day = date(2024, 3, 5)
    assert first_moment(day) == datetime(2024, 3, 5, tzinfo=UTC)
    assert last_moment(day) == datetime(2024, 3, 5, 23, 59, 59, 999999, tzinfo=UTC)
    assert first_moment(NOW) == last_moment(NOW) == NOW


@pytest.mark.parametrize("text", ["", "soon", "2024-13", "2024-02-30", "7y", "999999w", "-3d", "0000", "2024-00"])
def test_what_is_no_moment_is_said_in_one_line(text: str) -> None:
    for parse in (parse_since, parse_until):
        with pytest.raises(UsageError, match="is no moment: give an ISO date"):
            parse(text, now=NOW)


@given(st.text())
def test_any_text_is_a_moment_or_a_usage_error(text: str) -> None:
    try:
        parse_since(text, now=NOW)
    except UsageError:
        return


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2024-02-29T23:59:00+14:00", "2024-02-29"),
        ("2024-03", None),
        ("2024-02-31", None),
        ("0000-00-00", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_day_is_one_that_a_calendar_knows(published: str | None, day: str | None) -> None:
    assert day_of(published) == day
