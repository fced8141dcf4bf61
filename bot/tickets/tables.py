"""Escalations to humans, in our own tables, and the one series of references."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class Ticket(Base):
    """A request for a human."""

    __tablename__ = "ticket"
    __table_args__ = (
        # One open ticket a conversation and subject: asking twice adds to the first.
        Index(
            "uq_ticket_open",
            "conversation_id",
            "subject",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_ticket_status_opened_at", "status", "opened_at"),
    )

    reference: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    commune: Mapped[str | None]
    subject: Mapped[str]  # rules.Subject
    summary: Mapped[str]
    status: Mapped[str]  # open | closed
    opened_at: Mapped[datetime]


class ReferenceSeries(Base):
    """The last number given in a year; its row lock makes the series whole and unique."""

    __tablename__ = "reference_series"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
