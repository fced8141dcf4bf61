"""What can be asked of tickets: open one, list them. And the one series of references."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bot.storage.transaction import Transaction
from bot.tickets.rules import Subject, reference
from bot.tickets.tables import ReferenceSeries, Ticket


class Asker(Protocol):
    """Who opens a ticket, and where."""

    @property
    def conversation_id(self) -> UUID: ...
    @property
    def citizen_id(self) -> UUID: ...


@dataclass(frozen=True)
class Opened:
    """`is_new` is false when the subject was already open in that conversation."""

    reference: str
    is_new: bool


@dataclass(frozen=True)
class TicketRow:
    """A ticket as it is listed."""

    reference: str
    conversation_id: UUID
    commune: str | None
    subject: str
    summary: str
    status: str
    opened_at: datetime


async def next_reference(tx: Transaction, now: datetime) -> str:
    """The next number of the year. The row stays locked until the caller commits, so a number
    is never given to something that does not exist, and none is given twice."""
    result = await tx.execute(
        insert(ReferenceSeries)
        .values(year=now.year, last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": ReferenceSeries.last + 1})
        .returning(ReferenceSeries.last)
    )
    return reference(now.year, result.scalar_one())


@dataclass(frozen=True)
class OpenTicket:
    """Ask for a human about a subject. Asking again adds to the ticket that is open."""

    subject: Subject
    summary: str
    commune: str | None

    async def perform(self, tx: Transaction, speaker: Asker, now: datetime) -> Opened:
        existing = (
            await tx.execute(
                select(Ticket.reference, Ticket.summary)
                .where(
                    Ticket.conversation_id == speaker.conversation_id,
                    Ticket.subject == self.subject.value,
                    Ticket.status == "open",
                )
                .with_for_update()
            )
        ).one_or_none()
        if existing is not None:
            if self.summary and self.summary not in existing.summary:
                merged = f"{existing.summary}\n{self.summary}".strip()[:4000]
                await tx.execute(
                    Ticket.__table__.update()  # type: ignore[attr-defined]
                    .where(Ticket.reference == existing.reference)
                    .values(summary=merged)
                )
            return Opened(existing.reference, is_new=False)
        number = await next_reference(tx, now)
        await tx.execute(
            insert(Ticket).values(
                reference=number,
                conversation_id=speaker.conversation_id,
                citizen_id=speaker.citizen_id,
                commune=self.commune,
                subject=self.subject.value,
                summary=self.summary[:4000],
                status="open",
                opened_at=now,
            )
        )
        return Opened(number, is_new=True)


async def list_open(tx: Transaction, limit: int = 200) -> list[TicketRow]:
    """Open tickets, oldest first: an operator's list (the command line runs as the operator)."""
    result = await tx.execute(
        select(
            Ticket.reference,
            Ticket.conversation_id,
            Ticket.commune,
            Ticket.subject,
            Ticket.summary,
            Ticket.status,
            Ticket.opened_at,
        )
        .where(Ticket.status == "open")
        .order_by(Ticket.opened_at)
        .limit(limit)
    )
    return [TicketRow(*row) for row in result]
