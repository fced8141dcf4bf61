"""How long somebody in the queue will wait, from how long others did. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

FEWEST_KNOWN = 3
"""Answers below which nothing is promised: "nous ne savons pas encore" is said instead."""
MOST_KNOWN = 20
RECENT = timedelta(days=14)
LONGEST_SAID = timedelta(hours=3)
"""Beyond it minutes mean nothing: no figure is said."""


@dataclass(frozen=True)
class Answered:
    """How long one ticket waited for its first answer, in opening time, and behind how many."""

    waited: timedelta
    place: int


@dataclass(frozen=True)
class Wait:
    """What somebody in the queue is told. `place`: how many are before them. `likely`: opening
    time until an answer, None when too little is known. `opens_at`: when the team is there again,
    None while it is there."""

    place: int
    likely: timedelta | None = None
    opens_at: datetime | None = None


def likely_wait(recent: Sequence[Answered], place: int) -> timedelta | None:
    """Each recent wait says how long one place of the queue takes; the middle one counts, so that
    a forgotten ticket does not frighten everybody."""
    if len(recent) < FEWEST_KNOWN:
        return None
    a_place = median(one.waited.total_seconds() / (one.place + 1) for one in recent[:MOST_KNOWN])
    wait = timedelta(seconds=a_place * (place + 1))
    return wait if wait <= LONGEST_SAID else None
