"""Escalations to humans, in our own tables, and the one series of references."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class Ticket(Base):
    """A conversation that asks for a human. It is open if and only if the conversation belongs to
    the queue or to an agent."""

    __tablename__ = "ticket"
    __table_args__ = (
        # One open ticket a conversation: asking twice adds to the first.
        Index(
            "uq_ticket_open",
            "conversation_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_ticket_status_opened_at", "status", "opened_at"),
        # The recent waits of a team, from which the next citizen's is estimated.
        Index("ix_ticket_team_first_reply_at", "team", "first_reply_at"),
        Index("ix_ticket_citizen_id", "citizen_id"),
    )

    reference: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    commune: Mapped[str | None]
    team: Mapped[str]  # a code of teams.yml
    subject: Mapped[str]  # rules.Subject
    reason: Mapped[str]  # rules.Reason
    priority: Mapped[str]  # rules.Priority
    summary: Mapped[str]
    status: Mapped[str]  # rules.Status
    assignee: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    assignee_name: Mapped[str | None]  # also of an agent who works in an outside backend
    assignee_outside: Mapped[str | None]  # handover.rules.OutsideAgent.id, where they have one
    reach: Mapped[str]  # rules.Reach
    contact: Mapped[str | None]  # the e-mail address or telephone number that they left
    call_at: Mapped[datetime | None]  # from when on they may be called
    packet: Mapped[dict[str, Any]]  # what the assistant knew when it handed over
    opened_at: Mapped[datetime]
    queued_since: Mapped[datetime]  # when it came into the queue, opened, passed on or reopened
    opened_seq: Mapped[int]  # the conversation's last message then
    place_opened: Mapped[int]  # how many were before it in the queue
    expected_by: Mapped[datetime | None]  # until when an answer was said to be likely
    warned_at: Mapped[datetime | None]  # when the citizen was told that it takes longer
    escalated_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]
    last_reply_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    score: Mapped[str | None]  # good | bad
    opinion: Mapped[str | None]


class TicketEvent(Base):
    """What happened to a ticket, beside the messages. Append-only."""

    __tablename__ = "ticket_event"
    __table_args__ = (
        Index("ix_ticket_event_reference_id", "reference", "id"),
        Index("uq_ticket_event_external_id", "reference", "external_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"))
    at: Mapped[datetime]
    kind: Mapped[str]  # rules.EventKind
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    author: Mapped[str | None]  # the agent's name then; None: the citizen, or nobody
    text: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    external_id: Mapped[str | None]  # the client's, or the outside backend's: a repeat is harmless


class ReferenceSeries(Base):
    """The last number given in a year; its row lock makes the series whole and unique."""

    __tablename__ = "reference_series"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
