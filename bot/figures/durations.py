"""Opening time and working days between two moments of each row, as SQL: the calendar is laid out
here and goes along as sorted lists, in which PostgreSQL finds places by halving."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Float,
    FromClause,
    Integer,
    case,
    cast,
    column,
    func,
    values,
)

from bot.figures.opening_time import OpeningClock
from bot.services.opening import OpeningHours, hours_of
from bot.services.rules import Catalogue
from bot.services.working_days import ONE_DAY, is_working

SECONDS = ARRAY(Float)


@dataclass(frozen=True)
class Clocks:
    """The clocks of all teams, to be joined to rows where `is_teams`."""

    table: FromClause
    is_teams: ColumnElement[bool]

    def between_s(self, start: Any, end: Any) -> ColumnElement[float]:
        """`OpeningClock.between_s` of two moments of a row."""
        return func.greatest(self._at(end) - self._at(start), 0.0, type_=Float)

    def _at(self, moment: Any) -> Any:
        clock = self.table.c
        at = func.date_part("epoch", moment, type_=Float)
        index = func.width_bucket(at, clock.starts, type_=Integer)
        return clock.before[index] + func.least(at - clock.starts[index], clock.lengths[index])


def clocks_in_sql(catalogue: Catalogue, first: date, last: date, team: Any) -> Clocks:
    """The clocks between two days. `team`: the column of its code; one that has left the catalogue
    has the reception's."""
    reception = catalogue.team_for(None)
    laid_out: list[tuple[OpeningHours, OpeningClock]] = []
    numbers: dict[str, int] = {}
    for one in (reception, *catalogue.teams.values()):
        hours = hours_of(one)
        number = next((n for n, (known, _) in enumerate(laid_out) if known == hours), len(laid_out))
        if number == len(laid_out):
            laid_out.append((hours, OpeningClock.between(hours, first, last)))
        numbers[one.code] = number
    lists = (column(name, SECONDS) for name in ("starts", "lengths", "before"))
    rows = [
        (number, *(cast(list(listed), SECONDS) for listed in astuple(clock)))
        for number, (_, clock) in enumerate(laid_out)
    ]
    table = values(column("number", Integer), *lists, name="clock").data(rows)
    number_of = case(numbers, value=team, else_=numbers[reception.code])
    return Clocks(table, number_of == table.c.number)


def working_days_in_sql(first: date, last: date, start: Any, end: Any) -> ColumnElement[int]:
    """`working_days_between` of two dates of a row that lie between `first` and `last`."""
    span = (first + ONE_DAY * n for n in range((last - first).days + 1))
    # An empty list has no buckets; what is before all others counts for neither date.
    days = [date.min, *(day for day in span if is_working(day))]
    listed = cast(days, ARRAY(Date))

    def until(day: Any) -> ColumnElement[int]:
        return func.width_bucket(day, listed, type_=Integer)

    return func.greatest(until(end) - until(start), 0, type_=Integer)
