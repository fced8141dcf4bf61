"""Messages that agents explained, on their way into the training data."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class TrainingCandidate(Base):
    """A message without what is personal, what it was taken for, and what it meant."""

    __tablename__ = "training_candidate"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_training_candidate_status_id", "status", "id"),
        Index("ix_training_candidate_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    text: Mapped[str]  # with placeholders.PLACEHOLDERS
    understood: Mapped[dict[str, Any]]  # readings, doubted, service
    intent: Mapped[str]
    service: Mapped[str | None]
    place: Mapped[str | None]  # INSEE code of the town that was meant
    commune: Mapped[str | None]
    at: Mapped[datetime]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    author: Mapped[str]
    status: Mapped[str]  # rules.Status
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    added_at: Mapped[datetime | None]  # to the training data
