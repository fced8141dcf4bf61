"""Periods, durations, opening time and likeness, without a database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from bot.errors import Invalid
from bot.figures.likeness import grouped
from bot.figures.opening_time import OpeningClock, begun_before
from bot.figures.rules import Period, Step, age_bounds
from bot.services.opening import hours_of
from tests.figures.builders import at
from tests.handover.builders import RECEPTION

HOURS = hours_of(RECEPTION)  # from 8:30 to 17:00


def test_a_period_is_shown_by_days_or_weeks() -> None:
    month = Period.latest(30, date(2026, 3, 31))
    assert (month.first, month.step, len(month.points)) == (date(2026, 3, 2), Step.DAY, 30)
    quarter = Period.latest(90, date(2026, 3, 31))
    assert quarter.step is Step.WEEK
    assert quarter.points[0] == date(2025, 12, 29)  # the Monday before its first day
    assert quarter.at_point(quarter.points[0]).first == quarter.first
    assert Period.latest(365, date(2026, 3, 31), Step.DAY).step is Step.WEEK  # too many points


def test_a_day_of_a_period_begins_at_midnight_in_lyon() -> None:
    summer_time = Period.latest(1, date(2026, 3, 29))
    assert (summer_time.until.timestamp() - summer_time.since.timestamp()) / 3600 == 23


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "order"),
        (date(2020, 1, 1), date(2026, 3, 1), "too_long"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(first: date, last: date, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        Period.between(first, last)
    assert refused.value.reason == reason


def test_the_clock_stands_still_while_a_team_is_closed() -> None:
    clock = OpeningClock.between(HOURS, date(2026, 3, 1), date(2026, 3, 31))
    for start, end in (
        (at(2, 9), at(2, 10)),
        (at(6, 16), at(9, 9)),
        (at(7), at(8)),
        (at(2, 3), at(2, 23)),
    ):
        assert clock.between_s(start, end) == HOURS.open_between(start, end).total_seconds()


@pytest.mark.parametrize("now", [at(3, 11), at(3, 8, 30), at(3, 6), at(8, 12), at(9, 8, 45)])
@pytest.mark.parametrize("hours", [0.5, 2, 8.5, 17, 20])
def test_what_began_before_the_moment_has_waited_too_long(now: datetime, hours: float) -> None:
    delay = timedelta(hours=hours)
    moment = begun_before(HOURS, now, delay)
    assert moment is not None
    second = timedelta(seconds=1)
    assert HOURS.open_between(moment - second, now) > delay
    assert HOURS.open_between(moment, now) <= delay


def test_ages_follow_one_another_without_a_gap() -> None:
    end = at(31)
    bounds = [age_bounds(age, end) for age in range(5)]
    assert bounds[0][1] == end
    assert all(older[1] == younger[0] for younger, older in pairwise(bounds))
    assert bounds[-1][0] is None


def test_alike_messages_are_one_group_whatever_their_order() -> None:
    texts = [
        "je veux inscrire mon chien au concours",
        "ma carte de cantine ne marche plus",
        "carte cantine bloquée",
        "inscription chien",
        "???",
        "comment recharger la carte de cantine",
    ]
    groups = grouped(texts)
    assert [set(group.members) for group in groups[:2]] == [{1, 2, 5}, {0, 3}]
    assert set(groups[0].words) >= {"carte", "cantine"}
    assert sorted(i for group in groups for i in group.members) == list(range(6))
    assert grouped([]) == []
