"""Escalations to humans, in our own tables, and the one series of references."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base
from bot.storage.terms import terms

TICKET_TERMS = terms("summary", "contact", "assignee_name")
NOTE_TERMS = f"CASE WHEN kind = 'note' THEN {terms('text')} END"


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
        # The list of what is over, by pages.
        Index(
            "ix_ticket_over",
            "closed_at",
            "reference",
            postgresql_where=text("status = 'closed'"),
        ),
        # Search, by what was written and by what agents called it.
        Index("ix_ticket_terms", "terms", postgresql_using="gin"),
        Index("ix_ticket_tags", "tags", postgresql_using="gin"),
        Index("ix_ticket_tagged", "commune", "opened_at", postgresql_where=text("tags <> '{}'")),
        # What comes back by itself.
        Index(
            "ix_ticket_snoozed_until",
            "snoozed_until",
            postgresql_where=text("snoozed_until IS NOT NULL"),
        ),
        # The other contacts of a person: `contacts.others`.
        Index("ix_ticket_contact", "contact", postgresql_where=text("contact IS NOT NULL")),
        # What somebody has in hand: their capacity, and what they leave behind.
        Index("ix_ticket_assignee_open", "assignee", postgresql_where=text("status = 'open'")),
        # The figures of a period, whatever the team: `figures.lists`.
        Index("ix_ticket_opened_at", "opened_at"),
        Index("ix_ticket_first_reply_at", "first_reply_at"),
        Index("ix_ticket_closed_at", "closed_at"),
        Index("ix_ticket_conversation_id", "conversation_id"),
        # What a town's agents may see: `handover.searching`.
        Index("ix_ticket_commune", "commune", "conversation_id"),
        Index("ix_ticket_merged_into", "merged_into"),
        Index("ix_ticket_split_from", "split_from"),
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
    due_at: Mapped[datetime | None]  # until when its team owes the waiting citizen an answer
    near_due_at: Mapped[datetime | None]  # from when on that is near
    snoozed_until: Mapped[datetime | None]
    woke_at: Mapped[datetime | None]  # it came back, and nobody has done anything since
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    terms: Mapped[Any] = mapped_column(TSVECTOR, Computed(TICKET_TERMS, persisted=True))
    score: Mapped[str | None]  # good | bad
    opinion: Mapped[str | None]
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("ticket.reference"))
    merged_tells: Mapped[bool | None]  # whether its citizen hears how the other one ends
    split_from: Mapped[str | None] = mapped_column(ForeignKey("ticket.reference"))


class TicketEvent(Base):
    """What happened to a ticket, beside the messages. Append-only."""

    __tablename__ = "ticket_event"
    __table_args__ = (
        Index("ix_ticket_event_reference_id", "reference", "id"),
        Index("uq_ticket_event_external_id", "reference", "external_id", unique=True),
        Index(
            "ix_ticket_event_terms",
            "terms",
            postgresql_using="gin",
            postgresql_where=text("kind = 'note'"),
        ),
        Index("ix_ticket_event_reopened", "at", postgresql_where=text("kind = 'reopened'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"))
    at: Mapped[datetime]
    kind: Mapped[str]  # rules.EventKind
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    author: Mapped[str | None]  # the agent's name then; None: the citizen, or nobody
    text: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    terms: Mapped[Any | None] = mapped_column(TSVECTOR, Computed(NOTE_TERMS, persisted=True))
    external_id: Mapped[str | None]  # the client's, or the outside backend's: a repeat is harmless


class Redaction(Base):
    """What was hidden in a message or a note, kept apart for a while for whoever may read it."""

    __tablename__ = "redaction"
    __table_args__ = (
        Index("ix_redaction_conversation_id", "conversation_id"),
        Index("ix_redaction_at", "at"),
        Index("ix_redaction_files", "files", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"))
    seq: Mapped[int | None]  # of the message
    event_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_event.id"))  # of the note
    original: Mapped[str]  # the whole text, as it was
    files: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))  # photos and attachments
    at: Mapped[datetime]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    author: Mapped[str]
    external_id: Mapped[str] = mapped_column(unique=True)  # the client's: a repeat is harmless


class NoteMention(Base):
    """An agent who is called by name in a note."""

    __tablename__ = "note_mention"
    __table_args__ = (
        # The tickets in which somebody is mentioned, and those that they have not read.
        Index("ix_note_mention_agent_id_reference", "agent_id", "reference"),
        Index("ix_note_mention_unread", "agent_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_note_mention_reference", "reference"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("ticket_event.id"), primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]  # when they first had the ticket on screen since


class TicketDraft(Base):
    """What an agent began to write on a ticket and has not sent."""

    __tablename__ = "ticket_draft"
    __table_args__ = (Index("ix_ticket_draft_reference", "reference"),)

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"), primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)  # reply | note
    text: Mapped[str]
    at: Mapped[datetime]


class ReferenceSeries(Base):
    """The last number given in a year; its row lock makes the series whole and unique."""

    __tablename__ = "reference_series"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
