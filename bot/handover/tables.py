"""What agents keep for their work: searches under a name, of what they want to be alerted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class SavedFilter(Base):
    """A search under a name, one agent's or shared with a team."""

    __tablename__ = "saved_filter"
    __table_args__ = (Index("ix_saved_filter_agent_id", "agent_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"))
    team: Mapped[str | None]  # whose list it is in as well
    name: Mapped[str]
    words: Mapped[str]  # what the search box holds
    created_at: Mapped[datetime]


class AlertChoice(Base):
    """Of what an agent is alerted, and how; of what has no row, not at all."""

    __tablename__ = "alert_choice"

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"), primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)  # alerting.What
    how: Mapped[str]  # alerting.How, but for none
    since: Mapped[datetime]  # nothing that happened before is told
