"""Which topic is which ticket, which of its messages are ours, and which accounts its people
have."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class ForumTopic(Base):
    """The topic of a ticket in a group."""

    __tablename__ = "forum_topic"
    __table_args__ = (UniqueConstraint("chat_id", "thread_id"),)

    chat_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"), primary_key=True)
    thread_id: Mapped[int]
    first_id: Mapped[int | None]  # the message with the context and the buttons, once it is there
    shown: Mapped[dict[str, Any] | None]  # the ticket's state as the topic shows it


class ForumMessage(Base):
    """A message of ours in a topic. What was told under one key may be several there."""

    __tablename__ = "forum_message"
    __table_args__ = (Index("ix_forum_message_chat_id_reference", "chat_id", "reference"),)

    chat_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"))
    key: Mapped[str]  # mirroring.rules.key_of
    part: Mapped[int]  # from 0
    is_last: Mapped[bool]  # the key is there as a whole
    seq: Mapped[int | None]  # of the conversation's message that it shows


class ForumAgent(Base):
    """Somebody in the group who has an account in the console as well, or had one: whoever was
    bound to its towns must not act in all of them because the link was taken away."""

    __tablename__ = "forum_agent"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # Telegram's
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"), unique=True)
    linked_at: Mapped[datetime]
