"""When the demonstration's things happen, and whose they are."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from bot.demo.rules import FIRST, LAST, arrivals, citizen_id, storm
from bot.services.working_days import PARIS

UNTIL = datetime(2026, 11, 26, 15, 30, tzinfo=PARIS)


def test_a_month_ends_when_it_is_told_to_and_is_in_order() -> None:
    times = arrivals(random.Random(1), UNTIL, 500)
    assert times == sorted(times)
    assert UNTIL - timedelta(days=30) <= times[0]
    assert times[-1] < UNTIL


def test_mondays_are_busy_and_sundays_quiet() -> None:
    days = Counter(at.weekday() for at in arrivals(random.Random(1), UNTIL, 2000))
    assert days[0] > days[4] > days[6]


def test_the_storm_comes_at_once() -> None:
    times = storm(random.Random(1), UNTIL, 70)
    assert times[-1] - times[0] < timedelta(days=1)


def test_its_citizens_are_known_by_their_numbers() -> None:
    assert FIRST < citizen_id(1) < citizen_id(600) < LAST
