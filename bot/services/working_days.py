"""Working days: Monday to Friday, less the public holidays of metropolitan France.

Alsace-Moselle and the overseas territories have holidays of their own; they are not applied.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
ONE_DAY = timedelta(days=1)
SATURDAY = 5


def local_date(at: datetime | date) -> date:
    """The day on citizens' calendars. Raises `ValueError` for a time without its zone."""
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError("a time without its zone falls on no certain day")
    return at.astimezone(PARIS).date()


def due_date(filed: datetime | date, working_days: int) -> date:
    """The last day of a delay. What is filed on a day off counts as filed on the next working day.

    Raises `ValueError` for a negative delay.
    """
    if working_days < 0:
        raise ValueError("a delay cannot be negative")
    day = _working_day_from(local_date(filed))
    for _ in range(working_days):
        day = _working_day_from(day + ONE_DAY)
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days come after `start`, up to and with `end`; 0 when it is not later."""
    days = (start + ONE_DAY * n for n in range(1, (end - start).days + 1))
    return sum(is_working(day) for day in days)


def next_working_day(day: date) -> date:
    """The first one after that day."""
    return _working_day_from(day + ONE_DAY)


def is_working(day: date) -> bool:
    """Whether offices are open that day."""
    return day.weekday() < SATURDAY and day not in holidays_of(day.year)


@cache
def holidays_of(year: int) -> frozenset[date]:
    """The public holidays of a year. The first call imports the library: most of a second."""
    from holidays import country_holidays

    return frozenset(country_holidays("FR", years=year))


def _working_day_from(day: date) -> date:
    while not is_working(day):
        day += ONE_DAY
    return day
