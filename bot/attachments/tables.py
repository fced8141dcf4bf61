"""Files that citizens sent and that only agents open."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class Attachment(Base):
    """A stored file that a message names (kind "file"). Its bytes are in the file store."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_citizen_id_at", "citizen_id", "at"),
        Index("ix_attachment_at", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    what: Mapped[str]  # rules.What
    name: Mapped[str | None]
    mime: Mapped[str]
    size: Mapped[int]  # bytes
    duration_s: Mapped[int | None]
    at: Mapped[datetime]
