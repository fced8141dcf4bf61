"""When a team answers: hours by day of the week, closed on public holidays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.services.rules import Team, Week
from bot.services.working_days import ONE_DAY, PARIS, holidays_of, local_date

LOOKED_AHEAD = 40
"""Days among which the next opening is looked for: more than any holiday lasts."""


@dataclass(frozen=True)
class OpeningHours:
    """The days of a week as opening time. `closed`: days off beside public holidays."""

    week: Week
    closed: frozenset[date] = frozenset()

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """When it is open that day, as aware times."""
        if day in self.closed or day in holidays_of(day.year):
            return ()
        return tuple(
            (datetime.combine(day, start, PARIS), datetime.combine(day, end, PARIS))
            for start, end in self.week.get(day.weekday(), ())
        )

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.spans(local_date(at)))

    def next_opening(self, at: datetime) -> datetime | None:
        """When it opens next, `at` itself when it is open; None for a team that never does."""
        return next((max(start, at) for start, _ in self._from(at)), None)

    def after(self, at: datetime, open_time: timedelta) -> datetime | None:
        """When that much opening time has gone by since `at`; None when it never will."""
        left = open_time
        for start, end in self._from(at):
            begun = max(start, at)
            if end - begun >= left:
                return begun + left
            left -= end - begun
        return None

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of that time it was open."""
        total = timedelta()
        day = local_date(start)
        while day <= local_date(end):
            for opens, closes in self.spans(day):
                total += max(min(closes, end) - max(opens, start), timedelta())
            day += ONE_DAY
        return total

    def _from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans that are not over, for as long as it is worth looking."""
        first = local_date(at)
        for n in range(LOOKED_AHEAD):
            for start, end in self.spans(first + ONE_DAY * n):
                if end > at:
                    yield start, end


def hours_of(team: Team) -> OpeningHours:
    """When a team answers."""
    return OpeningHours(team.week, team.closed)
