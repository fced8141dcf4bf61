"""Tickets and their conversations as agents hold them. Rights are asked here: by town, always.
Their lists are in `lists`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, any_, false, func, literal, or_, select, true, update
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.conversations import store as conversations
from bot.conversations.tables import Conversation, Message
from bot.errors import Conflict, NotFound
from bot.handover.rules import Author, Hands
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import Status
from bot.tickets.tables import Ticket

MOST_LISTED = 200
IS_SHOWN = ~Message.content.has_key("silent")
"""The condition of what somebody said, beside what only moves a conversation on."""


def is_not_aside(now: datetime) -> ColumnElement[bool]:
    """The condition of a ticket that is not put aside."""
    return or_(Ticket.snoozed_until.is_(None), Ticket.snoozed_until <= now)


IS_OF_TICKET = or_(Ticket.closed_at.is_(None), Message.at <= Ticket.closed_at)
"""The condition of what was said before a ticket's end: what comes later in the conversation may be
another town's, as in `packet.of_ticket`."""


@dataclass(frozen=True)
class Held:
    """A conversation and its ticket, both locked, in that order everywhere."""

    conversation: RowMapping
    ticket: RowMapping

    @property
    def hands(self) -> Hands:
        """Whose it is."""
        ticket = self.ticket
        return Hands(ticket["assignee_name"], ticket["assignee"], ticket["assignee_outside"])


def visible(agent: Agent) -> ColumnElement[bool]:
    """The condition of what an agent may see."""
    if agent.communes is None:
        return true()
    return Ticket.commune.in_(agent.communes) if agent.communes else false()


def request_seen(agent: Agent) -> ColumnElement[bool]:
    """By the town that it is about."""
    if agent.communes is None:
        return true()
    return ServiceRequest.commune.in_(agent.communes) if agent.communes else false()


async def check_visible(tx: Transaction, author: Author, reference: str) -> RowMapping:
    """The ticket as it stands. Raises `NotFound` for one that is none of this agent's towns."""
    ticket = await tickets.by_reference(tx, reference)
    if isinstance(author, Agent) and not author.sees(ticket["commune"]):
        raise NotFound("ticket")
    return ticket


async def goes_on_elsewhere(tx: Transaction, agent: Agent, ticket: RowMapping) -> bool:
    """Whether the citizen of a ticket that is over has asked another town since, whose agents alone
    have the conversation now."""
    current = await tickets.open_in(tx, ticket["conversation_id"])
    return current is not None and not agent.sees(current["commune"])


async def last_of(tx: Transaction, ticket: RowMapping) -> int | None:
    """The last message of a ticket that is over; None while it goes on."""
    if ticket["closed_at"] is None:
        return None
    found = select(func.coalesce(func.max(Message.seq), 0)).where(
        Message.conversation_id == ticket["conversation_id"], Message.at <= ticket["closed_at"]
    )
    return int(await tx.scalar(found) or 0)


async def hold(tx: Transaction, author: Author, reference: str) -> Held:
    """Lock an open ticket and its conversation. Raises `NotFound`, or `Conflict` when it is not
    open any more."""
    held = await _lock(tx, author, reference)
    _check_is(held, Status.OPEN)
    return held


async def hold_any(tx: Transaction, author: Author, reference: str) -> Held:
    """The same, open or not."""
    return await _lock(tx, author, reference)


async def hold_once(
    tx: Transaction,
    author: Author,
    reference: str,
    external_id: str | None,
    status: Status = Status.OPEN,
) -> Held | None:
    """The same for a deed that may be a repeat: None when one of that id is done already, whatever
    became of the ticket since. Raises `Conflict` when the ticket is not of that `status`."""
    held = await _lock(tx, author, reference)
    if external_id is not None and await tickets.is_recorded(tx, reference, external_id):
        return None
    _check_is(held, status)
    return held


async def _lock(tx: Transaction, author: Author, reference: str) -> Held:
    seen = await check_visible(tx, author, reference)
    conversation = await conversations.locked(tx, seen["conversation_id"])
    return Held(conversation, await tickets.locked(tx, reference))


