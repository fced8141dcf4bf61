"""Durations measured by the database are those that the rules measure, on random rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil

import pytest

from bot.figures import history
from bot.figures.history import History
from bot.figures.rules import Chosen, Period, Spread, Step
from bot.services.opening import hours_of
from bot.services.working_days import local_date, working_days_between
from bot.storage.transaction import Database
from tests.figures.builders import Past, at
from tests.figures.test_history import a_lead
from tests.handover.builders import CATALOGUE

SPRING = Period.between(date(2026, 3, 2), date(2026, 5, 31), Step.WEEK)
NOW = at(31, 23, month=5)
TEAMS = ("accueil", "voirie", "one that has left the catalogue")


@pytest.fixture
async def past(database: Database) -> Past:
    return await Past.of(database)


async def read(past: Past) -> History:
    async with past.database.transaction() as tx:
        return await history.read(tx, a_lead(), SPRING, Chosen(), CATALOGUE, NOW)


def spreads(measured: Sequence[tuple[datetime, float]]) -> Mapping[date, Spread]:
    """The nearest ranks, by the week in which each ended; what ended later is not counted."""
    by_point: dict[date, list[float]] = {}
    for until, duration in measured:
        if SPRING.since <= until < SPRING.until:
            by_point.setdefault(SPRING.point_of(local_date(until)), []).append(duration)
    return {point: _spread(sorted(found)) for point, found in by_point.items()}


def _spread(ordered: Sequence[float]) -> Spread:
    middle, ninth = (ordered[ceil(share * len(ordered)) - 1] for share in (0.5, 0.9))
    return Spread(len(ordered), middle, ninth)


def some_moment(rng: random.Random, after: datetime, days: float) -> datetime:
    """To the microsecond, on any day and at any hour: the clock changes in between."""
    return after + timedelta(microseconds=rng.randrange(round(days * 86_400_000_000)))


async def test_waits_are_the_opening_time_that_each_teams_hours_give(past: Past) -> None:
    rng = random.Random(5)
    measured = []
    for _ in range(150):
        opened = some_moment(rng, at(20, month=2), 90)
        answered = some_moment(rng, opened, rng.choice((0.1, 2, 12)))
        team = rng.choice(TEAMS)
        await past.ticket(opened, answered, team=team)
        hours = hours_of(CATALOGUE.teams.get(team) or CATALOGUE.team_for(None))
        measured.append((answered, hours.open_between(opened, answered).total_seconds()))
    found, expected = (await read(past)).answered, spreads(measured)
    assert found.keys() == expected.keys()
    for point, one in expected.items():
        assert found[point].count == one.count
        assert found[point].median == pytest.approx(one.median, abs=1e-4)
        assert found[point].ninth == pytest.approx(one.ninth, abs=1e-4)


async def test_working_days_are_those_between_two_dates_in_lyon(past: Past) -> None:
    rng = random.Random(7)
    measured = []
    for _ in range(60):
        filed = some_moment(rng, at(20, month=2), 90)
        resolved = some_moment(rng, filed, rng.choice((0.5, 6, 40)))
        await past.request(filed, ("resolved", resolved))
        days = working_days_between(local_date(filed), local_date(resolved))
        measured.append((resolved, float(days)))
    assert (await read(past)).resolved == spreads(measured)
