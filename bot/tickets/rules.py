"""What a ticket is about, why it was opened, and what becomes of it. Pure."""

from __future__ import annotations

import re
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
    REOPENED = "reopened"  # text: why, in the citizen's words
    RATED = "rated"  # data: score; text: a free comment


CLOSING = frozenset({EventKind.CLOSED, EventKind.GIVEN_BACK, EventKind.GAVE_UP})


def reference(year: int, number: int) -> str:
    """`2026-004217`: year and at least six digits, one series for requests and tickets."""
    return f"{year}-{number:06d}"


def year_and_number(reference: str) -> tuple[int, int]:
    """What `reference` was made of. Raises `Invalid` for anything else."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{6,9})", reference)
    if found is None:
        raise Invalid("reference", "it is no reference")
    return int(found[1]), int(found[2])
