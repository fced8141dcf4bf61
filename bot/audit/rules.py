"""What is worth a line of the audit log, and who reads it. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

ONE_LOOK = timedelta(minutes=10)
"""A page reads what it shows again and again: one line in that time says that it was seen."""
KEPT_FOR = timedelta(days=365)
"""Between six months and a year: CNIL, deliberation 2021-122 of 14 October 2021, on logging."""


class Action(StrEnum):
    """What was done, by the kind of thing it was done to; the deeds on a ticket bear the names of
    its history (`of_ticket`)."""

    TICKET_SEEN = "ticket.seen"
    PHOTO_SEEN = "photo.seen"
    FILE_SEEN = "file.seen"
    LIST_SEEN = "list.seen"
    SEARCHED = "search.made"
    CONVERSATION_SEEN = "conversation.seen"
    CONTACT_SEEN = "contact.seen"
    CONTACT_RECORDED = "contact.recorded"
    TICKET_REPLIED = "ticket.replied"
    SIGNED_IN = "session.opened"
    REFUSED = "session.refused"
    SIGNED_OUT = "session.ended"
    ACCOUNT_OPENED = "account.opened"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    PASSWORD = "account.password"  # noqa: S105  (the name of a deed)
    SECOND_FACTOR = "account.second_factor"
    SECOND_FACTOR_REMOVED = "account.second_factor_removed"
    RECOVERY_CODES = "account.recovery_codes"
    RECOVERY_CODE_USED = "account.recovery_code_used"
    ACCOUNT_SEEN = "account.seen"
    OIDC_ALLOWED = "account.oidc_allowed"
    OIDC_FORBIDDEN = "account.oidc_forbidden"
    OIDC_BOUND = "account.oidc_bound"
    FACTOR_DEMANDED = "security.factor_demanded"
    FACTOR_NOT_DEMANDED = "security.factor_not_demanded"
    AUDIT_SEEN = "audit.seen"
    FIGURES_LISTED = "figures.listed"
    FIGURES_EXPORTED = "figures.exported"
    TRAINING_ACCEPTED = "training.accepted"
    TRAINING_REFUSED = "training.refused"
    TRAINING_REOPENED = "training.reopened"
    TRAINING_EXPORTED = "training.exported"
    TRAINING_ADDED = "training.added"
    ANSWER_ADDED = "answer.added"
    ANSWER_CHANGED = "answer.changed"
    ANSWER_RETIRED = "answer.retired"
    ANSWER_RESTORED = "answer.restored"
    MACRO_ADDED = "macro.added"
    MACRO_CHANGED = "macro.changed"
    MACRO_RETIRED = "macro.retired"
    MACRO_RESTORED = "macro.restored"
    TEXT_CHANGED = "text.changed"
    TEXT_RESTORED = "text.restored"
    TEXT_GIVEN_UP = "text.given_up"
    TEAM_CHANGED = "team.changed"
    MEMBER_CHANGED = "member.changed"
    ABSENCE_ADDED = "member.absence_added"
    ABSENCE_REMOVED = "member.absence_removed"
    AWAY = "member.away"
    AVAILABLE = "member.available"
    AUTOMATION_CHANGED = "automation.changed"
    AUTOMATION_ON = "automation.on"
    AUTOMATION_OFF = "automation.off"
    AUTOMATION_STOPPED = "automation.stopped"
    AUTOMATION_TRIED = "automation.tried"


def of_ticket(kind: str) -> str:
    """The action of an event in a ticket's history."""
    return f"ticket.{kind}"


@dataclass(frozen=True)
class Actor:
    """Who did it. `id` is None for whoever has no account here: somebody in an outside backend,
    or the operator at the command line, who has no `name` either."""

    id: UUID | None
    name: str


OPERATOR = Actor(None, "")
SERVICE = Actor(None, "guichet")
"""What the service does by itself, by a rule that somebody set."""


class Reader(Protocol):
    """Who wants to read the log."""

    @property
    def communes(self) -> AbstractSet[str] | None:
        """INSEE codes of their towns, None for every one."""
        ...

    @property
    def audits(self) -> bool:
        """Whether the log is theirs to read."""
        ...


@dataclass(frozen=True)
class Wanted:
    """Which entries: whose name or login holds `who`, of which object, which action, and when
    (from `since`, before `until`)."""

    who: str = ""
    subject: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """A line of the log. `subject`: a reference, an account's login, the code of a setting, what
    was looked for, or a list with its towns and days."""

    id: int
    at: datetime
    name: str
    action: str
    subject: str
    commune: str | None
