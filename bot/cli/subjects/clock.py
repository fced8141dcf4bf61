"""Moments as operators read them: by the town's clock, like everything that people read."""

from __future__ import annotations

from datetime import datetime

from bot.services.working_days import PARIS


def clock(at: datetime) -> str:
    """The day and the hour of an aware time."""
    return f"{at.astimezone(PARIS):%Y-%m-%d %H:%M}"
