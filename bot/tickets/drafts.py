"""What agents began to write on a ticket, kept for them on any of their devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket, TicketDraft


async def kept(tx: Transaction, agent: UUID, reference: str) -> dict[str, tuple[str, datetime]]:
    """Mode (reply or note) → the words, and when they were kept."""
    rows = await tx.execute(
        select(TicketDraft.mode, TicketDraft.text, TicketDraft.at).where(
            TicketDraft.agent_id == agent, TicketDraft.reference == reference
        )
    )
    return {mode: (text, at) for mode, text, at in rows}


async def keep(
    tx: Transaction, agent: UUID, reference: str, mode: str, text: str, now: datetime
) -> None:
    """Keep words in the place of those before; nothing drops them."""
    if not text.strip():
        await drop(tx, agent, reference, mode)
        return
    await tx.execute(
        insert(TicketDraft)
        .values(agent_id=agent, reference=reference, mode=mode, text=text, at=now)
        .on_conflict_do_update(
            index_elements=["agent_id", "reference", "mode"], set_={"text": text, "at": now}
        )
    )


async def drop(tx: Transaction, agent: UUID, reference: str, mode: str) -> None:
    """They were sent, or given up."""
    await tx.execute(
        delete(TicketDraft).where(
            TicketDraft.agent_id == agent,
            TicketDraft.reference == reference,
            TicketDraft.mode == mode,
        )
    )


async def forget(tx: Transaction, conversations: Sequence[UUID]) -> None:
    """Drop everybody's on the tickets of some conversations."""
    of_these = select(Ticket.reference).where(Ticket.conversation_id.in_(conversations))
    await tx.execute(delete(TicketDraft).where(TicketDraft.reference.in_(of_these)))
