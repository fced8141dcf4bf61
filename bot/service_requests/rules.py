"""States of a request and who may change them. Pure; the table is the rule."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from bot.errors import Conflict

DRAFT_KEPT_FOR = timedelta(days=7)
"""Nothing half-filled is lost before that."""


class Status(StrEnum):
    NEW = "new"
    WAITING_CITIZEN = "waiting_citizen"
    IN_PROGRESS = "in_progress"
    PLANNED = "planned"
    FORWARDED = "forwarded"
    FORWARD_FAILED = "forward_failed"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    REJECTED = "rejected"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"


CLOSED = frozenset({Status.RESOLVED, Status.REJECTED, Status.WITHDRAWN, Status.ARCHIVED})
OPEN = frozenset(Status) - CLOSED

CITIZEN_TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.WITHDRAWN: OPEN,
    Status.REOPENED: frozenset({Status.RESOLVED, Status.REJECTED}),
}
"""What the person who filed may do: target state -> states it may come from."""


def citizen_moves(current: Status, target: Status) -> Status:
    """The new state. Raises `Conflict` when a citizen may not make that step."""
    if current not in CITIZEN_TRANSITIONS.get(target, frozenset()):
        raise Conflict(f"{current} -> {target}")
    return target
