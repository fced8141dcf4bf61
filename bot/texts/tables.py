"""What the program's sentences were made into, with every version."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class TextVersion(Base):
    """A sentence from a moment on, for all (commune '') or in a commune; the last version holds.
    Append-only: going back is one more."""

    __tablename__ = "text_version"

    key: Mapped[str] = mapped_column(primary_key=True)
    commune: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"))
    author: Mapped[str]
    # rules.Text as JSON; NULL: no text of its own any more
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    restored: Mapped[int | None]  # the version that it repeats
