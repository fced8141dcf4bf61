"""How far each outside backend knows each ticket, and how far its own news were read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class TicketMirror(Base):
    """The copy of one ticket in one outside backend. Its row is also the lease of whoever sends."""

    __tablename__ = "ticket_mirror"
    __table_args__ = (Index("ix_ticket_mirror_backend_remote_id", "backend", "remote_id"),)

    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"), primary_key=True)
    backend: Mapped[str] = mapped_column(primary_key=True)
    remote_id: Mapped[str | None]
    sent_seq: Mapped[int]  # the last message that is there, or that need not be
    sent_event: Mapped[int]  # the same of the ticket's history
    told: Mapped[dict[str, Any] | None]  # rules.Known
    heard: Mapped[dict[str, Any] | None]
    in_doubt: Mapped[bool]  # an attempt began whose end is not known: they may have it
    failures: Mapped[int]  # in a row
    next_at: Mapped[datetime]  # not before
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]  # the end of the last attempt
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str | None]  # for the operator, never for citizens
    withheld: Mapped[int]  # notes that stay here: they would be open to all there


class TicketPull(Base):
    """How far the news of a backend were read. Its row is also the lease of whoever reads."""

    __tablename__ = "ticket_pull"

    backend: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    next_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str | None]
