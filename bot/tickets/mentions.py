"""Rows of who is called by name in the notes of tickets. Who may be is asked in
`handover/mentioning.py`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from bot.storage.transaction import Transaction
from bot.tickets.tables import NoteMention, Ticket, TicketEvent


async def add(
    tx: Transaction, reference: str, external_id: str, agents: Collection[UUID], now: datetime
) -> None:
    """Keep who is called in the note of that id."""
    found = select(TicketEvent.id).where(
        TicketEvent.reference == reference, TicketEvent.external_id == external_id
    )
    event_id = (await tx.execute(found)).scalar_one()
    rows = [
        {"event_id": event_id, "agent_id": agent, "reference": reference, "at": now}
        for agent in sorted(agents)
    ]
    if rows:
        await tx.execute(insert(NoteMention), rows)


async def mark_read(tx: Transaction, agent: UUID, reference: str, now: datetime) -> bool:
    """An agent has the ticket on screen. False when nothing in it was unread."""
    read = await tx.execute(
        update(NoteMention)
        .where(
            NoteMention.agent_id == agent,
            NoteMention.reference == reference,
            NoteMention.read_at.is_(None),
        )
        .values(read_at=now)
        .returning(NoteMention.event_id)
    )
    return read.first() is not None


async def forget(tx: Transaction, conversations: Sequence[UUID]) -> None:
    """The words of these conversations' notes are dropped: nobody is called in them any more."""
    of_these = select(Ticket.reference).where(Ticket.conversation_id.in_(conversations))
    await tx.execute(delete(NoteMention).where(NoteMention.reference.in_(of_these)))
