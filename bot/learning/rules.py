"""What becomes of a message that was not understood and that an agent explained. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LONGEST_TEXT = 1000
"""Characters of a message that is learnt from: longer ones tell several things."""
SHORTEST_TEXT = 3
REFUSED_KEPT_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=365)

INTENTS = (
    "ask_information",
    "file_request",
    "follow_request",
    "my_requests",
    "withdraw_request",
    "reopen_request",
    "contact_agent",
    "complain",
    "follow_disability_case",
    "follow_planning_case",
    "account_problem",
    "sign_in",
    "subscribe_notifications",
    "unsubscribe_notifications",
    "privacy_request",
    "change_commune",
    "change_language",
    "help",
    "emergency",
    "out_of_scope",
)
"""What a message may have meant, the commonest first. Greetings and answers to a question are no
readings that an agent has to explain."""
ABOUT_A_SERVICE = "file_request"


class Status(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Meant:
    """What a message should have been understood as. `service`: of the catalogue, for a report;
    `place`: INSEE code of the town that it spoke of."""

    intent: str
    service: str | None = None
    place: str | None = None
