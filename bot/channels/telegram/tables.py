"""What Telegram sent, what became of it, and which of its messages are ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class TelegramUpdate(Base):
    """An update, stored before it is acknowledged. It stays a while after it was taken: Telegram
    sends one again when it did not hear us."""

    __tablename__ = "telegram_update"
    __table_args__ = (
        Index(
            "ix_telegram_update_waiting",
            "chat_id",
            "accepted",
            postgresql_where=text("taken_at IS NULL"),
        ),
        Index("ix_telegram_update_taken_at", "taken_at"),
    )

    update_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bot_id: Mapped[int]  # whose update: each bot counts its own
    accepted: Mapped[int] = mapped_column(
        Identity(always=True)
    )  # in this order, but for the window
    chat_id: Mapped[int]  # 0: of no chat
    message_id: Mapped[int | None]  # of a message or an edit, by which neighbours are sorted
    album: Mapped[str | None]  # Telegram's media group: its messages are one
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    error: Mapped[str | None]  # why it could not be taken; a message says so to its chat


class TelegramChat(Base):
    """A chat, and the lease of whoever takes its updates."""

    __tablename__ = "telegram_chat"
    __table_args__ = (
        Index("ix_telegram_chat_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    chat_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[datetime | None]  # when an update that waits may be taken
    attempts: Mapped[int]  # failures in a row, of whatever kind: they make it wait
    stumbles: Mapped[int]  # those of them that are the update's own: too many end the trying
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]  # the person blocked the bot: nothing can be sent
    has_keyboard: Mapped[bool]  # a keyboard of ours may be under its text box


class TelegramMessage(Base):
    """Which of the chat's messages is which of the conversation's. One of ours may be several
    there; `part` counts them from 0."""

    __tablename__ = "telegram_message"
    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "seq"],
            ["message.conversation_id", "message.seq"],
            ondelete="CASCADE",
        ),
        Index("ix_telegram_message_conversation_id_seq", "conversation_id", "seq"),
    )

    chat_id: Mapped[int] = mapped_column(ForeignKey("telegram_chat.chat_id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    part: Mapped[int]
    has_buttons: Mapped[bool]  # inline ones that a later question takes off are under it
