"""How long a try has to wait."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.accounts.throttling import (
    Slowed,
    address_key,
    address_waits_until,
    check_waits,
    login_key,
    login_waits_until,
)
from tests.accounts.builders import NOON, minutes


def in_a_row(count: int) -> list[datetime]:
    """Failures, each as soon as it may be made."""
    failures: list[datetime] = []
    for _ in range(count):
        until = login_waits_until(failures)
        failures.append(until or NOON)
    return failures


def wait_after(count: int) -> float:
    failures = in_a_row(count)
    until = login_waits_until(failures)
    return 0 if until is None else (until - failures[-1]).total_seconds() / 60


def test_the_first_five_failures_of_a_login_cost_nothing_and_the_next_ones_double() -> None:
    waits = [wait_after(count) for count in range(1, 13)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15, 15]


def test_a_quiet_quarter_of_an_hour_beyond_the_wait_begins_again() -> None:
    failures = in_a_row(7)  # the last one imposes four minutes
    assert login_waits_until([*failures, failures[-1] + minutes(19)]) is not None
    assert login_waits_until([*failures, failures[-1] + minutes(20)]) is None


def test_whoever_waits_each_time_gets_about_a_hundred_tries_a_day() -> None:
    assert (in_a_row(100)[-1] - NOON) > minutes(60 * 22)


def test_an_address_gets_thirty_failures_within_a_quarter_of_an_hour() -> None:
    failures = [NOON + minutes(n / 10) for n in range(30)]
    assert address_waits_until(failures[:29], failures[28]) is None
    assert address_waits_until(failures, failures[-1]) == NOON + minutes(15)
    assert address_waits_until(failures, NOON + minutes(15)) is None


def test_the_longest_wait_is_told_in_whole_seconds() -> None:
    with pytest.raises(Slowed) as slowed:
        check_waits((NOON + minutes(1), None, NOON + minutes(0.001)), NOON + minutes(0.005))
    assert slowed.value.wait_s == 60
    check_waits((NOON, None), NOON)


def test_logins_and_addresses_are_counted_apart_and_a_home_is_one_address() -> None:
    assert login_key("192.0.2.1") != address_key("192.0.2.1")
    assert address_key("192.0.2.1") != address_key("192.0.2.2")
    assert address_key("2001:db8:0:1::1") == address_key("2001:db8:0:1:ffff::2")
    assert address_key("2001:db8:0:1::1") != address_key("2001:db8:0:2::1")
