"""What a ticket is about, why it was opened, and what becomes of it. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import Invalid


class Subject(StrEnum):
    HUMAN = "human"
    COMPLAINT = "complaint"
    QUESTION = "question"
    CASE_FILE = "case_file"
    PRIVACY = "privacy"
    ACCOUNT = "account"
    NOTIFICATIONS = "notifications"
    REQUEST = "request"
    FAILURE = "failure"


class Reason(StrEnum):
    """Why a conversation came to people."""

    ASKED = "asked"  # in words or by a button
    UNSURE = "unsure"  # the assistant did not understand, several times in a row
    ANGER = "anger"
    SENSITIVE = "sensitive"  # a subject that no automatic answer should handle
    SERVICE = "service"  # a rule of the service (its YAML)
    FORM = "form"  # the form cannot be completed
    FAILURE = "failure"  # a message that could not be handled
    PULLED = "pulled"  # an agent came by themselves
    TAKEN_ON = "taken_on"  # an agent took on a report about which nobody had asked for a person
    RECORDED = "recorded"  # an agent wrote down a call, a visit or a letter
    SPLIT = "split"  # an agent made it out of a part of another


UNASKED = frozenset({Reason.PULLED, Reason.TAKEN_ON})
"""Nobody waited for what was opened so: it says nothing of how long one waits."""


def is_awaited(reason: str, due_at: datetime | None) -> bool:
    """Whether the citizen of a ticket in the queue waits for somebody. What an agent took on waits
    for nobody until its citizen asks for a person, or it is passed to a team that then owes an
    answer."""
    return reason != Reason.TAKEN_ON.value or due_at is not None


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Priority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


RANKS = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2}
"""The order of the queue, before that of arrival."""


class Reach(StrEnum):
    """How the citizen wants the answer."""

    UNDECIDED = "undecided"
    LIVE = "live"  # they wait in the conversation: their words go to the ticket
    WRITE = "write"  # in the conversation, whenever; the assistant goes on meanwhile
    EMAIL = "email"
    CALL = "call"


class EventKind(StrEnum):
    """What happens to a ticket beside messages. Append-only."""

    OPENED = "opened"  # data: reason, team
    RECORDED = "recorded"  # by an agent; data: channel
    ASKED_AGAIN = "asked_again"  # text: the citizen's words; data: subject
    CHOSE = "chose"  # data: reach
    TAKEN = "taken"  # an agent's first reply, or another agent's after a transfer
    NOTE = "note"  # text: between agents, never for the citizen
    ASSIGNED = "assigned"  # data: to (an agent's id), or nothing: put back into the queue
    TRANSFERRED = "transferred"  # data: team, before
    PRIORITY = "priority"  # data: priority, before
    ESCALATED = "escalated"  # nobody answered in time
    WARNED = "warned"  # the citizen was told that it takes longer
    GIVEN_BACK = "given_back"  # to the assistant
    GAVE_UP = "gave_up"  # the citizen no longer needs an answer
    FILLED = "filled"  # data: field, value that an agent put into the form
    CLOSED = "closed"
    UNCLOSED = "unclosed"  # whoever closed it took that back at once
    REOPENED = "reopened"  # text: why, in the citizen's words
    SNOOZED = "snoozed"  # data: until, before; without until: put back by hand
    WOKEN = "woken"  # data: why (time, citizen)
    TAGGED = "tagged"  # data: added, removed
    MACRO = "macro"  # data: name, name_en; what it did follows
    RATED = "rated"  # data: score; text: a free comment
    REDACTED = "redacted"  # something personal was hidden; data: what
    ORIGINAL_SEEN = "original_seen"  # what was hidden was read; data: why
    CORRECTED = "corrected"  # data: intent, service, town that a message meant
    STATE = "state"  # a request was put into another state; data: request, state
    MOVED = "moved"  # the place of a request was put right; data: request, towns before and after
    MERGED = "merged"  # data: other, in which it goes on; tells, was_open
    UNMERGED = "unmerged"  # data: other
    JOINED = "joined"  # data: other, which goes on in this one
    PARTED = "parted"  # data: other
    SPLIT = "split"  # data: other, which was made of a part of this one; seqs
    BOUNCED = "bounced"  # a letter did not arrive; data: seq, is_final


CLOSING = frozenset({EventKind.CLOSED, EventKind.GIVEN_BACK, EventKind.GAVE_UP, EventKind.MERGED})


ORIGINAL_KEPT_FOR = timedelta(days=30)
"""What an agent hid; then nobody can read it any more."""


def reference(year: int, number: int) -> str:
    """`2026-004217`: year and at least six digits, one series for requests and tickets."""
    return f"{year}-{number:06d}"


def year_and_number(reference: str) -> tuple[int, int]:
    """What `reference` was made of. Raises `Invalid` for anything else."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{6,9})", reference)
    if found is None:
        raise Invalid("reference", "it is no reference")
    return int(found[1]), int(found[2])
