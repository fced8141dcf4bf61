"""Queries on contacts that agents recorded. Rights are asked here: by town, always."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.contacts.photos import person_of
from bot.contacts.rules import Channel, Person
from bot.conversations import store as conversations
from bot.conversations.store import StoredMessage
from bot.conversations.tables import Conversation
from bot.errors import NotFound
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket


@dataclass(frozen=True)
class Recorded:
    """A contact as it is read back. `reference`: of what was filed, joined or opened; `ticket`:
    whether it is a ticket's, which the console shows."""

    id: UUID
    channel: Channel
    commune: str | None
    person: Person
    noted_by: str
    outcome: str
    messages: Sequence[StoredMessage]
    reference: str | None
    is_ticket: bool
    at: datetime


async def conversation_for(
    tx: Transaction,
    agent: Agent,
    channel: Channel,
    contact_id: str,
    commune: str,
    language: str,
    now: datetime,
    citizen: UUID | None = None,
) -> tuple[RowMapping, bool]:
    """The conversation of a contact, locked, and whether it is new: the same id of the same agent
    finds the first one, by whichever way it came then. `citizen`: who it is, where that is known;
    else somebody new."""
    known = await known_as(tx, agent, contact_id)
    if known is not None:
        return known, False
    address = _address(agent, contact_id)
    person = citizen or await person_of(tx, agent, contact_id, now)
    row = await conversations.conversation_of(
        tx, channel.value, address, person, now, commune=commune, language=language
    )
    return row, row["last_seq"] == 0


async def known_as(tx: Transaction, agent: Agent, contact_id: str) -> RowMapping | None:
    """The conversation that this agent's contact of that id has already, by whichever way."""
    for channel in Channel:
        row = await conversations.conversation_at(tx, channel.value, _address(agent, contact_id))
        if row is not None:
            return row
    return None


def _address(agent: Agent, contact_id: str) -> str:
    return f"{agent.id.hex}:{contact_id}"


def visible(agent: Agent) -> ColumnElement[bool]:
    """The condition of what an agent may see."""
    if agent.communes is None:
        return true()
    return Conversation.commune.in_(sorted(agent.communes))


def ticket_visible(agent: Agent) -> ColumnElement[bool]:
    """The same of a ticket, which may be of another town than its conversation."""
    if agent.communes is None:
        return true()
    return Ticket.commune.in_(sorted(agent.communes))


async def recorded(tx: Transaction, agent: Agent, contact: UUID, now: datetime) -> Recorded:
    """A contact with what was said; that it was seen is written down. Raises `NotFound` for one of
    a town that is not the agent's, and once its words are forgotten."""
    found = await tx.execute(
        select(Conversation.__table__).where(
            Conversation.id == contact,
            Conversation.channel.in_([channel.value for channel in Channel]),
            visible(agent),
        )
    )
    row = found.mappings().one_or_none()
    messages = await conversations.messages_after(tx, contact, 0) if row is not None else []
    if row is None or not messages or "contact" not in messages[0].content:
        raise NotFound("contact")
    noted: dict[str, Any] = messages[0].content["contact"]
    told = next((m.content["reference"] for m in messages if m.content.get("reference")), None)
    ticket = await tx.scalar(
        select(Ticket.reference)
        .where(Ticket.conversation_id == contact, ticket_visible(agent))
        .order_by(Ticket.opened_at.desc())
        .limit(1)
    )
    reference = ticket or told
    await audit.record_sight(
        tx,
        agent.actor,
        Action.CONTACT_SEEN,
        str(reference or row["id"]),
        now,
        commune=row["commune"],
    )
    return Recorded(
        id=row["id"],
        channel=Channel(row["channel"]),
        commune=row["commune"],
        person=Person(noted["name"], noted["phone"], noted["email"]),
        noted_by=noted["noted_by"],
        outcome=noted["outcome"],
        messages=messages,
        reference=reference,
        is_ticket=ticket is not None,
        at=row["created_at"],
    )


async def due_on(tx: Transaction, reference: str) -> Any:
    """The day promised for a request; None without one."""
    return await tx.scalar(
        select(ServiceRequest.due_on).where(ServiceRequest.reference == reference)
    )
