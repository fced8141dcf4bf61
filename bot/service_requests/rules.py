"""States of a request and who may change them. Pure; the table is the rule."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from bot.errors import Conflict, Invalid

DRAFT_KEPT_FOR = timedelta(days=7)
"""Nothing half-filled is lost before that."""

MOST_PHOTOS = 5
"""Of one report and one citizen: what a team needs to see, and what somebody can be asked to look
at."""

MOST_PHOTOS_TOGETHER = 20
"""Of one report, from all who added some."""

MOST_LOOSE_PHOTOS = 20
"""Of one citizen, part of no request yet: four reports' worth."""


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


class Actor(StrEnum):
    """Who makes a step. A follower reopens what is not solved; that it is solved, or taken back, is
    for the one who filed to say: anybody may follow."""

    CITIZEN = "citizen"
    FOLLOWER = "follower"
    AGENT = "agent"
    SYSTEM = "system"


class EventKind(StrEnum):
    """What happens to a request beside its states."""

    DETAIL = "detail"  # a citizen adds words or photos
    ANSWER = "answer"  # the same, to a question of the team
    REROUTED = "rerouted"  # another service, hence another team
    MOVED = "moved"  # another place; data: before, after
    MERGED = "merged"  # it is handled with its parent
    RELEASED = "released"  # no longer
    RATED = "rated"
    SEEN_SOLVED = "seen_solved"  # a follower says that it is solved
    RECORDED = "recorded"  # an agent wrote it down; data: agent, name, channel
    LATE = "late"  # whom it concerns was warned that its objective will be missed


class Score(StrEnum):
    """How somebody found that their request was dealt with: one tap."""

    GOOD = "good"
    BAD = "bad"


_OWNER = frozenset({Actor.CITIZEN})
_OWNER_OR_AGENT = frozenset({Actor.CITIZEN, Actor.AGENT})
_ANYONE_CONCERNED = frozenset({Actor.CITIZEN, Actor.FOLLOWER, Actor.AGENT})
_AGENT = frozenset({Actor.AGENT})
_DESK = frozenset({Actor.AGENT, Actor.SYSTEM})
_SYSTEM = frozenset({Actor.SYSTEM})

_WHILE_OPEN: dict[Status, frozenset[Actor]] = {
    Status.WAITING_CITIZEN: _AGENT,
    Status.IN_PROGRESS: _DESK,
    Status.PLANNED: _DESK,
    Status.FORWARDED: _DESK,
    Status.MONITORING: _AGENT,
    Status.RESOLVED: _OWNER_OR_AGENT | _SYSTEM,
    Status.REJECTED: _DESK,
    Status.FORWARD_FAILED: _SYSTEM,
    Status.WITHDRAWN: _OWNER,
}
"""What an open request may become, and by whom. The system speaks for an outside office."""

_ONCE_CLOSED: dict[Status, frozenset[Actor]] = {
    Status.REOPENED: _ANYONE_CONCERNED | _SYSTEM,
    Status.ARCHIVED: _SYSTEM,
}

TRANSITIONS: dict[Status, dict[Status, frozenset[Actor]]] = {
    **{state: {to: who for to, who in _WHILE_OPEN.items() if to is not state} for state in OPEN},
    Status.RESOLVED: _ONCE_CLOSED,
    Status.REJECTED: _ONCE_CLOSED,
    Status.WITHDRAWN: {Status.ARCHIVED: _SYSTEM},
    Status.ARCHIVED: {},
}
"""Every step that exists: state -> state it may become -> who may make it."""


def agents_choices(current: Status) -> tuple[Status, ...]:
    """The states into which an agent may put a request that is in `current`; passing it to an
    outside office needs more than a choice."""
    return tuple(
        to
        for to, who in TRANSITIONS[current].items()
        if Actor.AGENT in who and to is not Status.FORWARDED
    )


ASKED_AGAIN_AFTER = timedelta(days=1)
"""However many followers say that it is solved, who filed it is asked no more often."""

NEEDS_REASON = frozenset({Status.REJECTED, Status.WAITING_CITIZEN})
"""A rejection is explained, and a question asks something."""

LONGEST_REASON = 2000
"""Characters."""

LONGEST_DETAIL = 4000
"""Characters of what a citizen adds at once: a whole message."""

NOT_SHARED = frozenset({Status.WAITING_CITIZEN, Status.WITHDRAWN})
"""What concerns the one who filed alone: those whose requests were merged into it go on."""


def shared_by(current: Status, target: Status, actor: Actor) -> Actor | None:
    """Who makes the same step on a request that was merged into another one, when that one makes
    it; None when this one stays as it is."""
    allowed = TRANSITIONS[current].get(target, frozenset())
    if target in NOT_SHARED:
        return None
    return next((who for who in (actor, Actor.SYSTEM) if who in allowed), None)


def move(current: Status, target: Status, actor: Actor, reason: str | None = None) -> Status:
    """The new state. Raises `Conflict` when that actor may not make that step from there, and
    `Invalid` when the step needs a reason, or the reason is too long."""
    if actor not in TRANSITIONS[current].get(target, frozenset()):
        raise Conflict(f"{current} -> {target} by {actor}")
    if target in NEEDS_REASON and not (reason or "").strip():
        raise Invalid("reason", f"{target} needs a reason")
    if reason is not None and len(reason) > LONGEST_REASON:
        raise Invalid("reason", f"at most {LONGEST_REASON} characters")
    return target