def _check_is(held: Held, status: Status) -> None:
    if held.ticket["status"] != status.value:
        raise Conflict(f"the ticket is not {status}")


async def put_into(tx: Transaction, reference: str, hands: Hands) -> None:
    """Make a ticket somebody's, or nobody's."""
    await tickets.change(
        tx,
        reference,
        assignee=hands.agent,
        assignee_name=hands.name,
        assignee_outside=hands.outside,
    )


async def known_reply(tx: Transaction, conversation_id: UUID, external_id: str) -> int | None:
    """The number of a reply already stored under that id."""
    return await conversations.seq_of_external(tx, conversation_id, external_id)


async def waits_beyond(tx: Transaction, conversation_id: UUID, seq: int) -> bool:
    """Whether the citizen said something after that number that nobody answered."""
    found = await tx.execute(
        select(Message.seq)
        .where(
            Message.conversation_id == conversation_id,
            Message.seq > seq,
            Message.sender == "citizen",
            Message.answered_by.is_(None),
            IS_SHOWN,
        )
        .limit(1)
    )
    return found.first() is not None


async def colleagues(tx: Transaction, agent: Agent, commune: str | None) -> list[RowMapping]:
    """Active agents to whom a ticket of that town may be given."""
    result = await tx.execute(
        select(AgentAccount.id, AgentAccount.name, AgentAccount.teams)
        .where(AgentAccount.is_active, _serves(commune))
        .order_by(AgentAccount.name)
        .limit(MOST_LISTED)
    )
    return list(result.mappings())


async def colleagues_among(
    tx: Transaction, wanted: Collection[UUID], commune: str | None
) -> list[RowMapping]:
    """Those of these agents whom a ticket of that town may be given to."""
    result = await tx.execute(
        select(AgentAccount.id, AgentAccount.name)
        .where(AgentAccount.is_active, _serves(commune), AgentAccount.id.in_(wanted))
        .order_by(AgentAccount.name, AgentAccount.id)
    )
    return list(result.mappings())


async def colleagues_called(tx: Transaction, called: str, commune: str | None) -> list[RowMapping]:
    """Those of them who have that login, or that name."""
    result = await tx.execute(
        select(AgentAccount.id, AgentAccount.name, AgentAccount.login)
        .where(
            AgentAccount.is_active,
            _serves(commune),
            or_(AgentAccount.login == called.lower(), AgentAccount.name == called),
        )
        .order_by(AgentAccount.login)
        .limit(MOST_LISTED)
    )
    return list(result.mappings())


def _serves(commune: str | None) -> ColumnElement[bool]:
    has_every = AgentAccount.communes.is_(None)
    if commune is None:
        return has_every
    return or_(has_every, literal(commune) == any_(AgentAccount.communes))


async def colleague(tx: Transaction, agent_id: UUID, commune: str | None) -> RowMapping:
    """One of them. Raises `NotFound`."""
    row = (
        (
            await tx.execute(
                select(
                    AgentAccount.id,
                    AgentAccount.name,
                    AgentAccount.communes,
                    AgentAccount.is_active,
                ).where(AgentAccount.id == agent_id)
            )
        )
        .mappings()
        .one_or_none()
    )
    serves = row is not None and (row["communes"] is None or commune in row["communes"])
    if row is None or not row["is_active"] or not serves:
        raise NotFound("agent")
    return row


async def read_through(tx: Transaction, conversation_id: UUID, seq: int) -> bool:
    """An agent has had everything up to a number on screen. False when that was known."""
    conversation = await conversations.by_id(tx, conversation_id)
    seq = min(seq, conversation["last_seq"])
    further = await tx.execute(  # two agents read at once: the number never goes back
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.read_by_agent < seq)
        .values(read_by_agent=seq)
        .returning(Conversation.id)
    )
    if further.one_or_none() is None:
        return False
    await conversations.notify(tx, conversations.EVENTS, str(conversation_id))
    return True
