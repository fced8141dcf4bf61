"""Links by which a conversation goes on in another channel."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base

IS_UNUSED = "step IN ('offered', 'opened', 'matched')"


class Continuation(Base):
    """A link, and what became of it. Only a hash of its token is kept; it is no secret."""

    __tablename__ = "continuation"
    __table_args__ = (
        # A new link replaces the former.
        Index(
            "uq_continuation_unused",
            "citizen_id",
            "way",
            unique=True,
            postgresql_where=text(IS_UNUSED),
        ),
        Index("ix_continuation_citizen_id_made_at", "citizen_id", "made_at"),
        Index("ix_continuation_conversation_id", "conversation_id"),
        Index("ix_continuation_made_at", "made_at"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    way: Mapped[str]  # rules.Way
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    step: Mapped[str]  # rules.Step
    why: Mapped[str | None]  # rules.Why, of a void one
    code: Mapped[str | None]  # shown on the page
    codes: Mapped[list[str]] = mapped_column(ARRAY(String))  # among which the chat chooses
    address: Mapped[str | None]  # the chat that opened it
    name: Mapped[str | None]  # whose chat that is, as the page shows it
    session_hash: Mapped[str | None]  # of the web session that it opened
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
