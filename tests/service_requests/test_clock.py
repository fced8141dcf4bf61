"""When an objective ends, and when it is time to warn of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.service_requests.delays import may_warn, resumed, warned_until

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "answered", "due"),
    [
        (MONDAY, datetime(2026, 11, 23, 17, 0, tzinfo=UTC), date(2026, 11, 27)),
        (MONDAY, datetime(2026, 11, 25, 9, 0, tzinfo=UTC), date(2026, 12, 1)),
        # From Friday evening to Sunday no working day passed.
        (
            datetime(2026, 11, 20, 20, 0, tzinfo=UTC),
            datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
            date(2026, 11, 27),
        ),
    ],
)
def test_the_clock_stands_still_while_the_citizen_is_asked(
    asked: datetime, answered: datetime, due: date
) -> None:
    assert resumed(date(2026, 11, 27), asked, answered) == due


@pytest.mark.parametrize(
    ("at", "is_time"),
    [
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), True),  # nine in Paris
        (datetime(2026, 11, 24, 7, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 17, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 10, 0, tzinfo=UTC), False),  # a Sunday
        (datetime(2026, 12, 25, 10, 0, tzinfo=UTC), False),
    ],
)
def test_bad_news_comes_in_office_hours(at: datetime, *, is_time: bool) -> None:
    assert may_warn(at) is is_time


def test_what_is_due_on_monday_is_warned_of_on_friday() -> None:
    assert warned_until(datetime(2026, 11, 20, 10, 0, tzinfo=UTC)) == date(2026, 11, 23)
