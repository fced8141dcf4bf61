"""Addresses of ours, mail that came to them, and the threads of mail that became conversations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base

IS_WAITING = "state = 'waiting'"


class MailAddress(Base):
    """An address to which citizens write (`rules.Mailbox`)."""

    __tablename__ = "mail_address"

    address: Mapped[str] = mapped_column(primary_key=True)
    commune: Mapped[str | None]
    team: Mapped[str | None]
    created_at: Mapped[datetime]


class ArrivedMail(Base):
    """A mail as it came, once for each address of ours. `key`: its Message-ID, by which a repeat
    is known, or a digest where it has none."""

    __tablename__ = "arrived_mail"
    __table_args__ = (
        UniqueConstraint("key", "recipient"),
        Index("ix_arrived_mail_due", "next_at", postgresql_where=text(IS_WAITING)),
        Index("ix_arrived_mail_sender_arrived_at", "sender", "arrived_at"),
        Index("ix_arrived_mail_message_id", "message_id"),
        Index("ix_arrived_mail_conversation_id", "conversation_id"),
        Index("ix_arrived_mail_arrived_at", "arrived_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    recipient: Mapped[str]
    return_path: Mapped[str | None]  # "" for a mail that nothing may answer
    raw: Mapped[bytes | None]  # the whole mail, until it is forgotten
    size: Mapped[int]  # bytes
    arrived_at: Mapped[datetime]
    state: Mapped[str]  # rules.State
    kind: Mapped[str | None]  # rules.Kind, once it is known
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    taken_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id"))
    sender: Mapped[str | None]
    subject: Mapped[str | None]
    message_id: Mapped[str | None]


class MailThread(Base):
    """A conversation by mail: to whom its letters go, from which address of ours, and what they
    answer. The conversation itself does not know the address: this row goes with its words."""

    __tablename__ = "mail_thread"
    __table_args__ = (Index("ix_mail_thread_correspondent", "correspondent"),)

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    correspondent: Mapped[str]
    mailbox: Mapped[str]
    subject: Mapped[str]
    last_id: Mapped[str | None]  # the Message-ID of the citizen's last mail
    refers_to: Mapped[str]  # the thread's Message-IDs, spaces between, oldest first
    began_at: Mapped[datetime]
