"""Delays are counted in working days, as citizens' calendars show them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.working_days import due_date, holidays_of, is_working, local_date

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
DELAYS = st.integers(0, 60)


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """The first call imports the library: not in the time that Hypothesis gives an example."""
    holidays_of(2026)


def days_after(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n + 1) for n in range((last - first).days)]


@given(DAYS, DELAYS)
def test_a_delay_never_ends_on_a_day_off(filed: date, delay: int) -> None:
    assert is_working(due_date(filed, delay))


@given(DAYS, DELAYS)
def test_exactly_that_many_working_days_lie_between(filed: date, delay: int) -> None:
    start = due_date(filed, 0)
    between = days_after(start, due_date(filed, delay))
    assert sum(map(is_working, between)) == delay


@given(DAYS)
def test_counting_starts_on_the_first_working_day_from_the_filing(filed: date) -> None:
    start = due_date(filed, 0)
    assert start >= filed
    assert not any(map(is_working, days_after(filed - timedelta(days=1), start)[:-1]))


@given(DAYS, DAYS, DELAYS)
def test_what_is_filed_later_is_never_due_sooner(one: date, other: date, delay: int) -> None:
    earlier, later = sorted((one, other))
    assert due_date(earlier, delay) <= due_date(later, delay)


@given(DAYS, DELAYS)
def test_a_longer_delay_ends_later(filed: date, delay: int) -> None:
    assert due_date(filed, delay) < due_date(filed, delay + 1)


@pytest.mark.parametrize(
    ("filed", "delay", "due"),
    [
        (date(2026, 11, 24), 10, date(2026, 12, 8)),  # two weeks without a holiday
        (date(2026, 11, 28), 1, date(2026, 12, 1)),  # a Saturday counts as the Monday
        (date(2026, 4, 30), 1, date(2026, 5, 4)),  # 1 May is a Friday
        (date(2026, 5, 1), 1, date(2026, 5, 5)),  # filed on 1 May: counts as Monday the 4th
        (date(2026, 5, 6), 2, date(2026, 5, 11)),  # 8 May
        (date(2026, 4, 3), 1, date(2026, 4, 7)),  # Good Friday is worked, Easter Monday is not
        (date(2027, 3, 26), 1, date(2027, 3, 30)),  # Easter moves
        (date(2026, 5, 13), 1, date(2026, 5, 15)),  # Ascension
        (date(2026, 5, 22), 1, date(2026, 5, 26)),  # Whit Monday
        (date(2026, 7, 13), 1, date(2026, 7, 15)),
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas is a Friday
        (date(2025, 12, 24), 2, date(2025, 12, 29)),  # 26 December is worked, except in Alsace
        (date(2026, 12, 30), 2, date(2027, 1, 4)),  # New Year's Day is a Friday
    ],
)
def test_holidays_are_skipped(filed: date, delay: int, due: date) -> None:
    assert due_date(filed, delay) == due


def test_a_time_counts_on_the_day_that_paris_shows() -> None:
    summer = datetime(2026, 7, 6, 22, 30, tzinfo=UTC)  # half past midnight in Paris
    winter = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # half past eleven, the same evening
    assert local_date(summer) == date(2026, 7, 7)
    assert local_date(winter) == date(2026, 11, 23)
    assert due_date(summer, 1) == date(2026, 7, 8)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        due_date(datetime(2026, 7, 6, 22, 30), 1)  # noqa: DTZ001


def test_a_negative_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        due_date(date(2026, 7, 6), -1)


def test_a_year_is_computed_once() -> None:
    assert holidays_of(2031) is holidays_of(2031)
