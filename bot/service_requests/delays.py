"""When an objective ends, and when it is time to say that it will be missed. Pure."""

from __future__ import annotations

from datetime import date, datetime, time

from bot.services.working_days import (
    PARIS,
    due_date,
    is_working,
    local_date,
    next_working_day,
    working_days_between,
)

WARNED_FROM, WARNED_UNTIL = time(9), time(18)
"""Office hours: bad news does not wake anybody, and who answers it meets somebody."""


def resumed(due_on: date, paused_at: datetime, now: datetime) -> date:
    """The new last day of an objective whose clock stood still since `paused_at`: as many working
    days later as passed meanwhile."""
    return due_date(due_on, working_days_between(local_date(paused_at), local_date(now)))


def may_warn(now: datetime) -> bool:
    """Whether citizens are told of delays at this hour."""
    local = now.astimezone(PARIS)
    return is_working(local.date()) and WARNED_FROM <= local.time() < WARNED_UNTIL


def warned_until(now: datetime) -> date:
    """What is due up to this day is warned of now: it ends today or on the next working day."""
    return next_working_day(local_date(now))
