"""Letters to be sent, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base

IS_WAITING = "sent_at IS NULL AND failed_at IS NULL"
KEPT_FROM = "coalesce(sent_at, failed_at, created_at)"
IS_WORDED = "recipient IS NOT NULL"
"""What the indexes hold; a query repeats it word for word to use them."""
TRANSCRIPT = "transcript:"
"""How the key of a letter begins that whoever has an open page asked for."""
IS_TRANSCRIPT = f"starts_with(key, '{TRANSCRIPT}')"


class Letter(Base):
    """A letter of the outbox. It waits until `sent_at` or `failed_at` is set.

    `key` is the thing that it tells: told once. One that is a message of a conversation by mail
    names it (`conversation_id`, `seq`). Recipient and words are forgotten after a while;
    the row stays and says that a letter left, when, and about what.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_waiting", "next_at", postgresql_where=text(IS_WAITING)),
        Index("ix_letter_worded", text(KEPT_FROM), postgresql_where=text(IS_WORDED)),
        Index("ix_letter_reference", "reference"),
        Index("ix_letter_transcript", "created_at", postgresql_where=text(IS_TRANSCRIPT)),
        Index("ix_letter_conversation_id_seq", "conversation_id", "seq"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    reference: Mapped[str | None]
    language: Mapped[str]
    sender_name: Mapped[str]
    reply_to: Mapped[str | None]
    recipient: Mapped[str | None]
    subject: Mapped[str | None]
    text: Mapped[str | None]
    html: Mapped[str | None]
    created_at: Mapped[datetime]
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    conversation_id: Mapped[UUID | None]  # no foreign key: an outbox knows no conversations
    seq: Mapped[int | None]
    thread: Mapped[dict[str, Any] | None]  # rules.Thread, as JSON
