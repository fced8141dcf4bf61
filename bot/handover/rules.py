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
    """Somebody who works in an outside backend, which has checked who they are.

    `id`: who of its people they are, where each answers for themselves as in the console; without
    one, whoever works there answers for all.
    """

    name: str
    id: str | None = None


@dataclass(frozen=True)
class Automatic(OutsideAgent):
    """No person: what the service does by a rule that somebody set. `name` is the rule's, for
    agents; citizens never read it."""

    name: str = "guichet"


Author = Agent | OutsideAgent


class Taken(Conflict):
    """Another agent has the conversation. `name` is theirs: nothing was said twice."""

    code = "taken"

    def __init__(self, name: str) -> None:
        super().__init__("another agent has the conversation")
        self.name = name


def agent_id(author: Author) -> UUID | None:
    return author.id if isinstance(author, Agent) else None


@dataclass(frozen=True)
class Hands:
    """In whose hands a ticket is. `name` is None when it is in nobody's; `agent`: an account of
    ours, `outside`: `OutsideAgent.id`."""

    name: str | None
    agent: UUID | None = None
    outside: str | None = None


def hands_of(author: Author) -> Hands:
    if isinstance(author, Agent):
        return Hands(author.name, author.id)
    return Hands(author.name, None, author.id)


def is_theirs(author: Author, hands: Hands) -> bool:
    """Whether the ticket is in this person's hands."""
    if hands.name is None:
        return False
    own = hands_of(author)
    return (own.agent, own.outside) == (hands.agent, hands.outside)


def check_free(author: Author, hands: Hands) -> None:
    """Raises `Taken` when somebody else has the ticket. Where an outside backend does not say who
    somebody is, they answer there for all: it has its own ways to keep two apart."""
    if _answers_for_all(author) or hands.name is None:
        return
    if not is_theirs(author, hands):
        raise Taken(hands.name)


def check_may_assign(author: Author, hands: Hands) -> None:
    """Anybody hands out what nobody has, and passes on what is theirs; taking it from another is
    for leads. Raises `Forbidden`."""
    leads = isinstance(author, Agent) and author.leads
    if leads or _answers_for_all(author) or hands.name is None:
        return
    if not is_theirs(author, hands):
        raise Forbidden("assign")


def _answers_for_all(author: Author) -> bool:
    return isinstance(author, OutsideAgent) and author.id is None


def checked_text(text: str) -> str:
    """Raises `Invalid` for nothing, and for too much."""
    stripped = text.replace("\x00", "").strip()
    if not stripped:
        raise Invalid("text", "nothing was written", reason="empty")
    if len(stripped) > LONGEST_REPLY:
        raise Invalid("text", f"more than {LONGEST_REPLY} characters", reason="too_long")
    return stripped
