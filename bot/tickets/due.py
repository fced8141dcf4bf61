"""Until when a team owes an answer, by its own delay and hours. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.services.opening import hours_of
from bot.services.rules import Team

NEAR_AFTER = 0.75
"""The part of a team's delay after which its end is near."""


def due_columns(team: Team, since: datetime | None) -> dict[str, datetime | None]:
    """The ticket's `due_at` and `near_due_at` for somebody who waits `since` then; None for nobody,
    and for a team that is never there."""
    if since is None:
        return {"due_at": None, "near_due_at": None}
    hours, whole = hours_of(team), team.answer_within
    near = timedelta(seconds=whole.total_seconds() * NEAR_AFTER)
    return {"due_at": hours.after(since, whole), "near_due_at": hours.after(since, near)}
