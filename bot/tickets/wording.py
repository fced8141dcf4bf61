"""What somebody in the queue is told of it, before it is put into words."""

from __future__ import annotations

from datetime import datetime, time

from bot.services.opening import OpeningHours, hours_of
from bot.services.rules import Team
from bot.services.working_days import PARIS, local_date
from bot.tickets.waiting import Wait
from bot.words.dates import Day
from bot.words.phrases import Joined, Line, say

ROUNDED_TO_MIN = 5
"""Longer waits are said to five minutes: more would be a promise."""


def queue_line(wait: Wait, team: Team, now: datetime) -> Line:
    """The place in the queue and the likely wait; the opening hours when nobody is there."""
    if wait.opens_at is not None:
        return Joined((hours_line(team), _opens(wait.opens_at, now)))
    place = say("queue.next") if wait.place == 0 else say("queue.place", n=wait.place)
    if wait.likely is None:
        return Joined((place, say("queue.unknown")))
    return Joined((place, say("queue.likely", n=minutes(wait.likely.total_seconds()))))


def minutes(seconds: float) -> int:
    """As it is said: at least one, and above ten to the next five."""
    exact = max(1, round(seconds / 60))
    return exact if exact <= 2 * ROUNDED_TO_MIN else -(-exact // ROUNDED_TO_MIN) * ROUNDED_TO_MIN


def hours_line(team: Team) -> Line:
    """When the team answers: `du lundi au vendredi, 8 h 30 – 17 h`."""
    return say("queue.hours", team=team.label, hours=hours(hours_of(team)))


def hours(opening: OpeningHours) -> Line:
    """The week as runs of days with the same hours."""
    runs: list[tuple[int, int, tuple[object, ...]]] = []
    for day in range(7):
        spans = opening.week.get(day, ())
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        elif spans:
            runs.append((day, day, spans))
    parts = tuple(_run(first, last, opening) for first, last, _ in runs)
    return Joined(parts, " ; ")


def _run(first: int, last: int, opening: OpeningHours) -> Line:
    spans: list[Line] = []
    for start, end in opening.week[first]:
        spans.append(say("hours.span", start=clock(start), end=clock(end)))
    days = say(f"day.{first}")
    if last > first:
        days = say("hours.days", first=days, last=say(f"day.{last}"))
    return say("hours.run", days=days, spans=Joined(tuple(spans), ", "))


def clock(at: time) -> Line:
    """`8 h 30`, `17 h`."""
    if at.minute:
        return say("hours.half", hour=str(at.hour), minute=f"{at.minute:02d}")
    return say("hours.whole", hour=str(at.hour))


def _opens(at: datetime, now: datetime) -> Line:
    hour = clock(at.astimezone(PARIS).time())
    match (local_date(at) - local_date(now)).days:
        case 0:
            return say("queue.opens_today", hour=hour)
        case 1:
            return say("queue.opens_tomorrow", hour=hour)
        case _:
            return say("queue.opens_later", day=Day(local_date(at), "near"), hour=hour)
