"""The lists of the agents' page: which tickets each holds, in what order, page by page. Rights are
asked here, by town."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.conversations.rules import Owner
from bot.conversations.tables import Conversation, Message
from bot.errors import NotFound
from bot.handover.cursors import cursor_of, read_cursor
from bot.handover.orders import BY_URGENCY, MOMENT, ORDERS, Listed, Queue
from bot.handover.store import IS_OF_TICKET, IS_SHOWN, is_not_aside, visible
from bot.storage.transaction import Transaction
from bot.tickets.rules import Status
from bot.tickets.tables import Ticket

A_PAGE = 60
"""Rows of a list that are told at once."""
PREVIEW = 140
"""Characters of the last message that a list shows."""


COUNTED = tuple(queue for queue in Queue if queue is not Queue.CLOSED)


@dataclass(frozen=True)
class Page[Row]:
    """A part of a list; `next`: where it goes on, None at its end."""

    rows: Sequence[Row]
    next: str | None


@cache
def rows() -> Select[*tuple[Any, ...]]:
    """Tickets as `Listed` holds them."""
    newest = (
        select(
            Message.seq, func.left(Message.text, PREVIEW).label("text"), Message.sender, Message.at
        )
        .where(
            Message.conversation_id == Conversation.id,
            Message.sender.in_(("citizen", "agent")),
            IS_SHOWN,
            IS_OF_TICKET,
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
            Ticket.due_at,
            Ticket.near_due_at,
            Ticket.snoozed_until,
            Ticket.woke_at,
            Ticket.tags,
            func.coalesce(newest.c.seq, 0),
            Conversation.read_by_agent,
            func.coalesce(newest.c.text, ""),
            func.coalesce(newest.c.sender, ""),
            func.coalesce(newest.c.at, Ticket.opened_at),
            func.coalesce(Ticket.packet["marks"], literal([], JSONB)),
            Ticket.packet["mail"]["subject"].astext,
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(newest, true())
    )


async def listed(
    tx: Transaction,
    agent: Agent,
    queue: Queue,
    now: datetime,
    limit: int = A_PAGE,
    after: str | None = None,
) -> Page[Listed]:
    """A part of a list, what needs somebody first. Raises `Invalid` for a cursor that is none."""
    order = ORDERS.get(queue, BY_URGENCY)
    of_page = (
        select(Ticket.reference)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(visible(agent), *of_queue(agent, queue, now))
    )
    if after is not None:
        of_page = of_page.where(order.beyond(after))
    # First which tickets: the last message of each is not looked for in a whole list.
    page = order.sorted(of_page).limit(limit + 1).subquery("page")
    query = order.sorted(rows().join(page, page.c.reference == Ticket.reference))
    found = [Listed(*tuple(row)) for row in await tx.execute(query)]
    shown = found[:limit]
    return Page(shown, order.cursor(shown[-1]) if len(found) > limit else None)


async def one_listed(tx: Transaction, agent: Agent, reference: str) -> Listed:
    """One ticket as a list has it. Raises `NotFound`."""
    row = (await tx.execute(rows().where(visible(agent), Ticket.reference == reference))).first()
    if row is None:
        raise NotFound("ticket")
    return Listed(*tuple(row))


async def these(tx: Transaction, agent: Agent, references: Sequence[str]) -> dict[str, Listed]:
    """Those of these tickets that the agent may see."""
    query = rows().where(visible(agent), Ticket.reference.in_(references))
    return {row[0]: Listed(*tuple(row)) for row in await tx.execute(query)}


def of_queue(agent: Agent, queue: Queue, now: datetime) -> Sequence[ColumnElement[bool]]:
    """The conditions of a list, on a ticket joined with its conversation."""
    is_open = Ticket.status == Status.OPEN.value
    in_team = Ticket.team.in_(agent.teams) if agent.teams else true()
    is_shown = is_not_aside(now)
    match queue:
        case Queue.MINE:
            return (is_open, is_shown, Ticket.assignee == agent.id)
        case Queue.TEAM:
            return (is_open, is_shown, in_team)
        case Queue.UNASSIGNED:
            nobodys = (Ticket.assignee.is_(None), Ticket.assignee_name.is_(None))
            return (is_open, is_shown, in_team, *nobodys)
        case Queue.NEAR:
            return (is_open, is_shown, in_team, Ticket.near_due_at <= now, Ticket.due_at > now)
        case Queue.LATE:
            return (is_open, is_shown, in_team, Ticket.due_at <= now)
        case Queue.CITIZEN:
            is_told = (Ticket.last_reply_at.is_not(None), Conversation.waiting_since.is_(None))
            is_ours = Conversation.owner == Owner.AGENT.value
            return (is_open, is_shown, in_team, is_ours, *is_told)
        case Queue.SNOOZED:
            return (is_open, in_team, Ticket.snoozed_until > now)
        case Queue.ALL:
            return (is_open,)
        case Queue.CLOSED:
            # Open ones would come first by their index, which has them without an end.
            return (Ticket.status == Status.CLOSED.value, in_team, Ticket.closed_at.is_not(None))


async def counts(tx: Transaction, agent: Agent, now: datetime) -> dict[str, int]:
    """How many open tickets each list holds."""
    columns = [
        func.count().filter(and_(true(), *_counted(agent, queue, now))).label(queue.value)
        for queue in COUNTED
    ]
    query = select(*columns).where(Ticket.status == Status.OPEN.value, visible(agent))
    row = (await tx.execute(query.select_from(Ticket))).one()
    return {name: int(value) for name, value in row._asdict().items()}


def _counted(agent: Agent, queue: Queue, now: datetime) -> Sequence[ColumnElement[bool]]:
    """`of_queue`, on a ticket alone: what it asks of the conversation is asked last, one by one. To
    join them, the database would read every conversation that ever was."""
    if queue is not Queue.CITIZEN:
        return of_queue(agent, queue, now)
    is_told = Ticket.last_reply_at.is_not(None)  # in the list too, and asked first here
    found = select(Conversation.id).where(
        Conversation.id == Ticket.conversation_id, *of_queue(agent, queue, now)
    )
    return (is_told, found.correlate(Ticket).exists())


async def with_assistant(
    tx: Transaction, agent: Agent, limit: int = 50, after: str | None = None
) -> Page[RowMapping]:
    """Conversations that the assistant holds now, newest first: an agent may join one of them."""
    seen = true() if agent.communes is None else Conversation.commune.in_(agent.communes)
    query = (
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
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        at, which = read_cursor(after, (datetime, UUID))
        here = tuple_(cast(literal(at), MOMENT), literal(UUID(which)))
        query = query.where(tuple_(Conversation.updated_at, Conversation.id) < here)
    found = list((await tx.execute(query)).mappings())
    shown = found[:limit]
    is_more = len(found) > limit
    return Page(shown, cursor_of((shown[-1]["updated_at"], shown[-1]["id"])) if is_more else None)
