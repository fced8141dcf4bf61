"""What agents want to be alerted of while they do something else, and what there is to tell them of
it. Each function works in its caller's transaction; rights are asked here, by town."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, true
from sqlalchemy.dialects.postgresql import insert

from bot.accounts.rules import Agent
from bot.conversations.tables import Conversation, Message
from bot.handover.store import IS_SHOWN, is_not_aside, visible
from bot.handover.tables import AlertChoice
from bot.storage.transaction import Transaction
from bot.tickets.rules import Status
from bot.tickets.tables import NoteMention, Ticket, TicketEvent

TOLD_FOR = timedelta(minutes=10)
"""Whoever was cut off for longer reads it in the lists."""
MOST_TOLD = 30
"""Of one kind."""


class What(StrEnum):
    NEW = "new"  # a ticket came to one of their teams, or to them
    ANSWER = "answer"  # the citizen of a ticket of theirs has written
    MENTION = "mention"  # a note calls them by name
    DUE = "due"  # what is owed on a ticket of theirs is due soon


class How(StrEnum):
    NONE = "none"
    SHOWN = "shown"  # by the browser
    SOUNDED = "sounded"  # the same, with a sound


@dataclass(frozen=True)
class Choice:
    """`since`: when it was made; nothing that happened before is told."""

    how: How
    since: datetime


@dataclass(frozen=True)
class Alert:
    """Something that happened: nothing of what was said in it. `id` is its own for ever."""

    id: str
    what: What
    reference: str
    at: datetime


async def choices(tx: Transaction, agent: UUID) -> dict[What, Choice]:
    """What an agent is alerted of."""
    rows = await tx.execute(
        select(AlertChoice.what, AlertChoice.how, AlertChoice.since).where(
            AlertChoice.agent_id == agent
        )
    )
    return {What(what): Choice(How(how), since) for what, how, since in rows}


async def choose(tx: Transaction, agent: Agent, wanted: Mapping[What, How], now: datetime) -> None:
    """Replace an agent's own choices."""
    kept = {what: how for what, how in wanted.items() if how is not How.NONE}
    await tx.execute(
        delete(AlertChoice).where(
            AlertChoice.agent_id == agent.id, AlertChoice.what.not_in([one.value for one in kept])
        )
    )
    for what, how in kept.items():
        await tx.execute(
            insert(AlertChoice)
            .values(agent_id=agent.id, what=what.value, how=how.value, since=now)
            .on_conflict_do_update(index_elements=["agent_id", "what"], set_={"how": how.value})
        )


async def recent(
    tx: Transaction, agent: Agent, wanted: Mapping[What, Choice], now: datetime
) -> list[Alert]:
    """What happened lately of what is wanted, the newest first. Whoever was told remembers it: it
    is in here for `TOLD_FOR`."""
    told: list[Alert] = []
    for what, choice in wanted.items():
        told += await _READ[what](tx, agent, max(choice.since, now - TOLD_FOR), now)
    return sorted(told, key=lambda alert: (alert.at, alert.id), reverse=True)


def _is_shown(now: datetime) -> ColumnElement[bool]:
    """An open ticket that is not put aside."""
    return and_(Ticket.status == Status.OPEN.value, is_not_aside(now))


async def _new(tx: Transaction, agent: Agent, after: datetime, now: datetime) -> list[Alert]:
    """Not what another agent has, nor what this one had something to do with since."""
    in_team = Ticket.team.in_(agent.teams) if agent.teams else true()
    is_free = and_(Ticket.assignee.is_(None), Ticket.assignee_name.is_(None))
    own = select(TicketEvent.id).where(
        TicketEvent.reference == Ticket.reference,
        TicketEvent.agent_id == agent.id,
        TicketEvent.at >= Ticket.queued_since,
    )
    rows = await tx.execute(
        select(Ticket.reference, Ticket.queued_since)
        .where(
            visible(agent),
            _is_shown(now),
            Ticket.queued_since > after,
            or_(and_(in_team, is_free), Ticket.assignee == agent.id),
            ~own.correlate(Ticket).exists(),
        )
        .order_by(Ticket.queued_since.desc())
        .limit(MOST_TOLD)
    )
    return [_alert(What.NEW, reference, at, at.timestamp()) for reference, at in rows]


async def _answers(tx: Transaction, agent: Agent, after: datetime, now: datetime) -> list[Alert]:
    newest = (
        select(Message.seq, Message.at)
        .where(
            Message.conversation_id == Ticket.conversation_id,
            Message.sender == "citizen",
            Message.seq > Ticket.opened_seq,
            IS_SHOWN,
        )
        .order_by(Message.seq.desc())
        .limit(1)
        .lateral("newest")
    )
    rows = await tx.execute(
        select(Ticket.reference, newest.c.at, newest.c.seq)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(newest, true())
        .where(
            visible(agent),
            _is_shown(now),
            Ticket.assignee == agent.id,
            Conversation.waiting_since.is_not(None),
            newest.c.at > after,
        )
        .order_by(newest.c.at.desc())
        .limit(MOST_TOLD)
    )
    return [_alert(What.ANSWER, reference, at, seq) for reference, at, seq in rows]


async def _mentions(tx: Transaction, agent: Agent, after: datetime, _: datetime) -> list[Alert]:
    rows = await tx.execute(
        select(NoteMention.reference, NoteMention.at, NoteMention.event_id)
        .join(Ticket, Ticket.reference == NoteMention.reference)
        .where(
            visible(agent),
            NoteMention.agent_id == agent.id,
            NoteMention.read_at.is_(None),
            NoteMention.at > after,
        )
        .order_by(NoteMention.event_id.desc())
        .limit(MOST_TOLD)
    )
    return [_alert(What.MENTION, reference, at, number) for reference, at, number in rows]


async def _due(tx: Transaction, agent: Agent, after: datetime, now: datetime) -> list[Alert]:
    rows = await tx.execute(
        select(Ticket.reference, Ticket.near_due_at, Ticket.due_at)
        .where(
            visible(agent),
            _is_shown(now),
            Ticket.assignee == agent.id,
            Ticket.near_due_at > after,
            Ticket.near_due_at <= now,
            Ticket.due_at > now,
        )
        .order_by(Ticket.near_due_at.desc())
        .limit(MOST_TOLD)
    )
    return [
        _alert(What.DUE, reference, near, due.timestamp())
        for reference, near, due in rows
        if near is not None and due is not None
    ]


def _alert(what: What, reference: str, at: datetime, which: float) -> Alert:
    return Alert(f"{what}:{reference}:{which:.6f}".removesuffix(".000000"), what, reference, at)


_READ = {What.NEW: _new, What.ANSWER: _answers, What.MENTION: _mentions, What.DUE: _due}
