"""Conversations, their messages, and what the turn needs to survive any crash."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base
from bot.storage.terms import terms

IS_SEARCHED = "sender IN ('citizen', 'agent') AND kind <> 'press'"
"""What people said: the assistant's words are the same in every conversation."""
MESSAGE_TERMS = f"CASE WHEN {IS_SEARCHED} THEN {terms('text')} END"


class Conversation(Base):
    """One exchange with one citizen through one channel. The row is the lock of its order."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        UniqueConstraint("continued_channel", "continued_address"),
        # The sweep: what is unanswered, and whose lease is over.
        Index(
            "ix_conversation_waiting",
            "due_at",
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index("ix_conversation_citizen_id", "citizen_id"),
        # What the assistant has, newest first: a list of the agents' page.
        Index(
            "ix_conversation_with_assistant", "updated_at", postgresql_where=text("owner = 'bot'")
        ),
        Index("ix_conversation_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]  # the citizen's address in that channel
    continued_channel: Mapped[str | None]  # the other channel in which it goes on as well
    continued_address: Mapped[str | None]
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    owner: Mapped[str]  # rules.Owner
    language: Mapped[str]
    commune: Mapped[str | None]  # INSEE code the citizen gave, or the site they wrote from
    last_seq: Mapped[int]  # the counter of messages, both ways
    question_seq: Mapped[int | None]  # the message whose buttons are armed
    introduced: Mapped[bool]  # the assistant said what it is
    waiting_since: Mapped[datetime | None]  # the oldest unanswered message
    attempts: Mapped[int]  # failed attempts at the waiting turn
    due_at: Mapped[datetime | None]  # when the waiting turn may start: gathering, or a retry
    lease_attempt: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    notice_seq: Mapped[int | None]  # the message that announced the assistant's absence
    awaiting: Mapped[dict[str, Any] | None]  # memory.Awaiting: what the next words may answer
    read_by_agent: Mapped[int]  # the last message that an agent has had on screen
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OwnershipChange(Base):
    """Who had a conversation before and after. Append-only."""

    __tablename__ = "ownership_change"
    __table_args__ = (Index("ix_ownership_change_conversation_id_id", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    at: Mapped[datetime]
    before: Mapped[str]  # rules.Owner
    after: Mapped[str]
    deed: Mapped[str]  # ownership.Deed
    seq: Mapped[int]  # the conversation's last message then


class Message(Base):
    """What was said, either way. Append-only; `answered_by` marks what a turn took."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "external_id"),
        Index(
            "ix_message_unanswered",
            "conversation_id",
            "seq",
            postgresql_where=text("sender = 'citizen' AND answered_by IS NULL"),
        ),
        # Search: rare words by the first, common ones from the newest on by the second.
        Index(
            "ix_message_communes_terms",
            "communes",
            "terms",
            postgresql_using="gin",
            postgresql_where=text(IS_SEARCHED),
        ),
        Index("ix_message_searched_at", "at", postgresql_where=text(IS_SEARCHED)),
        # What was not understood: `figures.lists.IS_MISUNDERSTOOD`.
        Index("ix_message_doubted", "at", postgresql_where=text("content ? 'doubted'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    sender: Mapped[str]  # citizen | assistant | agent | system
    external_id: Mapped[str | None]  # the channel's id, or the client's
    kind: Mapped[str]  # rules.KINDS
    text: Mapped[str]
    content: Mapped[dict[str, Any]]  # position, photo id, buttons, expects, reference
    at: Mapped[datetime]
    answered_by: Mapped[UUID | None]  # the attempt that answered
    terms: Mapped[Any | None] = mapped_column(TSVECTOR, Computed(MESSAGE_TERMS, persisted=True))
    communes: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    """Towns whose agents may read it, or could once: kept by the database (migration 0037) from the
    conversation and its tickets. Only where to look; who may read is asked of these."""


CONTACT = Message.content["contact"]
"""Who it was, in the first message of what an agent recorded (`bot.contacts`)."""

# The other contacts of a person: `contacts.others`.
for _part in ("phone", "email"):
    Index(
        f"ix_message_contact_{_part}",
        text(f"(((content -> 'contact') ->> '{_part}'))"),
        postgresql_where=text(f"((content -> 'contact') ->> '{_part}') IS NOT NULL"),
        _table=Message.__table__,  # type: ignore[arg-type]  # every model has a table
    )


class DialogueState(Base):
    """What the engine needs to go on: its last events. Rasa itself keeps nothing."""

    __tablename__ = "dialogue_state"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    state: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class OfferedButton(Base):
    """A button that was offered: the only payloads that a conversation accepts."""

    __tablename__ = "offered_button"
    __table_args__ = (Index("ix_offered_button_conversation_id_seq", "conversation_id", "seq"),)

    id: Mapped[str] = mapped_column(primary_key=True)  # opaque, random
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]  # of the message that carried it
    title: Mapped[str]
    press: Mapped[dict[str, Any]]
    lasting: Mapped[bool]  # still good when a later question was asked


class Delivery(Base):
    """One message to hand to one channel; leased and retried until the channel has it."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_due",
            "channel",
            "due_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_delivery_conversation_id_seq", "conversation_id", "seq"),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    status: Mapped[str]  # pending | sent | failed
    is_news: Mapped[bool]  # nobody waits for it in this moment: answers go first
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    lease: Mapped[UUID | None]  # of the channels to which messages are handed over
    lease_until: Mapped[datetime | None]
    in_doubt: Mapped[bool]  # an attempt began whose end is not known: they may have it
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]


class TurnFailure(Base):
    """Why a turn failed, for the operator. The citizen's words are not repeated here."""

    __tablename__ = "turn_failure"
    __table_args__ = (Index("ix_turn_failure_at", "at"),)

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    through_seq: Mapped[int]
    error: Mapped[str]
    at: Mapped[datetime]
