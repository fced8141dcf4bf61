"""Tickets and their conversations as agents see them. Rights are asked here: by town, always."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    any_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.conversations import store as conversations
from bot.conversations.tables import Conversation, Message
from bot.errors import Conflict, NotFound
from bot.handover.rules import Author, Hands
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import Status
from bot.tickets.tables import Ticket

MOST_LISTED = 200
PREVIEW = 140
"""Characters of the last message that a list shows."""


IS_SHOWN = ~Message.content.has_key("silent")
"""The condition of what somebody said, beside what only moves a conversation on."""


class Queue(StrEnum):
    """The lists of the agents' page."""

    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    ALL = "all"
    CLOSED = "closed"


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


@dataclass(frozen=True)
class Listed:
    """A ticket in a list. `waiting_since`: the citizen's oldest message that nobody answered;
    `last_…`: what the citizen or an agent said last; `marks`: the mood, as codes of
    `signals.yml`."""

    reference: str
    conversation_id: UUID
    commune: str | None
    team: str
    subject: str
    reason: str
    priority: str
    status: str
    reach: str
    assignee: UUID | None
    assignee_name: str | None
    language: str
    channel: str
    owner: str
    opened_at: datetime
    waiting_since: datetime | None
    escalated_at: datetime | None
    first_reply_at: datetime | None
    closed_at: datetime | None
    last_seq: int
    read_by_agent: int
    last_text: str
    last_sender: str
    last_at: datetime
    marks: Sequence[str]


def visible(agent: Agent) -> ColumnElement[bool]:
    """The condition of what an agent may see."""
    if agent.communes is None:
        return true()
    return Ticket.commune.in_(agent.communes) if agent.communes else false()


async def check_visible(tx: Transaction, author: Author, reference: str) -> RowMapping:
    """The ticket as it stands. Raises `NotFound` for one that is none of this agent's towns."""
    ticket = await tickets.by_reference(tx, reference)
    if isinstance(author, Agent) and not author.sees(ticket["commune"]):
        raise NotFound("ticket")
    return ticket


async def hold(tx: Transaction, author: Author, reference: str) -> Held:
    """Lock an open ticket and its conversation. Raises `NotFound`, or `Conflict` when it is not
    open any more."""
    held = await _lock(tx, author, reference)
    _check_is(held, Status.OPEN)
    return held


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


def _rows() -> Select[*tuple[Any, ...]]:
    """Tickets as `Listed` holds them."""
    newest = (
        select(
            Message.seq, func.left(Message.text, PREVIEW).label("text"), Message.sender, Message.at
        )
        .where(
            Message.conversation_id == Conversation.id,
            Message.sender.in_(("citizen", "agent")),
            IS_SHOWN,
        )
        .order_by(Message.seq.desc())
        .limit(1)
        .lateral("newest")
    )
    return (
        select(
            Ticket.reference,
            Ticket.conversation_id,
            Ticket.commune,
            Ticket.team,
            Ticket.subject,
            Ticket.reason,
            Ticket.priority,
            Ticket.status,
            Ticket.reach,
            Ticket.assignee,
            Ticket.assignee_name,
            Conversation.language,
            Conversation.channel,
            Conversation.owner,
            Ticket.opened_at,
            Conversation.waiting_since,
            Ticket.escalated_at,
            Ticket.first_reply_at,
            Ticket.closed_at,
            func.coalesce(newest.c.seq, 0),
            Conversation.read_by_agent,
            func.coalesce(newest.c.text, ""),
            func.coalesce(newest.c.sender, ""),
            func.coalesce(newest.c.at, Ticket.opened_at),
            func.coalesce(Ticket.packet["marks"], literal([], JSONB)),
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(newest, true())
    )


async def listed(
    tx: Transaction, agent: Agent, queue: Queue, limit: int = MOST_LISTED
) -> list[Listed]:
    """A list: what needs somebody first."""
    query = _rows().where(visible(agent), *_of_queue(agent, queue)).limit(limit)
    if queue is Queue.CLOSED:
        query = query.order_by(Ticket.closed_at.desc())
    else:
        query = query.order_by(
            tickets.rank, Conversation.waiting_since.asc().nulls_last(), Ticket.opened_at
        )
    return [Listed(*tuple(row)) for row in await tx.execute(query)]


async def one_listed(tx: Transaction, agent: Agent, reference: str) -> Listed:
    """One ticket as a list has it. Raises `NotFound`."""
    rows = await tx.execute(_rows().where(visible(agent), Ticket.reference == reference))
    row = rows.one_or_none()
    if row is None:
        raise NotFound("ticket")
    return Listed(*tuple(row))


def _of_queue(agent: Agent, queue: Queue) -> Sequence[ColumnElement[bool]]:
    is_open = Ticket.status == Status.OPEN.value
    in_team = Ticket.team.in_(agent.teams) if agent.teams else true()
    match queue:
        case Queue.MINE:
            return (is_open, Ticket.assignee == agent.id)
        case Queue.TEAM:
            return (is_open, in_team)
        case Queue.UNASSIGNED:
            return (is_open, in_team, Ticket.assignee.is_(None), Ticket.assignee_name.is_(None))
        case Queue.ALL:
            return (is_open,)
        case Queue.CLOSED:
            return (Ticket.status == Status.CLOSED.value, in_team)


async def counts(tx: Transaction, agent: Agent) -> dict[str, int]:
    """How many open tickets each list holds."""
    columns = [
        func.count().filter(and_(true(), *_of_queue(agent, queue))).label(queue.value)
        for queue in (Queue.MINE, Queue.TEAM, Queue.UNASSIGNED, Queue.ALL)
    ]
    row = (
        await tx.execute(select(*columns).where(Ticket.status == Status.OPEN.value, visible(agent)))
    ).one()
    return {name: int(value) for name, value in row._asdict().items()}


async def with_assistant(tx: Transaction, agent: Agent, limit: int = 50) -> list[RowMapping]:
    """Conversations that the assistant holds now, newest first: an agent may join one of them."""
    seen = true() if agent.communes is None else Conversation.commune.in_(agent.communes)
    result = await tx.execute(
        select(
            Conversation.id,
            Conversation.commune,
            Conversation.language,
            Conversation.channel,
            Conversation.updated_at,
            func.left(Message.text, PREVIEW).label("text"),
        )
        .join(
            Message,
            and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq),
        )
        .where(Conversation.owner == "bot", Conversation.channel != "open311", seen)
        .order_by(Conversation.updated_at.desc())
        .limit(limit)
    )
    return list(result.mappings())


async def colleagues(tx: Transaction, agent: Agent, commune: str | None) -> list[RowMapping]:
    """Active agents to whom a ticket of that town may be given."""
    result = await tx.execute(
        select(AgentAccount.id, AgentAccount.name, AgentAccount.teams)
        .where(AgentAccount.is_active, _serves(commune))
        .order_by(AgentAccount.name)
        .limit(MOST_LISTED)
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
