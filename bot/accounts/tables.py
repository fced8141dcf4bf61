"""Citizens and the browser sessions that speak for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class Citizen(Base):
    """A person, known or not: what they file and follow hangs here."""

    __tablename__ = "citizen"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class WebSession(Base):
    """A visitor of a web page. Only a hash of the token is kept."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_expires_at", "expires_at"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
