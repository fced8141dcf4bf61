"""Who may do what with a ticket, and how long things may take. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from bot.accounts.rules import Agent
from bot.errors import Conflict, Forbidden, Invalid

LONGEST_REPLY = 10_000
"""Characters of one reply or note; a longer one is refused whole, so that nothing is cut."""
REOPENS_FOR = timedelta(days=14)
"""How long after its closing an answer of the citizen's reopens a ticket."""
SWEEP_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class OutsideAgent:
    """Somebody who works in an outside backend, which has checked who they are."""

    name: str


Author = Agent | OutsideAgent


class Taken(Conflict):
    """Another agent has the conversation. `name` is theirs: nothing was said twice."""

    code = "taken"

    def __init__(self, name: str) -> None:
        super().__init__("another agent has the conversation")
        self.name = name


def agent_id(author: Author) -> UUID | None:
    return author.id if isinstance(author, Agent) else None


def is_theirs(author: Author, assignee: UUID | None, assignee_name: str | None) -> bool:
    """Whether the ticket is in this person's hands."""
    if isinstance(author, Agent):
        return assignee == author.id
    return assignee is None and assignee_name is not None


def check_free(author: Author, assignee: UUID | None, assignee_name: str | None) -> None:
    """Raises `Taken` when somebody else has the ticket. Whoever works in the outside backend
    answers there for all: the backend has its own ways to keep two apart."""
    if isinstance(author, OutsideAgent) or assignee_name is None:
        return
    if not is_theirs(author, assignee, assignee_name):
        raise Taken(assignee_name)


def check_may_assign(author: Author, assignee: UUID | None, assignee_name: str | None) -> None:
    """Anybody hands out what nobody has, and passes on what is theirs; taking it from another is
    for leads. Raises `Forbidden`."""
    if isinstance(author, OutsideAgent) or author.leads or assignee_name is None:
        return
    if not is_theirs(author, assignee, assignee_name):
        raise Forbidden("assign")


def checked_text(text: str) -> str:
    """Raises `Invalid` for nothing, and for too much."""
    stripped = text.replace("\x00", "").strip()
    if not stripped:
        raise Invalid("text", "nothing was written", reason="empty")
    if len(stripped) > LONGEST_REPLY:
        raise Invalid("text", f"more than {LONGEST_REPLY} characters", reason="too_long")
    return stripped
