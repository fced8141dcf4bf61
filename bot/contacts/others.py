"""What else the same person has asked, by whichever way. Rights are asked here: by town, always."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union
from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.contacts.store import ticket_visible, visible
from bot.conversations.rules import RECORDED
from bot.conversations.tables import CONTACT, Conversation, Message
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.tables import Ticket

MOST_OTHERS = 10
SHOWN = 140
"""Characters of what was asked that a line shows."""


@dataclass(frozen=True)
class Other:
    """Another contact of the same person, in a line. `ticket`: the one that it is, if any; without
    one it is read by its `id`."""

    id: UUID
    channel: str
    words: str
    at: datetime
    ticket: str | None


async def others_of_ticket(
    tx: Transaction, agent: Agent, reference: str, now: datetime
) -> list[Other]:
    """The other contacts of a ticket's person in the agent's towns, newest first: what agents
    recorded of the same citizen, number or e-mail address, and the tickets of others that are
    answered there. The caller has checked that the ticket is theirs."""
    ticket = await tickets.by_reference(tx, reference)
    found = await _others_of(tx, agent, _Person.of(ticket))
    await _seen(tx, agent, found, reference, ticket["commune"], now)
    return found


async def others_of_conversation(
    tx: Transaction, agent: Agent, conversation: RowMapping, now: datetime
) -> list[Other]:
    """The same of the person of a conversation that has no ticket of theirs."""
    person = _Person(conversation["id"], conversation["citizen_id"], None)
    found = await _others_of(tx, agent, person)
    commune = conversation["commune"] if agent.sees(conversation["commune"]) else None
    await _seen(tx, agent, found, str(conversation["id"]), commune, now)
    return found


async def _seen(
    tx: Transaction,
    agent: Agent,
    found: Sequence[Other],
    beside: str,
    commune: str | None,
    now: datetime,
) -> None:
    """A list that was seen beside a ticket or a conversation, unless it is empty."""
    if found:
        await audit.record_sight(
            tx, agent.actor, Action.LIST_SEEN, f"others:{beside}", now, commune=commune
        )


@dataclass(frozen=True)
class _Person:
    """Whose contacts are meant, where they wrote, and the number or address that they left."""

    conversation_id: UUID
    citizen_id: UUID
    contact: str | None

    @classmethod
    def of(cls, ticket: RowMapping) -> _Person:
        return cls(ticket["conversation_id"], ticket["citizen_id"], ticket["contact"])


async def _others_of(tx: Transaction, agent: Agent, person: _Person) -> list[Other]:
    reached = await _reached(tx, person)
    found = [
        *await _recorded(tx, agent, person, reached),
        *await _asked(tx, agent, person, reached),
    ]
    return sorted(found, key=lambda other: other.at, reverse=True)[:MOST_OTHERS]


async def _reached(tx: Transaction, person: _Person) -> list[str]:
    """The numbers and addresses under which the person is known here."""
    noted = await tx.execute(
        select(CONTACT["phone"].astext, CONTACT["email"].astext).where(
            Message.conversation_id == person.conversation_id, Message.seq == 1
        )
    )
    said = noted.one_or_none()
    return sorted({value for value in (*(said or ()), person.contact) if value})


async def _recorded(
    tx: Transaction, agent: Agent, person: _Person, reached: Sequence[str]
) -> list[Other]:
    of_person = union(
        select(Conversation.id).where(Conversation.citizen_id == person.citizen_id),
        *(
            select(Message.conversation_id).where(CONTACT[part].astext.in_(reached))
            for part in ("phone", "email")
        ),
    )
    newest = (
        select(Ticket.reference)
        .where(Ticket.conversation_id == Conversation.id, ticket_visible(agent))
        .order_by(Ticket.opened_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = await tx.execute(
        select(
            Conversation.id,
            Conversation.channel,
            func.left(Message.text, SHOWN),
            Message.at,
            newest,
        )
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            Message.content.has_key("contact"),
            Conversation.id != person.conversation_id,
            visible(agent),
            Conversation.id.in_(of_person),
        )
        .order_by(Message.at.desc())
        .limit(MOST_OTHERS)
    )
    return [Other(*row) for row in found]


async def _asked(
    tx: Transaction, agent: Agent, person: _Person, reached: Sequence[str]
) -> list[Other]:
    """Tickets from elsewhere whose answer goes to the same number or address. The citizen's own
    are shown by themselves already."""
    found = await tx.execute(
        select(
            Conversation.id,
            Conversation.channel,
            func.left(Ticket.summary, SHOWN),
            Ticket.opened_at,
            Ticket.reference,
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(
            Ticket.contact.in_(reached),
            Ticket.citizen_id != person.citizen_id,
            Conversation.channel.not_in(sorted(RECORDED)),
            ticket_visible(agent),
        )
        .order_by(Ticket.opened_at.desc())
        .limit(MOST_OTHERS)
    )
    return [Other(*row) for row in found]
